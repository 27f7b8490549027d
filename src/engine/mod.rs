//! The rules: what follows from a message, or from time passing.
//!
//! [`hear`] and [`tick`] read the world through a [`View`] and give a [`Decision`]: what changes, what is
//! recorded and what is said. They change nothing themselves, and know no clock, disk, network or chance.

mod choice;
mod decision;
mod dialogue;
mod ending;
mod execution;
mod quota;
mod request;
mod secret;
mod steps;
mod stranger;

use std::sync::Arc;

pub use decision::{Decision, Findings, Outcome, Question, Verdict};
pub use execution::{broken, called, checked, seen};
pub use quota::counted;

use crate::command::args::Args;
use crate::command::context::{Context, Role};
use crate::command::line::{self, Line, Parsed};
use crate::command::refusal::{self, Refusal, Stop};
use crate::command::spec::{Place, Run, Spec, Who};
use crate::command::{help, lookup, people, words};
use crate::domain::{
    Backing, Change, Content, Conversation, Fault, Heard, Organisation, Origin, Person, PersonId, Phrase,
    Policy, Record, State, Target, Timestamp, View,
};

/// Everything that a decision depends on besides the message.
pub struct World<'a> {
    /// The organisation and the bot's memory.
    pub view: &'a dyn View,
    /// The settings.
    pub policy: &'a Policy,
    /// Where the organisation really is.
    pub backing: &'a dyn Backing,
    /// The time.
    pub now: Timestamp,
    /// Random bits, for codes.
    pub chance: &'a mut dyn FnMut() -> u64,
}

/// Decides what follows from a message, given what was found out about it since [`Outcome::Ask`] asked.
///
/// # Errors
/// When the store can't answer; then nothing of the message may be kept.
pub fn hear(world: &mut World<'_>, heard: &Heard, findings: &Findings) -> Result<Outcome, Fault> {
    if heard.origin == Origin::Bot {
        return Ok(Decision::default().into());
    }
    let organisation = world.view.organisation()?;
    let Some(sender) = world.view.person(&heard.sender)?.filter(Person::is_active) else {
        return Ok(stranger::hear(world, heard)?.into());
    };
    let role = Role::of(&sender.id, &organisation, world.view)?;
    let session = Session { world, heard, findings, organisation, sender, role };
    session.hear()
}

/// Decides what follows from time passing: operations whose time ran out expire, steps of a backend go on, and
/// people are reminded of what they have left to do.
///
/// # Errors
/// When the store can't answer.
pub fn tick(world: &World<'_>) -> Result<Decision, Fault> {
    let mut decision = Decision::default();
    for operation in world.view.lapsed(world.now)? {
        decision.moves(&operation, State::Expired, world.now);
        let text = vec![Phrase::new("expired").phrase("what", words::summary(world.view, &operation)?)];
        decision.say(operation.conversation.clone(), Content::expired(&operation), text);
    }
    execution::go_on(world, &mut decision)?;
    for reminder in world.view.reminders(world.now)? {
        let (assignee, at) = (reminder.assignee, world.now);
        decision.changes.push(Change::Reminded {
            assignee: assignee.clone(),
            at,
            next: at + world.policy.remind,
        });
        let name = words::name(world.view, &reminder.about)?;
        let mut text = vec![Phrase::new("task-reminder").text("name", name)];
        text.extend(reminder.items.iter().map(|item| Phrase::new("task-item").text("item", item)));
        let content = Content::Task { target: Target::Person(reminder.about), items: reminder.items };
        decision.say(Conversation::Direct(assignee), content, text);
    }
    Ok(decision)
}

/// Decides what to say when a message could not be handled: nothing of it was kept, and an operation that
/// it would have carried out has failed.
///
/// # Errors
/// When the store can't answer.
pub fn apologise(world: &mut World<'_>, heard: &Heard) -> Result<Decision, Fault> {
    let mut decision = Decision::default();
    if !world.view.person(&heard.sender)?.is_some_and(|sender| sender.is_active()) {
        return Ok(decision);
    }
    let parsed = line::parse(heard);
    let text = vec![Phrase::new("failed-internal")];
    match dialogue::would_carry_out(world.view, heard, &parsed)? {
        Some(operation) => {
            decision.moves(&operation, State::Executing, world.now);
            decision.moves(&operation, State::Failed, world.now);
            let content = Content::Failed {
                operation: operation.verb.clone(),
                code: operation.code.clone(),
                target: operation.target.clone(),
                error: "internal",
            };
            decision.say(operation.conversation.clone(), content, text);
        }
        None if parsed != Parsed::Talk => {
            let content = Content::Rejected { error: "internal", suggestion: None };
            decision.say(heard.conversation.clone(), content, text);
        }
        None => {}
    }
    Ok(decision)
}

/// Whether this is the owner or an admin.
///
/// # Errors
/// When the store can't answer.
pub fn administers(view: &dyn View, person: &PersonId) -> Result<bool, Fault> {
    Ok(Role::of(person, &*view.organisation()?, view)?.is_admin())
}

/// Decides what to say to somebody who says so much that nothing of theirs is listened to for a minute.
///
/// # Errors
/// When the store can't answer.
pub fn too_fast(world: &World<'_>, heard: &Heard) -> Result<Decision, Fault> {
    let Some(sender) = world.view.person(&heard.sender)?.filter(Person::is_active) else {
        return Ok(stranger::answer(heard));
    };
    let mut decision = Decision::default();
    let limit = world.policy.messages_per_minute as usize;
    let text = vec![Phrase::new("rejected-too-fast").number("limit", limit)];
    let content = Content::Rejected { error: "too_fast", suggestion: None };
    decision.say(heard.conversation.clone(), content, text);
    decision.records.push(Record {
        actor: sender.id,
        action: "message".to_owned(),
        target: None,
        code: None,
        conversation: Some(heard.conversation.clone()),
        outcome: "rejected:too_fast".to_owned(),
    });
    Ok(decision)
}

/// One message of somebody in the organisation.
struct Session<'w, 'a> {
    world: &'w mut World<'a>,
    heard: &'w Heard,
    findings: &'w Findings,
    organisation: Arc<Organisation>,
    sender: Person,
    role: Role,
}

impl Session<'_, '_> {
    fn hear(mut self) -> Result<Outcome, Fault> {
        let parsed = line::parse(self.heard);
        let here = &self.heard.conversation;
        let was_told = self.world.view.stale_told(here)?;
        if self.world.now - self.heard.sent_at > self.world.policy.max_age {
            return Ok(self.stale(&parsed, was_told)?.into());
        }
        let mut outcome = self.fresh(parsed)?;
        if let (true, Outcome::Decided(decision)) = (was_told, &mut outcome) {
            decision.changes.push(Change::StaleTold { conversation: here.clone(), told: false });
        }
        Ok(outcome)
    }

    /// A backlog is answered once, not message by message.
    fn stale(&self, parsed: &Parsed, was_told: bool) -> Result<Decision, Fault> {
        let mut decision = Decision::default();
        let is_command = match parsed {
            Parsed::Command(_) | Parsed::Malformed(_) => true,
            Parsed::Cancel(_) | Parsed::Confirm(_) => self.has_pending()?,
            Parsed::Number(_) | Parsed::Talk => false,
        };
        if is_command && !was_told {
            let conversation = self.heard.conversation.clone();
            decision.changes.push(Change::StaleTold { conversation, told: true });
            let refusal = Refusal::rejected("stale", None, vec![Phrase::new("rejected-stale")]);
            self.refuse(&mut decision, "", &refusal);
        }
        Ok(decision)
    }

    fn fresh(&mut self, parsed: Parsed) -> Result<Outcome, Fault> {
        match parsed {
            Parsed::Command(line) => self.command(&line),
            Parsed::Malformed(refusal) => {
                let mut decision = Decision::default();
                self.refuse(&mut decision, "", &refusal);
                Ok(decision.into())
            }
            Parsed::Confirm(code) if self.has_pending()? => self.bare("confirm", code),
            Parsed::Cancel(code) if self.has_pending()? || self.secret_here()?.is_some() => {
                self.bare("cancel", code)
            }
            Parsed::Number(number) => match self.chosen(number)? {
                Some(outcome) => Ok(outcome),
                None => self.talk(),
            },
            Parsed::Confirm(_) | Parsed::Cancel(_) | Parsed::Talk => self.talk(),
        }
    }

    fn has_pending(&self) -> Result<bool, Fault> {
        Ok(self.world.view.waiting_in(&self.sender.id, &self.heard.conversation)?.is_some())
    }

    /// A bare word stands for the command.
    fn bare(&mut self, verb: &str, code: Option<String>) -> Result<Outcome, Fault> {
        let value = code.map(|code| line::Word { key: None, value: Some(line::Value::Text(code)) });
        self.command(&Line { verb: verb.to_owned(), words: value.into_iter().collect() })
    }

    fn command(&mut self, line: &Line) -> Result<Outcome, Fault> {
        let mut decision = Decision::default();
        self.answer_choice(line, &mut decision)?;
        let Some(spec) = lookup(&line.verb) else {
            let refusal = help::unknown(&self.context(), &line.verb);
            self.refuse(&mut decision, "", &refusal);
            return Ok(decision.into());
        };
        match self.run(spec, line, &mut decision) {
            Ok(()) => Ok(decision.into()),
            Err(Stop::Fault(fault)) => Err(fault),
            Err(Stop::LookUp(target)) => Ok(Outcome::Ask(Question::LookUp(target))),
            Err(Stop::Refused(refusal)) => {
                self.refuse(&mut decision, spec.name, &refusal);
                if let refusal::Verdict::Choose { word, candidates } = &refusal.verdict {
                    self.remember_choice(line, *word, candidates.clone(), &mut decision);
                } else if is_privileged(spec) || refusal.outcome() == "denied:not_yours" {
                    let mut record = self.record(spec.name, refusal.outcome());
                    record.target = self.about(spec, line)?;
                    decision.records.push(record);
                }
                Ok(decision.into())
            }
        }
    }

    fn run(&mut self, spec: &'static Spec, line: &Line, decision: &mut Decision) -> Result<(), Stop> {
        require_place(spec.place, &self.heard.conversation)?;
        self.context().require(spec.who)?;
        let args = Args::check(spec, line)?;
        match spec.run {
            Run::Answer(run) => {
                let reply = run(&self.context(), &args)?;
                decision.changes.extend(reply.changes);
                decision.records.extend(reply.records);
                decision.say(
                    self.heard.conversation.clone(),
                    Content::Answer { topic: reply.topic },
                    reply.text,
                );
                if let Some(answer) = decision.messages.last_mut() {
                    answer.attachment = reply.attachment;
                }
                decision.messages.extend(reply.letters);
                Ok(())
            }
            Run::Cancel => self.cancel(&args, decision),
            Run::Confirm => self.confirm(&args, decision),
            Run::Operation { undo, plan, .. } => {
                let plan = plan(&self.context(), &args)?;
                self.request(spec, undo, plan, args.has("dry-run"), decision)
            }
        }
    }

    fn context(&self) -> Context<'_> {
        Context {
            view: self.world.view,
            policy: self.world.policy,
            organisation: &self.organisation,
            sender: &self.sender,
            role: &self.role,
            conversation: &self.heard.conversation,
            now: self.world.now,
        }
    }

    fn refuse(&self, decision: &mut Decision, verb: &str, refusal: &Refusal) {
        decision.say(self.heard.conversation.clone(), refusal.content(verb), refusal.text.clone());
    }

    fn record(&self, action: &str, outcome: String) -> Record {
        Record {
            actor: self.sender.id.clone(),
            action: action.to_owned(),
            target: None,
            code: None,
            conversation: Some(self.heard.conversation.clone()),
            outcome,
        }
    }

    /// Whom a refused command was about, by id: a name or a text never gets into the audit log.
    fn about(&self, spec: &Spec, line: &Line) -> Result<Option<String>, Fault> {
        if spec.place == Place::Direct {
            return Ok(Some(self.sender.id.to_string()));
        }
        let is_target = |word: &&line::Word| word.key.as_ref().is_none_or(|key| key == "from");
        let value = line.words.iter().filter(is_target).find_map(|word| word.value.as_ref());
        Ok(match value {
            None => None,
            Some(line::Value::Text(text)) => {
                let approval = self.world.view.approval(&crate::domain::ApprovalId::new(text))?;
                let operation = match dialogue::read_code(text) {
                    Some(code) => self.world.view.operation(&code)?,
                    None => None,
                };
                let approval = approval.map(|approval| approval.id.to_string());
                approval.or(operation.map(|operation| operation.target.to_string()))
            }
            Some(person) => match people::resolve(self.world.view, 0, person) {
                Ok(person) => Some(person.id.to_string()),
                Err(Stop::Refused(_) | Stop::LookUp(_)) => None,
                Err(Stop::Fault(fault)) => return Err(fault),
            },
        })
    }
}

fn require_place(place: Place, conversation: &Conversation) -> Result<(), Refusal> {
    match (place, conversation.is_group()) {
        (Place::Direct, true) => Err(Refusal::denied("direct_only", vec![Phrase::new("denied-direct-only")])),
        (Place::Group, false) => Err(Refusal::denied("group_only", vec![Phrase::new("denied-group-only")])),
        _ => Ok(()),
    }
}

/// Whether a refusal of the verb belongs in the audit log.
fn is_privileged(spec: &Spec) -> bool {
    matches!(spec.run, Run::Operation { .. }) || !spec.who.contains(&Who::Anyone)
}
