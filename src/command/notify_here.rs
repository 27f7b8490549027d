//! `notify-here`: which notices this group receives.
//!
//! ```text
//! /notify-here topic…
//! /notify-here off
//! ```

use super::args::Args;
use super::context::Context;
use super::refusal::{Refusal, Stop};
use super::spec::{Kind, Need, Param, Place, Reply, Run, Spec, Who};
use super::words;
use crate::domain::names::{keyword, nearest};
use crate::domain::{Change, Conversation, Phrase, TOPICS, Topic};

pub(super) const SPEC: Spec = Spec {
    name: "notify-here",
    aliases: &["在此通知"],
    params: &[Param { name: "topic…|off", kind: Kind::Rest, need: Need::Required }],
    place: Place::Group,
    who: &[Who::MainAdmin],
    help: "help-notify-here",
    run: Run::Answer(run),
};

fn run(ctx: &Context<'_>, args: &Args<'_>) -> Result<Reply, Stop> {
    let Conversation::Group(group) = ctx.conversation else {
        return Err(Refusal::denied("group_only", vec![Phrase::new("denied-group-only")]).into());
    };
    let wanted = args.text(SPEC.params[0].name).unwrap_or_default();
    let words: Vec<_> = wanted.split([' ', ',', '，', '、', '　']).filter(|word| !word.is_empty()).collect();
    let mut topics = match words.as_slice() {
        [] => return Err(args.bad(Phrase::new("bad-missing").code("what", SPEC.params[0].name)).into()),
        [only] if is_off(&keyword(only)) => Vec::new(),
        words => words.iter().map(|word| topic(args, word)).collect::<Result<Vec<_>, _>>()?,
    };
    topics.sort();
    topics.dedup();
    let line = if topics.is_empty() {
        Phrase::new("notify-off")
    } else {
        Phrase::new("notify-on")
            .list("topics", topics.iter().map(|topic| Phrase::new(words::topic(*topic))).collect())
    };
    let mut reply = Reply::new("notify-here", vec![line]);
    let outcome = match topics.as_slice() {
        [] => "off".to_owned(),
        topics => topics.iter().map(|topic| topic.as_str()).collect::<Vec<_>>().join("+"),
    };
    reply.records.push(ctx.record("notify-here", Some(group.as_str()), &outcome));
    reply.changes.push(Change::GroupBound { group: group.clone(), topics });
    Ok(reply)
}

fn is_off(typed: &str) -> bool {
    words::meant(typed, &["off"]).is_some()
}

fn topic(args: &Args<'_>, word: &str) -> Result<Topic, Refusal> {
    let typed = keyword(word).replace('-', "_");
    if is_off(&typed) {
        return Err(args.bad(Phrase::new("bad-off-alone").code("word", word)));
    }
    let words = TOPICS.map(Topic::as_str);
    words::meant(&typed, &words).and_then(Topic::parse).ok_or_else(|| {
        let refusal = args.bad(
            Phrase::new("bad-word").text("word", word).code("words", format!("{} | off", words.join(" | "))),
        );
        match nearest(&typed, words) {
            Some(near) => refusal.suggesting(near),
            None => refusal,
        }
    })
}
