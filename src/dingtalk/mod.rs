//! DingTalk's server API: tokens, calls to both of its hosts, and what their answers mean.
//!
//! There are two families of calls. The new one (`api.dingtalk.com`) takes the token in a header and fails with an HTTP
//! status and `{code, message, requestid}`; the old one (`oapi.dingtalk.com`) takes it in the query and fails with HTTP
//! 200 and an `errcode`. Sources are the pages of `https://open.dingtalk.com/document/development/…`, named where they
//! are used.

mod answer;
mod client;
mod envelope;
mod event;
mod lenient;
mod sign;

pub use answer::Error;
pub use client::{Client, Settings};
pub use envelope::{Envelope, Opened, Sealed};
pub use event::Happening;
pub use lenient::{boolean, list, number, text, texts};
pub use sign::{card_secret, card_signature, is_card_signed, is_signed, signature};
