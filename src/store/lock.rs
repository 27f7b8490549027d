//! The lock that keeps a database to one process, while others may still read it.

use std::fs::{File, OpenOptions, TryLockError};
use std::io;
use std::path::Path;
use std::time::Duration;

use super::OpenError;
use super::open::beside;

/// How often, and how long in between, a process that may be just about to end is waited for.
const TRIES: u32 = 10;
const PAUSE: Duration = Duration::from_millis(25);

/// A locked file beside the database.
///
/// SQLite's own exclusive mode would keep readers out as well, and so every backup of a running bot. The
/// system lets go of the lock when its process ends, however it ends. The file itself stays: if it were
/// removed, two processes could hold the locks of two files of the same name.
#[derive(Debug)]
pub(super) struct Lock {
    _file: File,
}

impl Lock {
    /// Takes the lock of the database at an absolute path.
    pub(super) fn take(database: &Path) -> Result<Self, OpenError> {
        let path = beside(database, "-lock");
        let unreachable =
            |error: io::Error| OpenError::Unreachable { path: path.clone(), why: error.to_string() };
        let file = open(&path, database).map_err(unreachable)?;
        for _ in 0..TRIES {
            match file.try_lock() {
                Ok(()) => return Ok(Self { _file: file }),
                Err(TryLockError::WouldBlock) => pause(),
                Err(TryLockError::Error(error)) => return Err(unreachable(error)),
            }
        }
        Err(OpenError::InUse { path: database.to_owned() })
    }
}

/// Makes the file if there is none, its owner's alone.
fn open(path: &Path, database: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let file = options.open(path)?;
    // Whoever may not give it away keeps it: only the superuser works on other people's databases.
    let _ = give_to_owner_of(database, &file);
    Ok(file)
}

/// Makes a file belong to whoever another belongs to, so that the superuser locks nobody out of their own.
pub(super) fn give_to_owner_of(other: &Path, file: &File) -> io::Result<()> {
    #[cfg(unix)]
    if let Ok(other) = other.metadata() {
        use std::os::unix::fs::{MetadataExt, fchown};
        let made = file.metadata()?;
        if (made.uid(), made.gid()) != (other.uid(), other.gid()) {
            fchown(file, Some(other.uid()), Some(other.gid()))?;
        }
    }
    Ok(())
}

#[allow(clippy::disallowed_methods, reason = "nothing runs yet that could be kept waiting")]
fn pause() {
    std::thread::sleep(PAUSE);
}
