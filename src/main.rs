//! The program: arguments in, exit status out.

use std::process::ExitCode;

use clap::Parser;
use mimalloc::MiMalloc;

/// A decision is made of many small strings, and is gone with its message.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

fn main() -> ExitCode {
    usher::cli::run(usher::cli::Usher::parse())
}
