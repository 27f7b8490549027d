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
mod copy;
mod credentials;
mod departments;
mod directory;
mod follow_ups;
mod forms;
mod groups;
mod handover;
mod inbox;
mod intake;
mod lock;
mod memory;
mod migrations;
mod open;
mod operations;
mod organisation;
mod outbox;
mod people;
mod people_keys;
mod quota;
mod reader;
mod readings;
mod recall;
mod restore;
mod restraints;
mod roster;
mod sightings;
mod steps;
#[cfg(test)]
mod tests;
mod tidying;
mod tx;
mod values;

use rusqlite::Connection;

pub use audit::{AuditEntry, AuditHead, BrokenEntry};
pub use copy::CopyError;
pub use credentials::Credentials;
pub use intake::Intake;
pub use open::OpenError;
pub use outbox::{LetterCounts, NewLetter};
pub use reader::Reader;
pub use restore::{Existing, restore};
pub use tx::{LOCKED, Tx};

use crate::domain::Fault;
use lock::Lock;
use recall::Recall;

/// The open database. While it is open, no other process can open it but to read, with a [`Reader`].
#[derive(Debug)]
pub struct Store {
    connection: Connection,
    recall: Recall,
    /// A transaction was begun and not committed, so that nothing that was read in it may be relied on.
    unsettled: bool,
    /// The last to go, once the connection is closed.
    _lock: Option<Lock>,
}

impl Store {
    /// Does the work in one transaction: it is durable when this returns `Ok`, and nothing of it
    /// happened when this returns `Err`.
    pub fn transact<T, E: From<Fault>>(
        &mut self,
        work: impl FnOnce(&mut Tx<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        self.settle()?;
        self.unsettled = true;
        let done = tx::begin(&self.connection, &self.recall).map_err(E::from).and_then(|mut tx| {
            let value = work(&mut tx)?;
            tx.commit()?;
            Ok(value)
        });
        match done {
            Ok(_) => self.unsettled = false,
            // Should this fail too, the next transaction tries it again before it begins.
            Err(_) => drop(self.settle()),
        }
        done
    }

    /// Undoes whatever transaction an error or a panic has left open, and forgets what was read in it.
    fn settle(&mut self) -> Result<(), Fault> {
        if self.unsettled {
            self.recall.clear();
            tx::undo(&self.connection)?;
            self.unsettled = false;
        }
        Ok(())
    }

    /// The first damage that a complete check of the file finds; `None` when it is sound.
    pub fn find_damage(&self) -> Result<Option<String>, Fault> {
        tx::damage(&self.connection)
    }
}
