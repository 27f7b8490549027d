//! Organisation backends other than the embedded one: who really holds the organisation, where Usher keeps a copy.
//!
//! A backend reads and calls; it decides nothing and stores nothing. The runtime asks it only what is durable already,
//! and hands back what it answered.

pub mod dingtalk;

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

/// The backend of the embedded organisation: there is nobody to ask, and nobody does.
#[derive(Clone, Copy, Debug)]
pub struct Nobody;

impl Backend for Nobody {
    async fn look_up(&self, _: &Target) -> Result<Vec<Sighting>, Unknown> {
        Err(Unknown("the organisation is here alone".to_owned()))
    }

    async fn call(&self, _: &Job) -> Result<(), CallFailure> {
        Err(CallFailure::Unsure("the organisation is here alone".to_owned()))
    }

    async fn check(&self, _: &Job) -> Result<Evidence, Unknown> {
        Err(Unknown("the organisation is here alone".to_owned()))
    }
}
