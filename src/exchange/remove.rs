//! What a partial file takes away.

use std::collections::BTreeSet;
use std::hash::Hash;

use super::draft::Table;
use super::node::{Node, quoted};
use super::read::Reader;
use super::relations::supervision;
use crate::domain::{ApprovalId, DepartmentId, GroupId, PersonId};

const KEYS: [&str; 7] = ["people", "admins", "supervisors", "approvals", "departments", "groups", "handover"];

impl Reader<'_> {
    /// Takes away what the file lists; what is not there can't go, and that is a fault.
    pub(super) fn remove(&mut self, node: &Node<'_>) {
        let Some(object) = node.object(&KEYS) else { return };
        let draft = &mut self.draft;
        if let Some(list) = object.get("admins") {
            ids(&list, &mut draft.admins, |id| PersonId::new(id));
        }
        if let Some(list) = object.get("supervisors") {
            self.remove_supervisors(&list);
        }
        let draft = &mut self.draft;
        if let Some(list) = object.get("handover") {
            ids(&list, &mut draft.handover, |id| PersonId::new(id));
        }
        if let Some(list) = object.get("approvals") {
            ids(&list, &mut draft.approvals, |id| ApprovalId::new(id));
        }
        if let Some(list) = object.get("departments") {
            ids(&list, &mut draft.departments, |id| DepartmentId::new(id));
        }
        if let Some(list) = object.get("groups") {
            ids(&list, &mut draft.groups, |id| GroupId::new(id));
        }
        if let Some(list) = object.get("people") {
            self.remove_people(&list);
        }
    }

    fn remove_people(&mut self, list: &Node<'_>) {
        for node in list.list() {
            let Some(id) = node.text().map(PersonId::new) else { continue };
            let here = self.draft.people.get(&id).is_some_and(|entry| entry.value.person.is_active());
            if !here || !self.draft.removed.insert(id) {
                absent(&node);
            }
        }
        let gone = self.draft.removed.clone();
        self.draft.people.retain(|person, _| !gone.contains(person));
        self.draft.forget(&gone);
    }

    /// A supervisor is named by person and department, or by person alone: then in every department.
    fn remove_supervisors(&mut self, list: &Node<'_>) {
        let mut gone = BTreeSet::new();
        for node in list.list() {
            let mut found = false;
            if node.is_text() {
                let Some(person) = node.text().map(PersonId::new) else { continue };
                for relation in self.draft.supervisors.keys().filter(|(who, _)| *who == person) {
                    found |= gone.insert(relation.clone());
                }
            } else {
                let Some(object) = node.object(&["person", "department"]) else { continue };
                let Some(relation) = supervision(&object) else { continue };
                found = self.draft.supervisors.contains_key(&relation) && gone.insert(relation);
            }
            if !found {
                absent(&node);
            }
        }
        self.draft.supervisors.retain(|relation, _| !gone.contains(relation));
    }
}

fn ids<K: Hash + Eq + Ord, V>(list: &Node<'_>, table: &mut Table<K, V>, id: impl Fn(&str) -> K) {
    let mut gone = BTreeSet::new();
    for node in list.list() {
        let Some(id) = node.text().map(&id) else { continue };
        if !table.contains_key(&id) || !gone.insert(id) {
            absent(&node);
        }
    }
    table.retain(|id, _| !gone.contains(id));
}

fn absent(node: &Node<'_>) {
    let what = if node.is_text() { node.text().map(quoted) } else { None };
    node.flaw(format!("{} is not there to be removed", what.as_deref().unwrap_or("this")));
}
