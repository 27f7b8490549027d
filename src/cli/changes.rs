//! What an import changes: how it is told to whoever imports, and how it is recorded.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::hash::Hash;

use super::world;
use crate::domain::{
    DepartmentId, Directory, Fault, Grant, Group, Member, Person, PersonId, PersonStatus, Roster,
};
use crate::store::Tx;

/// How many of each kind are shown.
const SHOWN: usize = 20;

/// Lines of one kind, of which the first are shown.
#[derive(Debug, Default)]
struct Lines {
    shown: Vec<String>,
    count: usize,
}

impl Lines {
    fn add(&mut self, line: impl FnOnce() -> String) {
        self.count += 1;
        if self.shown.len() < SHOWN {
            self.shown.push(line());
        }
    }

    fn more(&self) -> Option<String> {
        let more = self.count - self.shown.len();
        (more > 0).then(|| format!("and {more} more"))
    }
}

/// What came of what was imported.
#[derive(Debug, Default)]
pub(super) struct Changes {
    new: u64,
    changed: u64,
    left: u64,
    same: u64,
    /// How many rows can't be taken.
    pub(super) refused: u64,
    made: Lines,
    rights: Lines,
    people: Lines,
    flaws: Lines,
    /// How much else is new, other than it was, or gone, by what it is called in the file.
    others: Vec<(&'static str, usize)>,
    /// What is recorded about somebody by itself.
    records: Vec<(PersonId, &'static str)>,
}

impl Changes {
    /// What a whole organisation changes.
    pub(super) fn between(before: Option<&Roster>, after: &Roster) -> Self {
        let mut changes = Self::default();
        let known: HashMap<_, _> =
            list(before, |it| &it.people).iter().map(|it| (&it.person.id, it)).collect();
        for member in &after.people {
            changes.member(member, known.get(&member.person.id).map(|known| &known.person));
        }
        changes.owner(before.map(|it| &it.organisation.owner), &after.organisation.owner);
        let old: HashMap<_, _> =
            list(before, |it| &it.admins).iter().map(|(id, grant)| (id, grant)).collect();
        let new: HashMap<_, _> = after.admins.iter().map(|(id, grant)| (id, grant)).collect();
        let gone = list(before, |it| &it.admins).iter().filter(|(id, _)| !new.contains_key(id));
        for (id, _) in after.admins.iter().chain(gone) {
            changes.admin(id, old.get(id).copied(), new.get(id).copied());
        }
        let departments = list(before, |it| &it.departments);
        let known: HashMap<_, _> = departments.iter().map(|it| (&it.id, it)).collect();
        after
            .departments
            .iter()
            .filter(|it| !known.contains_key(&it.id))
            .for_each(|it| changes.make(&it.name));
        let topics = |group: &Group| {
            let mut topics = group.topics.clone();
            topics.sort_unstable();
            (group.name.clone(), topics)
        };
        let facts =
            before.map(|it| (&it.organisation.name, &it.organisation.locale, &it.organisation.timezone));
        let now = (&after.organisation.name, &after.organisation.locale, &after.organisation.timezone);
        changes.others = vec![
            ("organisation", usize::from(facts.is_some_and(|facts| facts != now))),
            ("departments", differing(departments, &after.departments, |it| (&it.id, it))),
            ("supervisors", differing(list(before, |it| &it.supervisors), &after.supervisors, |it| (it, ()))),
            ("approvals", differing(list(before, |it| &it.approvals), &after.approvals, |it| (&it.id, it))),
            ("handover", differing(list(before, |it| &it.handover), &after.handover, |it| (&it.0, &it.1))),
            ("groups", differing(list(before, |it| &it.groups), &after.groups, |it| (&it.id, topics(it)))),
        ];
        changes
    }

    fn member(&mut self, member: &Member, known: Option<&Person>) {
        let Member { person, password_hash, totp_secret } = member;
        match known {
            Some(known) if known == person => self.same += 1,
            _ => self.person(person, known),
        }
        for (secret, is_set) in [("password", password_hash.is_some()), ("totp", totp_secret.is_some())] {
            if is_set {
                self.records.push((person.id.clone(), secret));
            }
            if is_set && known.is_some() {
                self.rights.add(|| format!("{secret} set: {}", person.id));
            }
        }
    }

    /// Somebody is new, or not as they were.
    pub(super) fn person(&mut self, person: &Person, known: Option<&Person>) {
        match (known, person.status) {
            (None, _) => {
                self.new += 1;
                self.people.add(|| format!("new: {} ({})", person.id, person.name));
            }
            (Some(known), PersonStatus::Departed | PersonStatus::Closed) if known.is_active() => {
                self.left += 1;
                self.records.push((person.id.clone(), person.status.as_str()));
                self.rights.add(|| format!("{}: {} ({})", person.status.as_str(), known.id, known.name));
            }
            (Some(known), _) => {
                self.changed += 1;
                self.people.add(|| format!("changed: {}: {}", person.id, differences(known, person)));
            }
        }
    }

    /// Nothing changes for somebody.
    pub(super) fn nothing(&mut self) {
        self.same += 1;
    }

    /// Who owns the organisation, and who did.
    pub(super) fn owner(&mut self, before: Option<&PersonId>, after: &PersonId) {
        if before == Some(after) {
            return;
        }
        self.records.push((after.clone(), "owner"));
        if let Some(before) = before {
            self.rights.add(|| format!("owner: {before} → {after}"));
        }
    }

    fn admin(&mut self, id: &PersonId, before: Option<&Grant>, after: Option<&Grant>) {
        if before == after {
            return;
        }
        let word = after.map_or("no_admin", |grant| if grant.is_main() { "main_admin" } else { "sub_admin" });
        self.records.push((id.clone(), word));
        let told = |grant: Option<&Grant>| grant.map_or_else(|| "(none)".to_owned(), Grant::options);
        self.rights.add(|| format!("admin: {id}: {} → {}", told(before), told(after)));
    }

    /// A department is new.
    pub(super) fn make(&mut self, department: &str) {
        self.made.add(|| department.to_owned());
    }

    /// A row can't be taken.
    pub(super) fn refuse(&mut self, row: u64, flaws: impl IntoIterator<Item = String>) {
        flaws.into_iter().for_each(|flaw| self.flaws.add(|| format!("row {row}, {flaw}")));
        self.refused += 1;
    }

    /// What the arguments ask for can't be.
    pub(super) fn forbid(&mut self, flaw: String) {
        self.flaws.add(|| flaw);
        self.refused += 1;
    }

    /// All of it, for whoever imports.
    pub(super) fn told(&self, file: &str) -> String {
        let Self { new, changed, left, same, refused, .. } = self;
        let left = if *left > 0 { format!(" {left} left,") } else { String::new() };
        let mut told =
            format!("{file}: {new} new, {changed} changed,{left} {same} unchanged, {refused} refused");
        if self.made.count > 0 {
            let more = self.made.more().map(|more| format!(" {more}")).unwrap_or_default();
            _ = write!(told, "\n  departments to be made: {}{more}", self.made.shown.join(", "));
        }
        let made = |what| if what == "departments" { self.made.count } else { 0 };
        let others = self.others.iter().map(|(what, count)| (what, count - made(*what)));
        let others: Vec<_> =
            others.filter(|(_, count)| *count > 0).map(|(what, count)| format!("{what} {count}")).collect();
        if !others.is_empty() {
            _ = write!(told, "\n  also new, changed or gone: {}", others.join(", "));
        }
        for lines in [&self.rights, &self.people, &self.flaws] {
            lines.shown.iter().cloned().chain(lines.more()).for_each(|line| _ = write!(told, "\n  {line}"));
        }
        told
    }

    /// Records who left, whose rights and secrets are others now, and how much else there was. Ids and words only.
    pub(super) fn record(&self, tx: &Tx<'_>) -> Result<(), Fault> {
        let now = world::now();
        for (person, what) in &self.records {
            tx.record(&world::record("import", person.as_str(), what), now)?;
        }
        let made = if self.others.is_empty() { self.made.count } else { 0 };
        let people = [("new", self.new as usize), ("changed", self.changed as usize), ("departments", made)];
        let counts = people.iter().chain(&self.others).filter(|(_, count)| *count > 0);
        let counts: Vec<_> = counts.map(|(what, count)| format!("{what}={count}")).collect();
        let outcome =
            if counts.is_empty() { "done".to_owned() } else { format!("done:{}", counts.join("+")) };
        tx.record(&world::record("import", &tx.organisation()?.id, &outcome), now)
    }
}

fn list<T>(roster: Option<&Roster>, part: fn(&Roster) -> &Vec<T>) -> &[T] {
    roster.map_or(&[], |roster| part(roster))
}

/// How many are new, not as they were, or gone; each has a key and what is compared.
fn differing<'a, T, K: Eq + Hash, V: PartialEq>(
    before: &'a [T],
    after: &'a [T],
    split: impl Fn(&'a T) -> (K, V),
) -> usize {
    let mut known: HashMap<_, _> = before.iter().map(&split).collect();
    let differ = |(key, value): &(K, V)| known.remove(key).as_ref() != Some(value);
    let differing = after.iter().map(&split).filter(differ).count();
    differing + known.len()
}

/// What changes of somebody, from what to what.
fn differences(known: &Person, person: &Person) -> String {
    let or_none = |value: &Option<String>| value.clone().unwrap_or_else(|| "(none)".to_owned());
    let joined = |places: &[DepartmentId]| {
        if places.is_empty() {
            return "(none)".to_owned();
        }
        places.iter().map(DepartmentId::as_str).collect::<Vec<_>>().join(", ")
    };
    let facts = [
        ("name", known.name.clone(), person.name.clone()),
        ("phone", or_none(&known.phone), or_none(&person.phone)),
        ("email", or_none(&known.email), or_none(&person.email)),
        ("departments", joined(&known.departments), joined(&person.departments)),
    ];
    let changed = facts.iter().filter(|(_, old, new)| old != new);
    changed.map(|(what, old, new)| format!("{what} {old} → {new}")).collect::<Vec<_>>().join("; ")
}
