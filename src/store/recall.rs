//! What was read before and nothing has changed since: kept in memory, so that it is not asked of SQLite again.
//!
//! The database has no other writer, so an entry stays true until a statement of this room changes its row; that
//! statement's function forgets the entry. Whatever is undone takes everything with it. In a debug build each
//! answer from memory is compared with the table, so that every test is a test of this too.

use std::cell::{Cell, RefCell};
use std::collections::{HashMap, HashSet};
use std::fmt::Debug;
use std::hash::Hash;
use std::sync::Arc;

use foldhash::fast::RandomState;

use crate::domain::{
    Approval, Choice, Code, Conversation, Department, DepartmentId, Fault, Grant, Group, GroupId, Operation,
    Organisation, Person, PersonId, Topic,
};

/// Of how many keys it is remembered that they have rows; of more, each is looked up.
const MOST_PRESENT: usize = 200_000;

/// How many entries a kind may have. More are seldom asked for twice, and memory is bounded by it.
const MOST: usize = 4_096;

/// Declares [`Recall`] with a field for each kind, and how all of them are forgotten.
macro_rules! recall {
    ($($(#[$about:meta])* $kind:ident: $entries:ty,)+) => {
        /// The entries of every kind.
        #[derive(Debug, Default)]
        pub(super) struct Recall {
            $($(#[$about])* pub(super) $kind: $entries,)+
            /// SQLite's number of the state that all of it was read from.
            version: Cell<i64>,
        }

        impl Recall {
            /// Forgets everything: something was undone.
            pub(super) fn clear(&self) {
                $(self.$kind.clear();)+
            }
        }
    };
}

recall! {
    admins: Presence<PersonId>,
    assignees: Presence<PersonId>,
    approvers: Presence<PersonId>,
    choosers: Presence<PersonId>,
    codes: Presence<Code>,
    conversations: Presence<Conversation>,
    finishers: Presence<PersonId>,
    holders: Presence<PersonId>,
    keepers: Presence<PersonId>,
    led: Presence<DepartmentId>,
    originators: Presence<PersonId>,
    requesters: Presence<PersonId>,
    supervising: Presence<PersonId>,
    approvals_of: Entries<PersonId, Vec<Approval>>,
    approvals_waiting_on: Entries<PersonId, Vec<Approval>>,
    /// The audit log's newest number and hash.
    audit_head: Entries<(), (i64, Vec<u8>)>,
    bound_groups: Entries<Topic, Vec<GroupId>>,
    choice: Entries<(PersonId, Conversation), Option<Choice>>,
    /// A conversation's language, and whether it was told that its backlog is stale.
    conversation: Entries<Conversation, (Option<String>, bool)>,
    executing: Entries<(), Vec<Operation>>,
    department: Entries<DepartmentId, Option<Arc<Department>>>,
    grant: Entries<PersonId, Option<Grant>>,
    group: Entries<GroupId, Option<Group>>,
    handover_items: Entries<PersonId, Vec<String>>,
    /// The highest number that a message has had.
    last_letter: Entries<(), i64>,
    open_of: Entries<PersonId, Vec<Operation>>,
    operation: Entries<Code, Option<Operation>>,
    organisation: Entries<(), Arc<Organisation>>,
    person: Entries<PersonId, Option<Person>>,
    supervised_by: Entries<PersonId, Vec<DepartmentId>>,
    supervisors: Entries<DepartmentId, Vec<PersonId>>,
}

impl Recall {
    /// Forgets everything if another program has written to the database, whatever made it do so.
    pub(super) fn keep_as_of(&self, version: i64) {
        if self.version.replace(version) != version {
            self.clear();
        }
    }
}

/// Which keys may have rows: most people have no rights, no open work, no question, and are not asked of SQLite.
///
/// A key stays after its last row is gone; whatever adds a row adds its key.
#[derive(Debug)]
pub(super) struct Presence<K>(RefCell<Option<Known<K>>>);

#[derive(Debug)]
enum Known<K> {
    All(HashSet<K, RandomState>),
    TooMany,
}

impl<K> Default for Presence<K> {
    fn default() -> Self {
        Self(RefCell::new(None))
    }
}

impl<K: Clone + Debug + Eq + Hash> Presence<K> {
    /// Whether the key may have rows; every key that has is read the first time, at most so many.
    pub(super) fn may_have(
        &self,
        key: &K,
        read: impl FnOnce(usize) -> Result<Vec<K>, Fault>,
    ) -> Result<bool, Fault> {
        if self.0.borrow().is_none() {
            let keys = read(MOST_PRESENT + 1)?;
            let known = match keys.len() {
                0..=MOST_PRESENT => Known::All(keys.into_iter().collect()),
                _ => Known::TooMany,
            };
            *self.0.borrow_mut() = Some(known);
        }
        Ok(match &*self.0.borrow() {
            Some(Known::All(keys)) => keys.contains(key),
            Some(Known::TooMany) | None => true,
        })
    }

    /// The entry of this key; where it can have no rows, nothing is asked or kept. In a debug build that is compared, too.
    pub(super) fn find<V: Clone + Debug + Default + PartialEq>(
        &self,
        entries: &Entries<K, V>,
        key: &K,
        keys: impl FnOnce(usize) -> Result<Vec<K>, Fault>,
        read: impl FnOnce() -> Result<V, Fault>,
    ) -> Result<V, Fault> {
        if self.may_have(key, keys)? {
            return entries.get_or_read(key, read);
        }
        let nothing = V::default();
        if cfg!(debug_assertions) {
            assert_eq!(nothing, read()?, "{key:?} is remembered as having no rows");
        }
        Ok(nothing)
    }

    /// A row of this key is written.
    pub(super) fn add(&self, key: &K) {
        if let Some(Known::All(keys)) = &mut *self.0.borrow_mut() {
            keys.insert(key.clone());
            if keys.len() <= MOST_PRESENT {
                return;
            }
        } else {
            return;
        }
        self.clear();
    }

    /// Forgets all of them: they are read anew.
    pub(super) fn clear(&self) {
        *self.0.borrow_mut() = None;
    }
}

/// The entries of one kind, by their key.
#[derive(Debug)]
pub(super) struct Entries<K, V>(RefCell<HashMap<K, V, RandomState>>);

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

    /// Changes what is kept of this key, if something is, as a statement has just changed its rows.
    pub(super) fn change(&self, key: &K, change: impl FnOnce(&mut V)) {
        if let Some(value) = self.0.borrow_mut().get_mut(key) {
            change(value);
        }
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
