//! DingTalk as a chat: robot messages, card buttons and events come in over a Stream connection, or by HTTP; what Usher
//! says goes out by the session's address, the robot's calls, or custom robots.
//!
//! What is not acknowledged may be delivered again, with the same `msgId`; what is sent while nobody listens is lost.
//! The platform drops no repeated message but a custom robot's (`msgUuid`), so each carries its number at the end. A
//! message takes 15,000 bytes. Only the robot's own messages can be recalled, never a person's.

mod callback;
mod card;
pub mod frame;
pub mod message;
mod mouth;
mod stream;
mod webhooks;

pub use callback::{Door, Taken};
pub use mouth::{Cards, CustomRobot, Mouth, Robot};
pub use stream::{Ear, Settled};
pub use webhooks::{Webhook, Webhooks};

use std::time::Duration;

use crate::dingtalk::Happening;
use crate::domain::Heard;

/// How long a message may take to be durable; after that it is not acknowledged, and comes again.
const MESSAGE_PATIENCE: Duration = Duration::from_secs(5);
/// A press of a button has to be answered within two seconds.
const CARD_PATIENCE: Duration = Duration::from_millis(1_500);
/// What is larger, in bytes, is not read. A message may take 64 KiB, and four times that as it is written in JSON in JSON.
const LARGEST: usize = 256 * 1_024;

/// What comes in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Incoming {
    /// Something happened in the organisation.
    Happened(Happening),
    /// Somebody said something, or pressed a button, which says the same.
    Heard(Heard),
}
