//! Kills the running program at random moments while people talk with it, and checks what is left: admins grant
//! and revoke rights, cancel approvals in bulk and delete people, and others close their accounts.
//!
//! `USHER_KILLS=300 cargo test --test kill` kills more often.

#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a test of a real process takes real time"
)]

mod actors;
#[path = "../shared/lines.rs"]
mod lines;
#[path = "../shared/program.rs"]
mod program;
mod talk;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use actors::{Actor, Task, person};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use serde_json::{Value, json};
use talk::{Printed, Talk};
use usher::domain::{
    ApprovalId, ApprovalStatus, Code, Directory, Fault, Memory, PersonId, PersonStatus, State, StepStatus,
};
use usher::store::{Store, Tx};

/// Who talks where: nobody shares a conversation, so that every answer tells whose it is.
const ADMINS: [(&str, &str); 3] = [("olivia", "ops"), ("alice", "rd-group"), ("mei", "sales-group")];
/// How the ids of those begin who close their accounts.
const LEAVERS: &str = "leaver";
/// Who has decided about everybody's requests, and on whom they wait.
const APPROVERS: [&str; 2] = ["mei", "alice"];
/// How many requests of each person there are.
const APPROVALS: usize = 2;
/// Kinds of messages of which no two are alike.
const UNIQUE: [&str; 4] = ["confirm_request", "done", "notice", "task"];

#[test]
fn a_killed_program_goes_on_where_it_was() {
    let kills = std::env::var("USHER_KILLS").map_or(25, |kills| kills.parse().unwrap());
    let room = tempfile::tempdir().unwrap();
    let mut actors =
        ADMINS.map(|(name, group)| Actor::admin(name, group, kills + 20)).into_iter().collect::<Vec<_>>();
    actors.push(Actor::leavers(LEAVERS, kills / 2 + 4));
    let db = prepare(room.path(), &actors);
    let mut chance = ChaCha8Rng::seed_from_u64(20_261_122);
    let mut talk = Talk::new(actors);
    for _ in 0..kills {
        let answers = chance.next_u32() % 32;
        let delay = Duration::from_micros(u64::from(chance.next_u32() % 12_000));
        talk.live(&db, Some((answers, delay)));
    }
    talk.is_ending = true;
    talk.live(&db, None);
    let mut done = BTreeMap::<_, usize>::new();
    for actor in &talk.actors {
        for index in 0..actor.done.len() {
            *done.entry(format!("{:?}", actor.tasks[index % actor.tasks.len()])).or_default() += 1;
        }
    }
    let hits = talk.actors.iter().fold([0; 2], |sum, actor| [sum[0] + actor.hits[0], sum[1] + actor.hits[1]]);
    println!(
        "{kills} kills: {} waiting dialogues hit, {} while a password was asked for; done: {done:?}",
        hits[0], hits[1]
    );
    check(&db, &talk);
    assert!(hits[0] > 0 && hits[1] > 0, "no kill hit a waiting dialogue, or none a question for a password");
    assert_eq!(done.len(), 5, "something was never done");
}

/// The demo organisation, with so many more people that nobody runs out of work.
fn prepare(room: &Path, actors: &[Actor]) -> PathBuf {
    let mut file: Value = serde_json::from_str(usher::exchange::demo()).unwrap();
    let mut add = |list: &str, value: Value| file[list].as_array_mut().unwrap().push(value);
    for actor in actors {
        for number in 0..actor.people {
            let id = person(actor.name, number);
            let mut member =
                json!({"id": id, "name": format!("{} 的同事 {number}", actor.name), "departments": ["hq"]});
            if actor.name == LEAVERS {
                let [name, phone, email] = marks(number);
                member["name"] = json!(name);
                member["phone"] = json!(phone);
                member["email"] = json!(email);
                member["password"] = json!(format!("{id}-demo-1"));
                add("handover", json!({"person": id, "items": [format!("work {number}")]}));
            }
            add("people", member);
            for approval in 0..APPROVALS {
                let steps = json!([{"approver": APPROVERS[0], "status": "approved", "at": "2026-11-17T12:00:00+08:00"},
                                   {"approver": APPROVERS[1], "status": "pending"}]);
                add(
                    "approvals",
                    json!({"id": approval_id(&id, approval), "template": "expense",
                    "title": format!("报销{approval}"), "originator": id, "status": "pending",
                    "created": "2026-11-16T10:00:00+08:00", "cancellable_by": "originator_or_admin", "steps": steps}),
                );
            }
        }
    }
    let (organisation, db) = (room.join("acme.json"), room.join("usher.db"));
    std::fs::write(&organisation, file.to_string()).unwrap();
    let imported = usher().arg("import").arg(&organisation).arg("--db").arg(&db).status().unwrap();
    assert!(imported.success());
    db
}

/// What may be in no byte of the files once its owner is gone.
fn marks(number: usize) -> [String; 3] {
    [
        format!("Wanda Unmistakable {number}."),
        format!("+49{}", 1_234_500_000 + number),
        format!("w{number}@leaver.example"),
    ]
}

fn approval_id(person: &str, number: usize) -> String {
    format!("K-{person}-{number}.")
}

/// With room for all the operations that the test asks for.
fn usher() -> Command {
    let mut command = program::usher();
    command.env("USHER_LIMITS_IRREVERSIBLE_PER_HOUR", "100000");
    command
}

/// What was reported is what is there, and it was all said and recorded, once.
fn check(db: &Path, talk: &Talk) {
    let mut store = Store::open(db).unwrap();
    assert_eq!(store.find_damage().unwrap(), None);
    store
        .transact(|tx| {
            check_operations(tx, talk)?;
            check_letters(tx, talk)?;
            check_people(tx, talk)?;
            check_approvals(tx, talk)
        })
        .unwrap();
    drop(store);
    check_bytes(db, talk);
    check_order(talk);
}

fn check_operations(tx: &Tx<'_>, talk: &Talk) -> Result<(), Fault> {
    let entries = tx.verify_audit()?.expect("the audit log is sound");
    let operations = tx.operations()?;
    assert!(operations.iter().all(|operation| operation.state.is_final()), "something is left open");
    let done: BTreeSet<Code> = operations
        .iter()
        .filter(|operation| operation.state == State::Done)
        .map(|operation| operation.code.clone())
        .collect();
    let reported: BTreeSet<Code> = talk.actors.iter().flat_map(|actor| actor.done.clone()).collect();
    assert_eq!(done, reported, "done and reported done");
    let mut recorded = BTreeMap::<_, usize>::new();
    for entry in tx.audit_before(i64::MAX, None, usize::MAX)? {
        // What is done at the machine itself, such as the import, has no code.
        if let (Some(code), "done") = (entry.record.code, entry.record.outcome.as_str()) {
            *recorded.entry(code).or_default() += 1;
        }
    }
    assert!(recorded.values().all(|times| *times == 1), "something was done twice: {recorded:?}");
    assert_eq!(recorded.into_keys().collect::<BTreeSet<_>>(), done, "done and recorded done");
    println!("{entries} audit entries, {} operations, {} of them done", operations.len(), done.len());
    Ok(())
}

/// Nothing waits in the outbox, and every message was printed at least once.
fn check_letters(tx: &Tx<'_>, talk: &Talk) -> Result<(), Fault> {
    let counts = tx.letter_counts()?;
    assert_eq!((counts.queued, counts.dead), (0, 0));
    let mut sent = BTreeMap::<_, usize>::new();
    for letter in tx.letters(usize::MAX)? {
        *sent.entry((letter.to.to_string().replace(':', " "), letter.kind)).or_default() += 1;
    }
    let printed = talk.counts();
    for ((to, kind), count) in &sent {
        let printed = printed.get(&(to.as_str(), kind.as_str())).copied().unwrap_or_default();
        assert!(printed >= *count, "{to} {kind}: {count} sent, {printed} printed");
    }
    println!("{} messages kept as sent, {} printed", counts.sent, talk.printed.len());
    Ok(())
}

/// How many tasks about this person were reported done.
fn steps(actor: &Actor, number: usize) -> usize {
    actor.done.len().saturating_sub(actor.tasks.len() * number).min(actor.tasks.len())
}

fn check_people(tx: &Tx<'_>, talk: &Talk) -> Result<(), Fault> {
    let roster = tx.export()?;
    for actor in &talk.actors {
        for number in 0..actor.people {
            let id = PersonId::new(person(actor.name, number));
            let steps = steps(actor, number);
            let left = actor.tasks[..steps].iter().find_map(|task| match task {
                Task::Close => Some(PersonStatus::Closed),
                Task::Delete => Some(PersonStatus::Departed),
                _ => None,
            });
            let member = roster.people.iter().find(|member| member.person.id == id).unwrap();
            assert_eq!(
                member.person.status,
                left.unwrap_or(PersonStatus::Active),
                "{id} after {steps} tasks"
            );
            let is_admin = roster.admins.iter().any(|(admin, _)| *admin == id);
            assert_eq!(
                is_admin,
                actor.tasks[..steps].last() == Some(&Task::Grant),
                "{id} after {steps} tasks"
            );
            assert!(left.is_none() || !tx.enrolled(&id)?.any(), "{id} keeps a credential");
            assert!(left.is_none() || tx.handover_items(&id)?.is_empty(), "{id} keeps work");
        }
    }
    Ok(())
}

/// Each approval is as it was, or cancelled, waits on nobody and was told to everybody concerned.
fn check_approvals(tx: &Tx<'_>, talk: &Talk) -> Result<(), Fault> {
    let waiting = tx.approvals_waiting_on(&PersonId::new(APPROVERS[1]))?;
    let notices: Vec<_> = talk.printed.iter().filter(|printed| printed.kind == "notice").collect();
    let mut cancelled = 0;
    for actor in &talk.actors {
        for (number, approval) in
            (0..actor.people * APPROVALS).map(|index| (index / APPROVALS, index % APPROVALS))
        {
            let originator = person(actor.name, number);
            let id = approval_id(&originator, approval);
            let is_cancelled = actor.tasks[..steps(actor, number)].contains(&Task::CancelApprovals);
            let approval = tx.approval(&ApprovalId::new(&id))?.unwrap();
            let status = if is_cancelled { ApprovalStatus::Cancelled } else { ApprovalStatus::Pending };
            assert_eq!(approval.status, status, "{id}");
            let is_waiting = waiting.iter().any(|waiting| waiting.id == approval.id);
            assert_eq!(is_waiting, !is_cancelled, "{id} waits on its approver");
            let decided: Vec<_> = approval.steps.iter().map(|step| step.status).collect();
            assert_eq!(decided, [StepStatus::Approved, StepStatus::Pending], "{id} keeps its history");
            cancelled += usize::from(is_cancelled);
            let concerned = APPROVERS.iter().map(|approver| format!("dm {approver}"));
            for to in concerned.chain(["ops".to_owned(), format!("dm {originator}")]) {
                let is_told = notices.iter().any(|notice| notice.to == to && notice.text.contains(&id));
                assert_eq!(is_told, is_cancelled, "{id}: told to {to}");
            }
        }
    }
    println!("{cancelled} approvals cancelled");
    Ok(())
}

/// Whoever left is in no byte of the files, and whoever is still there is.
fn check_bytes(db: &Path, talk: &Talk) {
    let mut bytes = Vec::new();
    for suffix in ["", "-wal", "-shm"] {
        let mut path = db.as_os_str().to_owned();
        path.push(suffix);
        bytes.extend(std::fs::read(path).unwrap_or_default());
    }
    let leavers = talk.actors.iter().find(|actor| actor.name == LEAVERS).unwrap();
    for number in 0..leavers.people {
        let is_gone = steps(leavers, number) == leavers.tasks.len();
        for mark in marks(number) {
            let is_found = bytes.windows(mark.len()).any(|window| window == mark.as_bytes());
            assert_eq!(is_found, !is_gone, "{mark}");
        }
    }
}

/// In each conversation, a life begins no earlier than the life before it did, and goes on in order: what was
/// said is said again at most once for each kill, and nothing is skipped.
fn check_order(talk: &Talk) {
    let mut repeated = 0;
    let mut conversations = BTreeMap::<_, Vec<&Printed>>::new();
    for printed in talk.printed.iter().filter(|printed| UNIQUE.contains(&printed.kind.as_str())) {
        conversations.entry(&printed.to).or_default().push(printed);
    }
    for (to, all) in conversations {
        let mut known = BTreeMap::new();
        let (mut life, mut first, mut last) = (0, 0, None);
        for printed in all {
            let next = known.len();
            let index = *known.entry((&printed.kind, &printed.text)).or_insert(next);
            repeated += usize::from(index < next);
            let is_in_order =
                if life == printed.life { last == Some(index.wrapping_sub(1)) } else { index >= first };
            assert!(is_in_order, "{to}: {} in life {} after {last:?}: {index}", printed.text, printed.life);
            if life != printed.life {
                (life, first) = (printed.life, index);
            }
            last = Some(index);
        }
    }
    println!("{repeated} messages printed again");
}
