//! `backup`: everything that is held about whoever asks, as one file.
//!
//! To make one, all of the audit log is read, and everybody waits meanwhile. So whoever asks again a moment later is sent
//! the same file again, which also helps who never got it.
//!
//! ```text
//! /backup
//! ```

use std::fmt::Write as _;

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::args::Args;
use super::context::Context;
use super::refusal::Stop;
use super::spec::{Place, Reply, Run, Spec, Who};
use super::words;
use crate::domain::{Approval, Attachment, Change, Fault, Phrase, Span, Timestamp, hex};

/// How many entries of the audit log go into the file.
const MAX_ENTRIES: usize = 10_000;
/// For how long the same file is sent again.
const MOMENT: Span = Span::from_mins(5);

pub(super) const SPEC: Spec = Spec {
    name: "backup",
    aliases: &["备份"],
    params: &[],
    place: Place::Direct,
    who: &[Who::Anyone],
    help: "help-backup",
    run: Run::Answer(run),
};

fn run(ctx: &Context<'_>, _: &Args<'_>) -> Result<Reply, Stop> {
    let me = &ctx.sender.id;
    // One made in the future, by a clock that was wrong, is not of a moment ago.
    let is_fresh = |at: Timestamp| (ctx.now.window_start(MOMENT)..=ctx.now).contains(&at);
    let kept = ctx.view.newest_backup(me)?.filter(|(at, _)| is_fresh(*at));
    let (file, said, outcome, change) = match kept {
        Some((at, file)) => {
            let said = Phrase::new("backup-again").clock("at", at).phrase("moment", words::span(MOMENT));
            (file, said, "sent_again", None)
        }
        None => {
            let file = Attachment { name: name(ctx), content: content(&held(ctx)?) };
            let change = Change::BackupMade { person: me.clone(), file: file.clone(), at: ctx.now };
            (file, Phrase::new("backup-made"), "made", Some(change))
        }
    };
    let checksum = file.content.rsplit_once(CHECKSUM).map_or("", |(_, checksum)| checksum.trim_end());
    let checksum = Phrase::new("backup-checksum").code("checksum", checksum);
    let mut reply = Reply::new("backup", vec![said.code("file", &file.name), checksum]);
    reply.records.push(ctx.record("backup", Some(me.as_str()), outcome));
    reply.changes.extend(change);
    reply.attachment = Some(file);
    Ok(reply)
}

fn name(ctx: &Context<'_>) -> String {
    let stamp = ctx.now.zoned(&ctx.organisation.timezone).strftime("%Y%m%d-%H%M%S");
    format!("usher-{}-{stamp}.txt", ctx.sender.id)
}

/// Everything that is held about the sender.
fn held(ctx: &Context<'_>) -> Result<Value, Fault> {
    let (me, zone) = (ctx.sender, &ctx.organisation.timezone);
    let ids =
        |ids: &[crate::domain::DepartmentId]| json!(ids.iter().map(|id| id.as_str()).collect::<Vec<_>>());
    let admin = ctx.view.grant(&me.id)?.map(|grant| {
        json!({
            "level": grant.level.as_str(),
            "departments": ids(&grant.departments),
            "permissions": grant.permissions.iter().map(|p| p.as_str()).collect::<Vec<_>>(),
        })
    });
    let approvals: Vec<_> =
        ctx.view.approvals_concerning(&me.id)?.iter().map(|approval| approval_json(approval, zone)).collect();
    let to_do: Vec<_> = ctx.view.to_do(&me.id)?.into_iter().map(|item| item.text).collect();
    let entries = ctx.view.audit_tail(Some(&me.id), MAX_ENTRIES)?;
    let audit: Vec<_> = entries
        .iter()
        .rev()
        .map(|entry| {
            let record = &entry.record;
            json!({
                "at": entry.at.rfc3339(zone), "actor": record.actor.as_str(), "action": record.action,
                "target": record.target, "outcome": record.outcome,
            })
        })
        .collect();
    let enrolled = ctx.view.enrolled(&me.id)?;
    Ok(json!({
        "made": ctx.now.rfc3339(zone),
        "organisation": { "id": ctx.organisation.id, "name": ctx.organisation.name },
        "person": {
            "id": me.id.as_str(), "name": me.name, "phone": me.phone, "email": me.email,
            "departments": ids(&me.departments),
        },
        "owner": ctx.organisation.owner == me.id,
        "admin": admin,
        "supervises": ids(&ctx.view.supervises(&me.id)?),
        "identity_checks": enrolled.methods(),
        "approvals": approvals,
        "to_do": to_do,
        "audit": audit,
    }))
}

fn approval_json(approval: &Approval, zone: &str) -> Value {
    let steps: Vec<_> = approval
        .steps
        .iter()
        .map(|step| {
            json!({
                "approver": step.approver.as_str(), "status": step.status.as_str(),
                "at": step.at.map(|at| at.rfc3339(zone)),
            })
        })
        .collect();
    json!({
        "id": approval.id.as_str(), "title": approval.title, "originator": approval.originator.as_str(),
        "status": approval.status.as_str(), "created": approval.created.rfc3339(zone), "steps": steps,
    })
}

/// What stands before the checksum, in the last line.
const CHECKSUM: &str = "---- SHA-256 ";

/// What the file says: readable lines, the same as JSON, and the checksum of all above it.
fn content(held: &Value) -> String {
    let mut text = String::new();
    readable(&mut text, held, 0);
    text.push_str("\n---- JSON ----\n");
    text.push_str(&serde_json::to_string_pretty(held).expect("plain values can be written"));
    text.push('\n');
    let checksum = hex(&Sha256::digest(text.as_bytes()));
    _ = writeln!(text, "{CHECKSUM}{checksum}");
    text
}

fn readable(text: &mut String, value: &Value, depth: usize) {
    let indent = "  ".repeat(depth);
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                match value {
                    Value::Object(_) | Value::Array(_) => {
                        _ = writeln!(text, "{indent}{name}:");
                        readable(text, value, depth + 1);
                    }
                    value => _ = writeln!(text, "{indent}{name}: {}", plain(value)),
                }
            }
        }
        Value::Array(items) => {
            for item in items {
                match item {
                    Value::Object(_) => {
                        _ = writeln!(text, "{indent}-");
                        readable(text, item, depth + 1);
                    }
                    item => _ = writeln!(text, "{indent}- {}", plain(item)),
                }
            }
        }
        value => _ = writeln!(text, "{indent}{}", plain(value)),
    }
}

fn plain(value: &Value) -> String {
    match value {
        Value::Null => "-".to_owned(),
        Value::String(text) => text.clone(),
        value => value.to_string(),
    }
}
