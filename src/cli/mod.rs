//! The commands of the program, each a file that wires the rooms together.

mod chat;
mod replay;
mod world;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// A chat bot for the people who administer an organisation.
#[derive(Debug, Parser)]
#[command(version, about)]
pub struct Usher {
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Talk to the bot in this terminal; this is what `usher` does when it is told nothing
    Chat(chat::Arguments),
    /// Play transcripts, and show where the bot says something else
    Replay {
        /// Transcripts (.chat)
        #[arg(required = true)]
        files: Vec<PathBuf>,
        /// Write what the bot says into the files
        #[arg(long, conflicts_with = "json")]
        bless: bool,
        /// Compare nothing; print each message and the final state as a line of JSON
        #[arg(long)]
        json: bool,
    },
}

/// How a command ended: nothing to add when it worked.
#[derive(Debug)]
enum Failure {
    /// The work failed: exit status 1.
    Failed(String),
    /// It was asked for wrongly: exit status 2.
    Usage(String),
}

/// Runs a command; gives the exit status: 0 done, 1 the work failed, 2 bad usage.
pub fn run(usher: Usher) -> ExitCode {
    let done = match usher.command {
        Some(Command::Replay { files, bless, json }) => replay::run(&files, replay::Mode::of(bless, json)),
        Some(Command::Chat(arguments)) => chat::run(&arguments),
        None => chat::run(&chat::Arguments::default()),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(Failure::Failed(why)) => end(&why, 1),
        Err(Failure::Usage(why)) => end(&why, 2),
    }
}

fn end(why: &str, status: u8) -> ExitCode {
    if !why.is_empty() {
        eprintln!("usher: {why}");
    }
    ExitCode::from(status)
}
