//! An organisation while a file is laid over it: entries by id, each with its place in the file.

use std::collections::BTreeSet;
use std::fmt::Display;
use std::hash::Hash;

use indexmap::IndexMap;

use crate::domain::{
    Approval, ApprovalId, Department, DepartmentId, Grant, Group, GroupId, Member, Organisation, PersonId,
    Roster,
};

/// Entries by id, in the order in which they came.
pub(super) type Table<K, V> = IndexMap<K, Entry<V>>;

/// An entry, and where in the file it stands; nowhere when it was there before.
pub(super) struct Entry<V> {
    pub(super) index: Option<usize>,
    pub(super) value: V,
}

impl<V> Entry<V> {
    fn old(value: V) -> Self {
        Self { index: None, value }
    }

    /// How a path names this entry of a section.
    pub(super) fn place(&self, section: &str, id: impl Display) -> String {
        match self.index {
            Some(index) => format!("{section}[{index}]"),
            None => format!("{section}[{id}]"),
        }
    }
}

/// A [`Roster`] in the making.
pub(super) struct Draft {
    pub(super) organisation: Organisation,
    pub(super) departments: Table<DepartmentId, Department>,
    pub(super) people: Table<PersonId, Member>,
    pub(super) admins: Table<PersonId, Grant>,
    pub(super) supervisors: Table<(PersonId, DepartmentId), ()>,
    pub(super) approvals: Table<ApprovalId, Approval>,
    pub(super) handover: Table<PersonId, Vec<String>>,
    pub(super) groups: Table<GroupId, Group>,
    /// The people whom this file removes: approvals may still name them.
    pub(super) removed: BTreeSet<PersonId>,
}

impl Draft {
    /// Nothing yet. The id and the owner are placeholders: a file that does not give them is refused.
    pub(super) fn empty() -> Self {
        Self::of(&Roster {
            organisation: Organisation {
                id: String::new(),
                name: String::new(),
                locale: "zh".to_owned(),
                timezone: "Asia/Shanghai".to_owned(),
                owner: PersonId::new(""),
            },
            departments: Vec::new(),
            people: Vec::new(),
            admins: Vec::new(),
            supervisors: Vec::new(),
            approvals: Vec::new(),
            handover: Vec::new(),
            groups: Vec::new(),
        })
    }

    /// What is there already.
    pub(super) fn of(roster: &Roster) -> Self {
        Self {
            organisation: roster.organisation.clone(),
            departments: table(&roster.departments, |it| (it.id.clone(), it.clone())),
            people: table(&roster.people, |it| (it.person.id.clone(), it.clone())),
            admins: table(&roster.admins, Clone::clone),
            supervisors: table(&roster.supervisors, |it| (it.clone(), ())),
            approvals: table(&roster.approvals, |it| (it.id.clone(), it.clone())),
            handover: table(&roster.handover, Clone::clone),
            groups: table(&roster.groups, |it| (it.id.clone(), it.clone())),
            removed: BTreeSet::new(),
        }
    }

    /// Ends every relation of people who leave, but what they asked for and decided stays on record.
    pub(super) fn forget(&mut self, people: &BTreeSet<PersonId>) {
        if people.is_empty() {
            return;
        }
        self.admins.retain(|person, _| !people.contains(person));
        self.supervisors.retain(|(person, _), _| !people.contains(person));
        self.handover.retain(|person, _| !people.contains(person));
    }

    /// The organisation, with sets in the order of their ids.
    pub(super) fn into_roster(self) -> Roster {
        let mut people: Vec<_> = values(self.people).collect();
        for member in &mut people {
            member.person.departments.sort_unstable();
        }
        let mut admins: Vec<_> = pairs(self.admins).collect();
        for (_, grant) in &mut admins {
            grant.departments.sort_unstable();
        }
        let mut groups: Vec<_> = values(self.groups).collect();
        for group in &mut groups {
            group.topics.sort_unstable();
        }
        Roster {
            organisation: self.organisation,
            departments: values(self.departments).collect(),
            people,
            admins,
            supervisors: self.supervisors.into_keys().collect(),
            approvals: values(self.approvals).collect(),
            handover: pairs(self.handover).filter(|(_, items)| !items.is_empty()).collect(),
            groups,
        }
    }
}

fn table<T, K: Hash + Eq, V>(list: &[T], split: impl Fn(&T) -> (K, V)) -> Table<K, V> {
    list.iter()
        .map(|item| {
            let (key, value) = split(item);
            (key, Entry::old(value))
        })
        .collect()
}

fn values<K, V>(table: Table<K, V>) -> impl Iterator<Item = V> {
    table.into_values().map(|entry| entry.value)
}

fn pairs<K, V>(table: Table<K, V>) -> impl Iterator<Item = (K, V)> {
    table.into_iter().map(|(key, entry)| (key, entry.value))
}
