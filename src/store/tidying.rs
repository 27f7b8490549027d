//! What is no longer needed is forgotten, a bounded part of it at a time, so that nobody waits for it.

use super::Tx;
use super::tx::limit;
use crate::domain::{Code, Fault, Retention, Timestamp};

/// How many rows of a kind are forgotten at a time.
const BATCH: usize = 10_000;
/// How many operations are kept at most, but for those that go on: an eighth of the codes, so that a free one is found at
/// once and the index of codes stays small.
pub(super) const MOST_OPERATIONS: usize = Code::COUNT / 8;

impl Tx<'_> {
    /// Forgets what has been kept for long enough; gives whether there may be more.
    pub fn tidy(&self, keep: &Retention, now: Timestamp) -> Result<bool, Fault> {
        self.recall.operation.clear();
        let mut most = 0;
        for (sql, then) in [
            (
                "DELETE FROM inbox WHERE message IN (SELECT message FROM inbox WHERE at < ?1 LIMIT ?2)",
                now - keep.marks,
            ),
            (
                "DELETE FROM delivered WHERE id IN (SELECT id FROM delivered ORDER BY id LIMIT ?2) AND created < ?1",
                now - keep.sent,
            ),
            // The newest message stays, so that its number is not given again.
            (
                "DELETE FROM outbox WHERE id IN (
                     SELECT id FROM outbox WHERE state = 'dead' AND created < ?1
                     AND id < (SELECT max(id) FROM outbox) LIMIT ?2)",
                now - keep.dead,
            ),
            (
                "DELETE FROM backup WHERE id IN (SELECT id FROM backup WHERE at < ?1 ORDER BY id LIMIT ?2)",
                now - keep.backups,
            ),
            (
                "DELETE FROM wrong_secret WHERE id IN (SELECT id FROM wrong_secret WHERE at < ?1 ORDER BY id LIMIT ?2)",
                now - keep.marks,
            ),
        ] {
            most = most.max(self.execute(sql, (then, limit(BATCH)))?);
        }
        most = most.max(self.forget_operations(now - keep.settled, MOST_OPERATIONS)?);
        self.recall.choice.clear();
        self.execute("DELETE FROM choice WHERE until < ?1", [now])?;
        Ok(most >= BATCH)
    }

    /// Forgets operations that had ended by then, or that more than so many came after, and their steps; gives how many.
    /// While something is left to do after one, whoever asked for it is to hear when that is done.
    pub(super) fn forget_operations(&self, then: Timestamp, most: usize) -> Result<usize, Fault> {
        let newest: i64 = self.value("SELECT coalesce(max(id), 0) FROM operation", [])?;
        let sql = "SELECT id, id > ?2 AND created >= ?1,
                          (finished_at < ?1 OR id <= ?2 AND finished_at IS NOT NULL)
                          AND NOT EXISTS (SELECT 1 FROM follow_up WHERE follow_up.code = operation.code)
                   FROM operation ORDER BY id";
        // They are read from the oldest on, and no further than one that is kept for its age: most are.
        let mut old: Vec<i64> = Vec::new();
        self.each_while(sql, (then, newest - limit(most)), |row| {
            if row.get::<_, Option<bool>>(2)?.unwrap_or(false) {
                old.push(row.get(0)?);
            }
            Ok(!row.get::<_, bool>(1)? && old.len() < BATCH)
        })?;
        for run in old.chunk_by(|id, next| id + 1 == *next) {
            let run = [run[0], run[run.len() - 1]];
            let sql =
                "DELETE FROM step WHERE code IN (SELECT code FROM operation WHERE id BETWEEN ?1 AND ?2)";
            self.execute(sql, run)?;
            self.execute("DELETE FROM operation WHERE id BETWEEN ?1 AND ?2", run)?;
        }
        Ok(old.len())
    }
}
