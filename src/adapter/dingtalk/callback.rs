//! The HTTP mode: DingTalk posts to addresses of ours what else comes over a Stream connection.
//!
//! Sources: receive-message (`/robot`), event-callback-card (`/card`), develop-stream-mode-push-server (`/events`). The
//! signature of a message or a press covers the time alone and not the body, so it is taken for a short while, and for
//! one body only; what comes again is known by its id. An event's covers all of it.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::extract::{DefaultBodyLimit, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use axum::{Json, Router};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio::time::timeout;
use zeroize::Zeroizing;

use super::card::Press;
use super::message::{self, Received};
use super::stream::Settled;
use super::webhooks::Webhooks;
use super::{CARD_PATIENCE, Incoming, LARGEST, MESSAGE_PATIENCE, card};
use crate::dingtalk::{Envelope, Happening, card_secret, is_card_signed, is_signed, text};
use crate::domain::{Heard, Span, Timestamp};

/// For how long a signature is taken; the platform itself allows an hour.
const WINDOW: Span = Span::from_mins(10);
/// No time in milliseconds is that early, and none in seconds that late.
const EARLIEST_MILLIS: i64 = 100_000_000_000;

/// What listens for DingTalk's requests.
pub struct Door {
    /// The application.
    pub client_id: String,
    /// The application's secret.
    pub client_secret: Zeroizing<String>,
    /// Our organisation.
    pub corp_id: String,
    /// What opens events; without it none are taken.
    pub envelope: Option<Envelope>,
    /// Where the addresses of sessions are kept for the answers.
    pub webhooks: Arc<Webhooks>,
    /// Who handles what comes in.
    pub hear: mpsc::Sender<Incoming>,
    /// What is durable.
    pub settled: Settled,
    /// The time.
    pub now: fn() -> Timestamp,
    /// Which signatures were taken.
    pub taken: Taken,
    /// Random numbers, for what is sealed.
    pub chance: Mutex<Box<dyn FnMut() -> u64 + Send>>,
}

/// The signatures that are still good, by their time, each with the digest of the body that came with it.
#[derive(Debug, Default)]
pub struct Taken(Mutex<BTreeMap<(Timestamp, String), [u8; 32]>>);

/// How a signature was used before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Used {
    Never,
    ForThis,
    ForAnother,
}

impl Taken {
    /// Takes the signature of this time for this body; gives how it was used before.
    fn take(&self, at: Timestamp, signature: &str, body: &str, now: Timestamp) -> Used {
        let digest: [u8; 32] = Sha256::digest(body).into();
        let mut taken = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // What is older is turned away for its age.
        *taken = taken.split_off(&(now - WINDOW, String::new()));
        match taken.get(&(at, signature.to_owned())) {
            None => {
                taken.insert((at, signature.to_owned()), digest);
                Used::Never
            }
            Some(known) if *known == digest => Used::ForThis,
            Some(_) => Used::ForAnother,
        }
    }
}

impl Door {
    /// Listens at `/robot`, `/card` and `/events` until whoever handles what comes in is gone.
    ///
    /// # Errors
    /// When the machine refuses to listen.
    pub async fn listen(self, listener: TcpListener) -> std::io::Result<()> {
        let hear = self.hear.clone();
        let router = Router::new()
            .route("/robot", post(message))
            .route("/card", post(press))
            .route("/events", post(event))
            .layer(DefaultBodyLimit::max(LARGEST))
            .with_state(Arc::new(self));
        axum::serve(listener, router).with_graceful_shutdown(async move { hear.closed().await }).await
    }

    fn is_fresh(&self, at: Timestamp) -> bool {
        ((self.now)() - at).as_millis().unsigned_abs() <= WINDOW.as_millis().unsigned_abs()
    }

    /// Whether a body came with a signature that is good now, and was used for no other one.
    fn is_first(&self, at: Timestamp, signature: &str, body: &str) -> bool {
        self.is_fresh(at) && self.taken.take(at, signature, body, (self.now)()) != Used::ForAnother
    }

    fn random(&self) -> [u8; 16] {
        let mut chance = self.chance.lock().unwrap_or_else(PoisonError::into_inner);
        (u128::from(chance()) << 64 | u128::from(chance())).to_be_bytes()
    }

    /// Hands on what somebody said; gives whether it is durable in time.
    async fn keeps(&self, heard: Heard, patience: Duration) -> bool {
        let durable = self.settled.wait(&heard.id);
        self.hear.send(Incoming::Heard(heard)).await.is_ok()
            && matches!(timeout(patience, durable).await, Ok(Ok(())))
    }

    fn is_message(&self, headers: &HeaderMap, body: &str) -> bool {
        let (Some(time), Some(sign)) = (header(headers, "timestamp"), header(headers, "sign")) else {
            return false;
        };
        let Ok(millis) = time.parse() else { return false };
        is_signed(millis, &self.client_secret, sign)
            && self.is_first(Timestamp::from_millis(millis), sign, body)
    }

    fn is_press(&self, headers: &HeaderMap, body: &str) -> bool {
        let of = |name: &str| header(headers, name);
        let (Some(time), Some(sign)) = (of("x-ddpaas-signature-timestamp"), of("x-ddpaas-signature")) else {
            return false;
        };
        is_card_signed(time, &card_secret(&self.client_secret), sign)
            && read_time(time).is_some_and(|at| self.is_first(at, sign, body))
    }
}

/// What a request is answered with.
type Reply = (StatusCode, Json<Value>);

fn refuse() -> Reply {
    tracing::warn!("a request that is not DingTalk's was turned away");
    (StatusCode::UNAUTHORIZED, Json(Value::Null))
}

/// The platform may come again.
fn later() -> Reply {
    (StatusCode::SERVICE_UNAVAILABLE, Json(Value::Null))
}

/// Somebody said something to the robot. The answer says nothing in the chat (robot-message-type).
async fn message(State(door): State<Arc<Door>>, headers: HeaderMap, body: String) -> Reply {
    if !door.is_message(&headers, &body) {
        return refuse();
    }
    let taken = (StatusCode::OK, Json(json!({"msgtype": "empty"})));
    let data: Value = serde_json::from_str(&body).unwrap_or_default();
    match message::read(&data, &door.corp_id, (door.now)()) {
        Received::Said(heard, webhook) => {
            if let Some(webhook) = webhook {
                door.webhooks.keep(heard.id.clone(), webhook);
            }
            if door.keeps(*heard, MESSAGE_PATIENCE).await { taken } else { later() }
        }
        Received::QuotaSpent => {
            tracing::error!("the organisation's DingTalk messages of this month are used up");
            taken
        }
        Received::Unusable => taken,
    }
}

/// Somebody pressed a button of a card.
async fn press(State(door): State<Arc<Door>>, headers: HeaderMap, body: String) -> Reply {
    if !door.is_press(&headers, &body) {
        return refuse();
    }
    let data: Value = serde_json::from_str(&body).unwrap_or_default();
    // Whoever pressed sees a failure when nothing comes in time, and presses again: that is the same press.
    let Some(Press { heard, answer }) = card::pressed(&data, &door.corp_id, (door.now)()) else {
        return (StatusCode::OK, Json(json!({})));
    };
    if door.keeps(heard, CARD_PATIENCE).await { (StatusCode::OK, Json(answer)) } else { later() }
}

/// Something happened in the organisation, or the console asks whether anybody is there. Any answer but a sealed
/// `success` makes the platform come again, twice.
async fn event(
    State(door): State<Arc<Door>>,
    Query(query): Query<BTreeMap<String, String>>,
    body: String,
) -> Reply {
    let Some(envelope) = &door.envelope else {
        return (StatusCode::NOT_FOUND, Json(Value::Null));
    };
    let asked = |key: &str| query.get(key).map_or("", String::as_str);
    let (time, nonce) = (asked("timestamp"), asked("nonce"));
    // An older page calls it otherwise.
    let signature = Some(asked("msg_signature")).filter(|s| !s.is_empty()).unwrap_or(asked("signature"));
    let body: Value = serde_json::from_str(&body).unwrap_or_default();
    let sealed = body["encrypt"].as_str().unwrap_or_default();
    let opened = match envelope.open(signature, time, nonce, sealed) {
        Ok(opened) => opened,
        Err(why) => {
            tracing::warn!(%why, "an event was turned away");
            return (StatusCode::UNAUTHORIZED, Json(Value::Null));
        }
    };
    let Some(at) = read_time(time).filter(|at| door.is_fresh(*at)) else { return refuse() };
    // Events chosen in the console are for the application, those chosen by a call for the organisation.
    if opened.owner != door.client_id && opened.owner != door.corp_id {
        return refuse();
    }
    let data: Value = serde_json::from_str(&opened.text).unwrap_or_default();
    let is_ours = text(&data["CorpId"]).is_none_or(|corp| corp == door.corp_id);
    let is_new = door.taken.take(at, signature, sealed, (door.now)()) == Used::Never;
    let kind = data["EventType"].as_str().unwrap_or_default();
    if is_ours
        && is_new
        && let Some(happening) = Happening::read(kind, &data)
        && door.hear.send(Incoming::Happened(happening)).await.is_err()
    {
        return later();
    }
    (StatusCode::OK, Json(envelope.seal("success", &opened.owner, time, nonce, door.random())))
}

fn header<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

/// A time since the epoch: the pages have it in seconds and in milliseconds.
fn read_time(text: &str) -> Option<Timestamp> {
    let number: i64 = text.parse().ok()?;
    let millis = if number < EARLIEST_MILLIS { number.checked_mul(1_000)? } else { number };
    Some(Timestamp::from_millis(millis))
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use axum::extract::State;
    use axum::http::{HeaderMap, StatusCode};
    use serde_json::json;
    use tokio::sync::mpsc;
    use zeroize::Zeroizing;

    use super::{Door, Incoming, Taken, Used, WINDOW, message as take, read_time};
    use crate::adapter::dingtalk::{Settled, Webhooks};
    use crate::dingtalk::signature;
    use crate::domain::Timestamp;

    fn door() -> (Arc<Door>, mpsc::Receiver<Incoming>, Settled) {
        let (hear, heard) = mpsc::channel(4);
        let settled = Settled::default();
        let door = Door {
            client_id: "client".to_owned(),
            client_secret: Zeroizing::new("s".to_owned()),
            corp_id: "corp".to_owned(),
            envelope: None,
            webhooks: Arc::new(Webhooks::default()),
            hear,
            settled: settled.clone(),
            now: || Timestamp::from_millis(1_000_000),
            taken: Taken::default(),
            chance: Mutex::new(Box::new(|| 0)),
        };
        (Arc::new(door), heard, settled)
    }

    fn headers(millis: i64, secret: &str) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert("timestamp", millis.to_string().parse().unwrap());
        headers.insert("sign", signature(millis, secret).parse().unwrap());
        headers
    }

    fn message() -> String {
        json!({"msgId": "m", "conversationId": "c", "conversationType": "1", "senderStaffId": "bob",
               "msgtype": "text", "text": {"content": "/help"}})
        .to_string()
    }

    #[tokio::test]
    async fn only_what_is_signed_now_is_taken() {
        for headers in [HeaderMap::new(), headers(1_000_000, "other"), headers(1_000_000 - 600_001, "s")] {
            let (door, mut heard, _) = door();
            assert_eq!(take(State(door), headers, message()).await.0, StatusCode::UNAUTHORIZED);
            assert!(heard.try_recv().is_err());
        }
    }

    #[test]
    fn a_signature_is_good_for_one_body_while_it_is_good() {
        let (taken, now) = (Taken::default(), Timestamp::from_millis(1_000_000));
        assert_eq!(taken.take(now, "s", "a", now), Used::Never);
        assert_eq!(taken.take(now, "s", "a", now), Used::ForThis);
        assert_eq!(taken.take(now, "s", "b", now), Used::ForAnother);
        assert_eq!(taken.take(now, "t", "b", now), Used::Never);
        let later = now + WINDOW + WINDOW;
        assert_eq!(taken.take(later, "s", "c", later), Used::Never);
        assert_eq!(taken.0.lock().unwrap().len(), 1, "what is too old is forgotten");
    }

    #[test]
    fn a_time_is_read_in_seconds_and_in_milliseconds() {
        let at = Some(Timestamp::from_millis(1_783_610_513_000));
        assert_eq!((read_time("1783610513"), read_time("1783610513000")), (at, at));
        assert_eq!((read_time(""), read_time("-9223372036854775808")), (None, None));
    }

    #[tokio::test]
    async fn it_is_acknowledged_once_it_is_durable() {
        let (door, mut heard, settled) = door();
        let taking = tokio::spawn(take(State(door), headers(1_000_000, "s"), message()));
        let Some(Incoming::Heard(heard)) = heard.recv().await else { panic!("it is handed over") };
        assert!(!taking.is_finished());
        settled.note(&[heard.id]);
        assert_eq!(taking.await.unwrap().0, StatusCode::OK);
    }
}
