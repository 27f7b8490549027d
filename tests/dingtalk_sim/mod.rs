//! A DingTalk of one's own: both API hosts at one address, the Stream gateway, an organisation, and faults on command.
//!
//! It answers in the platform's shapes, also where it refuses; what it is told and asked is under `/sim/`. The shapes are
//! from the official pages that `src/dingtalk` and `src/backend/dingtalk` name, and the official SDKs run against it.

#![allow(dead_code, reason = "each test uses a part of it")]
#![allow(unreachable_pub, reason = "it is shared by tests and a program, and no library")]
#![allow(clippy::unwrap_used, reason = "a simulator stops where something is not as it must be")]

mod answers;
mod approvals;
mod cards;
mod contacts;
mod control;
mod faults;
mod gateway;
mod http;
mod leaving;
mod organisation;
mod robot;
mod state;

use std::sync::Arc;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State as Shared};
use axum::response::Response;
use axum::routing::{any, get};
use serde_json::Value;
use tokio::net::TcpListener;

#[allow(unused_imports, reason = "for tests of the HTTP mode")]
pub use http::{EVENT_AES_KEY, EVENT_TOKEN, envelope, is_success, post, sealed};
#[allow(unused_imports, reason = "for tests of custom robots")]
pub use robot::CUSTOM_SECRET;

use answers::Answer;
#[allow(unused_imports, reason = "for tests that run on a clock of their own")]
pub use state::{now, stop_clock};

use state::{Call, Sim as Inner};

/// The application that the simulator knows.
pub const CLIENT_ID: &str = "ding-usher";
/// Its secret.
pub const CLIENT_SECRET: &str = "sim-secret";
/// The organisation's CorpId.
pub const CORP_ID: &str = "dingcorp";
/// The one template of cards that is published.
pub const TEMPLATE: &str = "usher-card.schema";

/// A simulator that is running.
#[derive(Clone)]
pub struct Sim(Arc<Inner>);

impl Sim {
    /// Starts at a port of this machine, 0 for any, with the organisation of an organisation file.
    pub async fn start(port: u16, organisation: &Value) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", port)).await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let inner = Arc::new(Inner::new(address, organisation));
        let router = Router::new()
            .route("/connect", get(gateway::connect))
            .fallback(any(answer))
            .with_state(inner.clone());
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self(inner)
    }

    /// Where it is: both hosts.
    pub fn address(&self) -> String {
        self.0.address.clone()
    }

    /// Does what `/sim/…` does, without a request.
    pub async fn control(&self, path: &str, body: Value) -> Value {
        control::answer(&self.0, path, &body, "").await
    }

    /// The messages after a number, waited for.
    pub async fn control_after(&self, after: u64) -> Value {
        control::answer(&self.0, "sent", &Value::Null, &format!("after={after}&wait_ms=1000")).await
    }
}

/// Answers any request but that for a connection.
async fn answer(Shared(sim): Shared<Arc<Inner>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let bytes = to_bytes(body, 64 << 20).await.unwrap_or_default();
    let path = parts.uri.path().to_owned();
    let query = parts.uri.query().unwrap_or_default().to_owned();
    let body: Value = serde_json::from_slice(&bytes).unwrap_or_else(|_| answers::form(&bytes));
    if let Some(control) = path.strip_prefix("/sim/") {
        return Answer::ok(control::answer(&sim, control, &body, &query).await).into();
    }
    let call = Call { method: parts.method, path, query, headers: parts.headers, body, bytes };
    faults::between(&sim, call).await
}

/// What the platform answers when nothing goes wrong.
pub(crate) async fn platform(sim: &Arc<Inner>, call: &Call) -> Answer {
    sim.note_call(call);
    if let Some(answer) = gateway::answer(sim, call) {
        return answer;
    }
    if let Some(answer) = robot::without_token(sim, call) {
        return answer;
    }
    if let Some(refusal) = gateway::token_refusal(sim, call) {
        return refusal;
    }
    if let Some(refusal) = sim.permission_refusal(call) {
        return refusal;
    }
    contacts::answer(sim, call)
        .or_else(|| leaving::answer(sim, call))
        .or_else(|| approvals::answer(sim, call))
        .or_else(|| robot::answer(sim, call))
        .or_else(|| cards::answer(sim, call))
        .unwrap_or_else(|| match call.is_new() {
            // An unknown path is answered with 200 by the new host, too.
            true => Answer::ok(serde_json::json!({"errcode": 404, "errmsg": "请求的URI地址不存在"})),
            false => Answer::old(22, "unknown path"),
        })
}

/// An answer that is cut off: the connection breaks before its end.
pub(crate) fn cut_off() -> Response {
    let broken: Result<Vec<u8>, std::io::Error> = Err(std::io::Error::other("cut off"));
    Response::new(Body::from_stream(futures_util::stream::iter([broken])))
}
