//! Messages in the HTTP mode: only what DingTalk signed, now and once, is taken.

use std::time::Duration;

use serde_json::{Value, json};
use usher::dingtalk::signature;

use crate::dingtalk_sim::{CLIENT_SECRET, CORP_ID, now};
use crate::stage::{Stage, demo};

/// The program, and whoever posts messages to it.
struct Knocking {
    stage: Stage,
}

impl Knocking {
    async fn new() -> Self {
        let mut stage = Stage::open_by_http("", &demo()).await;
        stage.start().await;
        Self { stage }
    }

    /// Posts with these headers; gives the status.
    async fn post(&self, time: i64, sign: &str, body: &Value) -> u16 {
        let headers = [("timestamp", time.to_string()), ("sign", sign.to_owned())];
        self.stage.post("/robot", &headers, body).await.0
    }

    /// Posts as DingTalk does.
    async fn deliver(&self, body: &Value) -> u16 {
        // No two of its requests are signed in the same millisecond.
        tokio::time::sleep(Duration::from_millis(2)).await;
        let time = now();
        self.post(time, &signature(time, CLIENT_SECRET), body).await
    }

    fn message(&self, id: &str, sender: &str) -> Value {
        let session = format!("{}/robot/sendBySession?session=none", self.stage.sim.address());
        json!({
            "msgId": id, "conversationId": "ops", "conversationType": "2", "chatbotUserId": "$:bot",
            "atUsers": [{"dingtalkId": "$:bot"}], "senderStaffId": sender, "senderCorpId": CORP_ID,
            "senderId": format!("$:{sender}"), "createAt": now(), "msgtype": "text",
            "text": {"content": " /whoami"}, "sessionWebhook": session, "sessionWebhookExpiredTime": 0,
        })
    }
}

#[tokio::test]
async fn a_request_that_is_not_dingtalks_is_turned_away() {
    let mut knocking = Knocking::new().await;
    let body = knocking.message("m1", "alice");
    let (time, minutes) = (now(), 60_000);
    for (time, sign) in [
        (time, signature(time, "another secret")),
        (time, signature(time - 1, CLIENT_SECRET)),
        (time, String::new()),
        // Too old, and not yet.
        (time - 11 * minutes, signature(time - 11 * minutes, CLIENT_SECRET)),
        (time + 11 * minutes, signature(time + 11 * minutes, CLIENT_SECRET)),
    ] {
        assert_eq!(knocking.post(time, &sign, &body).await, 401, "{time} {sign}");
    }
    assert_eq!(knocking.stage.post("/robot", &[], &body).await.0, 401);
    knocking.stage.hear_nothing().await;
    assert_eq!(knocking.deliver(&body).await, 200);
    knocking.stage.hear("Alice Zhang").await;
}

#[tokio::test]
async fn a_signature_is_no_good_for_another_body() {
    let mut knocking = Knocking::new().await;
    let body = knocking.message("m1", "bob");
    let time = now();
    let sign = signature(time, CLIENT_SECRET);
    assert_eq!(knocking.post(time, &sign, &body).await, 200);
    knocking.stage.hear("李博").await;
    // The signature covers the time alone, so whoever overheard it puts another message behind it.
    let mut forged = knocking.message("m2", "olivia");
    forged["text"]["content"] = json!(" /notify-here departure");
    assert_eq!(knocking.post(time, &sign, &forged).await, 401);
    // The same request again is DingTalk's own repeat.
    assert_eq!(knocking.post(time, &sign, &body).await, 200);
    knocking.stage.hear_nothing().await;
}

#[tokio::test]
async fn what_comes_again_or_makes_no_sense_is_taken_and_not_answered() {
    let mut knocking = Knocking::new().await;
    let body = knocking.message("m1", "alice");
    assert_eq!(knocking.deliver(&body).await, 200);
    knocking.stage.hear("Alice Zhang").await;
    assert_eq!(knocking.deliver(&body).await, 200);
    knocking.stage.kill().await;
    knocking.stage.start().await;
    assert_eq!(knocking.deliver(&body).await, 200);
    for odd in [Value::Null, json!([]), json!({"msgId": "m9"}), json!({"errCode": 20_001})] {
        assert_eq!(knocking.deliver(&odd).await, 200, "{odd}");
    }
    let mut other = knocking.message("m2", "alice");
    other["senderCorpId"] = json!("another");
    assert_eq!(knocking.deliver(&other).await, 200);
    knocking.stage.hear_nothing().await;
    assert_eq!(knocking.deliver(&knocking.message("m3", "alice")).await, 200);
    knocking.stage.hear("Alice Zhang").await;
}
