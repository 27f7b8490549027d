//! A message's fields as JSON: the form that the outbox keeps and adapters read.

use serde_json::{Map, Value, json};

use crate::domain::{Blocker, Code, Content, Target};

/// The fields besides `kind` and `text`, in the contract's order; instants in the zone given.
pub(super) fn fields(content: &Content, zone: &str) -> Map<String, Value> {
    let value = match content {
        Content::Answer { topic } => json!({ "topic": topic }),
        Content::Blocked { operation, target, blockers } => {
            let blockers: Vec<_> = blockers.iter().map(blocker).collect();
            json!({ "operation": operation, "target": target.as_str(), "blockers": blockers })
        }
        Content::Cancelled { operation, code, target }
        | Content::Done { operation, code, target }
        | Content::Expired { operation, code, target } => ended(operation, code, target),
        Content::Choose { candidates } => {
            let ids: Vec<_> = candidates.iter().map(|id| id.as_str()).collect();
            json!({ "candidates": ids })
        }
        Content::ConfirmRequest { operation, code, target, irreversible, effects, expires_at } => json!({
            "operation": operation,
            "code": code.as_str(),
            "target": target.as_str(),
            "irreversible": irreversible,
            "effects": effects,
            "expires_at": expires_at.rfc3339(zone),
        }),
        Content::Denied { reason, ended: None } => json!({ "reason": reason }),
        Content::Denied { reason, ended: Some((operation, code)) } => {
            json!({ "reason": reason, "operation": operation, "code": code.as_str() })
        }
        Content::Failed { operation, code, target, error } => {
            let mut value = ended(operation, code, target);
            value["error"] = json!(error);
            value
        }
        Content::Notice { topic, target, operation, code } => {
            json!({ "topic": topic, "target": target.as_str(), "operation": operation, "code": code.as_str() })
        }
        Content::Progress { operation, code, target, step, waiting_for } => {
            let mut value = ended(operation, code, target);
            value["step"] = json!(step);
            value["waiting_for"] = json!(waiting_for);
            value
        }
        Content::Rejected { error, suggestion } => json!({ "error": error, "suggestion": suggestion }),
        Content::SecretPending { operation, code } => {
            json!({ "operation": operation, "code": code.as_str() })
        }
        Content::SecretRejected { code, tries_left } => {
            json!({ "code": code.as_str(), "tries_left": tries_left })
        }
        Content::SecretRequest { operation, code, methods } => {
            json!({ "operation": operation, "code": code.as_str(), "methods": methods })
        }
        Content::Task { target, items } => json!({ "target": target.as_str(), "items": items }),
        Content::Warning { reason } => json!({ "reason": reason }),
    };
    match value {
        Value::Object(map) => map,
        _ => unreachable!("every kind's fields are an object"),
    }
}

fn ended(operation: &str, code: &Code, target: &Target) -> Value {
    json!({ "operation": operation, "code": code.as_str(), "target": target.as_str() })
}

fn blocker(blocker: &Blocker) -> Value {
    json!({ "blocker": blocker.blocker, "fix": blocker.fix })
}
