//! Usher.

pub mod adapter;
pub mod cli;
pub mod command;
pub mod config;
pub mod domain;
pub mod engine;
pub mod exchange;
pub mod runtime;
pub mod store;
pub mod wording;
