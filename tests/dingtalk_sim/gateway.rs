//! Tokens, and the Stream gateway: tickets, connections, frames, and what was acknowledged.

use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::extract::ws::{Message, WebSocket, WebSocketUpgrade};
use axum::extract::{Query, State as Shared};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};
use tokio::sync::mpsc;

use super::answers::Answer;
use super::state::{Call, Order, Sim, Socket, now};
use super::{CLIENT_ID, CLIENT_SECRET, CORP_ID, cards, http};

/// A ticket is good for so long, and once.
const TICKET: Duration = Duration::from_secs(90);

/// Answers the calls that need no token.
pub fn answer(sim: &Sim, call: &Call) -> Option<Answer> {
    let is_known = |id: &str, secret: &str| id == CLIENT_ID && secret == CLIENT_SECRET;
    match call.path.as_str() {
        "/v1.0/oauth2/accessToken" if is_known(&call.text("appKey"), &call.text("appSecret")) => {
            Some(Answer::ok(json!({"accessToken": token(sim), "expireIn": 7_200})))
        }
        "/v1.0/oauth2/accessToken" => {
            Some(Answer::new(400, "invalidClientIdOrSecret", "无效的clientId或者clientSecret"))
        }
        "/gettoken" => {
            let asked = |key: &str| call.asked(key).unwrap_or_default();
            Some(match is_known(&asked("appkey"), &asked("appsecret")) {
                true => Answer::ok(json!({
                    "errcode": 0, "errmsg": "ok", "access_token": token(sim), "expires_in": 7_200,
                })),
                false => Answer::old(40_096, "不合法的appKey或appSecret"),
            })
        }
        "/v1.0/gateway/connections/open" => {
            if sim.state().refuses_connections {
                return Some(Answer::new(500, "system.error", "down"));
            }
            if !is_known(&call.text("clientId"), &call.text("clientSecret")) {
                return Some(Answer::new(401, "authFailed", "鉴权失败"));
            }
            let mut state = sim.state();
            let ticket = format!("ticket-{}", state.next());
            state.tickets.insert(ticket.clone(), clock());
            let endpoint = format!("{}/connect", sim.address.replace("http://", "ws://"));
            Some(Answer::ok(json!({"endpoint": endpoint, "ticket": ticket})))
        }
        _ => None,
    }
}

/// While it is good, the same token is given again.
fn token(sim: &Sim) -> String {
    let mut state = sim.state();
    if let Some(token) = state.tokens.first() {
        return token.clone();
    }
    let token = format!("token-{}", state.next());
    state.tokens.insert(token.clone());
    token
}

/// The refusal of a call without a good token, in the host's own shape.
pub fn token_refusal(sim: &Sim, call: &Call) -> Option<Answer> {
    let given = match call.is_new() {
        true => {
            call.headers.get("x-acs-dingtalk-access-token").and_then(|t| t.to_str().ok()).map(str::to_owned)
        }
        false => call.asked("access_token"),
    };
    match (given, call.is_new()) {
        (Some(token), _) if sim.state().tokens.contains(&token) => None,
        (Some(_), true) => Some(Answer::new(400, "InvalidAuthentication", "不合法的access_token")),
        (None, true) => {
            Some(Answer::new(400, "AuthenticationFailed.MissingParameter", "access token is missing"))
        }
        (Some(_), false) => Some(Answer::gateway("40014", "不合法的access_token")),
        (None, false) => Some(Answer::gateway("40000", "access_token is blank")),
    }
}

/// Takes a connection with a good ticket; or never answers, when it is told so.
pub async fn connect(
    Shared(sim): Shared<Arc<Sim>>,
    Query(query): Query<std::collections::BTreeMap<String, String>>,
    upgrade: WebSocketUpgrade,
) -> Response {
    let ticket = query.get("ticket").cloned().unwrap_or_default();
    let (issued, is_left_waiting) = {
        let mut state = sim.state();
        state.left_waiting += u64::from(state.leaves_waiting);
        (state.tickets.remove(&ticket), state.leaves_waiting)
    };
    if is_left_waiting {
        return std::future::pending().await;
    }
    match issued.filter(|issued| issued.elapsed() < TICKET) {
        Some(_) => upgrade.on_upgrade(move |socket| serve(sim, socket)),
        None => StatusCode::UNAUTHORIZED.into_response(),
    }
}

async fn serve(sim: Arc<Sim>, mut socket: WebSocket) {
    let (orders, mut inbox) = mpsc::unbounded_channel();
    let id = {
        let mut state = sim.state();
        let id = state.next();
        state.sockets.push(Socket { id, orders, is_open: true });
        id
    };
    loop {
        tokio::select! {
            order = inbox.recv() => match order {
                Some(Order::Say(text)) => {
                    if socket.send(Message::Text(text.into())).await.is_err() {
                        break;
                    }
                }
                Some(Order::Kill) | None => break,
            },
            frame = socket.recv() => match frame {
                Some(Ok(Message::Text(text))) => {
                    let ack: Value = serde_json::from_str(text.as_str()).unwrap_or_default();
                    let mut state = sim.state();
                    if !state.loses_acks {
                        let frame = ack["headers"]["messageId"].as_str().unwrap_or_default();
                        if let Some(pressed) = state.presses.remove(frame) {
                            let data = ack["data"].as_str().unwrap_or_default();
                            let data: Value = serde_json::from_str(data).unwrap_or_default();
                            cards::answered(&mut state, &pressed, &data["response"]);
                        }
                        state.acks.push(ack);
                    }
                }
                Some(Ok(Message::Close(_)) | Err(_)) | None => break,
                Some(Ok(_)) => {}
            },
        }
    }
    sim.state().sockets.retain(|socket| socket.id != id);
}

/// Sends a frame over one of the connections; gives its id, or none when nobody is connected: then it is lost. In the HTTP
/// mode it is posted instead.
pub fn push(sim: &Arc<Sim>, kind: &str, headers: Value, data: &Value) -> Option<String> {
    let base = sim.state().http.clone();
    if let Some(base) = base {
        return Some(http::push(sim, base, &headers, data));
    }
    let mut state = sim.state();
    let number = state.next();
    let id = format!("frame-{number}");
    let mut all = json!({
        "appId": "app-1", "connectionId": "c-1", "contentType": "application/json", "messageId": id,
        "time": now().to_string(),
    });
    if kind == "SYSTEM" {
        all.as_object_mut().unwrap().retain(|key, _| key != "appId" && key != "connectionId");
    }
    all.as_object_mut().unwrap().extend(headers.as_object().unwrap().clone());
    let id = all["messageId"].as_str().unwrap().to_owned();
    let frame = json!({"specVersion": "1.0", "type": kind, "headers": all, "data": data.to_string()});
    let open: Vec<_> = state.sockets.iter().filter(|socket| socket.is_open).collect();
    let one = open.get(usize::try_from(number).unwrap() % open.len().max(1))?;
    one.orders.send(Order::Say(frame.to_string())).ok()?;
    Some(id)
}

/// Tells every connection that nothing more is sent to it, and closes it a little later.
pub fn recycle(sim: &Arc<Sim>) -> Option<String> {
    let frame = push(sim, "SYSTEM", json!({"topic": "disconnect"}), &json!({"reason": "expired"}));
    let mut state = sim.state();
    let grace = Duration::from_millis(state.grace_ms);
    for socket in state.sockets.iter_mut().filter(|socket| socket.is_open) {
        socket.is_open = false;
        let orders = socket.orders.clone();
        tokio::spawn(async move {
            tokio::time::sleep(grace).await;
            // It may be closed already.
            let _ = orders.send(Order::Kill);
        });
    }
    frame
}

/// Tells of something that happened, and again twice while it is not acknowledged.
pub fn event(sim: &Arc<Sim>, kind: &str, data: Value) {
    let (sim, kind) = (sim.clone(), kind.to_owned());
    let (event, retry) = {
        let mut state = sim.state();
        (format!("event-{}", state.next()), state.event_retry_ms)
    };
    tokio::spawn(async move {
        for wait in [0, retry, 3 * retry] {
            tokio::time::sleep(Duration::from_millis(wait)).await;
            let headers = json!({
                "topic": "*", "eventType": kind, "eventId": event, "eventCorpId": CORP_ID,
                "eventBornTime": now().to_string(), "eventUnifiedAppId": "app-1",
            });
            let Some(id) = push(&sim, "EVENT", headers, &data) else { continue };
            tokio::time::sleep(Duration::from_millis(retry.min(3_000))).await;
            if acknowledged(&sim, &id).is_some() {
                return;
            }
        }
    });
}

/// The acknowledgement of a frame.
pub fn acknowledged(sim: &Sim, id: &str) -> Option<Value> {
    sim.state().acks.iter().find(|ack| ack["headers"]["messageId"] == id).cloned()
}

#[allow(clippy::disallowed_methods, reason = "the platform has a clock of its own")]
fn clock() -> Instant {
    Instant::now()
}
