//! Fuzzes config.rs: `cd tests && cargo fuzz run -s none config fuzz/remembered/config`.
#![no_main]

#[path = "../config.rs"]
mod body;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| body::check(bytes));
