//! The steps of an operation that a remote backend carries out: persisted, each *intended, called, verified*.
//!
//! | from | to | when |
//! |---|---|---|
//! | (confirmed) | `intended` | the operation is confirmed; only the first step that is not verified goes on |
//! | `intended` | `called` | the call is about to be made, or the person was told what to do |
//! | `called` | `intended` | the backend says that nothing happened, and when to try again |
//! | `called` | `called` | it was read back and is not done: read again, or, for a call, made again |
//! | `called` | `verified` | the backend shows that it is done |
//!
//! A call is made only in the state `called`, after that is durable. Whoever finds a step `called` after a crash reads
//! before it calls: the answer may have been lost.

use super::{Change, Timestamp, Way, words};

/// One step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// Which it is, from 0; they are done in this order, the irreversible one last.
    pub position: usize,
    /// What is to change.
    pub change: Change,
    /// Who does it.
    pub way: Way,
    /// How far it is.
    pub state: StepState,
    /// How often the call was made.
    pub calls: u32,
    /// How often it was read back since the last call, or since the person was told; of a call, in this life.
    pub looks: u32,
    /// When it was first called, or the person told.
    pub since: Option<Timestamp>,
    /// When to go on with it, if nothing is heard before.
    pub next_at: Option<Timestamp>,
    /// When the requester is to be reminded of what a person has to do.
    pub remind_at: Option<Timestamp>,
}

words! {
    /// How far a step is.
    StepState {
        /// It may have been done.
        Called = "called",
        /// Nothing of it has happened.
        Intended = "intended",
        /// It is done, as the backend shows.
        Verified = "verified",
    }
}

impl Step {
    /// A step of which nothing has happened yet.
    pub fn new(position: usize, change: Change, way: Way) -> Self {
        Self {
            position,
            change,
            way,
            state: StepState::Intended,
            calls: 0,
            looks: 0,
            since: None,
            next_at: None,
            remind_at: None,
        }
    }
}
