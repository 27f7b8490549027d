//! What the terminal shows: who one is, where one is, and each message as a block beside its place.

use std::collections::BTreeMap;

use crate::domain::{Conversation, Delivery, GroupId, PersonId};
use crate::wording::markup::{Colours, fitted};

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
    let mut lines = vec![colours.paint(colour, &format!("{bell}{place}"))];
    let parts = fitted(&delivery.text, width.saturating_sub(4), colours);
    lines.extend(parts.into_iter().map(|part| format!("{gutter} {part}")));
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::{Cast, Colours, Seat, block};
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
    fn what_comes_from_elsewhere_is_marked() {
        let elsewhere = delivery(Conversation::Group(GroupId::new("ops")), "answer", "{}", "hello");
        assert_eq!(block(&Cast::default(), &seat(), &elsewhere, 80, Colours::Off), "*ops\n │ hello");
    }
}
