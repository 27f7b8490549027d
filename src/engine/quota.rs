//! The platform's calls, of which the organisation has so many in a month: the owner is warned before they run out.

use super::World;
use super::decision::Decision;
use crate::domain::{Change, Content, Conversation, Fault, Phrase, Usage};

/// Decides what follows from so many more counted calls, of so many that a month has.
///
/// # Errors
/// When the store can't answer.
pub fn counted(world: &World<'_>, more: u64, limit: u64) -> Result<Decision, Fault> {
    let organisation = world.view.organisation()?;
    let month = world.now.month(&organisation.timezone);
    let before = world.view.usage(&month)?;
    let calls = before.calls.saturating_add(more);
    let is_much = calls.saturating_mul(100) >= limit.saturating_mul(Usage::WARN_AT);
    let mut decision = Decision::default();
    let usage = Usage { calls, is_told: before.is_told || is_much };
    decision.changes.push(Change::CallsCounted { month, usage });
    if is_much && !before.is_told {
        let number = |count: u64| usize::try_from(count).unwrap_or(usize::MAX);
        let text = Phrase::new("warning-quota").number("calls", number(calls)).number("limit", number(limit));
        let owner = Conversation::Direct(organisation.owner.clone());
        decision.say(owner, Content::Warning { reason: "quota" }, vec![text]);
    }
    Ok(decision)
}
