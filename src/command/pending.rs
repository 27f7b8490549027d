//! `pending`: one's own open operations; in a group without those that were asked for in private.
//!
//! ```text
//! /pending
//! ```

use super::args::Args;
use super::context::Context;
use super::refusal::Stop;
use super::spec::{Place, Reply, Run, Spec, Who};
use super::words;
use crate::domain::{Fault, Operation, Phrase};

pub(super) const SPEC: Spec = Spec {
    name: "pending",
    aliases: &["待确认"],
    params: &[],
    place: Place::Anywhere,
    who: &[Who::Anyone],
    help: "help-pending",
    run: Run::Answer(run),
};

fn run(ctx: &Context<'_>, _: &Args<'_>) -> Result<Reply, Stop> {
    // What was asked for in private is no group's business.
    let is_shown = |open: &Operation| !ctx.conversation.is_group() || open.conversation.is_group();
    let (open, in_private): (Vec<_>, Vec<_>) =
        ctx.view.open_of(&ctx.sender.id)?.into_iter().partition(is_shown);
    let mut text = Vec::new();
    if !open.is_empty() {
        text.push(Phrase::new("pending-title").number("count", open.len()));
    }
    for operation in &open {
        text.push(line(ctx, operation)?);
    }
    if !in_private.is_empty() {
        text.push(Phrase::new("pending-in-private").number("count", in_private.len()));
    }
    if text.is_empty() {
        text.push(Phrase::new("pending-none"));
    }
    Ok(Reply::new("pending", text))
}

fn line(ctx: &Context<'_>, operation: &Operation) -> Result<Phrase, Fault> {
    let line = Phrase::new("pending-line")
        .code("code", operation.code.as_str())
        .phrase("operation", words::operation(&operation.verb))
        .phrase("target", words::target(ctx.view, &operation.target)?)
        .phrase("where", words::conversation(ctx.view, &operation.conversation)?);
    Ok(match operation.state.until() {
        Some(until) => line.phrase("until", Phrase::new("pending-until").clock("time", until)),
        None => line.phrase("until", Phrase::new("pending-running")),
    })
}
