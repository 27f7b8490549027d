//! `audit`: the last entries of the audit log.
//!
//! ```text
//! /audit [@person] [n]
//! ```

use super::args::Args;
use super::context::Context;
use super::line::Value;
use super::people;
use super::refusal::Stop;
use super::spec::{Kind, Need, Param, Place, Reply, Run, Spec, Who};
use crate::domain::names::keyword;
use crate::domain::{PersonId, Phrase};

/// How many entries are listed when nobody says.
const LISTED: usize = 10;
/// How many entries one answer lists at most.
const MAX_LISTED: usize = 50;

pub(super) const SPEC: Spec = Spec {
    name: "audit",
    aliases: &["审计"],
    params: &[
        Param { name: "person", kind: Kind::Person, need: Need::Optional },
        Param { name: "n", kind: Kind::Value, need: Need::Optional },
    ],
    place: Place::Anywhere,
    who: &[Who::MainAdmin],
    help: "help-audit",
    run: Run::Answer(run),
};

fn run(ctx: &Context<'_>, args: &Args<'_>) -> Result<Reply, Stop> {
    let about = about(ctx, args)?;
    let count = match args.text("n") {
        None => LISTED,
        Some(typed) => match keyword(typed).parse::<usize>() {
            // The heading says how many there are, should that be fewer than were asked for.
            Ok(count) if count > 0 => count.min(MAX_LISTED),
            _ => {
                return Err(args
                    .bad(Phrase::new("bad-count").text("word", typed).number("most", MAX_LISTED))
                    .into());
            }
        },
    };
    let entries = ctx.view.audit_tail(about.as_ref(), count)?;
    if entries.is_empty() {
        return Ok(Reply::new("audit", vec![Phrase::new("audit-none")]));
    }
    let mut text = vec![Phrase::new("audit-title").number("count", entries.len())];
    for entry in entries.iter().rev() {
        let record = &entry.record;
        let line = Phrase::new("audit-line")
            .text("seq", entry.seq.to_string())
            .time("at", entry.at)
            .text("actor", record.actor.as_str())
            .text("action", &record.action)
            .text("outcome", &record.outcome);
        text.push(line.text("target", record.target.as_deref().unwrap_or("–")));
    }
    let mut reply = Reply::new("audit", text);
    reply.records.push(ctx.record("audit", about.as_ref().map(PersonId::as_str), "read"));
    Ok(reply)
}

/// Whom the entries are to be about: somebody here, or somebody who left, by id.
fn about(ctx: &Context<'_>, args: &Args<'_>) -> Result<Option<PersonId>, Stop> {
    let Some((word, value)) = args.person("person") else {
        return Ok(None);
    };
    let id = match value {
        Value::Mention(mention) => mention.id.clone(),
        Value::Name(name) | Value::Text(name) => PersonId::new(name),
    };
    if ctx.view.person(&id)?.is_some() {
        return Ok(Some(id));
    }
    people::resolve(ctx.view, word, value).map(|person| Some(person.id))
}
