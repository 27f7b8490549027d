//! Values as DingTalk writes them: numbers, booleans and lists also stand as text, and one as a list of one.

use serde_json::Value;

/// A number, also one that stands as text.
pub fn number(value: &Value) -> Option<i64> {
    match value {
        Value::Number(number) => number.as_i64(),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    }
}

/// A text that is not empty, also one that stands as a number.
pub fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()).filter(|text| !text.is_empty()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// A truth, also one that stands as text; what is absent is false.
pub fn boolean(value: &Value) -> bool {
    match value {
        Value::Bool(truth) => *truth,
        Value::String(text) => text.eq_ignore_ascii_case("true"),
        _ => false,
    }
}

/// The items of a list; one thing is a list of one, a list may stand as its JSON text, and nothing has none.
pub fn list(value: &Value) -> Vec<Value> {
    match value {
        Value::Null => Vec::new(),
        Value::Array(items) => items.clone(),
        Value::String(text) if text.trim_start().starts_with('[') => {
            serde_json::from_str(text).unwrap_or_default()
        }
        one => vec![one.clone()],
    }
}

/// The texts of a list.
pub fn texts(value: &Value) -> Vec<String> {
    list(value).iter().filter_map(text).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{boolean, list, number, texts};

    #[test]
    fn every_shape_is_read() {
        assert_eq!([json!(5), json!("5")].map(|value| number(&value)), [Some(5), Some(5)]);
        assert_eq!(number(&json!("five")), None);
        assert_eq!([json!(true), json!("true"), json!(null)].map(|v| boolean(&v)), [true, true, false]);
        assert_eq!(texts(&json!("u1")), ["u1"]);
        assert_eq!(texts(&json!(["u1", 2])), ["u1", "2"]);
        assert_eq!(texts(&json!("[\"u1\"]")), ["u1"]);
        assert!(list(&json!(null)).is_empty());
    }
}
