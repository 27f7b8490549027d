//! What must hold between the parts of an organisation: nothing refers to what is not there.

use std::collections::HashMap;
use std::fmt::Display;

use super::draft::Draft;
use super::node::{Flaws, quoted};
use crate::domain::{DepartmentId, PersonId};

/// How many departments of a circle are named.
const MAX_NAMED: usize = 10;

/// Looks for everything that does not hold.
pub(super) fn check(draft: &Draft, flaws: &Flaws) {
    let check = Check { draft, flaws };
    check.departments();
    check.circles();
    check.people();
    check.here(&draft.organisation.owner, || "owner".to_owned());
    check.admins();
    check.supervisors();
    check.approvals();
    for (person, entry) in &draft.handover {
        check.here(person, || entry.place("handover", person) + ".person");
    }
}

struct Check<'a> {
    draft: &'a Draft,
    flaws: &'a Flaws,
}

impl Check<'_> {
    fn departments(&self) {
        for (id, entry) in &self.draft.departments {
            if let Some(parent) = &entry.value.parent {
                self.department(parent, || entry.place("departments", id) + ".parent");
            }
        }
    }

    /// Follows each department upwards until the top, or a department already followed.
    fn circles(&self) {
        let departments = &self.draft.departments;
        let parent = |id: &DepartmentId| departments.get(id).and_then(|entry| entry.value.parent.as_ref());
        let mut seen_from = HashMap::new();
        for start in departments.keys() {
            let mut next = Some(start);
            while let Some(id) = next.filter(|id| !seen_from.contains_key(id)) {
                seen_from.insert(id, start);
                next = parent(id);
            }
            let Some(id) = next.filter(|id| seen_from[id] == start) else { continue };
            let mut names = vec![id.as_str()];
            let mut at = parent(id);
            while let Some(above) = at.filter(|above| *above != id && names.len() < MAX_NAMED) {
                names.push(above.as_str());
                at = parent(above);
            }
            names.push(if at == Some(id) { id.as_str() } else { "…" });
            let path = departments[id].place("departments", id) + ".parent";
            self.flaws.add(path, format!("the departments go round in a circle: {}", names.join(" > ")));
        }
    }

    fn people(&self) {
        for (id, entry) in &self.draft.people {
            let person = &entry.value.person;
            if !person.is_active() && !person.departments.is_empty() {
                let path = entry.place("people", id) + ".departments";
                self.flaws.add(path, "somebody who left is in no department");
            }
            for (index, department) in person.departments.iter().enumerate() {
                self.department(department, || format!("{}.departments[{index}]", entry.place("people", id)));
            }
        }
    }

    fn admins(&self) {
        for (person, entry) in &self.draft.admins {
            let grant = &entry.value;
            let place = |key| format!("{}.{key}", entry.place("admins", person));
            self.here(person, || place("person"));
            for (index, department) in grant.departments.iter().enumerate() {
                self.department(department, || format!("{}[{index}]", place("departments")));
            }
        }
    }

    fn supervisors(&self) {
        for (relation, entry) in &self.draft.supervisors {
            let (person, department) = relation;
            let place = || entry.place("supervisors", format_args!("{person}/{department}"));
            self.here(person, || place() + ".person");
            self.department(department, || place() + ".department");
        }
    }

    fn approvals(&self) {
        for (id, entry) in &self.draft.approvals {
            let place = || entry.place("approvals", id);
            self.known(&entry.value.originator, || place() + ".originator");
            for (index, step) in entry.value.steps.iter().enumerate() {
                self.known(&step.approver, || format!("{}.steps[{index}].approver", place()));
            }
        }
    }

    /// Somebody who is or once was in the organisation.
    fn known(&self, id: &PersonId, path: impl FnOnce() -> String) {
        if !self.draft.people.contains_key(id) && !self.draft.removed.contains(id) {
            self.missing("person", id, path());
        }
    }

    /// Somebody who is in the organisation now.
    fn here(&self, id: &PersonId, path: impl FnOnce() -> String) {
        match self.draft.people.get(id) {
            Some(entry) if entry.value.person.is_active() => {}
            Some(_) => self.flaws.add(path(), format!("{} has left", quoted(id.as_str()))),
            None if self.draft.removed.contains(id) => {
                self.flaws.add(path(), format!("{} has left", quoted(id.as_str())));
            }
            None => self.missing("person", id, path()),
        }
    }

    fn department(&self, id: &DepartmentId, path: impl FnOnce() -> String) {
        if !self.draft.departments.contains_key(id) {
            self.missing("department", id, path());
        }
    }

    fn missing(&self, kind: &str, id: impl Display, path: String) {
        self.flaws.add(path, format!("there is no {kind} {}", quoted(&id.to_string())));
    }
}
