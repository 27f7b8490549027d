//! `revoke-admin`: takes somebody's admin rights away; everything else of theirs stays.
//!
//! ```text
//! /revoke-admin @person [--dry-run]
//! ```

use super::args::Args;
use super::context::{Context, Role};
use super::grant_admin::is_within_own;
use super::people::{departments, named_phrase};
use super::plan::Plan;
use super::refusal::{Refusal, Stop};
use super::spec::{Kind, Need, Param, Place, Run, Spec, Undo, Who};
use super::whoami::rights;
use super::words;
use crate::domain::{Change, Conversation, Fault, Grant, Permission, Person, Phrase, Target, Topic};

pub(super) const SPEC: Spec = Spec {
    name: "revoke-admin",
    aliases: &["取消管理员", "撤销管理员"],
    params: &[
        Param { name: "person", kind: Kind::Person, need: Need::Required },
        Param { name: "dry-run", kind: Kind::Flag, need: Need::Optional },
    ],
    place: Place::Anywhere,
    who: &[Who::Holder(Permission::Admins)],
    help: "help-revoke-admin",
    run: Run::Operation { called: "operation-revoke-admin", undo: Undo::Possible, plan },
};

fn plan(ctx: &Context<'_>, args: &Args<'_>) -> Result<Plan, Stop> {
    let target = ctx.person(args, "person")?;
    let command = args.pinned(&[("person", &target.id)]);
    revocation(ctx, &target, command)
}

/// The plan that ends this person's rights, also when `/unbind` asks for it.
pub(super) fn revocation(ctx: &Context<'_>, target: &Person, command: String) -> Result<Plan, Stop> {
    let grant = ctx.view.grant(&target.id)?;
    require_authority(ctx, target, grant.as_ref())?;
    let mut plan = Plan::new(Target::Person(target.id.clone()), command);
    if ctx.organisation.owner == target.id {
        let fix = format!("/unbind @{} owner to=@…", target.id);
        plan.obstacle("owner", fix, Phrase::new("blocker-owner").text("name", &target.name));
        return Ok(plan);
    }
    let Some(grant) = grant else {
        let text = Phrase::new("rejected-not-an-admin").phrase("person", named_phrase(target));
        return Err(Refusal::rejected("not_an_admin", None, vec![text]).into());
    };
    if target.id == ctx.sender.id && grant.is_main() && is_last_able(ctx, target)? {
        plan.obstacle("last_admin", "/grant-admin @… level=main", Phrase::new("blocker-last-admin"));
    }
    let restore = format!("/grant-admin @{} {}", target.id, grant.options());
    plan.facts.push(Phrase::new("confirm-revoke-admin").phrase("person", named_phrase(target)));
    plan.facts.push(Phrase::new("fact-rights").phrase("rights", rights(ctx.view, &grant)?));
    plan.effect("rights", Phrase::new("effect-rights-end"));
    let groups = ctx.view.groups_bound_to(Topic::AdminRevoked)?;
    plan.effect("notices", Phrase::new("effect-told-person").number("groups", groups.len()));
    plan.steps.push(Change::AdminRevoked { person: target.id.clone() });
    plan.closing.done.push(Phrase::new("done-revoke-admin").phrase("person", named_phrase(target)));
    // Whoever gives their own rights up, or takes more than they may give, can't restore them.
    let is_restorable = target.id != ctx.sender.id && is_within_own(ctx, &grant)?;
    way_back(&mut plan, is_restorable, ["done-restore", "done-restore-others"], restore);
    // Nobody is told to ask the one whom it is about.
    let by = match target.id == ctx.sender.id {
        true => words::name(ctx.view, &ctx.organisation.owner)?,
        false => ctx.sender.name.clone(),
    };
    plan.notice(
        Conversation::Direct(target.id.clone()),
        Topic::AdminRevoked,
        vec![Phrase::new("notice-your-rights").text("by", &by)],
    );
    let notice = Phrase::new("notice-admin-revoked")
        .text("name", &target.name)
        .list("departments", departments(ctx.view, target)?)
        .text("by", by)
        .date("day", ctx.now);
    for group in groups {
        plan.notice(Conversation::Group(group), Topic::AdminRevoked, vec![notice.clone()]);
    }
    Ok(plan)
}

/// The closing line that names the command which undoes this; where the requester may not send it, who has to is said,
/// also in the question.
pub(super) fn way_back(
    plan: &mut Plan,
    is_requesters: bool,
    [own, others]: [&'static str; 2],
    command: String,
) {
    if !is_requesters {
        plan.has_way_back = false;
        plan.remarks.push(Phrase::new("remark-rights-way-back"));
    }
    let line = Phrase::new(if is_requesters { own } else { others });
    plan.closing.done.push(line.code("command", command));
}

/// A sub admin may act on sub admins only, never on the owner, and only where neither person nor rights reach beyond.
pub(super) fn require_authority(
    ctx: &Context<'_>,
    target: &Person,
    grant: Option<&Grant>,
) -> Result<(), Stop> {
    let Role::Sub(_) = ctx.role else {
        return Ok(());
    };
    ctx.require_scope(target)?;
    let is_beyond = match grant {
        Some(grant) => grant.is_main() || !ctx.covers_all(&grant.departments)?,
        None => false,
    };
    if is_beyond || target.id == ctx.organisation.owner {
        Err(ctx.out_of_scope(target).into())
    } else {
        Ok(())
    }
}

/// Whether nobody who could act would be left: no other main admin, and no owner able to step up.
pub(super) fn is_last_able(ctx: &Context<'_>, leaving: &Person) -> Result<bool, Fault> {
    let others = ctx.view.admins()?.into_iter().any(|(id, grant)| grant.is_main() && id != leaving.id);
    if others {
        return Ok(false);
    }
    let owner = &ctx.organisation.owner;
    let is_here = ctx.view.person(owner)?.is_some_and(|person| person.is_active());
    let can_step_up = ctx.policy.require_secret.is_empty() || ctx.view.enrolled(owner)?.any();
    Ok(!(is_here && can_step_up))
}
