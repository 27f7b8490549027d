//! How messages come in and go out, and from whom.

use std::time::Duration;

use serde_json::{Value, json};

use crate::stage::Stage;

#[tokio::test]
async fn a_message_that_comes_again_is_answered_once_and_acknowledged_each_time() {
    let mut stage = Stage::new("").await;
    let said = stage.say("ops", "alice", "/whoami", &[]).await;
    stage.hear("Alice Zhang").await;
    let again = stage.sim.control("stream", json!({"do": "redeliver", "id": said["msgId"]})).await;
    stage.hear_nothing().await;
    let acks = stage.sim.control("acks", Value::Null).await.to_string();
    for frame in [&said["frame"], &again["frame"]] {
        assert!(acks.contains(frame.as_str().unwrap()), "{frame} is acknowledged");
    }
}

#[tokio::test]
async fn whoever_is_not_ours_is_nobody() {
    let mut stage = Stage::new("").await;
    for merge in [json!({"senderCorpId": "other"}), json!({"senderStaffId": null, "isAdmin": true})] {
        let message = json!({"conversation": "ops", "sender": "alice", "text": "/whoami", "merge": merge});
        stage.sim.control("say", message).await;
    }
    stage.hear_nothing().await;
    stage.say("dm", "stranger", "/whoami", &[]).await;
    // A direct message to somebody who is not in the organisation goes by their session alone.
    let answer = stage.hear("#").await;
    assert_eq!((&answer["via"], &answer["person"]), (&json!("session"), &json!("stranger")));
}

#[tokio::test]
async fn a_session_that_is_over_is_replaced_by_the_robots_own_calls() {
    let mut stage = Stage::new("").await;
    stage.sim.control("set", json!({"webhook_lifetime_ms": 0})).await;
    stage.say("ops", "alice", "/whoami", &[]).await;
    assert_eq!(stage.hear("Alice Zhang").await["via"], "group");
    stage.say("dm", "alice", "/whoami", &[]).await;
    assert_eq!(stage.hear("Alice Zhang").await["via"], "direct");
}

#[tokio::test]
async fn it_comes_back_from_every_way_in_which_a_connection_ends() {
    let mut stage = Stage::new("").await;
    for way in ["disconnect", "kill"] {
        stage.sim.control("stream", json!({"do": way})).await;
        tokio::time::sleep(Duration::from_millis(100)).await;
        stage.connected().await;
        stage.say("ops", "alice", "/whoami", &[]).await;
        stage.hear("Alice Zhang").await;
    }
    stage.sim.control("stream", json!({"do": "refuse"})).await;
    stage.sim.control("stream", json!({"do": "kill"})).await;
    tokio::time::sleep(Duration::from_millis(500)).await;
    stage.sim.control("stream", json!({"do": "accept"})).await;
    stage.connected().await;
    stage.fault("/robot/sendBySession", "expired_token", 1).await;
    stage.say("ops", "alice", "/whoami", &[]).await;
    stage.hear("Alice Zhang").await;
}
