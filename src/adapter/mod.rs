//! The chats: what an adapter is. It hands over what was heard as [`crate::domain::Heard`], with the
//! platform's own ids of message and sender and its structured mentions, and it takes deliveries. It knows
//! no rule and no database.

pub mod dingtalk;
pub mod terminal;
pub mod transcript;

use std::future::Future;

use crate::domain::{Delivery, Span};

/// The platform did not take a message.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Undelivered {
    /// It may take it later.
    #[error("not delivered: {why}")]
    Later {
        /// What happened.
        why: String,
        /// How long the platform asks to be left alone, where it says so.
        pause: Option<Span>,
    },
    /// It never will: there is no such place, or Usher may not speak there.
    #[error("can't be delivered: {0}")]
    Never(String),
}

impl Undelivered {
    /// It may be taken later; the platform does not say when.
    pub fn later<E: ToString>(why: E) -> Self {
        Self::Later { why: why.to_string(), pause: None }
    }
}

/// Where deliveries go. Several conversations are served at once, each in its order.
pub trait Sink: Send + Sync {
    /// Delivers one message; `Ok` once the platform has it. The delivery's number is its idempotency key.
    ///
    /// # Errors
    /// When the platform did not take it.
    fn deliver(&self, delivery: &Delivery) -> impl Future<Output = Result<(), Undelivered>> + Send;
}
