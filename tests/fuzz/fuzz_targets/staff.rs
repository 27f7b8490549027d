//! Fuzzes staff.rs: `cd tests && cargo fuzz run -s none staff fuzz/remembered/staff`.
#![no_main]

#[path = "../staff.rs"]
mod body;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| body::check(bytes));
