//! What a backend's step is called, and which facts show that it is done.

use super::World;
use crate::domain::{Approval, ApprovalStatus, Change, Fault, Person, PersonId, Phrase, Sighting, Step};

/// The step's stable word.
pub(super) fn step_word(change: &Change) -> &'static str {
    match change {
        Change::AccountClosed { .. } => "close_account",
        Change::AdminGranted { .. } => "grant_admin",
        Change::AdminRevoked { .. } => "revoke_admin",
        Change::ApprovalCancelled { .. } => "cancel_approval",
        Change::HandedOver { .. } => "handover",
        Change::OwnerChanged { .. } => "owner",
        Change::PersonDeparted { .. } => "delete",
        Change::SupervisorChanged { .. } => "supervisor",
        _ => "other",
    }
}

/// The step's name in words.
pub(super) fn step_phrase(step: &Step) -> Phrase {
    Phrase::new(match step_word(&step.change) {
        "close_account" => "step-close-account",
        "grant_admin" => "step-grant-admin",
        "revoke_admin" => "step-revoke-admin",
        "cancel_approval" => "step-cancel-approval",
        "handover" => "step-handover",
        "owner" => "step-owner",
        "delete" => "step-delete",
        "supervisor" => "step-supervisor",
        _ => "operation-other",
    })
}

/// Whether the local copy does not say it already: it may have been seen before the step was read back.
pub(super) fn is_left_to_change(world: &World<'_>, change: &Change) -> Result<bool, Fault> {
    let is_here =
        |person: &PersonId| Ok::<_, Fault>(world.view.person(person)?.is_some_and(|p: Person| p.is_active()));
    Ok(match change {
        Change::AccountClosed { person, .. } | Change::PersonDeparted { person, .. } => is_here(person)?,
        Change::AdminRevoked { person } => world.view.grant(person)?.is_some(),
        Change::ApprovalCancelled { approval, .. } => {
            let is_pending = |found: Approval| found.status == ApprovalStatus::Pending;
            world.view.approval(approval)?.is_some_and(is_pending)
        }
        Change::OwnerChanged { to } => world.view.organisation()?.owner != *to,
        Change::SupervisorChanged { department, from, .. } => {
            world.view.supervises(from)?.contains(department)
        }
        _ => true,
    })
}

/// Whether the fact is the end that the step itself brings about: that is written down with who did it and why, once
/// it is verified.
pub(super) fn is_end_of(sighting: &Sighting, step: &Change) -> bool {
    match (sighting, step) {
        (
            Sighting::PersonGone(gone),
            Change::PersonDeparted { person, .. } | Change::AccountClosed { person, .. },
        ) => gone == person,
        (Sighting::Approval(seen), Change::ApprovalCancelled { approval, .. }) => {
            seen.id == *approval && seen.status == ApprovalStatus::Cancelled
        }
        _ => false,
    }
}

/// Whether the fact may show that the step is done.
pub(super) fn concerns(sighting: &Sighting, step: &Change) -> bool {
    match (sighting, step) {
        (Sighting::Admins(admins), Change::AdminRevoked { person }) => {
            !admins.iter().any(|(id, _)| id == person)
        }
        (Sighting::Admins(admins), Change::AdminGranted { person, .. }) => {
            admins.iter().any(|(id, _)| id == person)
        }
        (Sighting::Approval(seen), Change::ApprovalCancelled { approval, .. }) => seen.id == *approval,
        (Sighting::Owner(owner), Change::OwnerChanged { to }) => owner == to,
        (Sighting::Person { supervises, person }, Change::SupervisorChanged { department, from, .. }) => {
            person.id == *from && !supervises.contains(department)
        }
        (
            Sighting::PersonGone(gone),
            Change::PersonDeparted { person, .. }
            | Change::AccountClosed { person, .. }
            | Change::AdminRevoked { person },
        ) => gone == person,
        _ => false,
    }
}
