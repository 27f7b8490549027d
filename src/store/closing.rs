//! The tables `backup` and `erasure`: what a person takes along, and what is left of them.

use super::{Store, Tx, forms, outbox, people};
use crate::domain::{Attachment, Fault, PersonId, Timestamp};

impl Store {
    /// Moves everything from the write-ahead log into the database and cuts the log to nothing, so that what
    /// was overwritten there is in neither. Gives whether it could: not while somebody reads, such as a backup.
    pub fn wipe_log(&mut self) -> Result<bool, Fault> {
        let sql = "PRAGMA wal_checkpoint(TRUNCATE)";
        self.connection.query_row(sql, [], |row| Ok(row.get::<_, i64>(0)? == 0)).map_err(super::tx::fault)
    }

    /// Makes durable what an earlier process had written and not synced, also where somebody reads: a commit syncs the
    /// whole log, whoever wrote it.
    pub fn sync_log(&mut self) -> Result<(), Fault> {
        self.transact(|tx| {
            // What a statement leaves as it is, is not written.
            tx.execute("UPDATE letter_tally SET sent = sent + 1", [])?;
            tx.execute("UPDATE letter_tally SET sent = sent - 1", []).map(drop)
        })
    }
}

impl Tx<'_> {
    /// Whether somebody was erased whose last messages may still be on their way, or in the log.
    pub fn is_erasing(&self) -> Result<bool, Fault> {
        self.value("SELECT EXISTS (SELECT 1 FROM erasure)", [])
    }

    /// Ends the erasures of which every message that may speak of somebody is on its way or given up. What was written
    /// after them does not speak of them. Gives whether there is more than before of which the log is to be wiped.
    pub fn go_on_erasing(&self) -> Result<bool, Fault> {
        let last = outbox::last(self)?;
        self.execute("UPDATE erasure SET last = ?1 WHERE last IS NULL", [last])?;
        let sql = "UPDATE erasure SET waiting = now.waiting
                   FROM (SELECT person, (SELECT count(*) FROM outbox WHERE state = 'queued' AND id <= last) AS waiting
                         FROM erasure) AS now
                   WHERE now.person = erasure.person AND erasure.waiting IS NOT now.waiting";
        let changed = self.execute(sql, [])?;
        self.execute("DELETE FROM erasure WHERE waiting = 0", [])?;
        Ok(changed > 0)
    }

    /// Whether a message may speak of somebody who was erased since.
    pub(super) fn may_speak_of_the_erased(&self, letter: i64) -> Result<bool, Fault> {
        self.value("SELECT EXISTS (SELECT 1 FROM erasure WHERE last IS NULL OR last >= ?1)", [letter])
    }
}

/// Keeps a new backup instead of the person's older ones, but for those that go with a message which waits or was given up.
pub(super) fn keep_backup(
    tx: &Tx<'_>,
    person: &PersonId,
    file: &Attachment,
    at: Timestamp,
) -> Result<(), Fault> {
    tx.execute(
        "DELETE FROM backup WHERE person = ?1
         AND NOT EXISTS (SELECT 1 FROM outbox WHERE attachment = backup.id)",
        [person],
    )?;
    tx.execute(
        "INSERT INTO backup (person, at, name, content) VALUES (?1, ?2, ?3, ?4)",
        (person, at, &file.name, &file.content),
    )
    .map(drop)
}

pub(super) fn last_backup(tx: &Tx<'_>, person: &PersonId) -> Result<Option<Timestamp>, Fault> {
    tx.value("SELECT max(at) FROM backup WHERE person = ?1", [person])
}

pub(super) fn newest_backup(
    tx: &Tx<'_>,
    person: &PersonId,
) -> Result<Option<(Timestamp, Attachment)>, Fault> {
    let sql = "SELECT at, name, content FROM backup WHERE person = ?1 ORDER BY id DESC LIMIT 1";
    tx.find(sql, [person], |row| Ok((row.get(0)?, Attachment { name: row.get(1)?, content: row.get(2)? })))
}

/// The number of the newest backup of this name.
pub(super) fn newest(tx: &Tx<'_>, name: &str) -> Result<Option<i64>, Fault> {
    tx.find("SELECT max(id) FROM backup WHERE name = ?1", [name], |row| row.get(0)).map(Option::flatten)
}

/// Erases a person but for the id: what was theirs, what they wrote, and what is still to be sent to them
/// or was given up. What is sent keeps no text anyway.
pub(super) fn close(tx: &Tx<'_>, id: &PersonId, at: Timestamp) -> Result<(), Fault> {
    let known = people::find(tx, id)?.ok_or_else(|| Fault(format!("{id} is unknown and can't be erased")))?;
    people::close(tx, &known, at)?;
    tx.recall.choice.clear();
    tx.recall.operation.clear();
    tx.recall.open_of.clear();
    tx.recall.executing.clear();
    for sql in [
        // Whoever was asked which of several is meant has typed the name.
        "DELETE FROM choice WHERE person = ?1 OR EXISTS (SELECT 1 FROM json_each(candidates) WHERE value = ?1)",
        "DELETE FROM opinion WHERE approver = ?1",
        "DELETE FROM wrong_secret WHERE person = ?1",
        "UPDATE cancellation SET reason = NULL WHERE actor = ?1",
        "UPDATE step SET change = json_replace(change, '$.reason', NULL)
         WHERE change ->> 'change' = 'approval_cancelled' AND change ->> 'by' = ?1",
        "UPDATE operation SET command = '' WHERE requester = ?1 OR (target_kind = 'person' AND target = ?1)",
        "UPDATE outbox SET attachment = NULL WHERE attachment IN (SELECT id FROM backup WHERE person = ?1)",
        "DELETE FROM backup WHERE person = ?1",
        "INSERT OR IGNORE INTO erasure (person) VALUES (?1)",
    ] {
        tx.execute(sql, [id])?;
    }
    // A title often begins with who asked.
    let sql = "UPDATE approval SET title = id WHERE originator = ?1 AND instr(lower(title), lower(?2)) > 0";
    tx.execute(sql, (id, &known.name))?;
    // What is said once an operation of somebody else's is done has it as a word of its own.
    let sql = "UPDATE closing SET content = replace(content, ?1, ?2) WHERE instr(content, ?1) > 0";
    tx.execute(sql, (forms::word(&known.name), forms::word(id.as_str())))?;
    let to = format!("@{id}");
    // Marks of the name may be escaped in the text.
    let sql = "UPDATE outbox SET text = '', fields = '{}' WHERE state = 'dead'
               AND (conversation = ?1 OR instr(replace(text, '\\', ''), replace(?2, '\\', '')) > 0)";
    tx.execute(sql, (&to, &known.name)).map(drop)
}
