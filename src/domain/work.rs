//! What approvers were asked, and what people have left to do.

use super::{PersonId, Record, Timestamp};

/// How an approval that Usher cancelled ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cancellation {
    /// Who cancelled it.
    pub by: PersonId,
    /// When.
    pub at: Timestamp,
    /// Why, if they said so and are still here.
    pub reason: Option<String>,
}

/// What the approvers of an approval were asked before it is cancelled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Consultation {
    /// Who asked.
    pub by: PersonId,
    /// Each approver that was asked, by id, and what they answered.
    pub opinions: Vec<(PersonId, Option<Opinion>)>,
}

/// An approver's answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Opinion {
    /// Why not; `None` when they agree.
    pub objection: Option<String>,
}

/// Something that somebody has to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ToDo {
    /// Which one it is.
    pub key: ToDoKey,
    /// What is to be done.
    pub text: String,
    /// Whom it is left of, or whose it was.
    pub about: Option<PersonId>,
    /// When this is the last that an operation left to do: who asked for that operation.
    pub last_for: Option<PersonId>,
}

/// Which thing to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ToDoKey {
    /// What an operation left to do: which of its list, counted from 0, as long as nothing else of it is done.
    FollowUp {
        /// Whose list.
        row: i64,
        /// Which one.
        index: usize,
    },
    /// An item that the person is responsible for.
    Handover(i64),
}

/// What somebody is to be reminded of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reminder {
    /// Whom to remind.
    pub assignee: PersonId,
    /// Of whom it is left.
    pub about: PersonId,
    /// What is to be done, in order.
    pub items: Vec<String>,
}

/// An entry of the audit log, as it is listed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its number.
    pub seq: i64,
    /// When it was written.
    pub at: Timestamp,
    /// What it says.
    pub record: Record,
}
