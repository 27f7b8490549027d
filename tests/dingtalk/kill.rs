//! The program is killed at random moments.

use std::time::Duration;

use serde_json::Value;

use crate::stage::{Stage, command};

#[tokio::test]
async fn a_killed_program_loses_nothing_and_does_nothing_twice() {
    let mut stage = Stage::new("").await;
    let mut chance = 20_261_127_u64;
    for round in 0..6 {
        for who in ["alice", "mei", "olivia"] {
            for _ in 0..5 {
                stage.say("ops", who, "/whoami", &[]).await;
            }
        }
        chance = chance.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        tokio::time::sleep(Duration::from_millis((chance >> 33) % 400 + 50 * round)).await;
        stage.kill().await;
        stage.start().await;
    }
    // What was acknowledged is answered, whatever was killed; a repeat has the number of its first.
    let acks = stage.sim.control("acks", Value::Null).await["acks"].as_array().unwrap().len();
    tokio::time::sleep(Duration::from_secs(2)).await;
    let sent = stage.sim.control("sent", Value::Null).await;
    let numbers: Vec<String> = sent["messages"]
        .as_array()
        .unwrap()
        .iter()
        .map(|message| message["text"].as_str().unwrap().rsplit('#').next().unwrap().to_owned())
        .collect();
    let mut once = numbers.clone();
    once.sort();
    once.dedup();
    let events = stage.calls("/v1.0/gateway/connections/open").await;
    println!(
        "{} answers, {} of them repeats; {acks} acknowledged, {events} connections",
        once.len(),
        numbers.len() - once.len()
    );
    assert!(acks > 0 && once.len() >= acks, "{} answers to {acks} acknowledged messages", once.len());
    // At most what was under way at a kill is said again: one message of each conversation.
    assert!(numbers.len() - once.len() <= 6 * 32, "{numbers:?}");
    let verified = command(stage.room.path(), &["audit", "verify", "--db", "usher.db"]).status().unwrap();
    assert!(verified.success());
}
