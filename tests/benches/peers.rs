//! What the bot is measured against: a naive bot, and the least that SQLite has to do for the same promises.

use std::path::Path;
use std::time::{Duration, Instant};

use rusqlite::{Connection, OpenFlags};

/// A database of its own, on the default VFS or another.
pub(crate) fn connect(path: &Path, vfs: Option<&str>) -> Connection {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE;
    match vfs {
        Some(vfs) => Connection::open_with_flags_and_vfs(path, flags, vfs),
        None => Connection::open_with_flags(path, flags),
    }
    .unwrap()
}

/// How long a bot takes for each message that commits once a message and does nothing else: it parses with a regex, with
/// no authority, audit, outbox or de-duplication.
pub(crate) fn naive(path: &Path, vfs: Option<&str>, dialogues: usize) -> Vec<Duration> {
    let connection = connect(path, vfs);
    connection
        .execute_batch(
            "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
             CREATE TABLE person (id TEXT PRIMARY KEY, name TEXT);
             CREATE TABLE pending (chat TEXT PRIMARY KEY, target TEXT);",
        )
        .unwrap();
    connection.execute_batch("BEGIN").unwrap();
    for n in 0..dialogues {
        connection.execute("INSERT INTO person VALUES (?1, ?2)", (format!("u{n}"), "name")).unwrap();
    }
    connection.execute_batch("COMMIT").unwrap();
    let pattern = regex::Regex::new(r"^/(?<verb>\w+)(?: @(?<who>\w+))?$").unwrap();
    let mut times = Vec::new();
    for n in 0..dialogues {
        for text in [format!("/delete @u{n}"), "/confirm".to_owned()] {
            let begin = Instant::now();
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
            times.push(begin.elapsed());
        }
    }
    times
}

/// How long SQLite takes for ten statements a dialogue, so many dialogues in a transaction: two marks of messages, a
/// question kept and answered, a deletion, an entry of a log, three messages to be sent, and that they were.
pub(crate) fn least(path: &Path, vfs: Option<&str>, in_flight: usize, dialogues: usize) -> Duration {
    let connection = connect(path, vfs);
    connection
        .execute_batch(
            "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 10000;
             CREATE TABLE inbox (message TEXT PRIMARY KEY, at INTEGER) WITHOUT ROWID;
             CREATE TABLE pending (chat TEXT PRIMARY KEY, target TEXT) WITHOUT ROWID;
             CREATE TABLE person (id TEXT PRIMARY KEY, name TEXT) WITHOUT ROWID;
             CREATE TABLE audit (seq INTEGER PRIMARY KEY, what TEXT, hash BLOB);
             CREATE TABLE outbox (id INTEGER PRIMARY KEY, chat TEXT, text TEXT);",
        )
        .unwrap();
    connection.execute_batch("BEGIN").unwrap();
    for n in 0..dialogues {
        connection.execute("INSERT INTO person VALUES (?1, 'name')", [format!("u{n}")]).unwrap();
    }
    connection.execute_batch("COMMIT").unwrap();
    let prepare = |sql| connection.prepare(sql).unwrap();
    let mut mark = prepare("INSERT OR IGNORE INTO inbox VALUES (?1, 0)");
    let mut ask = prepare("INSERT OR REPLACE INTO pending VALUES (?1, ?2)");
    let mut answer = prepare("DELETE FROM pending WHERE chat = ?1");
    let mut delete = prepare("DELETE FROM person WHERE id = ?1");
    let mut log = prepare("INSERT INTO audit VALUES (NULL, ?1, ?2)");
    let mut post = prepare("INSERT INTO outbox VALUES (?1, ?2, ?3)");
    let mut forget = prepare("DELETE FROM outbox WHERE id BETWEEN ?1 AND ?2");
    let words = "x".repeat(200);
    let begin = Instant::now();
    for first in (0..dialogues).step_by(in_flight) {
        let group = first..dialogues.min(first + in_flight);
        connection.execute_batch("BEGIN IMMEDIATE").unwrap();
        for n in group.clone().map(|n| n as i64) {
            mark.execute([format!("m{}", 2 * n)]).unwrap();
            ask.execute([format!("a{n}"), format!("u{n}")]).unwrap();
            post.execute((3 * n, format!("a{n}"), &words)).unwrap();
        }
        connection.execute_batch("COMMIT; BEGIN IMMEDIATE").unwrap();
        for n in group.map(|n| n as i64) {
            mark.execute([format!("m{}", 2 * n + 1)]).unwrap();
            delete.execute([format!("u{n}")]).unwrap();
            answer.execute([format!("a{n}")]).unwrap();
            log.execute((format!("u{n}"), [0_u8; 32])).unwrap();
            post.execute((3 * n + 1, format!("a{n}"), &words)).unwrap();
            post.execute((3 * n + 2, "group", &words)).unwrap();
            forget.execute([3 * n, 3 * n + 2]).unwrap();
        }
        connection.execute_batch("COMMIT").unwrap();
    }
    begin.elapsed()
}
