//! `finish`: something that was to do is done.
//!
//! ```text
//! /finish n
//! ```

use super::args::Args;
use super::context::Context;
use super::refusal::Stop;
use super::spec::{Kind, Need, Param, Place, Reply, Run, Spec, Who};
use super::words;
use crate::domain::names::keyword;
use crate::domain::{Change, Content, Conversation, Outgoing, Phrase, Target};

pub(super) const SPEC: Spec = Spec {
    name: "finish",
    aliases: &["完成"],
    params: &[Param { name: "n", kind: Kind::Value, need: Need::Required }],
    place: Place::Anywhere,
    who: &[Who::Anyone],
    help: "help-finish",
    run: Run::Answer(run),
};

fn run(ctx: &Context<'_>, args: &Args<'_>) -> Result<Reply, Stop> {
    let open = ctx.view.to_do(&ctx.sender.id)?;
    let typed = args.text("n").unwrap_or_default();
    let number: Option<usize> = keyword(typed).trim_start_matches('#').parse().ok();
    let item = number.and_then(|number| number.checked_sub(1)).and_then(|index| open.get(index));
    let Some(item) = item else {
        return Err(args
            .bad(Phrase::new("bad-todo").text("number", typed).number("count", open.len()))
            .into());
    };
    let mut reply = Reply::new(
        "finish",
        vec![Phrase::new("finish-done").text("item", &item.text).number("left", open.len() - 1)],
    );
    reply.changes.push(Change::ToDoFinished { item: item.key });
    reply.records.push(ctx.record("finish", item.about.as_ref().map(|about| about.as_str()), "done"));
    if let (Some(requester), Some(about)) = (&item.last_for, &item.about) {
        let name = words::name(ctx.view, about)?;
        reply.letters.push(Outgoing {
            to: Conversation::Direct(requester.clone()),
            content: Content::Task { target: Target::Person(about.clone()), items: Vec::new() },
            text: vec![Phrase::new("todo-all-done").text("name", name)],
            attachment: None,
        });
    }
    Ok(reply)
}
