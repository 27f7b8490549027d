//! The seam to the organisation's backend: who does a step, what was seen there, and how a call ended.

use super::{Approval, Change, Code, Department, DepartmentId, Grant, Person, PersonId, Phrase, Span, Text};

/// By whom a step of an operation is done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Way {
    /// The backend is called, and what it did is read back.
    Call,
    /// Usher's own copy of the organisation is all that changes.
    Here,
    /// No call can do it: a person does, as these words say, and the backend is read until it shows.
    Person(Text),
}

/// What the rules have to know of the organisation's backend.
pub trait Backing: Send {
    /// By whom the step is done.
    fn way(&self, step: &Change) -> Way;
    /// Whether what an operation is about is looked up there before anybody is asked, and again before it is done.
    fn looks_up(&self) -> bool;
}

/// The embedded organisation: the local copy is all there is.
#[derive(Clone, Copy, Debug)]
pub struct Embedded;

impl Backing for Embedded {
    fn way(&self, _: &Change) -> Way {
        Way::Here
    }

    fn looks_up(&self) -> bool {
        false
    }
}

/// A fact that the backend has shown; it takes the place of what the local copy says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sighting {
    /// Every admin but the owner; whoever is not listed is none.
    Admins(Vec<(PersonId, Grant)>),
    /// An approval as it stands.
    Approval(Approval),
    /// A department as it stands.
    Department(Department),
    /// A department is no longer there.
    DepartmentGone(DepartmentId),
    /// Who owns the organisation.
    Owner(PersonId),
    /// Somebody as they stand.
    Person {
        /// Who they are.
        person: Person,
        /// Every department that they supervise.
        supervises: Vec<DepartmentId>,
    },
    /// Somebody is no longer in the organisation.
    PersonGone(PersonId),
}

/// A step to be done by the backend, or to be read back there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Job {
    /// The operation that it belongs to.
    pub code: Code,
    /// Which of the operation's steps it is, from 0.
    pub position: usize,
    /// Who asked for the operation.
    pub requester: PersonId,
    /// What is to change.
    pub step: Change,
}

/// What the backend is asked about a step, once the question is durable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Request {
    /// To do it. It is asked again only after the step was read back and found undone.
    Call(Job),
    /// Whether it is done.
    Check(Job),
}

/// Whether a step is done, as the backend shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Evidence {
    /// It is.
    Done,
    /// It is not, or not yet.
    NotYet,
}

/// The backend could not say. That is never read as "no" or "none".
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Unknown(pub String);

/// How a call failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CallFailure {
    /// It was not carried out, and may be made again after so long.
    Later(Span),
    /// The backend refuses it; nothing happened.
    Refused {
        /// A stable word, such as `no_permission`.
        error: &'static str,
        /// Why, and what mends it.
        why: Phrase,
    },
    /// It may have been carried out: the answer was lost.
    Unsure(String),
}
