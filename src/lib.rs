//! Usher.

pub mod adapter;
pub mod command;
pub mod domain;
pub mod engine;
pub mod exchange;
pub mod runtime;
pub mod store;
pub mod wording;
