//! The real program on a simulated DingTalk: what people type, press and click, and what they read.

#![allow(clippy::unwrap_used, reason = "a test stops where something is not as it must be")]
#![allow(clippy::disallowed_methods, reason = "a test of a real process takes real time")]

mod belonging;
mod callback;
mod connections;
mod console;
#[path = "../dingtalk_sim/mod.rs"]
mod dingtalk_sim;
mod doctor;
#[path = "../shared/files.rs"]
mod files;
mod first_copy;
mod http;
mod kill;
mod line;
mod lost;
mod messages;
mod operations;
mod presses;
#[path = "../shared/program.rs"]
mod program;
mod readings;
mod redelivery;
mod robots;
mod stage;
mod transcripts;
