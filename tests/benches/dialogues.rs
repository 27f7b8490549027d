//! Dialogues a second: `/delete @u`, then `confirm CODE`, beside others in the same run.
//!
//! The others are a naive bot, which commits once a message; ten statements a dialogue, the least that SQLite has to do for
//! the same promises; and the very statements that Usher executed, replayed without it. They take turns, and the middle of
//! five rounds is told, with the lowest and the highest. All run on a memory file system where there is one, once as it is
//! and once with a sync that takes a millisecond. Numbers as arguments are how many messages are in flight: `cargo bench
//! --bench dialogues -- 256`. With `statements` it also tells where SQLite's time goes; with `alone` nothing but Usher runs,
//! for a profiler.

#![allow(clippy::unwrap_used, clippy::disallowed_methods, reason = "a bench measures time and may stop")]

mod peers;
mod slow_vfs;
mod stage;
mod statements;

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use mimalloc::MiMalloc;
use stage::{Stage, prepare};

/// The program's.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

/// How many dialogues are measured each time.
const DIALOGUES: usize = 4_096;
/// The same, where each of them waits for two syncs.
const SLOW_DIALOGUES: usize = 256;
/// How often all are measured, one after the other. What is told is in the middle of as many: a machine has better and
/// worse seconds, and each time is compared with what was measured beside it.
const ROUNDS: usize = 5;
/// What is in flight when nobody says.
const IN_FLIGHT: [usize; 4] = [1, 64, 256, 1_024];

fn main() {
    let folder =
        if Path::new("/dev/shm").is_dir() { PathBuf::from("/dev/shm") } else { std::env::temp_dir() };
    let slow = slow_vfs::register();
    let asked: Vec<usize> = std::env::args().filter_map(|word| word.parse().ok()).collect();
    let numbers = if asked.is_empty() { &IN_FLIGHT[..] } else { &asked };
    let says = |asked| std::env::args().any(|word| word == asked);
    if says("alone") {
        for &in_flight in numbers {
            let room = tempfile::tempdir_in(&folder).unwrap();
            let path = room.path().join("alone.db");
            prepare(&path, DIALOGUES, 0);
            let times = usher(&path, None, in_flight, DIALOGUES);
            println!("{in_flight:>5} in flight: {:>8.0} messages/s", rate(&times));
        }
        return;
    }
    for (sync, vfs) in [("no sync time", None), ("a sync of 1 ms", Some(slow))] {
        for &in_flight in numbers {
            let rounds: Vec<_> = (0..ROUNDS)
                .map(|round| {
                    let room = tempfile::tempdir_in(&folder).unwrap();
                    let is_told = says("statements") && round == 0 && vfs.is_none();
                    measure(room.path(), vfs, in_flight, is_told)
                })
                .collect();
            let middle = |of: &dyn Fn(&Round) -> f64| {
                let mut all: Vec<_> = rounds.iter().map(of).collect();
                all.sort_by(f64::total_cmp);
                (all[ROUNDS / 2], all[0], all[ROUNDS - 1])
            };
            let against = |of: &dyn Fn(&Round) -> f64| {
                let (ratio, lowest, highest) = middle(&|round| rate(&round.usher) / of(round));
                format!("{ratio:.2} ({lowest:.2}–{highest:.2}) ×")
            };
            println!(
                "{sync}: {in_flight:>5} in flight: {:.0} messages/s: {} the naive bot, {} its statements alone, {} the \
                 least",
                middle(&|round| rate(&round.usher)).0,
                against(&|round| rate(&round.naive)),
                against(&|round| round.replay),
                against(&|round| round.least),
            );
            if in_flight == 1 {
                let spread = |share| {
                    let micros = |of: &dyn Fn(&Round) -> f64| middle(&|round| 1e6 * of(round)).0;
                    let usher = micros(&|round| quantile(&round.usher, share));
                    let naive = micros(&|round| quantile(&round.naive, share));
                    format!("{usher:.0} µs, the naive bot's {naive:.0} µs")
                };
                println!("{sync}: one at a time: p50 {}; p99 {}", spread(0.5), spread(0.99));
            }
        }
    }
}

/// What was measured one after the other: messages a second, or how long each group of messages took.
struct Round {
    naive: Times,
    least: f64,
    replay: f64,
    usher: Times,
}

/// How many messages, and how long each group of them took.
struct Times {
    messages: usize,
    spans: Vec<Duration>,
}

fn measure(room: &Path, vfs: Option<&str>, in_flight: usize, is_told: bool) -> Round {
    let count = if in_flight == 1 && vfs.is_some() { SLOW_DIALOGUES } else { DIALOGUES };
    let few = if vfs.is_some() { SLOW_DIALOGUES } else { DIALOGUES };
    let place = |name: &str| room.join(format!("{name}.db"));
    let naive = Times { messages: 2 * few, spans: peers::naive(&place("naive"), vfs, few) };
    let least = peers::least(&place("least"), vfs, in_flight, count);
    prepare(&place("usher"), count, 0);
    for name in ["recorded", "replayed", "told"] {
        fs::copy(place("usher"), place(name)).unwrap();
    }
    let recording = statements::record(|| drop(usher(&place("recorded"), None, in_flight, count)));
    let begin = Instant::now();
    recording.replay(&peers::connect(&place("replayed"), vfs), |_| ());
    let replay = begin.elapsed();
    let usher = usher(&place("usher"), vfs, in_flight, count);
    if is_told {
        tell(recording.spans(&peers::connect(&place("told"), vfs)), 2 * count);
    }
    let rate = |time: Duration| 2.0 * count as f64 / time.as_secs_f64();
    Round { naive, least: rate(least), replay: rate(replay), usher }
}

/// Messages a second.
fn rate(times: &Times) -> f64 {
    times.messages as f64 / times.spans.iter().sum::<Duration>().as_secs_f64()
}

/// The time in seconds within which this share of them was.
fn quantile(times: &Times, share: f64) -> f64 {
    let mut spans = times.spans.clone();
    spans.sort_unstable();
    spans[((spans.len() - 1) as f64 * share) as usize].as_secs_f64()
}

/// What each statement takes a message, the dearest first.
fn tell(statements: HashMap<&str, (usize, Duration)>, messages: usize) {
    let mut statements: Vec<_> = statements.into_iter().collect();
    statements.sort_by_key(|(_, (_, time))| std::cmp::Reverse(*time));
    for (text, (runs, time)) in statements.into_iter().take(24) {
        let words: Vec<_> = text.split_whitespace().collect();
        let (runs, time) = (runs as f64 / messages as f64, 1e6 * time.as_secs_f64() / messages as f64);
        println!("  {time:>6.2} µs a message, {runs:>5.2} times: {:.90}", words.join(" "));
    }
}

/// How long the whole bot takes for each group of messages, as large as what is in flight.
fn usher(path: &Path, vfs: Option<&str>, in_flight: usize, count: usize) -> Times {
    let mut stage = Stage::open(path, vfs);
    let groups = (0..count).step_by(in_flight).map(|first| first..count.min(first + in_flight));
    let spans = groups.flat_map(|admins| {
        let (codes, asking) = stage.ask(admins.clone());
        [asking, stage.answer(admins, "confirm", &codes)]
    });
    Times { messages: 2 * count, spans: spans.collect() }
}
