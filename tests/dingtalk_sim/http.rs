//! The HTTP mode: what else comes over a Stream connection is posted, signed and, of events, sealed.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use usher::dingtalk::{Envelope, card_signature, signature};

use super::control::MESSAGES;
use super::state::{Sim, now};
use super::{CLIENT_ID, CLIENT_SECRET, CORP_ID, cards};

/// What the console made for events.
pub const EVENT_AES_KEY: &str = "aB3dEfGh1jKlMnOpQrStUvWxYz0123456789ABCDEFG";
/// And what somebody wrote beside it.
pub const EVENT_TOKEN: &str = "simtoken";
/// So long an answer is waited for.
const PATIENCE: Duration = Duration::from_millis(2_500);

/// What seals events, and opens their answers.
pub fn envelope() -> Envelope {
    Envelope::new(EVENT_AES_KEY, EVENT_TOKEN.to_owned().into()).unwrap()
}

/// An event as it is posted: the address behind the base, and the body.
pub fn sealed(envelope: &Envelope, owner: &str, time: &str, event: &Value) -> (String, Value) {
    let sealed = envelope.seal(&event.to_string(), owner, time, "nonce", [b'r'; 16]);
    let signature = sealed["msg_signature"].as_str().unwrap();
    let path = format!("/events?msg_signature={signature}&timestamp={time}&nonce=nonce");
    (path, json!({"encrypt": sealed["encrypt"]}))
}

/// Posts; gives the status and the answer.
pub async fn post(url: &str, headers: &[(&str, String)], body: &Value) -> (u16, Value) {
    // Whoever calls first chooses it for the whole process.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let http = reqwest::Client::builder().no_proxy().timeout(PATIENCE).build().unwrap();
    let request = http.post(url).header("content-type", "application/json").body(body.to_string());
    let request = headers.iter().fold(request, |request, (name, value)| request.header(*name, value));
    let Ok(answer) = request.send().await else { return (0, Value::Null) };
    let status = answer.status().as_u16();
    (status, serde_json::from_str(&answer.text().await.unwrap_or_default()).unwrap_or_default())
}

/// From now on everything is posted to this base; gives whether somebody there answers as the console wants.
pub async fn choose(sim: &Arc<Sim>, base: &str) -> Value {
    sim.state().http = Some(base.to_owned());
    json!({"check": tell(base, &json!({"EventType": "check_url"})).await})
}

/// Posts an event; gives whether the answer is a sealed `success`.
async fn tell(base: &str, event: &Value) -> bool {
    let envelope = envelope();
    let (path, body) = sealed(&envelope, CLIENT_ID, &now().to_string(), event);
    let (_, answer) = post(&format!("{base}{path}"), &[], &body).await;
    is_success(&envelope, &answer)
}

/// Whether an answer to an event is what makes the platform content.
pub fn is_success(envelope: &Envelope, answer: &Value) -> bool {
    let field = |name: &str| answer[name].as_str().unwrap_or_default().to_owned();
    let opened =
        envelope.open(&field("msg_signature"), &field("timeStamp"), &field("nonce"), &field("encrypt"));
    opened.is_ok_and(|opened| opened.text == "success" && opened.owner == CLIENT_ID)
}

/// Posts a message or an event to the base; gives its id, which is acknowledged when the answer is good.
pub fn push(sim: &Arc<Sim>, base: String, headers: &Value, data: &Value) -> String {
    let (id, time) = stamp(sim);
    let (sim, given, headers, data) = (sim.clone(), id.clone(), headers.clone(), data.clone());
    tokio::spawn(async move {
        let is_taken = match headers["topic"].as_str() {
            Some(MESSAGES) => {
                let signed = [("timestamp", time.to_string()), ("sign", signature(time, CLIENT_SECRET))];
                post(&format!("{base}/robot"), &signed, &data).await.0 == 200
            }
            _ => {
                let mut event = json!({
                    "EventType": headers["eventType"], "EventTime": time, "CorpId": CORP_ID,
                    "BizId": time.to_string(), "eventId": headers["eventId"],
                });
                event.as_object_mut().unwrap().extend(data.as_object().unwrap().clone());
                tell(&base, &event).await
            }
        };
        acknowledge(&sim, &id, is_taken);
    });
    given
}

/// Posts a press by the route that was registered for the card.
pub fn press(
    sim: &Arc<Sim>,
    (url, secret): (String, String),
    data: &Value,
    pressed: (String, String),
) -> String {
    let (id, time) = stamp(sim);
    let (sim, given, data) = (sim.clone(), id.clone(), data.clone());
    tokio::spawn(async move {
        let time = time.to_string();
        let sign = card_signature(&time, &secret);
        let signed = [("x-ddpaas-signature-timestamp", time), ("x-ddpaas-signature", sign)];
        let (status, answer) = post(&url, &signed, &data).await;
        cards::answered(&mut sim.state(), &pressed, &answer);
        acknowledge(&sim, &id, status == 200 && answer.is_object());
    });
    given
}

fn acknowledge(sim: &Sim, id: &str, is_taken: bool) {
    if is_taken {
        sim.state().acks.push(json!({"code": 200, "headers": {"messageId": id}}));
    }
}

/// An id, and a time at which nothing else is signed.
fn stamp(sim: &Sim) -> (String, i64) {
    let mut state = sim.state();
    state.signed = now().max(state.signed + 1);
    (format!("post-{}", state.next()), state.signed)
}
