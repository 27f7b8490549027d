//! Messages for a terminal.

use super::{Span, lines};

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

/// The message with a terminal's bold and cyan; no control character of its words reaches the terminal.
pub fn ansi(markup: &str) -> String {
    let mut out = String::with_capacity(markup.len() + markup.len() / 2);
    for (index, line) in lines(markup).enumerate() {
        if index > 0 {
            out.push('\n');
        }
        if line.bullet {
            out.push_str("- ");
        }
        for span in &line.spans {
            let (on, off) = escapes(span);
            out.push_str(on);
            out.extend(span.words().chars().filter(|c| !c.is_control()));
            out.push_str(off);
        }
    }
    out
}

/// What stands before and after a span's words.
pub(super) fn escapes(span: &Span<'_>) -> (&'static str, &'static str) {
    match span {
        Span::Code(_) => ("\x1b[36m", "\x1b[39m"),
        Span::Strong(_) => ("\x1b[1m", "\x1b[22m"),
        Span::Text(_) => ("", ""),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{any, proptest};

    use super::super::escape;
    use super::ansi;

    #[test]
    fn strong_is_bold_and_code_is_cyan() {
        assert_eq!(ansi("**a**\n- `b`"), "\x1b[1ma\x1b[22m\n- \x1b[36mb\x1b[39m");
    }

    proptest! {
        #[test]
        fn nobody_writes_to_the_terminal_but_us(text in any::<String>()) {
            let text = text.replace('\n', "\x1b[31m\u{9b}31m\x07");
            let shown = ansi(&escape(&text));
            assert_eq!(shown, text.replace(char::is_control, ""));
        }
    }
}
