//! What must hold for organisation files, whatever bytes they are made of.

use std::collections::BTreeSet;

use usher::domain::Roster;
use usher::exchange::{merge, parse, to_text};

fn hash(_: &str) -> String {
    "a hash".to_owned()
}

/// Reads the bytes as a file: it is refused with the path of each fault, or it is an organisation whose parts are all
/// there, and which is the same after it was written and read again.
pub(crate) fn check(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    match parse(&text, &hash) {
        Err(flaws) => {
            assert!(!flaws.is_empty(), "refused without a reason");
            assert!(
                flaws.iter().all(|flaw| !flaw.what.is_empty() && !flaw.to_string().contains('\n')),
                "{flaws:?}"
            );
        }
        Ok(roster) => {
            whole(&roster);
            let again = parse(&to_text(&roster), &hash).unwrap_or_else(|flaws| panic!("{flaws:?}"));
            assert_eq!(without_secrets(again), without_secrets(roster.clone()));
            assert_eq!(without_secrets(merge(&roster, "{}", &hash).unwrap()), without_secrets(roster));
        }
    }
}

fn without_secrets(mut roster: Roster) -> Roster {
    for member in &mut roster.people {
        (member.password_hash, member.totp_secret) = (None, None);
    }
    roster
}

/// Nothing refers to what is not there.
fn whole(roster: &Roster) {
    let ids = || roster.people.iter().map(|member| &member.person.id);
    let people: BTreeSet<_> = ids().collect();
    let departments: BTreeSet<_> = roster.departments.iter().map(|department| &department.id).collect();
    assert_eq!(people.len(), ids().count(), "an id is given twice");
    let owner = roster.people.iter().find(|member| member.person.id == roster.organisation.owner);
    assert!(owner.is_some_and(|owner| owner.person.is_active()), "no owner");
    let belongs = roster.people.iter().flat_map(|member| &member.person.departments);
    let granted = roster.admins.iter().flat_map(|(_, grant)| &grant.departments);
    let led = roster.supervisors.iter().map(|(_, department)| department);
    let above = roster.departments.iter().filter_map(|department| department.parent.as_ref());
    assert!(belongs.chain(granted).chain(led).chain(above).all(|id| departments.contains(id)));
    let admins = roster.admins.iter().map(|(person, _)| person);
    let leads = roster.supervisors.iter().map(|(person, _)| person);
    let keepers = roster.handover.iter().map(|(person, _)| person);
    let originators = roster.approvals.iter().map(|approval| &approval.originator);
    let approvers = roster.approvals.iter().flat_map(|approval| &approval.steps).map(|step| &step.approver);
    assert!(
        admins.chain(leads).chain(keepers).chain(originators).chain(approvers).all(|id| people.contains(id))
    );
    for department in &roster.departments {
        let mut at = department;
        for _ in 0..=roster.departments.len() {
            let Some(parent) = &at.parent else { break };
            at = roster.departments.iter().find(|department| department.id == *parent).unwrap();
        }
        assert_eq!(at.parent, None, "{} is in a circle", department.id);
    }
}
