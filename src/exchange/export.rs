//! Writes an organisation as the file from which it can be read again, without secrets.

use serde::Serialize;
use serde_json::Value;

use crate::domain::{
    Approval, ApprovalStep, Department, DepartmentId, Grant, Group, GroupId, Member, Organisation,
    Permission, PersonId, Roster, Timestamp, Topic,
};

/// The organisation file of a roster. Instants are in the organisation's time zone.
pub fn to_json(roster: &Roster) -> Value {
    serde_json::to_value(File::of(roster)).expect("text and lists of it are always JSON")
}

/// The same as text to keep: indented, and without the weight of a [`Value`] for a large organisation.
pub fn to_text(roster: &Roster) -> String {
    serde_json::to_string_pretty(&File::of(roster)).expect("text and lists of it are always JSON") + "\n"
}

#[derive(Serialize)]
struct File<'a> {
    organisation: OrganisationEntry<'a>,
    departments: Vec<DepartmentEntry<'a>>,
    people: Vec<PersonEntry<'a>>,
    owner: &'a str,
    admins: Vec<AdminEntry<'a>>,
    supervisors: Vec<SupervisorEntry<'a>>,
    approvals: Vec<ApprovalEntry<'a>>,
    handover: Vec<HandoverEntry<'a>>,
    groups: Vec<GroupEntry<'a>>,
}

impl<'a> File<'a> {
    fn of(roster: &'a Roster) -> Self {
        let organisation = &roster.organisation;
        let zone = &organisation.timezone;
        Self {
            organisation: OrganisationEntry::of(organisation),
            departments: roster.departments.iter().map(DepartmentEntry::of).collect(),
            people: roster.people.iter().map(PersonEntry::of).collect(),
            owner: organisation.owner.as_str(),
            admins: roster.admins.iter().map(|(person, grant)| AdminEntry::of(person, grant)).collect(),
            supervisors: roster.supervisors.iter().map(SupervisorEntry::of).collect(),
            approvals: roster.approvals.iter().map(|it| ApprovalEntry::of(it, zone)).collect(),
            handover: roster.handover.iter().map(HandoverEntry::of).collect(),
            groups: roster.groups.iter().map(GroupEntry::of).collect(),
        }
    }
}

#[derive(Serialize)]
struct OrganisationEntry<'a> {
    id: &'a str,
    name: &'a str,
    locale: &'a str,
    timezone: &'a str,
}

impl<'a> OrganisationEntry<'a> {
    fn of(organisation: &'a Organisation) -> Self {
        let Organisation { id, name, locale, timezone, owner: _ } = organisation;
        Self { id, name, locale, timezone }
    }
}

#[derive(Serialize)]
struct DepartmentEntry<'a> {
    id: &'a str,
    name: &'a str,
    parent: Option<&'a str>,
    group: Option<&'a str>,
}

impl<'a> DepartmentEntry<'a> {
    fn of(department: &'a Department) -> Self {
        Self {
            id: department.id.as_str(),
            name: &department.name,
            parent: department.parent.as_ref().map(DepartmentId::as_str),
            group: department.group.as_ref().map(GroupId::as_str),
        }
    }
}

#[derive(Serialize)]
struct PersonEntry<'a> {
    id: &'a str,
    name: &'a str,
    phone: Option<&'a str>,
    email: Option<&'a str>,
    departments: Vec<&'a str>,
    status: &'static str,
}

impl<'a> PersonEntry<'a> {
    fn of(member: &'a Member) -> Self {
        let person = &member.person;
        Self {
            id: person.id.as_str(),
            name: &person.name,
            phone: person.phone.as_deref(),
            email: person.email.as_deref(),
            departments: person.departments.iter().map(DepartmentId::as_str).collect(),
            status: person.status.as_str(),
        }
    }
}

#[derive(Serialize)]
struct AdminEntry<'a> {
    person: &'a str,
    level: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    departments: Option<Vec<&'a str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    permissions: Option<Vec<&'static str>>,
}

impl<'a> AdminEntry<'a> {
    fn of(person: &'a PersonId, grant: &'a Grant) -> Self {
        let departments: Vec<_> = grant.departments.iter().map(DepartmentId::as_str).collect();
        let permissions: Vec<_> = grant.permissions.iter().map(Permission::as_str).collect();
        Self {
            person: person.as_str(),
            level: grant.level.as_str(),
            departments: (!grant.is_main() || !departments.is_empty()).then_some(departments),
            permissions: (!grant.is_main() || !permissions.is_empty()).then_some(permissions),
        }
    }
}

#[derive(Serialize)]
struct SupervisorEntry<'a> {
    person: &'a str,
    department: &'a str,
}

impl<'a> SupervisorEntry<'a> {
    fn of((person, department): &'a (PersonId, DepartmentId)) -> Self {
        Self { person: person.as_str(), department: department.as_str() }
    }
}

#[derive(Serialize)]
struct ApprovalEntry<'a> {
    id: &'a str,
    template: &'a str,
    title: &'a str,
    originator: &'a str,
    status: &'static str,
    created: String,
    cancellable_by: &'static str,
    steps: Vec<StepEntry<'a>>,
}

impl<'a> ApprovalEntry<'a> {
    fn of(approval: &'a Approval, zone: &str) -> Self {
        Self {
            id: approval.id.as_str(),
            template: &approval.template,
            title: &approval.title,
            originator: approval.originator.as_str(),
            status: approval.status.as_str(),
            created: instant(approval.created, zone),
            cancellable_by: approval.cancellable_by.as_str(),
            steps: approval.steps.iter().map(|step| StepEntry::of(step, zone)).collect(),
        }
    }
}

#[derive(Serialize)]
struct StepEntry<'a> {
    approver: &'a str,
    status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    at: Option<String>,
}

impl<'a> StepEntry<'a> {
    fn of(step: &'a ApprovalStep, zone: &str) -> Self {
        Self {
            approver: step.approver.as_str(),
            status: step.status.as_str(),
            at: step.at.map(|at| instant(at, zone)),
        }
    }
}

#[derive(Serialize)]
struct HandoverEntry<'a> {
    person: &'a str,
    items: &'a [String],
}

impl<'a> HandoverEntry<'a> {
    fn of((person, items): &'a (PersonId, Vec<String>)) -> Self {
        Self { person: person.as_str(), items }
    }
}

#[derive(Serialize)]
struct GroupEntry<'a> {
    id: &'a str,
    name: &'a str,
    topics: Vec<&'static str>,
}

impl<'a> GroupEntry<'a> {
    fn of(group: &'a Group) -> Self {
        Self {
            id: group.id.as_str(),
            name: &group.name,
            topics: group.topics.iter().copied().map(Topic::as_str).collect(),
        }
    }
}

/// Like [`Timestamp::rfc3339`], but no part of a second is lost.
fn instant(at: Timestamp, zone: &str) -> String {
    at.zoned(zone).strftime("%Y-%m-%dT%H:%M:%S%.f%:z").to_string()
}
