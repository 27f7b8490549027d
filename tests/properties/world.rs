//! A world in plain lists that the rules can look at: small enough to be copied for each way in which it may go on.

use std::sync::Arc;

use usher::domain::{
    Approval, ApprovalId, ApprovalStatus, Attachment, Body, Cancellation, Change, Choice, Closing, Code,
    Consultation, Conversation, Department, DepartmentId, Directory, Embedded, Enrolled, Entry, Fault, Gone,
    Grant, Group, GroupId, Heard, Letter, Memory, MessageId, Operation, Organisation, Origin, Person,
    PersonId, PersonStatus, Policy, Reminder, Roster, State, Step, StepStatus, Timestamp, ToDo, Topic, Usage,
};
use usher::engine::{self, Decision, Findings, Outcome, Verdict};

/// When everything here happens.
pub(crate) const NOW: Timestamp = Timestamp::from_millis(1_795_000_000_000);

/// Everybody's secret.
pub(crate) const SECRET: &str = "the right secret";

/// An organisation, and what was asked of the bot.
#[derive(Clone, Debug)]
pub(crate) struct World {
    pub(crate) roster: Roster,
    /// The operations that matter still: those that are open, and the last that each person saw end.
    pub(crate) operations: Vec<Operation>,
}

impl World {
    pub(crate) fn new(roster: Roster) -> Self {
        Self { roster, operations: Vec::new() }
    }

    pub(crate) fn is_active(&self, person: &PersonId) -> bool {
        self.roster.people.iter().any(|member| member.person.id == *person && member.person.is_active())
    }

    /// What the rules decide about a message.
    pub(crate) fn hear(
        &self,
        policy: &Policy,
        sender: &PersonId,
        to: &Conversation,
        text: &str,
        bits: u64,
    ) -> Decision {
        let heard = Heard {
            id: MessageId::new("m1"),
            conversation: to.clone(),
            sender: sender.clone(),
            body: Body::plain(text),
            sent_at: NOW,
            origin: Origin::FirstHand,
        };
        let mut chance = || bits;
        let mut world =
            engine::World { view: self, policy, backing: &Embedded, now: NOW, chance: &mut chance };
        let verdict = Verdict { password: text == SECRET, step: None };
        let judged = Findings { verdict: Some(verdict), ..Findings::default() };
        match engine::hear(&mut world, &heard, &Findings::default()).unwrap() {
            Outcome::Decided(decision) => decision,
            Outcome::Ask(_) => match engine::hear(&mut world, &heard, &judged).unwrap() {
                Outcome::Decided(decision) => decision,
                Outcome::Ask(question) => panic!("{text}: {question:?} is asked again"),
            },
        }
    }

    fn approvals(&self, is_meant: impl Fn(&Approval) -> bool) -> Vec<Approval> {
        self.roster.approvals.iter().filter(|approval| is_meant(approval)).cloned().collect()
    }

    fn leave(&mut self, person: &PersonId, status: PersonStatus) {
        let Roster { people, admins, supervisors, handover, .. } = &mut self.roster;
        let member = people.iter_mut().find(|member| member.person.id == *person).unwrap();
        member.person.status = status;
        member.person.departments.clear();
        (member.password_hash, member.totp_secret) = (None, None);
        admins.retain(|(admin, _)| admin != person);
        supervisors.retain(|(supervisor, _)| supervisor != person);
        handover.retain(|(keeper, _)| keeper != person);
    }

    /// Carries out a change, if it is one of those that matter to who may do what.
    pub(crate) fn apply(&mut self, change: &Change) {
        let Roster { admins, approvals, organisation, supervisors, .. } = &mut self.roster;
        match change {
            Change::AccountClosed { person, .. } => self.leave(person, PersonStatus::Closed),
            Change::AdminGranted { person, grant } => {
                admins.retain(|(admin, _)| admin != person);
                admins.push((person.clone(), grant.clone()));
            }
            Change::AdminRevoked { person } => admins.retain(|(admin, _)| admin != person),
            Change::ApprovalCancelled { approval, .. } => {
                let found = approvals.iter_mut().find(|found| found.id == *approval).unwrap();
                found.status = ApprovalStatus::Cancelled;
            }
            Change::OperationMoved { code, state, .. } => {
                let found = self.operations.iter_mut().find(|found| found.code == *code).unwrap();
                assert!(found.state.may_become(*state), "{found:?} becomes {state:?}");
                found.state = *state;
            }
            Change::OperationOpened(operation) => self.operations.push(operation.clone()),
            Change::OwnerChanged { to } => organisation.owner = to.clone(),
            Change::PersonDeparted { person, .. } => self.leave(person, PersonStatus::Departed),
            Change::SupervisorChanged { department, from, to } => {
                supervisors.retain(|(person, led)| (person, led) != (from, department));
                supervisors.extend(to.iter().map(|to| (to.clone(), department.clone())));
            }
            Change::FollowUpAdded { .. } | Change::WrongSecret { .. } => {}
            other => panic!("nobody asked for {other:?}"),
        }
    }
}

impl Directory for World {
    fn organisation(&self) -> Result<Arc<Organisation>, Fault> {
        Ok(self.roster.organisation.clone().into())
    }

    fn person(&self, id: &PersonId) -> Result<Option<Person>, Fault> {
        Ok(self.roster.people.iter().map(|member| &member.person).find(|person| person.id == *id).cloned())
    }

    fn gone(&self, _: &PersonId) -> Result<Option<Gone>, Fault> {
        Ok(None)
    }

    fn people_named(&self, _: &str, _: usize) -> Result<Vec<PersonId>, Fault> {
        Ok(Vec::new())
    }

    fn people_looking_like(&self, _: &str, _: usize) -> Result<Vec<PersonId>, Fault> {
        Ok(Vec::new())
    }

    fn people_with_prefix(&self, _: &str, _: usize) -> Result<Vec<PersonId>, Fault> {
        Ok(Vec::new())
    }

    fn spellings(&self, _: &str, _: usize) -> Result<Vec<(String, PersonId)>, Fault> {
        Ok(Vec::new())
    }

    fn grant(&self, person: &PersonId) -> Result<Option<Grant>, Fault> {
        Ok(self.roster.admins.iter().find(|(admin, _)| admin == person).map(|(_, grant)| grant.clone()))
    }

    fn admins(&self) -> Result<Vec<(PersonId, Grant)>, Fault> {
        Ok(self.roster.admins.clone())
    }

    fn department(&self, id: &DepartmentId) -> Result<Option<Arc<Department>>, Fault> {
        let found = self.roster.departments.iter().find(|department| department.id == *id);
        Ok(found.cloned().map(Arc::new))
    }

    fn departments_named(&self, name: &str) -> Result<Vec<DepartmentId>, Fault> {
        let named = self.roster.departments.iter().filter(|department| department.name == name);
        Ok(named.map(|department| department.id.clone()).collect())
    }

    fn supervises(&self, person: &PersonId) -> Result<Vec<DepartmentId>, Fault> {
        let led = self.roster.supervisors.iter().filter(|(supervisor, _)| supervisor == person);
        Ok(led.map(|(_, department)| department.clone()).collect())
    }

    fn supervisors(&self, department: &DepartmentId) -> Result<Vec<PersonId>, Fault> {
        let leads = self.roster.supervisors.iter().filter(|(_, led)| led == department);
        Ok(leads.map(|(supervisor, _)| supervisor.clone()).collect())
    }

    fn approval(&self, id: &ApprovalId) -> Result<Option<Approval>, Fault> {
        Ok(self.roster.approvals.iter().find(|approval| approval.id == *id).cloned())
    }

    fn approvals_of(&self, originator: &PersonId) -> Result<Vec<Approval>, Fault> {
        Ok(self.approvals(|approval| {
            approval.status == ApprovalStatus::Pending && approval.originator == *originator
        }))
    }

    fn approvals_waiting_on(&self, approver: &PersonId) -> Result<Vec<Approval>, Fault> {
        Ok(self.approvals(|approval| {
            let waits = |step: &usher::domain::ApprovalStep| {
                step.status == StepStatus::Pending && step.approver == *approver
            };
            approval.status == ApprovalStatus::Pending && approval.steps.iter().any(waits)
        }))
    }

    fn approvals_concerning(&self, _: &PersonId) -> Result<Vec<Approval>, Fault> {
        Ok(Vec::new())
    }

    fn pending_approvals(&self) -> Result<Vec<Approval>, Fault> {
        Err(Fault("all approvals are read".to_owned()))
    }

    fn handover_items(&self, person: &PersonId) -> Result<Vec<String>, Fault> {
        let items = self.roster.handover.iter().find(|(keeper, _)| keeper == person);
        Ok(items.map(|(_, items)| items.clone()).unwrap_or_default())
    }

    fn group(&self, _: &GroupId) -> Result<Option<Group>, Fault> {
        Ok(None)
    }

    fn groups_bound_to(&self, _: Topic) -> Result<Vec<GroupId>, Fault> {
        Ok(Vec::new())
    }
}

impl Memory for World {
    fn operation(&self, code: &Code) -> Result<Option<Operation>, Fault> {
        Ok(self.operations.iter().find(|operation| operation.code == *code).cloned())
    }

    fn waiting_in(&self, person: &PersonId, conversation: &Conversation) -> Result<Option<Operation>, Fault> {
        Ok(self.open_of(person)?.into_iter().find(|operation| operation.conversation == *conversation))
    }

    fn open_of(&self, person: &PersonId) -> Result<Vec<Operation>, Fault> {
        let is_open = |operation: &&Operation| operation.state.is_waiting() && operation.requester == *person;
        Ok(self.operations.iter().filter(is_open).cloned().collect())
    }

    fn executing(&self) -> Result<Vec<Operation>, Fault> {
        Ok(Vec::new())
    }

    fn steps(&self, _: &Code) -> Result<Vec<Step>, Fault> {
        Ok(Vec::new())
    }

    fn due_steps(&self, _: Timestamp) -> Result<Vec<(Code, usize)>, Fault> {
        Ok(Vec::new())
    }

    fn closing(&self, _: &Code) -> Result<Option<Closing>, Fault> {
        Ok(None)
    }

    fn lapsed(&self, now: Timestamp) -> Result<Vec<Operation>, Fault> {
        let is_over = |operation: &&Operation| operation.state.until().is_some_and(|until| until <= now);
        Ok(self.operations.iter().filter(is_over).cloned().collect())
    }

    fn asking_secret(&self, person: &PersonId) -> Result<Option<Operation>, Fault> {
        let asks = |operation: &Operation| matches!(operation.state, State::AwaitingSecret { .. });
        Ok(self.open_of(person)?.into_iter().find(asks))
    }

    fn irreversible_since(&self, _: &PersonId, _: Timestamp) -> Result<u32, Fault> {
        Ok(0)
    }

    fn enrolled(&self, person: &PersonId) -> Result<Enrolled, Fault> {
        let member = self.roster.people.iter().find(|member| member.person.id == *person);
        let password = member.is_some_and(|member| member.password_hash.is_some());
        Ok(Enrolled { password, ..Enrolled::default() })
    }

    fn wrong_secrets(&self, _: &PersonId, _: Timestamp) -> Result<u32, Fault> {
        Ok(0)
    }

    fn locked_until(&self, _: &PersonId) -> Result<Option<Timestamp>, Fault> {
        Ok(None)
    }

    fn limit_told(&self, _: &PersonId) -> Result<Option<Timestamp>, Fault> {
        Ok(None)
    }

    fn choice(&self, _: &PersonId, _: &Conversation) -> Result<Option<Choice>, Fault> {
        Ok(None)
    }

    fn stale_told(&self, _: &Conversation) -> Result<bool, Fault> {
        Ok(false)
    }

    fn language(&self, _: &Conversation) -> Result<Option<String>, Fault> {
        Ok(None)
    }

    fn consultation(&self, _: &ApprovalId) -> Result<Option<Consultation>, Fault> {
        Ok(None)
    }

    fn cancellation(&self, _: &ApprovalId) -> Result<Option<Cancellation>, Fault> {
        Ok(None)
    }

    fn last_backup(&self, _: &PersonId) -> Result<Option<Timestamp>, Fault> {
        Ok(None)
    }

    fn newest_backup(&self, _: &PersonId) -> Result<Option<(Timestamp, Attachment)>, Fault> {
        Ok(None)
    }

    fn to_do(&self, _: &PersonId) -> Result<Vec<ToDo>, Fault> {
        Ok(Vec::new())
    }

    fn reminders(&self, _: Timestamp) -> Result<Vec<Reminder>, Fault> {
        Ok(Vec::new())
    }

    fn audit_tail(&self, _: Option<&PersonId>, _: usize) -> Result<Vec<Entry>, Fault> {
        Ok(Vec::new())
    }

    fn letters(&self, _: usize) -> Result<Vec<Letter>, Fault> {
        Ok(Vec::new())
    }

    fn usage(&self, _: &str) -> Result<Usage, Fault> {
        Ok(Usage::default())
    }

    fn letter(&self, _: i64) -> Result<Option<Letter>, Fault> {
        Ok(None)
    }
}
