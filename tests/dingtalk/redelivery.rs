//! What comes again, in whatever way, is done once; what is acknowledged is durable.

use std::time::Duration;

use rusqlite::Connection;
use serde_json::{Value, json};

use crate::dingtalk_sim::TEMPLATE;
use crate::stage::{Stage, code, demo, password};

/// In what way a message comes again.
#[derive(Clone, Copy, Debug)]
enum Way {
    /// In a new frame, as after a while without an acknowledgement.
    NewFrame,
    /// In the very same frame.
    SameFrame,
    /// Over the connection that takes the place of the first.
    NextConnection,
    /// After the connection broke.
    BrokenConnection,
    /// After a stop and a start.
    Restart,
    /// After the program was killed.
    Kill,
}

const WAYS: [Way; 6] =
    [Way::NewFrame, Way::SameFrame, Way::NextConnection, Way::BrokenConnection, Way::Restart, Way::Kill];

/// Delivers a message again, in this way, and waits until it is acknowledged.
async fn again(stage: &mut Stage, said: &Value, way: Way) {
    let mut order = json!({"do": "redeliver", "id": said["msgId"]});
    match way {
        Way::NewFrame => {}
        Way::SameFrame => order["frame"] = said["frame"].clone(),
        Way::NextConnection | Way::BrokenConnection => {
            let end = if matches!(way, Way::NextConnection) { "disconnect" } else { "kill" };
            stage.sim.control("stream", json!({"do": end})).await;
            tokio::time::sleep(Duration::from_millis(50)).await;
            stage.connected().await;
        }
        Way::Restart => {
            stage.stop().await;
            stage.start().await;
        }
        Way::Kill => {
            stage.kill().await;
            stage.start().await;
        }
    }
    let frame = stage.sim.control("stream", order).await["frame"].clone();
    assert!(frame.is_string(), "{way:?}: nobody is connected");
    stage.acknowledged(&frame).await;
}

#[tokio::test]
async fn in_whatever_way_a_message_comes_again_it_is_answered_once() {
    let mut stage = Stage::new("").await;
    let said = stage.say("ops", "alice", "/whoami", &[]).await;
    stage.hear("Alice Zhang").await;
    for way in WAYS {
        again(&mut stage, &said, way).await;
    }
    // The same words once more are another message.
    stage.say("ops", "alice", "/whoami", &[]).await;
    stage.hear("Alice Zhang").await;
    stage.hear_nothing().await;
}

#[tokio::test]
async fn a_confirmation_and_a_password_that_come_again_do_nothing_more() {
    let mut stage = Stage::with_password("").await;
    stage.say("ops", "alice", "/删除", &["bob"]).await;
    let asked = stage.hear("无法撤销").await;
    let confirmed = stage.say("ops", "alice", &format!("确认 {}", code(&asked)), &[]).await;
    stage.hear("在这里输入你的密码").await;
    // While the password is waited for.
    again(&mut stage, &confirmed, Way::Kill).await;
    let proved = stage.say("dm", "alice", &password("alice"), &[]).await;
    stage.hear("已删除").await;
    stage.drain().await;
    for said in [&confirmed, &proved] {
        again(&mut stage, said, Way::NewFrame).await;
        again(&mut stage, said, Way::Kill).await;
    }
    assert_eq!(stage.calls("/topapi/v2/user/delete").await, 1);
    stage.hear_nothing().await;
}

#[tokio::test]
async fn a_message_whose_acknowledgement_is_lost_is_answered_once() {
    let mut stage = Stage::new("").await;
    stage.sim.control("set", json!({"lose_acks": true})).await;
    let said = stage.say("ops", "alice", "/whoami", &[]).await;
    stage.hear("Alice Zhang").await;
    let lost = stage.sim.control("stream", json!({"do": "redeliver", "id": said["msgId"]})).await;
    stage.hear_nothing().await;
    stage.sim.control("set", json!({"lose_acks": false})).await;
    again(&mut stage, &said, Way::NewFrame).await;
    assert!(!stage.is_acknowledged(&said["frame"]).await && !stage.is_acknowledged(&lost["frame"]).await);
    stage.hear_nothing().await;
}

#[tokio::test]
async fn what_is_not_durable_is_not_acknowledged() {
    let mut stage = Stage::new("").await;
    // Somebody else holds the database, so that nothing can be kept: a bot that can't remember must not act.
    let holder = Connection::open(stage.room.path().join("usher.db")).unwrap();
    holder.execute_batch("BEGIN IMMEDIATE").unwrap();
    let said = stage.say("ops", "alice", "/whoami", &[]).await;
    assert!(!stage.ended().await, "the program stops, and says that it failed");
    assert!(!stage.is_acknowledged(&said["frame"]).await);
    stage.hear_nothing().await;
    holder.execute_batch("ROLLBACK").unwrap();
    drop(holder);
    stage.start().await;
    again(&mut stage, &said, Way::NewFrame).await;
    stage.hear("Alice Zhang").await;
    stage.hear_nothing().await;
}

#[tokio::test]
async fn a_press_and_an_event_that_come_again_do_nothing_more() {
    let settings = format!("card_template = \"{TEMPLATE}\"");
    let mut stage = Stage::with_passwords(&settings, &demo(), &["alice"]).await;
    stage.say("ops", "alice", "/取消管理员", &["sam"]).await;
    let card = stage.hear("沈山").await;
    assert_eq!(card["via"], "card");
    let press =
        |who: &str, action: &str| json!({"outTrackId": card["outTrackId"], "userId": who, "action": action});
    stage.sim.control("press", press("alice", "confirm")).await;
    stage.hear("权限管理").await;
    // That it arrived is noted by then; killed before, the program may say it once more.
    stage.hear_nothing().await;
    stage.kill().await;
    stage.start().await;
    let mut again = press("alice", "confirm");
    again["press"] = json!("0");
    let frame = stage.sim.control("press", again).await["frame"].clone();
    stage.acknowledged(&frame).await;
    stage.hear_nothing().await;
    stage.sim.control("set", json!({"event_retry_ms": 100})).await;
    stage.sim.control("console", json!({"revoke_admin": "sam"})).await;
    stage.hear("已取消").await;
    stage.drain().await;
    // The same happening is told once more.
    stage.sim.control("console", json!({"revoke_admin": "sam"})).await;
    // Whoever changes their mind after it was done is told that it is settled.
    stage.sim.control("press", press("alice", "cancel")).await;
    let settled = stage.hear("已").await;
    assert!(!settled["text"].as_str().unwrap().contains("已取消 沈山"), "{settled}");
    stage.hear_nothing().await;
}
