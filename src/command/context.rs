//! Who is asking, where and when, and what they may do to whom.

use super::people;
use super::refusal::{Refusal, Stop};
use super::spec::Who;
use crate::domain::{
    Conversation, Department, DepartmentId, Fault, Grant, Organisation, Permission, Person, PersonId, Phrase,
    Policy, Record, Timestamp, View,
};

/// Everything that a command may look at.
pub struct Context<'a> {
    /// The organisation and the bot's memory.
    pub view: &'a dyn View,
    /// The settings.
    pub policy: &'a Policy,
    /// The organisation's own facts.
    pub organisation: &'a Organisation,
    /// Who is asking.
    pub sender: &'a Person,
    /// What they are.
    pub role: &'a Role,
    /// Where they ask.
    pub conversation: &'a Conversation,
    /// When they ask.
    pub now: Timestamp,
}

/// What somebody is in the organisation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Role {
    /// The owner.
    Owner,
    /// A main admin.
    Main,
    /// A sub admin.
    Sub(Grant),
    /// Neither.
    Member,
}

impl Role {
    /// What this person is.
    pub fn of(person: &PersonId, organisation: &Organisation, view: &dyn View) -> Result<Self, Fault> {
        if organisation.owner == *person {
            return Ok(Self::Owner);
        }
        Ok(match view.grant(person)? {
            Some(grant) if grant.is_main() => Self::Main,
            Some(grant) => Self::Sub(grant),
            None => Self::Member,
        })
    }

    /// Whether this is the owner or any admin.
    pub fn is_admin(&self) -> bool {
        *self != Self::Member
    }

    /// Whether this is the owner or a main admin.
    pub fn holds_everything(&self) -> bool {
        matches!(self, Self::Owner | Self::Main)
    }

    /// Whether the permission is held, somewhere.
    pub fn holds(&self, permission: Permission) -> bool {
        match self {
            Self::Owner | Self::Main => true,
            Self::Sub(grant) => grant.permissions.has(permission),
            Self::Member => false,
        }
    }
}

impl Context<'_> {
    /// Refuses with `not_admin` whoever none of these fits.
    pub fn require(&self, who: &[Who]) -> Result<(), Refusal> {
        if who.iter().any(|who| who.includes(self.role)) {
            return Ok(());
        }
        let needed = match who.first() {
            Some(Who::Owner) => Phrase::new("denied-owner-only"),
            Some(Who::MainAdmin) => Phrase::new("denied-main-admin-only"),
            Some(Who::Holder(permission)) => {
                let permission = match permission {
                    Permission::Admins => "permission-admins",
                    Permission::Approvals => "permission-approvals",
                    Permission::People => "permission-people",
                };
                Phrase::new("denied-holder-only").phrase("permission", Phrase::new(permission))
            }
            _ => Phrase::new("denied-admin-only"),
        };
        Err(Refusal::denied("not_admin", vec![needed]))
    }

    /// Refuses with `out_of_scope` when the person is not wholly in the sender's departments.
    pub fn require_scope(&self, person: &Person) -> Result<(), Stop> {
        if self.covers_all(&person.departments)? { Ok(()) } else { Err(self.out_of_scope(person).into()) }
    }

    /// The refusal of somebody outside the sender's departments.
    pub fn out_of_scope(&self, person: &Person) -> Refusal {
        Refusal::denied("out_of_scope", vec![Phrase::new("denied-out-of-scope").text("name", &person.name)])
    }

    /// Whether the sender's rights hold in every one of these departments, and there is one. Somebody who
    /// is also a member elsewhere is not this sub admin's to change.
    pub fn covers_all(&self, departments: &[DepartmentId]) -> Result<bool, Fault> {
        let Role::Sub(grant) = self.role else {
            return Ok(self.role.holds_everything());
        };
        for department in departments {
            if !self.is_below(department, &grant.departments)? {
                return Ok(false);
            }
        }
        Ok(!departments.is_empty())
    }

    /// Whether the department is one of these, or below one.
    pub fn is_below(&self, department: &DepartmentId, tops: &[DepartmentId]) -> Result<bool, Fault> {
        let mut at = department.clone();
        for _ in 0..Department::MAX_DEPTH {
            if tops.contains(&at) {
                return Ok(true);
            }
            match self.view.department(&at)?.and_then(|found| found.parent.clone()) {
                Some(parent) => at = parent,
                None => return Ok(false),
            }
        }
        Ok(false)
    }

    /// An audit entry of something that the sender did here.
    pub fn record(&self, action: &str, target: Option<&str>, outcome: &str) -> Record {
        Record {
            actor: self.sender.id.clone(),
            action: action.to_owned(),
            target: target.map(str::to_owned),
            code: None,
            conversation: Some(self.conversation.clone()),
            outcome: outcome.to_owned(),
        }
    }

    /// The departments that a word may mean: the one with this id, or else those of this name.
    pub fn departments(&self, word: &str) -> Result<Vec<DepartmentId>, Fault> {
        let id = DepartmentId::new(word);
        match self.view.department(&id)? {
            Some(_) => Ok(vec![id]),
            None => self.view.departments_named(word),
        }
    }

    /// Finds the person that a parameter names; the parameter must be there.
    pub fn person(&self, args: &super::args::Args<'_>, name: &str) -> Result<Person, Stop> {
        self.person_if_named(args, name)?.ok_or_else(|| {
            args.bad(Phrase::new("bad-missing").code("what", format!("{name}=@person"))).into()
        })
    }

    /// Finds the person that a parameter names, if it is there.
    pub fn person_if_named(&self, args: &super::args::Args<'_>, name: &str) -> Result<Option<Person>, Stop> {
        match args.person(name) {
            Some((word, value)) => people::resolve(self.view, word, value).map(Some),
            None => Ok(None),
        }
    }
}
