//! What somebody said, once, as a chat adapter hands it over.

use std::fmt;

use zeroize::Zeroizing;

use super::{GroupId, MessageId, PersonId, Timestamp};

/// Where people talk with Usher.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Conversation {
    /// A group chat.
    Group(GroupId),
    /// The direct messages between one person and Usher.
    Direct(PersonId),
}

impl Conversation {
    /// Whether this is a group chat.
    pub fn is_group(&self) -> bool {
        matches!(self, Self::Group(_))
    }

    /// The form that the database uses: `#ops` or `@alice`, so that no group is taken for a person.
    pub fn key(&self) -> String {
        match self {
            Self::Group(id) => format!("#{id}"),
            Self::Direct(id) => format!("@{id}"),
        }
    }

    /// Reads [`Self::key`].
    pub fn from_key(key: &str) -> Option<Self> {
        match (key.strip_prefix('#'), key.strip_prefix('@')) {
            (Some(group), _) => Some(Self::Group(GroupId::new(group))),
            (_, Some(person)) => Some(Self::Direct(PersonId::new(person))),
            _ => None,
        }
    }
}

/// The form that transcripts use: `ops` or `dm:alice`.
impl fmt::Display for Conversation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Group(id) => write!(f, "{id}"),
            Self::Direct(id) => write!(f, "dm:{id}"),
        }
    }
}

/// Whether a message was said now, by a person, in their own words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// Said by a bot, maybe by Usher itself.
    Bot,
    /// An edit of an earlier message.
    Edited,
    /// Said by a person, here and now: the only origin that commands are taken from.
    FirstHand,
    /// Forwarded from elsewhere.
    Forwarded,
    /// Quoted or preformatted text.
    Quoted,
}

/// Stands in a [`Body`]'s text where a structured mention was.
pub const SLOT: char = '\u{FFFC}';

/// A structured mention: the platform's entity, never the words on the screen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mention {
    /// Who is meant.
    pub id: PersonId,
    /// What the screen showed, where the platform tells.
    pub label: Option<String>,
    /// Whether it is Usher who is mentioned.
    pub is_usher: bool,
}

/// A part of a message, as an adapter reads it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    /// What was typed.
    Text(String),
    /// Whom the platform linked.
    Mention(Mention),
}

/// A message's text, with its mentions kept apart so that no typed text can forge one. It may be somebody's secret:
/// whoever drops it wipes it, and it is not shown by mistake.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Body {
    text: Zeroizing<String>,
    mentions: Vec<Mention>,
}

/// Shows how long it is, and nothing of what it says.
impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Body").field("bytes", &self.text.len()).field("mentions", &self.mentions).finish()
    }
}

impl Body {
    /// Puts the pieces together.
    pub fn new(pieces: impl IntoIterator<Item = Piece>) -> Self {
        let mut body = Self::default();
        for piece in pieces {
            match piece {
                Piece::Text(text) => {
                    let text = Zeroizing::new(text);
                    // Room for all of it at once: what is outgrown is not wiped.
                    body.text.reserve(text.len());
                    body.text.extend(
                        text.chars().map(|c| if c == SLOT { char::REPLACEMENT_CHARACTER } else { c }),
                    );
                }
                Piece::Mention(mention) => {
                    body.text.push(SLOT);
                    body.mentions.push(mention);
                }
            }
        }
        body
    }

    /// Takes text without mentions.
    pub fn plain(text: impl Into<String>) -> Self {
        Self::new([Piece::Text(text.into())])
    }

    /// The text, with [`SLOT`] for the nth mention.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The text without a mention in front, which may be Usher's.
    pub fn typed(&self) -> &str {
        let text = self.text.trim_start();
        text.strip_prefix(SLOT).unwrap_or(text)
    }

    /// The mentions in the order of their slots.
    pub fn mentions(&self) -> &[Mention] {
        &self.mentions
    }
}

/// One message, as heard.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Heard {
    /// The platform's own id of the message; a message is handled once for each id.
    pub id: MessageId,
    /// Where it was said.
    pub conversation: Conversation,
    /// The platform's immutable id of who said it.
    pub sender: PersonId,
    /// What was said.
    pub body: Body,
    /// When the platform says that it was said.
    pub sent_at: Timestamp,
    /// Whether it is first-hand.
    pub origin: Origin,
}

#[cfg(test)]
mod tests {
    use super::{Body, Conversation, GroupId, PersonId, SLOT};

    #[test]
    fn typed_text_cannot_forge_a_mention() {
        let body = Body::plain(format!("/delete {SLOT}"));
        assert!(!body.text().contains(SLOT));
        assert!(body.mentions().is_empty());
    }

    #[test]
    fn what_was_said_is_not_shown_by_mistake() {
        assert_eq!(format!("{:?}", Body::plain("secret")), "Body { bytes: 6, mentions: [] }");
    }

    #[test]
    fn a_group_is_never_taken_for_a_direct_conversation() {
        let group = Conversation::Group(GroupId::new("@alice"));
        let direct = Conversation::Direct(PersonId::new("alice"));
        assert_ne!(group.key(), direct.key());
        for conversation in [group, direct] {
            assert_eq!(Conversation::from_key(&conversation.key()), Some(conversation));
        }
    }
}
