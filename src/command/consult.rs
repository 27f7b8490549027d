//! `consult`: asks the approvers what they think before an approval is cancelled.
//!
//! ```text
//! /consult id ["text"]
//! ```

use std::collections::BTreeSet;

use super::approval::{require_pending, seen};
use super::args::Args;
use super::cancel_approval::require_may_cancel;
use super::context::Context;
use super::refusal::Stop;
use super::spec::{Kind, Need, Param, Place, Reply, Run, Spec, Who};
use super::words;
use super::work::approval_phrase;
use crate::domain::{Change, Content, Conversation, Opinion, Outgoing, PersonId, Phrase, Target};

pub(super) const SPEC: Spec = Spec {
    name: "consult",
    aliases: &["沟通"],
    params: &[
        Param { name: "id", kind: Kind::Value, need: Need::Required },
        Param { name: "text", kind: Kind::Words, need: Need::Optional },
    ],
    place: Place::Anywhere,
    who: &[Who::Anyone],
    help: "help-consult",
    run: Run::Answer(run),
};

fn run(ctx: &Context<'_>, args: &Args<'_>) -> Result<Reply, Stop> {
    let approval = seen(ctx, args.text("id").unwrap_or_default())?;
    require_may_cancel(ctx, &approval)?;
    require_pending(&approval)?;
    let mut asked: BTreeSet<_> = approval.steps.iter().map(|step| step.approver.clone()).collect();
    asked.remove(&ctx.sender.id);
    for step in &approval.steps {
        if !ctx.view.person(&step.approver)?.is_some_and(|approver| approver.is_active()) {
            asked.remove(&step.approver);
        }
    }
    if asked.is_empty() {
        let nobody = Phrase::new("consult-nobody").phrase("approval", approval_phrase(&approval));
        return Ok(Reply::new("consult", vec![nobody]));
    }
    let answered = ctx.view.consultation(&approval.id)?.map(|asked| asked.opinions).unwrap_or_default();
    let mut names = Vec::new();
    for approver in &asked {
        names.push(Phrase::new("plain").text("text", words::name(ctx.view, approver)?));
    }
    let head = Phrase::new("consult-asks")
        .text("name", &ctx.sender.name)
        .phrase("approval", approval_phrase(&approval));
    let mut text = vec![head];
    text.extend(args.text("text").map(|text| Phrase::new("consult-text").text("text", text)));
    let (agree, object) = (format!("/agree {}", approval.id), format!("/object {} \"…\"", approval.id));
    text.push(Phrase::new("consult-how").code("agree", &agree).code("object", &object));
    let mut reply = Reply::new(
        "consult",
        vec![
            Phrase::new("consult-asked").phrase("approval", approval_phrase(&approval)).list("names", names),
        ],
    );
    for approver in &asked {
        let mut text = text.clone();
        text.extend(standing(&answered, approver));
        reply.letters.push(Outgoing {
            to: Conversation::Direct(approver.clone()),
            content: Content::Task {
                target: Target::Approval(approval.id.clone()),
                items: vec![agree.clone(), object.clone()],
            },
            text,
            attachment: None,
        });
    }
    reply.records.push(ctx.record("consult", Some(approval.id.as_str()), "asked"));
    reply.changes.push(Change::ConsultationOpened {
        approval: approval.id,
        by: ctx.sender.id.clone(),
        asked: asked.into_iter().collect(),
        at: ctx.now,
    });
    Ok(reply)
}

/// What an approver who is asked once more has answered so far, if they have.
fn standing(answered: &[(PersonId, Option<Opinion>)], approver: &PersonId) -> Option<Phrase> {
    let (_, opinion) = answered.iter().find(|(asked, _)| asked == approver)?;
    Some(match &opinion.as_ref()?.objection {
        None => Phrase::new("consult-you-agreed"),
        Some(why) => Phrase::new("consult-you-objected").text("why", why),
    })
}
