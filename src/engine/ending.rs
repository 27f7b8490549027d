//! The end of an operation: a second look before it is carried out, and the closing messages.

use super::decision::Decision;
use super::{Session, World, request, require_place};
use crate::command::args::Args;
use crate::command::plan::Plan;
use crate::command::refusal::{Refusal, Stop, Verdict};
use crate::command::spec::Run;
use crate::command::{line, lookup, people};
use crate::domain::{
    Blocker, Change, Closing, Content, Conversation, Fault, LetterKind, Operation, PersonId, Phrase, State,
    Target, Text,
};

/// Why an operation that was asked for can't go on.
pub(super) enum Ending {
    /// As things are now, it can't be done.
    Blocked(Vec<Blocker>, Text),
    /// The requester may not, or no longer.
    Denied(&'static str, Text),
}

impl Session<'_, '_> {
    /// Reads the request again and plans it anew: the same plan, or why it can't go on.
    pub(super) fn look_again(
        &self,
        operation: &Operation,
        decision: &mut Decision,
    ) -> Result<Result<Plan, Ending>, Stop> {
        self.require_not_under_way(&operation.verb, &operation.target)?;
        match self.plan_again(operation, decision) {
            Ok(plan) => Ok(self.unchanged(operation, plan)),
            Err(stop @ (Stop::Fault(_) | Stop::LookUp(_))) => Err(stop),
            Err(Stop::Refused(refusal)) => Ok(Err(match refusal.verdict {
                Verdict::Denied { reason } => Ending::Denied(reason, refusal.text),
                Verdict::Blocked { blockers, .. } => Ending::Blocked(blockers, refusal.text),
                Verdict::Choose { .. } => changed(operation),
                Verdict::Rejected { .. } => over(operation, refusal.text),
            })),
        }
    }

    fn plan_again(&self, operation: &Operation, decision: &mut Decision) -> Result<Plan, Stop> {
        self.require_seen(&operation.target, &operation.command)?;
        let stored = || Fault(format!("the request of {} can't be read", operation.code));
        let line = line::parse_text(&operation.command).ok_or_else(stored)?;
        let spec = lookup(&operation.verb).ok_or_else(stored)?;
        let Run::Operation { plan, .. } = spec.run else {
            return Err(stored().into());
        };
        let mut context = self.context();
        context.conversation = &operation.conversation;
        require_place(spec.place, &operation.conversation)?;
        context.require(spec.who)?;
        let args = Args::check(spec, &line)?;
        let plan = plan(&context, &args)?;
        if operation.irreversible {
            self.require_within_limit(decision)?;
        }
        if self.needs_secret(&operation.verb) {
            self.require_secret()?;
        }
        Ok(plan)
    }

    fn unchanged(&self, operation: &Operation, plan: Plan) -> Result<Plan, Ending> {
        if plan.obstacles.is_empty() {
            let is_same = plan.digest() == operation.shown;
            return if is_same { Ok(plan) } else { Err(changed(operation)) };
        }
        // Nothing stood in the way when it was asked for, or it would not have been opened.
        let mut blockers = plan.blockers();
        blockers.push(changed_blocker(operation));
        let mut text = obstacles_text(&plan);
        text.push(Phrase::new("blocker-changed").code("fix", &operation.command));
        Err(Ending::Blocked(blockers, text))
    }

    /// Ends an operation that can't go on, and says why where it was asked.
    pub(super) fn end(&self, operation: &Operation, ending: Ending, decision: &mut Decision) {
        match ending {
            Ending::Blocked(blockers, text) => {
                let words: Vec<_> = blockers.iter().map(|blocker| blocker.blocker).collect();
                decision.ends(operation, State::Blocked, &words.join("+"), self.world.now);
                let content = Content::Blocked {
                    operation: operation.verb.clone(),
                    target: operation.target.clone(),
                    blockers,
                };
                decision.say(operation.conversation.clone(), content, text);
            }
            Ending::Denied(reason, text) => {
                decision.ends(operation, State::Denied, reason, self.world.now);
                let ended = Some((operation.verb.clone(), operation.code.clone()));
                decision.say(operation.conversation.clone(), Content::Denied { reason, ended }, text);
            }
        }
    }
}

/// The operation is done: its requester and everybody concerned are told. With a remote backend that may be days after it
/// was planned: whoever has left meanwhile has nothing to do, and is told nothing.
pub(super) fn close(
    world: &World<'_>,
    operation: &Operation,
    closing: Closing,
    decision: &mut Decision,
) -> Result<(), Fault> {
    let is_here = |person: &PersonId| people::active(world.view, person).map(|found| found.is_some());
    let about = PersonId::new(operation.target.as_str());
    for left in closing.follow_up.chunk_by(|left, right| left.0 == right.0) {
        if !is_here(&left[0].0)? {
            continue;
        }
        let (assignee, about, code) = (left[0].0.clone(), about.clone(), operation.code.clone());
        let items = left.iter().map(|(_, item)| item.clone()).collect();
        let (at, remind_at) = (world.now, world.now + world.policy.remind);
        decision.changes.push(Change::FollowUpAdded { assignee, about, code, items, at, remind_at });
    }
    if let Some(to) = closing.heir
        && is_here(&to)?
    {
        let remind_at = world.now + world.policy.remind;
        decision.changes.push(Change::FollowUpsMoved { from: about, to, remind_at });
    }
    decision.moves(operation, State::Done, world.now);
    decision.say(operation.conversation.clone(), Content::done(operation), closing.done);
    for letter in closing.letters {
        if let Conversation::Direct(person) = &letter.to
            && !is_here(person)?
        {
            continue;
        }
        let content = match letter.kind {
            LetterKind::Notice(topic) => Content::Notice {
                topic: topic.as_str(),
                target: operation.target.clone(),
                operation: operation.verb.clone(),
                code: operation.code.clone(),
            },
            LetterKind::Task(items) => Content::Task { target: operation.target.clone(), items },
        };
        decision.say(letter.to, content, letter.text);
    }
    Ok(())
}

/// Everything that stands in the way, a line each, under a heading.
pub(super) fn obstacles_text(plan: &Plan) -> Text {
    let obstacles = plan.obstacles.iter().map(|obstacle| obstacle.text.clone());
    std::iter::once(Phrase::new("blocked-title")).chain(obstacles).collect()
}

fn changed(operation: &Operation) -> Ending {
    let text = vec![Phrase::new("blocked-changed").code("fix", &operation.command)];
    Ending::Blocked(vec![changed_blocker(operation)], text)
}

/// The end of what can't be asked for again, as somebody or something that it was about is gone; the first line of why says
/// what. What became of the target can still be looked at.
fn over(operation: &Operation, why: Text) -> Ending {
    let fix = match &operation.target {
        Target::Approval(id) => format!("/approval {id}"),
        Target::Person(id) => format!("/show @{id}"),
    };
    let over = Phrase::new("blocked-over").code("fix", &fix);
    let text = std::iter::once(over).chain(why.into_iter().take(1)).collect();
    Ending::Blocked(vec![Blocker { blocker: "changed", fix }], text)
}

fn changed_blocker(operation: &Operation) -> Blocker {
    Blocker { blocker: "changed", fix: operation.command.clone() }
}

/// Ends an operation because the requester did not prove who they are.
pub(super) fn too_many_tries() -> Ending {
    Ending::Denied("too_many_tries", vec![Phrase::new("denied-too-many-tries")])
}

/// The refusal of a second secret at once: this operation's can be asked for after the other's.
pub(super) fn one_secret_at_a_time(asked: &Operation, operation: &Operation) -> Refusal {
    let later = Phrase::new("one-secret-at-a-time").text("code", operation.code.as_str());
    request::already_pending(&asked.code).with(later)
}
