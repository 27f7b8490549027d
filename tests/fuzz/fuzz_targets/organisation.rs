//! Fuzzes organisation.rs: `cd tests && cargo fuzz run -s none organisation fuzz/remembered/organisation`.
#![no_main]

#[path = "../organisation.rs"]
mod body;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| body::check(bytes));
