//! `delete`: a person leaves the organisation, for good.
//!
//! ```text
//! /delete @person [reason=…] [handover=@person] [note="…"] [approvals=cancel] [--dry-run]
//! ```

use std::collections::BTreeSet;

use super::args::Args;
use super::context::Context;
use super::people::{departments, named_phrase};
use super::plan::Plan;
use super::refusal::{Refusal, Stop};
use super::spec::{Kind, Need, Param, Place, Run, Spec, Undo, Who};
use super::whoami::{department_names, rights};
use super::words;
use super::work::{Work, approval_phrase, task};
use crate::domain::names::masked;
use crate::domain::{
    Approval, Cancellable, Change, Conversation, Fault, GroupId, Permission, Person, PersonId, Phrase,
    Target, Topic,
};

const REASONS: &[&str] = &["resigned", "dismissed", "incapacity", "transfer", "other"];

pub(super) const SPEC: Spec = Spec {
    name: "delete",
    aliases: &["删除", "删除员工"],
    params: &[
        Param { name: "person", kind: Kind::Person, need: Need::Required },
        Param { name: "reason", kind: Kind::WordOption(REASONS), need: Need::Optional },
        Param { name: "handover", kind: Kind::PersonOption, need: Need::Optional },
        Param { name: "note", kind: Kind::TextOption, need: Need::Optional },
        Param { name: "approvals", kind: Kind::WordOption(&["cancel"]), need: Need::Optional },
        Param { name: "dry-run", kind: Kind::Flag, need: Need::Optional },
    ],
    place: Place::Anywhere,
    who: &[Who::Holder(Permission::People)],
    help: "help-delete",
    run: Run::Operation { called: "operation-delete", undo: Undo::Never, plan },
};

fn plan(ctx: &Context<'_>, args: &Args<'_>) -> Result<Plan, Stop> {
    let target = ctx.person(args, "person")?;
    ctx.require_scope(&target)?;
    require_another(ctx, &target)?;
    let receiver = receiver(ctx, args, "handover", &target)?;
    let mut people = vec![("person", &target.id)];
    people.extend(receiver.as_ref().map(|person| ("handover", &person.id)));
    let mut plan = Plan::new(Target::Person(target.id.clone()), args.pinned(&people));
    let wishes = Wishes { receiver: receiver.as_ref(), cancels: args.has("approvals") };
    let facts = Facts::of(ctx, &target)?;
    obstacles(ctx, &target, &facts, &wishes, &mut plan)?;
    requests(ctx, &target, &facts, &wishes, &mut plan);
    show(ctx, &target, &facts, &wishes, &mut plan)?;
    let reason = args.text("reason").unwrap_or("other");
    plan.remarks.push(reason_remark(reason));
    if let Some(note) = args.text("note") {
        plan.remarks.push(Phrase::new("remark-note").text("note", note));
    }
    steps(ctx, &target, &facts, &wishes, reason, &mut plan);
    letters(ctx, &target, &facts, &wishes, &mut plan)?;
    plan.closing.done.push(Phrase::new("done-delete").phrase("person", named_phrase(&target)));
    if !facts.work.is_nothing() {
        let done = if facts.work.is_empty() { "done-follow-ups-moved" } else { "done-handed-over" };
        let heir = named_phrase(wishes.heir(ctx));
        plan.closing.done.push(Phrase::new(done).text("name", &target.name).phrase("person", heir));
    }
    Ok(plan)
}

/// Refuses to do to oneself what another should decide.
pub(super) fn require_another(ctx: &Context<'_>, target: &Person) -> Result<(), Refusal> {
    if target.id == ctx.sender.id {
        return Err(Refusal::denied("self", vec![Phrase::new("denied-self")]));
    }
    Ok(())
}

/// Who takes over; never the one who leaves.
pub(super) fn receiver(
    ctx: &Context<'_>,
    args: &Args<'_>,
    name: &str,
    target: &Person,
) -> Result<Option<Person>, Stop> {
    let receiver = ctx.person_if_named(args, name)?;
    if receiver.as_ref().is_some_and(|person| person.id == target.id) {
        return Err(args.bad(Phrase::new("bad-handover-to-target").text("name", &target.name)).into());
    }
    Ok(receiver)
}

/// What the request asks for besides the deletion.
pub(super) struct Wishes<'a> {
    receiver: Option<&'a Person>,
    cancels: bool,
}

impl Wishes<'_> {
    /// Nothing besides.
    pub(super) const NONE: Self = Self { receiver: None, cancels: false };
}

impl<'a> Wishes<'a> {
    /// To whom goes what is left: where nobody takes over, to who asked.
    fn heir(&self, ctx: &Context<'a>) -> &'a Person {
        self.receiver.unwrap_or(ctx.sender)
    }

    /// What is open goes to this person.
    pub(super) fn handing_over_to(receiver: &'a Person) -> Self {
        Self { receiver: Some(receiver), cancels: false }
    }
}

/// What has to be known about somebody who is to leave.
pub(super) struct Facts {
    pub(super) work: Work,
    pub(super) own: Vec<Approval>,
    groups: BTreeSet<GroupId>,
    supervisors: BTreeSet<PersonId>,
}

impl Facts {
    pub(super) fn of(ctx: &Context<'_>, target: &Person) -> Result<Self, Fault> {
        let mut groups: BTreeSet<_> = ctx.view.groups_bound_to(Topic::Departure)?.into_iter().collect();
        let mut supervisors = BTreeSet::new();
        for id in &target.departments {
            groups.extend(ctx.view.department(id)?.and_then(|department| department.group.clone()));
            supervisors.extend(ctx.view.supervisors(id)?);
        }
        if let (true, Conversation::Group(here)) = (groups.is_empty(), ctx.conversation) {
            groups.insert(here.clone());
        }
        supervisors.remove(&target.id);
        let work = Work::of(ctx.view, target)?;
        let own = ctx.view.approvals_of(&target.id)?;
        Ok(Self { work, own, groups, supervisors })
    }
}

/// Adds everything that stands in the way but own requests, each with the command that mends it.
pub(super) fn obstacles(
    ctx: &Context<'_>,
    target: &Person,
    facts: &Facts,
    wishes: &Wishes<'_>,
    plan: &mut Plan,
) -> Result<(), Fault> {
    let id = &target.id;
    // Whoever may not mend it, such as somebody who closes their own account, is told who can.
    let mended_with = |permission, by_oneself, by_others| match ctx.role.holds(permission) {
        true => Phrase::new(by_oneself),
        false => Phrase::new(by_others),
    };
    if ctx.organisation.owner == *id {
        let fix = format!("/unbind @{id} owner to=@…");
        plan.obstacle("owner", fix, Phrase::new("blocker-owner").text("name", &target.name));
    }
    if let Some(grant) = ctx.view.grant(id)? {
        let text = mended_with(Permission::Admins, "blocker-admin", "blocker-admin-others")
            .text("name", &target.name)
            .phrase("rights", rights(ctx.view, &grant)?);
        plan.obstacle("admin", format!("/revoke-admin @{id}"), text);
    }
    for department in ctx.view.supervises(id)? {
        let names = department_names(ctx.view, std::slice::from_ref(&department))?;
        let text = mended_with(Permission::People, "blocker-supervisor", "blocker-supervisor-others")
            .text("name", &target.name)
            .list("department", names);
        plan.obstacle("supervisor", format!("/unbind @{id} supervisor to=@… department={department}"), text);
    }
    if !facts.work.is_empty() && wishes.receiver.is_none() {
        let text =
            Phrase::new("blocker-handover").text("name", &target.name).list("work", facts.work.amount());
        plan.obstacle("handover", "handover=@…", text);
    }
    Ok(())
}

/// Adds the target's own pending requests, but for those that are cancelled along.
pub(super) fn requests(
    ctx: &Context<'_>,
    target: &Person,
    facts: &Facts,
    wishes: &Wishes<'_>,
    plan: &mut Plan,
) {
    let holds = ctx.role.holds(Permission::Approvals);
    let (along, rest): (Vec<_>, Vec<_>) =
        facts.own.iter().partition(|approval| holds && admin_may_cancel(approval));
    if !wishes.cancels {
        standing("blocker-approvals", target, &along, "approvals=cancel".to_owned(), plan);
    }
    requests_of_others(target, &facts.own, &rest, plan);
}

/// Adds those of the target's own pending requests that are not the sender's to cancel: with what somebody else can do,
/// or, where the template lets nobody, with what shows who has to decide.
pub(super) fn requests_of_others(target: &Person, own: &[Approval], rest: &[&Approval], plan: &mut Plan) {
    let (kept, others): (Vec<_>, Vec<_>) =
        rest.iter().partition(|approval| approval.cancellable_by == Cancellable::Nobody);
    standing("blocker-approvals-forbidden", target, &others, cancelling(target, own, &others), plan);
    standing("blocker-approvals-kept", target, &kept, first("approval", &kept), plan);
}

/// Adds these requests, if there are any.
pub(super) fn standing(
    message: &'static str,
    target: &Person,
    requests: &[&Approval],
    fix: String,
    plan: &mut Plan,
) {
    if !requests.is_empty() {
        let titles = requests.iter().map(|approval| approval_phrase(approval)).collect();
        let text = Phrase::new(message)
            .text("name", &target.name)
            .number("count", requests.len())
            .list("approvals", titles);
        plan.obstacle("approvals", fix, text);
    }
}

/// What cancels these of somebody's own requests: one command for all where somebody may cancel all that there are.
pub(super) fn cancelling(originator: &Person, own: &[Approval], requests: &[&Approval]) -> String {
    let may_all = own.iter().all(admin_may_cancel) || own.iter().all(originator_may_cancel);
    match may_all && requests.len() == own.len() {
        true => format!("/cancel-approval --from @{}", originator.id),
        false => first("cancel-approval", requests),
    }
}

/// The command for the first of them; whoever asks again is told of the next.
fn first(verb: &str, requests: &[&Approval]) -> String {
    requests.first().map(|approval| format!("/{verb} {}", approval.id)).unwrap_or_default()
}

fn admin_may_cancel(approval: &Approval) -> bool {
    matches!(approval.cancellable_by, Cancellable::Admin | Cancellable::OriginatorOrAdmin)
}

pub(super) fn originator_may_cancel(approval: &Approval) -> bool {
    matches!(approval.cancellable_by, Cancellable::Originator | Cancellable::OriginatorOrAdmin)
}

/// Adds who it is and what will happen to them.
fn show(
    ctx: &Context<'_>,
    target: &Person,
    facts: &Facts,
    wishes: &Wishes<'_>,
    plan: &mut Plan,
) -> Result<(), Fault> {
    plan.facts.push(
        Phrase::new("confirm-delete")
            .phrase("person", named_phrase(target))
            .list("departments", departments(ctx.view, target)?),
    );
    plan.effect("departs", Phrase::new("effect-departs").text("name", &target.name));
    if let Some(phone) = &target.phone {
        plan.unshown.push(phone.clone());
        plan.effect("phone", Phrase::new("effect-phone").text("phone", masked(phone)));
    }
    if let Some(receiver) = wishes.receiver.filter(|_| !facts.work.is_empty()) {
        let effect = Phrase::new("effect-handover")
            .list("work", facts.work.amount())
            .phrase("person", named_phrase(receiver));
        plan.effect("handover", effect);
        plan.remarks.extend(facts.work.remark(receiver));
    }
    if wishes.cancels && !facts.own.is_empty() {
        let titles = facts.own.iter().map(approval_phrase).collect();
        plan.effect("approvals", Phrase::new("effect-approvals-cancelled").list("approvals", titles));
    }
    let assignees = assignees(ctx, wishes).into_iter().map(named_phrase).collect();
    plan.effect("follow_up", Phrase::new("effect-follow-up").list("people", assignees));
    if let Some(moves) = facts.work.follow_ups_go(target, wishes.heir(ctx)) {
        plan.effect("follow_up", moves);
    }
    let mut told = Vec::new();
    for group in &facts.groups {
        told.push(words::conversation(ctx.view, &Conversation::Group(group.clone()))?);
    }
    for supervisor in &facts.supervisors {
        if let Some(person) = ctx.view.person(supervisor)? {
            told.push(Phrase::new("supervisor-short").text("name", person.name));
        }
    }
    if !told.is_empty() {
        let topic = Phrase::new(words::topic(Topic::Departure));
        plan.effect("notices", Phrase::new("effect-told").list("told", told).phrase("topic", topic));
    }
    Ok(())
}

/// The reason in words, for an admin's eyes.
pub(super) fn reason_remark(reason: &str) -> Phrase {
    let reason = Phrase::new(match reason {
        "resigned" => "reason-resigned",
        "dismissed" => "reason-dismissed",
        "incapacity" => "reason-incapacity",
        "transfer" => "reason-transfer",
        _ => "reason-other",
    });
    Phrase::new("remark-reason").phrase("reason", reason)
}

/// What changes, the irreversible last.
fn steps(
    ctx: &Context<'_>,
    target: &Person,
    facts: &Facts,
    wishes: &Wishes<'_>,
    reason: &str,
    plan: &mut Plan,
) {
    facts.work.go_to(target, wishes.heir(ctx), plan);
    if wishes.cancels {
        plan.steps.extend(facts.own.iter().map(|approval| Change::ApprovalCancelled {
            approval: approval.id.clone(),
            by: ctx.sender.id.clone(),
            at: ctx.now,
            reason: None,
        }));
    }
    plan.steps.push(Change::PersonDeparted {
        person: target.id.clone(),
        by: ctx.sender.id.clone(),
        at: ctx.now,
        reason: reason.to_owned(),
    });
    for assignee in assignees(ctx, wishes) {
        let items = ctx.policy.followup.iter().map(|item| (assignee.id.clone(), item.clone()));
        plan.closing.follow_up.extend(items);
    }
}

/// Who sees to what is left to do: whoever takes over, and who asked.
fn assignees<'a>(ctx: &Context<'a>, wishes: &Wishes<'a>) -> Vec<&'a Person> {
    let mut people: Vec<_> = wishes.receiver.into_iter().chain([ctx.sender]).collect();
    people.sort_by(|left, right| left.id.cmp(&right.id));
    people.dedup_by(|left, right| left.id == right.id);
    people
}

fn letters(
    ctx: &Context<'_>,
    target: &Person,
    facts: &Facts,
    wishes: &Wishes<'_>,
    plan: &mut Plan,
) -> Result<(), Fault> {
    let contact = wishes.heir(ctx);
    let departments = departments(ctx.view, target)?;
    let notice = |message| {
        let notice = Phrase::new(message).text("name", &target.name).list("departments", departments.clone());
        vec![notice.date("day", ctx.now).text("contact", &contact.name)]
    };
    for group in &facts.groups {
        plan.notice(Conversation::Group(group.clone()), Topic::Departure, notice("notice-departure"));
    }
    if let Some(receiver) = wishes.receiver {
        let (mut items, mut text) = (facts.work.lines(), facts.work.phrases());
        items.extend(ctx.policy.followup.iter().cloned());
        text.extend(ctx.policy.followup.iter().map(|item| Phrase::new("plain").text("text", item)));
        plan.task(receiver.id.clone(), items, task(target, receiver, text, &facts.work));
    }
    for supervisor in &facts.supervisors {
        // Nobody is told to turn to themselves.
        let message =
            if contact.id == *supervisor { "notice-departure-to-contact" } else { "notice-departure" };
        plan.notice(Conversation::Direct(supervisor.clone()), Topic::Departure, notice(message));
    }
    Ok(())
}
