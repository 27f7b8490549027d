//! `handover`: what is open in one person's hands goes to another's.
//!
//! ```text
//! /handover @person to=@person
//! ```

use super::args::Args;
use super::context::Context;
use super::delete::{receiver, require_another};
use super::people::named_phrase;
use super::plan::Plan;
use super::refusal::Stop;
use super::spec::{Kind, Need, Param, Place, Run, Spec, Undo, Who};
use super::work::{Work, task};
use crate::domain::{Permission, Phrase, Target};

pub(super) const SPEC: Spec = Spec {
    name: "handover",
    aliases: &["交接"],
    params: &[
        Param { name: "person", kind: Kind::Person, need: Need::Required },
        Param { name: "to", kind: Kind::PersonOption, need: Need::Required },
        Param { name: "dry-run", kind: Kind::Flag, need: Need::Optional },
    ],
    place: Place::Anywhere,
    who: &[Who::Holder(Permission::People)],
    help: "help-handover",
    run: Run::Operation { called: "operation-handover", undo: Undo::Possible, plan },
};

fn plan(ctx: &Context<'_>, args: &Args<'_>) -> Result<Plan, Stop> {
    let target = ctx.person(args, "person")?;
    ctx.require_scope(&target)?;
    require_another(ctx, &target)?;
    let Some(receiver) = receiver(ctx, args, "to", &target)? else {
        return Err(args.bad(Phrase::new("bad-missing").code("what", "to=@person")).into());
    };
    let work = Work::of(ctx.view, &target)?;
    if work.is_nothing() {
        return Err(args.bad(Phrase::new("bad-nothing-open").text("name", &target.name)).into());
    }
    let command = args.pinned(&[("person", &target.id), ("to", &receiver.id)]);
    let mut plan = Plan::new(Target::Person(target.id.clone()), command);
    plan.facts.push(
        Phrase::new("confirm-handover")
            .phrase("person", named_phrase(&target))
            .phrase("receiver", named_phrase(&receiver)),
    );
    for line in work.phrases() {
        plan.effect("handover", Phrase::new("effect-item").phrase("item", line));
    }
    plan.remarks.extend(work.remark(&receiver));
    plan.steps.extend(work.moves(&target, &receiver));
    plan.closing.done.push(
        Phrase::new("done-handover")
            .phrase("person", named_phrase(&target))
            .phrase("receiver", named_phrase(&receiver)),
    );
    plan.task(receiver.id.clone(), work.lines(), task(&target, work.phrases()));
    Ok(plan)
}
