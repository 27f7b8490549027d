//! The whole organisation in and out.

use super::intake::Intake;
use super::people::Departure;
use super::{Tx, admins, approvals, departments, groups, handover, organisation, people, readings};
use crate::domain::{Fault, Member, PersonId, Roster, Timestamp};

impl Tx<'_> {
    /// Whether an organisation was ever imported.
    pub fn has_organisation(&self) -> Result<bool, Fault> {
        organisation::exists(self)
    }

    /// Whether the organisation itself is elsewhere, and this is a copy of it; an organisation that there is not is none.
    pub fn is_copy(&self) -> Result<bool, Fault> {
        organisation::is_copy(self)
    }

    /// Notes that the organisation itself is elsewhere: from then on it is changed there alone.
    pub fn mark_copy(&self) -> Result<(), Fault> {
        organisation::mark_copy(self)
    }

    /// Makes the organisation exactly this. Whoever is no longer listed has departed.
    pub fn replace(&self, roster: &Roster, now: Timestamp) -> Result<(), Fault> {
        self.replace_telling(roster, now, &|| ())
    }

    /// The same, and tells after each person that one more is written.
    pub fn replace_telling(&self, roster: &Roster, now: Timestamp, written: &dyn Fn()) -> Result<(), Fault> {
        let members = by_id(roster)?;
        let owner = find(&members, &roster.organisation.owner)
            .ok_or_else(|| Fault("the owner is not among the people".to_owned()))?;
        let mut intake = Intake::new(self);
        // The old owner can only leave once the new one is in place, who must be a person by then.
        self.write_member(owner, &mut intake)?;
        organisation::write(self, &roster.organisation)?;
        for member in &members {
            self.write_member(member, &mut intake)?;
            written();
        }
        intake.finish()?;
        for id in people::active_ids(self)? {
            if find(&members, &id).is_none() {
                people::depart(self, &id, &Departure { at: now, actor: None, reason: None })?;
            }
        }
        departments::replace(self, &roster.departments, &roster.supervisors)?;
        admins::replace(self, &roster.admins)?;
        approvals::replace(self, &roster.approvals)?;
        handover::replace(self, &roster.handover)?;
        groups::replace(self, &roster.groups)?;
        readings::forget(self)
    }

    /// The whole organisation, with those who once were in it and without secrets.
    pub fn export(&self) -> Result<Roster, Fault> {
        let without_secrets = |person| Member { person, password_hash: None, totp_secret: None };
        let mut admins = admins::all(self)?;
        admins.sort_by(|left, right| left.0.cmp(&right.0));
        Ok(Roster {
            organisation: (*organisation::read(self)?).clone(),
            departments: departments::all(self)?,
            people: people::all(self)?.into_iter().map(without_secrets).collect(),
            admins,
            supervisors: departments::all_supervisors(self)?,
            approvals: approvals::all(self)?,
            handover: handover::all(self)?,
            groups: groups::all(self)?,
        })
    }

    fn write_member(&self, member: &Member, intake: &mut Intake<'_, '_>) -> Result<(), Fault> {
        let person = &member.person;
        let known = people::find(self, &person.id)?;
        if known.as_ref() != Some(person) {
            intake.person(person, known.as_ref())?;
        }
        if !person.is_active() {
            return Ok(());
        }
        if let Some(hash) = &member.password_hash {
            self.set_password(&person.id, hash)?;
        }
        if let Some(secret) = &member.totp_secret {
            self.set_totp(&person.id, secret)?;
        }
        Ok(())
    }
}

/// The people in the order of the table, which is also that of a search.
fn by_id(roster: &Roster) -> Result<Vec<&Member>, Fault> {
    let mut members: Vec<&Member> = roster.people.iter().collect();
    members.sort_by(|left, right| left.person.id.cmp(&right.person.id));
    match members.windows(2).find(|pair| pair[0].person.id == pair[1].person.id) {
        Some(pair) => Err(Fault(format!("{} is listed twice", pair[0].person.id))),
        None => Ok(members),
    }
}

fn find<'a>(members: &[&'a Member], id: &PersonId) -> Option<&'a Member> {
    members.binary_search_by(|member| member.person.id.cmp(id)).ok().map(|at| members[at])
}
