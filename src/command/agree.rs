//! `agree`: an approver has nothing against cancelling.
//!
//! ```text
//! /agree id
//! ```

use super::approval::seen;
use super::args::Args;
use super::context::Context;
use super::refusal::{Refusal, Stop};
use super::spec::{Kind, Need, Param, Place, Reply, Run, Spec, Who};
use super::work::approval_phrase;
use crate::domain::{Approval, Change, Phrase};

pub(super) const SPEC: Spec = Spec {
    name: "agree",
    aliases: &["同意取消"],
    params: &[Param { name: "id", kind: Kind::Value, need: Need::Required }],
    place: Place::Anywhere,
    who: &[Who::Anyone],
    help: "help-agree",
    run: Run::Answer(run),
};

fn run(ctx: &Context<'_>, args: &Args<'_>) -> Result<Reply, Stop> {
    answer(ctx, args, None)
}

/// Keeps an approver's answer; a later one replaces it.
pub(super) fn answer(ctx: &Context<'_>, args: &Args<'_>, objection: Option<&str>) -> Result<Reply, Stop> {
    let approval = asked(ctx, args.text("id").unwrap_or_default())?;
    let (said, outcome) = match objection {
        None => ("agree-noted", "agreed"),
        Some(_) => ("object-noted", "objected"),
    };
    let text = Phrase::new(said).phrase("approval", approval_phrase(&approval));
    let mut reply = Reply::new("consult", vec![text]);
    reply.records.push(ctx.record("consult", Some(approval.id.as_str()), outcome));
    reply.changes.push(Change::OpinionGiven {
        approval: approval.id,
        approver: ctx.sender.id.clone(),
        objection: objection.map(str::to_owned),
        at: ctx.now,
    });
    Ok(reply)
}

/// The approval about which the sender was asked, while it is pending.
fn asked(ctx: &Context<'_>, typed: &str) -> Result<Approval, Stop> {
    let approval = seen(ctx, typed)?;
    super::approval::require_pending(&approval)?;
    let consultation = ctx.view.consultation(&approval.id)?;
    match consultation {
        Some(consultation) if consultation.opinions.iter().any(|(asked, _)| *asked == ctx.sender.id) => {
            Ok(approval)
        }
        _ => {
            let text = Phrase::new("rejected-not-asked").phrase("approval", approval_phrase(&approval));
            Err(Refusal::rejected("not_pending", None, vec![text]).into())
        }
    }
}
