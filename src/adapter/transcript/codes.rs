//! The code that a message asks for: what `{code}` in a later line stands for.

use serde_json::Value;

use crate::domain::Delivery;

/// The code that the message asks for; `None` when it asks for none.
pub fn asked_code(delivery: &Delivery) -> Option<String> {
    if !matches!(delivery.kind.as_str(), "confirm_request" | "secret_request") {
        return None;
    }
    let fields: Value = serde_json::from_str(&delivery.fields).ok()?;
    fields["code"].as_str().map(str::to_owned)
}
