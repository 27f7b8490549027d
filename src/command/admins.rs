//! `admins`: the owner, the admins and what each may do.
//!
//! ```text
//! /admins
//! ```

use super::args::Args;
use super::context::Context;
use super::people::named_phrase;
use super::refusal::Stop;
use super::spec::{Place, Reply, Run, Spec, Who};
use super::whoami::rights;
use crate::domain::Phrase;

pub(super) const SPEC: Spec = Spec {
    name: "admins",
    aliases: &["管理员"],
    params: &[],
    place: Place::Anywhere,
    who: &[Who::Anyone],
    help: "help-admins",
    run: Run::Answer(run),
};

fn run(ctx: &Context<'_>, _: &Args<'_>) -> Result<Reply, Stop> {
    let mut text = vec![Phrase::new("admins-title").text("organisation", &ctx.organisation.name)];
    if let Some(owner) = ctx.view.person(&ctx.organisation.owner)? {
        text.push(
            Phrase::new("admins-line")
                .phrase("person", named_phrase(&owner))
                .phrase("role", Phrase::new("role-owner")),
        );
    }
    for (id, grant) in ctx.view.admins()? {
        if let Some(person) = ctx.view.person(&id)? {
            text.push(
                Phrase::new("admins-line")
                    .phrase("person", named_phrase(&person))
                    .phrase("role", rights(ctx.view, &grant)?),
            );
        }
    }
    Ok(Reply::new("admins", text))
}
