//! A robot message as somebody said it.
//!
//! Source: receive-message. In a text the linked mentions are taken out, and stand in `atUsers` alone, in no order; the
//! sender is `senderStaffId`, which is there only for members of the robot's organisation. Nicknames, `isAdmin` and
//! names in the text decide nothing.

use serde_json::Value;
use zeroize::Zeroizing;

use super::webhooks::Webhook;
use crate::dingtalk::{boolean, list, number, text};
use crate::domain::names::is_unseen;
use crate::domain::{
    Body, Conversation, GroupId, Heard, Mention, MessageId, Origin, PersonId, Piece, Timestamp,
};

/// What a robot message turned out to be.
#[derive(Debug)]
pub enum Received {
    /// Somebody said something; with the address at which it can be answered.
    Said(Box<Heard>, Option<Webhook>),
    /// The organisation's messages of this month are used up, so that this one came without its text.
    QuotaSpent,
    /// It has no id or no conversation, so that nobody can be answered, and nothing done once.
    Unusable,
}

/// Reads a robot message sent to an application of this organisation.
pub fn read(data: &Value, corp_id: &str, now: Timestamp) -> Received {
    if number(&data["errCode"]).or_else(|| number(&data["errorCode"])) == Some(20_001) {
        return Received::QuotaSpent;
    }
    let (Some(id), Some(conversation_id)) = (text(&data["msgId"]), text(&data["conversationId"])) else {
        return Received::Unusable;
    };
    let sender = sender(data, corp_id);
    let conversation = match text(&data["conversationType"]).as_deref() {
        Some("2") => Conversation::Group(GroupId::new(conversation_id)),
        _ => Conversation::Direct(sender.clone()),
    };
    let Typed { text: typed, label, origin } = typed(data);
    let id = MessageId::new(format!("dt:{id}"));
    let webhook = text(&data["sessionWebhook"]).map(|url| Webhook {
        url: Zeroizing::new(url),
        to: conversation.clone(),
        until: Timestamp::from_millis(number(&data["sessionWebhookExpiredTime"]).unwrap_or_default()),
    });
    let sent_at = number(&data["createAt"]).map_or(now, Timestamp::from_millis);
    let mut mentions = mentions(data);
    if let [only] = mentions.as_mut_slice() {
        only.label = label;
    }
    // Around the mentions that were taken out, which every message in a group has, spaces are left.
    let typed = if conversation.is_group() { typed.trim() } else { &typed };
    let body = Body::new(pieces(typed, mentions));
    Received::Said(Box::new(Heard { id, conversation, sender, body, sent_at, origin }), webhook)
}

/// Who said it: somebody of our organisation, or somebody who is nobody here.
fn sender(data: &Value, corp_id: &str) -> PersonId {
    let is_ours = text(&data["senderCorpId"]).is_none_or(|corp| corp == corp_id);
    let stranger = || text(&data["senderId"]).unwrap_or_default();
    let staff = text(&data["senderStaffId"]).filter(|_| is_ours);
    // The form of a stranger's id is no person's: it may not be taken for one, whatever it says.
    PersonId::new(staff.unwrap_or_else(|| format!("$:stranger:{}", stranger())))
}

/// What was typed.
struct Typed {
    text: String,
    /// The one name that was shown behind the verb, where the platform tells.
    label: Option<String>,
    origin: Origin,
}

/// What was typed, without what it replies to; other things than text are never a command.
fn typed(data: &Value) -> Typed {
    let first_hand = |text| Typed { text, label: None, origin: Origin::FirstHand };
    match data["msgtype"].as_str().unwrap_or_default() {
        "text" => first_hand(data["text"]["content"].as_str().unwrap_or_default().to_owned()),
        "richText" => {
            let has_mentions = !list(&data["atUsers"]).is_empty();
            // A linked mention leaves its name as a part of its own, which is no text that was typed.
            let is_name = |part: &str| has_mentions && part.trim_start().starts_with('@');
            let mut typed = first_hand(String::new());
            let mut names = Vec::new();
            let parts = list(&data["content"]["richText"]);
            for part in parts.iter().filter_map(|part| part["text"].as_str()) {
                match (is_name(part), typed.text.trim().is_empty()) {
                    (true, true) => {}
                    (true, false) => names.push(part.trim()),
                    (false, _) => typed.text.push_str(part),
                }
            }
            if let [only] = names[..] {
                typed.label = Some(only.to_owned());
            }
            typed
        }
        _ => Typed { origin: Origin::Quoted, ..first_hand(String::new()) },
    }
}

/// Everybody who was mentioned but the robot itself. Who is not of our organisation has no id here, and is nobody.
fn mentions(data: &Value) -> Vec<Mention> {
    let robot = text(&data["chatbotUserId"]);
    let is_robot = |user: &Value| robot.is_some() && text(&user["dingtalkId"]) == robot;
    list(&data["atUsers"])
        .iter()
        .filter(|user| !is_robot(user) && !boolean(&user["isRobot"]))
        .map(|user| {
            let outsider = || format!("$:stranger:{}", text(&user["dingtalkId"]).unwrap_or_default());
            let id = PersonId::new(text(&user["staffId"]).unwrap_or_else(outsider));
            Mention { id, label: None, is_usher: false }
        })
        .collect()
}

/// The text with the mentions behind the verb: where they stood is not told, and a command has one target. What has no
/// mention, a secret maybe, is left as it is.
fn pieces(typed: &str, mentions: Vec<Mention>) -> Vec<Piece> {
    if mentions.is_empty() {
        return vec![Piece::Text(typed.to_owned())];
    }
    // What can't be seen at the end may belong to a name that was typed.
    let typed = typed.trim_start_matches(is_unseen).trim_end();
    let end = typed.find(char::is_whitespace).unwrap_or(typed.len());
    let (verb, rest) = typed.split_at(end);
    let mut pieces = vec![Piece::Text(verb.to_owned())];
    for mention in mentions {
        pieces.extend([Piece::Text(" ".to_owned()), Piece::Mention(mention)]);
    }
    pieces.push(Piece::Text(rest.to_owned()));
    pieces
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{Received, read};
    use crate::domain::{Conversation, GroupId, Heard, Origin, PersonId, SLOT, Timestamp};

    fn message(change: impl FnOnce(&mut Value)) -> Value {
        let mut message = json!({
            "msgId": "m==", "conversationId": "cid==", "conversationType": "2", "chatbotUserId": "$:bot",
            "atUsers": [{"dingtalkId": "$:bob", "staffId": "bob"}, {"dingtalkId": "$:bot"}],
            "senderStaffId": "alice", "senderCorpId": "corp", "senderId": "$:alice", "isAdmin": true,
            "createAt": 5, "msgtype": "text", "text": {"content": " /delete  reason=resigned"},
            "sessionWebhook": "http://secret", "sessionWebhookExpiredTime": 9,
        });
        change(&mut message);
        message
    }

    fn heard(change: impl FnOnce(&mut Value)) -> Heard {
        match read(&message(change), "corp", Timestamp::from_millis(1)) {
            Received::Said(heard, _) => *heard,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn the_one_who_was_mentioned_stands_behind_the_verb() {
        let heard = heard(|_| {});
        assert_eq!(heard.body.text(), format!("/delete {SLOT}  reason=resigned"));
        assert_eq!(heard.body.mentions()[0].id, PersonId::new("bob"));
        assert_eq!(heard.conversation, Conversation::Group(GroupId::new("cid==")));
        assert_eq!((heard.sender.as_str(), heard.id.as_str()), ("alice", "dt:m=="));
        assert_eq!(heard.sent_at, Timestamp::from_millis(5));
    }

    #[test]
    fn what_is_left_of_a_mention_and_not_seen_is_no_verb() {
        let heard = heard(|m| m["text"] = json!({"content": "\u{200b} /delete \u{2005}"}));
        assert_eq!(heard.body.text(), format!("/delete {SLOT}"));
    }

    #[test]
    fn whoever_is_not_ours_is_nobody() {
        for heard in [
            heard(|m| m["senderCorpId"] = json!("other")),
            heard(|m| m["senderStaffId"] = json!("")),
            heard(|m| drop(m.as_object_mut().unwrap().remove("senderStaffId"))),
        ] {
            assert_eq!(heard.sender, PersonId::new("$:stranger:$:alice"));
        }
        let outsider = heard(|m| m["atUsers"] = json!([{"dingtalkId": "$:x", "staffId": ""}]));
        assert_eq!(outsider.body.mentions()[0].id, PersonId::new("$:stranger:$:x"));
    }

    #[test]
    fn what_may_be_a_secret_is_left_as_it_is() {
        let said = |kind: &str| {
            let heard = heard(|m| {
                m["conversationType"] = json!(kind);
                m["atUsers"] = json!([{"dingtalkId": "$:bot"}]);
                m["text"] = json!({"content": " a secret "});
            });
            heard.body.text().to_owned()
        };
        assert_eq!((said("1").as_str(), said("2").as_str()), (" a secret ", "a secret"));
    }

    #[test]
    fn only_what_was_typed_is_text() {
        let reply = heard(|m| {
            m["text"] = json!({"content": "/whoami", "isReplyMsg": true, "repliedMsg": {"content": {"text": "/delete"}}});
            m["atUsers"] = json!([]);
        });
        assert_eq!(reply.body.text(), "/whoami");
        let rich = heard(|m| {
            m["msgtype"] = json!("richText");
            m["content"] = json!({"richText": [{"text": "@小白"}, {"text": " /show"}, {"type": "picture"}]});
        });
        assert_eq!(rich.body.text(), format!("/show {SLOT}"));
        assert_eq!(rich.body.mentions()[0].label, None, "the robot's own name is nobody's label");
        let picture = heard(|m| m["msgtype"] = json!("picture"));
        assert_eq!(picture.origin, Origin::Quoted);
    }

    #[test]
    fn the_name_that_was_shown_is_a_label_where_it_can_be_only_one() {
        let label = |parts: &[&str]| {
            let parts: Vec<_> = parts.iter().map(|part| json!({"text": part})).collect();
            let heard = heard(|m| {
                m["msgtype"] = json!("richText");
                m["content"] = json!({"richText": parts});
            });
            assert_eq!(heard.body.text(), format!("/show {SLOT}"));
            heard.body.mentions()[0].label.clone()
        };
        assert_eq!(label(&["@小白", " /show ", "@李博"]).as_deref(), Some("@李博"));
        assert_eq!(label(&["/show ", "@李博", " ", "@小白"]), None);
    }

    #[test]
    fn what_has_no_text_or_no_id_is_told_apart() {
        let now = Timestamp::from_millis(1);
        assert!(matches!(
            read(&message(|m| m["errCode"] = json!("20001")), "corp", now),
            Received::QuotaSpent
        ));
        assert!(matches!(read(&message(|m| m["msgId"] = json!(null)), "corp", now), Received::Unusable));
        assert!(matches!(read(&Value::Null, "corp", now), Received::Unusable));
    }

    #[test]
    fn the_sessions_address_is_never_shown() {
        let Received::Said(_, webhook) = read(&message(|_| {}), "corp", Timestamp::from_millis(1)) else {
            panic!()
        };
        assert!(!format!("{webhook:?}").contains("secret"));
    }
}
