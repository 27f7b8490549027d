//! The whole organisation at once, as it is imported and exported.

use super::{Approval, Department, DepartmentId, Grant, Group, Organisation, Person, PersonId};

/// Everything that the organisation file holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Roster {
    /// The organisation's own facts.
    pub organisation: Organisation,
    /// Its departments.
    pub departments: Vec<Department>,
    /// Its people, and on export those who once were.
    pub people: Vec<Member>,
    /// Its admins.
    pub admins: Vec<(PersonId, Grant)>,
    /// Who supervises which department.
    pub supervisors: Vec<(PersonId, DepartmentId)>,
    /// Approvals of every status.
    pub approvals: Vec<Approval>,
    /// Each person's open handover items, in order.
    pub handover: Vec<(PersonId, Vec<String>)>,
    /// Its group chats.
    pub groups: Vec<Group>,
}

/// A person, with the secrets that an import brings. Exports bring none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// The person.
    pub person: Person,
    /// A new password's Argon2 hash in PHC form; `None` leaves the password as it is.
    pub password_hash: Option<String>,
    /// A new TOTP secret, decoded; `None` leaves the enrolment as it is.
    pub totp_secret: Option<Vec<u8>>,
}
