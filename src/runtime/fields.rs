//! A message's fields as JSON: the form that the outbox keeps and adapters read.

use serde::Serialize;
use serde_json::{Value, json};

use crate::domain::{Blocker, Code, Content, Target};

/// The text of an object with the fields besides `kind` and `text`, in the contract's order; instants in the zone given.
pub(super) fn fields(content: &Content, zone: &str) -> String {
    let fields = Fields::new();
    match content {
        Content::Answer { topic } => fields.with("topic", topic),
        Content::Blocked { operation, target, blockers } => fields
            .with("operation", operation)
            .with("target", target.as_str())
            .with("blockers", &blockers.iter().map(blocker).collect::<Vec<_>>()),
        Content::Cancelled { operation, code, target }
        | Content::Done { operation, code, target }
        | Content::Expired { operation, code, target } => fields.with_ended(operation, code, target),
        Content::Choose { candidates } => {
            let ids: Vec<_> = candidates.iter().map(|id| id.as_str()).collect();
            fields.with("candidates", &ids)
        }
        Content::ConfirmRequest { operation, code, target, irreversible, effects, expires_at } => fields
            .with_ended(operation, code, target)
            .with("irreversible", irreversible)
            .with("effects", effects)
            .with("expires_at", &expires_at.rfc3339(zone)),
        Content::Denied { reason, ended: None } => fields.with("reason", reason),
        Content::Denied { reason, ended: Some((operation, code)) } => {
            fields.with("reason", reason).with("operation", operation).with("code", code.as_str())
        }
        Content::Failed { operation, code, target, error } => {
            fields.with_ended(operation, code, target).with("error", error)
        }
        Content::Notice { topic, target, operation, code } => fields
            .with("topic", topic)
            .with("target", target.as_str())
            .with("operation", operation)
            .with("code", code.as_str()),
        Content::Progress { operation, code, target, step, waiting_for } => {
            fields.with_ended(operation, code, target).with("step", step).with("waiting_for", waiting_for)
        }
        Content::Rejected { error, suggestion } => fields.with("error", error).with("suggestion", suggestion),
        Content::SecretPending { operation, code } => {
            fields.with("operation", operation).with("code", code.as_str())
        }
        Content::SecretRejected { code, tries_left } => {
            fields.with("code", code.as_str()).with("tries_left", tries_left)
        }
        Content::SecretRequest { operation, code, methods } => {
            fields.with("operation", operation).with("code", code.as_str()).with("methods", methods)
        }
        Content::Task { target, items } => fields.with("target", target.as_str()).with("items", items),
        Content::Warning { reason } => fields.with("reason", reason),
    }
    .finish()
}

/// An object being written: there are many messages, and a tree of each would be built only to be taken down.
struct Fields(Vec<u8>);

impl Fields {
    /// With room for most messages' fields.
    fn new() -> Self {
        Self(Vec::with_capacity(256))
    }

    fn with(mut self, name: &'static str, value: &(impl Serialize + ?Sized)) -> Self {
        self.0.push(if self.0.is_empty() { b'{' } else { b',' });
        self.0.push(b'"');
        self.0.extend_from_slice(name.as_bytes());
        self.0.extend_from_slice(b"\":");
        serde_json::to_writer(&mut self.0, value).expect("words, numbers and lists of them are JSON");
        self
    }

    fn with_ended(self, operation: &str, code: &Code, target: &Target) -> Self {
        self.with("operation", operation).with("code", code.as_str()).with("target", target.as_str())
    }

    fn finish(mut self) -> String {
        self.0.push(b'}');
        String::from_utf8(self.0).expect("names and JSON are UTF-8")
    }
}

fn blocker(blocker: &Blocker) -> Value {
    json!({ "blocker": blocker.blocker, "fix": blocker.fix })
}
