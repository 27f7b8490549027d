//! A copy of the whole database, taken while a bot runs on it, and checked.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use rusqlite::Connection;
use rusqlite::backup::{Backup, StepResult};
use tempfile::{TempDir, TempPath};

use super::open::{connect, create, place, set_journal_mode};
use super::{OpenError, Reader};
use crate::domain::Fault;

/// Why there is no copy. Nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum CopyError {
    /// Nothing is overwritten.
    #[error("{path} is there already; it is left as it is: {mend}")]
    AlreadyThere {
        /// Which file.
        path: PathBuf,
        /// What to do instead.
        mend: &'static str,
    },
    /// A database can't be used.
    #[error("{0}")]
    Open(#[from] OpenError),
    /// What was to be copied can't be trusted.
    #[error("{path} is not sound ({why}), so that nothing was written; use an earlier backup")]
    Unsound {
        /// Which file.
        path: PathBuf,
        /// What was found.
        why: String,
    },
    /// The copy can't be written.
    #[error("{path} can't be written ({why}); see that its directory is there and has room")]
    Unwritten {
        /// Which file.
        path: PathBuf,
        /// What the system says.
        why: String,
    },
}

impl Reader {
    /// Copies the database, as it is at this moment, into a new file that its owner alone can read. The file
    /// gets its name only once the copy is complete, sound and on the disk.
    pub fn copy_to(&self, given: &Path) -> Result<(), CopyError> {
        let file = place(given).map_err(|error| unwritten(given, &error))?;
        if fs::symlink_metadata(&file).is_ok() {
            return Err(CopyError::AlreadyThere { path: file, mend: "name another file" });
        }
        let part = Part::of(self, &file)?;
        part.publish(&file)
    }
}

/// A copy that does not have its name yet; dropped without one, it vanishes.
pub(super) struct Part {
    pub(super) path: PathBuf,
    _room: TempDir,
}

impl Part {
    /// Copies the database into a directory of its own beside the file that it is to become.
    ///
    /// It is copied page by page in one reading transaction, which a bot that writes meanwhile neither
    /// disturbs nor waits for, and with everything that may be wrong with it, so that the check of the copy
    /// is a check of what was copied.
    pub(super) fn of(source: &Reader, file: &Path) -> Result<Self, CopyError> {
        let folder = file.parent().unwrap_or(Path::new("."));
        let room = tempfile::Builder::new().prefix(".usher-").tempdir_in(folder);
        let room = room.map_err(|error| unwritten(file, &error))?;
        let path = room.path().join("copy.db");
        create(&path).map_err(|error| unwritten(file, &error))?;
        let (mut copy, _) = connect(&path)?;
        fill(&source.connection, &mut copy).map_err(|error| unwritten(file, &error))?;
        copy.close().map_err(|(_, error)| unwritten(file, &error))?;
        let flaw = |why| CopyError::Unsound { path: source.path.clone(), why };
        match Reader::open(&path).map_err(|error| flaw(error.to_string()))?.find_flaw() {
            Ok(None) => Ok(Self { path, _room: room }),
            Ok(Some(why)) | Err(Fault(why)) => Err(flaw(why)),
        }
    }

    /// Gives it its name, which no file has.
    pub(super) fn publish(self, file: &Path) -> Result<(), CopyError> {
        let publish = || {
            File::open(&self.path)?.sync_all()?;
            TempPath::try_from_path(&self.path)?.persist_noclobber(file).map_err(|error| error.error)?;
            sync_folder(file)
        };
        publish().map_err(|error: io::Error| unwritten(file, &error))
    }
}

/// Copies every page; the copy needs no log beside it.
fn fill(source: &Connection, copy: &mut Connection) -> rusqlite::Result<()> {
    let done = Backup::new(source, copy)?.step(-1)?;
    if done != StepResult::Done {
        return Err(rusqlite::Error::SqliteFailure(
            rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_BUSY),
            Some("the database is busy".to_owned()),
        ));
    }
    set_journal_mode(copy, "delete")
}

/// Makes the names in a file's directory durable.
pub(super) fn sync_folder(file: &Path) -> io::Result<()> {
    #[cfg(unix)]
    File::open(file.parent().unwrap_or(Path::new(".")))?.sync_all()?;
    Ok(())
}

pub(super) fn unwritten(path: &Path, error: &dyn std::fmt::Display) -> CopyError {
    CopyError::Unwritten { path: path.to_owned(), why: error.to_string() }
}
