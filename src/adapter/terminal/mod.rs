//! The terminal as a chat: the same syntax as transcripts where nobody sits in front of it.

mod piped;

pub use piped::{Lines, Written};
