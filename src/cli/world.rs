//! What every command starts with: the settings, and the database.

use std::cell::RefCell;
use std::ffi::OsString;
use std::fmt::Display;
use std::fs;
use std::io::{ErrorKind, IsTerminal, Write};
use std::path::{Path, PathBuf};

use tokio::runtime::{Builder, Runtime};

use super::Failure;
use crate::config::Config;
use crate::domain::{Fault, PersonId, Record, Timestamp};
use crate::exchange::{self, Flaw};
use crate::runtime::chance::Chance;
use crate::runtime::clock;
use crate::runtime::head::{self, HeadFile, Standing};
use crate::runtime::secrets::{self, Cost};
use crate::store::{LOCKED, Reader, Store, Tx};
use crate::wording::markup::Colours;

/// The settings file that is read when none is named.
const SETTINGS: &str = "usher.toml";

/// The settings: the file that is named, or the one in the working directory, and the environment over it.
pub(super) fn config(file: Option<&Path>) -> Result<Config, Failure> {
    let mut config = Config::default();
    let path = file.unwrap_or(Path::new(SETTINGS));
    let refused = |error: &dyn Display| Failure::Usage(format!("{}: {error}", path.display()));
    match fs::read_to_string(path) {
        Ok(text) => config.read(&text).map_err(|error| refused(&error))?,
        Err(error) if file.is_none() && error.kind() == ErrorKind::NotFound => {}
        Err(error) => return Err(refused(&format!("can't be read: {error}"))),
    }
    // Names and values that are no text can't be a setting's; the lossy form of one is refused by its name or form.
    let text = |(name, value): (OsString, OsString)| {
        (name.to_string_lossy().into_owned(), value.to_string_lossy().into_owned())
    };
    config
        .read_environment(std::env::vars_os().map(text))
        .map_err(|error| Failure::Usage(format!("the environment: {error}")))?;
    Ok(config)
}

/// The file in which the audit log's newest entry is noted, if the settings name one. The log is held against it
/// first: a bot does not go on with a log that was cut.
pub(super) fn head_file(config: &Config, store: &mut Store) -> Result<Option<HeadFile>, Failure> {
    if config.head_file.is_empty() {
        return Ok(None);
    }
    let path = PathBuf::from(&config.head_file);
    if let Some(noted) = head::read(&path).map_err(Failure::Failed)? {
        let standing = store.transact(|tx| head::standing(tx, &noted)).map_err(store_failed)?;
        if let Some(why) = tampered(standing, &path) {
            return Err(Failure::Failed(why));
        }
    }
    Ok(Some(HeadFile::new(path)))
}

/// What is wrong with a log that stands so to the entry noted in this file.
pub(super) fn tampered(standing: Standing, path: &Path) -> Option<String> {
    let path = path.display();
    let what = match standing {
        Standing::Ahead(_) => return None,
        Standing::Cut { noted, newest } => {
            format!("the audit log ends with entry {newest}, but {path} notes entry {noted}")
        }
        Standing::Replaced(seq) => format!("entry {seq} of the audit log is not the one that {path} notes"),
    };
    Some(format!(
        "{what}: the log was cut or changed, or an older copy was put back; find out who did it. If you restored a backup \
         yourself, move {path} away and start again"
    ))
}

/// Opens the database, made anew where there is none.
pub(super) fn open(path: &Path) -> Result<Store, Failure> {
    let store = Store::open(path).map_err(|error| Failure::Failed(error.to_string()))?;
    tracing::info!(file = %path.display(), "opened the database");
    Ok(store)
}

/// Opens a database that must be there already.
pub(super) fn open_existing(path: &Path) -> Result<Store, Failure> {
    must_exist(path)?;
    open(path)
}

/// Opens a database that must be there already, to read it, whether a bot runs on it or not.
pub(super) fn open_to_read(path: &Path) -> Result<Reader, Failure> {
    must_exist(path)?;
    Reader::open(path).map_err(|error| Failure::Failed(error.to_string()))
}

fn must_exist(path: &Path) -> Result<(), Failure> {
    let make = "make one with `usher import FILE --db F` or `usher chat --db F`";
    match path.exists() {
        true => Ok(()),
        false => Err(Failure::Usage(format!("{}: there is no database; {make}", path.display()))),
    }
}

/// Whether the database has no organisation yet.
pub(super) fn is_new(store: &mut Store) -> Result<bool, Failure> {
    Ok(!store.transact(|tx| tx.has_organisation()).map_err(store_failed)?)
}

/// Whether what is in the database is a copy of an organisation that is elsewhere.
pub(super) fn is_copy(store: &mut Store) -> Result<bool, Failure> {
    store.transact(|tx| tx.is_copy()).map_err(store_failed)
}

/// Whether the demo is in the database: only its passwords, which are published, have hashes that cost next to nothing.
pub(super) fn is_demo(tx: &Tx<'_>) -> Result<bool, Fault> {
    tx.any_password(secrets::is_token)
}

/// Puts the demo organisation into a new database. Its passwords are shown on the first screen, so their
/// hashes cost next to nothing.
pub(super) fn import_demo(store: &mut Store) -> Result<(), Failure> {
    let roster = exchange::parse(exchange::demo(), &hashing(Cost::Token)?)
        .map_err(|flaws| Failure::Failed(listed(&flaws)))?;
    store.transact(|tx| tx.replace(&roster, now())).map_err(store_failed)
}

/// The sentence for a store that failed.
pub(super) fn store_failed(fault: Fault) -> Failure {
    let advice = match fault.0.as_str() {
        LOCKED => "close what has it open, such as a database browser or a script, and start again",
        _ => "`usher doctor` tells a full or read-only disk from a damaged file",
    };
    Failure::Failed(format!("{fault}. Nothing was changed; {advice}"))
}

/// Every flaw of a file, a line each.
pub(super) fn listed(flaws: &[Flaw]) -> String {
    flaws.iter().map(|flaw| format!("\n  {flaw}")).collect()
}

/// The audit entry of something done at the machine itself: `@cli` can be nobody's id.
pub(super) fn record(action: &str, target: &str, outcome: &str) -> Record {
    Record {
        actor: PersonId::new("@cli"),
        action: action.to_owned(),
        target: Some(target.to_owned()),
        code: None,
        conversation: None,
        outcome: outcome.to_owned(),
    }
}

/// Prints text; whoever closes the pipe early has read enough.
pub(super) fn print(text: &str) -> Result<(), Failure> {
    match writeln!(std::io::stdout().lock(), "{text}") {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            Err(Failure::Failed(format!("can't be written: {error}")))
        }
        _ => Ok(()),
    }
}

/// Whether what is written there has colours: a terminal's has, unless somebody has set NO_COLOR.
pub(super) fn colours(out: &impl IsTerminal) -> Colours {
    let is_unwanted = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    if out.is_terminal() && !is_unwanted { Colours::On } else { Colours::Off }
}

/// What the program's tasks run on: this thread.
pub(super) fn runtime() -> Result<Runtime, Failure> {
    Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::Failed(format!("the program can't start its tasks: {error}")))
}

/// The machine's time.
pub(super) fn now() -> Timestamp {
    clock::wall()
}

/// The machine's random bits.
pub(super) fn chance() -> Result<Chance, Failure> {
    Chance::of_the_machine()
        .map_err(|error| Failure::Failed(format!("the machine gives no random bits: {error}")))
}

/// Hashes the passwords that a file brings, at this cost.
pub(super) fn hashing(cost: Cost) -> Result<impl Fn(&str) -> String, Failure> {
    let chance = RefCell::new(chance()?);
    Ok(move |password: &str| secrets::hash(password, cost, &mut chance.borrow_mut()))
}

/// Where the database is when nobody says.
pub(super) fn default_database() -> PathBuf {
    PathBuf::from("usher.db")
}
