//! Many people taken in at once: the search keys are gathered, to be written in their order.

use super::people_keys::{self, NewKeys};
use super::{Tx, departments, organisation, people};
use crate::domain::{Department, Fault, Organisation, Person};

/// How many search keys are gathered before they are written.
const BATCH: usize = 1_000_000;

/// People being taken in.
pub struct Intake<'tx, 'store> {
    tx: &'tx Tx<'store>,
    keys: NewKeys,
}

impl<'tx, 'store> Intake<'tx, 'store> {
    /// Begins; nobody is found by a search before [`Self::finish`].
    pub fn new(tx: &'tx Tx<'store>) -> Self {
        Self { tx, keys: NewKeys::new() }
    }

    /// The departments that are there, by id.
    pub fn departments(&self) -> Result<Vec<Department>, Fault> {
        departments::all(self.tx)
    }

    /// Writes somebody as they are now; `known` is how they were.
    pub fn person(&mut self, person: &Person, known: Option<&Person>) -> Result<(), Fault> {
        people::write(self.tx, person, known)?;
        if let Some(known) = known {
            people_keys::forget(self.tx, known)?;
        }
        let keys = people_keys::of(person).into_iter();
        self.keys.extend(keys.map(|(kind, key)| (kind, key, person.id.clone())));
        if self.keys.len() >= BATCH { people_keys::remember(self.tx, &mut self.keys) } else { Ok(()) }
    }

    /// Adds a department.
    pub fn department(&mut self, department: &Department) -> Result<(), Fault> {
        departments::add(self.tx, department)
    }

    /// Founds the organisation of a new database; its owner was taken in before.
    pub fn found(&mut self, organisation: &Organisation) -> Result<(), Fault> {
        organisation::write(self.tx, organisation)
    }

    /// Ends; everybody is found now.
    pub fn finish(mut self) -> Result<(), Fault> {
        people_keys::remember(self.tx, &mut self.keys)
    }
}
