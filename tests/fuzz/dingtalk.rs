//! What must hold for the frames and messages of DingTalk, whatever bytes they are made of.

use usher::adapter::dingtalk::frame::{self, Content};
use usher::adapter::dingtalk::message::{self, Received};
use usher::command::line;
use usher::dingtalk::{Happening, text};
use usher::domain::{Conversation, Origin, SLOT, Timestamp};

/// Our organisation.
const CORP: &str = "corp";

/// Reads the bytes as a frame, or as a message itself: nothing panics, nobody of another organisation is taken for
/// somebody of ours, no text becomes a mention, and what is not first-hand is no command.
pub(crate) fn check(bytes: &[u8]) {
    let written = String::from_utf8_lossy(bytes);
    let data = match frame::read(&written).map(|frame| frame.content) {
        Some(Content::Message(data)) => data,
        _ => serde_json::from_str(&written).unwrap_or_default(),
    };
    for kind in ["user_leave_org", "org_dept_remove", "bpms_task_change"] {
        // It is a hint, whatever it says; what it is about is read from the platform.
        let _ = Happening::read(kind, &data);
    }
    let Received::Said(heard, webhook) = message::read(&data, CORP, Timestamp::from_millis(7)) else {
        return;
    };
    let is_ours = text(&data["senderCorpId"]).is_none_or(|corp| corp == CORP);
    let staff = text(&data["senderStaffId"]).filter(|_| is_ours);
    match staff {
        Some(staff) => assert_eq!(heard.sender.as_str(), staff),
        None => assert!(heard.sender.as_str().starts_with("$:stranger:"), "{:?}", heard.sender),
    }
    if let Conversation::Direct(person) = &heard.conversation {
        assert_eq!(*person, heard.sender, "nobody answers in somebody else's direct messages");
    }
    assert_eq!(heard.id.as_str(), format!("dt:{}", text(&data["msgId"]).unwrap()));
    assert!(webhook.is_none_or(|webhook| webhook.to == heard.conversation));
    let mentions = heard.body.mentions();
    assert_eq!(heard.body.text().matches(SLOT).count(), mentions.len(), "a typed text forges a mention");
    let known = data["atUsers"].to_string();
    for mention in mentions {
        let id = mention.id.as_str().trim_start_matches("$:stranger:");
        let is_linked = known.contains(serde_json::to_string(id).unwrap().trim_matches('"'));
        // A list may stand as its JSON text, in which everything is escaped once more.
        assert!(is_linked || data["atUsers"].is_string(), "{id} was never linked: {known}");
        assert!(!mention.is_usher, "the robot is left out");
    }
    let is_command = line::parse(&heard) != line::Parsed::Talk;
    assert!(!is_command || heard.origin == Origin::FirstHand);
    assert!(!is_command || matches!(data["msgtype"].as_str(), Some("text" | "richText")), "{data}");
}
