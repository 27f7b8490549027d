//! The real program on a simulated DingTalk: what people type, press and click, and what they read.

#![allow(clippy::unwrap_used, reason = "a test stops where something is not as it must be")]
#![allow(clippy::disallowed_methods, reason = "a test of a real process takes real time")]

#[path = "dingtalk_sim/mod.rs"]
mod dingtalk_sim;

use std::io::Write;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use dingtalk_sim::{CLIENT_ID, CLIENT_SECRET, CORP_ID, Sim, TEMPLATE};
use serde_json::{Value, json};
use tempfile::TempDir;

/// No answer takes this long.
const PATIENCE: Duration = Duration::from_secs(30);
/// So long nothing is said where nothing is to be said.
const SILENCE: Duration = Duration::from_millis(600);

/// The program, the platform, and how many of its messages were read.
struct Stage {
    sim: Sim,
    room: TempDir,
    program: Option<Child>,
    read: u64,
}

impl Stage {
    /// Starts both, with a copy of the organisation on the platform. Alice has a password.
    async fn new(settings: &str) -> Self {
        let demo: Value = serde_json::from_str(usher::exchange::demo()).unwrap();
        let sim = Sim::start(0, &demo).await;
        let room = tempfile::tempdir().unwrap();
        let address = sim.address();
        let settings = format!(
            "[dingtalk]\nclient_id = \"{CLIENT_ID}\"\ncorp_id = \"{CORP_ID}\"\norganisation = \"dingtalk\"\n\
             api = \"{address}\"\noapi = \"{address}\"\n{settings}"
        );
        std::fs::write(room.path().join("usher.toml"), settings).unwrap();
        let mut stage = Self { sim, room, program: None, read: 0 };
        stage.start().await;
        stage.stop().await;
        let mut passwd =
            command(stage.room.path(), &["passwd", "alice"]).stdin(Stdio::piped()).spawn().unwrap();
        passwd.stdin.take().unwrap().write_all(b"alice-secret-1\nalice-secret-1\n").unwrap();
        assert!(passwd.wait().unwrap().success());
        stage.start().await;
        stage
    }

    /// Starts the program, and waits until it is connected.
    async fn start(&mut self) {
        self.program = Some(command(self.room.path(), &["serve"]).spawn().unwrap());
        self.connected().await;
    }

    async fn connected(&self) {
        let since = Instant::now();
        while self.sim.control("state", Value::Null).await["connections"] == 0 {
            assert!(since.elapsed() < PATIENCE, "nobody connects");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Stops the program as the machine does, and waits for its end.
    async fn stop(&mut self) {
        let mut program = self.program.take().unwrap();
        let id = program.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &id]).status().unwrap().success());
        let status = tokio::task::spawn_blocking(move || program.wait().unwrap()).await.unwrap();
        assert!(status.success(), "it stops well: {status}");
        self.disconnected().await;
    }

    async fn disconnected(&self) {
        let since = Instant::now();
        while self.sim.control("state", Value::Null).await["connections"] != 0 {
            assert!(since.elapsed() < PATIENCE, "the connection stays");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    async fn kill(&mut self) {
        let mut program = self.program.take().unwrap();
        program.kill().unwrap();
        program.wait().unwrap();
        self.disconnected().await;
    }

    async fn say(&self, place: &str, sender: &str, text: &str, mentions: &[&str]) -> Value {
        let message = json!({"conversation": place, "sender": sender, "text": text, "mentions": mentions});
        self.sim.control("say", message).await
    }

    /// The next message that holds this text, whatever else comes before it.
    async fn hear(&mut self, text: &str) -> Value {
        let since = Instant::now();
        let mut heard = Vec::new();
        loop {
            let sent = self.sim.control_after(self.read).await;
            for message in sent["messages"].as_array().unwrap() {
                self.read += 1;
                let says = message["text"].as_str().unwrap();
                if says.contains(text) && message["via"] != "card_update" {
                    return message.clone();
                }
                heard.push(format!("{}: {says}", message["via"]));
            }
            assert!(since.elapsed() < PATIENCE, "nobody says {text:?}, but {heard:#?}");
        }
    }

    /// Nothing more is said.
    async fn hear_nothing(&mut self) {
        tokio::time::sleep(SILENCE).await;
        let sent = self.sim.control("sent", Value::Null).await;
        let new: Vec<_> = sent["messages"].as_array().unwrap().iter().skip(self.read as usize).collect();
        assert!(new.is_empty(), "{new:#?}");
    }

    /// How often a path was called.
    async fn calls(&self, path: &str) -> usize {
        let calls = self.sim.control("calls", Value::Null).await;
        calls["calls"].as_array().unwrap().iter().filter(|call| call["path"] == path).count()
    }

    async fn fault(&self, path: &str, kind: &str, times: u64) {
        self.sim.control("fault", json!({"path": path, "kind": kind, "times": times})).await;
    }

    /// Asks for a deletion and confirms it by typing; the answer to the password is the test's.
    async fn delete(&mut self, person: &str) {
        self.say("ops", "alice", "/删除", &[person]).await;
        let asked = self.hear("无法撤销").await;
        self.say("ops", "alice", &format!("确认 {}", code(&asked)), &[]).await;
        self.hear("在这里输入你的密码").await;
        self.say("dm", "alice", "alice-secret-1", &[]).await;
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        if let Some(program) = &mut self.program {
            program.kill().unwrap();
            program.wait().unwrap();
        }
    }
}

fn command(room: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_usher"));
    command.current_dir(room).args(arguments).env("USHER_DINGTALK_CLIENT_SECRET", CLIENT_SECRET);
    command.env("RUST_LOG", "error").stdout(Stdio::null());
    command
}

/// The code that a confirmation asks for.
fn code(message: &Value) -> String {
    let text = message["text"].as_str().unwrap();
    text.split("确认 ").nth(1).unwrap()[..4].to_owned()
}

#[tokio::test]
async fn somebody_is_deleted_by_a_card_a_password_and_a_call() {
    let mut stage = Stage::new(&format!("card_template = \"{TEMPLATE}\"")).await;
    stage.say("ops", "alice", "/删除 reason=resigned", &["bob"]).await;
    let card = stage.hear("无法撤销").await;
    assert_eq!((&card["via"], &card["conversation"]), (&json!("card"), &json!("ops")));
    let press =
        |who: &str, action: &str| json!({"outTrackId": card["outTrackId"], "userId": who, "action": action});
    stage.sim.control("press", press("mei", "confirm")).await;
    stage.hear("只有发起人可以确认").await;
    // Twice is once.
    stage.sim.control("press", press("alice", "confirm")).await;
    stage.sim.control("press", press("alice", "confirm")).await;
    let asked = stage.hear("在这里输入你的密码").await;
    assert_eq!(asked["person"], "alice");
    stage.say("dm", "alice", "alice-secret-1", &[]).await;
    stage.hear("已删除 **李博").await;
    stage.hear("离开组织").await;
    let state = stage.sim.control("state", Value::Null).await;
    assert!(state["users"]["bob"].is_null());
    assert_eq!(state["cards"][card["outTrackId"].as_str().unwrap()]["state"], "closed");
    assert_eq!(stage.calls("/topapi/v2/user/delete").await, 1);
}

#[tokio::test]
async fn an_admin_is_revoked_by_hand_and_it_is_noticed() {
    let mut stage = Stage::new("").await;
    stage.say("ops", "alice", "/取消管理员", &["sam"]).await;
    let asked = stage.hear("确认 ").await;
    stage.say("ops", "alice", &format!("确认 {}", code(&asked)), &[]).await;
    let guide = stage.hear("权限管理").await;
    assert!(guide["text"].as_str().unwrap().contains("oa.dingtalk.com"));
    stage.hear_nothing().await;
    stage.sim.control("console", json!({"revoke_admin": "sam"})).await;
    let done = stage.hear("已取消").await;
    assert_eq!(done["conversation"], "ops");
}

#[tokio::test]
async fn what_is_done_by_hand_is_seen_also_when_nobody_tells() {
    let mut stage = Stage::new("").await;
    stage.say("ops", "alice", "/取消管理员", &["sam"]).await;
    let asked = stage.hear("确认 ").await;
    stage.say("ops", "alice", &format!("确认 {}", code(&asked)), &[]).await;
    stage.hear("权限管理").await;
    stage.sim.control("console", json!({"revoke_admin": "sam", "event": false})).await;
    stage.hear("已取消").await;
}

#[tokio::test]
async fn a_lost_answer_is_read_back_and_nobody_is_deleted_twice() {
    for kind in ["lose_answer", "timeout_after"] {
        let mut stage = Stage::new("").await;
        stage.fault("/topapi/v2/user/delete", kind, 1).await;
        stage.delete("bob").await;
        stage.hear("已删除").await;
        assert_eq!(stage.calls("/topapi/v2/user/delete").await, 1, "{kind}");
    }
}

#[tokio::test]
async fn a_killed_program_reads_before_it_calls_again() {
    let mut stage = Stage::new("").await;
    stage.fault("/topapi/v2/user/delete", "lose_answer", 1).await;
    // While it can't be read whether he is gone, the program is killed.
    stage.delete("bob").await;
    stage.hear("正在平台上执行").await;
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
    let mut stage = Stage::new("").await;
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
