//! The program itself, as it is started in tests: whatever is set around them, none of it reaches the program.

use std::process::Command;

/// The program with no setting and the usual log. What sets the length of tests begins as its settings do.
pub(crate) fn usher() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_usher"));
    let is_its = |name: &str| name.starts_with("USHER_") || name == "RUST_LOG";
    for (name, _) in std::env::vars_os() {
        if name.to_str().is_some_and(is_its) {
            command.env_remove(name);
        }
    }
    command
}
