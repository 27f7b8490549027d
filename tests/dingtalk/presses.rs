//! A button that is pressed again is another press; a press that is delivered again is not.

use serde_json::{Value, json};

use crate::dingtalk_sim::TEMPLATE;
use crate::stage::{Stage, code, demo, password};

/// A press of a card's button, as Alice sees it.
fn press(card: &Value, action: &str) -> Value {
    json!({"outTrackId": card["outTrackId"], "userId": "alice", "action": action})
}

/// Asked for in a group and in private, confirmed while the first secret was asked for: the second has to wait, and its
/// press, which was refused, is delivered once more. Then it is pressed again.
async fn a_refused_press_is_repeated(mut stage: Stage) {
    stage.start_with_passwords(&["alice"]).await;
    stage.say("ops", "alice", "/删除", &["bob"]).await;
    let first = stage.hear("无法撤销").await;
    stage.say("dm", "alice", "/删除 @lina1", &[]).await;
    let second = stage.hear("无法撤销").await;
    stage.sim.control("press", press(&first, "confirm")).await;
    stage.hear("在这里输入你的密码").await;

    let refused = stage.sim.control("press", press(&second, "confirm")).await;
    stage.acknowledged(&refused["frame"]).await;
    let told = stage.hear("一次只能验证一个操作").await;
    let how = format!("确认 {}", code(&second));
    assert!(told["text"].as_str().unwrap().contains(&how), "{told} says how to go on: {how}");
    stage.say("dm", "alice", &format!("/取消 {}", code(&first)), &[]).await;
    stage.hear("已取消").await;
    stage.drain().await;

    // Nothing stands in the way now; still, what was refused is not taken up again by itself.
    let mut again = press(&second, "confirm");
    again["press"] = refused["press"].clone();
    let again = stage.sim.control("press", again).await;
    stage.acknowledged(&again["frame"]).await;
    stage.hear_nothing().await;

    stage.sim.control("press", press(&second, "confirm")).await;
    stage.hear("在这里输入你的密码").await;
    stage.say("dm", "alice", &password("alice"), &[]).await;
    stage.hear("已删除").await;
    assert_eq!(stage.calls("/topapi/v2/user/delete").await, 1);
}

#[tokio::test]
async fn a_refused_press_can_be_repeated_and_is_not_repeated_by_itself() {
    a_refused_press_is_repeated(Stage::open(&settings(), &demo()).await).await;
}

#[tokio::test]
async fn a_refused_press_can_be_repeated_by_http() {
    a_refused_press_is_repeated(Stage::open_by_http(&settings(), &demo()).await).await;
}

fn settings() -> String {
    format!("card_template = \"{TEMPLATE}\"")
}
