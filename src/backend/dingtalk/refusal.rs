//! What a failed call means for a step, in words that say what mends it.

use crate::dingtalk::Error;
use crate::domain::{CallFailure, Phrase, Span, Unknown};

/// How long to wait when nothing could be sent.
const UNREACHABLE: Span = Span::from_secs(10);

/// Why it can't be said how things are.
pub(super) fn unknown(error: &Error) -> Unknown {
    Unknown(error.to_string())
}

/// How a call failed, as the operation's steps take it.
pub(super) fn failure(error: &Error) -> CallFailure {
    match error {
        Error::Misconfigured(why) => {
            refused("misconfigured", Phrase::new("dingtalk-misconfigured").text("why", why))
        }
        Error::QuotaSpent => refused("quota", Phrase::new("dingtalk-quota")),
        Error::Refused { scopes, message, .. } if error.is_permission() => {
            let points = if scopes.is_empty() { message.clone() } else { scopes.join(", ") };
            refused("no_permission", Phrase::new("dingtalk-no-permission").text("points", points))
        }
        Error::Refused { code, message, .. } => {
            refused("refused", Phrase::new("dingtalk-refused").text("code", code).text("message", message))
        }
        Error::Throttled(pause) => CallFailure::Later(*pause),
        Error::Unreachable(_) => CallFailure::Later(UNREACHABLE),
        Error::Unsure(why) => CallFailure::Unsure(why.clone()),
    }
}

/// The approval has ended otherwise.
pub(super) fn not_pending() -> CallFailure {
    refused("not_pending", Phrase::new("dingtalk-not-pending"))
}

/// The approval's template does not let anybody withdraw what runs.
pub(super) fn template_forbids() -> CallFailure {
    refused("template_forbids", Phrase::new("dingtalk-template-switch"))
}

/// DingTalk has no call for the step.
pub(super) fn no_such_call() -> CallFailure {
    refused("not_possible", Phrase::new("dingtalk-no-such-call"))
}

fn refused(error: &'static str, why: Phrase) -> CallFailure {
    CallFailure::Refused { error, why }
}
