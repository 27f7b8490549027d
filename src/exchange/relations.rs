//! Lays a file over what is there: who may do what, and what is open in whose hands.

use super::draft::Entry;
use super::node::{Node, Object};
use super::read::{Reader, departments, new_id, put};
use super::rules;
use crate::domain::{
    Approval, ApprovalId, ApprovalStatus, ApprovalStep, Cancellable, DepartmentId, Grant, Level, Permission,
    PersonId, StepStatus, Timestamp,
};

const ADMIN: [&str; 4] = ["person", "level", "departments", "permissions"];
const SUPERVISOR: [&str; 2] = ["person", "department"];
const APPROVAL: [&str; 8] =
    ["id", "template", "title", "originator", "status", "created", "cancellable_by", "steps"];
const STEP: [&str; 3] = ["approver", "status", "at"];
const HANDOVER: [&str; 2] = ["person", "items"];

impl Reader<'_> {
    /// Rights are replaced as a whole: half of an old grant with half of a new one is nobody's intention.
    pub(super) fn admin(&mut self, index: usize, node: &Node<'_>) {
        let Some(object) = node.object(&ADMIN) else { return };
        let person = person(&object, "person");
        let level = object.need("level").and_then(|node| node.word(Level::WORDS, Level::parse));
        let mut departments = Vec::new();
        object.replace("departments", &mut departments, |node| Some(self::departments(node)));
        let mut permissions = Vec::new();
        object.replace("permissions", &mut permissions, |node| {
            Some(node.set(|word| word.word(Permission::WORDS, Permission::parse)))
        });
        let (Some(person), Some(level)) = (person, level) else { return };
        let grant = Grant { level, departments, permissions: permissions.into_iter().collect() };
        put(&mut self.draft.admins, person, Entry { index: Some(index), value: grant }, (&object, "person"));
    }

    pub(super) fn supervisor(&mut self, index: usize, node: &Node<'_>) {
        let Some(object) = node.object(&SUPERVISOR) else { return };
        if let Some(relation) = supervision(&object) {
            let entry = Entry { index: Some(index), value: () };
            put(&mut self.draft.supervisors, relation, entry, (&object, "person"));
        }
    }

    pub(super) fn approval(&mut self, index: usize, node: &Node<'_>) {
        let Some(object) = node.object(&APPROVAL) else { return };
        let Some(id) = new_id(&object, rules::id).map(ApprovalId::new) else { return };
        let before = self.draft.approvals.get(&id).map(|entry| entry.value.clone());
        if before.is_none() {
            object.need("originator");
            object.need("created");
        }
        let mut approval = before.unwrap_or_else(|| Approval {
            id: id.clone(),
            template: String::new(),
            title: id.as_str().to_owned(),
            originator: PersonId::new(""),
            status: ApprovalStatus::Pending,
            created: Timestamp::from_millis(0),
            cancellable_by: Cancellable::OriginatorOrAdmin,
            steps: Vec::new(),
        });
        object.change("template", &mut approval.template, |node| node.text().map(str::to_owned));
        object.change("title", &mut approval.title, |node| node.read(rules::words));
        object.change("originator", &mut approval.originator, |node| node.text().map(PersonId::new));
        object.change("status", &mut approval.status, |node| {
            node.word(ApprovalStatus::WORDS, ApprovalStatus::parse)
        });
        object.change("created", &mut approval.created, |node| node.read(rules::instant));
        object.change("cancellable_by", &mut approval.cancellable_by, |node| {
            node.word(Cancellable::WORDS, Cancellable::parse)
        });
        object
            .change("steps", &mut approval.steps, |node| Some(node.list().map(|node| step(&node)).collect()));
        put(&mut self.draft.approvals, id, Entry { index: Some(index), value: approval }, (&object, "id"));
    }

    pub(super) fn handover(&mut self, index: usize, node: &Node<'_>) {
        let Some(object) = node.object(&HANDOVER) else { return };
        let items =
            object.need("items").map(|node| node.list().filter_map(|item| item.read(rules::words)).collect());
        let Some(person) = person(&object, "person") else { return };
        let entry = Entry { index: Some(index), value: items.unwrap_or_default() };
        put(&mut self.draft.handover, person, entry, (&object, "person"));
    }
}

fn person(object: &Object<'_>, key: &'static str) -> Option<PersonId> {
    object.need(key).and_then(|node| node.text().map(PersonId::new))
}

/// A person and the department that they supervise.
pub(super) fn supervision(object: &Object<'_>) -> Option<(PersonId, DepartmentId)> {
    let person = person(object, "person");
    let department = object.need("department").and_then(|node| node.text().map(DepartmentId::new));
    person.zip(department)
}

/// A step that can't be read keeps its place, so that the others keep theirs.
fn step(node: &Node<'_>) -> ApprovalStep {
    let mut step = ApprovalStep { approver: PersonId::new(""), status: StepStatus::Pending, at: None };
    let Some(object) = node.object(&STEP) else { return step };
    object.need("approver");
    object.change("approver", &mut step.approver, |node| node.text().map(PersonId::new));
    object.change("status", &mut step.status, |node| node.word(StepStatus::WORDS, StepStatus::parse));
    object.replace("at", &mut step.at, |node| node.read(rules::instant).map(Some));
    step
}
