//! `grant-admin`: gives admin rights, or replaces them; never more than one's own.
//!
//! ```text
//! /grant-admin @person level=main
//! /grant-admin @person [level=sub] departments=a,b permissions=people,approvals
//! ```

use super::args::Args;
use super::context::{Context, Role};
use super::people::named_phrase;
use super::plan::Plan;
use super::refusal::{Refusal, Stop};
use super::revoke_admin::{is_last_able, require_authority, way_back};
use super::spec::{Kind, Need, Param, Place, Run, Spec, Undo, Who};
use super::whoami::{department_names, permission_phrase, rights};
use super::words::meant;
use crate::domain::names::{keyword, nearest};
use crate::domain::{
    Change, DepartmentId, Fault, Grant, Level, Permission, Permissions, Person, Phrase, Target,
};

pub(super) const SPEC: Spec = Spec {
    name: "grant-admin",
    aliases: &["设为管理员"],
    params: &[
        Param { name: "person", kind: Kind::Person, need: Need::Required },
        Param { name: "level", kind: Kind::WordOption(&["main", "sub"]), need: Need::Optional },
        Param { name: "departments", kind: Kind::ListOption, need: Need::Optional },
        Param { name: "permissions", kind: Kind::ListOption, need: Need::Optional },
        Param { name: "dry-run", kind: Kind::Flag, need: Need::Optional },
    ],
    place: Place::Anywhere,
    who: &[Who::Holder(Permission::Admins)],
    help: "help-grant-admin",
    run: Run::Operation { called: "operation-grant-admin", undo: Undo::Possible, plan },
};

fn plan(ctx: &Context<'_>, args: &Args<'_>) -> Result<Plan, Stop> {
    let target = ctx.person(args, "person")?;
    let before = ctx.view.grant(&target.id)?;
    require_authority(ctx, &target, before.as_ref())?;
    let grant = wanted(ctx, args)?;
    require_no_more_than_own(ctx, &target, &grant)?;
    if target.id == ctx.organisation.owner {
        return Err(args.bad(Phrase::new("bad-owner-has-all").text("name", &target.name)).into());
    }
    if before.as_ref() == Some(&grant) {
        return Err(args.bad(Phrase::new("bad-has-them").text("name", &target.name)).into());
    }
    let mut plan = Plan::new(Target::Person(target.id.clone()), args.pinned(&[("person", &target.id)]));
    let lowers_own =
        target.id == ctx.sender.id && before.as_ref().is_some_and(Grant::is_main) && !grant.is_main();
    if lowers_own && is_last_able(ctx, &target)? {
        plan.obstacle("last_admin", "/grant-admin @… level=main", Phrase::new("blocker-last-admin"));
    }
    plan.facts.push(
        Phrase::new(if before.is_some() { "confirm-rights-change" } else { "confirm-grant-admin" })
            .phrase("person", named_phrase(&target))
            .list("departments", super::people::departments(ctx.view, &target)?),
    );
    if let Some(before) = &before {
        plan.facts.push(Phrase::new("fact-rights").phrase("rights", rights(ctx.view, before)?));
    }
    let new = rights(ctx.view, &grant)?;
    plan.effect("rights", Phrase::new("effect-rights-begin").phrase("rights", new.clone()));
    let mut done = Phrase::new("done-grant-admin");
    if let Some(before) = &before {
        for ends in what_ends(ctx, before, &grant)? {
            plan.effect("rights", ends);
        }
        done = Phrase::new("done-rights-changed").phrase("before", rights(ctx.view, before)?);
    }
    plan.closing.done.push(done.phrase("person", named_phrase(&target)).phrase("rights", new));
    plan.steps.push(Change::AdminGranted { person: target.id.clone(), grant });
    let (undo, is_undoable) = match before {
        // Nobody gives themselves back what they gave up.
        Some(before) => (
            format!("/grant-admin @{} {}", target.id, before.options()),
            target.id != ctx.sender.id && is_within_own(ctx, &before)?,
        ),
        None => (format!("/revoke-admin @{}", target.id), true),
    };
    way_back(&mut plan, is_undoable, ["done-undo", "done-undo-others"], undo);
    Ok(plan)
}

/// What somebody may no longer do, or no longer everywhere, once these rights take the place of those.
fn what_ends(ctx: &Context<'_>, before: &Grant, after: &Grant) -> Result<Vec<Phrase>, Fault> {
    if after.is_main() {
        return Ok(Vec::new());
    }
    if before.is_main() {
        return Ok(vec![Phrase::new("effect-rights-all-else-ends")]);
    }
    let mut ends = Vec::new();
    let permissions = before.permissions.iter().filter(|permission| !after.permissions.has(*permission));
    let permissions: Vec<_> = permissions.map(|held| Phrase::new(permission_phrase(held))).collect();
    if !permissions.is_empty() {
        ends.push(Phrase::new("effect-permissions-end").list("permissions", permissions));
    }
    let mut departments = before.departments.clone();
    for kept in &before.departments {
        if ctx.is_below(kept, &after.departments)? {
            departments.retain(|department| department != kept);
        }
    }
    for new in &after.departments {
        if ctx.is_below(new, &departments)? {
            // A part of one is kept: the new rights say which.
            return Ok(vec![Phrase::new("effect-rights-all-else-ends")]);
        }
    }
    if !departments.is_empty() {
        let names = department_names(ctx.view, &departments)?;
        ends.push(Phrase::new("effect-departments-end").list("departments", names));
    }
    Ok(ends)
}

/// The rights that the options ask for.
fn wanted(ctx: &Context<'_>, args: &Args<'_>) -> Result<Grant, Stop> {
    let (departments, permissions) = (args.list("departments"), args.list("permissions"));
    if args.text("level") == Some("main") {
        if departments.is_some() || permissions.is_some() {
            return Err(args.bad(Phrase::new("bad-main-has-all")).into());
        }
        return Ok(Grant {
            level: Level::Main,
            departments: Vec::new(),
            permissions: Permissions::default(),
        });
    }
    let missing = |name: &str| args.bad(Phrase::new("bad-missing").code("what", name));
    let departments = departments.filter(|d| !d.is_empty()).ok_or_else(|| missing("departments=a,b"))?;
    let permissions = permissions.filter(|p| !p.is_empty()).ok_or_else(|| missing("permissions=a,b"))?;
    let mut ids =
        departments.iter().map(|word| department(ctx, args, word)).collect::<Result<Vec<_>, _>>()?;
    ids.sort();
    ids.dedup();
    let permissions =
        permissions.iter().map(|word| permission(args, word)).collect::<Result<Permissions, _>>()?;
    Ok(Grant { level: Level::Sub, departments: ids, permissions })
}

fn department(ctx: &Context<'_>, args: &Args<'_>, word: &str) -> Result<DepartmentId, Stop> {
    match ctx.departments(word)?.as_slice() {
        [only] => Ok(only.clone()),
        [] => Err(args.bad(Phrase::new("bad-department").text("word", word)).into()),
        several => {
            let ids = several.iter().map(DepartmentId::as_str).collect::<Vec<_>>().join(" | ");
            Err(args.bad(Phrase::new("bad-departments").text("word", word).code("ids", ids)).into())
        }
    }
}

fn permission(args: &Args<'_>, word: &str) -> Result<Permission, Refusal> {
    let typed = keyword(word);
    let words = Permission::WORDS;
    meant(&typed, words).and_then(Permission::parse).ok_or_else(|| {
        let refusal = args.bad(Phrase::new("bad-word").text("word", word).code("words", words.join(" | ")));
        match nearest(&typed, words.iter().copied()) {
            Some(near) => refusal.suggesting(near),
            None => refusal,
        }
    })
}

fn require_no_more_than_own(ctx: &Context<'_>, target: &Person, grant: &Grant) -> Result<(), Stop> {
    if is_within_own(ctx, grant)? { Ok(()) } else { Err(more_than_own(target).into()) }
}

/// Whether these rights are no more than the sender's own.
pub(super) fn is_within_own(ctx: &Context<'_>, grant: &Grant) -> Result<bool, Fault> {
    let Role::Sub(own) = ctx.role else {
        return Ok(true);
    };
    Ok(!grant.is_main() && own.permissions.covers(grant.permissions) && ctx.covers_all(&grant.departments)?)
}

fn more_than_own(target: &Person) -> Refusal {
    Refusal::denied("out_of_scope", vec![Phrase::new("denied-more-than-own").text("name", &target.name)])
}
