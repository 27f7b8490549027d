//! Groups that are spoken to by a custom robot: its pace, its parts, and addresses at which nobody listens.

use std::net::TcpListener;
use std::time::Duration;

use serde_json::{Value, json};

use crate::dingtalk_sim::CUSTOM_SECRET;
use crate::stage::{Stage, demo};

const SEND: &str = "/robot/send";

/// The program with custom robots in groups, each with its address.
async fn with_robots(robots: impl Fn(&str) -> Value, organisation: &Value) -> Stage {
    let mut stage = Stage::open("custom_robots_file = \"robots.json\"", organisation).await;
    let file = robots(&stage.sim.address()).to_string();
    std::fs::write(stage.room.path().join("robots.json"), file).unwrap();
    // Answers go by the robots alone.
    stage.sim.control("set", json!({"webhook_lifetime_ms": 0})).await;
    stage.start().await;
    stage
}

fn robot(address: &str) -> Value {
    json!({"url": address, "secret": CUSTOM_SECRET})
}

#[tokio::test]
async fn a_custom_robot_keeps_its_pace_and_nobody_else_waits_for_it() {
    let robots =
        |address: &str| json!({"sales-group": robot(&format!("{address}{SEND}?access_token=sales-group"))});
    let mut stage = with_robots(robots, &demo()).await;
    for _ in 0..25 {
        stage.say("sales-group", "alice", "/whoami", &[]).await;
    }
    for _ in 0..18 {
        let said = stage.hear("Alice Zhang").await;
        assert_eq!((&said["via"], &said["conversation"]), (&json!("custom"), &json!("sales-group")));
    }
    stage.hear_nothing().await;
    assert_eq!(stage.calls(SEND).await, 18, "the nineteenth is not even tried in this minute");
    stage.say("ops", "alice", "/whoami", &[]).await;
    assert_eq!(stage.hear("Alice Zhang").await["conversation"], "ops");
}

#[tokio::test]
async fn an_address_at_which_nobody_listens_holds_up_nobody_else() {
    // One takes the connection and never answers, one refuses it, one is answered that its robot is gone.
    let mute = TcpListener::bind("127.0.0.1:0").unwrap();
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let robots = |address: &str| {
        json!({
            "sales-group": robot(&format!("http://{}{SEND}", mute.local_addr().unwrap())),
            "rd-group": robot(&format!("http://{closed}{SEND}")),
            "hr-group": robot(&format!("{address}/robot/gone")),
        })
    };
    let mut stage = with_robots(robots, &demo()).await;
    let gone = json!({"errcode": 300_005, "errmsg": "token is not exist"});
    let fault = json!({"path": "/robot/gone", "kind": "answer", "status": 200, "body": gone, "times": 1_000});
    stage.sim.control("fault", fault).await;
    for group in ["sales-group", "rd-group", "hr-group"] {
        for _ in 0..3 {
            stage.say(group, "alice", "/whoami", &[]).await;
        }
    }
    // Everybody else is answered meanwhile, and at once.
    for group in ["ops", "all"] {
        for _ in 0..3 {
            stage.say(group, "alice", "/whoami", &[]).await;
            let said = tokio::time::timeout(Duration::from_secs(5), stage.hear("Alice Zhang")).await;
            assert_eq!(said.expect("it waits for nobody")["conversation"], group);
        }
    }
    stage.hear_nothing().await;
    // What never can be delivered is given up, and shown.
    stage.say("dm", "alice", "/notices", &[]).await;
    stage.hear("未能送达").await;
}

#[tokio::test]
async fn a_long_message_of_a_custom_robot_arrives_in_all_its_parts() {
    let mut organisation = demo();
    for number in 0..200 {
        let id = format!("admin-{number}");
        let person = json!({"id": id, "name": format!("第 {number} 位子管理员"), "departments": ["sales"]});
        organisation["people"].as_array_mut().unwrap().push(person);
        let admin =
            json!({"person": id, "level": "sub", "departments": ["sales"], "permissions": ["people"]});
        organisation["admins"].as_array_mut().unwrap().push(admin);
    }
    let robots = |address: &str| json!({"ops": robot(&format!("{address}{SEND}?access_token=ops"))});
    let mut stage = with_robots(robots, &organisation).await;
    // An answer that is lost is sent again, and its parts that were shown are not shown twice.
    stage.fault(SEND, "lose_answer", 1).await;
    stage.say("ops", "alice", "/管理员", &[]).await;
    stage.hear("###### #").await;
    stage.drain().await;
    let sent = stage.sent().await;
    assert!(sent.len() > 1, "it is long");
    let text: String = sent.iter().map(|message| message["text"].as_str().unwrap()).collect();
    for number in [0, 1, 100, 199] {
        let name = format!("第 {number} 位子管理员");
        assert_eq!(text.matches(&name).count(), 1, "{name}");
    }
}
