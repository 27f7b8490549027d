//! The fuzz targets' bodies over random and remembered inputs, for runs without a fuzzer.
//!
//! `USHER_CASES=20000 cargo test --test fuzzing` tries more.

#![allow(clippy::unwrap_used, reason = "a test stops where something is not as it must be")]

#[path = "fuzz/config.rs"]
mod config;
#[path = "fuzz/dingtalk.rs"]
mod dingtalk;
#[path = "fuzz/organisation.rs"]
mod organisation;
#[path = "fuzz/parser.rs"]
mod parser;
#[path = "fuzz/people.rs"]
mod people;
#[path = "fuzz/render.rs"]
mod render;
#[path = "fuzz/staff.rs"]
mod staff;
#[path = "fuzz/transcript.rs"]
mod transcript;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use parser::parse_bytes;
use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

/// Pieces that mean something to one reader or another, besides those of the remembered inputs.
const PIECES: [&str; 40] = [
    "\"",
    "'",
    "\\",
    "{",
    "}",
    "[",
    "]",
    ":",
    ",",
    "=",
    "null",
    "true",
    "-1",
    "1e999",
    "\n",
    "\r\n",
    "\t",
    "\0",
    " ",
    "@",
    "＠all",
    "/",
    "／",
    "`",
    "*",
    "**",
    "_",
    "<b>",
    "&amp;",
    "](http://x)",
    "- ",
    "1. ",
    "#",
    "\u{202e}",
    "\u{200b}",
    "\u{fffc}",
    "\u{1b}[31m",
    "李娜",
    "Раvel",
    "{*}",
];

/// Lets a body check everything remembered for it, then mixtures of that; the same ones each time.
fn fuzz(target: &str, gate: u64, check: fn(&[u8])) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fuzz/remembered").join(target);
    let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let remembered: Vec<_> = files.iter().map(|file| std::fs::read(file).unwrap()).collect();
    assert!(!remembered.is_empty(), "nothing is remembered for {target}");
    let cases = std::env::var("USHER_CASES").map_or(gate, |cases| cases.parse().unwrap());
    let mut chance = ChaCha8Rng::seed_from_u64(7);
    let mixtures = (0..cases).map(|_| mixture(&remembered, &mut chance));
    for input in remembered.iter().cloned().chain(mixtures) {
        // Whoever mends it may want to remember the input.
        if catch_unwind(AssertUnwindSafe(|| check(&input))).is_err() {
            panic!("{target}: {:?}", String::from_utf8_lossy(&input));
        }
    }
}

/// A remembered input in which some bytes are others, are missing, are there twice or come from another input.
fn mixture(remembered: &[Vec<u8>], chance: &mut ChaCha8Rng) -> Vec<u8> {
    let mut below = |bound: usize| chance.next_u32() as usize % bound.max(1);
    let mut input = remembered[below(remembered.len())].clone();
    for _ in 0..=below(4) {
        let at = below(input.len() + 1);
        let end = at + below(input.len() - at + 1).min(below(24));
        match below(5) {
            0 => drop(input.drain(at..end)),
            1 => drop(input.splice(at..at, PIECES[below(PIECES.len())].bytes())),
            2 => drop(input.splice(at..end, [below(256) as u8])),
            3 => {
                let other = &remembered[below(remembered.len())];
                let from = below(other.len() + 1);
                let to = from + below(other.len() - from + 1).min(60);
                input.splice(at..end, other[from..to].iter().copied());
            }
            _ => {
                let again = input[at..end].to_vec();
                input.splice(at..at, again);
            }
        }
    }
    input
}

#[test]
fn frames_of_dingtalk() {
    fuzz("dingtalk", 20_000, dingtalk::check);
}

#[test]
fn names_of_people() {
    fuzz("people", 600, people::check);
}

#[test]
fn words_of_people_in_messages() {
    fuzz("render", 400, render::check);
}

#[test]
fn organisation_files() {
    fuzz("organisation", 12_000, organisation::check);
}

#[test]
fn staff_lists() {
    fuzz("staff", 6_000, staff::check);
}

#[test]
fn transcripts() {
    fuzz("transcript", 10_000, transcript::check);
}

#[test]
fn settings() {
    fuzz("config", 4_000, config::check);
}

proptest! {
    // The same inputs each time: the fuzzer is for new ones.
    #![proptest_config(ProptestConfig {
        cases: 4_000, failure_persistence: None, rng_seed: RngSeed::Fixed(1), ..ProptestConfig::default()
    })]

    #[test]
    fn no_bytes_panic_the_parser(bytes in prop::collection::vec(any::<u8>(), 0..80)) {
        parse_bytes(&bytes);
    }

    #[test]
    fn a_command_that_is_written_down_is_read_back(rest in "( |　|@|＠|=|＝|--|—|\"|'|“|”|‘|’|「|」|\\PC|\u{0}|[a-z,，、.]){0,24}") {
        for verb in ["/delete", "／删除", "/find", "/lang"] {
            parse_bytes(format!("{verb} {rest}").as_bytes());
        }
    }
}
