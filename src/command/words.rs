//! Words for things that several messages name: operations, what they are about, places, topics.

use super::lookup;
use super::people::named_phrase;
use super::spec::Run;
use crate::domain::{Conversation, Fault, Operation, PersonId, Phrase, Span, Target, Topic, View};

/// The operation's name in words.
pub(crate) fn operation(verb: &str) -> Phrase {
    Phrase::new(match lookup(verb).map(|spec| spec.run) {
        Some(Run::Operation { called, .. }) => called,
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

/// What Usher itself calls some of the words that options take, in Chinese, and what else people call them.
const NAMES: [(&str, &str); 24] = [
    ("主管理员", "main"),
    ("子管理员", "sub"),
    ("企业主", "owner"),
    ("管理员", "admin"),
    ("主管", "supervisor"),
    ("员工", "people"),
    ("管理员", "admins"),
    ("审批", "approvals"),
    ("自愿离职", "resigned"),
    ("解聘", "dismissed"),
    ("丧失劳动能力", "incapacity"),
    ("内部调整", "transfer"),
    ("其他", "other"),
    ("员工离职", "departure"),
    ("取消管理员", "admin_revoked"),
    ("取消审批", "approval_cancelled"),
    ("账号注销", "account_closed"),
    ("中文", "zh"),
    ("chinese", "zh"),
    ("英文", "en"),
    ("english", "en"),
    ("取消", "cancel"),
    ("重发", "retry"),
    ("关闭", "off"),
];

/// The one of the words that is meant by what was typed: by its name in Chinese too.
pub(crate) fn meant<'a>(typed: &str, words: &[&'a str]) -> Option<&'a str> {
    let is_named = |word: &str| NAMES.iter().any(|(name, of)| *name == typed && *of == word);
    words.iter().copied().find(|word| *word == typed || is_named(word))
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
