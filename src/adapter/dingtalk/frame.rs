//! The frames of a Stream connection, read and answered without a socket.
//!
//! Source: `docs/learn/stream/protocol.md` of the platform's developerpedia. Headers' values are text, `data` is JSON
//! in a text; what is unknown is let pass.

use serde_json::{Value, json};

use crate::dingtalk::text;

/// Where robot messages come in.
pub const MESSAGES: &str = "/v1.0/im/bot/messages/get";
/// Where presses of a card's buttons come in.
pub const CARDS: &str = "/v1.0/card/instances/callback";

/// A frame that came in.
#[derive(Clone, Debug, PartialEq)]
pub struct Frame {
    /// What the answer has to name.
    pub message_id: Option<String>,
    /// What it is.
    pub content: Content,
}

/// What a frame is.
#[derive(Clone, Debug, PartialEq)]
pub enum Content {
    /// Somebody pressed a button.
    Card(Value),
    /// The server will close this connection in a few seconds: nothing more comes in over it.
    Disconnect,
    /// Something happened in the organisation: its type and its data.
    Event(String, Value),
    /// Somebody said something to the robot.
    Message(Value),
    /// The server wants its data back.
    Ping(String),
    /// Something that this program does not know.
    Unknown,
}

/// Reads a frame; `None` for what is none.
pub fn read(frame: &str) -> Option<Frame> {
    let frame: Value = serde_json::from_str(frame).ok()?;
    let headers = &frame["headers"];
    let raw = frame["data"].as_str().unwrap_or_default();
    let data = || serde_json::from_str(raw).unwrap_or(Value::Null);
    let topic = text(&headers["topic"]).unwrap_or_default();
    let content = match (frame["type"].as_str().unwrap_or_default(), topic.as_str()) {
        ("SYSTEM", "ping") => Content::Ping(raw.to_owned()),
        ("SYSTEM", "disconnect") => Content::Disconnect,
        ("CALLBACK", MESSAGES) => Content::Message(data()),
        ("CALLBACK", CARDS) => Content::Card(data()),
        ("EVENT", _) => Content::Event(text(&headers["eventType"]).unwrap_or_default(), data()),
        _ => Content::Unknown,
    };
    Some(Frame { message_id: text(&headers["messageId"]), content })
}

/// The answer to a frame: its code and its data, which is JSON in a text.
pub fn answer(message_id: &str, code: u16, data: &str) -> String {
    let message = if code == 200 { "OK" } else { "not handled" };
    json!({
        "code": code,
        "headers": {"contentType": "application/json", "messageId": message_id},
        "message": message,
        "data": data,
    })
    .to_string()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{Content, MESSAGES, answer, read};

    #[test]
    fn known_frames_are_told_apart_and_unknown_ones_let_pass() {
        let frame = |kind: &str, topic: &str, data: &str| {
            let headers = json!({"topic": topic, "messageId": "m1", "time": 1, "new": {"x": 1}});
            read(&json!({"type": kind, "headers": headers, "data": data}).to_string()).unwrap()
        };
        assert_eq!(
            frame("SYSTEM", "ping", "{\"opaque\":\"o\"}").content,
            Content::Ping("{\"opaque\":\"o\"}".into())
        );
        assert_eq!(frame("SYSTEM", "disconnect", "{}").content, Content::Disconnect);
        assert_eq!(frame("SYSTEM", "KEEPALIVE", "").content, Content::Unknown);
        assert_eq!(
            frame("CALLBACK", MESSAGES, "{\"msgId\":\"x\"}").content,
            Content::Message(json!({"msgId": "x"}))
        );
        assert_eq!(frame("CALLBACK", MESSAGES, "nonsense").content, Content::Message(Value::Null));
        assert_eq!(read("{}").unwrap().message_id, None);
        assert_eq!(read("nonsense"), None);
    }

    #[test]
    fn an_answer_names_the_frame_and_its_data_is_text() {
        let answer: Value = serde_json::from_str(&answer("m1", 200, "{\"response\":null}")).unwrap();
        assert_eq!(answer["headers"]["messageId"], "m1");
        assert_eq!(answer["data"], "{\"response\":null}");
    }
}
