//! The organisation as the rules read it: always the local copy, whichever backend changes it.

use std::sync::Arc;

use super::{Approval, ApprovalId, DepartmentId, Gone, Grant, GroupId, Person, PersonId, words};

/// The store could not answer. A rule passes it on; the runtime undoes the message and reports it.
#[derive(Debug, thiserror::Error)]
#[error("the store failed: {0}")]
pub struct Fault(pub String);

/// The organisation's own facts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Organisation {
    /// Its id.
    pub id: String,
    /// Its display name.
    pub name: String,
    /// The language of conversations that chose none: `zh` or `en`.
    pub locale: String,
    /// Such as `Asia/Shanghai`.
    pub timezone: String,
    /// Exactly one.
    pub owner: PersonId,
}

/// A department and its place in the tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Department {
    /// Its id.
    pub id: DepartmentId,
    /// Its display name.
    pub name: String,
    /// The department above, none at the top.
    pub parent: Option<DepartmentId>,
    /// The department's own group chat.
    pub group: Option<GroupId>,
}

impl Department {
    /// No tree of departments is deeper. A copy that is being made may hold a circle for a while: it is not walked for ever.
    pub const MAX_DEPTH: usize = 64;
}

/// A group chat.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// As the platform has it.
    pub id: GroupId,
    /// Its display name.
    pub name: String,
    /// The notices it receives.
    pub topics: Vec<Topic>,
}

words! {
    /// What a notice is about, and what a group can be bound to.
    #[derive(Hash, PartialOrd, Ord)]
    Topic {
        /// Somebody closed their account.
        AccountClosed = "account_closed",
        /// Somebody lost admin rights.
        AdminRevoked = "admin_revoked",
        /// An approval was cancelled.
        ApprovalCancelled = "approval_cancelled",
        /// Somebody left.
        Departure = "departure",
    }
}

/// Every topic, in the order in which they are listed.
pub const TOPICS: [Topic; 4] =
    [Topic::Departure, Topic::AdminRevoked, Topic::ApprovalCancelled, Topic::AccountClosed];

/// Reads of the organisation. Lists come in a fixed order, so that equal states give equal answers.
pub trait Directory {
    /// The organisation's own facts.
    fn organisation(&self) -> Result<Arc<Organisation>, Fault>;
    /// A person by id, whether here or gone.
    fn person(&self, id: &PersonId) -> Result<Option<Person>, Fault>;
    /// How somebody left; `None` for who is here.
    fn gone(&self, id: &PersonId) -> Result<Option<Gone>, Fault>;
    /// The active people whose folded name ([`super::names::fold`]) is this, by id; at most `limit`.
    fn people_named(&self, folded: &str, limit: usize) -> Result<Vec<PersonId>, Fault>;
    /// The active people whose name looks like this ([`super::names::skeleton`]), by id; at most `limit`.
    fn people_looking_like(&self, skeleton: &str, limit: usize) -> Result<Vec<PersonId>, Fault>;
    /// The active people one of whose search keys ([`super::names::keys`]) starts so, by id; at most `limit`.
    fn people_with_prefix(&self, prefix: &str, limit: usize) -> Result<Vec<PersonId>, Fault>;
    /// Search keys to compare spellings with, with whose they are, some of whom may have left: everybody's, or
    /// where these are more than `limit`, those that share the first letters, as few as leave no more.
    fn spellings(&self, near: &str, limit: usize) -> Result<Vec<(String, PersonId)>, Fault>;
    /// An admin's rights; `None` for somebody who is no admin.
    fn grant(&self, person: &PersonId) -> Result<Option<Grant>, Fault>;
    /// Every admin with their rights, main admins first, then by id.
    fn admins(&self) -> Result<Vec<(PersonId, Grant)>, Fault>;
    /// A department by id.
    fn department(&self, id: &DepartmentId) -> Result<Option<Arc<Department>>, Fault>;
    /// The departments of this name, by id.
    fn departments_named(&self, name: &str) -> Result<Vec<DepartmentId>, Fault>;
    /// The departments that the person supervises, by id.
    fn supervises(&self, person: &PersonId) -> Result<Vec<DepartmentId>, Fault>;
    /// The supervisors of a department, by id.
    fn supervisors(&self, department: &DepartmentId) -> Result<Vec<PersonId>, Fault>;
    /// An approval by id.
    fn approval(&self, id: &ApprovalId) -> Result<Option<Approval>, Fault>;
    /// The pending approvals that the person asked for, oldest first.
    fn approvals_of(&self, originator: &PersonId) -> Result<Vec<Approval>, Fault>;
    /// The pending approvals in which the person has a step to decide, oldest first.
    fn approvals_waiting_on(&self, approver: &PersonId) -> Result<Vec<Approval>, Fault>;
    /// The approvals of every status that the person asked for or has a step in, oldest first.
    fn approvals_concerning(&self, person: &PersonId) -> Result<Vec<Approval>, Fault>;
    /// Every pending approval, oldest first.
    fn pending_approvals(&self) -> Result<Vec<Approval>, Fault>;
    /// The person's open handover items, in order.
    fn handover_items(&self, person: &PersonId) -> Result<Vec<String>, Fault>;
    /// A group by id.
    fn group(&self, id: &GroupId) -> Result<Option<Group>, Fault>;
    /// The groups that receive notices of this topic, by id.
    fn groups_bound_to(&self, topic: Topic) -> Result<Vec<GroupId>, Fault>;
}
