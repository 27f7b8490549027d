//! The HTTP mode: only what DingTalk signed, now and once, is taken.

use std::net::TcpListener;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use usher::dingtalk::signature;

use crate::dingtalk_sim::{CLIENT_SECRET, CORP_ID, now};
use crate::stage::{PATIENCE, Stage, demo};

/// The program's door, and whoever knocks.
struct Knocking {
    stage: Stage,
    url: String,
    http: reqwest::Client,
}

impl Knocking {
    async fn new() -> Self {
        // Whoever else asks for a port meanwhile gets another one.
        let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let stage = Stage::open(&format!("listen = \"{free}\""), &demo()).await;
        // Another test may have chosen it before.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let http = reqwest::Client::builder().no_proxy().build().unwrap();
        let mut knocking = Self { stage, url: format!("http://{free}/robot"), http };
        knocking.start().await;
        knocking
    }

    async fn start(&mut self) {
        self.stage.spawn();
        let since = Instant::now();
        while self.http.get(&self.url).send().await.is_err() {
            assert!(since.elapsed() < PATIENCE, "nobody listens");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Posts with these headers; gives the status.
    async fn post(&self, time: i64, sign: &str, body: String) -> u16 {
        let request = self.http.post(&self.url).header("timestamp", time.to_string()).header("sign", sign);
        request.body(body).send().await.unwrap().status().as_u16()
    }

    /// Posts as DingTalk does.
    async fn deliver(&self, body: &Value) -> u16 {
        // No two of its requests are signed in the same millisecond.
        tokio::time::sleep(Duration::from_millis(2)).await;
        let time = now();
        self.post(time, &signature(time, CLIENT_SECRET), body.to_string()).await
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
        assert_eq!(knocking.post(time, &sign, body.to_string()).await, 401, "{time} {sign}");
    }
    let unsigned = knocking.http.post(&knocking.url).body(body.to_string()).send().await.unwrap();
    assert_eq!(unsigned.status().as_u16(), 401);
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
    assert_eq!(knocking.post(time, &sign, body.to_string()).await, 200);
    knocking.stage.hear("李博").await;
    // The signature covers the time alone, so whoever overheard it puts another message behind it.
    let mut forged = knocking.message("m2", "olivia");
    forged["text"]["content"] = json!(" /notify-here departure");
    assert_eq!(knocking.post(time, &sign, forged.to_string()).await, 401);
    // The same request again is DingTalk's own repeat.
    assert_eq!(knocking.post(time, &sign, body.to_string()).await, 200);
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
    knocking.start().await;
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
