//! `approvals`: pending approvals: one's own, somebody's, or those that nobody moves.
//!
//! ```text
//! /approvals
//! /approvals @person
//! /approvals --stale 7d
//! ```

use super::args::Args;
use super::context::{Context, Role};
use super::people::is_oneself;
use super::refusal::{Refusal, Stop};
use super::spec::{Kind, Need, Param, Place, Reply, Run, Spec, Who};
use super::words;
use crate::domain::names::keyword;
use crate::domain::{Approval, Fault, Permission, Person, Phrase, Span, StepStatus, Text, Timestamp};

/// How many approvals one answer lists.
const MAX_LISTED: usize = 20;

pub(super) const SPEC: Spec = Spec {
    name: "approvals",
    aliases: &["审批列表"],
    params: &[
        Param { name: "person", kind: Kind::Person, need: Need::Optional },
        Param { name: "stale", kind: Kind::SpanOption, need: Need::Optional },
    ],
    place: Place::Anywhere,
    who: &[Who::Anyone],
    help: "help-approvals",
    run: Run::Answer(run),
};

fn run(ctx: &Context<'_>, args: &Args<'_>) -> Result<Reply, Stop> {
    let person = whose(ctx, args)?;
    if let Some(typed) = args.text("stale") {
        let Some(span) = Span::parse(&keyword(typed)) else {
            let why = Phrase::new("bad-span").text("word", typed);
            return Err(args.bad(why).suggesting("--stale 7d").into());
        };
        return Ok(Reply::new("approvals", stale(ctx, person.as_ref(), span)?));
    }
    let subject = person.as_ref().unwrap_or(ctx.sender);
    let own = ctx.view.approvals_of(&subject.id)?;
    let waiting = ctx.view.approvals_waiting_on(&subject.id)?;
    let mut text = Text::new();
    for (title, approvals) in [("approvals-own", own), ("approvals-waiting", waiting)] {
        if !approvals.is_empty() {
            text.push(Phrase::new(title).text("name", &subject.name).number("count", approvals.len()));
            text.extend(lines(ctx, &approvals)?);
        }
    }
    if text.is_empty() {
        text.push(Phrase::new("approvals-none").text("name", &subject.name));
    }
    Ok(Reply::new("approvals", text))
}

/// Whose approvals are meant; others' only for admins with that permission in whose scope they are.
fn whose(ctx: &Context<'_>, args: &Args<'_>) -> Result<Option<Person>, Stop> {
    match args.person("person") {
        None => Ok(None),
        Some((_, value)) if is_oneself(value, ctx.sender) => Ok(Some(ctx.sender.clone())),
        Some(_) => {
            ctx.require(&[Who::Holder(Permission::Approvals)])?;
            let person = ctx.person(args, "person")?;
            ctx.require_scope(&person)?;
            Ok(Some(person))
        }
    }
}

/// The pending approvals that nobody has moved for so long, and that the sender may see.
fn stale(ctx: &Context<'_>, of: Option<&Person>, span: Span) -> Result<Text, Fault> {
    let before = ctx.now - span;
    let mut found = Vec::new();
    for approval in in_reach(ctx)? {
        let is_meant = of.is_none_or(|person| person.id == approval.originator);
        if is_meant && last_moved(&approval) <= before && may_see(ctx, &approval)? {
            found.push(approval);
        }
    }
    if found.is_empty() {
        return Ok(vec![Phrase::new("approvals-none-stale").phrase("span", words::span(span))]);
    }
    let title = Phrase::new("approvals-stale").number("count", found.len()).phrase("span", words::span(span));
    let mut text = vec![title];
    text.extend(lines(ctx, &found)?);
    Ok(text)
}

/// The pending approvals among which are all that the sender may see, the oldest first: of all there are, only for who
/// may see others' than their own.
fn in_reach(ctx: &Context<'_>) -> Result<Vec<Approval>, Fault> {
    if ctx.role.holds(Permission::Approvals) {
        return ctx.view.pending_approvals();
    }
    let mut own = ctx.view.approvals_of(&ctx.sender.id)?;
    own.extend(ctx.view.approvals_waiting_on(&ctx.sender.id)?);
    own.sort_by(|left, right| (left.created, &left.id).cmp(&(right.created, &right.id)));
    own.dedup_by(|left, right| left.id == right.id);
    Ok(own)
}

fn may_see(ctx: &Context<'_>, approval: &Approval) -> Result<bool, Fault> {
    let waits = |step: &crate::domain::ApprovalStep| {
        step.approver == ctx.sender.id && step.status == StepStatus::Pending
    };
    if approval.steps.iter().any(waits)
        || approval.originator == ctx.sender.id
        || matches!(ctx.role, Role::Owner | Role::Main)
    {
        return Ok(true);
    }
    if !ctx.role.holds(Permission::Approvals) {
        return Ok(false);
    }
    match ctx.view.person(&approval.originator)? {
        Some(originator) => ctx.covers_all(&originator.departments),
        None => Ok(false),
    }
}

fn last_moved(approval: &Approval) -> Timestamp {
    approval.steps.iter().filter_map(|step| step.at).fold(approval.created, Timestamp::max)
}

fn lines(ctx: &Context<'_>, approvals: &[Approval]) -> Result<Text, Fault> {
    let mut text = Text::new();
    for approval in approvals.iter().take(MAX_LISTED) {
        let waiting = approval.steps.iter().find(|step| step.status == StepStatus::Pending);
        let waits = match waiting {
            Some(step) => {
                Phrase::new("approval-waits-on").text("name", words::name(ctx.view, &step.approver)?)
            }
            None => Phrase::new("approval-waits-on-nobody"),
        };
        text.push(
            Phrase::new("approvals-line")
                .code("id", approval.id.as_str())
                .text("title", &approval.title)
                .text("originator", words::name(ctx.view, &approval.originator)?)
                .phrase("running", words::span(ctx.now - approval.created))
                .phrase("waits", waits),
        );
    }
    if approvals.len() > MAX_LISTED {
        text.push(Phrase::new("approvals-more").number("count", approvals.len() - MAX_LISTED));
    }
    Ok(text)
}

/// The refusal of an approval that is not there, or that the sender may not see.
pub(super) fn unknown(typed: &str) -> Refusal {
    let text = Phrase::new("rejected-unknown-approval").text("id", typed);
    Refusal::rejected("unknown_approval", None, vec![text])
}
