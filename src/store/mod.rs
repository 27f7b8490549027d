//! What is remembered: one SQLite file, and the only room that knows SQLite.
//!
//! Every read and write happens in a [`Tx`], which [`Store::transact`] opens, commits and, after any
//! error, undoes. A table or a small family of tables has a file of its own.

mod admins;
mod apply;
mod approvals;
mod audit;
mod closing;
mod consultations;
mod conversations;
mod credentials;
mod departments;
mod directory;
mod follow_ups;
mod groups;
mod handover;
mod inbox;
mod memory;
mod migrations;
mod open;
mod operations;
mod organisation;
mod outbox;
mod people;
mod people_keys;
mod restraints;
mod roster;
#[cfg(test)]
mod tests;
mod tx;
mod values;

use rusqlite::Connection;

pub use audit::{AuditEntry, BrokenEntry};
pub use credentials::Credentials;
pub use open::OpenError;
pub use outbox::{LetterCounts, NewLetter};
pub use tx::Tx;

use crate::domain::Fault;

/// The open database. While it is open no other process can open it.
#[derive(Debug)]
pub struct Store {
    connection: Connection,
}

impl Store {
    /// Does the work in one transaction: it is durable when this returns `Ok`, and nothing of it
    /// happened when this returns `Err`.
    pub fn transact<T, E: From<Fault>>(
        &mut self,
        work: impl FnOnce(&mut Tx<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        tx::settle(&self.connection)?;
        let done = tx::begin(&self.connection).map_err(E::from).and_then(|mut tx| {
            let value = work(&mut tx)?;
            tx.commit()?;
            Ok(value)
        });
        if done.is_err() {
            // Should this fail too, the next transaction tries it again before it begins.
            let _ = tx::settle(&self.connection);
        }
        done
    }

    /// The first damage that a complete check of the file finds; `None` when it is sound.
    pub fn find_damage(&self) -> Result<Option<String>, Fault> {
        let found: String = self
            .connection
            .query_row("PRAGMA integrity_check(1)", [], |row| row.get(0))
            .map_err(tx::fault)?;
        Ok((found != "ok").then_some(found))
    }
}
