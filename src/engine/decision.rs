//! What a decision is made of.

use crate::domain::{
    Change, Content, Conversation, Operation, Outgoing, PersonId, Record, Request, State, Target, Text,
    Timestamp,
};

/// What follows from a message or from time passing: applied in this order, all or nothing.
#[derive(Debug, Default)]
pub struct Decision {
    /// What changes.
    pub changes: Vec<Change>,
    /// What the audit log keeps.
    pub records: Vec<Record>,
    /// What is said.
    pub messages: Vec<Outgoing>,
    /// What the backend is asked, once all of the above is durable.
    pub requests: Vec<Request>,
}

impl Decision {
    /// Says something.
    pub(super) fn say(&mut self, to: Conversation, content: Content, text: Text) {
        self.messages.push(Outgoing { to, content, text, attachment: None });
    }

    /// Moves an operation on, and records it.
    pub(super) fn moves(&mut self, operation: &Operation, state: State, at: Timestamp) {
        self.changes.push(Change::OperationMoved { code: operation.code.clone(), state, at });
        if state != State::Executing {
            self.records.push(entry(operation, state.as_str().to_owned()));
        }
    }

    /// Ends an operation for a reason, and records both.
    pub(super) fn ends(&mut self, operation: &Operation, state: State, why: &str, at: Timestamp) {
        self.changes.push(Change::OperationMoved { code: operation.code.clone(), state, at });
        self.records.push(entry(operation, format!("{}:{why}", state.as_str())));
    }
}

/// The audit entry of an operation's step.
pub(super) fn entry(operation: &Operation, outcome: String) -> Record {
    Record {
        actor: operation.requester.clone(),
        action: operation.verb.clone(),
        target: Some(operation.target.to_string()),
        code: Some(operation.code.clone()),
        conversation: Some(operation.conversation.clone()),
        outcome,
    }
}

/// What came of a message.
#[derive(Debug)]
pub enum Outcome {
    /// Something has to be found out first; whoever calls finds it out, and hands the message in again with it.
    /// Nothing has been decided yet.
    Ask(Question),
    /// A decision.
    Decided(Decision),
}

impl From<Decision> for Outcome {
    fn from(decision: Decision) -> Self {
        Self::Decided(decision)
    }
}

/// What has to be found out before a message can be decided on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Question {
    /// What the backend shows of this person or approval now.
    LookUp(Target),
    /// What the message's text is worth as this person's secret. The text stays in the message.
    Secret(PersonId),
}

/// What was found out about a message since it came in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Findings {
    /// What its text is worth as a secret.
    pub verdict: Option<Verdict>,
    /// Whether what it is about was looked up; the local copy says by then what was seen, or else this says why not.
    pub looked_up: Option<Result<(), String>>,
}

/// What a text is worth as a person's secret.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Verdict {
    /// It is the password.
    pub password: bool,
    /// It is the TOTP code of this step, now or one step off.
    pub step: Option<u64>,
}
