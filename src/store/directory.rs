//! The organisation as the rules read it, from the tables.

use std::sync::Arc;

use super::people_keys::{self, Kind};
use super::{Tx, admins, approvals, departments, groups, handover, organisation, people};
use crate::domain::{
    Approval, ApprovalId, Department, DepartmentId, Directory, Fault, Gone, Grant, Group, GroupId,
    Organisation, Person, PersonId, Topic,
};

impl Directory for Tx<'_> {
    fn organisation(&self) -> Result<Arc<Organisation>, Fault> {
        organisation::read(self)
    }

    fn person(&self, id: &PersonId) -> Result<Option<Person>, Fault> {
        people::find(self, id)
    }

    fn gone(&self, id: &PersonId) -> Result<Option<Gone>, Fault> {
        people::gone(self, id)
    }

    fn people_named(&self, folded: &str, limit: usize) -> Result<Vec<PersonId>, Fault> {
        people_keys::exactly(self, Kind::Name, folded, limit)
    }

    fn people_looking_like(&self, skeleton: &str, limit: usize) -> Result<Vec<PersonId>, Fault> {
        people_keys::exactly(self, Kind::Skeleton, skeleton, limit)
    }

    fn people_with_prefix(&self, prefix: &str, limit: usize) -> Result<Vec<PersonId>, Fault> {
        people_keys::starting(self, prefix, limit)
    }

    fn spellings(&self, near: &str, limit: usize) -> Result<Vec<(String, PersonId)>, Fault> {
        people_keys::spellings(self, near, limit)
    }

    fn grant(&self, person: &PersonId) -> Result<Option<Grant>, Fault> {
        admins::find(self, person)
    }

    fn admins(&self) -> Result<Vec<(PersonId, Grant)>, Fault> {
        admins::all(self)
    }

    fn department(&self, id: &DepartmentId) -> Result<Option<Arc<Department>>, Fault> {
        departments::find(self, id)
    }

    fn departments_named(&self, name: &str) -> Result<Vec<DepartmentId>, Fault> {
        departments::named(self, name)
    }

    fn supervises(&self, person: &PersonId) -> Result<Vec<DepartmentId>, Fault> {
        departments::supervised_by(self, person)
    }

    fn supervisors(&self, department: &DepartmentId) -> Result<Vec<PersonId>, Fault> {
        departments::supervisors(self, department)
    }

    fn approval(&self, id: &ApprovalId) -> Result<Option<Approval>, Fault> {
        approvals::find(self, id)
    }

    fn approvals_of(&self, originator: &PersonId) -> Result<Vec<Approval>, Fault> {
        approvals::pending_of(self, originator)
    }

    fn approvals_waiting_on(&self, approver: &PersonId) -> Result<Vec<Approval>, Fault> {
        approvals::waiting_on(self, approver)
    }

    fn approvals_concerning(&self, person: &PersonId) -> Result<Vec<Approval>, Fault> {
        approvals::concerning(self, person)
    }

    fn pending_approvals(&self) -> Result<Vec<Approval>, Fault> {
        approvals::pending(self)
    }

    fn handover_items(&self, person: &PersonId) -> Result<Vec<String>, Fault> {
        handover::items(self, person)
    }

    fn group(&self, id: &GroupId) -> Result<Option<Group>, Fault> {
        groups::find(self, id)
    }

    fn groups_bound_to(&self, topic: Topic) -> Result<Vec<GroupId>, Fault> {
        groups::bound_to(self, topic)
    }
}
