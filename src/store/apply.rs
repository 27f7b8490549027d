//! Every change, carried out. A change that finds nothing to change is a fault: it would mean that the
//! decision behind it was wrong.

use super::people::Departure;
use super::{
    Tx, admins, approvals, closing, consultations, conversations, credentials, departments, follow_ups,
    groups, handover, operations, organisation, outbox, people, quota, restraints, sightings, steps,
};
use crate::domain::{Change, Fault, Timestamp};

impl Tx<'_> {
    /// Carries out one change.
    pub fn apply(&self, change: &Change, now: Timestamp) -> Result<(), Fault> {
        match change {
            Change::AccountClosed { person, at } => closing::close(self, person, *at),
            Change::AdminGranted { person, grant } => admins::grant(self, person, grant),
            Change::AdminRevoked { person } => admins::revoke(self, person),
            Change::ApprovalCancelled { approval, by, at, reason } => {
                approvals::cancel(self, approval, by, *at, reason.as_deref())
            }
            Change::HandedOver { from, to } => handover::hand_over(self, from, to, now),
            Change::OwnerChanged { to } => organisation::change_owner(self, to),
            Change::PersonDeparted { person, by, at, reason } => {
                let departure = Departure { at: *at, actor: Some(by), reason: Some(reason) };
                people::depart(self, person, &departure)
            }
            Change::SupervisorChanged { department, from, to } => {
                departments::change_supervisor(self, department, from, to.as_ref())
            }
            Change::BackupMade { person, file, at } => closing::keep_backup(self, person, file, *at),
            Change::CallsCounted { month, usage } => quota::note(self, month, *usage),
            Change::ChoiceSet { person, conversation, choice } => {
                conversations::set_choice(self, person, conversation, choice.as_ref())
            }
            Change::ConsultationOpened { approval, by, asked, at } => {
                consultations::open(self, approval, by, asked, *at)
            }
            Change::FollowUpAdded { .. } => follow_ups::add(self, change),
            Change::FollowUpsMoved { from, to, remind_at } => {
                follow_ups::move_all(self, from, to, *remind_at)
            }
            Change::GroupBound { group, topics } => groups::bind(self, group, topics),
            Change::LanguageChosen { conversation, language } => {
                conversations::choose_language(self, conversation, language)
            }
            Change::LetterRetried { number, at } => outbox::retry(self, *number, *at),
            Change::LimitTold { person, at } => restraints::note_limit_told(self, person, *at),
            Change::Locked { person, until } => restraints::lock(self, person, *until),
            Change::OperationMoved { code, state, at } => operations::advance(self, code, *state, *at),
            Change::OperationOpened(operation) => operations::open(self, operation),
            Change::OpinionGiven { approval, approver, objection, at } => {
                consultations::answer(self, approval, approver, objection.as_deref(), *at)
            }
            Change::PasswordBurnt { person } => credentials::burn_password(self, person),
            Change::Reminded { assignee, at, next } => follow_ups::reminded(self, assignee, *at, *next),
            Change::Seen(sighting) => sightings::write(self, sighting, now),
            Change::StepMoved { code, step } => steps::advance(self, code, step),
            Change::StepsEnded { code } => steps::end(self, code),
            Change::StepsIntended { code, steps: intended, closing } => {
                steps::intend(self, code, intended, closing)
            }
            Change::StaleTold { conversation, told } => {
                conversations::set_stale_told(self, conversation, *told)
            }
            Change::ToDoFinished { item } => follow_ups::finish(self, *item),
            Change::TotpBurnt { person, step } => credentials::burn_totp(self, person, *step),
            Change::WrongSecret { person, at } => restraints::note_wrong_secret(self, person, *at),
        }
    }
}
