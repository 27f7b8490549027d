//! What holds whatever is said by whom and when: random conversations, everybody's rights, and small organisations
//! in all their ways to go on.
//!
//! `USHER_CASES=2000 cargo test --test properties` looks longer.

#![allow(clippy::unwrap_used, reason = "a test stops where something is not as it must be")]

mod authority;
mod closing;
mod conversations;
mod facts;
mod model;
mod oracle;
mod stage;
mod work;
mod world;

use std::sync::atomic::{AtomicUsize, Ordering};

/// How many conversations are played when nobody says how many.
const GATE: u64 = 120;

/// How many conversations are to be played.
fn cases() -> u64 {
    std::env::var("USHER_CASES").map_or(GATE, |cases| cases.parse().unwrap())
}

fn ensure(holds: bool, what: impl FnOnce() -> String) -> Result<(), String> {
    if holds { Ok(()) } else { Err(what()) }
}

/// Shows how often each rare thing was reached; that must have been at least once.
fn require_reached(counts: &[(&str, &AtomicUsize)]) {
    for (what, count) in counts {
        let count = count.load(Ordering::Relaxed);
        println!("{what}: {count}");
        assert!(count > 0, "this was never reached: {what}");
    }
}

/// So many cases, or as many more as conversations are asked for.
fn scaled(gate: u64) -> u64 {
    (gate * cases()).div_ceil(GATE)
}
