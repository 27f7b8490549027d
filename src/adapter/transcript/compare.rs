//! What the bot said beside what it was expected to say.

use std::collections::BTreeMap;

use crate::domain::Conversation;

/// A message as a transcript writes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said {
    /// Where to.
    pub to: Conversation,
    /// Its kind's word.
    pub kind: String,
    /// Its text; of an expected one, a pattern.
    pub text: String,
}

/// The message as lines of a transcript.
pub fn write(said: &Said) -> String {
    let place = match &said.to {
        Conversation::Direct(person) => format!("dm {person}"),
        Conversation::Group(group) => group.to_string(),
    };
    let line = format!("[{place}] usher <{}>: {}", said.kind, said.text.replace('\n', "\n  "));
    line.trim_end().to_owned()
}

/// Whether what was said differs from what was expected. Messages to different conversations may come in
/// any order, those to one conversation only in this one.
pub fn differs(expected: &[&Said], actual: &[Said]) -> bool {
    let mut lanes: BTreeMap<&Conversation, (Vec<&Said>, Vec<&Said>)> = BTreeMap::new();
    for said in expected {
        lanes.entry(&said.to).or_default().0.push(said);
    }
    for said in actual {
        lanes.entry(&said.to).or_default().1.push(said);
    }
    lanes.values().any(|(expected, actual)| {
        expected.len() != actual.len()
            || expected.iter().zip(actual).any(|(expected, actual)| {
                expected.kind != actual.kind || !matches(&expected.text, &actual.text)
            })
    })
}

/// Whether a text fits a pattern: `{*}` is anything within a line, a line `...` any lines.
pub fn matches(pattern: &str, text: &str) -> bool {
    let pattern: Vec<_> = pattern.split('\n').map(str::trim_end).collect();
    let text: Vec<_> = text.split('\n').map(str::trim_end).collect();
    fits(
        &pattern,
        &text,
        |line| *line == "...",
        |pattern, line| {
            let parts: Vec<_> = pattern.split("{*}").collect();
            line_fits(&parts, line)
        },
    )
}

/// Matches a sequence with wildcards that stand for any run of items, without backtracking further than
/// the last wildcard.
fn fits<P, T>(
    pattern: &[P],
    items: &[T],
    is_any: impl Fn(&P) -> bool,
    fits: impl Fn(&P, &T) -> bool,
) -> bool {
    let (mut at, mut item) = (0, 0);
    let mut last: Option<(usize, usize)> = None;
    while item < items.len() {
        if pattern.get(at).is_some_and(&is_any) {
            last = Some((at, item));
            at += 1;
        } else if pattern.get(at).is_some_and(|pattern| fits(pattern, &items[item])) {
            (at, item) = (at + 1, item + 1);
        } else if let Some((wildcard, from)) = last {
            last = Some((wildcard, from + 1));
            (at, item) = (wildcard + 1, from + 1);
        } else {
            return false;
        }
    }
    pattern[at..].iter().all(is_any)
}

/// Whether the line is the parts in order, with anything between them.
fn line_fits(parts: &[&str], line: &str) -> bool {
    let [first, middle @ .., last] = parts else {
        return parts.first().is_none_or(|only| *only == line);
    };
    let Some(mut rest) = line.strip_prefix(first) else {
        return false;
    };
    for part in middle {
        match rest.find(part) {
            Some(found) => rest = &rest[found + part.len()..],
            None => return false,
        }
    }
    rest.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::{Said, differs, matches};
    use crate::domain::{Conversation, GroupId};

    #[test]
    fn wildcards_stand_for_parts_of_a_line_and_for_lines() {
        for (pattern, text) in [
            ("abc", "abc"),
            ("a{*}c", "ac"),
            ("a{*}c", "abbc"),
            ("{*}", "anything"),
            ("a\n...\nd", "a\nb\nc\nd"),
            ("a\n...", "a"),
            ("...", "a\nb"),
            ("...\nb\n...\nd", "a\nb\nb\nc\nd"),
        ] {
            assert!(matches(pattern, text), "{pattern:?} {text:?}");
        }
        for (pattern, text) in [
            ("abc", "abd"),
            ("a{*}c", "ab"),
            ("a{*}a", "a"),
            ("{*}", "a\nb"),
            ("a\n...\nd", "a\nb"),
            ("a", ""),
        ] {
            assert!(!matches(pattern, text), "{pattern:?} {text:?}");
        }
    }

    #[test]
    fn order_counts_within_a_conversation_only() {
        let said = |to: &str, text: &str| Said {
            to: Conversation::Group(GroupId::new(to)),
            kind: "answer".to_owned(),
            text: text.to_owned(),
        };
        let (a1, a2, b1) = (said("a", "1"), said("a", "2"), said("b", "1"));
        assert!(!differs(&[&a1, &a2, &b1], &[b1.clone(), a1.clone(), a2.clone()]));
        assert!(differs(&[&a1, &a2], &[a2.clone(), a1.clone()]));
        assert!(differs(&[&a1], &[]));
        assert!(differs(&[], &[a1]));
    }
}
