//! Writes an organisation as the file from which it can be read again, without secrets.

use serde_json::{Value, json};

use crate::domain::{
    Approval, Department, DepartmentId, Grant, Group, Permission, Person, PersonId, Roster, Timestamp,
};

/// The organisation file of a roster. Instants are in the organisation's time zone.
pub fn to_json(roster: &Roster) -> Value {
    let organisation = &roster.organisation;
    let zone = &organisation.timezone;
    json!({
        "organisation": {
            "id": organisation.id,
            "name": organisation.name,
            "locale": organisation.locale,
            "timezone": zone,
        },
        "departments": list(&roster.departments, department),
        "people": list(&roster.people, |member| person(&member.person)),
        "owner": organisation.owner.as_str(),
        "admins": list(&roster.admins, |(person, grant)| admin(person, grant)),
        "supervisors": list(&roster.supervisors, |(person, department)| {
            json!({"person": person.as_str(), "department": department.as_str()})
        }),
        "approvals": list(&roster.approvals, |approval| self::approval(approval, zone)),
        "handover": list(&roster.handover, |(person, items)| {
            json!({"person": person.as_str(), "items": items})
        }),
        "groups": list(&roster.groups, group),
    })
}

fn list<T>(items: &[T], write: impl Fn(&T) -> Value) -> Value {
    items.iter().map(write).collect()
}

fn department(department: &Department) -> Value {
    json!({
        "id": department.id.as_str(),
        "name": department.name,
        "parent": department.parent.as_ref().map(DepartmentId::as_str),
        "group": department.group.as_ref().map(|group| group.as_str()),
    })
}

fn person(person: &Person) -> Value {
    json!({
        "id": person.id.as_str(),
        "name": person.name,
        "phone": person.phone,
        "email": person.email,
        "departments": list(&person.departments, |id| json!(id.as_str())),
        "status": person.status.as_str(),
    })
}

fn admin(person: &PersonId, grant: &Grant) -> Value {
    let mut admin = json!({"person": person.as_str(), "level": grant.level.as_str()});
    if !grant.is_main() || !grant.departments.is_empty() {
        admin["departments"] = list(&grant.departments, |id| json!(id.as_str()));
    }
    if !grant.is_main() || !grant.permissions.is_empty() {
        admin["permissions"] = grant.permissions.iter().map(Permission::as_str).collect();
    }
    admin
}

fn approval(approval: &Approval, zone: &str) -> Value {
    let steps = list(&approval.steps, |step| {
        let mut written = json!({"approver": step.approver.as_str(), "status": step.status.as_str()});
        if let Some(at) = step.at {
            written["at"] = json!(instant(at, zone));
        }
        written
    });
    json!({
        "id": approval.id.as_str(),
        "template": approval.template,
        "title": approval.title,
        "originator": approval.originator.as_str(),
        "status": approval.status.as_str(),
        "created": instant(approval.created, zone),
        "cancellable_by": approval.cancellable_by.as_str(),
        "steps": steps,
    })
}

fn group(group: &Group) -> Value {
    json!({
        "id": group.id.as_str(),
        "name": group.name,
        "topics": group.topics.iter().map(|topic| topic.as_str()).collect::<Value>(),
    })
}

/// Like [`Timestamp::rfc3339`], but no part of a second is lost.
fn instant(at: Timestamp, zone: &str) -> String {
    at.zoned(zone).strftime("%Y-%m-%dT%H:%M:%S%.f%:z").to_string()
}
