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
use crate::domain::{Fault, Permission, Person, Phrase, Target, Text};

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
    let against = against_handing_back(ctx, &receiver)?;
    plan.has_way_back = against.is_empty();
    plan.remarks.extend(against);
    work.go_to(&target, &receiver, &mut plan);
    plan.closing.done.push(
        Phrase::new("done-handover")
            .phrase("person", named_phrase(&target))
            .phrase("receiver", named_phrase(&receiver)),
    );
    plan.task(receiver.id.clone(), work.lines(), task(&target, &receiver, work.phrases(), &work));
    Ok(plan)
}

/// What may be against handing it back later: that somebody else has to, or that it takes more along.
fn against_handing_back(ctx: &Context<'_>, receiver: &Person) -> Result<Text, Fault> {
    let remark = |message| Phrase::new(message).text("name", &receiver.name);
    let is_for_others = receiver.id == ctx.sender.id || !ctx.covers_all(&receiver.departments)?;
    let takes_more = !Work::of(ctx.view, receiver)?.is_nothing();
    let mut against = Text::new();
    against.extend(is_for_others.then(|| remark("remark-handover-way-back-of-others")));
    against.extend(takes_more.then(|| remark("remark-handover-takes-more-back")));
    Ok(against)
}
