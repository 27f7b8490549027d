//! How long what is no longer needed is kept. The audit log is never cut.

use super::Span;

/// `retention.*`: for how long each kind of record is kept after its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retention {
    /// The newest copy that each person made of what is held about them.
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

/// For how long a person's backup is good enough to close the account.
pub const FRESH_BACKUP: Span = Span::from_days(1);
/// Over how long it is counted what somebody did that can't be undone.
pub const IRREVERSIBLE_WINDOW: Span = Span::from_mins(60);
/// Wrong secrets are counted over a day of the calendar, which may have 25 hours.
const WRONG_SECRETS: Span = Span::from_days(2);

impl Retention {
    /// The same, but nothing is forgotten by which a rule still goes: neither what is counted, nor that a message was
    /// handled which is not too old yet to be handled again.
    #[must_use]
    pub fn with_what_counts(self, max_age: Span) -> Self {
        Self {
            backups: self.backups.max(FRESH_BACKUP),
            marks: self.marks.max(WRONG_SECRETS).max(max_age),
            settled: self.settled.max(IRREVERSIBLE_WINDOW),
            ..self
        }
    }
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
