//! Faults on command: what is lost, late, refused or repeated between a caller and the platform.

use std::sync::Arc;
use std::time::Duration;

use axum::response::Response;
use serde_json::Value;

use super::answers::Answer;
use super::state::{Call, Sim};
use super::{cut_off, platform};

/// What befalls the next calls of a path.
#[derive(Clone, Debug)]
pub struct Fault {
    pub path: String,
    pub kind: String,
    pub times: i64,
    pub delay: Duration,
    pub status: u16,
    pub body: Value,
}

impl Fault {
    pub fn read(body: &Value) -> Self {
        let number = |name: &str, usual: u64| body[name].as_u64().unwrap_or(usual);
        Self {
            path: body["path"].as_str().unwrap_or_default().to_owned(),
            kind: body["kind"].as_str().unwrap_or_default().to_owned(),
            times: i64::try_from(number("times", 1)).unwrap(),
            delay: Duration::from_millis(number("delay_ms", 100)),
            status: u16::try_from(number("status", 500)).unwrap(),
            body: body["body"].clone(),
        }
    }
}

/// Lets a call through, or what befalls it.
pub async fn between(sim: &Arc<Sim>, call: Call) -> Response {
    let is_gateway = call.path.starts_with("/v1.0/gateway/");
    if sim.state().is_down && !is_gateway {
        return Answer { status: 503, body: Value::Null }.into();
    }
    let Some(fault) = take(sim, &call.path) else {
        return platform(sim, &call).await.into();
    };
    match fault.kind.as_str() {
        // The work is done, and the answer lost.
        "lose_answer" => {
            platform(sim, &call).await;
            cut_off()
        }
        // Nothing is done, and there is no answer.
        "drop" => cut_off(),
        "delay" => {
            tokio::time::sleep(fault.delay).await;
            platform(sim, &call).await.into()
        }
        "expired_token" => {
            sim.state().tokens.clear();
            platform(sim, &call).await.into()
        }
        "timeout_after" => {
            platform(sim, &call).await;
            let mut answer: Response = Answer { status: 504, body: Value::Null }.into();
            *answer.body_mut() = "<html>gateway timeout</html>".into();
            answer
        }
        "quota" => match call.is_new() {
            true => Answer::new(403, "Forbidden.AccessDenied.ApiCountLimitForOrg", "quota").into(),
            false => Answer::gateway("90020", "quota").into(),
        },
        "too_fast" => match call.is_new() {
            true => Answer::new(403, "Forbidden.AccessDenied.QpsLimitForAppkeyAndApi", "too fast").into(),
            false => Answer::gateway("90018", "too fast").into(),
        },
        _ => Answer { status: fault.status, body: fault.body }.into(),
    }
}

fn take(sim: &Sim, path: &str) -> Option<Fault> {
    let mut state = sim.state();
    let at = state.faults.iter().position(|fault| fault.path == path)?;
    state.faults[at].times -= 1;
    let fault = state.faults[at].clone();
    if fault.times <= 0 {
        state.faults.remove(at);
    }
    Some(fault)
}
