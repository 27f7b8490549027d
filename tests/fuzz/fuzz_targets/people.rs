//! Fuzzes people.rs: `cd tests && cargo fuzz run -s none people fuzz/remembered/people`.
#![no_main]

#[path = "../people.rs"]
mod body;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| body::check(bytes));
