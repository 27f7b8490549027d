//! Lays a file over what is there: the organisation, its departments and groups, and its people.

use std::collections::BTreeSet;
use std::hash::Hash;

use super::draft::{Draft, Entry, Table};
use super::node::{Node, Object, quoted};
use super::{Hashing, rules};
use crate::domain::names::is_command;
use crate::domain::{
    Department, DepartmentId, Group, GroupId, Member, Person, PersonId, PersonStatus, TOPICS, Topic,
};

/// The keys at the top of a file, in the order in which they are written; the last only in a partial one.
const KEYS: [&str; 10] = [
    "organisation",
    "departments",
    "people",
    "owner",
    "admins",
    "supervisors",
    "approvals",
    "handover",
    "groups",
    "remove",
];
const ORGANISATION: [&str; 4] = ["id", "name", "locale", "timezone"];
const DEPARTMENT: [&str; 4] = ["id", "name", "parent", "group"];
const PERSON: [&str; 8] = ["id", "name", "phone", "email", "departments", "password", "totp", "status"];
const GROUP: [&str; 3] = ["id", "name", "topics"];

/// How much of an organisation a file must give.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Demand {
    /// Only what changes, and what goes.
    Part,
    /// All that an organisation needs.
    Whole,
}

/// Whether what the file refers to can be looked up in the result.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Outcome {
    /// A list to which everything refers could not be read: looking would find faults that are none.
    Gaps,
    /// It can.
    Whole,
}

/// A file being read.
pub(super) struct Reader<'a> {
    pub(super) draft: Draft,
    pub(super) demand: Demand,
    pub(super) hash: Hashing<'a>,
    /// The people who leave by their status in this file.
    leaving: BTreeSet<PersonId>,
}

impl<'a> Reader<'a> {
    /// Starts from what is there already.
    pub(super) fn new(draft: Draft, demand: Demand, hash: Hashing<'a>) -> Self {
        Self { draft, demand, hash, leaving: BTreeSet::new() }
    }

    /// Reads the whole file.
    pub(super) fn file(&mut self, file: &Node<'_>) -> Outcome {
        let keys = match self.demand {
            Demand::Part => &KEYS[..],
            Demand::Whole => &KEYS[..KEYS.len() - 1],
        };
        let Some(file) = file.object(keys) else { return Outcome::Gaps };
        if self.demand == Demand::Part
            && let Some(node) = file.get("remove")
        {
            self.remove(&node);
        }
        if let Some(node) = self.demanded(&file, "organisation") {
            self.organisation(&node);
        }
        if let Some(owner) = self.demanded(&file, "owner").and_then(|node| node.text().map(PersonId::new)) {
            self.draft.organisation.owner = owner;
        }
        self.section(self.demanded(&file, "departments"), Self::department);
        self.section(self.demanded(&file, "people"), Self::person);
        let leaving = std::mem::take(&mut self.leaving);
        self.draft.forget(&leaving);
        self.section(file.get("admins"), Self::admin);
        self.section(file.get("supervisors"), Self::supervisor);
        self.section(file.get("approvals"), Self::approval);
        self.section(file.get("handover"), Self::handover);
        self.section(file.get("groups"), Self::group);
        let readable = |key| file.get(key).map_or(self.demand == Demand::Part, |node| node.is_list());
        if readable("departments") && readable("people") { Outcome::Whole } else { Outcome::Gaps }
    }

    fn section(&mut self, list: Option<Node<'_>>, read: fn(&mut Self, usize, &Node<'_>)) {
        for (index, node) in list.iter().flat_map(Node::list).enumerate() {
            read(self, index, &node);
        }
    }

    fn demanded<'o>(&self, object: &'o Object<'_>, key: &'static str) -> Option<Node<'o>> {
        match self.demand {
            Demand::Part => object.get(key),
            Demand::Whole => object.need(key),
        }
    }

    fn organisation(&mut self, node: &Node<'_>) {
        let Some(object) = node.object(&ORGANISATION) else { return };
        let organisation = &self.draft.organisation;
        if let Some(node) = self.demanded(&object, "id")
            && let Some(id) = node.new_id(rules::id)
        {
            if organisation.id.is_empty() {
                self.draft.organisation.id = id.to_owned();
                self.draft.organisation.name = id.to_owned();
            } else if organisation.id != id {
                node.flaw(format!("this is {}, not {}", quoted(&organisation.id), quoted(id)));
            }
        }
        let organisation = &mut self.draft.organisation;
        object.change("name", &mut organisation.name, |node| node.read(rules::name));
        object.change("locale", &mut organisation.locale, |node| {
            node.word(&["zh", "en"], |word| ["zh", "en"].contains(&word).then(|| word.to_owned()))
        });
        object.change("timezone", &mut organisation.timezone, |node| node.read(rules::timezone));
    }

    fn department(&mut self, index: usize, node: &Node<'_>) {
        let Some(object) = node.object(&DEPARTMENT) else { return };
        let Some(id) = new_id(&object, rules::id).map(DepartmentId::new) else { return };
        let before = self.draft.departments.get(&id).map(|entry| entry.value.clone());
        let mut department = before.unwrap_or_else(|| Department {
            id: id.clone(),
            name: id.as_str().to_owned(),
            parent: None,
            group: None,
        });
        object.change("name", &mut department.name, |node| node.read(rules::name));
        object.replace("parent", &mut department.parent, |node| node.text().map(DepartmentId::new).map(Some));
        let known = department.group.clone();
        object.replace("group", &mut department.group, |node| {
            let id = node.new_id(rules::platform_id).map(GroupId::new)?;
            if known.as_ref() != Some(&id) {
                node.read(rules::free_for_group);
            }
            Some(Some(id))
        });
        put(
            &mut self.draft.departments,
            id,
            Entry { index: Some(index), value: department },
            (&object, "id"),
        );
    }

    fn group(&mut self, index: usize, node: &Node<'_>) {
        let Some(object) = node.object(&GROUP) else { return };
        let Some(id) = new_id(&object, rules::platform_id).map(GroupId::new) else { return };
        let before = self.draft.groups.get(&id).map(|entry| entry.value.clone());
        if before.is_none()
            && let Err(what) = rules::free_for_group(id.as_str())
        {
            object.flaw("id", what);
        }
        let mut group = before.unwrap_or_else(|| Group {
            id: id.clone(),
            name: id.as_str().to_owned(),
            topics: Vec::new(),
        });
        object.change("name", &mut group.name, |node| node.read(rules::name));
        object.replace("topics", &mut group.topics, |node| {
            Some(node.set(|topic| topic.word(&TOPICS.map(Topic::as_str), Topic::parse)))
        });
        put(&mut self.draft.groups, id, Entry { index: Some(index), value: group }, (&object, "id"));
    }

    fn person(&mut self, index: usize, node: &Node<'_>) {
        let Some(object) = node.object(&PERSON) else { return };
        let Some(id) = new_id(&object, rules::id).map(PersonId::new) else { return };
        let status = object
            .get("status")
            .map_or(Some(PersonStatus::Active), |node| node.word(PersonStatus::WORDS, PersonStatus::parse));
        let status = status.unwrap_or(PersonStatus::Active);
        let before = self.draft.people.get(&id).map(|entry| entry.value.person.clone());
        if before.is_none()
            && let Err(what) = rules::free_for_person(id.as_str())
        {
            object.flaw("id", what);
        }
        let gone = before.as_ref().is_some_and(|person| !person.is_active());
        if status == PersonStatus::Active && (gone || self.draft.removed.contains(&id)) {
            object.flaw("id", format!("{} is the id of somebody who left", quoted(id.as_str())));
        }
        let mut member = Member {
            person: self.profile(&object, &id, before.as_ref(), status),
            password_hash: None,
            totp_secret: None,
        };
        self.secrets(&object, &mut member);
        match before {
            // A file may be older than what is known: nothing of somebody who left comes back with it.
            Some(before) if gone => member.person = before,
            Some(_) if status != PersonStatus::Active => {
                self.leaving.insert(id.clone());
            }
            _ => {}
        }
        put(&mut self.draft.people, id, Entry { index: Some(index), value: member }, (&object, "id"));
    }

    fn profile(
        &self,
        object: &Object<'_>,
        id: &PersonId,
        before: Option<&Person>,
        status: PersonStatus,
    ) -> Person {
        let mut person = before.cloned().unwrap_or_else(|| Person {
            id: id.clone(),
            name: String::new(),
            phone: None,
            email: None,
            departments: Vec::new(),
            status,
        });
        person.status = status;
        if status != PersonStatus::Active {
            person.phone = None;
            person.departments.clear();
        }
        if status == PersonStatus::Closed {
            person.name.clear();
            person.email = None;
        }
        let name = if before.is_none() { object.need("name") } else { self.demanded(object, "name") };
        if let Some(name) = name.and_then(|node| match status {
            PersonStatus::Closed => {
                node.read(|name| if name.is_empty() { Ok(String::new()) } else { rules::name(name) })
            }
            _ => node.read(rules::name),
        }) {
            person.name = name;
        }
        object.replace("phone", &mut person.phone, |node| node.read(rules::phone).map(Some));
        object.replace("email", &mut person.email, |node| node.read(rules::email).map(Some));
        object.replace("departments", &mut person.departments, |node| Some(departments(node)));
        person
    }

    fn secrets(&self, object: &Object<'_>, member: &mut Member) {
        let hash = self.hash;
        object.replace("password", &mut member.password_hash, |node| {
            node.read(|password| match password {
                "" => Err("a password can't be empty".to_owned()),
                _ if is_command(password) => Err("a password can't begin with a slash".to_owned()),
                _ => Ok(Some(hash(password))),
            })
        });
        object.replace("totp", &mut member.totp_secret, |node| node.read(rules::totp).map(Some));
        if !member.person.is_active() && (member.password_hash.is_some() || member.totp_secret.is_some()) {
            object.flaw("id", "somebody who left has no password and no TOTP");
        }
    }
}

/// The id of an entry, as it stands there.
pub(super) fn new_id(object: &Object<'_>, rule: fn(&str) -> Result<(), String>) -> Option<String> {
    object.need("id").and_then(|node| node.new_id(rule).map(str::to_owned))
}

/// A list of departments. One that can't be read keeps its place, so that the others keep theirs.
pub(super) fn departments(list: &Node<'_>) -> Vec<DepartmentId> {
    list.set(|node| Some(DepartmentId::new(node.text().unwrap_or_default())))
}

/// Puts an entry into its table, in the place of the one that was there before this file. `key` is the key
/// in the file that tells the entries apart.
pub(super) fn put<K: Hash + Eq, V>(
    table: &mut Table<K, V>,
    id: K,
    entry: Entry<V>,
    (object, key): (&Object<'_>, &'static str),
) {
    if let Some(Entry { index: Some(first), .. }) = table.insert(id, entry) {
        object.flaw(key, format!("is the same as in [{first}]"));
    }
}
