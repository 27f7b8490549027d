//! Reading a database that a bot may be running on, all of it as it was at one moment.

use std::path::{Path, PathBuf};

use rusqlite::{Connection, OpenFlags};

use super::open::{beside, connect, explain, identify, place};
use super::recall::Recall;
use super::{OpenError, Tx, migrations, tx};
use crate::domain::{Fault, Timestamp};

/// A database that is only read.
#[derive(Debug)]
pub struct Reader {
    pub(super) connection: Connection,
    pub(super) path: PathBuf,
    schema: usize,
}

impl Reader {
    /// Opens a database that is there, whether a bot runs on it or not.
    pub fn open(path: &Path) -> Result<Self, OpenError> {
        let unreachable =
            |error: std::io::Error| OpenError::Unreachable { path: path.into(), why: error.to_string() };
        let path = place(path).and_then(|path| path.canonicalize()).map_err(unreachable)?;
        if !path.is_file() {
            return Err(unreachable(std::io::Error::other("it is not a regular file")));
        }
        // Not with read-only flags: then SQLite would leave its own files behind when it closes.
        let (connection, schema) = connect(&path).or_else(|error| connect_unchanging(&path, error))?;
        if schema == 0 {
            return Err(OpenError::NotADatabase { path });
        }
        connection.execute_batch("PRAGMA query_only = ON").map_err(|error| explain(&path, error))?;
        Ok(Self { connection, path, schema })
    }

    /// Whether an older Usher wrote it, so that its tables are not yet what this one reads.
    pub fn is_outdated(&self) -> bool {
        self.schema < migrations::NEWEST
    }

    /// Reads, all of it at one moment. What is written is refused.
    pub fn read<T>(&self, work: impl FnOnce(&Tx<'_>) -> Result<T, Fault>) -> Result<T, Fault> {
        let recall = Recall::default();
        let read = tx::begin_reading(&self.connection, &recall).and_then(|tx| work(&tx));
        tx::undo(&self.connection)?;
        read
    }

    /// The first damage that a complete check finds in the file; `None` when it is sound.
    pub fn find_damage(&self) -> Result<Option<String>, Fault> {
        tx::damage(&self.connection)
    }

    /// The first thing for which neither the file nor its audit log can be trusted.
    pub(super) fn find_flaw(&self) -> Result<Option<String>, Fault> {
        match self.find_damage()? {
            Some(damage) => Ok(Some(damage)),
            None => Ok(self.read(|tx| tx.verify_audit())?.err().map(|broken| broken.to_string())),
        }
    }
}

/// Where nothing can be written, as on a medium that is read only, SQLite can't share the database with others; but there
/// nobody changes it either, unless what was changed last is still in a log beside it.
fn connect_unchanging(path: &Path, error: OpenError) -> Result<(Connection, usize), OpenError> {
    let OpenError::Unreachable { why, .. } = &error else { return Err(error) };
    for log in ["-wal", "-journal"].map(|end| beside(path, end)) {
        if log.metadata().is_ok_and(|found| found.len() > 0) {
            let why = format!(
                "{why}; what was changed last is in {}: copy both to where you may write, and name the copy",
                log.display()
            );
            return Err(OpenError::Unreachable { path: path.into(), why });
        }
    }
    let flags =
        OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_URI | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let opened = Connection::open_with_flags(unchanging(path), flags);
    let found = opened.ok().and_then(|connection| Some((identify(path, &connection).ok()?, connection)));
    found.map(|(schema, connection)| (connection, schema)).ok_or(error)
}

/// The URI by which SQLite is told that nobody changes the file.
fn unchanging(path: &Path) -> String {
    let plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"/-_.".contains(byte);
    let bytes = path.as_os_str().as_encoded_bytes().iter();
    let written: String = bytes
        .map(|byte| if plain(byte) { char::from(*byte).to_string() } else { format!("%{byte:02X}") })
        .collect();
    format!("file:{written}?immutable=1")
}

impl Tx<'_> {
    /// When the newest thing happened that the database knows of: a message came, went, or was recorded.
    pub fn newest_moment(&self) -> Result<Option<Timestamp>, Fault> {
        self.value(
            "SELECT max(at) FROM (
                 SELECT max(at) AS at FROM audit UNION ALL
                 SELECT max(at) FROM inbox UNION ALL
                 SELECT max(created) FROM outbox UNION ALL
                 SELECT created FROM (SELECT created FROM delivered ORDER BY id DESC LIMIT 1)
             )",
            [],
        )
    }
}
