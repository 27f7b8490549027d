//! `find`: people by name, pinyin or id.
//!
//! ```text
//! /find text
//! ```

use super::args::Args;
use super::context::Context;
use super::people;
use super::refusal::Stop;
use super::spec::{Kind, Need, Param, Place, Reply, Run, Spec, Who};
use crate::domain::Phrase;
use crate::domain::names::has_hidden;

/// How many people one answer lists.
const MAX_FOUND: usize = 10;

pub(super) const SPEC: Spec = Spec {
    name: "find",
    aliases: &["查找"],
    params: &[Param { name: "text", kind: Kind::Rest, need: Need::Required }],
    place: Place::Anywhere,
    who: &[Who::Admin],
    help: "help-find",
    run: Run::Answer(run),
};

fn run(ctx: &Context<'_>, args: &Args<'_>) -> Result<Reply, Stop> {
    let (_, value) =
        args.person("text").ok_or_else(|| args.bad(Phrase::new("bad-missing").code("what", "text")))?;
    let typed = value.as_typed();
    let wanted = typed.trim_start_matches(['@', '＠']);
    if wanted.trim().is_empty() {
        return Err(args.bad(Phrase::new("bad-missing").code("what", "text")).into());
    }
    if has_hidden(wanted) {
        return Err(args.bad(Phrase::new("bad-hidden").text("name", wanted)).into());
    }
    let mut found = people::search(ctx.view, wanted, MAX_FOUND + 1)?;
    let is_cut = found.len() > MAX_FOUND;
    found.truncate(MAX_FOUND);
    if found.is_empty() {
        return Ok(Reply::new("find", vec![Phrase::new("find-none").text("text", wanted)]));
    }
    let mut text = vec![Phrase::new("find-title").text("text", wanted).number("count", found.len())];
    for id in &found {
        if let Some(person) = ctx.view.person(id)? {
            text.push(
                Phrase::new("find-line")
                    .text("name", &person.name)
                    .list("departments", people::departments(ctx.view, &person)?)
                    .code("id", format!("@{id}")),
            );
        }
    }
    if is_cut {
        text.push(Phrase::new("find-more"));
    }
    Ok(Reply::new("find", text))
}
