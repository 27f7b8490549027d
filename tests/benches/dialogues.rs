//! Dialogues a second: `/delete @u`, then `confirm CODE`, beside a naive bot in the same run.
//!
//! A naive bot parses with a regex and commits once a message, with no authority, audit, outbox or
//! de-duplication. Both run on a memory file system where there is one, once as it is and once with a sync
//! that takes a millisecond. Numbers as arguments are how many messages are in flight: `cargo bench --bench dialogues -- 256`.

#![allow(clippy::unwrap_used, clippy::disallowed_methods, reason = "a bench measures time and may stop")]

mod slow_vfs;

use std::path::{Path, PathBuf};
use std::time::Instant;

use mimalloc::MiMalloc;
use rusqlite::{Connection, OpenFlags};
use usher::domain::{
    Body, Conversation, Delivery, DepartmentId, Fault, Grant, Heard, Level, Member, MessageId, Organisation,
    Origin, Permissions, Person, PersonId, PersonStatus, Policy, Roster, Timestamp,
};
use usher::runtime::bot::{Bot, Event};
use usher::runtime::chance::Chance;
use usher::store::Store;

/// The program's.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

/// How many dialogues are measured for each number in flight.
const DIALOGUES: usize = 8_192;
/// What is in flight when nobody says.
const IN_FLIGHT: [usize; 4] = [1, 64, 256, 1_024];

fn main() {
    let folder =
        if Path::new("/dev/shm").is_dir() { PathBuf::from("/dev/shm") } else { std::env::temp_dir() };
    let room = tempfile::tempdir_in(folder).unwrap();
    let slow = slow_vfs::register();
    let asked: Vec<usize> = std::env::args().filter_map(|word| word.parse().ok()).collect();
    let numbers = if asked.is_empty() { &IN_FLIGHT[..] } else { &asked };
    for (sync, vfs) in [("no sync time", None), ("a sync of 1 ms", Some(slow))] {
        let count = if vfs.is_some() { 256 } else { DIALOGUES };
        let naive = naive(&room.path().join(format!("naive-{}.db", vfs.is_some())), vfs, count);
        println!("{sync}: naive bot, a transaction a message: {naive:.0} messages/s");
        for &in_flight in numbers {
            let count = if in_flight == 1 && vfs.is_some() { 256 } else { DIALOGUES };
            let path = room.path().join(format!("usher-{in_flight}-{}.db", vfs.is_some()));
            let rate = usher(&path, vfs, in_flight, count);
            println!(
                "{sync}: {in_flight:>5} in flight: {rate:>8.0} messages/s, {:>6.2} × naive",
                rate / naive
            );
        }
    }
}

fn at(millis: i64) -> Timestamp {
    Timestamp::from_millis(1_795_000_000_000 + millis)
}

/// An admin for each dialogue, and somebody to delete.
fn roster(dialogues: usize) -> Roster {
    let member = |id: String| Member {
        person: Person {
            name: format!("Name {id}"),
            id: PersonId::new(id),
            phone: Some("+8613800000000".to_owned()),
            email: None,
            departments: vec![DepartmentId::new("d")],
            status: PersonStatus::Active,
        },
        password_hash: None,
        totp_secret: None,
    };
    let grant = Grant { level: Level::Main, departments: Vec::new(), permissions: Permissions::default() };
    Roster {
        organisation: Organisation {
            id: "bench".to_owned(),
            name: "Bench".to_owned(),
            locale: "en".to_owned(),
            timezone: "Asia/Shanghai".to_owned(),
            owner: PersonId::new("a0"),
        },
        departments: vec![usher::domain::Department {
            id: DepartmentId::new("d"),
            name: "D".to_owned(),
            parent: None,
            group: Some(usher::domain::GroupId::new("g")),
        }],
        people: (0..dialogues).flat_map(|n| [member(format!("a{n}")), member(format!("u{n}"))]).collect(),
        admins: (0..dialogues).map(|n| (PersonId::new(format!("a{n}")), grant.clone())).collect(),
        supervisors: Vec::new(),
        approvals: Vec::new(),
        handover: Vec::new(),
        groups: Vec::new(),
    }
}

/// Messages a second of the whole bot, with groups as large as what is in flight.
fn usher(path: &Path, vfs: Option<&str>, in_flight: usize, count: usize) -> f64 {
    let mut store = match vfs {
        Some(vfs) => Store::open_with_vfs(path, vfs).unwrap(),
        None => Store::open(path).unwrap(),
    };
    store.transact(|tx| tx.replace(&roster(count), at(0))).unwrap();
    let policy = Policy { require_secret: Vec::new(), ..Policy::default() };
    let mut bot = Bot::new(store, policy, Chance::seeded(1)).unwrap();
    let mut taken: Vec<Event> = Vec::new();
    let mut heard = 0;
    let begin = Instant::now();
    for first in (0..count).step_by(in_flight) {
        let admins = first..count.min(first + in_flight);
        let ask = admins.clone().map(|n| (n, format!("/delete @u{n}")));
        let asked = said(&mut bot, &mut taken, ask, &mut heard).unwrap();
        let codes: Vec<_> = asked.iter().filter(|d| d.kind == "confirm_request").map(code).collect();
        assert_eq!(codes.len(), admins.len());
        let confirm = admins.zip(&codes).map(|(n, code)| (n, format!("/confirm {code}")));
        let done = said(&mut bot, &mut taken, confirm, &mut heard).unwrap();
        assert_eq!(done.iter().filter(|delivery| delivery.kind == "done").count(), codes.len());
    }
    heard as f64 / begin.elapsed().as_secs_f64()
}

/// Hands in what the admins say, and that what was said before arrived.
fn said(
    bot: &mut Bot,
    taken: &mut Vec<Event>,
    says: impl Iterator<Item = (usize, String)>,
    heard: &mut usize,
) -> Result<Vec<Delivery>, Fault> {
    let mut events = std::mem::take(taken);
    for (admin, text) in says {
        *heard += 1;
        let sender = PersonId::new(format!("a{admin}"));
        events.push(Event::Heard(Heard {
            id: MessageId::new(format!("m{heard}")),
            conversation: Conversation::Direct(sender.clone()),
            sender,
            body: Body::plain(text),
            sent_at: at(0),
            origin: Origin::FirstHand,
        }));
    }
    let handled = bot.handle(&events, at(0))?;
    taken.extend(handled.deliveries.iter().map(|delivery| Event::Delivered(delivery.id)));
    Ok(handled.deliveries)
}

fn code(delivery: &Delivery) -> String {
    let fields: serde_json::Value = serde_json::from_str(&delivery.fields).unwrap();
    fields["code"].as_str().unwrap().to_owned()
}

/// Messages a second of a bot that commits once a message and does nothing else.
fn naive(path: &Path, vfs: Option<&str>, count: usize) -> f64 {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE;
    let connection = match vfs {
        Some(vfs) => Connection::open_with_flags_and_vfs(path, flags, vfs).unwrap(),
        None => Connection::open_with_flags(path, flags).unwrap(),
    };
    connection
        .execute_batch(
            "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
             CREATE TABLE person (id TEXT PRIMARY KEY, name TEXT);
             CREATE TABLE pending (chat TEXT PRIMARY KEY, target TEXT);",
        )
        .unwrap();
    connection.execute_batch("BEGIN").unwrap();
    for n in 0..count {
        connection.execute("INSERT INTO person VALUES (?1, ?2)", (format!("u{n}"), "name")).unwrap();
    }
    connection.execute_batch("COMMIT").unwrap();
    let pattern = regex::Regex::new(r"^/(?<verb>\w+)(?: @(?<who>\w+))?$").unwrap();
    let begin = Instant::now();
    for n in 0..count {
        for text in [format!("/delete @u{n}"), "/confirm".to_owned()] {
            let found = pattern.captures(&text).unwrap();
            let run = |sql: &str, value: &str| {
                connection.prepare_cached(sql).unwrap().execute([value]).unwrap();
            };
            connection.execute_batch("BEGIN IMMEDIATE").unwrap();
            if &found["verb"] == "delete" {
                run("INSERT OR REPLACE INTO pending VALUES ('chat', ?1)", &found["who"]);
            } else {
                let sql = "SELECT target FROM pending WHERE chat = ?1";
                let target: String =
                    connection.prepare_cached(sql).unwrap().query_row(["chat"], |row| row.get(0)).unwrap();
                run("DELETE FROM person WHERE id = ?1", &target);
                run("DELETE FROM pending WHERE chat = ?1", "chat");
            }
            connection.execute_batch("COMMIT").unwrap();
        }
    }
    (2 * count) as f64 / begin.elapsed().as_secs_f64()
}
