//! The addresses at which a conversation can be answered for a while: each is a secret, kept in memory alone.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};

use zeroize::Zeroizing;

use crate::domain::{Conversation, MessageId, Timestamp};

/// How many are kept; the oldest are forgotten first.
const MOST: usize = 1_000;

/// The address of one conversation's session.
#[derive(Clone)]
pub struct Webhook {
    /// Whoever knows it can write to the conversation.
    pub url: Zeroizing<String>,
    /// Where it leads.
    pub to: Conversation,
    /// How long it is good.
    pub until: Timestamp,
}

/// Shows where it leads, and not the address.
impl fmt::Debug for Webhook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Webhook").field("to", &self.to).field("until", &self.until).finish_non_exhaustive()
    }
}

/// The addresses of sessions, by the message that brought each.
#[derive(Debug, Default)]
pub struct Webhooks(Mutex<BTreeMap<MessageId, Webhook>>);

impl Webhooks {
    /// Keeps the address that came with a message.
    pub(super) fn keep(&self, message: MessageId, webhook: Webhook) {
        let mut kept = self.kept();
        if kept.len() >= MOST
            && let Some(oldest) =
                kept.iter().min_by_key(|(_, webhook)| webhook.until).map(|(id, _)| id.clone())
        {
            kept.remove(&oldest);
        }
        kept.insert(message, webhook);
    }

    /// The address at which the message can be answered there, while it lives.
    pub(super) fn get(&self, message: &MessageId, to: &Conversation, now: Timestamp) -> Option<Webhook> {
        self.kept().get(message).filter(|webhook| webhook.to == *to && webhook.until > now).cloned()
    }

    /// The address is gone before its time.
    pub(super) fn forget(&self, message: &MessageId) {
        self.kept().remove(message);
    }

    fn kept(&self) -> MutexGuard<'_, BTreeMap<MessageId, Webhook>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
