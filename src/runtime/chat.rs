//! The chat on which a transcript is played: what people say comes in over it, and what they read goes out.

use super::dispatcher::Attempt;
use crate::domain::{Delivery, Heard, MessageId, Timestamp};

/// Brings what people say to the bot, and shows them what it says. Time is what it is told.
pub trait Chat {
    /// Somebody says something, or the platform delivers it once more; gives what reaches the bot of it.
    ///
    /// # Errors
    /// When it is lost on the way.
    fn bring(&mut self, heard: Heard, now: Timestamp) -> Result<Option<Heard>, String>;

    /// Everything that follows from a message is durable.
    ///
    /// # Errors
    /// When the platform is not told so.
    fn note_durable(&mut self, message: &MessageId) -> Result<(), String>;

    /// Shows a message; gives it as people see it.
    ///
    /// # Errors
    /// What became of the attempt.
    fn show(&mut self, delivery: &Delivery, now: Timestamp) -> Result<Delivery, Attempt>;

    /// The platform takes messages from now on, or does not.
    fn set_up(&mut self, is_up: bool);

    /// The program stops and starts again: what it kept in memory is gone.
    fn restart(&mut self);
}

/// Nothing between the people and the bot: every word arrives as it stands in the transcript.
#[derive(Debug)]
pub struct Paper {
    is_up: bool,
}

impl Default for Paper {
    fn default() -> Self {
        Self { is_up: true }
    }
}

impl Chat for Paper {
    fn bring(&mut self, heard: Heard, _: Timestamp) -> Result<Option<Heard>, String> {
        Ok(Some(heard))
    }

    fn note_durable(&mut self, _: &MessageId) -> Result<(), String> {
        Ok(())
    }

    fn show(&mut self, delivery: &Delivery, _: Timestamp) -> Result<Delivery, Attempt> {
        if self.is_up { Ok(delivery.clone()) } else { Err(Attempt::Failed(None)) }
    }

    fn set_up(&mut self, is_up: bool) {
        self.is_up = is_up;
    }

    fn restart(&mut self) {}
}
