//! The ways to say no: a refusal is shown to the sender as it is; a fault of the store is not.

use crate::domain::{Blocker, Content, Fault, PersonId, Phrase, Target, Text};

/// Why a command stops before it is carried out.
#[derive(Debug)]
pub enum Stop {
    /// The store could not answer; nothing of the message is kept.
    Fault(Fault),
    /// The backend has to be asked about this first.
    LookUp(Target),
    /// The sender is told.
    Refused(Refusal),
}

impl From<Fault> for Stop {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

impl From<Refusal> for Stop {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

/// A refusal and its words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// Its kind and fields.
    pub verdict: Verdict,
    /// Its words.
    pub text: Text,
}

/// The kinds of refusal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// As things are, it can't be done.
    Blocked {
        /// What it was about.
        target: Target,
        /// What stands in the way.
        blockers: Vec<Blocker>,
    },
    /// Several people could be meant.
    Choose {
        /// Which word of the command names them.
        word: usize,
        /// The people, numbered from 1.
        candidates: Vec<PersonId>,
    },
    /// The sender may not.
    Denied {
        /// Such as `not_admin`.
        reason: &'static str,
    },
    /// Not understood, or not possible as asked.
    Rejected {
        /// Such as `unknown_person`.
        error: &'static str,
        /// What to type instead.
        suggestion: Option<String>,
    },
}

impl Refusal {
    /// The sender may not.
    pub fn denied(reason: &'static str, text: Text) -> Self {
        Self { verdict: Verdict::Denied { reason }, text }
    }

    /// Not understood, or not possible as asked.
    pub fn rejected(error: &'static str, suggestion: Option<String>, text: Text) -> Self {
        Self { verdict: Verdict::Rejected { error, suggestion }, text }
    }

    /// An argument is missing, unknown or not of the form it must have.
    pub fn bad_argument(why: Phrase) -> Self {
        Self::rejected("bad_argument", None, vec![why])
    }

    /// Adds what to type instead.
    pub fn suggesting(mut self, what: impl Into<String>) -> Self {
        if let Verdict::Rejected { suggestion, .. } = &mut self.verdict {
            *suggestion = Some(what.into());
        }
        self
    }

    /// Adds a line.
    pub fn with(mut self, line: Phrase) -> Self {
        self.text.push(line);
        self
    }

    /// The word that the audit log has for it, such as `denied:not_admin`.
    pub fn outcome(&self) -> String {
        match &self.verdict {
            Verdict::Blocked { blockers, .. } => {
                let words: Vec<_> = blockers.iter().map(|blocker| blocker.blocker).collect();
                format!("blocked:{}", words.join("+"))
            }
            Verdict::Choose { .. } => "choose".to_owned(),
            Verdict::Denied { reason } => format!("denied:{reason}"),
            Verdict::Rejected { error, .. } => format!("rejected:{error}"),
        }
    }

    /// The message's kind and fields, for a request of this verb.
    pub fn content(&self, verb: &str) -> Content {
        match self.verdict.clone() {
            Verdict::Blocked { target, blockers } => {
                Content::Blocked { operation: verb.to_owned(), target, blockers }
            }
            Verdict::Choose { candidates, .. } => Content::Choose { candidates },
            Verdict::Denied { reason } => Content::Denied { reason, ended: None },
            Verdict::Rejected { error, suggestion } => Content::Rejected { error, suggestion },
        }
    }
}
