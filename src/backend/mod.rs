//! Organisation backends other than the embedded one: who really holds the organisation, where Usher keeps a copy.
//!
//! A backend reads and calls; it decides nothing and stores nothing. The runtime asks it only what is durable already,
//! and hands back what it answered.

use std::future::Future;

use crate::domain::{CallFailure, Evidence, Job, Sighting, Target, Unknown};

/// A remote organisation.
pub trait Backend: Send + Sync + 'static {
    /// Reads what there is to see of a person or an approval now.
    ///
    /// # Errors
    /// When the backend can't say, with the cause: that is never read as "none".
    fn look_up(&self, target: &Target) -> impl Future<Output = Result<Vec<Sighting>, Unknown>> + Send;

    /// Carries a step out.
    ///
    /// # Errors
    /// How it failed; only [`CallFailure::Refused`] and [`CallFailure::Later`] say that nothing happened.
    fn call(&self, job: &Job) -> impl Future<Output = Result<(), CallFailure>> + Send;

    /// Reads whether a step is done.
    ///
    /// # Errors
    /// When the backend can't say, with the cause.
    fn check(&self, job: &Job) -> impl Future<Output = Result<Evidence, Unknown>> + Send;
}
