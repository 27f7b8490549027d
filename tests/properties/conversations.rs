//! No sequence of messages, waits, restarts, crashes, outages and redeliveries reaches a forbidden state.
//!
//! Random conversations of honest, careless and hostile people are played like transcripts; an oracle that
//! sees only what was said, what was delivered and the final state checks that nothing was executed twice,
//! unconfirmed, by another, elsewhere, too late or without a secret, that the organisation keeps an active
//! owner, that who left holds nothing, and that no secret is repeated.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

use proptest::prelude::*;
use proptest::test_runner::{Config, RngSeed, TestRunner};
use serde_json::Value;
use usher::adapter::transcript::{Directive, Statement};
use usher::domain::{Code, Timestamp};
use usher::runtime::chance::Chance;
use usher::runtime::played::Played;
use usher::runtime::replay::play;

use crate::{GATE, cases, ensure, require_reached};

/// One thing that happens.
#[derive(Clone, Debug)]
enum Move {
    Burst(String),
    Direct(&'static str),
    Say { place: &'static str, who: &'static str, text: String },
}

const PEOPLE: &[&str] = &["alice", "olivia", "sam", "hana", "carol", "mallory"];
const PLACES: &[&str] = &["ops", "all", "dm"];
const TARGETS: &[&str] =
    &["bob", "carol", "erin", "lina1", "lina2", "pavel", "sam", "hana", "olivia", "nobody"];
const SECRETS: &[&str] =
    &["alice-secret-1", "olivia-secret-1", "sam-secret-1", "hana-secret-1", "{totp:alice}", "guess"];

/// The codes that a bot with the transcripts' seed gives, in order.
fn codes() -> Vec<String> {
    let mut chance = Chance::seeded(0);
    (0..10).map(|_| Code::from_bits(chance.bits()).to_string()).collect()
}

fn command() -> impl Strategy<Value = String> {
    let target = prop::sample::select(TARGETS);
    prop_oneof![
        4 => target.clone().prop_map(|t| format!("/delete @{t} handover=@dave approvals=cancel")),
        1 => target.clone().prop_map(|t| format!("/delete @{t}")),
        3 => target.clone().prop_map(|t| format!("/revoke-admin @{t}")),
        2 => target.clone().prop_map(|t| format!("/grant-admin @{t} level=main")),
        1 => target.clone().prop_map(|t| format!("/unbind @olivia owner to=@{t}")),
        1 => target.prop_map(|t| format!("/handover @{t} to=@dave")),
        1 => Just("/cancel-approval A-1001".to_owned()),
        1 => Just("/close-account --no-backup".to_owned()),
        1 => Just("/pending".to_owned()),
        1 => "[/@\"=a-z一-龥 ]{1,12}".prop_map(|junk| junk.trim().to_owned()),
    ]
}

fn text() -> impl Strategy<Value = String> {
    let code = prop::sample::select(codes());
    prop_oneof![
        5 => command(),
        6 => code.clone().prop_map(|code| format!("confirm {code}")),
        2 => code.prop_map(|code| format!("/cancel {code}")),
        2 => Just("确认".to_owned()),
        1 => Just("取消".to_owned()),
        1 => Just("1".to_owned()),
        6 => prop::sample::select(SECRETS).prop_map(str::to_owned),
    ]
}

fn a_move() -> impl Strategy<Value = Move> {
    let say = (prop::sample::select(PLACES), prop::sample::select(PEOPLE), text())
        .prop_map(|(place, who, text)| Move::Say { place, who, text });
    // What an honest admin does, so that deep states are reached: ask, confirm in the same place, prove it.
    let honest = (prop::sample::select(&["alice", "olivia"][..]), prop::sample::select(&["ops", "all", "dm"][..]))
        .prop_flat_map(|(who, place)| {
            let text = prop_oneof![3 => command(), 4 => Just("confirm {code}".to_owned()), 1 => Just("取消".to_owned())];
            text.prop_map(move |text| Move::Say { place, who, text })
        });
    let proving = (0..4_usize).prop_map(|index| Move::Say {
        place: "dm",
        who: ["alice", "olivia", "sam", "hana"][index],
        text: SECRETS[index].to_owned(),
    });
    let directives = [
        "!restart",
        "!crash",
        "!redeliver",
        "!wait 1m",
        "!wait 3m",
        "!wait 20m",
        "!platform down",
        "!platform up",
        "!merge {\"people\": [{\"id\": \"erin\", \"phone\": \"+4930123456\"}]}",
    ];
    let asked = "[ops] alice: /delete @lina1\n[ops] alice: confirm {code}";
    let bursts = [
        format!("{asked}\n[dm] alice: guess\n[dm] alice: guess\n[dm] alice: guess"),
        format!("{asked}\n[all] alice: alice-secret-1"),
        format!("{asked}\n!crash\n[dm] alice: alice-secret-1"),
        asked.to_owned(),
    ];
    prop_oneof![
        2 => prop::sample::select(bursts.to_vec()).prop_map(Move::Burst),
        4 => say,
        12 => honest,
        6 => proving,
        3 => prop::sample::select(directives.to_vec()).prop_map(Move::Direct),
    ]
}

fn transcript(moves: &[Move]) -> String {
    let mut text = "!org orgs/acme.json\n".to_owned();
    // So that there is a code to put in for `{code}` from the start.
    for (place, who) in [("ops", "alice"), ("all", "alice"), ("dm", "alice"), ("dm", "olivia")] {
        text.push_str(&format!("[{place}] {who}: /revoke-admin @sam\n[{place}] {who}: 取消\n"));
    }
    for a_move in moves {
        match a_move {
            Move::Burst(lines) => text.push_str(lines),
            Move::Direct(line) => text.push_str(line),
            Move::Say { place, who, text: said } => text.push_str(&format!("[{place}] {who}: {said}")),
        }
        text.push('\n');
    }
    text + "!platform up\n!wait 30m\n"
}

/// One operation, as it looks from outside.
struct Asked {
    requester: String,
    place: String,
    irreversible: bool,
    needs_secret: bool,
    expires: Timestamp,
    ended: Option<&'static str>,
}

/// How often the rare states were reached.
#[derive(Default)]
struct Reached {
    done: AtomicUsize,
    proved: AtomicUsize,
    expired: AtomicUsize,
    denied: AtomicUsize,
    blocked: AtomicUsize,
    warned: AtomicUsize,
    crashed: AtomicUsize,
}

fn check(played: &Played, reached: &Reached) -> Result<(), String> {
    let said = said(played);
    let mut operations: BTreeMap<String, Asked> = BTreeMap::new();
    for message in &played.messages {
        judge(message, &said, &mut operations, reached)?;
    }
    for step in &played.steps {
        let statement = played.statements.iter().find(|statement| statement.line() == step.line);
        if matches!(statement, Some(Statement::Do(_, Directive::Redeliver))) {
            let repeated = step.delivered.iter().any(|message| message.delivery.in_reply_to.is_some());
            ensure(!repeated, || format!("line {}: a redelivered message was answered", step.line))?;
        }
        if matches!(statement, Some(Statement::Do(_, Directive::Crash))) {
            reached.crashed.fetch_add(1, Ordering::Relaxed);
        }
    }
    let state = &played.state;
    for operation in state["operations"].as_array().unwrap() {
        let (code, status) = (operation["code"].as_str().unwrap(), operation["status"].as_str().unwrap());
        let asked = operations.get(code).ok_or(format!("{code} was never asked"))?;
        // `blocked` is told without a code, so the state alone can say it.
        let is_told = asked.ended == Some(status) || (status == "blocked" && asked.ended.is_none());
        ensure(is_told, || format!("{code} is {status}, but was told {:?}", asked.ended))?;
        if status == "blocked" {
            reached.blocked.fetch_add(1, Ordering::Relaxed);
        }
    }
    sound(state)
}

/// What somebody said, and when.
struct Uttered {
    who: String,
    place: String,
    text: String,
    at: Timestamp,
}

/// What was said in each message.
fn said(played: &Played) -> BTreeMap<String, Uttered> {
    let mut now = Timestamp::parse("2026-11-22T09:00:00+08:00").unwrap();
    let mut said = BTreeMap::new();
    for statement in &played.statements {
        match statement {
            Statement::Do(_, Directive::Wait(span)) => now = now + *span,
            Statement::Say(_, saying) => {
                let id = format!("m{}", said.len() + 1);
                let (who, place) = (saying.sender.to_string(), saying.conversation.to_string());
                said.insert(id, Uttered { who, place, text: saying.text.clone(), at: now });
            }
            _ => {}
        }
    }
    said
}

fn judge(
    message: &Value,
    said: &BTreeMap<String, Uttered>,
    operations: &mut BTreeMap<String, Asked>,
    reached: &Reached,
) -> Result<(), String> {
    let kind = message["kind"].as_str().unwrap();
    let cause = message["in_reply_to"].as_str().and_then(|id| said.get(id));
    for secret in SECRETS.iter().filter(|secret| secret.ends_with("-1")) {
        ensure(!message.to_string().contains(secret), || format!("{secret} in {message}"))?;
    }
    if kind == "warning" {
        reached.warned.fetch_add(1, Ordering::Relaxed);
    }
    let Some(code) = message["code"].as_str() else {
        return Ok(());
    };
    if kind == "confirm_request" {
        let cause = cause.ok_or("a question without a cause")?;
        let verb = message["operation"].as_str().unwrap();
        let asked = Asked {
            requester: cause.who.clone(),
            place: cause.place.clone(),
            irreversible: message["irreversible"].as_bool().unwrap(),
            needs_secret: matches!(verb, "delete" | "close-account"),
            expires: Timestamp::parse(message["expires_at"].as_str().unwrap()).unwrap(),
            ended: None,
        };
        ensure(operations.insert(code.to_owned(), asked).is_none(), || format!("{code} was given twice"))?;
        return Ok(());
    }
    let ending = match kind {
        "done" => "done",
        "expired" => "expired",
        "cancelled" => "cancelled",
        "denied" => "denied",
        "failed" => "failed",
        _ => return Ok(()),
    };
    let operation = operations.get_mut(code).ok_or(format!("{code} was never asked"))?;
    ensure(operation.ended.is_none(), || {
        format!("{code} ended twice: {:?}, then {ending}", operation.ended)
    })?;
    operation.ended = Some(ending);
    ensure(message["conversation"] == *operation.place, || format!("{code} ended elsewhere"))?;
    let counter = match ending {
        "done" => &reached.done,
        "expired" => &reached.expired,
        "denied" => &reached.denied,
        _ => return Ok(()),
    };
    counter.fetch_add(1, Ordering::Relaxed);
    if ending == "done" {
        executed(code, operation, cause, reached)?;
    }
    Ok(())
}

/// An execution must be caused by its requester, in the right place, with the right words, in time.
fn executed(code: &str, operation: &Asked, cause: Option<&Uttered>, reached: &Reached) -> Result<(), String> {
    let Uttered { who, place, text, at } = cause.ok_or(format!("{code} was executed by nobody"))?;
    ensure(*who == operation.requester, || format!("{code} was executed by {who}"))?;
    if operation.needs_secret {
        let is_own = *text == format!("{who}-secret-1") || *text == format!("{{totp:{who}}}");
        ensure(is_own && *place == format!("dm:{who}"), || {
            format!("{code} was executed after {text:?} in {place}")
        })?;
        reached.proved.fetch_add(1, Ordering::Relaxed);
        return Ok(());
    }
    ensure(*at < operation.expires, || format!("{code} was confirmed too late"))?;
    ensure(*place == operation.place, || format!("{code} was confirmed in {place}"))?;
    // `{code}` is the code last asked for in that place.
    let is_coded = text.contains(code) || text.contains("{code}");
    let is_bare = text == "确认" && !operation.irreversible;
    ensure(is_coded || is_bare, || format!("{code} was confirmed with {text:?}"))
}

/// What must hold in the end.
fn sound(state: &Value) -> Result<(), String> {
    let people = state["people"].as_array().unwrap();
    let active: BTreeSet<_> = people
        .iter()
        .filter(|person| person["status"] == "active")
        .map(|person| person["id"].clone().to_string())
        .collect();
    let is_active = |id: &Value| active.contains(&id.to_string());
    ensure(is_active(&state["owner"]), || "the owner is gone".to_owned())?;
    ensure(state["audit"]["verified"] == true, || "the audit log is broken".to_owned())?;
    ensure(state["outbox"]["queued"] == 0, || format!("not everything is sent: {}", state["outbox"]))?;
    for relation in ["admins", "supervisors", "handover"] {
        for entry in state[relation].as_array().unwrap() {
            ensure(is_active(&entry["person"]), || format!("who left is still in {relation}: {entry}"))?;
        }
    }
    for approval in
        state["approvals"].as_array().unwrap().iter().filter(|approval| approval["status"] == "pending")
    {
        for step in approval["steps"].as_array().unwrap().iter().filter(|step| step["status"] == "pending") {
            ensure(is_active(&step["approver"]), || format!("it waits for who left: {approval}"))?;
        }
    }
    Ok(())
}

#[test]
fn no_conversation_reaches_a_forbidden_state() {
    let cases = u32::try_from(cases()).unwrap();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/transcripts");
    let reached = Reached::default();
    // The same conversations each time, unless somebody looks longer.
    let rng_seed = if u64::from(cases) == GATE { RngSeed::Fixed(1) } else { RngSeed::Random };
    let mut runner =
        TestRunner::new(Config { cases, failure_persistence: None, rng_seed, ..Config::default() });
    let moves = prop::collection::vec(a_move(), 1..60);
    let result = runner.run(&moves, |moves| {
        let text = transcript(&moves);
        // A code of somebody who is gone can't be shown by their device: nothing to play.
        let Ok(played) = play(&text, &folder) else { return Ok(()) };
        check(&played, &reached).map_err(|why| TestCaseError::fail(format!("{why}\n{text}")))
    });
    if let Err(error) = result {
        panic!("{error}");
    }
    require_reached(&[
        ("done", &reached.done),
        ("proved with a secret", &reached.proved),
        ("expired", &reached.expired),
        ("denied", &reached.denied),
        ("blocked", &reached.blocked),
        ("warned", &reached.warned),
        ("crashed", &reached.crashed),
    ]);
}
