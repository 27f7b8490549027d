//! The loop: the only room with a clock, chance and tasks.

mod backoff;
pub mod bot;
pub mod chance;
pub mod chat;
pub mod clock;
pub mod dispatcher;
mod fields;
mod flood;
pub mod head;
mod held;
pub mod mouth;
pub mod played;
pub mod replay;
pub mod run;
pub mod secrets;
pub mod serve;
mod turn;
