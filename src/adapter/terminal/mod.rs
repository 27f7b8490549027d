//! The terminal as a chat: an editor where somebody sits in front of it, and the syntax of transcripts
//! where nobody does.

mod editor;
mod files;
mod hidden;
mod page;
mod piped;
mod screen;
mod words;

pub use editor::{Desk, Insight, Printed, Stage};
pub use piped::{Answers, Lines, Written};
pub use screen::{Cast, Seat};
