//! Plays every transcript under `tests/transcripts`, and checks what must hold for each of them.

#![allow(clippy::unwrap_used, reason = "a test stops where something is not as it must be")]

#[path = "shared/files.rs"]
mod files;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use regex::Regex;
use usher::adapter::transcript::write;
use usher::runtime::played::Played;
use usher::runtime::replay::play;

/// Fewer would mean that the folder was not found or lost some.
const AT_LEAST: usize = 100;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/transcripts")
}

fn all() -> Vec<(PathBuf, String, Played)> {
    let found = files::files(&folder(), "chat");
    assert!(found.len() >= AT_LEAST, "only {} transcripts", found.len());
    found
        .into_iter()
        .map(|path| {
            let text = fs::read_to_string(&path).unwrap();
            let played = play(&text, path.parent().unwrap());
            let played = played.unwrap_or_else(|fault| panic!("{}: {fault}", path.display()));
            (path, text, played)
        })
        .collect()
}

/// What a transcript or an organisation file gives somebody to prove themselves with.
static GIVEN: LazyLock<Regex> = LazyLock::new(|| Regex::new(r#""(?:password|totp)":\s*"([^"]+)""#).unwrap());

/// What may never be said while this is played.
fn secrets(text: &str) -> BTreeSet<String> {
    let organisation = fs::read_to_string(folder().join("orgs/acme.json")).unwrap();
    let given = [text, &organisation, usher::exchange::demo()]
        .map(|source| GIVEN.captures_iter(source).map(|found| found[1].to_owned()).collect::<BTreeSet<_>>());
    let stored = ["$argon2", "password_hash"].map(str::to_owned);
    given.into_iter().flatten().chain(stored).collect()
}

#[test]
fn every_transcript_is_what_happens() {
    let mut failed = 0;
    for (path, text, played) in all() {
        for block in played.blocks().iter().filter(|block| block.differs()) {
            failed += 1;
            let line = block.head.map_or(1, |head| head.line());
            println!("{}:{line}: {}", path.display(), text.lines().nth(line - 1).unwrap_or_default());
            for (_, expected) in &block.expected {
                println!("  expected {}", write(expected));
            }
            for actual in &block.actual {
                println!("  got      {}", write(actual));
            }
        }
    }
    assert_eq!(failed, 0, "steps differ; `usher replay FILE` shows them in colour");
}

#[test]
fn whatever_is_said_some_things_always_hold() {
    for (path, text, played) in all() {
        let path = path.display();
        assert_eq!(played.state["audit"]["verified"], true, "{path}: the audit log");
        let up = text.lines().rev().find_map(|line| line.strip_prefix("!platform ")).unwrap_or("up");
        if up == "up" {
            assert_eq!(played.state["outbox"]["queued"], 0, "{path}: everything is sent");
        }
        let owner = &played.state["owner"];
        let people = played.state["people"].as_array().unwrap();
        let is_here = people.iter().any(|person| person["id"] == *owner && person["status"] == "active");
        assert!(is_here, "{path}: the owner is here");
        let secrets = secrets(&text);
        assert!(secrets.len() > 5, "{path}: the passwords of the organisation are known");
        for message in played.messages.iter().chain([&played.state]) {
            let message = message.to_string();
            for secret in &secrets {
                assert!(!message.contains(secret), "{path}: {secret} in {message}");
            }
        }
    }
}

#[test]
fn the_same_transcript_gives_the_same_messages() {
    for ((path, _, once), (_, _, again)) in all().into_iter().zip(all()) {
        assert_eq!(once.messages, again.messages, "{}", path.display());
        assert_eq!(once.state, again.state, "{}", path.display());
    }
}
