//! Confirming and calling off.

use super::decision::Decision;
use super::{Session, ending, execution};
use crate::command::args::Args;
use crate::command::line::{self, Parsed};
use crate::command::refusal::{Refusal, Stop};
use crate::command::spec::Run;
use crate::command::{lookup, words};
use crate::domain::names::keyword;
use crate::domain::{Code, Content, Conversation, Fault, Heard, Operation, Origin, Phrase, State, View};

impl Session<'_, '_> {
    /// `/confirm [code]`.
    pub(super) fn confirm(&mut self, args: &Args<'_>, decision: &mut Decision) -> Result<(), Stop> {
        let operation = match args.text("code") {
            Some(typed) => self.coded(typed)?,
            None => self.uncoded()?,
        };
        if matches!(operation.state, State::AwaitingSecret { .. }) {
            return Err(secret_awaited(&operation).into());
        }
        if self.needs_secret(&operation.verb)
            && let Some(asked) = self.world.view.asking_secret(&self.sender.id)?
        {
            return Err(ending::one_secret_at_a_time(&asked, &operation).into());
        }
        match self.look_again(&operation, decision)? {
            Err(ending) => self.end(&operation, ending, decision),
            Ok(_) if self.needs_secret(&operation.verb) => self.ask_secret(&operation, decision)?,
            Ok(plan) => execution::begin(self.world, &operation, plan, decision)?,
        }
        Ok(())
    }

    /// `/cancel [code]`. While the secret is asked for, the direct messages are part of the dialogue too.
    pub(super) fn cancel(&mut self, args: &Args<'_>, decision: &mut Decision) -> Result<(), Stop> {
        let asked = self.secret_here()?;
        let operation = match (args.text("code"), asked) {
            (Some(typed), Some(asked)) if read_code(typed).as_ref() == Some(&asked.code) => asked,
            (Some(typed), _) => self.coded(typed)?,
            (None, asked) => {
                let waiting = self.world.view.waiting_in(&self.sender.id, &self.heard.conversation)?;
                waiting.or(asked).ok_or_else(nothing_pending)?
            }
        };
        decision.moves(&operation, State::Cancelled, self.world.now);
        let text = Phrase::new("cancelled").phrase("what", words::summary(self.world.view, &operation)?);
        decision.say(operation.conversation.clone(), Content::cancelled(&operation), vec![text]);
        Ok(())
    }

    /// The sender's own waiting operation with this code, asked for in this conversation.
    fn coded(&self, typed: &str) -> Result<Operation, Stop> {
        let found = match read_code(typed) {
            Some(code) => self.world.view.operation(&code)?,
            None => None,
        };
        let Some(operation) = found else {
            let open = self.world.view.waiting_in(&self.sender.id, &self.heard.conversation)?;
            return Err(no_such_code(typed, open.as_ref()).into());
        };
        if operation.requester != self.sender.id {
            return Err(Refusal::denied("not_yours", vec![Phrase::new("denied-not-yours")]).into());
        }
        if operation.conversation != self.heard.conversation {
            let place = words::conversation(self.world.view, &operation.conversation)?;
            let text = Phrase::new("denied-elsewhere").phrase("where", place);
            return Err(Refusal::denied("not_yours", vec![text]).into());
        }
        if !operation.state.is_waiting() {
            let is_under_way = operation.state == State::Executing;
            let text = if is_under_way { "rejected-under-way" } else { "rejected-already-settled" };
            let text = Phrase::new(text).text("code", operation.code.as_str());
            return Err(Refusal::rejected("already_settled", None, vec![text]).into());
        }
        Ok(operation)
    }

    /// The sender's waiting operation in this conversation, when it may be confirmed without its code.
    fn uncoded(&self) -> Result<Operation, Stop> {
        let waiting = self.world.view.waiting_in(&self.sender.id, &self.heard.conversation)?;
        let operation = waiting.ok_or_else(nothing_pending)?;
        // Once confirmed, the code is not what is missing.
        if operation.irreversible && matches!(operation.state, State::AwaitingConfirmation { .. }) {
            let code = operation.code.as_str();
            let text = Phrase::new("rejected-code-needed").code("command", format!("/confirm {code}"));
            return Err(Refusal::rejected("no_such_code", Some(code.to_owned()), vec![text]).into());
        }
        Ok(operation)
    }

    /// The operation whose secret is being asked for in this conversation.
    pub(super) fn secret_here(&self) -> Result<Option<Operation>, Fault> {
        if self.heard.conversation != Conversation::Direct(self.sender.id.clone()) {
            return Ok(None);
        }
        self.world.view.asking_secret(&self.sender.id)
    }
}

/// The sender's operation that the message would have carried out: the one that it confirms, or whose secret it is.
pub(super) fn would_carry_out(
    view: &dyn View,
    heard: &Heard,
    parsed: &Parsed,
) -> Result<Option<Operation>, Fault> {
    let code = match parsed {
        Parsed::Confirm(code) => code.as_deref(),
        Parsed::Command(line) if lookup(&line.verb).is_some_and(|spec| matches!(spec.run, Run::Confirm)) => {
            line.words.iter().find_map(|word| match &word.value {
                Some(line::Value::Text(code)) => Some(code.as_str()),
                _ => None,
            })
        }
        Parsed::Talk if heard.origin == Origin::FirstHand && !heard.conversation.is_group() => {
            return view.asking_secret(&heard.sender);
        }
        _ => return Ok(None),
    };
    let is_meant = |operation: &Operation| match code {
        Some(code) => read_code(code).as_ref() == Some(&operation.code),
        None => !operation.irreversible,
    };
    Ok(view.waiting_in(&heard.sender, &heard.conversation)?.filter(is_meant))
}

/// The code that somebody typed, in any case and width.
pub(super) fn read_code(typed: &str) -> Option<Code> {
    Code::parse(&keyword(typed))
}

fn nothing_pending() -> Refusal {
    Refusal::rejected("nothing_pending", None, vec![Phrase::new("rejected-nothing-pending")])
}

/// The refusal of a second confirmation while the secret is asked for.
fn secret_awaited(operation: &Operation) -> Refusal {
    let code = operation.code.as_str();
    let text = vec![Phrase::new("rejected-secret-awaited").text("code", code)];
    Refusal::rejected("already_pending", Some(code.to_owned()), text)
}

fn no_such_code(typed: &str, open: Option<&Operation>) -> Refusal {
    let text = vec![Phrase::new("rejected-no-such-code").text("code", typed)];
    let refusal = Refusal::rejected("no_such_code", None, text);
    match open {
        Some(open) => refusal
            .suggesting(open.code.as_str())
            .with(Phrase::new("did-you-mean").code("what", open.code.as_str())),
        None => refusal,
    }
}
