//! The HTTP mode: DingTalk posts each robot message to an address of ours, signed, instead of over a Stream connection.
//!
//! Source: receive-message. The signature covers the time alone and not the body, so it is taken for a short while, and
//! for one body only; a message that comes again is known by its `msgId`.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use serde_json::Value;
use sha2::{Digest, Sha256};
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use zeroize::Zeroizing;

use super::Incoming;
use super::message::{self, Received};
use super::stream::Settled;
use super::webhooks::Webhooks;
use crate::dingtalk::is_signed;
use crate::domain::{Span, Timestamp};

/// For how long a signature is taken; the platform itself allows an hour.
const WINDOW: Span = Span::from_mins(10);
/// How long a message may take to be durable; after that the platform is told to come again.
const PATIENCE: Duration = Duration::from_secs(5);
/// The answer that says nothing in the chat (robot-message-type).
const NOTHING: &str = "{\"msgtype\":\"empty\"}";

/// What listens for DingTalk's requests.
pub struct Door {
    /// The application's secret.
    pub client_secret: Zeroizing<String>,
    /// Our organisation.
    pub corp_id: String,
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
}

/// The signed times that are still good, each with the digest of the body that came with it.
#[derive(Debug, Default)]
pub struct Taken(Mutex<BTreeMap<i64, [u8; 32]>>);

impl Taken {
    /// Whether nobody has used the signature of this time for another body.
    fn is_first(&self, millis: i64, body: &str, now: Timestamp) -> bool {
        let digest: [u8; 32] = Sha256::digest(body).into();
        let mut taken = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // What is older is turned away for its age.
        *taken = taken.split_off(&(now.as_millis() - WINDOW.as_millis()));
        *taken.entry(millis).or_insert(digest) == digest
    }
}

impl Door {
    /// Listens at `/robot` until whoever handles what comes in is gone.
    ///
    /// # Errors
    /// When the machine refuses to listen.
    pub async fn listen(self, listener: TcpListener) -> std::io::Result<()> {
        let hear = self.hear.clone();
        let router = Router::new().route("/robot", post(take)).with_state(Arc::new(self));
        axum::serve(listener, router).with_graceful_shutdown(async move { hear.closed().await }).await
    }

    fn is_genuine(&self, headers: &HeaderMap, body: &str) -> bool {
        let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
        let (Some(time), Some(sign)) = (text("timestamp"), text("sign")) else {
            return false;
        };
        let Ok(millis) = time.parse() else { return false };
        let now = (self.now)();
        let age = now - Timestamp::from_millis(millis);
        let is_fresh = age.as_millis().unsigned_abs() <= WINDOW.as_millis().unsigned_abs();
        is_fresh && is_signed(millis, &self.client_secret, sign) && self.taken.is_first(millis, body, now)
    }
}

async fn take(State(door): State<Arc<Door>>, headers: HeaderMap, body: String) -> (StatusCode, &'static str) {
    if !door.is_genuine(&headers, &body) {
        tracing::warn!("a request that is not DingTalk's was turned away");
        return (StatusCode::UNAUTHORIZED, "");
    }
    let data: Value = serde_json::from_str(&body).unwrap_or_default();
    match message::read(&data, &door.corp_id, (door.now)()) {
        Received::Said(heard, webhook) => {
            if let Some(webhook) = webhook {
                door.webhooks.keep(heard.id.clone(), webhook);
            }
            let durable = door.settled.wait(&heard.id);
            if door.hear.send(Incoming::Heard(*heard)).await.is_err() {
                return (StatusCode::SERVICE_UNAVAILABLE, "");
            }
            match tokio::time::timeout(PATIENCE, durable).await {
                Ok(Ok(())) => (StatusCode::OK, NOTHING),
                _ => (StatusCode::SERVICE_UNAVAILABLE, ""),
            }
        }
        Received::QuotaSpent => {
            tracing::error!("the organisation's DingTalk messages of this month are used up");
            (StatusCode::OK, NOTHING)
        }
        Received::Unusable => (StatusCode::OK, NOTHING),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use axum::extract::State;
    use axum::http::{HeaderMap, StatusCode};
    use serde_json::json;
    use tokio::sync::mpsc;
    use zeroize::Zeroizing;

    use super::{Door, Incoming, Taken, WINDOW, take};
    use crate::adapter::dingtalk::{Settled, Webhooks};
    use crate::dingtalk::signature;
    use crate::domain::Timestamp;

    fn door() -> (Arc<Door>, mpsc::Receiver<Incoming>, Settled) {
        let (hear, heard) = mpsc::channel(4);
        let settled = Settled::default();
        let door = Door {
            client_secret: Zeroizing::new("s".to_owned()),
            corp_id: "corp".to_owned(),
            webhooks: Arc::new(Webhooks::default()),
            hear,
            settled: settled.clone(),
            now: || Timestamp::from_millis(1_000_000),
            taken: Taken::default(),
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
        assert!(taken.is_first(1_000_000, "a", now) && taken.is_first(1_000_000, "a", now));
        assert!(!taken.is_first(1_000_000, "b", now));
        assert!(taken.is_first(1_000_001, "b", now));
        assert!(taken.is_first(1_500_000, "c", now + WINDOW + WINDOW));
        assert_eq!(taken.0.lock().unwrap().len(), 1, "what is too old is forgotten");
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
