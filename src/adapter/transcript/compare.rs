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
    lanes(expected, actual).values().any(|(expected, actual)| {
        expected.len() != actual.len()
            || expected.iter().zip(actual).any(|(expected, actual)| !is_like(expected, actual))
    })
}

/// A message that was expected, and the one that was said instead of it; or one of the two.
pub type Difference<'a> = (Option<&'a Said>, Option<&'a Said>);

/// The messages without their like on the other side.
pub fn differences<'a>(expected: &[&'a Said], actual: &'a [Said]) -> Vec<Difference<'a>> {
    let mut differences: Vec<Difference<'a>> = Vec::new();
    for (expected, actual) in lanes(expected, actual).into_values() {
        let first = differences.len();
        for place in aligned(&expected, &actual, |_| false, |one, other| is_like(one, other)) {
            match place {
                Place::Fits(_) => {}
                Place::Missing(at) => differences.push((Some(expected[at]), None)),
                Place::Extra(at) => {
                    let said = actual[at];
                    // What was said instead of a message is most likely of its kind.
                    let instead = differences[first..].iter_mut().find(|(expected, actual)| {
                        actual.is_none() && expected.is_some_and(|expected| expected.kind == said.kind)
                    });
                    match instead {
                        Some((_, actual)) => *actual = Some(said),
                        None => differences.push((None, Some(said))),
                    }
                }
            }
        }
    }
    differences
}

/// The lines of two messages side by side: each with its sign, ` ` where it fits, `-` where it is missing, `+` where nobody
/// expected it.
pub fn beside((expected, actual): Difference<'_>) -> Vec<(char, String)> {
    let lines = |said: Option<&Said>| -> Vec<String> {
        said.map(|said| write(said).lines().map(str::to_owned).collect()).unwrap_or_default()
    };
    let (pattern, lines) = (lines(expected), lines(actual));
    let places = aligned(&pattern, &lines, |line| line.trim() == "...", |one, other| matches(one, other));
    let sign = |place| match place {
        Place::Extra(at) => ('+', lines[at].clone()),
        Place::Fits(at) => (' ', lines[at].clone()),
        Place::Missing(at) => ('-', pattern[at].clone()),
    };
    places.into_iter().map(sign).collect()
}

/// The messages of each conversation: those that were expected, and those that were said.
fn lanes<'a>(
    expected: &[&'a Said],
    actual: &'a [Said],
) -> BTreeMap<&'a Conversation, (Vec<&'a Said>, Vec<&'a Said>)> {
    let mut lanes: BTreeMap<_, (Vec<_>, Vec<_>)> = BTreeMap::new();
    for said in expected {
        lanes.entry(&said.to).or_default().0.push(*said);
    }
    for said in actual {
        lanes.entry(&said.to).or_default().1.push(said);
    }
    lanes
}

fn is_like(expected: &Said, actual: &Said) -> bool {
    expected.kind == actual.kind && matches(&expected.text, &actual.text)
}

/// One place of two sequences side by side.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    /// This item is nowhere in the pattern.
    Extra(usize),
    /// This item is what the pattern has there.
    Fits(usize),
    /// This part of the pattern is nowhere among the items.
    Missing(usize),
}

/// A pattern and items side by side, with as few places as can be at which they differ. Some parts of a pattern may stand
/// for any run of items.
fn aligned<P, T>(
    pattern: &[P],
    items: &[T],
    is_any: impl Fn(&P) -> bool,
    fits: impl Fn(&P, &T) -> bool,
) -> Vec<Place> {
    // How many places differ behind each pair of places, and what comes first there; from the end on.
    let mut table = vec![vec![(0, None); items.len() + 1]; pattern.len() + 1];
    for at in (0..=pattern.len()).rev() {
        for item in (0..=items.len()).rev() {
            let is_run = pattern.get(at).is_some_and(&is_any);
            let missing = (at < pattern.len())
                .then(|| (table[at + 1][item].0 + usize::from(!is_run), Some(Place::Missing(at))));
            let more = (item < items.len()).then(|| match is_run {
                true => (table[at][item + 1].0, Some(Place::Fits(item))),
                false => (table[at][item + 1].0 + 1, Some(Place::Extra(item))),
            });
            let both = (at < pattern.len() && item < items.len() && !is_run)
                .then(|| fits(&pattern[at], &items[item]))
                .filter(|is_fit| *is_fit)
                .map(|_| (table[at + 1][item + 1].0, Some(Place::Fits(item))));
            let best = [both, missing, more].into_iter().flatten().min_by_key(|(count, _)| *count);
            table[at][item] = best.unwrap_or_default();
        }
    }
    let (mut at, mut item) = (0, 0);
    let mut places = Vec::new();
    while let (_, Some(place)) = table[at][item] {
        let is_run = pattern.get(at).is_some_and(&is_any);
        match place {
            Place::Extra(_) => item += 1,
            Place::Fits(_) => (at, item) = (at + usize::from(!is_run), item + 1),
            Place::Missing(_) => at += 1,
        }
        if !(is_run && matches!(place, Place::Missing(_))) {
            places.push(place);
        }
    }
    places
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
    use super::{Said, beside, differences, differs, matches};
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
    fn only_what_has_no_like_differs() {
        let said = |to: &str, kind: &str, text: &str| Said {
            to: Conversation::Group(GroupId::new(to)),
            kind: kind.to_owned(),
            text: text.to_owned(),
        };
        let (one, two, far) =
            (said("a", "answer", "1 {*}"), said("a", "done", "...\n2"), said("b", "notice", "3"));
        let expected = [&one, &two, &far];
        let like =
            [said("b", "notice", "3"), said("a", "answer", "1 and more"), said("a", "done", "x\ny\n2")];
        assert_eq!(differences(&expected, &like), []);
        let more = [&[said("a", "warning", "!")], &like[..]].concat();
        assert_eq!(differences(&expected, &more), [(None, Some(&more[0]))]);
        assert_eq!(differences(&expected, &like[1..]), [(Some(&far), None)]);
        let other = [like[0].clone(), more[0].clone(), like[1].clone(), said("a", "done", "x\ny\nz")];
        let found = differences(&expected, &other);
        assert_eq!(found, [(None, Some(&other[1])), (Some(&two), Some(&other[3]))]);
        let pattern = said("a", "done", "1\n...\n4\n{*}!\n6");
        let lines = beside((Some(&pattern), Some(&said("a", "done", "1\n2\n3\n4\n5\na!"))));
        let shown: Vec<_> = lines.iter().map(|(sign, line)| format!("{sign}{}", line.trim())).collect();
        assert_eq!(shown, [" [a] usher <done>: 1", " 2", " 3", " 4", "+5", " a!", "-6"]);
        for actual in [&like[..], &more, &like[1..], &other, &[]] {
            assert_eq!(differs(&expected, actual), !differences(&expected, actual).is_empty());
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
