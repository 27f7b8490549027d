//! Proving who one is: asking for a secret, judging it, and what happens when it shows up in a group.

use super::decision::{Decision, Outcome, Question, Verdict};
use super::{Session, ending, execution};
use crate::command::people::named_phrase;
use crate::command::refusal::Stop;
use crate::command::words;
use crate::domain::{Change, Content, Conversation, Fault, Operation, Origin, Phrase, Span, State};

/// The window in which wrong secrets are counted.
const WINDOW: Span = Span::from_mins(15);
/// How many wrong ones in the window lock.
const MAX_WRONG_IN_WINDOW: u32 = 5;
/// How many wrong ones in a day lock until the day is over.
const MAX_WRONG_IN_DAY: u32 = 50;
/// A day.
const DAY: Span = Span::from_days(1);

impl Session<'_, '_> {
    /// Asks the requester, in private, for a secret.
    pub(super) fn ask_secret(&self, operation: &Operation, decision: &mut Decision) -> Result<(), Fault> {
        let until = self.world.now + self.world.policy.secret_ttl;
        let tries_left = self.world.policy.tries;
        decision.moves(operation, State::AwaitingSecret { until, tries_left }, self.world.now);
        let (verb, code) = (operation.verb.clone(), operation.code.clone());
        let what = words::summary(self.world.view, operation)?;
        if operation.conversation.is_group() {
            let content = Content::SecretPending { operation: verb.clone(), code: code.clone() };
            let text = Phrase::new("secret-pending").text("name", &self.sender.name);
            decision.say(operation.conversation.clone(), content, vec![text]);
        }
        let enrolled = self.world.view.enrolled(&self.sender.id)?;
        let ask = match (enrolled.password, enrolled.totp) {
            (true, true) => "secret-request-either",
            (false, true) => "secret-request-totp",
            _ => "secret-request-password",
        };
        let methods = enrolled.methods();
        let text = vec![
            Phrase::new(ask).phrase("what", what).clock("until", until),
            Phrase::new("secret-request-how").code("cancel", format!("/cancel {code}")),
        ];
        let content = Content::SecretRequest { operation: verb, code, methods };
        decision.say(Conversation::Direct(self.sender.id.clone()), content, text);
        Ok(())
    }

    /// Text that is no command: a secret, a secret in the wrong place, or talk.
    pub(super) fn talk(&mut self) -> Result<Outcome, Fault> {
        let verdict = self.findings.verdict;
        let is_direct = !self.heard.conversation.is_group();
        let asked = match self.heard.origin {
            Origin::FirstHand => self.world.view.asking_secret(&self.sender.id)?,
            _ => None,
        };
        let mut decision = Decision::default();
        match (asked, verdict) {
            (Some(_), None) => return Ok(Outcome::Ask(Question::Secret(self.sender.id.clone()))),
            (Some(operation), Some(verdict)) if is_direct => {
                match self.judge(&operation, verdict, &mut decision) {
                    Ok(()) => {}
                    Err(Stop::Fault(fault)) => return Err(fault),
                    Err(Stop::LookUp(target)) => return Ok(Outcome::Ask(Question::LookUp(target))),
                    Err(Stop::Refused(refusal)) => self.refuse(&mut decision, &operation.verb, &refusal),
                }
            }
            (Some(operation), Some(verdict)) => self.leaked(&operation, verdict, &mut decision)?,
            (None, _) if is_direct => {
                let here = self.heard.conversation.clone();
                decision.say(here, Content::Answer { topic: "hint" }, vec![Phrase::new("hint")]);
            }
            (None, _) => {}
        }
        Ok(decision.into())
    }

    fn judge(&self, operation: &Operation, verdict: Verdict, decision: &mut Decision) -> Result<(), Stop> {
        let fresh_step = self.fresh_step(verdict)?;
        if !verdict.password && fresh_step.is_none() {
            return Ok(self.wrong(operation, decision)?);
        }
        if let Some(step) = fresh_step {
            decision.changes.push(Change::TotpBurnt { person: self.sender.id.clone(), step });
        }
        match self.look_again(operation, decision)? {
            Ok(plan) => execution::begin(self.world, operation, plan, decision)?,
            Err(ending) => self.end(operation, ending, decision),
        }
        Ok(())
    }

    /// The step of a TOTP code that was not used before.
    fn fresh_step(&self, verdict: Verdict) -> Result<Option<u64>, Fault> {
        let last = self.world.view.enrolled(&self.sender.id)?.last_step;
        Ok(verdict.step.filter(|step| last.is_none_or(|last| *step > last)))
    }

    fn wrong(&self, operation: &Operation, decision: &mut Decision) -> Result<(), Fault> {
        let person = self.sender.id.clone();
        decision.changes.push(Change::WrongSecret { person, at: self.world.now });
        decision.records.push(self.own_record("secret", "wrong"));
        let is_locked = self.lock_if_guessing(decision)?;
        let tries_left = operation.state.tries_left().unwrap_or_default().saturating_sub(1);
        if tries_left == 0 {
            self.end(operation, ending::too_many_tries(), decision);
        } else if let Some(until) = is_locked {
            let text = vec![Phrase::new("denied-locked").time("until", until)];
            self.end(operation, ending::Ending::Denied("locked", text), decision);
        } else {
            let until = operation.state.until().unwrap_or(self.world.now);
            let state = State::AwaitingSecret { until, tries_left };
            decision.changes.push(Change::OperationMoved {
                code: operation.code.clone(),
                state,
                at: self.world.now,
            });
            let content = Content::SecretRejected { code: operation.code.clone(), tries_left };
            let text = Phrase::new("secret-rejected").number("tries", tries_left as usize);
            decision.say(Conversation::Direct(self.sender.id.clone()), content, vec![text]);
        }
        Ok(())
    }

    /// Locks the person out after too many wrong ones, and tells the owner; gives until when.
    fn lock_if_guessing(&self, decision: &mut Decision) -> Result<Option<crate::domain::Timestamp>, Fault> {
        let (now, person) = (self.world.now, &self.sender.id);
        let today = now.day_start(&self.organisation.timezone);
        let lately = self.world.view.wrong_secrets(person, now.window_start(WINDOW))? + 1;
        let in_day = self.world.view.wrong_secrets(person, today)? + 1;
        let until = if in_day >= MAX_WRONG_IN_DAY {
            (today + DAY).max(now + self.world.policy.lock)
        } else if lately >= MAX_WRONG_IN_WINDOW {
            now + self.world.policy.lock
        } else {
            return Ok(None);
        };
        decision.changes.push(Change::Locked { person: person.clone(), until });
        decision.records.push(self.own_record("secret", "locked"));
        let text =
            Phrase::new("warning-locked").phrase("person", named_phrase(&self.sender)).time("until", until);
        let owner = Conversation::Direct(self.organisation.owner.clone());
        decision.say(owner, Content::Warning { reason: "locked" }, vec![text]);
        Ok(Some(until))
    }

    /// A secret in a group is worth nothing any more, and neither is the request that it was for.
    fn leaked(&self, operation: &Operation, verdict: Verdict, decision: &mut Decision) -> Result<(), Fault> {
        let fresh_step = self.fresh_step(verdict)?;
        let person = self.sender.id.clone();
        let advice = match fresh_step {
            _ if verdict.password => {
                decision.changes.push(Change::PasswordBurnt { person });
                Phrase::new("warning-password-in-group")
                    .code("command", format!("usher passwd {}", self.sender.id))
            }
            Some(step) => {
                decision.changes.push(Change::TotpBurnt { person, step });
                Phrase::new("warning-code-in-group")
            }
            None => return Ok(()),
        };
        decision.records.push(self.own_record("secret", "seen_in_group"));
        let content = Content::Warning { reason: "secret_in_group" };
        decision.say(self.heard.conversation.clone(), content, vec![advice]);
        decision.moves(operation, State::Cancelled, self.world.now);
        let text = Phrase::new("cancelled").phrase("what", words::summary(self.world.view, operation)?);
        decision.say(operation.conversation.clone(), Content::cancelled(operation), vec![text]);
        Ok(())
    }
}
