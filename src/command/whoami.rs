//! `whoami`: what Usher knows about whoever asks.
//!
//! ```text
//! /whoami
//! ```

use super::args::Args;
use super::context::{Context, Role};
use super::people;
use super::refusal::Stop;
use super::spec::{Place, Reply, Run, Spec, Who};
use crate::domain::{DepartmentId, Fault, Grant, Level, Permission, Phrase, View};

pub(super) const SPEC: Spec = Spec {
    name: "whoami",
    aliases: &["我是谁"],
    params: &[],
    place: Place::Anywhere,
    who: &[Who::Anyone],
    help: "help-whoami",
    run: Run::Answer(run),
};

fn run(ctx: &Context<'_>, _: &Args<'_>) -> Result<Reply, Stop> {
    let head = Phrase::new("whoami")
        .phrase("person", people::named_phrase(ctx.sender))
        .list("departments", people::departments(ctx.view, ctx.sender)?);
    let enrolled = ctx.view.enrolled(&ctx.sender.id)?;
    let secret = match (enrolled.password, enrolled.totp) {
        (true, true) => Phrase::new("whoami-secret-both"),
        (true, false) => Phrase::new("whoami-secret-password"),
        (false, true) => Phrase::new("whoami-secret-totp"),
        (false, false) => Phrase::new("whoami-secret-none")
            .code("password", format!("usher passwd {}", ctx.sender.id))
            .code("totp", format!("usher totp {}", ctx.sender.id)),
    };
    let mut text = vec![head, role(ctx.view, ctx.role)?];
    if ctx.role.is_admin() {
        text.push(secret);
    }
    Ok(Reply::new("whoami", text))
}

/// What somebody is, in words.
pub(super) fn role(view: &dyn View, role: &Role) -> Result<Phrase, Fault> {
    Ok(match role {
        Role::Owner => Phrase::new("role-owner"),
        Role::Main => Phrase::new("role-main"),
        Role::Sub(grant) => rights(view, grant)?,
        Role::Member => Phrase::new("role-member"),
    })
}

/// An admin's rights, in words.
pub(super) fn rights(view: &dyn View, grant: &Grant) -> Result<Phrase, Fault> {
    if grant.level == Level::Main {
        return Ok(Phrase::new("role-main"));
    }
    let permissions = grant.permissions.iter().map(|permission| Phrase::new(permission_phrase(permission)));
    Ok(Phrase::new("role-sub")
        .list("departments", department_names(view, &grant.departments)?)
        .list("permissions", permissions.collect()))
}

/// A permission, in words.
pub(super) fn permission_phrase(permission: Permission) -> &'static str {
    match permission {
        Permission::Admins => "permission-admins",
        Permission::Approvals => "permission-approvals",
        Permission::People => "permission-people",
    }
}

/// Departments by name.
pub(super) fn department_names(view: &dyn View, ids: &[DepartmentId]) -> Result<Vec<Phrase>, Fault> {
    ids.iter()
        .map(|id| {
            let name =
                view.department(id)?.map_or_else(|| id.to_string(), |department| department.name.clone());
            Ok(Phrase::new("plain").text("text", name))
        })
        .collect()
}
