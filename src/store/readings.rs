//! The table `reading`: what the first copy of a remote organisation has read so far.

use super::Tx;
use crate::domain::{Fault, Timestamp};

impl Tx<'_> {
    /// What was read between then and now. Anything else is forgotten: it is too old, or of a clock that was set back.
    pub fn readings(&self, since: Timestamp, now: Timestamp) -> Result<Vec<(String, String)>, Fault> {
        self.execute("DELETE FROM reading WHERE at NOT BETWEEN ?1 AND ?2", [since, now])?;
        self.list("SELECT what, answer FROM reading", [], |row| Ok((row.get(0)?, row.get(1)?)))
    }

    /// When the oldest of it was read.
    pub fn oldest_reading(&self) -> Result<Option<Timestamp>, Fault> {
        self.value("SELECT min(at) FROM reading", [])
    }

    /// Keeps what was read, for a copy that does not come to its end.
    pub fn keep_readings(&self, read: &[(String, String)], now: Timestamp) -> Result<(), Fault> {
        let sql = "INSERT INTO reading (what, answer, at) VALUES (?1, ?2, ?3)
                   ON CONFLICT (what) DO UPDATE SET answer = excluded.answer, at = excluded.at";
        for (what, answer) in read {
            self.execute(sql, (what, answer, now))?;
        }
        Ok(())
    }
}

/// Nothing is kept any more: there is an organisation.
pub(super) fn forget(tx: &Tx<'_>) -> Result<(), Fault> {
    tx.execute("DELETE FROM reading", []).map(drop)
}
