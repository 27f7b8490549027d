//! Who may do what, written down a second time: from the contract's table of authority and prerequisites, checked in
//! its order, with lists and nothing clever.

use std::collections::BTreeSet;

use usher::domain::{
    Approval, ApprovalStatus, Cancellable, DepartmentId, Grant, Permission, Permissions, Person, PersonId,
    Roster, StepStatus,
};

/// Something that somebody may ask for.
#[derive(Clone, Debug)]
pub(crate) enum Ask {
    CancelApproval(String),
    CancelFrom(PersonId),
    CloseAccount,
    Delete { target: PersonId, handover: Option<PersonId>, cancels: bool },
    Grant { target: PersonId, grant: Grant },
    Handover { target: PersonId, to: PersonId },
    Revoke(PersonId),
    UnbindAdmin(PersonId),
    UnbindOwner { target: PersonId, to: PersonId },
    UnbindSupervisor { target: PersonId, department: DepartmentId },
}

impl Ask {
    /// The command.
    pub(crate) fn text(&self) -> String {
        match self {
            Self::CancelApproval(id) => format!("/cancel-approval {id}"),
            Self::CancelFrom(person) => format!("/cancel-approval --from @{person}"),
            Self::CloseAccount => "/close-account --no-backup".to_owned(),
            Self::Delete { target, handover, cancels } => {
                let handover = handover.iter().map(|to| format!(" handover=@{to}")).collect::<String>();
                format!("/delete @{target}{handover}{}", if *cancels { " approvals=cancel" } else { "" })
            }
            Self::Grant { target, grant } => format!("/grant-admin @{target} {}", grant.options()),
            Self::Handover { target, to } => format!("/handover @{target} to=@{to}"),
            Self::Revoke(target) => format!("/revoke-admin @{target}"),
            Self::UnbindAdmin(target) => format!("/unbind @{target} admin"),
            Self::UnbindOwner { target, to } => format!("/unbind @{target} owner to=@{to}"),
            Self::UnbindSupervisor { target, department } => {
                format!("/unbind @{target} supervisor department={department}")
            }
        }
    }

    fn verb(&self) -> &'static str {
        match self {
            Self::CancelApproval(_) | Self::CancelFrom(_) => "cancel-approval",
            Self::CloseAccount => "close-account",
            Self::Delete { .. } => "delete",
            Self::Grant { .. } => "grant-admin",
            Self::Handover { .. } => "handover",
            Self::Revoke(_) => "revoke-admin",
            Self::UnbindAdmin(_) | Self::UnbindOwner { .. } | Self::UnbindSupervisor { .. } => "unbind",
        }
    }
}

/// What is answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    /// By these blockers.
    Blocked(BTreeSet<String>),
    Denied(String),
    /// It is asked whether to go on.
    Open,
    /// Where the contract leaves the word open, there is none.
    Rejected(Option<String>),
    /// Nothing at all.
    Silence,
}

impl Answer {
    pub(crate) fn is(&self, actual: &Self) -> bool {
        self == actual || (*self == Self::Rejected(None) && matches!(actual, Self::Rejected(_)))
    }
}

fn denied<T>(reason: &str) -> Result<T, Answer> {
    Err(Answer::Denied(reason.to_owned()))
}

fn rejected<T>(error: &str) -> Result<T, Answer> {
    Err(Answer::Rejected(Some(error.to_owned())))
}

/// Somebody who asks, in an organisation.
pub(crate) struct Asker<'a> {
    pub(crate) roster: &'a Roster,
    pub(crate) actor: &'a PersonId,
    pub(crate) is_in_group: bool,
    /// The operations that need a secret.
    pub(crate) require_secret: &'a [String],
}

impl<'a> Asker<'a> {
    /// What the contract has the bot answer.
    pub(crate) fn expected(&self, ask: &Ask) -> Answer {
        if self.active(self.actor).is_none() {
            return if self.is_in_group {
                Answer::Silence
            } else {
                Answer::Denied("unknown_sender".to_owned())
            };
        }
        let blockers = match self.blockers(ask) {
            Ok(blockers) => blockers,
            Err(answer) => return answer,
        };
        let needs_secret = self.require_secret.iter().any(|verb| verb == ask.verb());
        if needs_secret && !self.has_secret(self.actor) {
            return Answer::Denied("no_secret".to_owned());
        }
        if blockers.is_empty() { Answer::Open } else { Answer::Blocked(blockers) }
    }

    /// What stands in the way of somebody who may ask for this, or why they may not.
    fn blockers(&self, ask: &Ask) -> Result<BTreeSet<String>, Answer> {
        match ask {
            Ask::CancelApproval(id) => self.cancel(id),
            Ask::CancelFrom(person) => self.cancel_from(person),
            Ask::CloseAccount if self.is_in_group => denied("direct_only"),
            Ask::CloseAccount => Ok(self.leaving(self.actor, true, false)),
            Ask::Delete { target, handover, cancels } => {
                self.require(Permission::People)?;
                self.require_within(self.require_active(target)?)?;
                self.require_another(target)?;
                if let Some(to) = handover {
                    self.require_receiver(to, target)?;
                }
                Ok(self.leaving(target, handover.is_some(), *cancels))
            }
            Ask::Grant { target, grant } => self.grant(target, grant),
            Ask::Handover { target, to } => {
                self.require(Permission::People)?;
                self.require_within(self.require_active(target)?)?;
                self.require_another(target)?;
                self.require_receiver(to, target)?;
                // Nothing to hand over: the contract names no word.
                if self.has_work(target) { Ok(BTreeSet::new()) } else { Err(Answer::Rejected(None)) }
            }
            Ask::Revoke(target) | Ask::UnbindAdmin(target) => self.revoke(target),
            Ask::UnbindOwner { target, to } => {
                if self.roster.organisation.owner != *self.actor {
                    return denied("not_admin");
                }
                let is_owner = self.require_active(target)?.id == *self.actor;
                if is_owner && self.require_active(to)?.id != *target {
                    return Ok(BTreeSet::new());
                }
                Err(Answer::Rejected(None))
            }
            Ask::UnbindSupervisor { target, department } => {
                self.require(Permission::People)?;
                self.require_within(self.require_active(target)?)?;
                if !self.roster.supervisors.contains(&(target.clone(), department.clone())) {
                    return Err(Answer::Rejected(None));
                }
                if self.covers(std::slice::from_ref(department)) {
                    Ok(BTreeSet::new())
                } else {
                    denied("out_of_scope")
                }
            }
        }
    }

    fn active(&self, id: &PersonId) -> Option<&'a Person> {
        let person = self.roster.people.iter().map(|member| &member.person).find(|person| person.id == *id);
        person.filter(|person| person.is_active())
    }

    fn has_secret(&self, id: &PersonId) -> bool {
        self.roster.people.iter().any(|member| member.person.id == *id && member.password_hash.is_some())
    }

    fn rights(&self, id: &PersonId) -> Option<&'a Grant> {
        self.roster.admins.iter().find(|(admin, _)| admin == id).map(|(_, grant)| grant)
    }

    /// The owner or a main admin.
    fn has_everything(&self) -> bool {
        self.roster.organisation.owner == *self.actor || self.rights(self.actor).is_some_and(Grant::is_main)
    }

    fn permissions(&self) -> Permissions {
        if self.has_everything() {
            return Permission::ALL.into_iter().collect();
        }
        self.rights(self.actor).map(|grant| grant.permissions).unwrap_or_default()
    }

    fn require(&self, permission: Permission) -> Result<(), Answer> {
        if self.permissions().has(permission) { Ok(()) } else { denied("not_admin") }
    }

    fn require_active(&self, id: &PersonId) -> Result<&'a Person, Answer> {
        self.active(id).ok_or_else(|| Answer::Rejected(Some("unknown_person".to_owned())))
    }

    fn require_another(&self, target: &PersonId) -> Result<(), Answer> {
        if target == self.actor { denied("self") } else { Ok(()) }
    }

    fn require_receiver(&self, to: &PersonId, target: &PersonId) -> Result<(), Answer> {
        if self.require_active(to)?.id == *target { rejected("bad_argument") } else { Ok(()) }
    }

    /// Whether each of these, of which there must be one, is among the asker's departments or below one of them.
    fn covers(&self, departments: &[DepartmentId]) -> bool {
        if self.has_everything() {
            return true;
        }
        let Some(grant) = self.rights(self.actor) else { return false };
        let mut held: BTreeSet<_> = grant.departments.iter().collect();
        // Until no department is left whose parent is held and that is not.
        loop {
            let below =
                self.roster.departments.iter().filter(|department| {
                    department.parent.as_ref().is_some_and(|parent| held.contains(parent))
                });
            let more: Vec<_> =
                below.map(|department| &department.id).filter(|id| !held.contains(id)).collect();
            if more.is_empty() {
                break;
            }
            held.extend(more);
        }
        !departments.is_empty() && departments.iter().all(|department| held.contains(department))
    }

    fn require_within(&self, person: &Person) -> Result<(), Answer> {
        if self.covers(&person.departments) { Ok(()) } else { denied("out_of_scope") }
    }

    fn has_work(&self, id: &PersonId) -> bool {
        let waits = |approval: &Approval| {
            approval.status == ApprovalStatus::Pending
                && approval
                    .steps
                    .iter()
                    .any(|step| step.approver == *id && step.status == StepStatus::Pending)
        };
        self.roster.handover.iter().any(|(keeper, items)| keeper == id && !items.is_empty())
            || self.roster.approvals.iter().any(waits)
    }

    fn own_pending(&self, id: &PersonId) -> Vec<&'a Approval> {
        let is_own =
            |approval: &&Approval| approval.originator == *id && approval.status == ApprovalStatus::Pending;
        self.roster.approvals.iter().filter(is_own).collect()
    }

    /// What stands in the way of somebody's leaving.
    fn leaving(&self, id: &PersonId, is_handed_over: bool, cancels: bool) -> BTreeSet<String> {
        let mut blockers = BTreeSet::new();
        if self.roster.organisation.owner == *id {
            blockers.insert("owner");
        }
        if self.rights(id).is_some() {
            blockers.insert("admin");
        }
        if self.roster.supervisors.iter().any(|(supervisor, _)| supervisor == id) {
            blockers.insert("supervisor");
        }
        if self.has_work(id) && !is_handed_over {
            blockers.insert("handover");
        }
        let may_cancel = |approval: &&Approval| {
            cancels
                && self.permissions().has(Permission::Approvals)
                && matches!(approval.cancellable_by, Cancellable::Admin | Cancellable::OriginatorOrAdmin)
        };
        if self.own_pending(id).iter().any(|approval| !may_cancel(approval)) {
            blockers.insert("approvals");
        }
        blockers.into_iter().map(str::to_owned).collect()
    }

    /// A sub admin's right over others' rights: over nobody who is more than a sub admin, wholly within their scope.
    fn require_over(&self, target: &Person) -> Result<(), Answer> {
        self.require(Permission::Admins)?;
        if self.has_everything() {
            return Ok(());
        }
        self.require_within(target)?;
        let is_owner = self.roster.organisation.owner == target.id;
        let reaches_beyond = |grant: &Grant| grant.is_main() || !self.covers(&grant.departments);
        if is_owner || self.rights(&target.id).is_some_and(reaches_beyond) {
            denied("out_of_scope")
        } else {
            Ok(())
        }
    }

    fn revoke(&self, target: &PersonId) -> Result<BTreeSet<String>, Answer> {
        self.require(Permission::Admins)?;
        self.require_over(self.require_active(target)?)?;
        if self.roster.organisation.owner == *target {
            return Ok(BTreeSet::from(["owner".to_owned()]));
        }
        if self.rights(target).is_none() {
            return rejected("not_an_admin");
        }
        Ok(self.last_admin(target))
    }

    /// What stands in the way of losing one's own rights as a main admin.
    fn last_admin(&self, target: &PersonId) -> BTreeSet<String> {
        let is_main = |id: &PersonId| self.rights(id).is_some_and(Grant::is_main);
        let others = self.roster.people.iter().any(|member| {
            member.person.is_active() && member.person.id != *target && is_main(&member.person.id)
        });
        let owner = &self.roster.organisation.owner;
        let owner_can_act =
            self.active(owner).is_some() && (self.require_secret.is_empty() || self.has_secret(owner));
        let is_last = target == self.actor && is_main(target) && !others && !owner_can_act;
        is_last.then(|| "last_admin".to_owned()).into_iter().collect()
    }

    fn grant(&self, target: &PersonId, wanted: &Grant) -> Result<BTreeSet<String>, Answer> {
        self.require(Permission::Admins)?;
        self.require_over(self.require_active(target)?)?;
        let is_more = wanted.is_main()
            || !self.permissions().covers(wanted.permissions)
            || !self.covers(&wanted.departments);
        if is_more && !self.has_everything() {
            return denied("out_of_scope");
        }
        // The owner has every right, and nobody is given what they have: the contract names no word.
        if self.roster.organisation.owner == *target || self.rights(target) == Some(wanted) {
            return Err(Answer::Rejected(None));
        }
        Ok(if wanted.is_main() { BTreeSet::new() } else { self.last_admin(target) })
    }

    /// Whether the asker may cancel as an admin.
    fn may_cancel_of(&self, originator: &PersonId) -> bool {
        let departments = self
            .roster
            .people
            .iter()
            .find(|member| member.person.id == *originator)
            .map(|member| member.person.departments.as_slice());
        self.permissions().has(Permission::Approvals) && self.covers(departments.unwrap_or_default())
    }

    fn require_may_cancel(&self, approval: &Approval) -> Result<(), Answer> {
        let is_originator = approval.originator == *self.actor;
        let is_admin = self.may_cancel_of(&approval.originator);
        let may = match approval.cancellable_by {
            Cancellable::Admin => is_admin,
            Cancellable::Nobody => false,
            Cancellable::Originator => is_originator,
            Cancellable::OriginatorOrAdmin => is_originator || is_admin,
        };
        match (may, is_originator || is_admin) {
            (true, _) => Ok(()),
            (false, true) => denied("template_forbids"),
            (false, false) => denied("not_originator"),
        }
    }

    fn cancel(&self, id: &str) -> Result<BTreeSet<String>, Answer> {
        let is_admin = self.has_everything() || self.rights(self.actor).is_some();
        let is_its = |approval: &&Approval| {
            approval.originator == *self.actor
                || approval.steps.iter().any(|step| step.approver == *self.actor)
        };
        let found = self.roster.approvals.iter().find(|approval| approval.id.as_str() == id);
        let Some(approval) = found.filter(|approval| is_admin || is_its(approval)) else {
            return rejected("unknown_approval");
        };
        self.require_may_cancel(approval)?;
        if approval.status == ApprovalStatus::Pending { Ok(BTreeSet::new()) } else { rejected("not_pending") }
    }

    fn cancel_from(&self, person: &PersonId) -> Result<BTreeSet<String>, Answer> {
        if person != self.actor {
            if !self.permissions().has(Permission::Approvals) {
                return denied("not_originator");
            }
            self.require_active(person)?;
            if !self.may_cancel_of(person) {
                return denied("not_originator");
            }
        }
        let pending = self.own_pending(person);
        if pending.is_empty() {
            return rejected("not_pending");
        }
        pending.into_iter().try_for_each(|approval| self.require_may_cancel(approval))?;
        Ok(BTreeSet::new())
    }
}
