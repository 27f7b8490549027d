//! Opening the file: whose it is, whether it is sound, and how SQLite is to treat it.

use std::fs::{self, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, ErrorCode, OpenFlags, ffi};

use super::lock::Lock;
use super::recall::Recall;
use super::{Store, migrations};

/// How long another process is waited for at a statement.
const PATIENCE: Duration = Duration::from_millis(250);

/// How long it is waited for at the start: as long as once the bot runs, for what can't be committed is tried twice.
const FIRST_PATIENCE: Duration = PATIENCE.saturating_mul(2);

/// How many prepared statements are kept: more than there are in this room.
const STATEMENTS: usize = 256;

/// No SQLite database that holds anything is smaller, in bytes.
const SMALLEST: u64 = 512;

/// Temporary data stays in memory, so that nothing of it reaches a disk. SQLite's own cache is small: it is searched as a
/// whole at a commit for which pages were put in order, and what is not in it the system has in memory.
const SETTINGS: &str = "
    PRAGMA synchronous = FULL;
    PRAGMA foreign_keys = ON;
    PRAGMA secure_delete = ON;
    PRAGMA temp_store = MEMORY;
    PRAGMA trusted_schema = OFF;
    PRAGMA cell_size_check = ON;
    PRAGMA cache_size = -8192;
    PRAGMA wal_autocheckpoint = 10000;
    PRAGMA journal_size_limit = 67108864;
";

/// Why a database can't be used.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Its content can't be trusted.
    #[error(
        "{path} is damaged ({why}); it is left as it is: restore a backup, or move it away to begin anew"
    )]
    Damaged {
        /// Which file.
        path: PathBuf,
        /// What was found.
        why: String,
    },
    /// It is a database, but not Usher's.
    #[error("{path} is the database of another program; it is left as it is: name another file")]
    Foreign {
        /// Which file.
        path: PathBuf,
    },
    /// Another process has it.
    #[error("{path} is in use by another process; stop that one, or name another file")]
    InUse {
        /// Which file.
        path: PathBuf,
    },
    /// A later version of Usher wrote it.
    #[error("{path} was written by a newer Usher (schema {found}, this one knows {known}); install that one")]
    Newer {
        /// Which file.
        path: PathBuf,
        /// The file's schema.
        found: usize,
        /// The newest schema that this program knows.
        known: usize,
    },
    /// It is some other kind of file.
    #[error("{path} is not a database; it is left as it is: name another file")]
    NotADatabase {
        /// Which file.
        path: PathBuf,
    },
    /// It can't be created, read or written.
    #[error("cannot open {path} ({why}); check that its directory exists and that you may write there")]
    Unreachable {
        /// Which file.
        path: PathBuf,
        /// What the system says.
        why: String,
    },
}

impl Store {
    /// Opens the database, or makes a new one, readable by its owner alone, where there is no file yet.
    pub fn open(path: &Path) -> Result<Self, OpenError> {
        let path = prepare_file(path)?;
        // Before the lock, so that none is left beside a file that is not ours.
        let (connection, _) = connect(&path)?;
        let lock = Lock::take(&path)?;
        Self::set_up(&path, connection, Some(lock))
    }

    /// Opens a database for which nobody will ask once the program has ended: nothing waits for the disk.
    ///
    /// # Errors
    /// As [`Self::open`].
    pub fn open_fleeting(path: &Path) -> Result<Self, OpenError> {
        let store = Self::open(path)?;
        let settings = "PRAGMA synchronous = OFF";
        store.connection.execute_batch(settings).map_err(|error| explain(path, error))?;
        Ok(store)
    }

    /// Opens the database through a registered SQLite VFS, which alone knows where its files are: none
    /// is looked at or made beforehand, and SQLite itself has to keep others out, readers too.
    pub fn open_with_vfs(path: &Path, vfs: &str) -> Result<Self, OpenError> {
        let explain = |error| explain(path, error);
        let flags = flags() | OpenFlags::SQLITE_OPEN_CREATE;
        let connection = Connection::open_with_flags_and_vfs(path, flags, vfs).map_err(explain)?;
        connection.execute_batch("PRAGMA locking_mode = EXCLUSIVE").map_err(explain)?;
        Self::set_up(path, connection, None)
    }

    fn set_up(path: &Path, mut connection: Connection, lock: Option<Lock>) -> Result<Self, OpenError> {
        let explain = |error| explain(path, error);
        connection.busy_timeout(FIRST_PATIENCE).map_err(explain)?;
        let version = identify(path, &connection)?;
        let prepared = prepare(path, &mut connection, version);
        // Closing a damaged one must not move its log into it; any other is closed as always, so that of a commit that
        // failed nothing is left in the log.
        if !matches!(prepared, Err(OpenError::Damaged { .. } | OpenError::NotADatabase { .. })) {
            connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, false).map_err(explain)?;
        }
        prepared?;
        // What nobody may write now would fail at the first message.
        connection.execute_batch("BEGIN IMMEDIATE; ROLLBACK").map_err(explain)?;
        connection.busy_timeout(PATIENCE).map_err(explain)?;
        Ok(Self { connection, recall: Recall::default(), unsettled: false, _lock: lock })
    }
}

/// Brings a database of ours to the newest schema, and tells SQLite how to treat it.
fn prepare(path: &Path, connection: &mut Connection, version: usize) -> Result<(), OpenError> {
    let explain = |error| explain(path, error);
    if connection.is_readonly("main").map_err(explain)? {
        return Err(OpenError::Unreachable { path: path.to_owned(), why: "it may only be read".to_owned() });
    }
    // It lets others read while the bot writes; the lock keeps a second bot out.
    let journal: String =
        connection.query_row("PRAGMA journal_mode", [], |row| row.get(0)).map_err(explain)?;
    // A database in memory keeps nothing, and has none.
    if journal != "memory" {
        set_journal_mode(connection, "wal").map_err(explain)?;
    }
    connection.execute_batch(SETTINGS).map_err(explain)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    // Otherwise SQLite prepares a statement anew whenever another value is bound to it.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true).map_err(explain)?;
    migrations::apply(connection, version, migrations::NEWEST).map_err(explain)
}

/// Opens a database of ours that is there, or an empty file; gives the version of its schema.
pub(super) fn connect(path: &Path) -> Result<(Connection, usize), OpenError> {
    let explain = |error| explain(path, error);
    let open = || Connection::open_with_flags(path, flags()).map_err(explain);
    // Alone at first: to share a database, SQLite puts files beside it, also where it is somebody else's.
    let alone = open()?;
    alone.execute_batch("PRAGMA locking_mode = EXCLUSIVE; PRAGMA busy_timeout = 0").map_err(explain)?;
    match identify(path, &alone) {
        Ok(_) | Err(OpenError::InUse { .. }) => drop(alone),
        Err(error) => return Err(error),
    }
    let shared = open()?;
    shared.busy_timeout(FIRST_PATIENCE).map_err(explain)?;
    let version = identify(path, &shared)?;
    shared.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, false).map_err(explain)?;
    Ok((shared, version))
}

/// Has changes kept in this way. Where that can't be, SQLite may go on as before and only say so, and what it says may
/// be wrong until the last step: only then is the change written.
pub(super) fn set_journal_mode(connection: &Connection, mode: &'static str) -> rusqlite::Result<()> {
    let mut statement = connection.prepare(&format!("PRAGMA journal_mode = {mode}"))?;
    let kept: Vec<String> = statement.query_map([], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?;
    if kept == [mode] {
        return Ok(());
    }
    let why = format!("its journal can't be changed from {} to {mode}", kept.join(" "));
    Err(rusqlite::Error::SqliteFailure(ffi::Error::new(ffi::SQLITE_IOERR), Some(why)))
}

fn flags() -> OpenFlags {
    OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX
}

/// Makes the file if there is none; gives its absolute path, which SQLite can't mistake for a URI.
///
/// An existing file is only asked for its length: closing it would drop the locks that this very
/// process may have on it.
fn prepare_file(given: &Path) -> Result<PathBuf, OpenError> {
    let unreachable =
        |error: io::Error| OpenError::Unreachable { path: given.into(), why: error.to_string() };
    let (path, length) = match fs::metadata(given) {
        Ok(found) if found.is_file() => (given.canonicalize().map_err(unreachable)?, Some(found.len())),
        Ok(_) => return Err(unreachable(io::Error::other("it is not a regular file"))),
        Err(error) if error.kind() == io::ErrorKind::NotFound => (place(given).map_err(unreachable)?, None),
        Err(error) => return Err(unreachable(error)),
    };
    if length.unwrap_or(0) == 0 && fs::metadata(beside(&path, "-wal")).is_ok_and(|log| log.len() > 0) {
        let why = "there is a write-ahead log, but nothing that it belongs to".to_owned();
        return Err(OpenError::Damaged { path, why });
    }
    // SQLite would take a file of one byte for an empty one.
    if length.is_some_and(|length| (1..SMALLEST).contains(&length)) {
        return Err(OpenError::NotADatabase { path });
    }
    if length.is_none() {
        create(&path).map_err(unreachable)?;
    }
    Ok(path)
}

/// The file whose name is the database's and then this.
pub(super) fn beside(path: &Path, end: &str) -> PathBuf {
    let mut name = path.to_owned().into_os_string();
    name.push(end);
    name.into()
}

/// Where a file that does not exist yet will be.
pub(super) fn place(given: &Path) -> io::Result<PathBuf> {
    let directory = given.parent().filter(|parent| !parent.as_os_str().is_empty());
    let name = given.file_name().ok_or_else(|| io::Error::other("it names no file"))?;
    Ok(directory.unwrap_or(Path::new(".")).canonicalize()?.join(name))
}

/// Makes an empty file that its owner alone can read.
pub(super) fn create(path: &Path) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map(drop)
}

/// Finds out whose database it is, without changing a byte of it, now or on closing; gives its schema's version.
pub(super) fn identify(path: &Path, connection: &Connection) -> Result<usize, OpenError> {
    let explain = |error| explain(path, error);
    let path = path.to_owned();
    // Should it prove to be somebody else's, closing it must not move their log into their file.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true).map_err(explain)?;
    let read = |sql| connection.query_row(sql, [], |row| row.get::<_, i64>(0)).map_err(explain);
    let application = read("PRAGMA application_id")?;
    let version = read("PRAGMA user_version")?;
    let found = match (application, usize::try_from(version).unwrap_or(0)) {
        (0, 0) if read("SELECT count(*) FROM sqlite_schema")? == 0 => 0,
        (id, 0) if id == i64::from(migrations::APPLICATION_ID) => {
            return Err(OpenError::Damaged { path, why: "its schema has no version".to_owned() });
        }
        (id, version) if id == i64::from(migrations::APPLICATION_ID) => version,
        _ => return Err(OpenError::Foreign { path }),
    };
    if found > migrations::NEWEST {
        return Err(OpenError::Newer { path, found, known: migrations::NEWEST });
    }
    Ok(found)
}

#[allow(clippy::needless_pass_by_value, reason = "it stands where errors are mapped")]
pub(super) fn explain(path: &Path, error: rusqlite::Error) -> OpenError {
    let path = path.to_owned();
    match error.sqlite_error_code() {
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => OpenError::InUse { path },
        Some(ErrorCode::NotADatabase) => OpenError::NotADatabase { path },
        Some(ErrorCode::DatabaseCorrupt) => OpenError::Damaged { path, why: error.to_string() },
        _ => OpenError::Unreachable { path, why: error.to_string() },
    }
}
