//! Fuzzes the parser: `cd tests && cargo fuzz run -s none parser`.
#![no_main]

#[path = "../parser.rs"]
mod parser;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| parser::parse_bytes(bytes));
