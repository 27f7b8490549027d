//! What is open in somebody's hands: handover items, approvals that wait for their decision, and what operations left
//! them to do.

use super::plan::Plan;
use super::{people, words};
use crate::domain::{Approval, Change, Consultation, Fault, Person, PersonId, Phrase, View};

/// Open work of one person.
pub(super) struct Work {
    /// Handover items, in order.
    pub(super) items: Vec<String>,
    /// Pending approvals with a step of theirs to decide.
    pub(super) approvals: Vec<Approval>,
    /// What operations left to do: each with whom it is left of. It stands in nobody's way.
    pub(super) follow_ups: Vec<(String, String)>,
    /// How to answer whether one of these approvals may be cancelled, each with who asks.
    questions: Vec<(PersonId, Phrase)>,
}

impl Work {
    /// Looks up what is open.
    pub(super) fn of(view: &dyn View, person: &Person) -> Result<Self, Fault> {
        let items = view.handover_items(&person.id)?;
        let approvals = view.approvals_waiting_on(&person.id)?;
        let mut follow_ups = Vec::new();
        for item in view.to_do(&person.id)? {
            if let Some(about) = item.about {
                follow_ups.push((item.text, words::name(view, &about)?));
            }
        }
        let mut questions = Vec::new();
        for approval in &approvals {
            let consultation = view.consultation(&approval.id)?;
            let is_asked = |asked: &Consultation| asked.opinions.iter().any(|(asked, _)| *asked == person.id);
            if let Some(consultation) = consultation.filter(is_asked) {
                let how = Phrase::new("consult-moved")
                    .phrase("approval", approval_phrase(approval))
                    .text("name", words::name(view, &consultation.by)?)
                    .code("agree", format!("/agree {}", approval.id))
                    .code("object", format!("/object {} \"…\"", approval.id));
                questions.push((consultation.by, how));
            }
        }
        Ok(Self { items, approvals, follow_ups, questions })
    }

    /// Whether nobody has to say who takes over.
    pub(super) fn is_empty(&self) -> bool {
        self.items.is_empty() && self.approvals.is_empty()
    }

    /// Whether there is nothing at all that could change hands.
    pub(super) fn is_nothing(&self) -> bool {
        self.is_empty() && self.follow_ups.is_empty()
    }

    /// Makes all of it another's.
    pub(super) fn go_to(&self, from: &Person, to: &Person, plan: &mut Plan) {
        if !self.is_empty() {
            plan.steps.push(Change::HandedOver { from: from.id.clone(), to: to.id.clone() });
        }
        if !self.follow_ups.is_empty() {
            plan.closing.heir = Some(to.id.clone());
        }
    }

    /// What moves besides the work itself, if anything does.
    pub(super) fn follow_ups_go(&self, from: &Person, to: &Person) -> Option<Phrase> {
        let count = self.follow_ups.len();
        let goes = Phrase::new("effect-follow-ups-move").number("count", count).text("name", &from.name);
        (count > 0).then(|| goes.phrase("person", people::named_phrase(to)))
    }

    /// How much work it is, such as “2 items and 1 approval”.
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

    /// How much it is with what operations left to do.
    pub(super) fn amount_of_all(&self) -> Vec<Phrase> {
        let mut amount = self.amount();
        if !self.follow_ups.is_empty() {
            amount.push(Phrase::new("work-follow-ups").number("count", self.follow_ups.len()));
        }
        amount
    }

    /// Each piece as an item of a task.
    pub(super) fn lines(&self) -> Vec<String> {
        let follow_ups = self.follow_ups.iter().map(|(item, _)| item.clone());
        self.work_lines().chain(follow_ups).collect()
    }

    /// Each piece in words: of what an operation left to do, after whom.
    pub(super) fn phrases(&self) -> Vec<Phrase> {
        let follow_ups = self.follow_ups.iter();
        let follow_ups =
            follow_ups.map(|(item, name)| Phrase::new("left-by").text("item", item).text("name", name));
        self.work_lines().map(|line| Phrase::new("plain").text("text", line)).chain(follow_ups).collect()
    }

    fn work_lines(&self) -> impl Iterator<Item = String> {
        let approvals = self.approvals.iter().map(|approval| format!("{} {}", approval.id, approval.title));
        self.items.iter().cloned().chain(approvals)
    }
}

/// An approval as messages name it.
pub(super) fn approval_phrase(approval: &Approval) -> Phrase {
    Phrase::new("approval-short").text("id", approval.id.as_str()).text("title", &approval.title)
}

/// The words of a task: whose work it was, what it is, and what is asked about it.
pub(super) fn task(from: &Person, to: &Person, items: Vec<Phrase>, work: &Work) -> Vec<Phrase> {
    let head = Phrase::new("task-from").phrase("person", people::named_phrase(from));
    let items = items.into_iter().map(|item| Phrase::new("task-item").phrase("item", item));
    // Nobody is asked by themselves.
    let asked = work.questions.iter().filter(|(by, _)| *by != to.id).map(|(_, how)| how.clone());
    std::iter::once(head).chain(items).chain(asked).collect()
}
