//! What was read before and nothing has changed since: kept in memory, so that it is not asked of SQLite again.
//!
//! The database has no other writer, so an entry stays true until a statement of this room changes its row; that
//! statement's function forgets the entry. Whatever is undone takes everything with it. In a debug build each
//! answer from memory is compared with the table, so that every test is a test of this too.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::fmt::Debug;
use std::hash::Hash;

use crate::domain::{
    Approval, Choice, Code, Conversation, Department, DepartmentId, Fault, Grant, Group, GroupId, Operation,
    Organisation, Person, PersonId, Topic,
};

/// How many entries a kind may have. More are seldom asked for twice, and memory is bounded by it.
const MOST: usize = 4_096;

/// The entries of every kind.
#[derive(Debug, Default)]
pub(super) struct Recall {
    pub(super) approvals_of: Entries<PersonId, Vec<Approval>>,
    pub(super) approvals_waiting_on: Entries<PersonId, Vec<Approval>>,
    /// The audit log's newest number and hash.
    pub(super) audit_head: Entries<(), (i64, Vec<u8>)>,
    pub(super) bound_groups: Entries<Topic, Vec<GroupId>>,
    pub(super) choice: Entries<(PersonId, Conversation), Option<Choice>>,
    /// A conversation's language, and whether it was told that its backlog is stale.
    pub(super) conversation: Entries<Conversation, (Option<String>, bool)>,
    pub(super) executing: Entries<(), Vec<Operation>>,
    pub(super) department: Entries<DepartmentId, Option<Department>>,
    pub(super) grant: Entries<PersonId, Option<Grant>>,
    pub(super) group: Entries<GroupId, Option<Group>>,
    pub(super) handover_items: Entries<PersonId, Vec<String>>,
    pub(super) operation: Entries<Code, Option<Operation>>,
    pub(super) organisation: Entries<(), Organisation>,
    pub(super) person: Entries<PersonId, Option<Person>>,
    pub(super) supervised_by: Entries<PersonId, Vec<DepartmentId>>,
    pub(super) supervisors: Entries<DepartmentId, Vec<PersonId>>,
    /// SQLite's number of the state that all of it was read from.
    version: Cell<i64>,
}

impl Recall {
    /// Forgets everything if another program has written to the database, whatever made it do so.
    pub(super) fn keep_as_of(&self, version: i64) {
        if self.version.replace(version) != version {
            self.clear();
        }
    }

    /// Forgets everything: something was undone.
    pub(super) fn clear(&self) {
        self.approvals_of.clear();
        self.approvals_waiting_on.clear();
        self.audit_head.clear();
        self.bound_groups.clear();
        self.choice.clear();
        self.conversation.clear();
        self.executing.clear();
        self.department.clear();
        self.grant.clear();
        self.group.clear();
        self.handover_items.clear();
        self.operation.clear();
        self.organisation.clear();
        self.person.clear();
        self.supervised_by.clear();
        self.supervisors.clear();
    }
}

/// The entries of one kind, by their key.
#[derive(Debug)]
pub(super) struct Entries<K, V>(RefCell<HashMap<K, V>>);

impl<K, V> Default for Entries<K, V> {
    fn default() -> Self {
        Self(RefCell::default())
    }
}

impl<K: Clone + Debug + Eq + Hash, V: Clone + Debug + PartialEq> Entries<K, V> {
    /// The entry of this key; when there is none, what is read is kept.
    pub(super) fn get_or_read(&self, key: &K, read: impl FnOnce() -> Result<V, Fault>) -> Result<V, Fault> {
        let kept = self.0.borrow().get(key).cloned();
        if let Some(kept) = kept {
            if cfg!(debug_assertions) {
                assert_eq!(kept, read()?, "what is remembered of {key:?} is what the table holds");
            }
            return Ok(kept);
        }
        let value = read()?;
        self.keep(key.clone(), value.clone());
        Ok(value)
    }

    /// Keeps what a statement has just written.
    pub(super) fn keep(&self, key: K, value: V) {
        let mut entries = self.0.borrow_mut();
        if entries.len() >= MOST {
            entries.clear();
        }
        entries.insert(key, value);
    }

    /// Forgets an entry whose row changes.
    pub(super) fn forget(&self, key: &K) {
        self.0.borrow_mut().remove(key);
    }

    /// Forgets all of the kind.
    pub(super) fn clear(&self) {
        self.0.borrow_mut().clear();
    }
}
