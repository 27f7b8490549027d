//! What an answer of either family means: done, refused, not now, or not known.

use serde_json::Value;

use super::lenient::{number, text, texts};
use crate::domain::Span;

/// How a call failed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The application's settings are wrong: nothing was done, and nothing will be before somebody mends them.
    #[error("DingTalk refuses the application: {0}")]
    Misconfigured(String),
    /// The organisation's calls of this month are used up: nothing was done.
    #[error("the organisation's DingTalk calls of this month are used up")]
    QuotaSpent,
    /// Nothing was done, and the reason will not pass by itself.
    #[error("DingTalk refuses ({code}): {message}{}", missing(scopes))]
    Refused {
        /// The platform's own word or number.
        code: String,
        /// Its explanation.
        message: String,
        /// The permission points that are missing, where it says so.
        scopes: Vec<String>,
    },
    /// Nothing was done: too many calls; how long to pause.
    #[error("DingTalk is called too often; it asks for {0}")]
    Throttled(Span),
    /// Nothing was sent.
    #[error("DingTalk can't be reached: {0}")]
    Unreachable(String),
    /// It may have been done: there was no answer, or none that says.
    #[error("DingTalk gave no clear answer: {0}")]
    Unsure(String),
}

impl Error {
    /// Whether the application lacks a right: a permission point, or the person or department in its visible scope
    /// (server-api-error-codes-1).
    pub fn is_permission(&self) -> bool {
        match self {
            Self::Refused { scopes, .. } if !scopes.is_empty() => true,
            Self::Refused { code, .. } => {
                matches!(code.as_str(), "60011" | "43007" | "50002" | "50004" | "noPermission" | "needAuth")
                    || code.contains("AccessTokenPermissionDenied")
            }
            _ => false,
        }
    }
}

fn missing(scopes: &[String]) -> String {
    if scopes.is_empty() { String::new() } else { format!("; missing: {}", scopes.join(", ")) }
}

/// An answer that says that the token is no longer good.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct StaleToken;

/// What came of one call.
pub(super) type Read = Result<Result<Value, Error>, StaleToken>;

/// Reads an answer of the new family (server-api-error-codes-1; how-to-process-api-throttling-on-the-dingtalk-server).
pub(super) fn read_new(status: u16, body: &[u8]) -> Read {
    let Ok(value) = serde_json::from_slice::<Value>(body) else {
        return Ok(if body.is_empty() && (200..300).contains(&status) {
            Ok(Value::Null)
        } else {
            Err(Error::Unsure(format!("HTTP {status} without JSON")))
        });
    };
    if value.get("punish").is_some() {
        // The whole address is blocked for five minutes (call-frequency-limit).
        return Ok(Err(Error::Throttled(Span::from_mins(5))));
    }
    if !(value.is_object() || value.is_null()) {
        // Whoever looks into an answer may rely on its being one that can have fields.
        return Ok(Err(Error::Unsure(format!("HTTP {status} with JSON that says nothing"))));
    }
    if (200..300).contains(&status) {
        // An unknown path is answered with 200 and the old family's shape.
        return match number(&value["errcode"]) {
            None | Some(0) => Ok(Ok(value)),
            Some(_) => read_old(status, body),
        };
    }
    let code = text(&value["code"]).unwrap_or_default();
    let message = text(&value["message"]).unwrap_or_default();
    let scopes = texts(&value["accessdenieddetail"]["requiredScopes"]);
    let is_like = |part: &str| code.contains(part);
    Ok(Err(match (status, code.as_str()) {
        (_, "InvalidAuthentication" | "invalidAccessToken") => return Err(StaleToken),
        (_, "invalidClientIdOrSecret" | "authFailed") => Error::Misconfigured(format!("{code} {message}")),
        _ if is_like("ApiCountLimit") => Error::QuotaSpent,
        _ if is_like("QpmLimit") => Error::Throttled(Span::from_secs(60)),
        _ if is_like("QpsLimit") => Error::Throttled(Span::from_secs(1)),
        (_, "send.too.fast" | "send.byToken.tooFast" | "invokeFrequentyly") => {
            Error::Throttled(Span::from_secs(60))
        }
        (_, "unknown.send.result") => Error::Unsure(format!("{code} {message}")),
        (500.., _) => Error::Unsure(format!("HTTP {status} {code}")),
        _ => Error::Refused { code, message, scopes },
    }))
}

/// Reads an answer of the old family. The gateway wraps its own failures: `errcode` 88 and a `sub_code`.
pub(super) fn read_old(status: u16, body: &[u8]) -> Read {
    let Ok(value) = serde_json::from_slice::<Value>(body) else {
        return Ok(Err(Error::Unsure(format!("HTTP {status} without JSON"))));
    };
    if value.get("punish").is_some() {
        return Ok(Err(Error::Throttled(Span::from_mins(5))));
    }
    let Some(errcode) = number(&value["errcode"]) else {
        return Ok(Err(Error::Unsure(format!("HTTP {status} without errcode"))));
    };
    let code = match errcode {
        0 => return Ok(Ok(value)),
        88 => number(&value["sub_code"]),
        code => Some(code),
    };
    let message = text(&value["sub_msg"]).or_else(|| text(&value["errmsg"])).unwrap_or_default();
    Ok(Err(match code {
        Some(40_014 | 42_001 | 41_001 | 40_000 | 40_001) => return Err(StaleToken),
        Some(40_096 | 40_089) => Error::Misconfigured(message),
        Some(90_018) => Error::Throttled(Span::from_secs(1)),
        Some(90_002) => Error::Throttled(Span::from_secs(4)),
        Some(90_020) => Error::QuotaSpent,
        Some(90_001..=90_017) => Error::Throttled(Span::from_mins(5)),
        // A custom robot that sends more than 20 messages a minute is silent for ten.
        Some(410_100 | 130_101 | 660_026) => Error::Throttled(Span::from_mins(10)),
        Some(-1 | 15) | None => Error::Unsure(message),
        Some(code) => Error::Refused { code: code.to_string(), message, scopes: Vec::new() },
    }))
}

#[cfg(test)]
mod tests {
    use super::{Error, Read, StaleToken, read_new, read_old};
    use crate::domain::Span;

    fn new(status: u16, body: &str) -> Read {
        read_new(status, body.as_bytes())
    }

    fn old(body: &str) -> Read {
        read_old(200, body.as_bytes())
    }

    #[test]
    fn a_stale_token_is_told_in_both_shapes() {
        assert_eq!(new(400, r#"{"code":"InvalidAuthentication","message":"x"}"#), Err(StaleToken));
        assert_eq!(old(r#"{"errcode":88,"sub_code":"40014","sub_msg":"x"}"#), Err(StaleToken));
        assert_eq!(old(r#"{"errcode":42001,"errmsg":"x"}"#), Err(StaleToken));
    }

    #[test]
    fn what_is_not_known_is_never_a_refusal() {
        for body in ["", "<html>", r#"{"code":"systemError"}"#, r#"{"code":"system.busy"}"#] {
            assert!(matches!(new(500, body), Ok(Err(Error::Unsure(_)))), "{body}");
        }
        assert!(matches!(new(504, "gateway"), Ok(Err(Error::Unsure(_)))));
        for body in ["[]", "true", "7", r#""maintenance""#] {
            assert!(matches!(new(200, body), Ok(Err(Error::Unsure(_)))), "{body}");
            assert!(matches!(old(body), Ok(Err(Error::Unsure(_)))), "{body}");
        }
        assert!(matches!(new(400, r#"{"code":"unknown.send.result"}"#), Ok(Err(Error::Unsure(_)))));
        assert!(matches!(old(r#"{"errcode":-1}"#), Ok(Err(Error::Unsure(_)))));
        assert!(matches!(old(r#"{"errcode":88,"sub_code":""}"#), Ok(Err(Error::Unsure(_)))));
    }

    #[test]
    fn too_many_calls_are_told_from_a_missing_permission() {
        let denied = r#"{"code":"Forbidden.AccessDenied.AccessTokenPermissionDenied","message":"m",
                         "accessdenieddetail":{"requiredScopes":["Workflow.Instance.Write"]}}"#;
        let Ok(Err(Error::Refused { scopes, .. })) = new(403, denied) else { panic!("it is refused") };
        assert_eq!(scopes, ["Workflow.Instance.Write"]);
        let qps = r#"{"code":"Forbidden.AccessDenied.QpsLimitForAppkeyAndApi"}"#;
        assert_eq!(new(403, qps), Ok(Err(Error::Throttled(Span::from_secs(1)))));
        let spent = r#"{"code":"Forbidden.AccessDenied.ApiCountLimitForOrg"}"#;
        assert_eq!(new(403, spent), Ok(Err(Error::QuotaSpent)));
        assert_eq!(old(r#"{"errcode":90020}"#), Ok(Err(Error::QuotaSpent)));
        assert_eq!(old(r#"{"errcode":130101}"#), Ok(Err(Error::Throttled(Span::from_mins(10)))));
        let blocked = r#"{"status":1111,"wait":5,"source":"x5","punish":"deny","uuid":"u"}"#;
        assert_eq!(new(200, blocked), Ok(Err(Error::Throttled(Span::from_mins(5)))));
    }

    #[test]
    fn a_right_that_is_missing_is_told_by_its_code() {
        let is_permission = |read: Read| read.unwrap().unwrap_err().is_permission();
        for code in ["60011", "43007", "50002", "50004"] {
            assert!(is_permission(old(&format!(r#"{{"errcode":88,"sub_code":"{code}"}}"#))), "{code}");
        }
        for code in ["noPermission", "needAuth", "Forbidden.AccessDenied.AccessTokenPermissionDenied"] {
            assert!(is_permission(new(403, &format!(r#"{{"code":"{code}"}}"#))), "{code}");
        }
        assert!(!is_permission(old(r#"{"errcode":60121}"#)), "there is nobody");
        assert!(!is_permission(new(403, r#"{"code":"Forbidden.AccessDenied.IpNotInWhiteList"}"#)));
    }

    #[test]
    fn success_is_read_whatever_its_types() {
        assert!(matches!(old(r#"{"errcode":"0","errmsg":"ok"}"#), Ok(Ok(_))));
        assert!(matches!(new(200, r#"{"success":"true"}"#), Ok(Ok(_))));
        assert!(matches!(
            new(200, r#"{"errcode":404,"errmsg":"no such path"}"#),
            Ok(Err(Error::Refused { .. }))
        ));
    }
}
