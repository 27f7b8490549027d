//! Answers that are lost at each step of a deletion: each is read back, and nothing is done twice.

use serde_json::{Value, json};

use crate::stage::{Stage, code, demo_with, password};

/// Each call that changes something, from the end of a headship to the deletion.
const STEPS: [&str; 4] = [
    "/topapi/v2/department/update",
    "/v1.0/workflow/processInstances/terminate",
    "/v1.0/workflow/tasks/redirect",
    "/topapi/v2/user/delete",
];

/// The demo organisation, in which Frank has asked for an approval, too.
fn organisation() -> Value {
    demo_with("A-2001", "frank", "mei")
}

/// Frank heads a department, has asked for an approval, and another waits on him: all of it ends, and he leaves.
async fn let_frank_go(stage: &mut Stage) {
    stage.say("ops", "alice", "/解绑 supervisor department=105 to=@grace", &["frank"]).await;
    let asked = stage.hear("确认 ").await;
    stage.say("ops", "alice", &format!("确认 {}", code(&asked)), &[]).await;
    stage.hear("不再是研发部的主管").await;
    let command = "/删除 handover=@zoe approvals=cancel";
    stage.say("ops", "alice", command, &["frank"]).await;
    let asked = stage.hear("无法撤销").await;
    stage.say("ops", "alice", &format!("确认 {}", code(&asked)), &[]).await;
    stage.hear("在这里输入你的密码").await;
    stage.say("dm", "alice", &password("alice"), &[]).await;
    stage.hear("已删除").await;
    stage.drain().await;
}

async fn check(stage: &Stage, kind: &str) {
    for step in STEPS {
        assert_eq!(stage.calls(step).await, 1, "{kind}: {step}");
    }
    let state = stage.sim.control("state", Value::Null).await;
    assert!(state["users"]["frank"].is_null());
    assert_eq!(state["heads"]["105"], json!(["grace"]));
    assert_eq!(state["approvals"]["A-2001"]["status"], "TERMINATED");
    assert_eq!(state["approvals"]["A-1002"]["status"], "RUNNING");
    let done =
        stage.sent().await.iter().filter(|said| said["text"].as_str().unwrap().contains("已删除")).count();
    assert_eq!(done, 1, "{kind}");
}

/// The work is done at each step, and this befalls its answer.
async fn lose(kind: &str) {
    let mut stage = Stage::with_passwords("", &organisation(), &["alice"]).await;
    for step in STEPS {
        stage.fault(step, kind, 1).await;
    }
    let_frank_go(&mut stage).await;
    check(&stage, kind).await;
}

#[tokio::test]
async fn an_answer_that_is_lost_at_any_step_is_read_back_and_nothing_is_done_twice() {
    tokio::join!(lose("lose_answer"), lose("timeout_after"));
}
