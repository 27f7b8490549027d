//! `todo`: what is one's own to do: work that was handed over, and what is left after somebody left.
//!
//! ```text
//! /todo
//! ```

use super::args::Args;
use super::context::Context;
use super::refusal::Stop;
use super::spec::{Place, Reply, Run, Spec, Who};
use super::words;
use crate::domain::{Phrase, Text};

pub(super) const SPEC: Spec = Spec {
    name: "todo",
    aliases: &["待办"],
    params: &[],
    place: Place::Anywhere,
    who: &[Who::Anyone],
    help: "help-todo",
    run: Run::Answer(run),
};

fn run(ctx: &Context<'_>, _: &Args<'_>) -> Result<Reply, Stop> {
    let open = ctx.view.to_do(&ctx.sender.id)?;
    if open.is_empty() {
        return Ok(Reply::new("todo", vec![Phrase::new("todo-none")]));
    }
    let mut text: Text = vec![Phrase::new("todo-title").number("count", open.len())];
    for (index, item) in open.iter().enumerate() {
        let line = Phrase::new("todo-line").number("number", index + 1).text("item", &item.text);
        text.push(match &item.about {
            Some(about) => {
                line.phrase("about", Phrase::new("todo-about").text("name", words::name(ctx.view, about)?))
            }
            None => line.phrase("about", Phrase::new("nothing")),
        });
    }
    text.push(Phrase::new("todo-how"));
    Ok(Reply::new("todo", text))
}
