//! How long what is no longer needed is kept. The audit log is never cut.

use super::Span;

/// `retention.*`: for how long each kind of record is kept after its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retention {
    /// The copies that people made of what is held about them.
    pub backups: Span,
    /// Messages that were given up, which hold their text until then.
    pub dead: Span,
    /// The marks by which a message that is delivered again is known.
    pub marks: Span,
    /// That a message was sent, and where to; its text is gone at once.
    pub sent: Span,
    /// Operations that have ended, and what was to do after them and is done.
    pub settled: Span,
}

impl Default for Retention {
    fn default() -> Self {
        Self {
            backups: Span::from_days(7),
            dead: Span::from_days(90),
            marks: Span::from_days(30),
            sent: Span::from_days(7),
            settled: Span::from_days(90),
        }
    }
}
