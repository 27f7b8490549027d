//! People and the rights they may have over others.

use super::{DepartmentId, PersonId, Timestamp, words};

/// Somebody in the organisation, or somebody who once was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    /// Stable, never reused.
    pub id: PersonId,
    /// The display name; empty once the account is closed.
    pub name: String,
    /// The bound phone in international form, such as `+8613800000002`.
    pub phone: Option<String>,
    /// The e-mail address.
    pub email: Option<String>,
    /// The departments the person is a member of, in the order of their ids.
    pub departments: Vec<DepartmentId>,
    /// Whether the person is still here.
    pub status: PersonStatus,
}

impl Person {
    /// Whether the person is in the organisation now.
    pub fn is_active(&self) -> bool {
        self.status == PersonStatus::Active
    }
}

/// How somebody left.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gone {
    /// When.
    pub at: Timestamp,
    /// Who did it; nobody, when they were merely no longer listed.
    pub by: Option<PersonId>,
    /// The reason that was given; of a closed account there is none.
    pub reason: Option<String>,
}

words! {
    /// Whether somebody is here, has left, or has closed their account.
    PersonStatus {
        /// In the organisation.
        Active = "active",
        /// Deleted from the organisation.
        Departed = "departed",
        /// The account is closed; only the id is left.
        Closed = "closed",
    }
    /// What an admin may administer, in the order in which it is written.
    #[derive(PartialOrd, Ord)]
    Permission {
        /// The people in scope.
        People = "people",
        /// Other sub admins.
        Admins = "admins",
        /// Approvals of the people in scope.
        Approvals = "approvals",
    }
    /// `main` or `sub`.
    Level {
        /// Everything.
        Main = "main",
        /// What the grant lists, where it lists it.
        Sub = "sub",
    }
}

impl Permission {
    /// Every permission.
    pub const ALL: [Self; 3] = [Self::People, Self::Admins, Self::Approvals];
}

/// A set of permissions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Permissions(u8);

impl Permissions {
    /// Whether the permission is in the set.
    pub fn has(self, permission: Permission) -> bool {
        self.0 & (1 << permission as u8) != 0
    }

    /// Whether every permission of the other set is in this one.
    pub fn covers(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// The permissions in the order in which they are written.
    pub fn iter(self) -> impl Iterator<Item = Permission> {
        Permission::ALL.into_iter().filter(move |permission| self.has(*permission))
    }

    /// The words with commas between, such as `people,approvals`.
    pub fn words(self) -> String {
        self.iter().map(Permission::as_str).collect::<Vec<_>>().join(",")
    }
}

impl FromIterator<Permission> for Permissions {
    fn from_iter<I: IntoIterator<Item = Permission>>(permissions: I) -> Self {
        Self(permissions.into_iter().fold(0, |set, permission| set | 1 << permission as u8))
    }
}

/// An admin's rights.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grant {
    /// A main admin's permissions and departments are not looked at.
    pub level: Level,
    /// Where a sub admin's rights hold: these departments and all below them.
    pub departments: Vec<DepartmentId>,
    /// What a sub admin may do there.
    pub permissions: Permissions,
}

impl Grant {
    /// Whether this is a main admin's.
    pub fn is_main(&self) -> bool {
        self.level == Level::Main
    }

    /// The options with which `/grant-admin` gives exactly these rights.
    pub fn options(&self) -> String {
        match self.level {
            Level::Main => "level=main".to_owned(),
            Level::Sub => {
                let departments: Vec<_> = self.departments.iter().map(DepartmentId::as_str).collect();
                let departments = departments.join(",");
                format!("level=sub departments={departments} permissions={}", self.permissions.words())
            }
        }
    }
}
