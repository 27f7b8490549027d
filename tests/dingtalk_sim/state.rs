//! What the simulator knows, and who is connected to it.

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use axum::http::{HeaderMap, Method};
use serde_json::{Value, json};
use tokio::sync::mpsc;

use super::answers::Answer;
use super::faults::Fault;
use super::organisation::Organisation;

/// A request to the platform.
pub struct Call {
    pub method: Method,
    pub path: String,
    pub query: String,
    pub headers: HeaderMap,
    pub body: Value,
    pub bytes: axum::body::Bytes,
}

impl Call {
    /// Whether it is for the new host.
    pub fn is_new(&self) -> bool {
        self.path.starts_with("/v1.0/") || self.path.starts_with("/v2.0/")
    }

    /// A field of the body as text, also a number.
    pub fn text(&self, name: &str) -> String {
        match &self.body[name] {
            Value::String(text) => text.clone(),
            Value::Number(number) => number.to_string(),
            _ => String::new(),
        }
    }

    /// A field of the body as a number, also as text.
    pub fn number(&self, name: &str) -> Option<i64> {
        self.text(name).parse().ok()
    }

    /// A key of the query.
    pub fn asked(&self, key: &str) -> Option<String> {
        super::answers::query(&self.query, key)
    }
}

/// What a connection is told to do.
pub enum Order {
    Kill,
    Say(String),
}

/// A connection.
pub struct Socket {
    pub id: u64,
    pub orders: mpsc::UnboundedSender<Order>,
    /// Whether the server still sends over it.
    pub is_open: bool,
}

/// Where a session's answers go, and until when.
#[derive(Clone)]
pub struct Session {
    pub conversation: Option<String>,
    pub person: Option<String>,
    pub until: i64,
}

/// Everything that changes.
pub struct State {
    pub organisation: Organisation,
    pub tokens: BTreeSet<String>,
    pub tickets: BTreeMap<String, Instant>,
    pub sockets: Vec<Socket>,
    pub refuses_connections: bool,
    /// Whether whoever connects is never answered, and how many were not.
    pub leaves_waiting: bool,
    pub left_waiting: u64,
    pub acks: Vec<Value>,
    /// Whether acknowledgements are lost on their way.
    pub loses_acks: bool,
    pub calls: Vec<Value>,
    pub sent: Vec<Value>,
    pub recalled: BTreeSet<String>,
    pub said: BTreeMap<String, Value>,
    pub sessions: BTreeMap<String, Session>,
    pub cards: BTreeMap<String, Value>,
    /// What of a card's texts is another for somebody, by card and person.
    pub private: BTreeMap<(String, String), Value>,
    /// Which card was pressed by whom, by the frame that tells of it.
    pub presses: BTreeMap<String, (String, String)>,
    /// The route of each card whose presses are posted, and where each route leads, with its secret.
    pub routed: BTreeMap<String, String>,
    pub routes: BTreeMap<String, (String, String)>,
    /// Where everything is posted, instead of sent over a connection.
    pub http: Option<String>,
    /// When something was signed last.
    pub signed: i64,
    pub custom: BTreeMap<String, Vec<i64>>,
    pub uuids: BTreeSet<String>,
    pub faults: Vec<Fault>,
    /// Whether no call is taken but the one that opens a connection.
    pub is_down: bool,
    /// Permission points that the application lacks.
    pub missing: BTreeSet<String>,
    pub webhook_lifetime_ms: i64,
    pub event_retry_ms: u64,
    /// After how long a connection is closed to which nothing more is sent.
    pub grace_ms: u64,
    pub has_hr: bool,
    counter: u64,
}

/// The simulator.
pub struct Sim {
    pub address: String,
    state: Mutex<State>,
}

impl Sim {
    pub fn new(address: String, organisation: &Value) -> Self {
        let state = State {
            organisation: Organisation::of(organisation),
            tokens: BTreeSet::new(),
            tickets: BTreeMap::new(),
            sockets: Vec::new(),
            refuses_connections: false,
            leaves_waiting: false,
            left_waiting: 0,
            acks: Vec::new(),
            loses_acks: false,
            calls: Vec::new(),
            sent: Vec::new(),
            recalled: BTreeSet::new(),
            said: BTreeMap::new(),
            sessions: BTreeMap::new(),
            cards: BTreeMap::new(),
            private: BTreeMap::new(),
            presses: BTreeMap::new(),
            routed: BTreeMap::new(),
            routes: BTreeMap::new(),
            http: None,
            signed: 0,
            custom: BTreeMap::new(),
            uuids: BTreeSet::new(),
            faults: Vec::new(),
            is_down: false,
            missing: BTreeSet::new(),
            webhook_lifetime_ms: 5_400_000,
            event_retry_ms: 10_000,
            grace_ms: 10_000,
            has_hr: false,
            counter: 0,
        };
        Self { address, state: Mutex::new(state) }
    }

    pub fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn note_call(&self, call: &Call) {
        let note = json!({"path": call.path, "query": call.query, "body": call.body});
        self.state().calls.push(note);
    }

    /// The refusal of a call for which the application has no permission.
    pub fn permission_refusal(&self, call: &Call) -> Option<Answer> {
        let point = match call.path.as_str() {
            path if path.starts_with("/v1.0/card/") => "Card.Instance.Write",
            path if path.starts_with("/v1.0/robot/") => "qyapi_robot_sendmsg",
            path if path.starts_with("/v1.0/hrm/") => "Hrm.Process.ReadWrite",
            "/v1.0/workflow/processes/userVisibilities/templates" => "Workflow.Form.Read",
            "/v1.0/workflow/processInstances/terminate"
            | "/v1.0/workflow/processInstances/comments"
            | "/v1.0/workflow/tasks/redirect" => "Workflow.Instance.Write",
            path if path.starts_with("/v1.0/workflow/") => "Workflow.Instance.Read",
            "/topapi/v2/user/delete" | "/topapi/v2/department/update" => "qyapi_manage_addresslist",
            "/topapi/v2/user/get" | "/topapi/user/listadmin" | "/topapi/user/get_admin_scope" => {
                "qyapi_get_member"
            }
            "/topapi/v2/user/list" | "/topapi/user/listsimple" => "qyapi_get_department_member",
            path if path.starts_with("/topapi/v2/department/") => "qyapi_get_department_list",
            _ => return None,
        };
        if !self.state().missing.contains(point) {
            return None;
        }
        Some(match call.is_new() {
            true => {
                let code = "Forbidden.AccessDenied.AccessTokenPermissionDenied";
                let mut answer = Answer::new(403, code, "应用尚未开通所需的权限");
                answer.body["accessdenieddetail"] = json!({"requiredScopes": [point]});
                answer
            }
            false => Answer::gateway("60011", &format!("没有调用该接口的权限 {point}")),
        })
    }
}

impl State {
    /// A number that was not given before.
    pub fn next(&mut self) -> u64 {
        self.counter += 1;
        self.counter
    }

    /// Notes a message that somebody can read; gives its key.
    pub fn post(&mut self, via: &str, to: (Option<&str>, Option<&str>), title: &str, text: &str) -> String {
        let seq = self.sent.len() + 1;
        let key = format!("pqk-{seq}");
        self.sent.push(json!({
            "seq": seq, "via": via, "conversation": to.0, "person": to.1, "title": title, "text": text, "key": key,
        }));
        key
    }
}

thread_local! {
    static STOPPED: Cell<Option<i64>> = const { Cell::new(None) };
}

/// Stops the clock of this thread's platforms at this time.
pub fn stop_clock(at: i64) {
    STOPPED.set(Some(at));
}

/// The time, in milliseconds since the epoch.
pub fn now() -> i64 {
    #[allow(clippy::disallowed_methods, reason = "the platform has a clock of its own")]
    let since = || std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    STOPPED.get().unwrap_or_else(|| i64::try_from(since().as_millis()).unwrap())
}
