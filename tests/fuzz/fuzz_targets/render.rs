//! Fuzzes render.rs: `cd tests && cargo fuzz run -s none render fuzz/remembered/render`.
#![no_main]

#[path = "../render.rs"]
mod body;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| body::check(bytes));
