//! The program itself, as it is started in tests: whatever is set around them, none of it reaches the program.

use std::ffi::OsString;
use std::process::Command;

/// The program with no setting and the usual log. What sets the length of tests begins as its settings do.
pub(crate) fn usher() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_usher"));
    for name in set_around() {
        command.env_remove(name);
    }
    command
}

/// The variables around the tests that would reach the program.
pub(crate) fn set_around() -> impl Iterator<Item = OsString> {
    let is_its = |name: &str| name.starts_with("USHER_") || name == "RUST_LOG" || name == "NO_COLOR";
    std::env::vars_os().map(|(name, _)| name).filter(move |name| name.to_str().is_some_and(is_its))
}
