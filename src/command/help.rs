//! `help`: what can be typed, for whoever asks.
//!
//! ```text
//! /help [verb]
//! ```

use super::args::Args;
use super::context::Context;
use super::refusal::{Refusal, Stop};
use super::spec::{Kind, Need, Param, Place, Reply, Run, Spec, Undo, Who};
use super::{COMMANDS, lookup, nearest_verb};
use crate::domain::Phrase;
use crate::domain::names::without_hidden;

pub(super) const SPEC: Spec = Spec {
    name: "help",
    aliases: &["帮助"],
    params: &[Param { name: "verb", kind: Kind::Value, need: Need::Optional }],
    place: Place::Anywhere,
    who: &[Who::Anyone],
    help: "help-help",
    run: Run::Answer(run),
};

fn run(ctx: &Context<'_>, args: &Args<'_>) -> Result<Reply, Stop> {
    let Some(verb) = args.text("verb") else {
        return Ok(Reply::new("help", overview(ctx)));
    };
    let verb = without_hidden(verb);
    let verb = verb.trim_start_matches(['/', '／']);
    match lookup(verb).filter(|spec| spec.is_for(ctx.role)) {
        Some(spec) => Ok(Reply::new("help", details(ctx, spec))),
        None => Err(unknown(ctx, verb).into()),
    }
}

fn overview(ctx: &Context<'_>) -> Vec<Phrase> {
    let mut text = vec![Phrase::new("help-title").text("organisation", &ctx.organisation.name)];
    for spec in COMMANDS.iter().filter(|spec| spec.is_for(ctx.role)) {
        text.push(line(spec));
    }
    text.push(Phrase::new("help-more"));
    text
}

fn line(spec: &'static Spec) -> Phrase {
    let aliases = spec.aliases.first().map(|alias| format!("/{alias}")).unwrap_or_default();
    Phrase::new("help-line")
        .code("verb", format!("/{}", spec.name))
        .code("alias", aliases)
        .phrase("what", Phrase::new(spec.help))
}

fn details(ctx: &Context<'_>, spec: &'static Spec) -> Vec<Phrase> {
    let aliases =
        spec.aliases.iter().map(|alias| Phrase::new("code").code("code", format!("/{alias}"))).collect();
    let mut text =
        vec![line(spec), spec.usage_phrase(), Phrase::new("help-aliases").list("aliases", aliases)];
    match spec.place {
        Place::Anywhere => {}
        Place::Direct => text.push(Phrase::new("help-direct-only")),
        Place::Group => text.push(Phrase::new("help-group-only")),
    }
    if let Run::Operation { undo, .. } = spec.run {
        text.push(Phrase::new(match undo {
            Undo::Never => "help-asks-irreversible",
            Undo::Possible => "help-asks",
        }));
        if ctx.policy.require_secret.iter().any(|verb| verb == spec.name) {
            text.push(Phrase::new("help-needs-secret"));
        }
    }
    text
}

/// The refusal of a verb that nobody knows, or that the sender may not use.
pub(crate) fn unknown(ctx: &Context<'_>, verb: &str) -> Refusal {
    let text = match verb {
        "" => Phrase::new("rejected-no-command"),
        verb => Phrase::new("rejected-unknown-command").text("verb", verb),
    };
    match nearest_verb(verb, ctx.role) {
        Some(near) => {
            let near = format!("/{near}");
            let hint = Phrase::new("did-you-mean").code("what", &near);
            Refusal::rejected("unknown_command", Some(near), vec![text, hint])
        }
        None => Refusal::rejected("unknown_command", None, vec![text, Phrase::new("see-help")]),
    }
}
