//! Looking people up among 1,000,000, beside the same among 1,000 in the same run: the cost should not grow.

#![allow(clippy::unwrap_used, clippy::disallowed_methods, reason = "a bench measures time and may stop")]

use std::hint::black_box;
use std::path::Path;
use std::time::Instant;

use usher::command::people;
use usher::domain::{
    Department, DepartmentId, Directory, Fault, Member, Organisation, Person, PersonId, PersonStatus, Roster,
    Timestamp,
};
use usher::store::{Store, Tx};

/// How often each look-up is done.
const ROUNDS: usize = 2_000;
const FAMILY: [&str; 10] = ["李", "王", "张", "刘", "陈", "Ruiz", "Smith", "Ng", "Müller", "Okafor"];

type LookUp = (&'static str, fn(&Tx<'_>, usize) -> Result<(), Fault>);

/// Each takes a number of somebody in the smaller organisation.
const LOOK_UPS: [LookUp; 5] = [
    ("by id", |tx, n| tx.person(&PersonId::new(format!("u{n}"))).map(drop)),
    ("by exact name", |tx, n| tx.people_named(&name(n), 9).map(drop)),
    ("by look-alike", |tx, n| tx.people_looking_like(&name(n), 9).map(drop)),
    ("by prefix", |tx, n| tx.people_with_prefix(&format!("u{n}"), 9).map(drop)),
    ("by a misspelt name", |tx, n| people::search(tx, &format!("{}x", name(n)), 3).map(drop)),
];

fn main() {
    let room = tempfile::tempdir().unwrap();
    let mut few = store(&room.path().join("few.db"), 1_000);
    let begin = Instant::now();
    let mut many = store(&room.path().join("many.db"), 1_000_000);
    println!("1,000,000 people are taken in in {:.0} s", begin.elapsed().as_secs_f64());
    for (what, look_up) in LOOK_UPS {
        let [few, many] = [&mut few, &mut many].map(|store| micros(store, look_up));
        println!("{what:>20}: {many:>8.1} µs among 1,000,000, {:>5.2} × as long as among 1,000", many / few);
    }
}

/// How long a look-up takes on average, once the pages are in memory.
fn micros(store: &mut Store, look_up: fn(&Tx<'_>, usize) -> Result<(), Fault>) -> f64 {
    let round = |tx: &mut Tx<'_>| (0..ROUNDS).try_for_each(|n| black_box(look_up(tx, n % 1_000)));
    store.transact(round).unwrap();
    let begin = Instant::now();
    store.transact(round).unwrap();
    1e6 * begin.elapsed().as_secs_f64() / ROUNDS as f64
}

fn name(n: usize) -> String {
    format!("{} {n}", FAMILY[n % FAMILY.len()])
}

fn store(path: &Path, people: usize) -> Store {
    let department = DepartmentId::new("d");
    let member = |n: usize| Member {
        person: Person {
            id: PersonId::new(format!("u{n}")),
            name: name(n),
            phone: None,
            email: None,
            departments: vec![department.clone()],
            status: PersonStatus::Active,
        },
        password_hash: None,
        totp_secret: None,
    };
    let roster = Roster {
        organisation: Organisation {
            id: "bench".to_owned(),
            name: "Bench".to_owned(),
            locale: "zh".to_owned(),
            timezone: "Asia/Shanghai".to_owned(),
            owner: PersonId::new("u0"),
        },
        departments: vec![Department {
            id: department.clone(),
            name: "D".to_owned(),
            parent: None,
            group: None,
        }],
        people: (0..people).map(member).collect(),
        admins: Vec::new(),
        supervisors: Vec::new(),
        approvals: Vec::new(),
        handover: Vec::new(),
        groups: Vec::new(),
    };
    let mut store = Store::open(path).unwrap();
    store.transact(|tx| tx.replace(&roster, Timestamp::from_millis(0))).unwrap();
    store
}
