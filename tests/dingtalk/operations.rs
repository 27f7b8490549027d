//! Operations on DingTalk, from the request to the last notice, and what may go wrong on the way.

use serde_json::{Value, json};

use crate::dingtalk_sim::TEMPLATE;
use crate::stage::{Stage, code, password};

#[tokio::test]
async fn somebody_is_deleted_by_a_card_a_password_and_a_call() {
    let mut stage = Stage::with_password(&format!("card_template = \"{TEMPLATE}\"")).await;
    stage.say("ops", "alice", "/删除 reason=resigned", &["bob"]).await;
    let card = stage.hear("无法撤销").await;
    assert_eq!((&card["via"], &card["conversation"]), (&json!("card"), &json!("ops")));
    let press =
        |who: &str, action: &str| json!({"outTrackId": card["outTrackId"], "userId": who, "action": action});
    stage.sim.control("press", press("mei", "confirm")).await;
    stage.hear("只有发起人可以确认").await;
    // The same id in another organisation is somebody else.
    let mut foreign = press("alice", "confirm");
    foreign["corpId"] = json!("another");
    stage.sim.control("press", foreign).await;
    stage.hear_nothing().await;
    // Twice is once, while the card does not yet show that it was pressed.
    let mut first = press("alice", "confirm");
    first["press"] = json!("0");
    stage.sim.control("press", first.clone()).await;
    stage.sim.control("press", first).await;
    let asked = stage.hear("在这里输入你的密码").await;
    assert_eq!(asked["person"], "alice");
    stage.say("dm", "alice", &password("alice"), &[]).await;
    stage.hear("已删除 **李博").await;
    stage.hear("离开组织").await;
    let state = stage.sim.control("state", Value::Null).await;
    assert!(state["users"]["bob"].is_null());
    assert_eq!(state["cards"][card["outTrackId"].as_str().unwrap()]["state"], "closed");
    assert_eq!(stage.calls("/topapi/v2/user/delete").await, 1);
}

/// Somebody's rights are to be taken away by hand; gives the instructions.
async fn guided(stage: &mut Stage) -> Value {
    stage.say("ops", "alice", "/取消管理员", &["sam"]).await;
    let asked = stage.hear("确认 ").await;
    stage.say("ops", "alice", &format!("确认 {}", code(&asked)), &[]).await;
    stage.hear("权限管理").await
}

#[tokio::test]
async fn an_admin_is_revoked_by_hand_and_it_is_noticed() {
    let mut stage = Stage::new("").await;
    let guide = guided(&mut stage).await;
    assert!(guide["text"].as_str().unwrap().contains("oa.dingtalk.com"));
    stage.hear_nothing().await;
    stage.sim.control("console", json!({"revoke_admin": "sam"})).await;
    let done = stage.hear("已取消").await;
    assert_eq!(done["conversation"], "ops");
}

#[tokio::test]
async fn what_is_done_by_hand_is_seen_also_when_nobody_tells() {
    let mut stage = Stage::new("").await;
    guided(&mut stage).await;
    stage.sim.control("console", json!({"revoke_admin": "sam", "event": false})).await;
    stage.hear("已取消").await;
}

#[tokio::test]
async fn a_killed_program_reads_before_it_calls_again() {
    let mut stage = Stage::with_password("").await;
    stage.fault("/topapi/v2/user/delete", "lose_answer", 1).await;
    // While it can't be read whether he is gone, the program is killed.
    stage.delete("bob").await;
    stage.hear("正在平台上执行").await;
    stage.called("/topapi/v2/user/delete").await;
    stage.kill().await;
    stage.start().await;
    stage.hear("已删除").await;
    assert_eq!(stage.calls("/topapi/v2/user/delete").await, 1);
}

#[tokio::test]
async fn what_cannot_be_looked_up_is_not_taken_for_nothing() {
    let mut stage = Stage::new("").await;
    stage.fault("/v1.0/workflow/processes/todoTasks/numbers", "quota", 1).await;
    stage.say("ops", "alice", "/删除", &["bob"]).await;
    let blocked = stage.hear("现在查不到平台上的情况").await;
    assert!(blocked["text"].as_str().unwrap().contains("used up"));
}

#[tokio::test]
async fn a_missing_permission_is_named() {
    let mut stage = Stage::with_password("").await;
    stage.sim.control("set", json!({"missing": ["qyapi_manage_addresslist"]})).await;
    stage.delete("bob").await;
    let failed = stage.hear("应用缺少权限").await;
    let says = failed["text"].as_str().unwrap().replace('\\', "");
    assert!(says.contains("qyapi_manage_addresslist"), "{says}");
}

#[tokio::test]
async fn an_approval_is_cancelled_with_a_comment_unless_its_template_forbids_it() {
    let mut stage = Stage::new("").await;
    for (approval, says) in [("A-1001", "已取消"), ("A-1003", "允许撤销审批中的审批单")] {
        stage.say("ops", "alice", &format!("/取消审批 {approval} reason=\"重复提交\""), &[]).await;
        let asked = stage.hear("确认 ").await;
        stage.say("ops", "alice", &format!("确认 {}", code(&asked)), &[]).await;
        stage.hear(says).await;
    }
    let state = stage.sim.control("state", Value::Null).await;
    assert_eq!(state["approvals"]["A-1001"]["status"], "TERMINATED");
    assert!(state["approvals"]["A-1001"]["records"].to_string().contains("alice: 重复提交"));
    assert_eq!(state["approvals"]["A-1003"]["status"], "RUNNING");
}

#[tokio::test]
async fn nobody_is_served_from_a_log_that_was_cut() {
    let mut stage = Stage::new("[audit]\nhead_file = \"head\"").await;
    stage.say("ops", "alice", "/lang en", &[]).await;
    stage.hear("English here").await;
    stage.stop().await;
    let head = stage.room.path().join("head");
    let noted = std::fs::read_to_string(&head).unwrap();
    let (seq, hash) = noted.trim_end().split_once(' ').unwrap();
    let newer = seq.parse::<u64>().unwrap() + 1;
    std::fs::write(&head, format!("{newer} {hash}\n")).unwrap();
    stage.spawn();
    assert!(!stage.ended().await, "the log lacks an entry");
    std::fs::write(&head, noted).unwrap();
    stage.start().await;
    stage.say("ops", "alice", "/whoami", &[]).await;
    stage.hear("Alice Zhang").await;
}
