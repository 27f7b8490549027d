//! Steps that somebody has to do in the admin console: not done in time, and done but undone before it was seen.

use std::time::Duration;

use serde_json::{Value, json};

use crate::stage::{Stage, code};

/// Asks for the end of Sam's rights, up to where somebody has to go to the console.
async fn revoke_sam(settings: &str) -> Stage {
    let mut stage = Stage::new(settings).await;
    stage.say("ops", "alice", "/取消管理员", &["sam"]).await;
    let asked = stage.hear("确认 ").await;
    stage.say("ops", "alice", &format!("确认 {}", code(&asked)), &[]).await;
    stage.hear("权限管理").await;
    stage
}

#[tokio::test]
async fn what_nobody_does_in_time_ends_and_changes_nothing() {
    let mut stage = revoke_sam("[guided]\nttl = \"3s\"").await;
    let failed = stage.hear("人工步骤没有在期限内完成").await;
    assert_eq!(failed["conversation"], "ops");
    // Whoever does it later finds that nothing waits for it any more; what they did is seen all the same.
    stage.sim.control("console", json!({"revoke_admin": "sam"})).await;
    stage.drain().await;
    assert!(stage.sent().await.iter().all(|said| !said["text"].as_str().unwrap().contains("已取消")));
    stage.say("ops", "alice", "/管理员", &[]).await;
    let admins = stage.hear("Alice Zhang").await;
    assert!(!admins["text"].as_str().unwrap().contains("sam"), "{admins}");
}

#[tokio::test]
async fn what_is_undone_before_it_was_seen_was_not_done() {
    let mut stage = revoke_sam("").await;
    let before = stage.sim.control("state", Value::Null).await["admins"]["sam"].clone();
    // Whoever is told of it reads the list of admins; by then it is as it was.
    let slow = json!({"path": "/topapi/user/listadmin", "kind": "delay", "delay_ms": 500, "times": 3});
    stage.sim.control("fault", slow).await;
    stage.sim.control("console", json!({"revoke_admin": "sam"})).await;
    let back = json!({"person": "sam", "level": before, "departments": [102]});
    stage.sim.control("console", json!({"grant_admin": back, "event": false})).await;
    tokio::time::sleep(Duration::from_secs(2)).await;
    stage.hear_nothing().await;
    stage.say("ops", "alice", "/待确认", &[]).await;
    stage.hear("沈山").await;
    stage.sim.control("console", json!({"revoke_admin": "sam"})).await;
    let done = stage.hear("已取消").await;
    assert_eq!(done["conversation"], "ops");
}

#[tokio::test]
async fn who_is_to_be_removed_by_hand_is_named_also_when_it_is_not_the_person_of_the_request() {
    let mut stage = Stage::new("").await;
    stage.say("ops", "olivia", "/解绑 owner to=@mei", &["olivia"]).await;
    let asked = stage.hear("确认 ").await;
    stage.say("ops", "olivia", &format!("确认 {}", code(&asked)), &[]).await;
    let guide = stage.hear("权限管理").await;
    assert!(guide["text"].as_str().is_some_and(|text| text.contains("移除 `mei`")), "{guide}");
    stage.sim.control("console", json!({"revoke_admin": "mei"})).await;
    stage.hear("转让给新的企业主").await;
    stage.sim.control("console", json!({"owner": "mei"})).await;
    stage.hear("企业主现在是").await;
}
