//! `unbind`: ends what ties somebody to the organisation: ownership, admin rights, a department's lead.
//!
//! ```text
//! /unbind @person owner to=@person
//! /unbind @person admin
//! /unbind @person supervisor [to=@person] [department=id]
//! ```

use super::args::Args;
use super::context::Context;
use super::people::named_phrase;
use super::plan::Plan;
use super::refusal::Stop;
use super::revoke_admin::revocation;
use super::spec::{Kind, Need, Param, Place, Run, Spec, Undo, Who};
use super::whoami::{department_names, rights};
use crate::domain::{Change, DepartmentId, Permission, Person, Phrase, Target};

pub(super) const SPEC: Spec = Spec {
    name: "unbind",
    aliases: &["解绑"],
    params: &[
        Param { name: "person", kind: Kind::Person, need: Need::Required },
        Param { name: "relation", kind: Kind::Word(&["owner", "admin", "supervisor"]), need: Need::Required },
        Param { name: "to", kind: Kind::PersonOption, need: Need::Optional },
        Param { name: "department", kind: Kind::TextOption, need: Need::Optional },
        Param { name: "dry-run", kind: Kind::Flag, need: Need::Optional },
    ],
    place: Place::Anywhere,
    who: &[Who::Holder(Permission::People), Who::Holder(Permission::Admins)],
    help: "help-unbind",
    run: Run::Operation { called: "operation-unbind", undo: Undo::Possible, plan },
};

fn plan(ctx: &Context<'_>, args: &Args<'_>) -> Result<Plan, Stop> {
    match args.text("relation") {
        Some("owner") => owner(ctx, args),
        Some("supervisor") => supervisor(ctx, args),
        _ => admin(ctx, args),
    }
}

fn admin(ctx: &Context<'_>, args: &Args<'_>) -> Result<Plan, Stop> {
    ctx.require(&[Who::Holder(Permission::Admins)])?;
    require_absent(args, &["to", "department"])?;
    let target = ctx.person(args, "person")?;
    revocation(ctx, &target, args.pinned(&[("person", &target.id)]))
}

fn owner(ctx: &Context<'_>, args: &Args<'_>) -> Result<Plan, Stop> {
    ctx.require(&[Who::Owner])?;
    require_absent(args, &["department"])?;
    let target = ctx.person(args, "person")?;
    if target.id != ctx.organisation.owner {
        return Err(args.bad(Phrase::new("bad-not-owner").text("name", &target.name)).into());
    }
    let next = another(ctx, args, &target)?
        .ok_or_else(|| args.bad(Phrase::new("bad-missing").code("what", "to=@person")))?;
    let command = args.pinned(&[("person", &target.id), ("to", &next.id)]);
    let mut plan = Plan::new(Target::Person(target.id.clone()), command);
    plan.facts.push(
        Phrase::new("confirm-unbind-owner")
            .phrase("person", named_phrase(&target))
            .phrase("next", named_phrase(&next)),
    );
    plan.effect("owner", Phrase::new("effect-owner-begins").text("name", &next.name));
    // The owner has every right already; what they had as an admin must not come back afterwards.
    if let Some(grant) = ctx.view.grant(&next.id)? {
        let ends = Phrase::new("effect-owner-was-admin").text("name", &next.name);
        plan.effect("rights", ends.phrase("rights", rights(ctx.view, &grant)?));
        plan.steps.push(Change::AdminRevoked { person: next.id.clone() });
    }
    let ends = match ctx.view.grant(&target.id)? {
        Some(grant) => Phrase::new("effect-owner-stays-admin").phrase("rights", rights(ctx.view, &grant)?),
        None => Phrase::new("effect-owner-ends"),
    };
    plan.effect("owner_ends", ends.text("name", &target.name));
    plan.has_way_back = false;
    plan.remarks.push(Phrase::new("remark-owner-way-back").text("name", &next.name));
    plan.steps.push(Change::OwnerChanged { to: next.id.clone() });
    plan.closing.done.push(Phrase::new("done-unbind-owner").phrase("person", named_phrase(&next)));
    let back = format!("/unbind @{} owner to=@{}", next.id, target.id);
    plan.closing.done.push(Phrase::new("done-owner-back").text("name", &next.name).code("command", back));
    Ok(plan)
}

fn supervisor(ctx: &Context<'_>, args: &Args<'_>) -> Result<Plan, Stop> {
    ctx.require(&[Who::Holder(Permission::People)])?;
    let target = ctx.person(args, "person")?;
    ctx.require_scope(&target)?;
    let department = department(ctx, args, &target)?;
    // The lead of a department is a matter of that department, wherever its supervisor is a member.
    if !ctx.covers_all(std::slice::from_ref(&department))? {
        return Err(ctx.out_of_scope(&target).into());
    }
    let next = another(ctx, args, &target)?;
    let mut people = vec![("person", &target.id)];
    people.extend(next.as_ref().map(|next| ("to", &next.id)));
    let mut plan = Plan::new(Target::Person(target.id.clone()), args.pinned(&people));
    let names = department_names(ctx.view, std::slice::from_ref(&department))?;
    plan.facts.push(
        Phrase::new("confirm-unbind-supervisor")
            .phrase("person", named_phrase(&target))
            .list("department", names.clone()),
    );
    plan.effect("supervisor", Phrase::new("effect-supervisor-ends").text("name", &target.name));
    plan.closing.done.push(
        Phrase::new("done-unbind-supervisor")
            .phrase("person", named_phrase(&target))
            .list("department", names),
    );
    let mut remark = Some(Phrase::new("remark-supervisor-no-way-back"));
    if let Some(next) = &next {
        plan.closing.done.push(Phrase::new("done-successor").phrase("person", named_phrase(next)));
        plan.effect(
            "successor",
            Phrase::new("effect-supervisor-begins").phrase("person", named_phrase(next)),
        );
        // Whoever led it before, too, would lose that by the way back.
        if !ctx.view.supervises(&next.id)?.contains(&department) {
            let back = format!("/unbind @{} supervisor to=@{} department={department}", next.id, target.id);
            remark = if ctx.covers_all(&next.departments)? {
                plan.closing.done.push(Phrase::new("done-undo").code("command", back));
                None
            } else {
                Some(
                    Phrase::new("remark-supervisor-way-back-of-others")
                        .text("name", &next.name)
                        .code("command", back),
                )
            };
        }
    }
    plan.has_way_back = remark.is_none();
    plan.remarks.extend(remark);
    plan.steps.push(Change::SupervisorChanged {
        department,
        from: target.id.clone(),
        to: next.map(|next| next.id),
    });
    Ok(plan)
}

/// The department that is meant: the one named, or the only one that the person supervises.
fn department(ctx: &Context<'_>, args: &Args<'_>, target: &Person) -> Result<DepartmentId, Stop> {
    let supervised = ctx.view.supervises(&target.id)?;
    let meant = match args.text("department") {
        None => supervised.clone(),
        Some(word) => ctx.departments(word)?.into_iter().filter(|id| supervised.contains(id)).collect(),
    };
    match (meant.as_slice(), supervised.as_slice()) {
        ([only], _) => Ok(only.clone()),
        (_, []) => Err(args.bad(Phrase::new("bad-not-supervisor").text("name", &target.name)).into()),
        (_, all) => {
            let form = all.iter().map(|id| format!("department={id}")).collect::<Vec<_>>();
            let why = Phrase::new("bad-which-department")
                .text("name", &target.name)
                .code("forms", form.join(" | "));
            Err(args.bad(why).suggesting(form[0].clone()).into())
        }
    }
}

/// Who comes after; never the same person.
fn another(ctx: &Context<'_>, args: &Args<'_>, target: &Person) -> Result<Option<Person>, Stop> {
    let next = ctx.person_if_named(args, "to")?;
    if next.as_ref().is_some_and(|next| next.id == target.id) {
        return Err(args.bad(Phrase::new("bad-same-person").text("name", &target.name)).into());
    }
    Ok(next)
}

/// Refuses options that mean nothing for this relation.
fn require_absent(args: &Args<'_>, options: &[&str]) -> Result<(), Stop> {
    match options.iter().find(|option| args.has(option)) {
        Some(option) => {
            Err(args.bad(Phrase::new("bad-option-here").code("option", format!("{option}="))).into())
        }
        None => Ok(()),
    }
}
