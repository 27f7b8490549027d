//! Fuzzes transcript.rs: `cd tests && cargo fuzz run -s none transcript fuzz/remembered/transcript`.
#![no_main]

#[path = "../transcript.rs"]
mod body;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| body::check(bytes));
