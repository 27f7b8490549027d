//! Usher's own markup, in which every message is worded before it is shown somewhere.
//!
//! | written | means |
//! |---|---|
//! | `**words**` | strong |
//! | `` `/help` `` | code: something to type |
//! | `- ` at the beginning of a line | a list item |
//! | `\` | the next character as it is, inside code too |
//!
//! Nothing else is markup. Strong and code end with their line at the latest.

use std::borrow::Cow;
use std::mem;

mod colours;
mod fit;
mod html;
mod markdown;

pub use colours::Colours;
pub use fit::fitted;
pub use html::html;
pub use markdown::markdown;

/// The characters that can be markup anywhere in a line.
const MARKS: [u8; 3] = [b'\\', b'`', b'*'];

/// A line of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line<'a> {
    /// Whether it is an item of a list.
    pub bullet: bool,
    /// What it consists of; never two of a kind in a row, none empty.
    pub spans: Vec<Span<'a>>,
}

/// A part of a line: its words, unescaped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Span<'a> {
    /// Something to type.
    Code(Cow<'a, str>),
    /// What must not be overlooked.
    Strong(Cow<'a, str>),
    /// Everything else.
    Text(Cow<'a, str>),
}

/// The text as markup that means just this text.
pub fn escape(text: &str) -> Cow<'_, str> {
    let is_plain = next_mark(text).is_none() && !text.starts_with('-') && !text.contains("\n-");
    if is_plain {
        return Cow::Borrowed(text);
    }
    let mut escaped = String::with_capacity(text.len() + 8);
    let mut starts_line = true;
    for c in text.chars() {
        if matches!(c, '\\' | '`' | '*') || (starts_line && c == '-') {
            escaped.push('\\');
        }
        escaped.push(c);
        starts_line = c == '\n';
    }
    Cow::Owned(escaped)
}

/// The lines of a message.
pub fn lines(markup: &str) -> impl Iterator<Item = Line<'_>> {
    markup.split('\n').map(|line| {
        let item = line.strip_prefix("- ");
        Line { bullet: item.is_some(), spans: spans(item.unwrap_or(line)) }
    })
}

/// The message as plain text: list items keep their dash.
pub fn plain(markup: &str) -> String {
    if next_mark(markup).is_none() {
        return markup.to_owned();
    }
    let mut out = String::with_capacity(markup.len());
    for (index, line) in markup.split('\n').enumerate() {
        if index > 0 {
            out.push('\n');
        }
        scan(line, |part| out.push_str(part.words()));
    }
    out
}

fn next_mark(text: &str) -> Option<usize> {
    text.bytes().position(|byte| MARKS.contains(&byte))
}

fn spans(line: &str) -> Vec<Span<'_>> {
    let mut spans = Vec::new();
    scan(line, |part| push(&mut spans, part));
    spans
}

/// Finds the parts of a line: spans and, where something is escaped, pieces of spans.
fn scan<'a>(line: &'a str, mut found: impl FnMut(Span<'a>)) {
    let (mut strong, mut code) = (false, false);
    let mut rest = line;
    while !rest.is_empty() {
        let style = match (code, strong) {
            (true, _) => Span::Code,
            (false, true) => Span::Strong,
            (false, false) => Span::Text,
        };
        let (words, after) = rest.split_at(next_mark(rest).unwrap_or(rest.len()));
        found(style(words.into()));
        rest = if let Some(after) = after.strip_prefix('\\') {
            let escaped = after.chars().next().map_or(0, char::len_utf8);
            let literal = if escaped == 0 { "\\" } else { &after[..escaped] };
            found(style(literal.into()));
            &after[escaped..]
        } else if let Some(after) = after.strip_prefix('`') {
            code = !code;
            after
        } else if let Some(after) = after.strip_prefix("**").filter(|_| !code) {
            strong = !strong;
            after
        } else {
            let (literal, after) = after.split_at(after.len().min(1));
            found(style(literal.into()));
            after
        };
    }
}

/// Adds a span, as a part of the last one if that is of the same kind.
fn push<'a>(spans: &mut Vec<Span<'a>>, span: Span<'a>) {
    if span.words().is_empty() {
        return;
    }
    if let Some(last) = spans.last_mut()
        && mem::discriminant(last) == mem::discriminant(&span)
    {
        let (Span::Code(words) | Span::Strong(words) | Span::Text(words)) = last;
        words.to_mut().push_str(span.words());
    } else {
        spans.push(span);
    }
}

impl Span<'_> {
    /// The words, whatever they are.
    pub fn words(&self) -> &str {
        let (Self::Code(words) | Self::Strong(words) | Self::Text(words)) = self;
        words
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{any, proptest};

    use super::{Line, Span, escape, lines, plain};

    fn only_line(markup: &str) -> Line<'_> {
        let mut lines: Vec<_> = lines(markup).collect();
        assert_eq!(lines.len(), 1);
        lines.remove(0)
    }

    #[test]
    fn a_line_falls_into_its_spans() {
        let line = only_line(r"- **Stop**, type `/cancel \`x\`` \*\*");
        assert!(line.bullet);
        let expected = [
            Span::Strong("Stop".into()),
            Span::Text(", type ".into()),
            Span::Code("/cancel `x`".into()),
            Span::Text(" **".into()),
        ];
        assert_eq!(line.spans, expected);
    }

    #[test]
    fn what_is_not_closed_ends_with_its_line() {
        assert_eq!(plain("**a\nb"), "a\nb");
        let lines: Vec<_> = lines("`a**\nb*\\").collect();
        assert_eq!(lines[0].spans, [Span::Code("a**".into())]);
        assert_eq!(lines[1].spans, [Span::Text("b*\\".into())]);
    }

    #[test]
    fn code_within_strong_is_code() {
        let expected = [Span::Strong("a ".into()), Span::Code("b".into()), Span::Strong(" c".into())];
        assert_eq!(only_line("**a `b` c**").spans, expected);
    }

    #[test]
    fn a_dash_is_an_item_only_where_somebody_meant_it() {
        assert!(only_line("- a").bullet);
        assert!(!only_line("-a").bullet);
        assert!(!only_line(&escape("- a")).bullet);
        assert!(lines(&escape("x\n- a")).all(|line| !line.bullet));
    }

    #[test]
    fn plain_text_shows_no_marks() {
        assert_eq!(plain("**李博** 走了：\n- `/todo`"), "李博 走了：\n- /todo");
    }

    proptest! {
        #[test]
        fn escaped_text_comes_back(text in any::<String>()) {
            assert_eq!(plain(&escape(&text)), text);
        }

        #[test]
        fn marks_come_back_too(text in r"[-\\`* \na\[]{0,12}") {
            assert_eq!(plain(&escape(&text)), text);
        }

        #[test]
        fn escaped_text_is_one_span(one in r"[-\\`* a]{1,9}", two in r"[-\\`* a]{1,9}") {
            let line = format!("{}{}", escape(&one), escape(&two));
            assert_eq!(only_line(&line).spans, [Span::Text((one + &two).into())]);
        }
    }
}
