//! The commands of the program, each a file that wires the rooms together.

mod audit;
mod backup;
mod changes;
mod chat;
mod checkup;
mod doctor;
mod dumps;
mod enrol;
mod import;
mod logs;
mod place;
mod platform;
mod replay;
mod serve;
mod sheet;
mod staff;
mod status;
mod synchronise;
mod systemd;
mod world;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{CommandFactory, Parser, Subcommand};

use crate::config::Config;
use crate::store::Existing;

/// A chat bot for the people who administer an organisation.
#[derive(Debug, Parser)]
#[command(version, about)]
pub struct Usher {
    /// What the log on standard error looks like; the variable RUST_LOG says how much of it
    #[arg(long, global = true, value_enum, default_value_t = logs::Format::Text)]
    log_format: logs::Format,
    #[command(flatten)]
    chat: chat::Arguments,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Talk to the bot in this terminal; this is what `usher` does when it is told nothing
    Chat(chat::Arguments),
    /// The audit log
    #[command(subcommand)]
    Audit(Audit),
    /// Copy the whole database into a new file, also while the bot runs, and check the copy
    ///
    /// The copy holds everybody's data, secrets' hashes included; it can be read by its owner alone. People who close
    /// their account afterwards are still in it: keep no backup for longer than it is needed.
    Backup {
        /// The new file
        file: PathBuf,
        /// The database [default: usher.db]
        #[arg(long, value_name = "FILE")]
        db: Option<PathBuf>,
    },
    /// Print what completes usher's commands in a shell: `usher completions bash > usher.bash`
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
    /// The settings
    #[command(subcommand)]
    Config(Settings),
    /// Check settings, database, people and surroundings; say what to mend
    Doctor {
        /// The settings [default: usher.toml in the working directory, if there is one]
        #[arg(long, value_name = "FILE")]
        config: Option<PathBuf>,
        /// The database [default: usher.db]
        #[arg(long, value_name = "FILE")]
        db: Option<PathBuf>,
        /// Print each check as a line of JSON
        #[arg(long)]
        json: bool,
    },
    /// Print the organisation as it stands, without secrets
    Export {
        /// What to print
        #[arg(long, value_enum, default_value_t = import::Format::Json)]
        format: import::Format,
        /// The database [default: usher.db]
        #[arg(long, value_name = "FILE")]
        db: Option<PathBuf>,
    },
    /// Read an organisation file or a staff list into the database: all of it, or nothing
    ///
    /// A staff list's first row says what the columns hold: id (工号), name (姓名), phone (手机), email (邮箱),
    /// departments (部门). Who is not listed stays; what there is no column for stays as it is.
    Import {
        /// The organisation file (JSON), or a staff list (CSV, XLSX)
        file: PathBuf,
        /// The database [default: usher.db]
        #[arg(long, value_name = "FILE")]
        db: Option<PathBuf>,
        /// The settings [default: usher.toml in the working directory, if there is one]
        #[arg(long, value_name = "FILE")]
        config: Option<PathBuf>,
        #[command(flatten)]
        staff: staff::Arguments,
    },
    /// Set a person's password; it is asked for
    Passwd {
        /// The person's id
        person: String,
        /// The database [default: usher.db]
        #[arg(long, value_name = "FILE")]
        db: Option<PathBuf>,
    },
    /// Enrol a person's authenticator (TOTP): shows a QR code
    Totp {
        /// The person's id
        person: String,
        /// The database [default: usher.db]
        #[arg(long, value_name = "FILE")]
        db: Option<PathBuf>,
    },
    /// Make a backup the database again
    ///
    /// What was erased after the backup was made comes back with it: close again the accounts that were closed since,
    /// and delete again whoever was deleted.
    Restore {
        /// The backup
        file: PathBuf,
        /// The database [default: usher.db]
        #[arg(long, value_name = "FILE")]
        db: Option<PathBuf>,
        /// Move the database that is there aside
        #[arg(long)]
        overwrite: bool,
    },
    /// Run the bot on the chat platform of the settings until it is stopped
    Serve(serve::Arguments),
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

#[derive(Debug, Subcommand)]
enum Settings {
    /// Print a settings file that explains every key: `usher config example > usher.toml`
    Example,
    /// Print a systemd unit that keeps `usher serve` running
    Systemd,
}

#[derive(Debug, Subcommand)]
enum Audit {
    /// Print the newest entries, or export all of them; also while the bot runs
    Show {
        #[command(flatten)]
        selection: audit::Selection,
        /// What to write
        #[arg(long, value_enum, default_value_t = audit::Format::Text)]
        format: audit::Format,
        /// The database [default: usher.db]
        #[arg(long, value_name = "FILE")]
        db: Option<PathBuf>,
    },
    /// Check the whole log; names the first entry that was tampered with
    ///
    /// With `audit.head_file` in the settings, a log whose end was cut, or an older copy that was put back, is noticed too.
    Verify {
        /// The settings [default: usher.toml in the working directory, if there is one]
        #[arg(long, value_name = "FILE")]
        config: Option<PathBuf>,
        /// The database [default: usher.db]
        #[arg(long, value_name = "FILE")]
        db: Option<PathBuf>,
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

fn or_default(db: Option<PathBuf>) -> PathBuf {
    db.unwrap_or_else(world::default_database)
}

/// Runs a command; gives the exit status: 0 done, 1 the work failed, 2 bad usage.
pub fn run(usher: Usher) -> ExitCode {
    let usual = if matches!(usher.command, Some(Command::Serve(_))) { "info" } else { "warn" };
    logs::begin(usher.log_format, usual);
    dumps::forbid();
    if usher.command.is_some() && usher.chat != chat::Arguments::default() {
        return end("--db, --config, --as and --in stand behind the command that they are for", 2);
    }
    let done = match usher.command {
        Some(Command::Serve(arguments)) => serve::serve(&arguments),
        Some(Command::Replay { files, bless, json }) => replay::run(&files, replay::Mode::of(bless, json)),
        Some(Command::Audit(Audit::Show { db, selection, format })) => {
            audit::show(&or_default(db), &selection, format)
        }
        Some(Command::Audit(Audit::Verify { db, config })) => {
            audit::verify(&or_default(db), config.as_deref())
        }
        Some(Command::Backup { file, db }) => backup::backup(&file, &or_default(db)),
        Some(Command::Restore { file, db, overwrite }) => {
            let existing = if overwrite { Existing::MovesAside } else { Existing::Stays };
            backup::restore(&file, &or_default(db), existing)
        }
        Some(Command::Doctor { config, db, json }) => {
            let form = if json { doctor::Form::Json } else { doctor::Form::Table };
            doctor::run(config.as_deref(), &or_default(db), form)
        }
        Some(Command::Completions { shell }) => completions(shell),
        Some(Command::Config(Settings::Example)) => world::print(Config::example().trim_end()),
        Some(Command::Config(Settings::Systemd)) => world::print(systemd::UNIT),
        Some(Command::Export { db, format }) => import::export(&or_default(db), format),
        Some(Command::Import { file, db, config, staff }) => {
            import::import(&file, &or_default(db), config.as_deref(), &staff)
        }
        Some(Command::Passwd { person, db }) => enrol::passwd(&person, &or_default(db)),
        Some(Command::Totp { person, db }) => enrol::totp(&person, &or_default(db)),
        Some(Command::Chat(arguments)) => chat::chat(&arguments),
        None => chat::chat(&usher.chat),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(Failure::Failed(why)) => end(&why, 1),
        Err(Failure::Usage(why)) => end(&why, 2),
    }
}

/// Prints a shell's completions, written from the commands themselves.
fn completions(shell: clap_complete::Shell) -> Result<(), Failure> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Usher::command(), "usher", &mut script);
    world::print(String::from_utf8_lossy(&script).trim_end())
}

fn end(why: &str, status: u8) -> ExitCode {
    if !why.is_empty() {
        eprintln!("usher: {why}");
    }
    ExitCode::from(status)
}
