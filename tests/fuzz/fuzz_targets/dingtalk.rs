//! Fuzzes dingtalk.rs: `cd tests && cargo fuzz run -s none dingtalk fuzz/remembered/dingtalk`.
#![no_main]

#[path = "../dingtalk.rs"]
mod body;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| body::check(bytes));
