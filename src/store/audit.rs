//! The table `audit`: a hash chain, in which no entry can be edited, moved or taken out unseen.
//!
//! What a chain alone can't show is a cut end: for that, compare [`Tx::audit_entry`] with a number and
//! hash that were noted earlier, elsewhere.

use rusqlite::Row;
use sha2::{Digest, Sha256};

use super::Tx;
use super::tx::{fault, limit as count};
use crate::domain::{Fault, PersonId, Record, Timestamp, hex};

/// An entry of the audit log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditEntry {
    /// Its number; the first has 1, and none is left out.
    pub seq: i64,
    /// When it was written.
    pub at: Timestamp,
    /// What it says.
    pub record: Record,
    /// The hash over it and everything before it.
    hash: Vec<u8>,
}

/// The newest entry of the audit log, by which all of it is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditHead {
    /// Its number; 0 when there is none yet.
    pub seq: i64,
    /// Its hash in hexadecimal.
    pub hash: String,
}

/// The first entry with which the audit log can't be trusted any more.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("audit entry {seq}: {why}")]
pub struct BrokenEntry {
    /// The number that the entry has or should have.
    pub seq: i64,
    /// What is wrong.
    pub why: &'static str,
}

const UNREADABLE: &str = "it can't be read";

macro_rules! select {
    ($rest:literal) => {
        concat!("SELECT seq, at, actor, action, target, code, conversation, outcome, hash FROM audit ", $rest)
    };
}

impl AuditEntry {
    /// The hash over this entry and everything before it, in hexadecimal.
    pub fn hash(&self) -> String {
        hex(&self.hash)
    }

    fn expected_hash(&self, previous: &[u8]) -> Vec<u8> {
        hash(previous, self.seq, self.at, &self.record)
    }
}

/// The hash over an entry and, by the hash before it, everything before it.
fn hash(previous: &[u8], seq: i64, at: Timestamp, record: &Record) -> Vec<u8> {
    let Record { actor, action, target, code, conversation, outcome } = record;
    let conversation = conversation.as_ref().map(|conversation| conversation.key());
    let mut hash = Sha256::new();
    hash.update(previous);
    hash.update(seq.to_be_bytes());
    hash.update(at.as_millis().to_be_bytes());
    for field in [
        Some(actor.as_str()),
        Some(action),
        target.as_deref(),
        code.as_ref().map(|code| code.as_str()),
        conversation.as_deref(),
        Some(outcome),
    ] {
        // The length comes first, so that no text can be moved from one field to the next.
        hash.update(field.map_or(u64::MAX, |field| field.len() as u64).to_be_bytes());
        hash.update(field.unwrap_or_default());
    }
    hash.finalize().to_vec()
}

impl Tx<'_> {
    /// Appends an entry to the audit log.
    pub fn record(&self, record: &Record, at: Timestamp) -> Result<(), Fault> {
        let (last, previous) = self.newest_audit()?;
        let seq = last + 1;
        let hash = hash(&previous, seq, at, record);
        let Record { actor, action, target, code, conversation, outcome } = record;
        self.execute(
            "INSERT INTO audit (seq, at, actor, action, target, code, conversation, outcome, hash)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
            (seq, at, actor, action, target, code, conversation, outcome, &hash),
        )?;
        self.recall.audit_head.keep((), (seq, hash));
        Ok(())
    }

    /// The newest entry.
    pub fn audit_head(&self) -> Result<AuditHead, Fault> {
        let (seq, hash) = self.newest_audit()?;
        let hash = if seq == 0 { "0".repeat(64) } else { hex(&hash) };
        Ok(AuditHead { seq, hash })
    }

    fn newest_audit(&self) -> Result<(i64, Vec<u8>), Fault> {
        let sql = "SELECT seq, hash FROM audit ORDER BY seq DESC LIMIT 1";
        self.recall.audit_head.get_or_read(&(), || {
            let last = self.find(sql, [], |row| Ok((row.get(0)?, row.get(1)?)))?;
            Ok(last.unwrap_or_default())
        })
    }

    /// Walks the whole audit log; gives how many entries it has, or where it is broken.
    pub fn verify_audit(&self) -> Result<Result<u64, BrokenEntry>, Fault> {
        let mut statement = self.prepare(select!("ORDER BY seq"))?;
        let mut rows = statement.query([]).map_err(fault)?;
        let mut previous = Vec::new();
        let mut seq = 0;
        while let Some(row) = rows.next().map_err(fault)? {
            seq += 1;
            let found: i64 = row.get(0).map_err(fault)?;
            let broken = |why| Ok(Err(BrokenEntry { seq: seq.min(found), why }));
            if found < seq {
                return broken("no entry has such a number");
            }
            if found > seq {
                return broken("it is missing");
            }
            let Ok(entry) = read(row) else { return broken(UNREADABLE) };
            if entry.expected_hash(&previous) != entry.hash {
                return broken("it, or an entry before it, is not what was written");
            }
            previous = entry.hash;
        }
        match self.has_unrecorded_operation()? {
            true => Ok(Err(BrokenEntry {
                seq: seq + 1,
                why: "it is missing: the database has an operation of which no entry tells",
            })),
            false => Ok(Ok(seq.unsigned_abs())),
        }
    }

    /// Whether the end of the log is cut so that it shows: an operation is opened together with its first entry.
    fn has_unrecorded_operation(&self) -> Result<bool, Fault> {
        let sql = "SELECT EXISTS (SELECT code FROM operation EXCEPT SELECT code FROM audit)";
        self.value(sql, [])
    }

    /// How many entries the audit log has.
    pub fn audit_entries(&self) -> Result<u64, Fault> {
        self.value::<i64>("SELECT count(*) FROM audit", []).map(i64::unsigned_abs)
    }

    /// An entry by its number.
    pub fn audit_entry(&self, seq: i64) -> Result<Option<AuditEntry>, Fault> {
        self.find(select!("WHERE seq = ?1"), [seq], read)
    }

    /// The number of the oldest of so many of the newest entries; of those only that the person did or that were about
    /// them, when one is named. `None` when there are none.
    pub fn audit_start(&self, about: Option<&PersonId>, most: usize) -> Result<Option<i64>, Fault> {
        self.value(
            "SELECT min(seq) FROM (SELECT seq FROM audit WHERE ?1 IS NULL OR actor = ?1 OR target = ?1
                                   ORDER BY seq DESC LIMIT ?2)",
            (about, count(most)),
        )
    }

    /// Hands on the entries from this number on, the oldest first, as long as more are wanted; only those that the person
    /// did or that were about them, when one is named. One that can't be read does not hide those behind it.
    pub fn each_audit_entry(
        &self,
        seq: i64,
        about: Option<&PersonId>,
        mut take: impl FnMut(Result<AuditEntry, BrokenEntry>) -> bool,
    ) -> Result<(), Fault> {
        let sql = select!("WHERE seq >= ?1 AND (?2 IS NULL OR actor = ?2 OR target = ?2) ORDER BY seq");
        self.each_while(sql, (seq, about), |row| {
            let seq = row.get(0)?;
            Ok(take(read(row).map_err(|_| BrokenEntry { seq, why: UNREADABLE })))
        })
    }

    /// The newest entries before this number (`i64::MAX` for the very newest), the newest first; only
    /// those that the person did or that were about them, when one is named.
    pub fn audit_before(
        &self,
        seq: i64,
        about: Option<&PersonId>,
        limit: usize,
    ) -> Result<Vec<AuditEntry>, Fault> {
        let sql = select!(
            "WHERE seq < ?1 AND (?2 IS NULL OR actor = ?2 OR target = ?2) ORDER BY seq DESC LIMIT ?3"
        );
        self.list(sql, (seq, about, count(limit)), read)
    }
}

fn read(row: &Row<'_>) -> rusqlite::Result<AuditEntry> {
    Ok(AuditEntry {
        seq: row.get(0)?,
        at: row.get(1)?,
        record: Record {
            actor: row.get(2)?,
            action: row.get(3)?,
            target: row.get(4)?,
            code: row.get(5)?,
            conversation: row.get(6)?,
            outcome: row.get(7)?,
        },
        hash: row.get(8)?,
    })
}
