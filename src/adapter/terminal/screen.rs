//! What the terminal shows: who one is, where one is, and each message as a block beside its place.

use std::collections::BTreeMap;

use unicode_width::UnicodeWidthChar;

use crate::domain::{Conversation, Delivery, GroupId, PersonId};
use crate::wording::markup::{self, Colours};

/// The people and groups that the screen can name.
#[derive(Clone, Debug, Default)]
pub struct Cast {
    /// Each person's id and name.
    pub people: Vec<(PersonId, String)>,
    /// Each group's id and name.
    pub groups: Vec<(GroupId, String)>,
    /// The demo's passwords, by person; empty in a real organisation.
    pub passwords: BTreeMap<PersonId, String>,
    /// What direct messages are called.
    pub direct: String,
}

impl Cast {
    /// A person's name.
    pub fn person<'a>(&'a self, id: &'a PersonId) -> &'a str {
        self.people.iter().find(|(known, _)| known == id).map_or(id.as_str(), |(_, name)| name)
    }

    /// A place's name.
    pub fn place(&self, place: &Conversation) -> String {
        match place {
            Conversation::Direct(id) => format!("{} · {}", self.direct, self.person(id)),
            Conversation::Group(id) => self
                .groups
                .iter()
                .find(|(known, _)| known == id)
                .map_or(id.as_str(), |(_, name)| name)
                .to_owned(),
        }
    }
}

/// Who one is and where.
#[derive(Clone, Debug)]
pub struct Seat {
    /// Who one is.
    pub who: PersonId,
    /// Where one is.
    pub place: Conversation,
}

/// A message as a block: its place in the gutter of the first line, its text beside.
pub(super) fn block(cast: &Cast, seat: &Seat, delivery: &Delivery, width: usize, colours: Colours) -> String {
    let place = cast.place(&delivery.to);
    let is_here = delivery.to == seat.place;
    let colour = if is_here { "\x1b[36m" } else { "\x1b[35m" };
    let gutter = colours.paint(colour, " │");
    let bell = if is_here { " " } else { "*" };
    let text = match colours {
        Colours::On => markup::ansi(&delivery.text),
        Colours::Off => markup::plain(&delivery.text),
    };
    let mut lines = vec![colours.paint(colour, &format!("{bell}{place}"))];
    for line in text.lines() {
        lines.extend(wrap(line, width.saturating_sub(4)).into_iter().map(|part| format!("{gutter} {part}")));
    }
    lines.join("\n")
}

/// The line cut into parts of at most so many columns; escape sequences take none, Chinese takes two each.
pub(super) fn wrap(line: &str, width: usize) -> Vec<String> {
    let width = width.max(8);
    let mut parts = vec![String::new()];
    let (mut column, mut in_escape) = (0, false);
    for c in line.chars() {
        in_escape |= c == '\x1b';
        let wide = if in_escape { 0 } else { c.width().unwrap_or(0) };
        if column + wide > width {
            parts.push(String::new());
            column = 0;
        }
        if let Some(part) = parts.last_mut().filter(|part| !(part.is_empty() && c == ' ')) {
            part.push(c);
            column += wide;
        }
        in_escape &= c != 'm';
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::{Cast, Colours, Seat, block, wrap};
    use crate::domain::{Conversation, Delivery, GroupId, PersonId, Timestamp};

    fn delivery(to: Conversation, kind: &str, fields: &str, text: &str) -> Delivery {
        let at = Timestamp::from_millis(0);
        let (kind, fields, text) = (kind.into(), fields.into(), text.into());
        let (in_reply_to, attachment) = (None, None);
        Delivery {
            id: 1,
            to,
            kind,
            fields,
            text,
            in_reply_to,
            attachment,
            attempts: 0,
            created: at,
            queued_at: at,
        }
    }

    fn seat() -> Seat {
        let who = PersonId::new("alice");
        Seat { place: Conversation::Direct(who.clone()), who }
    }

    #[test]
    fn chinese_takes_two_columns_and_colours_none() {
        assert_eq!(wrap("一二三四五六", 8), ["一二三四", "五六"]);
        assert_eq!(wrap("\x1b[1mabcdefgh\x1b[0m", 8), ["\x1b[1mabcdefgh\x1b[0m"]);
        assert_eq!(wrap("abcdefgh ij", 8), ["abcdefgh", "ij"]);
    }

    #[test]
    fn what_comes_from_elsewhere_is_marked() {
        let elsewhere = delivery(Conversation::Group(GroupId::new("ops")), "answer", "{}", "hello");
        assert_eq!(block(&Cast::default(), &seat(), &elsewhere, 80, Colours::Off), "*ops\n │ hello");
    }
}
