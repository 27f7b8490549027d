//! What the robot says: by a session, by its own calls, by a group's custom robot; and files.

use serde_json::{Value, json};
use usher::dingtalk::is_signed;

use super::CLIENT_ID;
use super::answers::Answer;
use super::state::{Call, Sim, now};

/// The secret of every group's custom robot.
pub const CUSTOM_SECRET: &str = "SECsim";

/// Answers the addresses that are secrets themselves.
pub fn without_token(sim: &Sim, call: &Call) -> Option<Answer> {
    match call.path.as_str() {
        "/robot/sendBySession" => {
            let session = call.asked("session").unwrap_or_default();
            let mut state = sim.state();
            let found = state.sessions.get(&session).filter(|session| session.until > now()).cloned();
            let Some(found) = found else { return Some(Answer::old(300_001, "session 不存在")) };
            let (title, text) = spoken(&call.body);
            state.post("session", (found.conversation.as_deref(), found.person.as_deref()), &title, &text);
            Some(Answer::ok(json!({"errcode": 0, "errmsg": "ok"})))
        }
        "/robot/send" => Some(custom(sim, call)),
        _ => None,
    }
}

fn custom(sim: &Sim, call: &Call) -> Answer {
    let group = call.asked("access_token").unwrap_or_default();
    let time: i64 = call.asked("timestamp").and_then(|time| time.parse().ok()).unwrap_or(0);
    let sign = call.asked("sign").unwrap_or_default();
    if (now() - time).abs() > 3_600_000 || !is_signed(time, CUSTOM_SECRET, &sign) {
        return Answer::old(310_000, "sign not match");
    }
    let mut state = sim.state();
    let uuid = call.text("msgUuid");
    if !uuid.is_empty() && !state.uuids.insert(uuid) {
        return Answer::ok(json!({"errcode": "0", "errmsg": "ok"}));
    }
    let sent = state.custom.entry(group.clone()).or_default();
    sent.retain(|at| now() - at < 60_000);
    if sent.len() >= 20 {
        return Answer::old(130_101, "send too fast, exceed 20 times per minute");
    }
    sent.push(now());
    let (title, text) = spoken(&call.body);
    state.post("custom", (Some(&group), None), &title, &text);
    Answer::ok(json!({"errcode": "0", "errmsg": "ok"}))
}

fn spoken(body: &Value) -> (String, String) {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    match body["msgtype"].as_str() {
        Some("markdown") => (text(&body["markdown"]["title"]), text(&body["markdown"]["text"])),
        _ => (String::new(), text(&body["text"]["content"])),
    }
}

pub fn answer(sim: &Sim, call: &Call) -> Option<Answer> {
    match call.path.as_str() {
        "/v1.0/robot/groupMessages/send" | "/v1.0/robot/oToMessages/batchSend" => Some(send(sim, call)),
        "/v1.0/robot/groupMessages/recall" | "/v1.0/robot/otoMessages/batchRecall" => {
            let keys = call.body["processQueryKeys"].as_array().cloned().unwrap_or_default();
            let mut state = sim.state();
            state.recalled.extend(keys.iter().filter_map(|key| key.as_str().map(str::to_owned)));
            Some(Answer::ok(json!({"successResult": keys, "failedResult": {}})))
        }
        "/media/upload" => {
            let id = format!("@media-{}", sim.state().next());
            let answer =
                json!({"errcode": 0, "errmsg": "ok", "media_id": id, "type": "file", "created_at": now()});
            Some(match call.bytes.windows(4).any(|bytes| bytes == b"PK\x03\x04") {
                true => Answer::ok(answer),
                false => Answer::old(40_005, "不支持的文件类型"),
            })
        }
        _ => None,
    }
}

fn send(sim: &Sim, call: &Call) -> Answer {
    if call.text("robotCode") != CLIENT_ID {
        return Answer::new(400, "invalidParameter.robotCode.notExsit", "robotCode 错误");
    }
    let param = call.text("msgParam");
    if param.len() > 15_000 {
        return Answer::new(400, "invalidParameter.msgParam.tooLong", "msgParam");
    }
    let Ok(param) = serde_json::from_str::<Value>(&param) else {
        return Answer::new(400, "invalidParameter.msgParam.invalid", "msgParam");
    };
    let text = |name: &str| param[name].as_str().unwrap_or_default().to_owned();
    let (via, title, text) = match call.text("msgKey").as_str() {
        "sampleMarkdown" => (None, text("title"), text("text")),
        "sampleText" => (None, String::new(), text("content")),
        "sampleFile" => (Some("file"), text("fileName"), text("mediaId")),
        _ => return Answer::new(400, "invalidParameter.msgKey.invalid", "msgKey"),
    };
    let mut state = sim.state();
    if call.path.ends_with("groupMessages/send") {
        let group = call.text("openConversationId");
        let key = state.post(via.unwrap_or("group"), (Some(&group), None), &title, &text);
        return Answer::ok(json!({"processQueryKey": key}));
    }
    let asked = call.body["userIds"].as_array().cloned().unwrap_or_default();
    if asked.len() > 20 {
        return Answer::new(400, "invalidParameter.userIds.overMax", "userIds");
    }
    let ids: Vec<String> = asked.iter().filter_map(|id| id.as_str().map(str::to_owned)).collect();
    let (known, unknown): (Vec<_>, Vec<_>) =
        ids.into_iter().partition(|id| state.organisation.users.contains_key(id));
    let mut key = String::new();
    for person in &known {
        key = state.post(via.unwrap_or("direct"), (None, Some(person)), &title, &text);
    }
    Answer::ok(
        json!({"processQueryKey": key, "invalidStaffIdList": unknown, "flowControlledStaffIdList": []}),
    )
}
