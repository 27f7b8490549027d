//! A backup becomes the database again.
//!
//! **What was erased comes back.** A backup holds everybody who had an account when it was made. Whoever closed
//! theirs afterwards is in it, with name, phone and messages, and whoever was deleted afterwards works here
//! again. Nothing in the backup can know of them: after restoring, close and delete them again, and do not keep
//! backups for longer than they are needed.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::copy::{Part, sync_folder, unwritten};
use super::lock::{Lock, give_to_owner_of};
use super::open::{beside, place};
use super::{CopyError, OpenError, Reader, Store};
use crate::domain::{Fault, Record, Timestamp};

/// What becomes of a database that is where the backup is to go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Existing {
    /// It stays, and nothing is restored.
    Stays,
    /// It gets another name.
    MovesAside,
}

/// Makes the backup the database, brought to this program's schema and with the record at the end of its audit
/// log; gives the new name of the database that was there.
///
/// # Errors
/// When the backup is not sound, a bot runs on the database, or one is there and must stay. Nothing was changed then.
pub fn restore(
    backup: &Reader,
    given: &Path,
    existing: Existing,
    record: &Record,
    at: Timestamp,
) -> Result<Option<PathBuf>, CopyError> {
    let unreachable =
        |error: io::Error| OpenError::Unreachable { path: given.into(), why: error.to_string() };
    let db = given.canonicalize().or_else(|_| place(given)).map_err(unreachable)?;
    if db == backup.path {
        let mend = "it is the backup itself: name the database to restore";
        return Err(CopyError::AlreadyThere { path: db, mend });
    }
    let is_there = db.exists() || beside(&db, "-wal").exists();
    if is_there && existing == Existing::Stays {
        return Err(CopyError::AlreadyThere { path: db, mend: "add --overwrite to move it aside" });
    }
    let _lock = Lock::take(&db)?;
    let part = Part::of(backup, &db)?;
    sign(&part.path, record, at).map_err(|why| unwritten(&db, &why))?;
    if !is_there {
        return part.publish(&db).map(|()| None);
    }
    let aside = beside(&db, &at.zoned("UTC").strftime(".before-restore-%Y%m%dT%H%M%SZ").to_string());
    if aside.exists() {
        return Err(CopyError::AlreadyThere { path: aside, mend: "try again in a second" });
    }
    let give = || give_to_owner_of(&db, &fs::File::open(&part.path)?);
    give().and_then(|()| rename(&db, &aside)).map_err(|error| unwritten(&db, &error))?;
    part.publish(&db).inspect_err(|_| {
        // If this fails too, the name that it has is the one that was told.
        let _ = rename(&aside, &db);
    })?;
    Ok(Some(aside))
}

/// Brings the copy to this program's schema, and records in it what it is.
fn sign(copy: &Path, record: &Record, at: Timestamp) -> Result<(), String> {
    let mut store = Store::open(copy).map_err(|error| error.to_string())?;
    let signed = store.transact(|tx| tx.record(record, at)).and_then(|()| store.wipe_log());
    signed.map(drop).map_err(|Fault(why)| why)
}

/// Gives a database and its log another name. The database goes first: a log that is left alone keeps every
/// bot from starting, while a database without its log would be taken for a whole one.
fn rename(from: &Path, to: &Path) -> io::Result<()> {
    let when_there = |done: io::Result<()>| match done {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        done => done,
    };
    when_there(fs::rename(from, to))?;
    when_there(fs::rename(beside(from, "-wal"), beside(to, "-wal")))?;
    // Only an index of the log, which SQLite makes anew.
    when_there(fs::remove_file(beside(from, "-shm")))?;
    sync_folder(to)
}
