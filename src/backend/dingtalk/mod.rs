//! The organisation as DingTalk holds it: read, and changed as far as its API can.
//!
//! No call exists that takes an admin's rights away, passes the ownership of an organisation on, or closes a personal
//! account: those are done by a person, and read back here ([`Ways`]). A failed reading is never "none".

mod approvals;
mod contacts;
mod readings;
mod refusal;
mod sync;
mod ways;

use std::sync::Arc;

use serde_json::json;

use approvals::Index;
pub use readings::Readings;
pub use sync::{Known, Progress, Snapshot};
pub use ways::Ways;

use super::Backend;
use crate::dingtalk::{Client, Happening};
use crate::domain::{
    ApprovalId, ApprovalStatus, CallFailure, Change, Evidence, Job, Level, PersonId, Sighting, Target,
    Unknown,
};
use refusal::{failure, unknown};

/// The organisation on DingTalk.
#[derive(Debug)]
pub struct DingTalk {
    client: Arc<Client>,
    corp_id: String,
    /// Whether people are deleted by the HR call, which hands their approvals and documents over.
    has_hr: bool,
    index: Index,
    readings: Readings,
}

impl DingTalk {
    /// The organisation with this CorpId, as this application sees it.
    pub fn new(client: Arc<Client>, corp_id: String, has_hr: bool) -> Self {
        Self { client, corp_id, has_hr, index: Index::default(), readings: Readings::default() }
    }

    /// What the first copy has read so far.
    pub fn readings(&self) -> &Readings {
        &self.readings
    }

    /// What is to be seen of something that happened.
    ///
    /// # Errors
    /// When DingTalk can't say; the next synchronisation will.
    pub async fn after(&self, happening: &Happening) -> Result<Vec<Sighting>, Unknown> {
        let mut seen = Vec::new();
        match happening {
            Happening::Admins => seen.push(self.admins().await?),
            Happening::Approval(id) => seen.extend(self.see_approval(id, None).await?),
            Happening::Departments(ids) => {
                for id in ids {
                    seen.push(self.department(id).await?);
                }
            }
            Happening::People(ids) => {
                for id in ids {
                    seen.extend(self.person(id).await?);
                }
            }
        }
        Ok(seen)
    }

    async fn cancel_approval(
        &self,
        id: &ApprovalId,
        by: &PersonId,
        reason: Option<&str>,
    ) -> Result<(), CallFailure> {
        let Some(approval) = self.read_approval(id, None).await.map_err(|e| failure(&e))? else {
            return Err(refusal::not_pending());
        };
        if approval.status != ApprovalStatus::Pending {
            return Err(refusal::not_pending());
        }
        self.terminate(&approval, by, reason).await
    }

    /// Deletes somebody (delete-a-user), or ends their employment (api-hrmprocessterminationandhandover).
    async fn delete(&self, person: &PersonId, by: &PersonId) -> Result<(), CallFailure> {
        let done = match self.has_hr {
            true => self.terminate_employment(person, by).await,
            false => self.old("/topapi/v2/user/delete", json!({"userid": person.as_str()})).await.map(drop),
        };
        match done {
            // Whoever is not there has been deleted; it is read back all the same.
            Err(error) if contacts::is_nobody(&error) => Ok(()),
            done => done.map_err(|error| failure(&error)),
        }
    }
}

impl Backend for DingTalk {
    async fn look_up(&self, target: &Target) -> Result<Vec<Sighting>, Unknown> {
        match target {
            Target::Approval(id) => match self.see_approval(id, None).await? {
                seen if seen.is_empty() => Err(Unknown(format!("no approval {id} can be read"))),
                seen => Ok(seen),
            },
            Target::Person(id) => {
                let mut seen = self.person(id).await?;
                if !is_gone(&seen) {
                    seen.extend(self.approvals_about(id).await?);
                    // Last, for approvals take long: rights that end meanwhile must not come back.
                    seen.push(self.admins().await?);
                }
                Ok(seen)
            }
        }
    }

    async fn call(&self, job: &Job) -> Result<(), CallFailure> {
        match &job.step {
            Change::ApprovalCancelled { approval, by, reason, .. } => {
                self.cancel_approval(approval, by, reason.as_deref()).await
            }
            Change::HandedOver { from, to } => self.redirect_tasks(from, to).await,
            Change::PersonDeparted { person, by, .. } => self.delete(person, by).await,
            Change::SupervisorChanged { department, from, to } => {
                self.change_supervisor(department, from, to.as_ref()).await.map_err(|error| failure(&error))
            }
            _ => Err(refusal::no_such_call()),
        }
    }

    async fn check(&self, job: &Job) -> Result<Evidence, Unknown> {
        let is_done = match &job.step {
            Change::AccountClosed { person, .. } | Change::PersonDeparted { person, .. } => {
                is_gone(&self.person(person).await?)
            }
            Change::AdminGranted { person, grant } => {
                let wanted = if grant.level == Level::Main { 1 } else { 2 };
                self.admin_level(person).await? == Some(wanted)
            }
            Change::AdminRevoked { person } => self.admin_level(person).await?.is_none(),
            Change::ApprovalCancelled { approval, .. } => {
                let read = self.read_approval(approval, None).await.map_err(|error| unknown(&error))?;
                read.is_some_and(|approval| approval.status == ApprovalStatus::Cancelled)
            }
            Change::HandedOver { from, .. } => self.tasks_waiting_on(from).await? == 0,
            Change::OwnerChanged { to } => self.is_owner(to).await?,
            Change::SupervisorChanged { department, from, to } => {
                let heads = self.heads(department).await.map_err(|error| unknown(&error))?;
                !heads.contains(from) && to.as_ref().is_none_or(|to| heads.contains(to))
            }
            other => return Err(Unknown(format!("nothing shows whether {other:?} is done"))),
        };
        Ok(if is_done { Evidence::Done } else { Evidence::NotYet })
    }
}

fn is_gone(seen: &[Sighting]) -> bool {
    matches!(seen, [Sighting::PersonGone(_)])
}
