//! The audit log's newest entry, kept outside the database: what a chain of hashes alone can't show is a cut end, or a
//! whole older copy that was put back.
//!
//! It is written after the commit, so after a crash between the two the log is ahead of it, and nothing is wrong. A log
//! that lacks the entry, or has another in its place, is not the one that was written.

use std::fs::{self, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};

use crate::domain::Fault;
use crate::store::{AuditHead, Tx};

/// The file that holds the newest entry.
#[derive(Debug)]
pub struct HeadFile {
    path: PathBuf,
    written: Option<AuditHead>,
}

/// How the log stands to the entry that was noted outside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// The log has it, and so many newer ones.
    Ahead(i64),
    /// The log ends before it: it was cut, or an older copy was put back.
    Cut {
        /// The number that was noted.
        noted: i64,
        /// The number of the log's newest entry.
        newest: i64,
    },
    /// The log has another entry in its place.
    Replaced(i64),
}

impl HeadFile {
    /// Keeps the newest entry there. Nothing is read or written yet.
    pub fn new(path: PathBuf) -> Self {
        Self { path, written: None }
    }

    /// Notes the newest entry, if it is another than the last one noted.
    ///
    /// # Errors
    /// When the file can't be written; the one that was there is still whole.
    pub fn note(&mut self, head: &AuditHead) -> io::Result<()> {
        if self.written.as_ref() == Some(head) {
            return Ok(());
        }
        let mut part = self.path.clone().into_os_string();
        part.push(".new");
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(&part)?;
        writeln!(file, "{} {}", head.seq, head.hash)?;
        // Or a power cut might leave a file that holds no entry in the place of one that does.
        file.sync_data()?;
        fs::rename(&part, &self.path)?;
        self.written = Some(head.clone());
        Ok(())
    }
}

/// The entry that the file holds; none when there is no file yet.
///
/// # Errors
/// When it can't be read, or holds something else.
pub fn read(path: &Path) -> Result<Option<AuditHead>, String> {
    let text = match fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(format!("{}: can't be read: {error}", path.display())),
    };
    let parts = text.trim_end().split_once(' ');
    let head =
        parts.and_then(|(seq, hash)| Some(AuditHead { seq: seq.parse().ok()?, hash: hash.to_owned() }));
    match head.filter(|head| head.hash.len() == 64 && head.hash.bytes().all(|byte| byte.is_ascii_hexdigit()))
    {
        Some(head) => Ok(Some(head)),
        None => Err(format!("{}: it holds no entry's number and hash", path.display())),
    }
}

/// How the log stands to an entry that was noted outside.
///
/// # Errors
/// When the store can't answer.
pub fn standing(tx: &Tx<'_>, noted: &AuditHead) -> Result<Standing, Fault> {
    let newest = tx.audit_head()?.seq;
    Ok(match tx.audit_entry(noted.seq)? {
        Some(entry) if entry.hash() == noted.hash => Standing::Ahead(newest - noted.seq),
        Some(_) => Standing::Replaced(noted.seq),
        // Before the first entry there is nothing that could be missing.
        None if noted.seq == 0 => Standing::Ahead(newest),
        None => Standing::Cut { noted: noted.seq, newest },
    })
}
