//! How messages come in and go out, and from whom.

use std::time::Duration;

use serde_json::{Value, json};

use crate::dingtalk_sim::CLIENT_SECRET;
use crate::stage::{Stage, demo, password};

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
async fn a_session_that_ends_before_its_time_is_replaced_too() {
    let mut stage = Stage::new("").await;
    let gone = json!({"errcode": 300_001, "errmsg": "session 不存在"});
    let fault =
        json!({"path": "/robot/sendBySession", "kind": "answer", "status": 200, "body": gone, "times": 2});
    stage.sim.control("fault", fault).await;
    stage.say("ops", "alice", "/whoami", &[]).await;
    assert_eq!(stage.hear("Alice Zhang").await["via"], "group");
    stage.say("dm", "alice", "/whoami", &[]).await;
    assert_eq!(stage.hear("Alice Zhang").await["via"], "direct");
}

/// What a message is that was typed with pictures or other parts: each name that was picked is a part of its own.
fn in_parts(parts: &[&str]) -> Value {
    let parts: Vec<_> = parts.iter().map(|part| json!({"text": part})).collect();
    json!({"msgtype": "richText", "text": null, "content": {"richText": parts}})
}

#[tokio::test]
async fn who_was_picked_decides_and_not_the_name_that_is_shown() {
    let mut stage = Stage::new("").await;
    // Somebody typed a name, and picked somebody else.
    stage.say("ops", "alice", "/删除 @bob", &["carol"]).await;
    let refused = stage.hear("一次只能处理一个人").await;
    assert!(refused["text"].as_str().unwrap().contains("bob"), "{refused}");
    // What was picked shows a name that is somebody else's.
    let say = |parts: &[&str]| json!({"conversation": "ops", "sender": "alice", "text": "", "mentions": ["carol"], "merge": in_parts(parts)});
    stage.sim.control("say", say(&["@Usher", " /删除 ", "@李博"])).await;
    stage.hear("显示的名字是“李博”，实际提到的却是 Carol Wu").await;
    // A name that is nobody's, such as a nickname, is no sign of anything.
    stage.sim.control("say", say(&["@Usher", " /查看 ", "@小吴"])).await;
    stage.hear("可以直接删除").await;
    stage.hear_nothing().await;
    assert_eq!(stage.calls("/topapi/v2/user/delete").await, 0);
}

#[tokio::test]
async fn whoever_was_picked_from_another_organisation_is_nobody() {
    let mut stage = Stage::new("").await;
    // The simulator has no staff id for whoever is not in the organisation.
    stage.say("ops", "alice", "/查看", &["partner"]).await;
    stage.hear("没有找到").await;
    stage.hear_nothing().await;
}

#[tokio::test]
async fn the_owner_is_told_once_when_the_months_calls_run_out() {
    let mut stage = Stage::new("monthly_calls = 10").await;
    // Answers by a session do not count; the robot's own do.
    stage.sim.control("set", json!({"webhook_lifetime_ms": 0})).await;
    for _ in 0..8 {
        stage.say("ops", "alice", "/whoami", &[]).await;
        stage.hear("Alice Zhang").await;
    }
    let warning = stage.hear("本月的钉钉接口额度快用完了").await;
    assert_eq!((&warning["via"], &warning["person"]), (&json!("direct"), &json!("olivia")));
    // That it arrived is noted by then; killed before, the program may say it once more.
    stage.hear_nothing().await;
    stage.kill().await;
    stage.start().await;
    for _ in 0..3 {
        stage.say("ops", "alice", "/whoami", &[]).await;
        stage.hear("Alice Zhang").await;
    }
    tokio::time::sleep(Duration::from_secs(3)).await;
    stage.hear_nothing().await;
}

#[tokio::test]
async fn nothing_that_is_said_or_proved_is_in_the_log_however_much_is_asked_of_it() {
    let mut stage = Stage::with_password("").await;
    stage.stop().await;
    let path = stage.room.path().join("everything.log");
    stage.start_telling(std::fs::File::create(&path).unwrap()).await;
    stage.say("dm", "alice", "a dream about a red door", &[]).await;
    stage.hear("/帮助").await;
    stage.delete("bob").await;
    stage.hear("已删除 **李博").await;
    stage.stop().await;
    let log = std::fs::read_to_string(&path).unwrap();
    assert!(log.contains("connected"), "{log}");
    let private =
        ["a dream", &password("alice"), CLIENT_SECRET, "ticket-", "token-", "session=", "+8613800000002"];
    for words in private {
        let hex: String = words.bytes().map(|byte| format!("{byte:02x}")).collect();
        for words in [words, &hex] {
            assert!(
                !log.contains(words),
                "{words:?}: {}",
                log.lines().find(|line| line.contains(words)).unwrap()
            );
        }
    }
}

#[tokio::test]
async fn whoever_has_emoji_in_their_name_is_found_by_what_is_seen_of_it() {
    let mut organisation = demo();
    for person in organisation["people"].as_array_mut().unwrap() {
        match person["id"].as_str() {
            Some("lina1") => person["name"] = json!("娜娜 \u{2764}\u{fe0f}"),
            Some("tom") => person["name"] = json!("\u{1f468}\u{200d}\u{1f467} 唐明"),
            _ => {}
        }
    }
    let mut stage = Stage::open("", &organisation).await;
    stage.start().await;
    for (name, id) in [("娜娜 \u{2764}", "（lina1）"), ("\u{1f468}\u{1f467} 唐明", "（tom）")] {
        stage.say("dm", "alice", &format!("/查看 @\"{name}\""), &[]).await;
        let shown = stage.hear("普通成员").await;
        assert!(shown["text"].as_str().unwrap().contains(id), "{shown}");
    }
    // The robot is told whom a mention means, and shows the name as the platform does.
    stage.say("ops", "alice", "/查看", &["lina1"]).await;
    stage.hear("娜娜 \u{2764}").await;
}
