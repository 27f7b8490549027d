//! The bot's own memory as the rules read it, from the tables.

use super::{
    Tx, approvals, closing, consultations, conversations, credentials, follow_ups, operations, outbox, quota,
    restraints, steps,
};
use crate::domain::{
    ApprovalId, Attachment, Cancellation, Choice, Closing, Code, Consultation, Conversation, Enrolled, Entry,
    Fault, Letter, Memory, Operation, PersonId, Reminder, Step, Timestamp, ToDo, Usage,
};

impl Memory for Tx<'_> {
    fn operation(&self, code: &Code) -> Result<Option<Operation>, Fault> {
        operations::find(self, code)
    }

    fn waiting_in(&self, person: &PersonId, conversation: &Conversation) -> Result<Option<Operation>, Fault> {
        operations::waiting_in(self, person, conversation)
    }

    fn open_of(&self, person: &PersonId) -> Result<Vec<Operation>, Fault> {
        operations::open_of(self, person)
    }

    fn executing(&self) -> Result<Vec<Operation>, Fault> {
        operations::executing(self)
    }

    fn steps(&self, code: &Code) -> Result<Vec<Step>, Fault> {
        steps::of(self, code)
    }

    fn due_steps(&self, now: Timestamp) -> Result<Vec<(Code, usize)>, Fault> {
        steps::due(self, now)
    }

    fn closing(&self, code: &Code) -> Result<Option<Closing>, Fault> {
        steps::closing(self, code)
    }

    fn lapsed(&self, now: Timestamp) -> Result<Vec<Operation>, Fault> {
        operations::lapsed(self, now)
    }

    fn asking_secret(&self, person: &PersonId) -> Result<Option<Operation>, Fault> {
        operations::asking_secret(self, person)
    }

    fn irreversible_since(&self, person: &PersonId, since: Timestamp) -> Result<u32, Fault> {
        operations::irreversible_since(self, person, since)
    }

    fn enrolled(&self, person: &PersonId) -> Result<Enrolled, Fault> {
        credentials::enrolled(self, person)
    }

    fn wrong_secrets(&self, person: &PersonId, since: Timestamp) -> Result<u32, Fault> {
        restraints::wrong_secrets(self, person, since)
    }

    fn locked_until(&self, person: &PersonId) -> Result<Option<Timestamp>, Fault> {
        restraints::locked_until(self, person)
    }

    fn limit_told(&self, person: &PersonId) -> Result<Option<Timestamp>, Fault> {
        restraints::limit_told(self, person)
    }

    fn choice(&self, person: &PersonId, conversation: &Conversation) -> Result<Option<Choice>, Fault> {
        conversations::choice(self, person, conversation)
    }

    fn stale_told(&self, conversation: &Conversation) -> Result<bool, Fault> {
        conversations::stale_told(self, conversation)
    }

    fn language(&self, conversation: &Conversation) -> Result<Option<String>, Fault> {
        conversations::language(self, conversation)
    }

    fn consultation(&self, approval: &ApprovalId) -> Result<Option<Consultation>, Fault> {
        consultations::find(self, approval)
    }

    fn cancellation(&self, approval: &ApprovalId) -> Result<Option<Cancellation>, Fault> {
        approvals::cancellation(self, approval)
    }

    fn last_backup(&self, person: &PersonId) -> Result<Option<Timestamp>, Fault> {
        closing::last_backup(self, person)
    }

    fn newest_backup(&self, person: &PersonId) -> Result<Option<(Timestamp, Attachment)>, Fault> {
        closing::newest_backup(self, person)
    }

    fn to_do(&self, person: &PersonId) -> Result<Vec<ToDo>, Fault> {
        follow_ups::to_do(self, person)
    }

    fn reminders(&self, now: Timestamp) -> Result<Vec<Reminder>, Fault> {
        follow_ups::reminders(self, now)
    }

    fn audit_tail(&self, about: Option<&PersonId>, limit: usize) -> Result<Vec<Entry>, Fault> {
        let entries = self.audit_before(i64::MAX, about, limit)?;
        Ok(entries
            .into_iter()
            .map(|entry| Entry { seq: entry.seq, at: entry.at, record: entry.record })
            .collect())
    }

    fn letters(&self, limit: usize) -> Result<Vec<Letter>, Fault> {
        outbox::newest(self, limit)
    }

    fn usage(&self, month: &str) -> Result<Usage, Fault> {
        quota::of(self, month)
    }

    fn letter(&self, number: i64) -> Result<Option<Letter>, Fault> {
        outbox::find(self, number)
    }
}
