//! Usher.

pub mod command;
pub mod domain;
pub mod engine;
pub mod wording;
