//! `approval`: one approval, how far it is, and what cancelling it would stop.
//!
//! ```text
//! /approval id
//! ```

use std::collections::BTreeSet;

use super::approvals::unknown;
use super::args::Args;
use super::context::Context;
use super::refusal::{Refusal, Stop};
use super::spec::{Kind, Need, Param, Place, Reply, Run, Spec, Who};
use super::words;
use crate::domain::{Approval, ApprovalId, ApprovalStatus, Fault, Phrase, StepStatus, Text};

pub(super) const SPEC: Spec = Spec {
    name: "approval",
    aliases: &["审批"],
    params: &[Param { name: "id", kind: Kind::Value, need: Need::Required }],
    place: Place::Anywhere,
    who: &[Who::Anyone],
    help: "help-approval",
    run: Run::Answer(run),
};

fn run(ctx: &Context<'_>, args: &Args<'_>) -> Result<Reply, Stop> {
    let approval = seen(ctx, args.text("id").unwrap_or_default())?;
    let mut text = vec![head(ctx, &approval)?];
    match approval.status {
        ApprovalStatus::Approved => text.push(Phrase::new("approval-approved")),
        ApprovalStatus::Cancelled => text.extend(cancelled(ctx, &approval)?),
        ApprovalStatus::Pending => text.push(impact(ctx, &approval)?),
        ApprovalStatus::Rejected => text.push(Phrase::new("approval-rejected")),
    }
    text.extend(steps(ctx, &approval)?);
    text.extend(opinions(ctx, &approval)?);
    Ok(Reply::new("approval", text))
}

/// That it is cancelled; by whom, when and why, when it was Usher that did it.
fn cancelled(ctx: &Context<'_>, approval: &Approval) -> Result<Text, Fault> {
    let Some(cancellation) = ctx.view.cancellation(&approval.id)? else {
        return Ok(vec![Phrase::new("approval-cancelled")]);
    };
    let by = words::name(ctx.view, &cancellation.by)?;
    let mut text = vec![Phrase::new("approval-cancelled-by").text("name", by).time("at", cancellation.at)];
    text.extend(cancellation.reason.map(|reason| Phrase::new("notice-reason").text("reason", reason)));
    Ok(text)
}

/// What it has cost so far and what stops; it changes with the clock, so it is shown but not held to.
pub(super) fn impact(ctx: &Context<'_>, approval: &Approval) -> Result<Phrase, Fault> {
    let left: Vec<_> = approval.steps.iter().filter(|step| step.status == StepStatus::Pending).collect();
    // Whoever has several steps stops being waited for once.
    let mut named = BTreeSet::new();
    let mut waiting = Vec::new();
    for step in left.iter().filter(|step| named.insert(&step.approver)) {
        waiting.push(Phrase::new("plain").text("text", words::name(ctx.view, &step.approver)?));
    }
    let line = Phrase::new("approval-impact")
        .phrase("span", words::span(ctx.now - approval.created))
        .number("finished", approval.steps.len() - left.len())
        .number("left", left.len());
    Ok(if waiting.is_empty() {
        line.list("stops", vec![Phrase::new("nobody")])
    } else {
        line.list("stops", waiting)
    })
}

/// The approval with this id, if the sender may see it: its originator, its approvers, and admins.
pub(super) fn seen(ctx: &Context<'_>, typed: &str) -> Result<Approval, Stop> {
    let found = ctx.view.approval(&ApprovalId::new(typed))?;
    let found = match found {
        None => ctx.view.approval(&ApprovalId::new(typed.to_uppercase()))?,
        found => found,
    };
    match found {
        Some(approval) if ctx.role.is_admin() || concerns(ctx, &approval) => Ok(approval),
        _ => Err(unknown(typed).into()),
    }
}

fn concerns(ctx: &Context<'_>, approval: &Approval) -> bool {
    approval.originator == ctx.sender.id || is_approver(ctx, approval)
}

/// Whether the sender is one of its approvers.
fn is_approver(ctx: &Context<'_>, approval: &Approval) -> bool {
    approval.steps.iter().any(|step| step.approver == ctx.sender.id)
}

/// Refuses what is no longer pending.
pub(super) fn require_pending(approval: &Approval) -> Result<(), Refusal> {
    if approval.status == ApprovalStatus::Pending {
        return Ok(());
    }
    let text =
        Phrase::new("rejected-not-pending").text("id", approval.id.as_str()).text("title", &approval.title);
    Err(Refusal::rejected("not_pending", None, vec![text]))
}

/// What it is and whose.
pub(super) fn head(ctx: &Context<'_>, approval: &Approval) -> Result<Phrase, Fault> {
    Ok(Phrase::new("approval-head")
        .text("id", approval.id.as_str())
        .text("title", &approval.title)
        .text("originator", words::name(ctx.view, &approval.originator)?)
        .time("created", approval.created))
}

/// Each step: who, and what they decided.
pub(super) fn steps(ctx: &Context<'_>, approval: &Approval) -> Result<Text, Fault> {
    let mut text = Text::new();
    for step in &approval.steps {
        let name = words::name(ctx.view, &step.approver)?;
        text.push(match (step.status, step.at) {
            (StepStatus::Pending, _) if approval.status != ApprovalStatus::Pending => {
                Phrase::new("step-undecided").text("name", name)
            }
            (StepStatus::Pending, _) => Phrase::new("step-pending").text("name", name),
            (StepStatus::Approved, Some(at)) => {
                Phrase::new("step-approved-at").text("name", name).time("at", at)
            }
            (StepStatus::Approved, None) => Phrase::new("step-approved").text("name", name),
            (StepStatus::Rejected, _) => Phrase::new("step-rejected").text("name", name),
        });
    }
    Ok(text)
}

/// What the approvers answered when they were asked about cancelling it.
pub(super) fn opinions(ctx: &Context<'_>, approval: &Approval) -> Result<Text, Fault> {
    let Some(consultation) = ctx.view.consultation(&approval.id)? else {
        return Ok(Text::new());
    };
    let mut text = vec![Phrase::new("opinions").text("name", words::name(ctx.view, &consultation.by)?)];
    for (approver, opinion) in &consultation.opinions {
        let name = words::name(ctx.view, approver)?;
        text.push(match opinion {
            None => Phrase::new("opinion-none").text("name", name),
            Some(opinion) => match &opinion.objection {
                None => Phrase::new("opinion-agrees").text("name", name),
                Some(why) => Phrase::new("opinion-objects").text("name", name).text("why", why),
            },
        });
    }
    Ok(text)
}
