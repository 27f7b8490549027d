//! Dialogues a second: `/delete @u`, then `confirm CODE`, beside others in the same run.
//!
//! The others are a naive bot, which commits once a message; ten statements a dialogue, the least that SQLite has to do for
//! the same promises; and the very statements that Usher executed, replayed without it. All run on a memory file system
//! where there is one, once as it is and once with a sync that takes a millisecond. Numbers as arguments are how many
//! messages are in flight: `cargo bench --bench dialogues -- 256`. With `statements` it also tells where SQLite's time goes;
//! with `alone` nothing but Usher runs, for a profiler.

#![allow(clippy::unwrap_used, clippy::disallowed_methods, reason = "a bench measures time and may stop")]

mod peers;
mod slow_vfs;
mod stage;
mod statements;

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use mimalloc::MiMalloc;
use stage::{Stage, prepare};

/// The program's.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

/// How many dialogues are measured for each number in flight.
const DIALOGUES: usize = 8_192;
/// The same, where each of them waits for two syncs.
const SLOW_DIALOGUES: usize = 256;
/// What is in flight when nobody says.
const IN_FLIGHT: [usize; 4] = [1, 64, 256, 1_024];

fn main() {
    let folder =
        if Path::new("/dev/shm").is_dir() { PathBuf::from("/dev/shm") } else { std::env::temp_dir() };
    let room = tempfile::tempdir_in(folder).unwrap();
    let slow = slow_vfs::register();
    let asked: Vec<usize> = std::env::args().filter_map(|word| word.parse().ok()).collect();
    let numbers = if asked.is_empty() { &IN_FLIGHT[..] } else { &asked };
    let says = |asked| std::env::args().any(|word| word == asked);
    let by_statement = says("statements");
    if says("alone") {
        for &in_flight in numbers {
            let path = room.path().join(format!("alone-{in_flight}.db"));
            prepare(&path, DIALOGUES, 0);
            let times = usher(&path, None, in_flight, DIALOGUES);
            println!("{in_flight:>5} in flight: {:>8.0} messages/s", rate(2 * DIALOGUES, times.iter().sum()));
        }
        return;
    }
    for (sync, vfs) in [("no sync time", None), ("a sync of 1 ms", Some(slow))] {
        let place = |name: &str| room.path().join(format!("{name}-{}.db", vfs.is_some()));
        let naive =
            peers::naive(&place("naive"), vfs, if vfs.is_some() { SLOW_DIALOGUES } else { DIALOGUES });
        let naive_rate = rate(naive.len(), naive.iter().sum());
        println!("{sync}: a naive bot: {naive_rate:.0} messages/s, {}", spread(naive));
        for &in_flight in numbers {
            let count = if in_flight == 1 && vfs.is_some() { SLOW_DIALOGUES } else { DIALOGUES };
            let place = |name: &str| place(&format!("{name}-{in_flight}"));
            let least = rate(2 * count, peers::least(&place("least"), vfs, in_flight, count));
            prepare(&place("usher"), count, 0);
            for name in ["recorded", "replayed"] {
                fs::copy(place("usher"), place(name)).unwrap();
            }
            let recording = statements::record(|| drop(usher(&place("recorded"), None, in_flight, count)));
            let begin = Instant::now();
            let replayed = recording.replay(&peers::connect(&place("replayed"), vfs));
            let replay = rate(2 * count, begin.elapsed());
            let times = usher(&place("usher"), vfs, in_flight, count);
            let rate = rate(2 * count, times.iter().sum());
            println!(
                "{sync}: {in_flight:>5} in flight: {rate:>8.0} messages/s: {:>6.2} × the naive bot, {:>5.2} × its \
                 statements alone, {:>5.2} × the least",
                rate / naive_rate,
                rate / replay,
                rate / least
            );
            if in_flight == 1 {
                println!("{sync}: one at a time: {}", spread(times));
            }
            if by_statement && vfs.is_none() {
                tell(replayed, 2 * count);
            }
        }
    }
}

/// So many in this time, a second.
fn rate(messages: usize, time: Duration) -> f64 {
    messages as f64 / time.as_secs_f64()
}

/// The median and the 99th percentile.
fn spread(mut times: Vec<Duration>) -> String {
    times.sort_unstable();
    let micros = |share: f64| 1e6 * times[((times.len() - 1) as f64 * share) as usize].as_secs_f64();
    format!("p50 {:.0} µs, p99 {:.0} µs", micros(0.5), micros(0.99))
}

/// What each statement takes a message, the dearest first.
fn tell(mut statements: Vec<(&str, usize, Duration)>, messages: usize) {
    statements.sort_by_key(|(.., time)| std::cmp::Reverse(*time));
    for (text, runs, time) in statements.iter().filter(|(_, runs, _)| *runs > 0).take(24) {
        let words: Vec<_> = text.split_whitespace().collect();
        let (runs, time) = (*runs as f64 / messages as f64, 1e6 * time.as_secs_f64() / messages as f64);
        println!("  {time:>6.2} µs a message, {runs:>5.2} times: {:.90}", words.join(" "));
    }
}

/// How long the whole bot takes for each group of messages, as large as what is in flight.
fn usher(path: &Path, vfs: Option<&str>, in_flight: usize, count: usize) -> Vec<Duration> {
    let mut stage = Stage::open(path, vfs);
    let groups = (0..count).step_by(in_flight).map(|first| first..count.min(first + in_flight));
    groups
        .flat_map(|admins| {
            let (codes, asking) = stage.ask(admins.clone());
            [asking, stage.answer(admins, "confirm", &codes)]
        })
        .collect()
}
