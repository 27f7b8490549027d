//! The first half of an operation: from a plan to the question.

use super::decision::Decision;
use super::{Session, ending};
use crate::command::plan::Plan;
use crate::command::refusal::{Refusal, Stop, Verdict};
use crate::command::spec::{Spec, Undo};
use crate::domain::{
    Blocker, Change, Code, Content, Conversation, Fault, IRREVERSIBLE_WINDOW, Operation, Phrase, Record,
    State, Target, Text,
};

/// How often another code is tried when one is taken; with so many operations that this fails, none may be opened.
const MAX_CODE_TRIES: usize = 1_000;

impl Session<'_, '_> {
    /// Asks whether to go on, or says why not.
    pub(super) fn request(
        &mut self,
        spec: &'static Spec,
        undo: Undo,
        plan: Plan,
        is_dry_run: bool,
        decision: &mut Decision,
    ) -> Result<(), Stop> {
        self.require_seen(&plan.target, &plan.command)?;
        if is_dry_run {
            decision.say(self.heard.conversation.clone(), Content::Answer { topic: "plan" }, dry_run(plan));
            return Ok(());
        }
        if undo == Undo::Never {
            self.require_within_limit(decision)?;
        }
        if self.needs_secret(spec.name) {
            self.require_secret()?;
        }
        if let Some(open) = self.world.view.waiting_in(&self.sender.id, &self.heard.conversation)? {
            return Err(already_pending(&open.code).into());
        }
        if !plan.obstacles.is_empty() {
            return Err(blocked(&plan).into());
        }
        self.require_not_under_way(spec.name, &plan.target)?;
        let operation = self.open(spec, undo, &plan)?;
        self.end_choice(decision)?;
        self.ask(&operation, plan, decision);
        decision.records.push(super::decision::entry(&operation, "requested".to_owned()));
        decision.changes.push(Change::OperationOpened(operation));
        Ok(())
    }

    fn open(&mut self, spec: &'static Spec, undo: Undo, plan: &Plan) -> Result<Operation, Fault> {
        Ok(Operation {
            code: self.free_code()?,
            verb: spec.name.to_owned(),
            command: plan.command.clone(),
            requester: self.sender.id.clone(),
            conversation: self.heard.conversation.clone(),
            target: plan.target.clone(),
            irreversible: undo == Undo::Never,
            shown: plan.digest(),
            state: State::AwaitingConfirmation { until: self.world.now + self.world.policy.confirm_ttl },
            created: self.world.now,
        })
    }

    /// With a remote backend, looks what the operation is about up there first; what it can't show is no "none".
    pub(super) fn require_seen(&self, target: &Target, command: &str) -> Result<(), Stop> {
        let why = match &self.findings.looked_up {
            _ if !self.world.backing.looks_up() => return Ok(()),
            None => return Err(Stop::LookUp(target.clone())),
            Some(Ok(())) => return Ok(()),
            Some(Err(why)) => why,
        };
        let blockers = vec![Blocker { blocker: "unknown", fix: command.to_owned() }];
        let text = Phrase::new("blocked-unknown").text("why", why).code("fix", command);
        let verdict = Verdict::Blocked { target: target.clone(), blockers };
        Err(Refusal { verdict, text: vec![text] }.into())
    }

    /// Refuses what is being carried out already, whoever asked for it.
    pub(super) fn require_not_under_way(&self, verb: &str, target: &Target) -> Result<(), Stop> {
        let same = |under_way: &Operation| under_way.verb == verb && under_way.target == *target;
        match self.world.view.executing()?.into_iter().find(same) {
            Some(under_way) => {
                Err(already_pending(&under_way.code).with(Phrase::new("already-under-way")).into())
            }
            None => Ok(()),
        }
    }

    fn free_code(&mut self) -> Result<Code, Fault> {
        for _ in 0..MAX_CODE_TRIES {
            let code = Code::from_bits((self.world.chance)());
            if self.world.view.operation(&code)?.is_none() {
                return Ok(code);
            }
        }
        Err(Fault("no code is free".to_owned()))
    }

    fn ask(&self, operation: &Operation, plan: Plan, decision: &mut Decision) {
        let until = self.world.now + self.world.policy.confirm_ttl;
        let mut effects: Vec<_> = plan.effects.iter().map(|effect| effect.word).collect();
        effects.dedup();
        let how = match (operation.irreversible, plan.has_way_back) {
            (true, _) => "confirm-how-irreversible",
            (false, true) => "confirm-how",
            (false, false) => "confirm-how-only",
        };
        let mut text = plan.into_shown();
        text.push(Phrase::new(how).text("code", operation.code.as_str()).clock("until", until));
        if self.needs_secret(&operation.verb) {
            text.push(Phrase::new("confirm-needs-secret"));
        }
        let content = Content::ConfirmRequest {
            operation: operation.verb.clone(),
            code: operation.code.clone(),
            target: operation.target.clone(),
            irreversible: operation.irreversible,
            effects,
            expires_at: until,
        };
        decision.say(operation.conversation.clone(), content, text);
    }

    /// Whether the settings ask for a secret before this operation.
    pub(super) fn needs_secret(&self, verb: &str) -> bool {
        self.world.policy.require_secret.iter().any(|required| required == verb)
    }

    /// Refuses who has no secret to prove themselves with, or may not use it now.
    pub(super) fn require_secret(&self) -> Result<(), Stop> {
        if !self.world.view.enrolled(&self.sender.id)?.any() {
            let text = Phrase::new("denied-no-secret")
                .code("password", format!("usher passwd {}", self.sender.id))
                .code("totp", format!("usher totp {}", self.sender.id));
            return Err(Refusal::denied("no_secret", vec![text]).into());
        }
        match self.world.view.locked_until(&self.sender.id)?.filter(|until| *until > self.world.now) {
            Some(until) => {
                Err(Refusal::denied("locked", vec![Phrase::new("denied-locked").time("until", until)]).into())
            }
            None => Ok(()),
        }
    }

    /// Refuses who has had too many irreversible operations carried out lately; the owner hears of it once. With a remote
    /// backend what was asked for lately counts also while it is under way, or many at once would pass; what waits longer
    /// for a person to do it counts again once it is done.
    pub(super) fn require_within_limit(&self, decision: &mut Decision) -> Result<(), Stop> {
        let since = self.world.now.window_start(IRREVERSIBLE_WINDOW);
        let limit = self.world.policy.irreversible_per_hour as usize;
        let counts =
            |open: &Operation| open.irreversible && open.state == State::Executing && open.created >= since;
        let under_way = self.world.view.open_of(&self.sender.id)?.into_iter().filter(counts).count();
        let finished = self.world.view.irreversible_since(&self.sender.id, since)? as usize;
        if finished + under_way < limit {
            return Ok(());
        }
        if self.world.view.limit_told(&self.sender.id)?.is_none_or(|told| told < since) {
            decision.changes.push(Change::LimitTold { person: self.sender.id.clone(), at: self.world.now });
            let text = Phrase::new("warning-limit")
                .phrase("person", crate::command::people::named_phrase(&self.sender))
                .number("limit", limit);
            let owner = Conversation::Direct(self.organisation.owner.clone());
            decision.say(owner, Content::Warning { reason: "limit" }, vec![text]);
        }
        let text = Phrase::new("denied-limit").number("limit", limit);
        Err(Refusal::denied("limit", vec![text]).into())
    }

    /// The audit entry of something that happened to the sender's own secrets.
    pub(super) fn own_record(&self, action: &str, outcome: &str) -> Record {
        let mut record = self.record(action, outcome.to_owned());
        record.target = Some(self.sender.id.to_string());
        record
    }
}

/// The refusal of a second request, or of a second secret.
pub(super) fn already_pending(code: &Code) -> Refusal {
    let text = Phrase::new("rejected-already-pending").text("code", code.as_str());
    Refusal::rejected("already_pending", Some(code.to_string()), vec![text])
}

fn blocked(plan: &Plan) -> Refusal {
    let verdict = Verdict::Blocked { target: plan.target.clone(), blockers: plan.blockers() };
    Refusal { verdict, text: ending::obstacles_text(plan) }
}

fn dry_run(plan: Plan) -> Text {
    let obstacles = if plan.obstacles.is_empty() { Text::new() } else { ending::obstacles_text(&plan) };
    let mut text = vec![Phrase::new("plan-title")];
    text.extend(plan.into_shown());
    text.extend(obstacles);
    text
}
