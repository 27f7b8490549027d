//! `object`: an approver has something against cancelling, and says what.
//!
//! ```text
//! /object id "why"
//! ```

use super::agree::answer;
use super::args::Args;
use super::context::Context;
use super::refusal::Stop;
use super::spec::{Kind, Need, Param, Place, Reply, Run, Spec, Who};

pub(super) const SPEC: Spec = Spec {
    name: "object",
    aliases: &["反对取消"],
    params: &[
        Param { name: "id", kind: Kind::Value, need: Need::Required },
        Param { name: "why", kind: Kind::Words, need: Need::Required },
    ],
    place: Place::Anywhere,
    who: &[Who::Anyone],
    help: "help-object",
    run: Run::Answer(run),
};

fn run(ctx: &Context<'_>, args: &Args<'_>) -> Result<Reply, Stop> {
    answer(ctx, args, args.text("why"))
}
