//! Approvals: requests that run through approvers.

use super::{ApprovalId, PersonId, Timestamp, words};

/// A request and the steps it runs through.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Approval {
    /// Such as `A-1001`.
    pub id: ApprovalId,
    /// The form it was made from, such as `expense`.
    pub template: String,
    /// What people call it.
    pub title: String,
    /// Who asked.
    pub originator: PersonId,
    /// Where it stands.
    pub status: ApprovalStatus,
    /// When it was asked.
    pub created: Timestamp,
    /// Who may cancel it.
    pub cancellable_by: Cancellable,
    /// In the order in which they are asked.
    pub steps: Vec<ApprovalStep>,
}

/// One approver's part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApprovalStep {
    /// Who decides.
    pub approver: PersonId,
    /// What they decided.
    pub status: StepStatus,
    /// When they did.
    pub at: Option<Timestamp>,
}

words! {
    /// Where an approval stands.
    ApprovalStatus {
        /// Every approver said yes.
        Approved = "approved",
        /// Ended before its decision.
        Cancelled = "cancelled",
        /// Waiting for an approver.
        Pending = "pending",
        /// An approver said no.
        Rejected = "rejected",
    }
    /// What an approver decided.
    StepStatus {
        /// Yes.
        Approved = "approved",
        /// Nothing yet.
        Pending = "pending",
        /// No.
        Rejected = "rejected",
    }
    /// Who may cancel an approval, as its template says.
    Cancellable {
        /// Only an admin in whose scope the originator is.
        Admin = "admin",
        /// Nobody.
        Nobody = "nobody",
        /// Only who asked.
        Originator = "originator",
        /// Either.
        OriginatorOrAdmin = "originator_or_admin",
    }
}
