//! `cancel-approval`: ends a pending approval before its decision; its history stays.
//!
//! ```text
//! /cancel-approval id [reason="…"] [--dry-run]
//! /cancel-approval --from @person [reason="…"] [--dry-run]
//! ```

use std::collections::BTreeSet;

use super::approval::{head, impact, opinions, require_pending, seen, steps};
use super::args::Args;
use super::context::Context;
use super::people::{is_oneself, named_phrase};
use super::plan::Plan;
use super::refusal::{Refusal, Stop};
use super::spec::{Kind, Need, Param, Place, Run, Spec, Undo, Who};
use super::words;
use super::work::approval_phrase;
use crate::domain::{
    Approval, Cancellable, Change, Conversation, Fault, Permission, Person, Phrase, Target, Topic,
};

pub(super) const SPEC: Spec = Spec {
    name: "cancel-approval",
    aliases: &["取消审批", "撤销审批"],
    params: &[
        Param { name: "id", kind: Kind::Value, need: Need::Optional },
        Param { name: "from", kind: Kind::PersonOption, need: Need::Optional },
        Param { name: "reason", kind: Kind::TextOption, need: Need::Optional },
        Param { name: "dry-run", kind: Kind::Flag, need: Need::Optional },
    ],
    place: Place::Anywhere,
    who: &[Who::Anyone],
    help: "help-cancel-approval",
    run: Run::Operation { called: "operation-cancel-approval", undo: Undo::Never, plan },
};

fn plan(ctx: &Context<'_>, args: &Args<'_>) -> Result<Plan, Stop> {
    match (args.text("id"), args.person("from")) {
        (Some(id), None) => one(ctx, args, id),
        (None, Some(_)) => all_of(ctx, args),
        (Some(_), Some(_)) => Err(args.bad(Phrase::new("bad-option-here").code("option", "--from")).into()),
        (None, None) => Err(args.bad(Phrase::new("bad-missing").code("what", "id")).into()),
    }
}

fn one(ctx: &Context<'_>, args: &Args<'_>, id: &str) -> Result<Plan, Stop> {
    let approval = seen(ctx, id)?;
    require_may_cancel(ctx, &approval)?;
    require_pending(&approval)?;
    let mut plan = Plan::new(Target::Approval(approval.id.clone()), args.pinned(&[]));
    plan.facts.push(Phrase::new("confirm-cancel-approval"));
    plan.facts.push(head(ctx, &approval)?);
    plan.facts.extend(steps(ctx, &approval)?);
    plan.facts.extend(opinions(ctx, &approval)?);
    plan.asides.push(impact(ctx, &approval)?);
    plan.effect("cancelled", Phrase::new("effect-approval-ends"));
    plan.effect("notices", Phrase::new("effect-approval-told").list("told", told(ctx, &approval)?));
    remark(args, &mut plan);
    plan.closing
        .done
        .push(Phrase::new("done-cancel-approval").phrase("approval", approval_phrase(&approval)));
    cancel(ctx, args, &approval, &mut plan)?;
    Ok(plan)
}

fn all_of(ctx: &Context<'_>, args: &Args<'_>) -> Result<Plan, Stop> {
    let originator = originator(ctx, args)?;
    let approvals = ctx.view.approvals_of(&originator.id)?;
    if approvals.is_empty() {
        let text = Phrase::new("rejected-none-pending").text("name", &originator.name);
        return Err(Refusal::rejected("not_pending", None, vec![text]).into());
    }
    for approval in &approvals {
        require_may_cancel(ctx, approval)?;
    }
    let command = args.pinned(&[("from", &originator.id)]);
    let mut plan = Plan::new(Target::Person(originator.id.clone()), command);
    plan.facts.push(
        Phrase::new("confirm-cancel-all")
            .phrase("person", named_phrase(&originator))
            .number("count", approvals.len()),
    );
    for approval in &approvals {
        plan.facts.push(head(ctx, approval)?);
        plan.facts.extend(steps(ctx, approval)?);
        plan.facts.extend(opinions(ctx, approval)?);
        plan.asides.push(
            Phrase::new("impact-of")
                .phrase("approval", approval_phrase(approval))
                .phrase("impact", impact(ctx, approval)?),
        );
        plan.effect(
            "cancelled",
            Phrase::new("effect-item-approval").phrase("approval", approval_phrase(approval)),
        );
        cancel(ctx, args, approval, &mut plan)?;
    }
    let groups = ctx.view.groups_bound_to(Topic::ApprovalCancelled)?.len();
    plan.effect("notices", Phrase::new("effect-approvers-told").number("groups", groups));
    remark(args, &mut plan);
    plan.closing.done.push(
        Phrase::new("done-cancel-all")
            .phrase("person", named_phrase(&originator))
            .number("count", approvals.len()),
    );
    Ok(plan)
}

/// Whose approvals are meant. Somebody else's are looked up only for who may cancel somebody else's.
fn originator(ctx: &Context<'_>, args: &Args<'_>) -> Result<Person, Stop> {
    let (_, value) =
        args.person("from").ok_or_else(|| args.bad(Phrase::new("bad-missing").code("what", "--from")))?;
    if is_oneself(value, ctx.sender) {
        return Ok(ctx.sender.clone());
    }
    if !ctx.role.holds(Permission::Approvals) {
        return Err(not_originator().into());
    }
    let person = ctx.person(args, "from")?;
    if ctx.covers_all(&person.departments)? { Ok(person) } else { Err(not_originator().into()) }
}

/// The originator may, and admins in whose scope the originator is; both only as the template allows.
pub(super) fn require_may_cancel(ctx: &Context<'_>, approval: &Approval) -> Result<(), Stop> {
    let is_originator = approval.originator == ctx.sender.id;
    let is_admin = ctx.role.holds(Permission::Approvals)
        && match ctx.view.person(&approval.originator)? {
            Some(originator) => ctx.covers_all(&originator.departments)?,
            None => false,
        };
    if !is_originator && !is_admin {
        return Err(not_originator().into());
    }
    let is_allowed = match approval.cancellable_by {
        Cancellable::Admin => is_admin,
        Cancellable::Nobody => false,
        Cancellable::Originator => is_originator,
        Cancellable::OriginatorOrAdmin => true,
    };
    if is_allowed {
        return Ok(());
    }
    let text = Phrase::new("denied-template-forbids").phrase("approval", approval_phrase(approval));
    Err(Refusal::denied("template_forbids", vec![text]).into())
}

fn not_originator() -> Refusal {
    Refusal::denied("not_originator", vec![Phrase::new("denied-not-originator")])
}

fn told(ctx: &Context<'_>, approval: &Approval) -> Result<Vec<Phrase>, Fault> {
    let mut told = Vec::new();
    for group in ctx.view.groups_bound_to(Topic::ApprovalCancelled)? {
        told.push(words::conversation(ctx.view, &Conversation::Group(group))?);
    }
    for person in concerned(approval) {
        told.push(Phrase::new("plain").text("text", words::name(ctx.view, &person)?));
    }
    Ok(told)
}

/// The originator and each approver, done or waiting.
fn concerned(approval: &Approval) -> BTreeSet<crate::domain::PersonId> {
    let approvers = approval.steps.iter().map(|step| step.approver.clone());
    approvers.chain([approval.originator.clone()]).collect()
}

fn remark(args: &Args<'_>, plan: &mut Plan) {
    if let Some(reason) = args.text("reason") {
        plan.remarks.push(Phrase::new("remark-cancel-reason").text("reason", reason));
    }
}

/// Adds the step, and the notices with the reason to the people concerned, without it to groups.
fn cancel(ctx: &Context<'_>, args: &Args<'_>, approval: &Approval, plan: &mut Plan) -> Result<(), Fault> {
    let reason = args.text("reason");
    plan.steps.push(Change::ApprovalCancelled {
        approval: approval.id.clone(),
        by: ctx.sender.id.clone(),
        at: ctx.now,
        reason: reason.map(str::to_owned),
    });
    let originator = words::name(ctx.view, &approval.originator)?;
    let notice = |message| {
        Phrase::new(message)
            .phrase("approval", approval_phrase(approval))
            .text("originator", &originator)
            .date("day", ctx.now)
    };
    let by_another = notice("notice-approval-cancelled").text("by", &ctx.sender.name);
    for group in ctx.view.groups_bound_to(Topic::ApprovalCancelled)? {
        plan.notice(Conversation::Group(group), Topic::ApprovalCancelled, vec![by_another.clone()]);
    }
    for person in concerned(approval) {
        // Nobody is told to ask themselves.
        let mut personal = match person == ctx.sender.id {
            true => vec![notice("notice-approval-you-cancelled")],
            false => vec![by_another.clone()],
        };
        personal.extend(reason.map(|reason| Phrase::new("notice-reason").text("reason", reason)));
        if ctx.view.person(&person)?.is_some_and(|person| person.is_active()) {
            plan.notice(Conversation::Direct(person), Topic::ApprovalCancelled, personal);
        }
    }
    Ok(())
}
