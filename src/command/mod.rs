//! The verbs: one table, from which parser, help, suggestions and completion follow.
//!
//! Adding a command is one file here and one line in [`COMMANDS`].

pub mod args;
pub mod context;
pub mod line;
pub mod people;
pub mod plan;
pub mod refusal;
pub mod spec;
pub mod words;
mod work;

mod admins;
mod agree;
mod approval;
mod approvals;
mod audit;
mod backup;
mod cancel;
mod cancel_approval;
mod close_account;
mod confirm;
mod consult;
mod delete;
mod find;
mod finish;
mod grant_admin;
mod handover;
pub mod help;
mod lang;
mod notices;
mod notify_here;
mod object;
mod pending;
mod revoke_admin;
mod show;
mod todo;
mod unbind;
mod whoami;

use crate::domain::names::{keyword, nearest};
use context::Role;
use spec::Spec;

/// Every command, in the order in which help lists them; the dangerous ones last.
pub const COMMANDS: &[&Spec] = &[
    &help::SPEC,
    &whoami::SPEC,
    &find::SPEC,
    &show::SPEC,
    &admins::SPEC,
    &pending::SPEC,
    &confirm::SPEC,
    &cancel::SPEC,
    &todo::SPEC,
    &finish::SPEC,
    &approvals::SPEC,
    &approval::SPEC,
    &consult::SPEC,
    &agree::SPEC,
    &object::SPEC,
    &notices::SPEC,
    &notify_here::SPEC,
    &audit::SPEC,
    &lang::SPEC,
    &cancel_approval::SPEC,
    &handover::SPEC,
    &unbind::SPEC,
    &grant_admin::SPEC,
    &revoke_admin::SPEC,
    &delete::SPEC,
    &backup::SPEC,
    &close_account::SPEC,
];

/// The command that a verb means, in either language and any case.
pub fn lookup(verb: &str) -> Option<&'static Spec> {
    let verb = keyword(verb);
    COMMANDS.iter().copied().find(|spec| spec.verbs().any(|known| known == verb))
}

/// The nearest verb that somebody of this role may use, if one is close.
pub fn nearest_verb(typed: &str, role: &Role) -> Option<&'static str> {
    let verbs = COMMANDS.iter().filter(|spec| spec.is_for(role)).flat_map(|spec| spec.verbs());
    nearest(&keyword(typed), verbs)
}
