//! Connections that end, one after the other, and a platform that refuses them.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::sync::mpsc;
use tokio::time::timeout;
use usher::adapter::dingtalk::{Ear, Incoming, Settled, Webhooks};

use crate::dingtalk_sim::{CORP_ID, Sim};
use crate::stage::{PATIENCE, Stage, client, demo};

const OPEN: &str = "/v1.0/gateway/connections/open";

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

#[tokio::test]
async fn what_is_too_large_is_not_read_and_stops_nobody() {
    let mut stage = Stage::new("").await;
    let large = stage.say("ops", "bob", &format!("/find {}", "x".repeat(300_000)), &[]).await;
    tokio::time::sleep(Duration::from_millis(100)).await;
    stage.connected().await;
    let asked = stage.say("ops", "alice", "/whoami", &[]).await;
    tokio::time::sleep(Duration::from_millis(500)).await;
    if !stage.is_acknowledged(&asked["frame"]).await {
        // It went over the connection that was just ending.
        stage.connected().await;
        redeliver(&stage, &asked).await;
    }
    stage.hear("Alice Zhang").await;
    assert!(!stage.is_acknowledged(&large["frame"]).await);
}

/// Delivers again what was not acknowledged.
async fn redeliver(stage: &Stage, message: &Value) {
    let again = json!({"do": "redeliver", "id": message["msgId"]});
    let frame = stage.sim.control("stream", again).await["frame"].clone();
    stage.acknowledged(&frame).await;
}

/// Ends every connection as soon as it is there, for some seconds, while somebody talks; gives what was said.
async fn storm(stage: &Stage, way: &str) -> Vec<Value> {
    let mut said = Vec::new();
    for round in 0..60 {
        if round % 6 == 0 {
            said.push(stage.say("ops", "alice", "/whoami", &[]).await);
        }
        stage.sim.control("stream", json!({"do": way})).await;
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    said
}

/// Whoever is told so, or cut off, again and again comes back at a measured pace, and loses nothing.
async fn weather(way: &str, most: usize) {
    let mut stage = Stage::new("").await;
    stage.sim.control("set", json!({"grace_ms": 200})).await;
    let before = stage.calls(OPEN).await;
    let said = storm(&stage, way).await;
    let opened = stage.calls(OPEN).await - before;
    // Waits are random, so that not everybody comes back at once; on average a quarter of a second at least.
    assert!(opened <= most, "{way}: {opened} connections in three seconds");
    stage.connected().await;
    tokio::time::sleep(Duration::from_millis(600)).await;
    stage.connected().await;
    let sockets = stage.sim.control("state", Value::Null).await["sockets"].clone();
    assert_eq!(sockets, 1, "{way}: none is left open");
    // What was not acknowledged is delivered again.
    for message in &said {
        if !stage.is_acknowledged(&message["frame"]).await {
            redeliver(&stage, message).await;
        }
    }
    stage.drain().await;
    assert_eq!(stage.sent().await.len(), said.len(), "{way}: one answer for each");
}

#[tokio::test]
async fn a_storm_of_reconnects_is_weathered_and_loses_nothing_that_was_acknowledged() {
    tokio::join!(weather("disconnect", 40), weather("kill", 12));
}

#[tokio::test]
async fn a_platform_that_refuses_is_not_run_into() {
    let mut stage = Stage::new("").await;
    stage.sim.control("stream", json!({"do": "refuse"})).await;
    let before = stage.calls(OPEN).await;
    stage.sim.control("stream", json!({"do": "kill"})).await;
    stage.called_more(OPEN, before).await;
    tokio::time::sleep(Duration::from_secs(3)).await;
    let tried = stage.calls(OPEN).await - before;
    assert!(tried <= 12, "{tried} tries in three seconds");
    stage.sim.control("stream", json!({"do": "accept"})).await;
    stage.connected().await;
    stage.say("ops", "alice", "/whoami", &[]).await;
    stage.hear("Alice Zhang").await;
}

#[tokio::test]
async fn a_server_that_takes_a_connection_and_never_answers_is_not_waited_for() {
    let sim = Sim::start(0, &demo()).await;
    sim.control("stream", json!({"do": "leave_waiting"})).await;
    let (hear, mut heard) = mpsc::channel(1);
    let ear = Ear {
        client: client(&sim),
        corp_id: CORP_ID.to_owned(),
        webhooks: Arc::new(Webhooks::default()),
        hear,
        settled: Settled::default(),
        is_connected: Arc::new(AtomicBool::new(false)),
        chance: Box::new(|| 0),
    };
    tokio::spawn(ear.listen());
    while sim.control("state", Value::Null).await["left_waiting"] == 0 {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    sim.control("stream", json!({"do": "accept"})).await;
    tokio::time::pause();
    tokio::time::advance(Duration::from_secs(10)).await;
    tokio::time::resume();
    let connected = timeout(PATIENCE, heard.recv()).await;
    assert!(matches!(connected, Ok(Some(Incoming::Happened(_)))), "{connected:?}");
}
