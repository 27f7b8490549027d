//! `show`: a person's profile, relations and open work, and what would stand in the way of a deletion.
//!
//! ```text
//! /show @person
//! ```

use super::args::Args;
use super::context::{Context, Role};
use super::delete::{Facts, Wishes, obstacles, reason_remark, requests};
use super::line::Value;
use super::people::{self, departments, is_oneself, named_phrase};
use super::plan::Plan;
use super::refusal::Stop;
use super::spec::{Kind, Need, Param, Place, Reply, Run, Spec, Who};
use super::whoami::{department_names, role};
use super::words;
use super::work::approval_phrase;
use crate::domain::names::masked;
use crate::domain::{Conversation, Fault, Person, PersonId, PersonStatus, Phrase, Target, Text};

pub(super) const SPEC: Spec = Spec {
    name: "show",
    aliases: &["查看"],
    params: &[Param { name: "person", kind: Kind::Person, need: Need::Required }],
    place: Place::Anywhere,
    who: &[Who::Anyone],
    help: "help-show",
    run: Run::Answer(run),
};

fn run(ctx: &Context<'_>, args: &Args<'_>) -> Result<Reply, Stop> {
    let Some((word, value)) = args.person("person") else {
        return Err(args.bad(Phrase::new("bad-missing").code("what", "@person")).into());
    };
    // Who is no admin sees only themselves, and learns nothing about whether anybody else exists.
    if !ctx.role.is_admin() {
        if !is_oneself(value, ctx.sender) {
            ctx.require(&[Who::Admin])?;
        }
        return Ok(Reply::new("show", profile(ctx, ctx.sender)?));
    }
    if let Some(gone) = gone(ctx, value)? {
        return Ok(Reply::new("show", departed(ctx, &gone)?));
    }
    let person = people::resolve(ctx.view, word, value)?;
    let mut text = profile(ctx, &person)?;
    text.extend(would_block(ctx, &person)?);
    Ok(Reply::new("show", text))
}

/// Somebody who left, named by exact id.
fn gone(ctx: &Context<'_>, value: &Value) -> Result<Option<Person>, Fault> {
    let id = match value {
        Value::Mention(mention) => mention.id.clone(),
        Value::Name(name) | Value::Text(name) => PersonId::new(name),
    };
    Ok(ctx.view.person(&id)?.filter(|person| !person.is_active()))
}

/// When somebody left and by whom; why, only for who may know it of everybody, or did it, and in private.
fn departed(ctx: &Context<'_>, person: &Person) -> Result<Text, Fault> {
    let is_closed = person.status == PersonStatus::Closed;
    let status = Phrase::new(if is_closed { "status-closed" } else { "status-departed" });
    let mut text =
        vec![Phrase::new("show-gone").phrase("person", named_phrase(person)).phrase("status", status)];
    let Some(gone) = ctx.view.gone(&person.id)? else {
        return Ok(text);
    };
    text.push(match &gone.by {
        _ if is_closed => Phrase::new("show-closed").time("at", gone.at),
        Some(by) => Phrase::new("show-left-by").text("by", words::name(ctx.view, by)?).time("at", gone.at),
        None => Phrase::new("show-left").time("at", gone.at),
    });
    let may_know = ctx.role.holds_everything() || gone.by.as_ref() == Some(&ctx.sender.id);
    text.extend(gone.reason.filter(|_| may_know).map(|reason| match ctx.conversation {
        Conversation::Direct(_) => reason_remark(&reason),
        // It is for the admin's eyes, not for a whole group's.
        Conversation::Group(_) => Phrase::new("show-reason-in-direct"),
    }));
    Ok(text)
}

fn profile(ctx: &Context<'_>, person: &Person) -> Result<Text, Fault> {
    let mut text = vec![
        Phrase::new("show-title").phrase("person", named_phrase(person)),
        Phrase::new("show-departments").list("departments", departments(ctx.view, person)?),
        role(ctx.view, &Role::of(&person.id, ctx.organisation, ctx.view)?)?,
    ];
    match &person.phone {
        Some(phone) => text.push(Phrase::new("show-phone").text("phone", masked(phone))),
        None => text.push(Phrase::new("show-no-phone")),
    }
    let supervised = ctx.view.supervises(&person.id)?;
    if !supervised.is_empty() {
        text.push(
            Phrase::new("show-supervises").list("departments", department_names(ctx.view, &supervised)?),
        );
    }
    let facts = Facts::of(ctx, person)?;
    if !facts.own.is_empty() {
        text.push(Phrase::new("show-own").list("approvals", facts.own.iter().map(approval_phrase).collect()));
    }
    if !facts.work.is_nothing() {
        text.push(Phrase::new("show-work").list("work", facts.work.amount_of_all()));
    }
    Ok(text)
}

fn would_block(ctx: &Context<'_>, person: &Person) -> Result<Text, Fault> {
    let mut plan = Plan::new(Target::Person(person.id.clone()), String::new());
    let facts = Facts::of(ctx, person)?;
    obstacles(ctx, person, &facts, &Wishes::NONE, &mut plan)?;
    requests(ctx, person, &facts, &Wishes::NONE, &mut plan);
    if plan.obstacles.is_empty() {
        return Ok(vec![Phrase::new("show-deletable").code("command", format!("/delete @{}", person.id))]);
    }
    let obstacles = plan.obstacles.into_iter().map(|obstacle| obstacle.text);
    Ok(std::iter::once(Phrase::new("show-blockers")).chain(obstacles).collect())
}
