//! Whoever is not in the organisation, or no longer: they hear the same words whatever they say, and in a group nothing.

use super::decision::Decision;
use super::{World, is_privileged};
use crate::command::line::{self, Parsed};
use crate::command::{lookup, words};
use crate::domain::{Content, Fault, Heard, Phrase, Record, State};

/// Why they are refused.
const REASON: &str = "unknown_sender";

/// Decides what follows from what they say. What still waits of somebody who has left ends: the sender it was shown to may
/// not confirm it any more.
pub(super) fn hear(world: &World<'_>, heard: &Heard) -> Result<Decision, Fault> {
    let mut decision = Decision::default();
    let open = world.view.open_of(&heard.sender)?;
    for operation in open.into_iter().filter(|operation| operation.state.is_waiting()) {
        decision.ends(&operation, State::Denied, REASON, world.now);
        let text = match operation.conversation.is_group() {
            true => Phrase::new("cancelled-departed").phrase("what", words::summary(world.view, &operation)?),
            false => Phrase::new("denied-unknown-sender"),
        };
        let ended = Some((operation.verb, operation.code));
        decision.say(operation.conversation, Content::Denied { reason: REASON, ended }, vec![text]);
    }
    if decision.messages.iter().all(|message| message.to != heard.conversation) {
        decision.messages.extend(answer(heard).messages);
    }
    if let Parsed::Command(line) = line::parse(heard)
        && let Some(spec) = lookup(&line.verb).filter(|spec| is_privileged(spec))
    {
        decision.records.push(Record {
            actor: heard.sender.clone(),
            action: spec.name.to_owned(),
            // Whom they named is not looked up.
            target: None,
            code: None,
            conversation: Some(heard.conversation.clone()),
            outcome: format!("denied:{REASON}"),
        });
    }
    Ok(decision)
}

/// What they are told.
pub(super) fn answer(heard: &Heard) -> Decision {
    let mut decision = Decision::default();
    if !heard.conversation.is_group() {
        let content = Content::Denied { reason: REASON, ended: None };
        decision.say(heard.conversation.clone(), content, vec![Phrase::new("denied-unknown-sender")]);
    }
    decision
}
