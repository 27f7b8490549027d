//! What a message costs where there is more of everything: people, open dialogues, messages before it. It should be flat.
//!
//! `cargo bench --bench flatness` takes some minutes; a number as an argument is how many messages are handled one after
//! the other at the end (1,000,000 when nobody says).

#![allow(clippy::unwrap_used, clippy::disallowed_methods, reason = "a bench measures time and may stop")]

mod stage;

use std::ops::Range;
use std::path::{Path, PathBuf};
use std::time::Duration;

use mimalloc::MiMalloc;
use stage::{Stage, prepare};
use usher::domain::Span;

/// The program's.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

/// What this bench calls itself with, to see how much memory a program takes that did nothing before.
const RESIDENT: &str = "--resident";
/// How many dialogues are measured each time.
const DIALOGUES: usize = 4_096;
/// How many dialogues wait when the memory is measured.
const OPEN: usize = 10_000;
/// How many messages are handled at once.
const AT_ONCE: usize = 256;
/// How many messages are handled one after the other, when nobody says.
const MESSAGES: usize = 1_000_000;

fn main() {
    let mut words = std::env::args().skip_while(|word| word != RESIDENT);
    if words.next().is_some() {
        return tell_memory(Path::new(&words.next().expect("a database")));
    }
    let folder =
        if Path::new("/dev/shm").is_dir() { PathBuf::from("/dev/shm") } else { std::env::temp_dir() };
    let room = tempfile::tempdir_in(folder).unwrap();
    among_people(room.path());
    beside_open_dialogues(room.path());
    in_memory(room.path());
    after_messages(room.path(), std::env::args().find_map(|word| word.parse().ok()).unwrap_or(MESSAGES));
}

fn among_people(room: &Path) {
    let mut base = None;
    for bystanders in [100, 10_000, 1_000_000] {
        let path = room.join(format!("people-{bystanders}.db"));
        prepare(&path, AT_ONCE + DIALOGUES, bystanders);
        let cost = cost(&mut Stage::open(&path, None));
        let times = cost / *base.get_or_insert(cost);
        println!("{bystanders:>10} people who do nothing: {cost:>6.1} µs a message, {times:.2} × the first");
    }
}

fn beside_open_dialogues(room: &Path) {
    let mut base = None;
    for open in [1, 10_000, 100_000] {
        let path = room.join(format!("open-{open}.db"));
        let others = AT_ONCE + DIALOGUES;
        prepare(&path, others + open, 0);
        let mut stage = Stage::open(&path, None);
        for first in (others..others + open).step_by(AT_ONCE) {
            stage.ask(first..(first + AT_ONCE).min(others + open));
        }
        let cost = cost(&mut stage);
        let times = cost / *base.get_or_insert(cost);
        println!("{open:>10} dialogues that wait: {cost:>6.1} µs a message, {times:.2} × the first");
    }
}

fn in_memory(room: &Path) {
    let path = room.join("memory.db");
    prepare(&path, OPEN, 1_000_000 - 2 * OPEN);
    let this = std::env::current_exe().unwrap();
    let told = std::process::Command::new(this).arg(RESIDENT).arg(&path).status().unwrap();
    assert!(told.success());
}

/// Takes over a database of 1,000,000 people, and tells how much memory that takes, before and after many have asked.
fn tell_memory(path: &Path) {
    let mut stage = Stage::open(path, None);
    let before = memory_in_use();
    for first in (0..OPEN).step_by(AT_ONCE) {
        stage.ask(first..(first + AT_ONCE).min(OPEN));
    }
    println!(
        "1,000,000 people: {before} MiB at the start, {} with {OPEN} dialogues that wait",
        memory_in_use()
    );
}

/// The same admins ask and take it back, for days.
fn after_messages(room: &Path, messages: usize) {
    let path = room.join("messages.db");
    prepare(&path, DIALOGUES, 0);
    let mut stage = Stage::open(&path, None);
    let (mut base, mut handled) = (None, 0);
    while handled < messages {
        let part = (messages / 10).max(2 * AT_ONCE);
        let (mut time, mut these) = (Duration::ZERO, 0);
        while these < part {
            let first = (handled + these) / 2 % DIALOGUES;
            let admins = first..(first + AT_ONCE).min(DIALOGUES);
            let (codes, asking) = stage.ask(admins.clone());
            time += asking + stage.answer(admins, "cancel", &codes);
            these += 2 * codes.len();
            // One in three seconds: as many as a very large organisation has, so that ten million are a year.
            stage.now = stage.now + Span::from_secs(6 * i64::try_from(codes.len()).unwrap());
        }
        handled += these;
        let cost = 1e6 * time.as_secs_f64() / these as f64;
        let times = cost / *base.get_or_insert(cost);
        let file = std::fs::metadata(&path).unwrap().len() >> 20;
        println!(
            "{handled:>10} messages later: {cost:>6.1} µs a message, {times:.2} × the first, {file} MiB"
        );
    }
}

/// What a message of a whole dialogue costs on average, in microseconds, once the first admins have talked.
fn cost(stage: &mut Stage) -> f64 {
    let mut dialogues = |admins: Range<usize>| {
        let (codes, asking) = stage.ask(admins.clone());
        asking + stage.answer(admins, "confirm", &codes)
    };
    dialogues(0..AT_ONCE);
    let time: Duration =
        (1..=DIALOGUES / AT_ONCE).map(|group| dialogues(group * AT_ONCE..(group + 1) * AT_ONCE)).sum();
    1e6 * time.as_secs_f64() / (2 * DIALOGUES) as f64
}

/// How much memory this process has now, in MiB; 0 where the system does not tell.
fn memory_in_use() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap_or_default();
    line.split_whitespace().next().map_or(0, |kib| kib.parse::<u64>().unwrap() >> 10)
}
