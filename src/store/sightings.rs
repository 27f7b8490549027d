//! What the backend has shown takes the place of what the tables say.

use super::people::Departure;
use super::{Tx, admins, approvals, departments, intake::Intake, organisation, people};
use crate::domain::{Approval, ApprovalStatus, Fault, Grant, Person, PersonId, Sighting, Timestamp};

/// Writes a fact down, if it is news.
pub(super) fn write(tx: &Tx<'_>, sighting: &Sighting, now: Timestamp) -> Result<(), Fault> {
    match sighting {
        Sighting::Admins(seen) => write_admins(tx, seen),
        Sighting::Approval(seen) => write_approval(tx, seen),
        Sighting::Department(seen) => match departments::find(tx, &seen.id)? {
            Some(known) if *known == *seen => Ok(()),
            _ => departments::write(tx, seen),
        },
        Sighting::DepartmentGone(id) => departments::remove(tx, id),
        Sighting::Owner(id) if organisation::read(tx)?.owner == *id => Ok(()),
        Sighting::Owner(id) => {
            people::must_be_active(tx, id)?;
            // The owner has every right; what they had as an admin must not come back afterwards.
            admins::end(tx, id)?;
            organisation::change_owner(tx, id)
        }
        Sighting::Person { person, supervises } => match people::find(tx, &person.id)? {
            // An id is never given again: they stay gone, also where what was read is older than that.
            Some(known) if !known.is_active() => Ok(()),
            known => {
                write_person(tx, person, known.as_ref())?;
                departments::set_supervised(tx, &person.id, supervises)
            }
        },
        Sighting::PersonGone(id) => match people::find(tx, id)?.filter(Person::is_active) {
            Some(_) => people::depart(tx, id, &Departure { at: now, actor: None, reason: None }),
            None => Ok(()),
        },
    }
}

fn write_person(tx: &Tx<'_>, seen: &Person, known: Option<&Person>) -> Result<(), Fault> {
    if known == Some(seen) {
        return Ok(());
    }
    let mut intake = Intake::new(tx);
    intake.person(seen, known)?;
    intake.finish()
}

fn write_admins(tx: &Tx<'_>, seen: &[(PersonId, Grant)]) -> Result<(), Fault> {
    let owner = organisation::read(tx)?.owner.clone();
    for (id, _) in admins::all(tx)? {
        if !seen.iter().any(|(still, _)| *still == id) {
            admins::revoke(tx, &id)?;
        }
    }
    for (id, grant) in seen.iter().filter(|(id, _)| *id != owner) {
        // Somebody who is not in the copy yet comes with the next synchronisation, and their rights with them.
        let is_here = people::find(tx, id)?.is_some_and(|person| person.is_active());
        if is_here && admins::find(tx, id)?.as_ref() != Some(grant) {
            admins::grant(tx, id, grant)?;
        }
    }
    Ok(())
}

fn write_approval(tx: &Tx<'_>, seen: &Approval) -> Result<(), Fault> {
    match approvals::find(tx, &seen.id)? {
        Some(known) if known == *seen => Ok(()),
        // What has ended does not run again: what was read is older than its end.
        Some(known) if known.status != ApprovalStatus::Pending && seen.status == ApprovalStatus::Pending => {
            Ok(())
        }
        known => {
            let people = seen.steps.iter().map(|step| &step.approver).chain([&seen.originator]);
            for id in people {
                if people::find(tx, id)?.is_none() {
                    return Err(Fault(format!("{id} of approval {} is unknown", seen.id)));
                }
            }
            approvals::write(tx, seen, known.is_some())
        }
    }
}
