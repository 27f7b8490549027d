//! Words for things that several messages name: operations, what they are about, places, topics.

use super::people::named_phrase;
use crate::domain::{Conversation, Fault, Operation, PersonId, Phrase, Span, Target, Topic, View};

/// The operation's name in words.
pub(crate) fn operation(verb: &str) -> Phrase {
    Phrase::new(match verb {
        "cancel-approval" => "operation-cancel-approval",
        "close-account" => "operation-close-account",
        "delete" => "operation-delete",
        "grant-admin" => "operation-grant-admin",
        "handover" => "operation-handover",
        "revoke-admin" => "operation-revoke-admin",
        "unbind" => "operation-unbind",
        _ => "operation-other",
    })
}

/// What an operation is about, in words.
pub(crate) fn target(view: &dyn View, target: &Target) -> Result<Phrase, Fault> {
    Ok(match target {
        Target::Approval(id) => Phrase::new("plain").text("text", id.as_str()),
        Target::Person(id) => match view.person(id)? {
            Some(person) => named_phrase(&person),
            None => Phrase::new("plain").text("text", id.as_str()),
        },
    })
}

/// A conversation, in words.
pub(crate) fn conversation(view: &dyn View, conversation: &Conversation) -> Result<Phrase, Fault> {
    Ok(match conversation {
        Conversation::Direct(_) => Phrase::new("in-direct"),
        Conversation::Group(id) => {
            let name = view.group(id)?.map_or_else(|| id.to_string(), |group| group.name);
            Phrase::new("in-group").text("name", name)
        }
    })
}

/// An operation in words: what and whom.
pub(crate) fn summary(view: &dyn View, operation: &Operation) -> Result<Phrase, Fault> {
    Ok(Phrase::new("operation-of")
        .phrase("operation", self::operation(&operation.verb))
        .phrase("target", target(view, &operation.target)?))
}

/// The message that names a topic.
pub(crate) fn topic(topic: Topic) -> &'static str {
    match topic {
        Topic::AccountClosed => "topic-account-closed",
        Topic::AdminRevoked => "topic-admin-revoked",
        Topic::ApprovalCancelled => "topic-approval-cancelled",
        Topic::Departure => "topic-departure",
    }
}

/// Somebody's name, or the id where there is no name any more.
pub(crate) fn name(view: &dyn View, id: &PersonId) -> Result<String, Fault> {
    let name = view.person(id)?.map(|person| person.name).filter(|name| !name.is_empty());
    Ok(name.unwrap_or_else(|| id.to_string()))
}

/// A length of time in its largest whole unit.
pub(crate) fn span(span: Span) -> Phrase {
    let minutes = usize::try_from(span.as_millis().max(0) / 60_000).unwrap_or(usize::MAX);
    match minutes {
        0..60 => Phrase::new("span-minutes").number("n", minutes),
        60..2_880 => Phrase::new("span-hours").number("n", minutes / 60),
        _ => Phrase::new("span-days").number("n", minutes / 1_440),
    }
}
