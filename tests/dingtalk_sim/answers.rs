//! The shapes of answers: the new host's, the old host's, and the old gateway's own.

use axum::body::Body;
use axum::http::StatusCode;
use axum::response::Response;
use serde_json::{Value, json};

/// An answer: its status and its JSON.
#[derive(Clone, Debug)]
pub struct Answer {
    pub status: u16,
    pub body: Value,
}

impl Answer {
    /// Success, whatever the body is.
    pub fn ok(body: Value) -> Self {
        Self { status: 200, body }
    }

    /// The old host's success with its result.
    pub fn done(result: Value) -> Self {
        Self::ok(json!({"errcode": 0, "errmsg": "ok", "result": result, "request_id": "r-1"}))
    }

    /// The old host's refusal.
    pub fn old(code: i64, message: &str) -> Self {
        Self::ok(json!({"errcode": code, "errmsg": message, "request_id": "r-1"}))
    }

    /// The old gateway's refusal, wrapped.
    pub fn gateway(code: &str, message: &str) -> Self {
        let wrapped = format!("ding talk error[subcode={code},submsg={message}]");
        Self::ok(json!({
            "errcode": 88, "sub_code": code, "sub_msg": message, "errmsg": wrapped, "request_id": "r-1",
        }))
    }

    /// The new host's refusal: exactly these three keys.
    pub fn new(status: u16, code: &str, message: &str) -> Self {
        Self { status, body: json!({"code": code, "requestid": "R-1", "message": message}) }
    }
}

impl From<Answer> for Response {
    fn from(answer: Answer) -> Self {
        let mut response = Self::new(Body::from(answer.body.to_string()));
        *response.status_mut() = StatusCode::from_u16(answer.status).unwrap();
        let json = "application/json; charset=utf-8".parse().unwrap();
        response.headers_mut().insert("content-type", json);
        response
    }
}

/// A form's fields as JSON texts.
pub fn form(bytes: &[u8]) -> Value {
    let text = String::from_utf8_lossy(bytes);
    let fields = text.split('&').filter_map(|field| field.split_once('='));
    fields.map(|(name, value)| (name.to_owned(), Value::String(decoded(value)))).collect()
}

/// The value of a query's key.
pub fn query(query: &str, key: &str) -> Option<String> {
    let mut fields = query.split('&').filter_map(|field| field.split_once('='));
    fields.find(|(name, _)| *name == key).map(|(_, value)| decoded(value))
}

/// A percent-encoded text.
fn decoded(text: &str) -> String {
    let bytes = text.as_bytes();
    let (mut plain, mut at) = (Vec::new(), 0);
    while at < bytes.len() {
        let hex = bytes.get(at + 1..at + 3).and_then(|hex| std::str::from_utf8(hex).ok());
        match (bytes[at], hex.and_then(|hex| u8::from_str_radix(hex, 16).ok())) {
            (b'%', Some(byte)) => {
                plain.push(byte);
                at += 3;
            }
            (b'+', _) => {
                plain.push(b' ');
                at += 1;
            }
            (byte, _) => {
                plain.push(byte);
                at += 1;
            }
        }
    }
    String::from_utf8_lossy(&plain).into_owned()
}
