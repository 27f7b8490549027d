//! A confirmation as an interactive card: its buttons say what could be typed, and anybody who sees it can press them,
//! so that who pressed is judged like whoever types.
//!
//! Sources: create-and-deliver-cards, interactive-card-update-interface, event-callback-card, interactive-mode. The
//! template is made on the card platform; it needs the texts `title`, `body`, `state` (`pending` or `closed`) and
//! `result`, and two buttons whose action ids are `confirm` and `cancel`.
//!
//! A press has no id of its own, and one that is delivered again comes in a new frame. So the card counts: its private
//! text `press`, which the buttons send along, is another one for whoever pressed once the press is durable. A button
//! that was pressed again sends the new one; a press that is delivered again has the old one, and is known by it. Where
//! the template has no such text, each button counts once.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use crate::dingtalk::{number, text};
use crate::domain::{Body, Code, Conversation, Heard, MessageId, Origin, PersonId, Timestamp};

/// A value of a card takes so many bytes.
const MAX_VALUE: usize = 1_024;
/// What the first press of everybody counts as.
const FIRST: i64 = 0;

/// The card's own id: by it a press names its operation and conversation also after a restart.
pub(super) fn track_id(code: &str, to: &Conversation) -> String {
    format!("usher-{code}-{}", URL_SAFE_NO_PAD.encode(to.key()))
}

fn read_track_id(id: &str) -> Option<(Code, Conversation)> {
    let (code, key) = id.strip_prefix("usher-")?.split_once('-')?;
    let key = String::from_utf8(URL_SAFE_NO_PAD.decode(key).ok()?).ok()?;
    Some((Code::parse(code)?, Conversation::from_key(&key)?))
}

/// A press of a button.
#[derive(Debug)]
pub(super) struct Press {
    /// What it says.
    pub(super) heard: Heard,
    /// What it is answered with once it is durable.
    pub(super) answer: Value,
}

/// What somebody said by pressing a button; `None` for a card or an organisation that is not ours.
pub(super) fn pressed(data: &Value, corp_id: &str, now: Timestamp) -> Option<Press> {
    if text(&data["corpId"]).is_some_and(|corp| corp != corp_id) {
        return None;
    }
    let track = text(&data["outTrackId"])?;
    let (code, conversation) = read_track_id(&track)?;
    let sender = PersonId::new(text(&data["userId"])?);
    let content: Value = serde_json::from_str(data["content"].as_str()?).ok()?;
    let private = &content["cardPrivateData"];
    let action = text(&private["actionIds"][0]).or_else(|| text(&private["params"]["action"]))?;
    let verb = match action.as_str() {
        "confirm" => "confirm",
        "cancel" => "cancel",
        _ => return None,
    };
    let press = &private["params"]["press"];
    // Nothing but a number that the card was given; of any other text nobody knows how long it is.
    let number = number(press).filter(|number| *number != FIRST).map(|number| format!(":{number}"));
    let heard = Heard {
        // The same press delivered again is the same message.
        id: MessageId::new(format!("dtc:{track}:{sender}:{verb}{}", number.unwrap_or_default())),
        conversation,
        sender,
        body: Body::plain(format!("/{verb} {code}")),
        sent_at: now,
        origin: Origin::FirstHand,
    };
    Some(Press { heard, answer: if press.is_null() { json!({}) } else { next_press(now) } })
}

/// The answer after which the card counts what whoever pressed presses next as another press.
fn next_press(now: Timestamp) -> Value {
    json!({
        "cardUpdateOptions": {"updatePrivateDataByKey": true},
        "userPrivateData": {"cardParamMap": {"press": now.as_millis().to_string()}},
    })
}

/// The call that has presses posted to an address of ours: they come by this route, signed with this secret. What was
/// registered for the route before no longer counts (register-card-callback-address).
pub(super) fn register(route: &str, url: &str, secret: &str) -> Value {
    json!({"callbackRouteKey": route, "callbackUrl": url, "apiSecret": secret, "forceUpdate": true})
}

/// The call that creates a card and delivers it to a conversation. Its presses come by a route, or else over the Stream
/// connection.
pub(super) fn create(
    template: &str,
    route: Option<&str>,
    robot: &str,
    code: &str,
    to: &Conversation,
    title: &str,
    body: &str,
) -> Value {
    let mut call = json!({
        "cardTemplateId": template,
        "outTrackId": track_id(code, to),
        "callbackType": if route.is_some() { "HTTP" } else { "STREAM" },
        "cardData": {"cardParamMap": {
            "title": short(title), "body": short(body), "state": "pending", "result": "",
            "press": FIRST.to_string(),
        }},
        "userIdType": 1,
    });
    if let Some(route) = route {
        call["callbackRouteKey"] = json!(route);
    }
    match to {
        Conversation::Group(group) => {
            call["openSpaceId"] = json!(format!("dtv1.card//IM_GROUP.{group}"));
            call["imGroupOpenSpaceModel"] = json!({"supportForward": false});
            call["imGroupOpenDeliverModel"] = json!({"robotCode": robot});
        }
        Conversation::Direct(person) => {
            call["openSpaceId"] = json!(format!("dtv1.card//IM_ROBOT.{person}"));
            call["imRobotOpenSpaceModel"] = json!({"supportForward": false});
            call["imRobotOpenDeliverModel"] = json!({"spaceType": "IM_ROBOT", "robotCode": robot});
        }
    }
    call
}

/// The call that shows on a card how its operation ended.
pub(super) fn close(code: &str, to: &Conversation, result: &str) -> Value {
    json!({
        "outTrackId": track_id(code, to),
        "cardData": {"cardParamMap": {"state": "closed", "result": short(result)}},
        "cardUpdateOptions": {"updateCardDataByKey": true},
    })
}

/// Whether a card's text fits; one that does not is sent as a message, whole.
pub(super) fn fits(body: &str) -> bool {
    body.len() <= MAX_VALUE
}

fn short(text: &str) -> &str {
    let end = (0..=text.len().min(MAX_VALUE)).rev().find(|end| text.is_char_boundary(*end)).unwrap_or(0);
    &text[..end]
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{pressed, track_id};
    use crate::domain::{Conversation, GroupId, PersonId, Timestamp};

    fn press(track: &str, corp: &str, action: &str) -> Value {
        let content = json!({"cardPrivateData": {"actionIds": [action], "params": {}}}).to_string();
        json!({"outTrackId": track, "corpId": corp, "userId": "bob", "content": content})
    }

    #[test]
    fn a_press_says_what_could_be_typed_where_the_card_is() {
        let group = Conversation::Group(GroupId::new("cid-a==/+"));
        let heard =
            pressed(&press(&track_id("K7Q2", &group), "corp", "confirm"), "corp", Timestamp::from_millis(7));
        let heard = heard.unwrap().heard;
        assert_eq!(heard.body.text(), "/confirm K7Q2");
        assert_eq!((heard.conversation, heard.sender), (group, PersonId::new("bob")));
    }

    #[test]
    fn what_is_not_ours_says_nothing() {
        let track = track_id("K7Q2", &Conversation::Direct(PersonId::new("bob")));
        let now = Timestamp::from_millis(7);
        assert!(pressed(&press(&track, "other", "confirm"), "corp", now).is_none());
        assert!(pressed(&press("someone-elses", "corp", "confirm"), "corp", now).is_none());
        assert!(pressed(&press(&track, "corp", "delete-everything"), "corp", now).is_none());
        assert!(pressed(&Value::Null, "corp", now).is_none());
    }
}
