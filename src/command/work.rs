//! What is open in somebody's hands: handover items, and approvals that wait for their decision.

use super::people;
use crate::domain::{Approval, Fault, Person, Phrase, View};

/// Open work of one person.
pub(super) struct Work {
    /// Handover items, in order.
    pub(super) items: Vec<String>,
    /// Pending approvals with a step of theirs to decide.
    pub(super) approvals: Vec<Approval>,
}

impl Work {
    /// Looks up what is open.
    pub(super) fn of(view: &dyn View, person: &Person) -> Result<Self, Fault> {
        let items = view.handover_items(&person.id)?;
        let approvals = view.approvals_waiting_on(&person.id)?;
        Ok(Self { items, approvals })
    }

    pub(super) fn is_empty(&self) -> bool {
        self.items.is_empty() && self.approvals.is_empty()
    }

    /// How much it is, such as “2 items and 1 approval”.
    pub(super) fn amount(&self) -> Vec<Phrase> {
        let mut amount = Vec::new();
        if !self.items.is_empty() {
            amount.push(Phrase::new("work-items").number("count", self.items.len()));
        }
        if !self.approvals.is_empty() {
            let titles = self.approvals.iter().map(approval_phrase).collect();
            amount.push(
                Phrase::new("work-approvals").number("count", self.approvals.len()).list("approvals", titles),
            );
        }
        amount
    }

    /// A remark about approvals that whoever takes over asked for, and would decide for themselves.
    pub(super) fn remark(&self, receiver: &Person) -> Option<Phrase> {
        let own: Vec<_> =
            self.approvals.iter().filter(|approval| approval.originator == receiver.id).collect();
        let titles = own.iter().map(|approval| approval_phrase(approval)).collect();
        let remark =
            Phrase::new("remark-own-requests").text("name", &receiver.name).list("approvals", titles);
        (!own.is_empty()).then_some(remark)
    }

    /// Each piece as a line of a task.
    pub(super) fn lines(&self) -> Vec<String> {
        let approvals = self.approvals.iter().map(|approval| format!("{} {}", approval.id, approval.title));
        self.items.iter().cloned().chain(approvals).collect()
    }
}

/// An approval as messages name it.
pub(super) fn approval_phrase(approval: &Approval) -> Phrase {
    Phrase::new("approval-short").text("id", approval.id.as_str()).text("title", &approval.title)
}

/// The words of a task: whose work it was, and what it is.
pub(super) fn task(from: &Person, items: &[String]) -> Vec<Phrase> {
    let head = Phrase::new("task-from").phrase("person", people::named_phrase(from));
    let items = items.iter().map(|item| Phrase::new("task-item").text("item", item));
    std::iter::once(head).chain(items).collect()
}
