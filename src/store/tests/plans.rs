//! No look-up walks through a table: its cost does not grow with what is stored.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::{
    Code, Fault, Scratch, State, acme, approval, at, code, letter, member, operation, ops, person, record,
};
use crate::domain::{ApprovalId, Change, Directory, Memory, MessageId, Operation, Timestamp, Topic};
use crate::store::Tx;

/// How much of everything there is, and how many steps of SQLite's machine a look-up may take.
const MANY: u64 = 3_000;
const FEW_STEPS: u64 = 400;

type LookUp = (&'static str, fn(&Tx<'_>) -> Result<(), Fault>);

const LOOK_UPS: [LookUp; 27] = [
    ("people_named", |tx| tx.people_named("Ana 77", 9).map(drop)),
    ("people_looking_like", |tx| tx.people_looking_like("Ana 77", 9).map(drop)),
    ("people_with_prefix", |tx| tx.people_with_prefix("ana", 9).map(drop)),
    ("person", |tx| tx.person(&person("u77")).map(drop)),
    ("grant", |tx| tx.grant(&person("u77")).map(drop)),
    ("supervises", |tx| tx.supervises(&person("u77")).map(drop)),
    ("approval", |tx| tx.approval(&ApprovalId::new("B-77")).map(drop)),
    ("cancellation", |tx| tx.cancellation(&ApprovalId::new("B-77")).map(drop)),
    ("approvals_of", |tx| tx.approvals_of(&person("u77")).map(drop)),
    ("approvals_waiting_on", |tx| tx.approvals_waiting_on(&person("u77")).map(drop)),
    ("handover_items", |tx| tx.handover_items(&person("u77")).map(drop)),
    ("groups_bound_to", |tx| tx.groups_bound_to(Topic::Departure).map(drop)),
    ("operation", |tx| tx.operation(&code()).map(drop)),
    ("waiting_in", |tx| tx.waiting_in(&person("alice"), &ops()).map(drop)),
    ("open_of", |tx| tx.open_of(&person("alice")).map(drop)),
    ("lapsed", |tx| tx.lapsed(at(50)).map(drop)),
    ("next_deadline", |tx| tx.next_deadline().map(drop)),
    ("asking_secret", |tx| tx.asking_secret(&person("alice")).map(drop)),
    ("irreversible_since", |tx| tx.irreversible_since(&person("alice"), at(1_000_000)).map(drop)),
    ("wrong_secrets", |tx| tx.wrong_secrets(&person("alice"), at(2_999)).map(drop)),
    ("queued", |tx| tx.queued(0, 9).map(drop)),
    ("letters", |tx| tx.letters(3).map(drop)),
    ("post", |tx| tx.post(&letter(&ops())).map(drop)),
    ("mark_sent", |tx| tx.mark_sent(7..=7)),
    ("move", |tx| {
        let state = State::Executing;
        tx.apply(&Change::OperationMoved { code: Code::from_bits(MANY), state, at: at(1) }, at(1))
    }),
    ("first_time", |tx| tx.first_time(&MessageId::new("m"), at(1)).map(drop)),
    ("record", |tx| tx.record(&record("x"), at(1))),
];

#[test]
fn every_look_up_takes_few_steps_among_many_rows() {
    let mut scratch = Scratch::empty();
    scratch.ok(fill);
    // Which keys have rows is read once; a debug build asks the table all the same, each time.
    let reads = LOOK_UPS.iter().filter(|(name, _)| *name != "move");
    scratch.ok(|tx| reads.clone().try_for_each(|(_, look_up)| look_up(tx)));
    let steps = Arc::new(AtomicU64::new(0));
    let counter = Arc::clone(&steps);
    let count = move || {
        counter.fetch_add(1, Ordering::Relaxed);
        false
    };
    scratch.store.connection.progress_handler(1, Some(count)).unwrap();
    for (name, look_up) in LOOK_UPS {
        let before = steps.load(Ordering::Relaxed);
        scratch.ok(|tx| look_up(tx));
        let taken = steps.load(Ordering::Relaxed) - before;
        assert!((1..FEW_STEPS).contains(&taken), "{name} took {taken} steps");
    }
}

fn fill(tx: &mut Tx<'_>) -> Result<(), Fault> {
    let mut roster = acme();
    for n in 0..MANY {
        let id = format!("u{n}");
        roster.people.push(member(&id, &format!("Ana {n}"), &["sales"]));
        roster.approvals.push(approval(&format!("B-{n}"), &id, &["dave", &id]));
        roster.handover.push((person(&id), vec!["keys".into()]));
        roster.supervisors.push((person(&id), roster.departments[0].id.clone()));
        roster.admins.push((person(&id), roster.admins[1].1.clone()));
    }
    tx.replace(&roster, at(0))?;
    let waiting = State::AwaitingConfirmation { until: at(100) };
    let last = operation(Code::from_bits(MANY), waiting);
    tx.apply(&Change::OperationOpened(Operation { requester: person("dave"), ..last }), at(0))?;
    for n in 0..MANY {
        let (code, now) = (Code::from_bits(n), Timestamp::from_millis(n.cast_signed()));
        tx.apply(&Change::OperationOpened(operation(code.clone(), waiting)), now)?;
        for state in [State::Executing, State::Done] {
            tx.apply(&Change::OperationMoved { code: code.clone(), state, at: now }, now)?;
        }
        tx.apply(&Change::WrongSecret { person: person("alice"), at: now }, now)?;
        let letter = tx.post(&letter(&ops()))?;
        tx.mark_sent(letter..=letter)?;
        tx.first_time(&MessageId::new(format!("m{n}")), at(1))?;
        tx.record(&record("x"), now)?;
    }
    Ok(())
}
