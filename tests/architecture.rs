//! Rules about the code, as tests: who may import whom, what the pure rooms may not know, how files look.

#![allow(clippy::unwrap_used, reason = "a test stops where something is not as it must be")]

#[path = "shared/files.rs"]
mod files;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use files::files;

/// Each room, and the rooms that it may import; see the map in `src/lib.rs`.
const MAY_IMPORT: [(&str, &[&str]); 12] = [
    ("domain", &[]),
    ("command", &["domain"]),
    ("engine", &["domain", "command"]),
    ("wording", &["domain"]),
    ("exchange", &["domain"]),
    ("config", &["domain"]),
    ("store", &["domain"]),
    ("dingtalk", &["domain"]),
    ("adapter", &["domain", "command", "wording", "dingtalk"]),
    ("backend", &["domain", "dingtalk"]),
    (
        "runtime",
        &["domain", "command", "engine", "wording", "exchange", "config", "store", "adapter", "backend"],
    ),
    (
        "cli",
        &[
            "domain", "command", "engine", "wording", "exchange", "config", "store", "dingtalk", "adapter",
            "backend", "runtime",
        ],
    ),
];

/// Rooms without clock, disk, network, randomness, database or tasks.
const PURE: [&str; 6] = ["domain", "command", "engine", "wording", "exchange", "config"];

/// What no pure room may name.
const OUTSIDE: [&str; 14] = [
    "std::time",
    "std::fs",
    "std::net",
    "std::env",
    "std::process",
    "std::thread",
    "std::io",
    "tokio",
    "rusqlite",
    "rand_chacha",
    "getrandom",
    "reedline",
    "SystemTime",
    "Instant",
];

/// What only certain rooms may name.
const ONLY_IN: [(&str, &[&str]); 4] = [
    ("getrandom", &["runtime"]),
    ("rusqlite", &["store"]),
    ("tokio", &["runtime", "cli", "adapter", "backend", "dingtalk"]),
    ("SystemTime", &["runtime"]),
];

/// The longest file, in lines before its tests.
const MAX_LINES: usize = 420;
/// The longest line, in characters.
const MAX_COLUMNS: usize = 130;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Every source file: its path from the top, its room and its text before the tests.
fn sources() -> Vec<(String, String, String)> {
    let found = files(&root().join("src"), "rs");
    assert!(found.len() > 100, "only {} files", found.len());
    let is_test =
        |path: &Path| path.components().any(|part| part.as_os_str().to_string_lossy().starts_with("tests"));
    found
        .into_iter()
        .filter(|path| !is_test(path.strip_prefix(root()).unwrap()))
        .map(|path| {
            let name = path.strip_prefix(root().join("src")).unwrap().to_str().unwrap().to_owned();
            let room = name.split(['/', '.']).next().unwrap().to_owned();
            let text = fs::read_to_string(&path).unwrap();
            let before_tests = text.split("#[cfg(test)]\nmod tests {").next().unwrap().to_owned();
            (name, room, before_tests)
        })
        .collect()
}

/// The text without comments, whose words name nothing.
fn code(text: &str) -> String {
    text.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n")
}

#[test]
fn rooms_import_only_what_they_may() {
    let rooms: BTreeSet<_> = MAY_IMPORT.iter().map(|(room, _)| *room).collect();
    let mut imports = 0;
    for (name, room, text) in sources() {
        let Some((_, allowed)) = MAY_IMPORT.iter().find(|(known, _)| *known == room) else { continue };
        for part in code(&text).split("crate::").skip(1) {
            let imported = part.split(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap();
            if !rooms.contains(imported) {
                continue;
            }
            imports += 1;
            assert!(
                imported == room || allowed.contains(&imported),
                "{name}: {room} may not import {imported}"
            );
        }
    }
    assert!(imports > 100, "only {imports} imports were found");
}

#[test]
fn no_two_rooms_import_each_other() {
    for (room, allowed) in MAY_IMPORT {
        for other in allowed {
            let (_, back) = MAY_IMPORT.iter().find(|(known, _)| known == other).unwrap();
            assert!(!back.contains(&room), "{room} and {other}");
        }
    }
}

#[test]
fn the_pure_rooms_know_no_outside_world() {
    for (name, room, text) in sources() {
        let code = code(&text);
        for word in OUTSIDE.iter().filter(|_| PURE.contains(&room.as_str())) {
            assert!(!code.contains(word), "{name} names {word}");
        }
        for (word, rooms) in ONLY_IN {
            let is_allowed = rooms.contains(&room.as_str()) || !code.contains(&format!("{word}::"));
            assert!(is_allowed, "{name} names {word}");
        }
    }
}

#[test]
fn the_machines_clock_is_read_in_one_place() {
    let readers: Vec<_> = sources()
        .into_iter()
        .filter(|(_, _, text)| code(text).contains("SystemTime::now"))
        .map(|file| file.0)
        .collect();
    assert_eq!(readers, ["runtime/clock.rs"]);
}

#[test]
fn no_word_of_people_is_part_of_a_statement_or_a_command() {
    // Everything else goes through `Tx`, which takes no statement that was made up while the program runs.
    let alone = [
        "store/closing.rs",
        "store/copy.rs",
        "store/migrations.rs",
        "store/open.rs",
        "store/reader.rs",
        "store/tx.rs",
    ];
    let calls = [
        "execute_batch(",
        "prepare_cached(",
        "connection.prepare(",
        "connection.query_row(",
        "pragma_update(",
    ];
    let mut statements = 0;
    for (name, room, text) in sources() {
        let code = code(&text);
        assert!(
            !code.contains("process::Command") && !code.contains("Command::new"),
            "{name} starts programs"
        );
        if room != "store" {
            continue;
        }
        statements += code.matches("sql: &'static str").count();
        assert!(!code.contains("sql: &str") && !code.contains("sql: String"), "{name} takes any statement");
        let is_alone = alone.contains(&name.as_str()) || !calls.iter().any(|call| code.contains(call));
        assert!(is_alone, "{name} speaks to SQLite by itself");
        let made_up = code
            .lines()
            .filter(|line| line.contains("format!") && calls.iter().any(|call| line.contains(call)));
        let modes: Vec<_> = made_up.filter(|line| !line.contains("PRAGMA journal_mode = {mode}")).collect();
        assert!(modes.is_empty(), "{name}: {modes:?}");
    }
    assert!(statements > 5, "{statements}");
}

#[test]
fn every_file_says_what_it_is_for_and_is_one_room_long() {
    for (name, _, text) in sources() {
        assert!(text.starts_with("//! "), "{name} opens with a sentence");
        let lines = text.lines().count();
        assert!(name == "lib.rs" || lines <= MAX_LINES, "{name} has {lines} lines");
        for line in text.lines() {
            assert!(line.chars().count() <= MAX_COLUMNS, "{name}: {line}");
        }
    }
}

#[test]
fn nothing_is_left_unfinished() {
    let found = ["src", "tests"].map(|folder| files(&root().join(folder), "rs")).concat();
    let marks = ["TO\u{44}O", "FIX\u{4d}E", "to\u{64}o!(", "unimple\u{6d}ented!(", "#[ig\u{6e}ore"];
    for path in found.iter().filter(|path| !path.components().any(|part| part.as_os_str() == "target")) {
        let text = fs::read_to_string(path).unwrap();
        for mark in marks {
            assert!(!text.contains(mark), "{}: {mark}", path.display());
        }
    }
}

#[test]
fn the_top_level_holds_what_belongs_there() {
    let allowed = ["Cargo.toml", "Cargo.lock", "README.md", "src", "tests", "scripts", "target"];
    for entry in fs::read_dir(root()).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        let is_database = name.starts_with("usher.db");
        assert!(allowed.contains(&name.as_str()) || name.starts_with('.') || is_database, "{name}");
    }
}

#[test]
fn every_promise_names_tests_that_are_there() {
    let table = fs::read_to_string(root().join("src/promises.md")).unwrap();
    let found = ["src", "tests"].map(|folder| files(&root().join(folder), "rs")).concat();
    let code: String = found.iter().map(|path| fs::read_to_string(path).unwrap()).collect();
    let rows = table.lines().filter(|line| line.starts_with("| ") && !line.starts_with("| |"));
    let mut promises = 0;
    for row in rows {
        let held_by = row.split('|').nth(3).unwrap();
        let names: Vec<_> = held_by.split('`').skip(1).step_by(2).collect();
        assert!(!names.is_empty(), "nothing holds this: {row}");
        for name in names {
            let is_there = match name.split_once('/') {
                Some(("scripts", _)) => root().join(name).is_file(),
                Some(_) => root().join(format!("tests/transcripts/{name}.chat")).is_file(),
                None => code.contains(&format!("fn {name}(")),
            };
            assert!(is_there, "there is no {name}, which is to hold this: {row}");
        }
        promises += 1;
    }
    assert!(promises > 30, "{promises}");
}
