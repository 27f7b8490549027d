//! `lang`: the language of this conversation.
//!
//! ```text
//! /lang zh|en
//! ```

use super::args::Args;
use super::context::Context;
use super::refusal::Stop;
use super::spec::{Kind, Need, Param, Place, Reply, Run, Spec, Who};
use crate::domain::{Change, Phrase};

pub(super) const SPEC: Spec = Spec {
    name: "lang",
    aliases: &["语言"],
    params: &[Param { name: "language", kind: Kind::Word(&["zh", "en"]), need: Need::Required }],
    place: Place::Anywhere,
    who: &[Who::Anyone],
    help: "help-lang",
    run: Run::Answer(run),
};

fn run(ctx: &Context<'_>, args: &Args<'_>) -> Result<Reply, Stop> {
    let language = args.text("language").unwrap_or("zh").to_owned();
    let mut reply = Reply::new("lang", vec![Phrase::new("lang-set")]);
    reply.records.push(ctx.record("lang", None, &language));
    reply.changes.push(Change::LanguageChosen { conversation: ctx.conversation.clone(), language });
    Ok(reply)
}
