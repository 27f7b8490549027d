//! The program: arguments in, exit status out.

use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    usher::cli::run(usher::cli::Usher::parse())
}
