//! `close-account`: whoever asks is erased, but for the id.
//!
//! ```text
//! /close-account [--no-backup] [--dry-run]
//! ```

use std::collections::BTreeSet;

use super::args::Args;
use super::context::Context;
use super::delete::{
    Facts, Wishes, cancelling, obstacles, originator_may_cancel, requests_of_others, standing,
};
use super::people::{departments, named_phrase};
use super::plan::Plan;
use super::refusal::Stop;
use super::spec::{Kind, Need, Param, Place, Run, Spec, Undo, Who};
use super::words;
use super::work::task;
use crate::domain::{Change, Conversation, FRESH_BACKUP, Fault, Person, PersonId, Phrase, Target, Topic};

pub(super) const SPEC: Spec = Spec {
    name: "close-account",
    aliases: &["注销账号", "注销"],
    params: &[
        Param { name: "no-backup", kind: Kind::Flag, need: Need::Optional },
        Param { name: "dry-run", kind: Kind::Flag, need: Need::Optional },
    ],
    place: Place::Direct,
    who: &[Who::Anyone],
    help: "help-close-account",
    run: Run::Operation { called: "operation-close-account", undo: Undo::Never, plan },
};

fn plan(ctx: &Context<'_>, args: &Args<'_>) -> Result<Plan, Stop> {
    let me = ctx.sender;
    let mut plan = Plan::new(Target::Person(me.id.clone()), args.pinned(&[]));
    let supervisors = supervisors(ctx)?;
    let heir = heir(ctx, &supervisors)?;
    let facts = Facts::of(ctx, me)?;
    // What waits on them moves without being asked for; their own requests are theirs to cancel.
    obstacles(ctx, me, &facts, &Wishes::handing_over_to(&heir), &mut plan)?;
    let (mine, rest): (Vec<_>, Vec<_>) =
        facts.own.iter().partition(|approval| originator_may_cancel(approval));
    standing("blocker-own-approvals", me, &mine, cancelling(me, &facts.own, &mine), &mut plan);
    requests_of_others(me, &facts.own, &rest, &mut plan);
    let is_backed_up = ctx.view.last_backup(&me.id)?.is_some_and(|at| at + FRESH_BACKUP > ctx.now);
    if !is_backed_up && !args.has("no-backup") {
        plan.obstacle("backup", "/backup", Phrase::new("blocker-backup"));
    }
    plan.facts.push(
        Phrase::new("confirm-close-account")
            .phrase("person", named_phrase(me))
            .list("departments", departments(ctx.view, me)?),
    );
    plan.unshown.extend(me.phone.clone().into_iter().chain(me.email.clone()));
    plan.effect("erased", Phrase::new("effect-erased"));
    plan.effect("returns_as_new", Phrase::new("effect-returns-as-new"));
    if !facts.work.is_empty() {
        let moves = Phrase::new("effect-handover")
            .list("work", facts.work.amount())
            .phrase("person", named_phrase(&heir));
        plan.effect("handover", moves);
        plan.remarks.extend(facts.work.remark(&heir));
    }
    if let Some(moves) = facts.work.follow_ups_go(me, &heir) {
        plan.effect("handover", moves);
    }
    if !facts.work.is_nothing() {
        facts.work.go_to(me, &heir, &mut plan);
        plan.task(heir.id.clone(), facts.work.lines(), task(me, &heir, facts.work.phrases(), &facts.work));
    }
    plan.steps.push(Change::AccountClosed { person: me.id.clone(), at: ctx.now });
    plan.closing.done.push(Phrase::new("done-close-account"));
    tell(ctx, &supervisors, &heir, &mut plan)?;
    Ok(plan)
}

/// The supervisors of the sender's departments, by id.
fn supervisors(ctx: &Context<'_>) -> Result<BTreeSet<PersonId>, Fault> {
    let mut all = BTreeSet::new();
    for department in &ctx.sender.departments {
        all.extend(ctx.view.supervisors(department)?);
    }
    all.remove(&ctx.sender.id);
    Ok(all)
}

/// Who takes over: a supervisor, or the owner where there is none.
fn heir(ctx: &Context<'_>, supervisors: &BTreeSet<PersonId>) -> Result<Person, Fault> {
    let id = supervisors.first().unwrap_or(&ctx.organisation.owner);
    ctx.view.person(id)?.ok_or_else(|| Fault(format!("{id} is unknown")))
}

fn tell(
    ctx: &Context<'_>,
    supervisors: &BTreeSet<PersonId>,
    heir: &Person,
    plan: &mut Plan,
) -> Result<(), Fault> {
    let departments = departments(ctx.view, ctx.sender)?;
    let notice = |message| {
        let notice =
            Phrase::new(message).text("name", &ctx.sender.name).list("departments", departments.clone());
        vec![notice.date("day", ctx.now).text("contact", &heir.name)]
    };
    let groups = ctx.view.groups_bound_to(Topic::AccountClosed)?.into_iter().map(Conversation::Group);
    let people = supervisors.iter().cloned().map(Conversation::Direct);
    let mut told = Vec::new();
    for to in groups.chain(people) {
        told.push(match &to {
            Conversation::Group(_) => words::conversation(ctx.view, &to)?,
            Conversation::Direct(id) => {
                Phrase::new("supervisor-short").text("name", words::name(ctx.view, id)?)
            }
        });
        // Nobody is told to turn to themselves.
        let is_contact = to == Conversation::Direct(heir.id.clone());
        let message = if is_contact { "notice-account-closed-to-contact" } else { "notice-account-closed" };
        plan.notice(to, Topic::AccountClosed, notice(message));
    }
    if !told.is_empty() {
        let topic = Phrase::new(words::topic(Topic::AccountClosed));
        plan.effect("notices", Phrase::new("effect-told").list("told", told).phrase("topic", topic));
    }
    Ok(())
}
