//! `pending`: one's own open operations.
//!
//! ```text
//! /pending
//! ```

use super::args::Args;
use super::context::Context;
use super::refusal::Stop;
use super::spec::{Place, Reply, Run, Spec, Who};
use super::words;
use crate::domain::Phrase;

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
    let open = ctx.view.open_of(&ctx.sender.id)?;
    if open.is_empty() {
        return Ok(Reply::new("pending", vec![Phrase::new("pending-none")]));
    }
    let mut text = vec![Phrase::new("pending-title").number("count", open.len())];
    for operation in &open {
        let mut line = Phrase::new("pending-line")
            .code("code", operation.code.as_str())
            .phrase("operation", words::operation(&operation.verb))
            .phrase("target", words::target(ctx.view, &operation.target)?)
            .phrase("where", words::conversation(ctx.view, &operation.conversation)?);
        line = match operation.state.until() {
            Some(until) => line.phrase("until", Phrase::new("pending-until").clock("time", until)),
            None => line.phrase("until", Phrase::new("pending-running")),
        };
        text.push(line);
    }
    Ok(Reply::new("pending", text))
}
