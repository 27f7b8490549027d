//! What the simulator is told and asked: people's messages, the console's clicks, faults, and what was sent.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};

use super::answers::query;
use super::contacts::delete;
use super::faults::Fault;
use super::gateway::{event, push, recycle};
use super::state::{Order, Session, Sim, now};
use super::{CLIENT_ID, CORP_ID, cards, http};

pub const MESSAGES: &str = "/v1.0/im/bot/messages/get";

/// Answers `/sim/<what>`.
pub async fn answer(sim: &Arc<Sim>, what: &str, body: &Value, asked: &str) -> Value {
    match what {
        "say" => say(sim, body),
        "press" => cards::press(sim, body),
        "sent" => {
            let number = |key: &str| query(asked, key).and_then(|n| n.parse::<u64>().ok()).unwrap_or(0);
            sent(sim, number("after"), number("wait_ms")).await
        }
        "console" => console(sim, body).await,
        "fault" => {
            sim.state().faults.push(Fault::read(body));
            json!({})
        }
        "stream" => stream(sim, body),
        "set" => set(sim, body),
        "http" => http::choose(sim, body["base"].as_str().unwrap_or_default()).await,
        "acks" => json!({"acks": sim.state().acks}),
        "calls" => json!({"calls": sim.state().calls}),
        "state" => {
            let state = sim.state();
            let mut shown = state.organisation.json();
            shown["connections"] = json!(state.sockets.iter().filter(|socket| socket.is_open).count());
            shown["sockets"] = json!(state.sockets.len());
            shown["left_waiting"] = json!(state.left_waiting);
            shown["cards"] = json!(state.cards);
            shown
        }
        _ => json!({"error": format!("there is no /sim/{what}")}),
    }
}

/// Somebody writes to the robot. Linked mentions are not in the text: they are in `atUsers` alone, in no order.
fn say(sim: &Arc<Sim>, body: &Value) -> Value {
    let text = |name: &str| body[name].as_str().unwrap_or_default().to_owned();
    let (sender, place) = (text("sender"), text("conversation"));
    let is_group = place != "dm";
    let (id, mut data) = {
        let mut state = sim.state();
        let number = state.next();
        let id = body["id"].as_str().map_or_else(|| format!("msg{number}=="), str::to_owned);
        let session = format!("s{number}");
        let until = now() + state.webhook_lifetime_ms;
        let session_of = Session {
            conversation: is_group.then(|| place.clone()),
            person: (!is_group).then(|| sender.clone()),
            until,
        };
        state.sessions.insert(session.clone(), session_of);
        let is_here = state.organisation.users.contains_key(&sender);
        let mentions = body["mentions"].as_array().cloned().unwrap_or_default();
        let mut at: Vec<Value> = mentions
            .iter()
            .filter_map(Value::as_str)
            .map(|who| {
                let mut user = json!({"dingtalkId": format!("$:LWCP_v1:${who}")});
                if state.organisation.users.contains_key(who) {
                    user["staffId"] = json!(who);
                    user["unionId"] = json!(format!("un-{who}"));
                }
                user
            })
            .collect();
        at.push(json!({"dingtalkId": "$:LWCP_v1:$bot"}));
        if number.is_multiple_of(2) {
            at.reverse();
        }
        let mut data = json!({
            "msgId": id, "conversationId": if is_group { place.clone() } else { format!("cid-dm-{sender}") },
            "conversationType": if is_group { "2" } else { "1" }, "chatbotCorpId": CORP_ID,
            "chatbotUserId": "$:LWCP_v1:$bot", "senderNick": sender, "senderId": format!("$:LWCP_v1:${sender}"),
            "senderCorpId": CORP_ID, "isAdmin": state.organisation.admins.contains_key(&sender),
            "sessionWebhook": format!("{}/robot/sendBySession?session={session}", sim.address),
            "sessionWebhookExpiredTime": until, "createAt": now(), "robotCode": CLIENT_ID,
            "msgtype": "text", "text": {"content": format!("{}{}", if is_group { " " } else { "" }, text("text"))},
        });
        if is_here {
            data["senderStaffId"] = json!(sender);
        }
        if is_group {
            data["atUsers"] = json!(at);
            data["isInAtList"] = json!(true);
            data["conversationTitle"] = json!(place);
        }
        (id, data)
    };
    if let Some(more) = body["merge"].as_object() {
        data.as_object_mut().unwrap().extend(more.clone());
    }
    sim.state().said.insert(id.clone(), data.clone());
    let frame = push(sim, "CALLBACK", json!({"topic": MESSAGES}), &data);
    json!({"msgId": id, "frame": frame})
}

/// The messages after a number, waited for when there are none.
async fn sent(sim: &Sim, after: u64, wait_ms: u64) -> Value {
    for _ in 0..=wait_ms / 10 {
        let found: Vec<_> = {
            let state = sim.state();
            state.sent.iter().skip(usize::try_from(after).unwrap()).cloned().collect()
        };
        if !found.is_empty() || wait_ms == 0 {
            return json!({"messages": found});
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    json!({"messages": []})
}

/// Somebody clicks in the admin console.
async fn console(sim: &Arc<Sim>, body: &Value) -> Value {
    tokio::time::sleep(Duration::from_millis(body["after_ms"].as_u64().unwrap_or(0))).await;
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let stamp = now().to_string();
    let (kind, data) = if body["revoke_admin"].is_string() {
        let who = text(&body["revoke_admin"]);
        sim.state().organisation.admins.remove(&who);
        ("org_admin_remove", json!({"timeStamp": stamp, "userId": [who]}))
    } else if body["grant_admin"].is_object() {
        let grant = &body["grant_admin"];
        let (who, level) = (text(&grant["person"]), grant["level"].as_i64().unwrap_or(2));
        let scope = grant["departments"].as_array().map(|d| d.iter().filter_map(Value::as_i64).collect());
        sim.state().organisation.admins.insert(who.clone(), (level, scope.unwrap_or_default()));
        ("org_admin_add", json!({"timeStamp": stamp, "userId": [who]}))
    } else if body["owner"].is_string() {
        let mut state = sim.state();
        let owner = text(&body["owner"]);
        state.organisation.owner.clone_from(&owner);
        state.organisation.admins.insert(owner.clone(), (1, Vec::new()));
        ("user_modify_org", json!({"timeStamp": stamp, "userId": [owner]}))
    } else if body["delete"].is_string() {
        let reason = if body["reason"] == "cancel" { "cancel" } else { "delete" };
        delete(sim, &text(&body["delete"]), reason);
        return json!({});
    } else {
        return json!({"error": "revoke_admin, grant_admin, owner or delete"});
    };
    if body["event"] != false {
        event(sim, kind, data);
    }
    json!({})
}

fn stream(sim: &Arc<Sim>, body: &Value) -> Value {
    match body["do"].as_str().unwrap_or_default() {
        "ping" => {
            json!({"frame": push(sim, "SYSTEM", json!({"topic": "ping"}), &json!({"opaque": "o-1"}))})
        }
        "disconnect" => json!({"frame": recycle(sim)}),
        "kill" => {
            for socket in &mut sim.state().sockets {
                // Nothing more is sent over a connection that is about to break.
                socket.is_open = false;
                drop(socket.orders.send(Order::Kill));
            }
            json!({})
        }
        "refuse" => {
            sim.state().refuses_connections = true;
            json!({})
        }
        "leave_waiting" => {
            sim.state().leaves_waiting = true;
            json!({})
        }
        "accept" => {
            let mut state = sim.state();
            (state.refuses_connections, state.leaves_waiting) = (false, false);
            json!({})
        }
        "redeliver" => {
            let data = sim.state().said.get(body["id"].as_str().unwrap_or_default()).cloned();
            let data = data.unwrap_or_default();
            let mut headers = json!({"topic": MESSAGES});
            // Also the very same frame may come again.
            if body["frame"].is_string() {
                headers["messageId"] = body["frame"].clone();
            }
            json!({"frame": push(sim, "CALLBACK", headers, &data)})
        }
        _ => json!({"error": "ping, disconnect, kill, refuse, leave_waiting, accept or redeliver"}),
    }
}

fn set(sim: &Sim, body: &Value) -> Value {
    let mut state = sim.state();
    if let Some(lifetime) = body["webhook_lifetime_ms"].as_i64() {
        state.webhook_lifetime_ms = lifetime;
    }
    if let Some(retry) = body["event_retry_ms"].as_u64() {
        state.event_retry_ms = retry;
    }
    if let Some(grace) = body["grace_ms"].as_u64() {
        state.grace_ms = grace;
    }
    if let Some(loses_acks) = body["lose_acks"].as_bool() {
        state.loses_acks = loses_acks;
    }
    if let Some(is_down) = body["down"].as_bool() {
        state.is_down = is_down;
    }
    if let Some(hr) = body["hr"].as_bool() {
        state.has_hr = hr;
    }
    if let Some(missing) = body["missing"].as_array() {
        state.missing = missing.iter().filter_map(|p| p.as_str().map(str::to_owned)).collect::<BTreeSet<_>>();
    }
    json!({})
}
