//! The tools around the bot, through the real program: backups and their return, the doctor, settings, completions, pipes.

#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a test stops where something is not as it must be, and a real process takes real time"
)]

mod backups;
mod chat;
mod doctor;
mod every;
#[path = "../shared/lines.rs"]
mod lines;
#[path = "../shared/program.rs"]
mod program;
mod replay;
mod room;
#[cfg(unix)]
mod terminal;
