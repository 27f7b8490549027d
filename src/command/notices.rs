//! `notices`: messages that wait, that were given up, and the newest that went out.
//!
//! ```text
//! /notices
//! /notices retry n
//! ```

use super::args::Args;
use super::context::Context;
use super::refusal::Stop;
use super::spec::{Kind, Need, Param, Place, Reply, Run, Spec, Who};
use super::words;
use crate::domain::names::keyword;
use crate::domain::{Change, Letter, LetterState, Phrase};

/// How many messages of each state one answer lists.
const MAX_LISTED: usize = 5;

pub(super) const SPEC: Spec = Spec {
    name: "notices",
    aliases: &["通知"],
    params: &[
        Param { name: "retry", kind: Kind::Word(&["retry"]), need: Need::Optional },
        Param { name: "n", kind: Kind::Value, need: Need::Optional },
    ],
    place: Place::Anywhere,
    who: &[Who::Admin],
    help: "help-notices",
    run: Run::Answer(run),
};

fn run(ctx: &Context<'_>, args: &Args<'_>) -> Result<Reply, Stop> {
    if args.has("retry") { retry(ctx, args) } else { list(ctx) }
}

fn list(ctx: &Context<'_>) -> Result<Reply, Stop> {
    let letters = ctx.view.letters(MAX_LISTED)?;
    let mut text = Vec::new();
    for (state, title) in [
        (LetterState::Queued, "notices-queued"),
        (LetterState::Dead, "notices-dead"),
        (LetterState::Sent, "notices-sent"),
    ] {
        let of_state: Vec<_> = letters.iter().filter(|letter| letter.state == state).collect();
        if of_state.is_empty() {
            continue;
        }
        text.push(Phrase::new(title));
        for letter in of_state {
            text.push(line(ctx, letter)?);
        }
    }
    if text.is_empty() {
        text.push(Phrase::new("notices-none"));
    }
    if letters.iter().any(|letter| letter.state == LetterState::Dead) {
        text.push(Phrase::new("notices-how"));
    }
    Ok(Reply::new("notices", text))
}

fn line(ctx: &Context<'_>, letter: &Letter) -> Result<Phrase, Stop> {
    let whom = match &letter.to {
        crate::domain::Conversation::Direct(id) => Phrase::new("to-person").text("id", id.as_str()),
        group => words::conversation(ctx.view, group)?,
    };
    let number = usize::try_from(letter.number).unwrap_or_default();
    Ok(Phrase::new("notices-line")
        .text("number", number.to_string())
        .phrase("whom", whom)
        .phrase("kind", kind(&letter.kind))
        .time("created", letter.created)
        .number("attempts", letter.attempts as usize))
}

/// What a message is, in words.
fn kind(kind: &str) -> Phrase {
    Phrase::new(match kind {
        "answer" => "kind-answer",
        "blocked" => "kind-blocked",
        "cancelled" => "kind-cancelled",
        "choose" => "kind-choose",
        "confirm_request" => "kind-confirm-request",
        "denied" => "kind-denied",
        "done" => "kind-done",
        "expired" => "kind-expired",
        "failed" => "kind-failed",
        "notice" => "kind-notice",
        "progress" => "kind-progress",
        "rejected" => "kind-rejected",
        "secret_pending" => "kind-secret-pending",
        "secret_rejected" => "kind-secret-rejected",
        "secret_request" => "kind-secret-request",
        "task" => "kind-task",
        "warning" => "kind-warning",
        _ => "kind-other",
    })
}

fn retry(ctx: &Context<'_>, args: &Args<'_>) -> Result<Reply, Stop> {
    let Some(typed) = args.text("n") else {
        return Err(args.bad(Phrase::new("bad-missing").code("what", "n")).into());
    };
    let letter = match keyword(typed).trim_start_matches('#').parse() {
        Ok(number) => ctx.view.letter(number)?.filter(|letter| letter.state == LetterState::Dead),
        Err(_) => None,
    };
    let Some(letter) = letter else {
        return Err(args.bad(Phrase::new("bad-letter").text("number", typed)).into());
    };
    let mut reply =
        Reply::new("notices", vec![Phrase::new("notices-retried").text("number", letter.number.to_string())]);
    reply.changes.push(Change::LetterRetried { number: letter.number, at: ctx.now });
    reply.records.push(ctx.record("notices", Some(&letter.number.to_string()), "retried"));
    Ok(reply)
}
