//! Where an import works, so that one that is refused or killed leaves nothing behind.

use std::fs;
use std::path::{Path, PathBuf};

use super::Failure;

/// Where the work is done: a database that is not there yet is made elsewhere and moved when it is whole.
pub(super) enum Place {
    There,
    Elsewhere(tempfile::TempDir),
}

impl Place {
    /// The place for a database at this path.
    pub(super) fn of(db: &Path) -> Result<Self, Failure> {
        if db.exists() {
            return Ok(Self::There);
        }
        // SQLite would carry out what stands in there in the new database.
        let mut log = db.to_owned().into_os_string();
        log.push("-wal");
        let log = PathBuf::from(log);
        if log.exists() {
            return Err(Failure::Failed(format!(
                "{}: it belongs to a database that is no longer there; move it away, then import again",
                log.display()
            )));
        }
        let folder = db.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let made = tempfile::tempdir_in(folder);
        made.map(Self::Elsewhere).map_err(|error| failed(folder, &error))
    }

    /// Which file is worked in.
    pub(super) fn working(&self, db: &Path) -> PathBuf {
        match self {
            Self::There => db.to_owned(),
            Self::Elsewhere(folder) => folder.path().join("new.db"),
        }
    }

    /// Gives what is whole its name.
    pub(super) fn settle(self, db: &Path) -> Result<(), Failure> {
        match &self {
            Self::There => Ok(()),
            Self::Elsewhere(_) => fs::rename(self.working(db), db).map_err(|error| failed(db, &error)),
        }
    }
}

fn failed(path: &Path, error: &std::io::Error) -> Failure {
    Failure::Failed(format!("{}: can't be made: {error}", path.display()))
}
