//! The table `inbox`: by what a message that is delivered again is known.

use super::Tx;
use crate::domain::{Fault, MessageId, Timestamp};

impl Tx<'_> {
    /// Marks a message as handled; `false` when it already was.
    pub fn first_time(&self, message: &MessageId, now: Timestamp) -> Result<bool, Fault> {
        let sql = "INSERT OR IGNORE INTO inbox (message, at) VALUES (?1, ?2)";
        Ok(self.execute(sql, (message, now))? == 1)
    }

    /// Takes a message's mark away: it is to be handled later.
    pub fn forget_message(&self, message: &MessageId) -> Result<(), Fault> {
        self.change_one("a message is put aside", "DELETE FROM inbox WHERE message = ?1", [message])
    }
}
