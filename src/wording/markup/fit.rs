//! Messages for a terminal, line by line: broken where words end, as Unicode has it for every script, and within something
//! to type only where that is wider than the terminal.

use std::ops::Range;

use unicode_linebreak::linebreaks;
use unicode_width::UnicodeWidthChar;

use super::colours::{Colours, escapes};
use super::{Line, Span, lines};

/// Nothing is made narrower, in columns.
const LEAST: usize = 8;

/// The message's lines, none wider than so many columns; no control character of its words reaches the terminal.
pub fn fitted(markup: &str, width: usize, colours: Colours) -> Vec<String> {
    lines(markup).flat_map(|line| Row::of(&line).fitted(width, colours)).collect()
}

/// A line's words, and what each part of them is.
struct Row<'a> {
    begins: &'static str,
    words: String,
    spans: Vec<(Range<usize>, &'a Span<'a>)>,
}

impl<'a> Row<'a> {
    fn of(line: &'a Line<'a>) -> Self {
        let mut words = String::new();
        let spans = line.spans.iter().map(|span| {
            let start = words.len();
            words.extend(span.words().chars().filter(|c| !c.is_control()));
            (start..words.len(), span)
        });
        let spans = spans.collect();
        Self { begins: if line.bullet { "- " } else { "" }, words, spans }
    }

    fn fitted(&self, width: usize, colours: Colours) -> Vec<String> {
        let indent = " ".repeat(self.begins.len());
        let parts = self.parts(width.saturating_sub(indent.len()).max(LEAST)).into_iter().enumerate();
        parts
            .map(|(index, part)| {
                let begins = if index == 0 { self.begins } else { &indent };
                format!("{begins}{}", self.painted(&part, colours))
            })
            .collect()
    }

    fn painted(&self, part: &Range<usize>, colours: Colours) -> String {
        let mut painted = String::new();
        for (range, span) in &self.spans {
            let words = range.start.max(part.start)..range.end.min(part.end);
            if words.is_empty() {
                continue;
            }
            let (on, off) = if colours == Colours::On { escapes(span) } else { ("", "") };
            painted.extend([on, &self.words[words], off]);
        }
        painted
    }

    /// The words in parts of at most so many columns, without the spaces at which they were broken.
    fn parts(&self, width: usize) -> Vec<Range<usize>> {
        let places = self.places();
        let mut parts = Vec::new();
        let mut start = 0;
        loop {
            let rest = &self.words[start..];
            let Some(end) = overflow(rest, width).map(|end| start + end) else {
                parts.push(start..self.words.len());
                return parts;
            };
            let fitting = places.iter().filter(|(at, _)| (start + 1..=end).contains(at));
            let cut = fitting.max_by_key(|(at, place)| (*place, *at)).map_or(end, |(at, _)| *at);
            let part = self.words[start..cut].trim_end_matches(' ');
            parts.push(start..start + part.len());
            start = self.words.len() - self.words[cut..].trim_start_matches(' ').len();
        }
    }

    /// Where the words can be broken.
    fn places(&self) -> Vec<(usize, Place)> {
        // A slash begins what is to be typed: it belongs to what follows it, where Unicode has it belong to what is before.
        let read = self.words.replace('/', "a");
        let between_words: Vec<_> = linebreaks(&read).map(|(at, _)| at).collect();
        let is_typed = |at: usize| {
            let mut typed = self.spans.iter().filter(|(_, span)| matches!(span, Span::Code(_)));
            typed.any(|(range, _)| range.start < at && at < range.end)
        };
        let letters = self.words.char_indices().filter(|(_, c)| c.width().unwrap_or(0) > 0);
        letters
            .map(|(at, _)| {
                let place = match (is_typed(at), between_words.binary_search(&at).is_ok()) {
                    (false, true) => Place::BetweenWords,
                    (true, _) if self.words[..at].ends_with(' ') => Place::WithinCommand,
                    _ => Place::Anywhere,
                };
                (at, place)
            })
            .collect()
    }
}

/// Where a line can be broken, the better the greater.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Place {
    Anywhere,
    WithinCommand,
    BetweenWords,
}

/// Where the first character begins that is beyond so many columns; spaces at a line's end take none.
fn overflow(words: &str, width: usize) -> Option<usize> {
    let mut column = 0;
    for (at, c) in words.char_indices() {
        column += c.width().unwrap_or(0);
        if column > width && c != ' ' {
            return Some(at);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{any, proptest};
    use unicode_width::UnicodeWidthChar;

    use super::super::escape;
    use super::{Colours, fitted};

    fn plain(markup: &str, width: usize) -> Vec<String> {
        fitted(markup, width, Colours::Off)
    }

    #[test]
    fn chinese_takes_two_columns_and_colours_none() {
        assert_eq!(plain("一二三四五六", 8), ["一二三四", "五六"]);
        assert_eq!(fitted("**abcdefgh**", 8, Colours::On), ["\x1b[1mabcdefgh\x1b[22m"]);
        assert_eq!(plain("abcdefgh ij", 8), ["abcdefgh", "ij"]);
    }

    #[test]
    fn words_stay_whole_and_no_line_begins_with_what_closes() {
        assert_eq!(plain("Nothing was changed (so far).", 12), ["Nothing was", "changed (so", "far)."]);
        assert_eq!(plain("一二三四，五六七八：九", 8), ["一二三", "四，五六", "七八：九"]);
        assert_eq!(plain("一二三四（五）", 10), ["一二三四", "（五）"]);
        assert_eq!(plain("abcdefghijkl", 8), ["abcdefgh", "ijkl"], "where there is no other way");
    }

    #[test]
    fn what_is_to_be_typed_stays_whole_as_far_as_it_can() {
        assert_eq!(plain("send `/confirm 2G57`.", 14), ["send", "/confirm 2G57."]);
        assert_eq!(plain("请发`确认 2G57`。", 12), ["请发", "确认 2G57。"]);
        assert_eq!(plain("or /confirm 2G57", 9), ["or", "/confirm", "2G57"]);
        assert_eq!(plain("`/delete @bob handover=@carol`", 16), ["/delete @bob", "handover=@carol"]);
        let painted = ["a", "\x1b[36mbcd efgh\x1b[39m", "\x1b[36mij\x1b[39m"];
        assert_eq!(fitted("a `bcd efgh ij`", 8, Colours::On), painted);
    }

    #[test]
    fn strong_is_bold_and_code_is_cyan() {
        let shown = ["\x1b[1ma\x1b[22m", "- \x1b[36mb\x1b[39m"];
        assert_eq!(fitted("**a**\n- `b`", usize::MAX, Colours::On), shown);
        assert_eq!(plain("**a**\n- `b`", usize::MAX), ["a", "- b"]);
    }

    #[test]
    fn an_item_stands_beside_its_dash() {
        assert_eq!(plain("- one two three", 10), ["- one two", "  three"]);
    }

    proptest! {
        #[test]
        fn nobody_writes_to_the_terminal_but_us(text in any::<String>()) {
            let text = text.replace('\n', "\x1b[31m\u{9b}31m\x07");
            let bare = text.replace(char::is_control, "");
            for colours in [Colours::On, Colours::Off] {
                assert_eq!(fitted(&escape(&text), usize::MAX, colours), [bare.as_str()]);
            }
        }

        #[test]
        fn nothing_is_lost_and_nothing_too_wide(text in any::<String>(), width in 8_usize..40) {
            let bare = |text: &str| text.replace(|c: char| c.is_control() || c == ' ', "");
            let parts = plain(&escape(&text.replace('\n', " ")), width);
            assert_eq!(bare(&parts.concat()), bare(&text));
            let columns = |part: &String| part.trim_end_matches(' ').chars().filter_map(UnicodeWidthChar::width).sum::<usize>();
            assert!(parts.iter().all(|part| columns(part) <= width), "{parts:?}");
        }
    }
}
