//! A terminal's colours, which may be unwanted.

use super::Span;

/// Whether colours are used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Colours {
    /// They are.
    On,
    /// They are not.
    Off,
}

impl Colours {
    /// The text between a colour's escape sequence and the one that ends it.
    pub fn paint(self, colour: &str, text: &str) -> String {
        match self {
            Self::On if !colour.is_empty() => format!("{colour}{text}\x1b[0m"),
            _ => text.to_owned(),
        }
    }
}

/// What stands before and after a span's words.
pub(super) fn escapes(span: &Span<'_>) -> (&'static str, &'static str) {
    match span {
        Span::Code(_) => ("\x1b[36m", "\x1b[39m"),
        Span::Strong(_) => ("\x1b[1m", "\x1b[22m"),
        Span::Text(_) => ("", ""),
    }
}
