//! The HTTP mode alone: messages, presses and events are posted, and what is not DingTalk's is turned away.

use std::time::Duration;

use serde_json::{Value, json};
use usher::dingtalk::{Envelope, card_secret, card_signature};

use crate::dingtalk_sim::{
    CLIENT_ID, CLIENT_SECRET, CORP_ID, EVENT_AES_KEY, EVENT_TOKEN, TEMPLATE, envelope, is_success, now,
    sealed,
};
use crate::stage::{Stage, code, demo, diagnosis, password};

const REGISTER: &str = "/v1.0/card/callbacks/register";
const MINUTE: i64 = 60_000;

/// The program, to which everything is posted; confirmations are cards.
async fn by_http() -> Stage {
    Stage::open_by_http(&format!("card_template = \"{TEMPLATE}\""), &demo()).await
}

async fn start() -> Stage {
    let mut stage = by_http().await;
    stage.start().await;
    stage
}

fn press(card: &Value, who: &str) -> Value {
    json!({"outTrackId": card["outTrackId"], "userId": who, "action": "confirm"})
}

#[tokio::test]
async fn a_whole_dialogue_goes_by_http_alone() {
    let mut stage = by_http().await;
    stage.start_with_passwords(&["alice"]).await;
    stage.say("ops", "alice", "/删除 reason=resigned", &["bob"]).await;
    let card = stage.hear("无法撤销").await;
    assert_eq!(card["via"], "card");
    stage.sim.control("press", press(&card, "mei")).await;
    stage.hear("只有发起人可以确认").await;
    let mut foreign = press(&card, "alice");
    foreign["corpId"] = json!("another");
    stage.sim.control("press", foreign).await;
    stage.hear_nothing().await;
    // A card outlives the program that made it.
    stage.kill().await;
    stage.start().await;
    let pressed = stage.sim.control("press", press(&card, "alice")).await;
    stage.acknowledged(&pressed["frame"]).await;
    stage.hear("在这里输入你的密码").await;
    stage.say("dm", "alice", &password("alice"), &[]).await;
    stage.hear("已删除 **李博").await;
    stage.hear("离开组织").await;
    let state = stage.sim.control("state", Value::Null).await;
    assert_eq!(state["cards"][card["outTrackId"].as_str().unwrap()]["state"], "closed");
    // Somebody is deleted in the console: nobody but the event tells of it before the next synchronisation.
    stage.say("ops", "alice", "/查看", &["frank"]).await;
    stage.hear("frank").await;
    stage.sim.control("console", json!({"delete": "frank"})).await;
    stage.called_with("/topapi/v2/user/get", "frank").await;
    stage.drain().await;
    stage.say("ops", "alice", "/查找 frank", &[]).await;
    stage.hear("没有找到").await;
    assert_eq!(stage.calls("/v1.0/gateway/connections/open").await, 0, "there is no Stream connection");
}

#[tokio::test]
async fn an_event_is_taken_only_when_it_was_sealed_for_us_and_now() {
    let stage = start().await;
    let list = "/topapi/user/listadmin";
    // The first reading of everything has to be over.
    stage.called(list).await;
    tokio::time::sleep(Duration::from_millis(500)).await;
    let before = stage.calls(list).await;
    let time = || now().to_string();
    let event =
        json!({"EventType": "org_admin_remove", "CorpId": CORP_ID, "userId": ["sam"], "eventId": "e1"});
    let ours = envelope();
    let other_token = Envelope::new(EVENT_AES_KEY, "another".to_owned().into()).unwrap();
    let other_key = Envelope::new(&EVENT_AES_KEY.replace('a', "b"), EVENT_TOKEN.to_owned().into()).unwrap();
    let (old, early) = ((now() - 11 * MINUTE).to_string(), (now() + 11 * MINUTE).to_string());
    let changed = {
        let (path, mut body) = sealed(&ours, CLIENT_ID, &time(), &event);
        body["encrypt"] = json!(format!("A{}", &body["encrypt"].as_str().unwrap()[1..]));
        (path, body)
    };
    let postponed = {
        let (path, body) = sealed(&ours, CLIENT_ID, &old, &event);
        (path.replace(&old, &time()), body)
    };
    for (path, body) in [
        sealed(&other_token, CLIENT_ID, &time(), &event),
        sealed(&other_key, CLIENT_ID, &time(), &event),
        sealed(&ours, "another application", &time(), &event),
        sealed(&ours, CLIENT_ID, &old, &event),
        sealed(&ours, CLIENT_ID, &early, &event),
        sealed(&ours, CLIENT_ID, "", &event),
        ("/events".to_owned(), event.clone()),
        changed,
        postponed,
    ] {
        let (status, answer) = stage.post(&path, &[], &body).await;
        assert_eq!((status, is_success(&ours, &answer)), (401, false), "{path} {body}");
    }
    // The console's question, another organisation's event and one of no concern are answered, and nothing follows.
    let mut foreign = event.clone();
    foreign["CorpId"] = json!("another");
    for event in [json!({"EventType": "check_url"}), foreign, json!({"EventType": "chat_disband"})] {
        let (path, body) = sealed(&ours, CLIENT_ID, &time(), &event);
        let (status, answer) = stage.post(&path, &[], &body).await;
        assert_eq!((status, is_success(&ours, &answer)), (200, true), "{event}");
    }
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert_eq!(stage.calls(list).await, before, "nothing is read for any of these");
    // The same envelope again is answered again, and no longer followed.
    let seconds = (now() / 1_000).to_string();
    let (path, body) = sealed(&ours, CLIENT_ID, &seconds, &event);
    for _ in 0..3 {
        let (status, answer) = stage.post(&path, &[], &body).await;
        assert_eq!((status, is_success(&ours, &answer)), (200, true));
    }
    stage.called_more(list, before).await;
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert_eq!(stage.calls(list).await, before + 1);
}

#[tokio::test]
async fn a_press_is_taken_only_when_it_was_signed_for_it_and_now() {
    let mut stage = start().await;
    stage.say("ops", "alice", "/取消管理员", &["sam"]).await;
    let card = stage.hear("取消管理员：沈山").await;
    let body = |who: &str, action: &str| {
        let content = json!({"cardPrivateData": {"actionIds": [action], "params": {}}}).to_string();
        json!({"type": "actionCallback", "outTrackId": card["outTrackId"], "corpId": CORP_ID, "userId": who,
               "content": content})
    };
    let secret = card_secret(CLIENT_SECRET);
    let signed = |time: i64, secret: &str| {
        let time = time.to_string();
        let sign = card_signature(&time, secret);
        [("x-ddpaas-signature-timestamp", time), ("x-ddpaas-signature", sign)]
    };
    let confirm = body("alice", "confirm");
    let time = now();
    let [_, other] = signed(time, "another");
    for headers in [
        Vec::new(),
        signed(time, CLIENT_SECRET).into(),
        vec![signed(time, &secret)[0].clone(), other],
        signed(time - 11 * MINUTE, &secret).into(),
        signed(time + 11 * MINUTE, &secret).into(),
    ] {
        assert_eq!(stage.post("/card", &headers, &confirm).await.0, 401, "{headers:?}");
    }
    stage.hear_nothing().await;
    // Whoever overheard a signature puts another press behind it.
    let good = signed(time, &secret);
    assert_eq!(stage.post("/card", &good, &body("mei", "confirm")).await, (200, json!({})));
    stage.hear("只有发起人可以确认").await;
    assert_eq!(stage.post("/card", &good, &confirm).await.0, 401);
    stage.hear_nothing().await;
    for _ in 0..2 {
        assert_eq!(stage.post("/card", &signed(time + 1, &secret), &confirm).await, (200, json!({})));
    }
    stage.hear("权限管理").await;
    stage.hear_nothing().await;
}

#[tokio::test]
async fn where_no_press_can_come_back_a_confirmation_is_a_message() {
    let mut stage = by_http().await;
    let denied = json!({"code": "Forbidden.AccessDenied.AccessTokenPermissionDenied", "message": "no"});
    // At the start, and at the first card.
    let fault = json!({"path": REGISTER, "kind": "answer", "status": 403, "body": denied, "times": 2});
    stage.sim.control("fault", fault).await;
    stage.start().await;
    stage.say("ops", "alice", "/取消管理员", &["sam"]).await;
    let asked = stage.hear("取消管理员：沈山").await;
    assert_ne!(asked["via"], "card");
    stage.say("ops", "alice", &format!("取消 {}", code(&asked)), &[]).await;
    stage.hear("已取消").await;
    stage.say("ops", "alice", "/取消管理员", &["sam"]).await;
    assert_eq!(stage.hear("取消管理员：沈山").await["via"], "card");
}

#[tokio::test]
async fn half_of_what_opens_events_is_refused_at_the_start() {
    for (file, text) in [("token", ""), ("aes-key", "too short")] {
        let mut stage = by_http().await;
        std::fs::write(stage.room.path().join(file), text).unwrap();
        stage.spawn();
        assert!(!stage.ended().await, "{file}");
    }
}

#[tokio::test]
async fn the_doctor_says_what_does_not_come_in() {
    for (settings, health, says) in [
        ("", "ok", "is taken at"),
        ("event_token_file = \"\"", "fail", "token is nowhere"),
        ("event_token_file = \"\"\nevent_aes_key_file = \"\"", "warn", "no events come"),
        ("public_url = \"\"", "warn", "no cards"),
    ] {
        let stage = by_http().await;
        let file = stage.room.path().join("usher.toml");
        let is_other = |line: &&str| !settings.contains(line.split(' ').next().unwrap());
        let text = std::fs::read_to_string(&file).unwrap();
        let kept: Vec<_> = text.lines().filter(is_other).chain(settings.lines()).collect();
        std::fs::write(&file, kept.join("\n")).unwrap();
        let check = diagnosis(stage.room.path(), "callbacks").await;
        assert_eq!(check["result"], health, "{settings}: {check}");
        assert!(check["says"].as_str().unwrap().contains(says), "{settings}: {check}");
    }
}
