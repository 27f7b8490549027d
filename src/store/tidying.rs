//! What is no longer needed is forgotten, a bounded part of it at a time, so that nobody waits for it.

use super::Tx;
use crate::domain::{Fault, Retention, Timestamp};

/// How many rows of a kind are forgotten at a time.
const BATCH: i64 = 10_000;

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
                "DELETE FROM step WHERE code IN (
                     SELECT code FROM operation WHERE finished_at < ?1 ORDER BY id LIMIT ?2)",
                now - keep.settled,
            ),
            // While something is left to do after it, whoever asked for it is to hear when that is done.
            (
                "DELETE FROM operation WHERE id IN (
                     SELECT id FROM operation WHERE finished_at < ?1
                     AND NOT EXISTS (SELECT 1 FROM follow_up WHERE follow_up.code = operation.code)
                     ORDER BY id LIMIT ?2)",
                now - keep.settled,
            ),
            (
                "DELETE FROM wrong_secret WHERE id IN (SELECT id FROM wrong_secret WHERE at < ?1 ORDER BY id LIMIT ?2)",
                now - keep.marks,
            ),
        ] {
            most = most.max(self.execute(sql, (then, BATCH))?);
        }
        self.recall.choice.clear();
        self.execute("DELETE FROM choice WHERE until < ?1", [now])?;
        Ok(i64::try_from(most).is_ok_and(|most| most >= BATCH))
    }
}
