//! What a message costs where there is more of everything: people, open dialogues, messages before it. It should be flat,
//! so each is measured in turns with a small database.
//!
//! `cargo bench --bench flatness` takes some minutes; a number as an argument is how many messages are handled one after
//! the other at the end (1,000,000 when nobody says).

#![allow(clippy::unwrap_used, clippy::disallowed_methods, reason = "a bench measures time and may stop")]

#[path = "../shared/program.rs"]
mod program;
mod stage;

use std::fmt::{Display, Formatter};
use std::io::{BufRead, BufReader, Write};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use mimalloc::MiMalloc;
use program::usher;
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
/// How often a process is started; what is told is in the middle.
const STARTS: usize = 21;
/// How many messages are handled at once.
const AT_ONCE: usize = 256;
/// How long it takes until so many dialogues were had, at one message in three seconds: as many as a very large
/// organisation has, so that ten million are a year.
const EACH_GROUP: Span = Span::from_secs(6 * AT_ONCE as i64);
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
    from_cold(room.path());
    in_memory(room.path());
    after_messages(room.path(), std::env::args().find_map(|word| word.parse().ok()).unwrap_or(MESSAGES));
}

fn among_people(room: &Path) {
    let base = room.join("people.db");
    prepare(&base, AT_ONCE + DIALOGUES, 100);
    for bystanders in [10_000, 1_000_000] {
        let path = room.join(format!("people-{bystanders}.db"));
        prepare(&path, AT_ONCE + DIALOGUES, bystanders);
        let beside = copy(&base);
        let costs = in_turns(
            &mut Stage::open(&beside, None),
            &mut Stage::open(&path, None),
            "confirm",
            Span::from_secs(0),
        );
        println!("{bystanders:>10} people who do nothing: {costs} with 100 of them");
    }
}

fn beside_open_dialogues(room: &Path) {
    let base = room.join("open.db");
    prepare(&base, AT_ONCE + DIALOGUES + 1, 0);
    for open in [10_000, 100_000] {
        let path = room.join(format!("open-{open}.db"));
        let others = AT_ONCE + DIALOGUES;
        prepare(&path, others + open, 0);
        let mut stage = Stage::open(&path, None);
        for first in (others..others + open).step_by(AT_ONCE) {
            stage.ask(first..(first + AT_ONCE).min(others + open));
        }
        let mut beside = Stage::open(&copy(&base), None);
        beside.ask(others..others + 1);
        let costs = in_turns(&mut beside, &mut stage, "confirm", Span::from_secs(0));
        println!("{open:>10} dialogues that wait: {costs} beside one of them");
    }
}

/// How long a process takes from its start to its first answer, and to do nothing at all.
fn from_cold(room: &Path) {
    for people in [10_000, 1_000_000] {
        let path = room.join(format!("cold-{people}.db"));
        prepare(&path, 1, people - 2);
        let database = path.to_str().unwrap();
        let [answers, nothing] = [&["chat", "--db", database][..], &["--version"]].map(|words| {
            let mut spans: Vec<_> = (0..STARTS).map(|_| until_it_says(words)).collect();
            spans.sort_unstable();
            1e3 * spans[STARTS / 2].as_secs_f64()
        });
        println!(
            "{people:>10} people: {answers:.1} ms to the first answer, {nothing:.1} to start and do nothing"
        );
    }
}

/// How long it takes until the program has said its first line, when somebody says something at once.
fn until_it_says(words: &[&str]) -> Duration {
    let begin = Instant::now();
    let mut program = usher().args(words).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    _ = program.stdin.take().unwrap().write_all(b"[dm] a0: /whoami\n");
    let mut line = String::new();
    let mut output = BufReader::new(program.stdout.take().unwrap());
    output.read_line(&mut line).unwrap();
    let time = begin.elapsed();
    assert!(line.contains("usher"), "{line}");
    // What follows is taken too, or it would be said again at the next start.
    std::io::copy(&mut output, &mut std::io::sink()).unwrap();
    program.wait().unwrap();
    time
}

fn in_memory(room: &Path) {
    let path = room.join("memory.db");
    prepare(&path, OPEN, 1_000_000 - 2 * OPEN);
    let this = std::env::current_exe().unwrap();
    let told = Command::new(this).arg(RESIDENT).arg(&path).status().unwrap();
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
    let base = room.join("first-messages.db");
    prepare(&base, AT_ONCE + DIALOGUES, 0);
    std::fs::copy(&base, &path).unwrap();
    let mut stage = Stage::open(&path, None);
    let mut handled = 0;
    let mut next = messages / 10;
    while handled < messages {
        let first = handled / 2 % DIALOGUES;
        let (codes, _) = stage.ask(first..first + AT_ONCE);
        stage.answer(first..first + AT_ONCE, "cancel", &codes);
        stage.now = stage.now + EACH_GROUP;
        handled += 2 * AT_ONCE;
        if handled >= next {
            next += messages / 10;
            let beside = copy(&base);
            let costs = in_turns(&mut Stage::open(&beside, None), &mut stage, "cancel", EACH_GROUP);
            let file = std::fs::metadata(&path).unwrap().len() >> 20;
            println!("{handled:>10} messages later: {costs} the first, {file} MiB");
        }
    }
}

/// What a message of a whole dialogue costs here and there.
struct Costs {
    base: Duration,
    other: Duration,
}

impl Display for Costs {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        let micros = 1e6 * self.other.as_secs_f64() / (2 * DIALOGUES) as f64;
        let times = self.other.as_secs_f64() / self.base.as_secs_f64();
        write!(f, "{micros:>6.1} µs a message, {times:.2} × what it costs")
    }
}

/// Has both talk in turns, so that a better or worse second of the machine is one for both; after each group, time passes.
fn in_turns(base: &mut Stage, other: &mut Stage, answer: &str, passes: Span) -> Costs {
    let dialogues = |stage: &mut Stage, admins: Range<usize>| {
        let (codes, asking) = stage.ask(admins.clone());
        let time = asking + stage.answer(admins, answer, &codes);
        stage.now = stage.now + passes;
        time
    };
    // The first admins talk before anything is measured: statements are prepared, and memory is there.
    let mut both = |group: usize| {
        let admins = group * AT_ONCE..(group + 1) * AT_ONCE;
        (dialogues(base, admins.clone()), dialogues(other, admins))
    };
    both(0);
    let spans = (1..=DIALOGUES / AT_ONCE).map(both);
    let (base, other) =
        spans.fold((Duration::ZERO, Duration::ZERO), |sum, span| (sum.0 + span.0, sum.1 + span.1));
    Costs { base, other }
}

/// A copy of this database beside it, in place of the copy before.
fn copy(path: &Path) -> PathBuf {
    let copy = path.with_extension("copy");
    for end in ["copy", "copy-wal"] {
        _ = std::fs::remove_file(path.with_extension(end));
    }
    std::fs::copy(path, &copy).unwrap();
    copy
}

/// How much memory this process has now, in MiB; 0 where the system does not tell.
fn memory_in_use() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap_or_default();
    line.split_whitespace().next().map_or(0, |kib| kib.parse::<u64>().unwrap() >> 10)
}
