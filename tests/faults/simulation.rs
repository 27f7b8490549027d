//! Random runs: people, the platform and the machine do what a seed says, then all goes well again and everything has to
//! come to rest.
//!
//! A run that fails is made as short as it can be, and shown; its seed belongs in `tests/faults/regressions`, whose runs
//! are played each time.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};

use usher::domain::Span;

use super::dialogue::Dialogue;
use super::moves::{Move, moves};
use super::oracle::judge;
use super::world::World;

/// How many seeds are played when nobody says.
const GATE: u64 = 200;
/// The seeds of runs that have failed once, one a line, each with what it was.
const REGRESSIONS: &str = include_str!("regressions");
/// In this time everything that was asked for has ended, and everything that can be delivered is.
const LAST_WAIT: Span = Span::from_mins(120);

/// The rare states that the gate's runs must reach.
const RARE: [&str; 31] = [
    "a clock that was set anew was believed",
    "a letter was sent again",
    "a life began with letters to send",
    "a limit was reached",
    "a message was taken and said not to be",
    "a one-time code was accepted",
    "a password was accepted",
    "a read failed",
    "a sync failed",
    "a sync failed for good",
    "a write failed half done",
    "a wrong secret was refused",
    "an acknowledged message was delivered again",
    "an address could not be written to",
    "an operation expired",
    "an operation was denied",
    "it ended between sending and remembering that",
    "it ended between the commit and all that follows",
    "it was killed in a sync",
    "it was killed in a write",
    "rights were given",
    "rights were taken",
    "somebody left",
    "somebody was deleted",
    "somebody was warned",
    "the clock jumped",
    "the disk was full",
    "the disk was mended",
    "the ownership changed hands",
    "the power was cut in a sync",
    "the power was cut in a write",
];

/// How often each rare state was reached.
type Reached = BTreeMap<&'static str, u64>;

/// Plays a run to its end; a panic in it is one more way to fail.
fn play(base: &Dialogue, seed: u64, moves: &[Move]) -> Result<World, String> {
    let played = catch_unwind(AssertUnwindSafe(|| try_play(base, seed, moves)));
    played.unwrap_or_else(|why| {
        let words = why.downcast_ref::<String>().map(String::as_str).or(why.downcast_ref::<&str>().copied());
        Err(format!("a panic: {}", words.unwrap_or("without words")))
    })
}

fn try_play(base: &Dialogue, seed: u64, moves: &[Move]) -> Result<World, String> {
    let mut world = base.world(seed);
    world.seed = seed << 16;
    world.settle()?;
    for next in moves {
        make(&mut world, next)?;
        world.wait(Span::from_secs(1))?;
    }
    world.disk.borrow_mut().mend();
    let platform = &mut world.platform;
    (platform.is_down, platform.limit, platform.is_lossy, world.is_slow) = (false, None, false, false);
    world.platform.refused.clear();
    world.wait(LAST_WAIT)?;
    judge(&mut world)?;
    Ok(world)
}

fn make(world: &mut World, next: &Move) -> Result<(), String> {
    let platform = &mut world.platform;
    match next {
        Move::Say(saying) => world.say(saying),
        Move::Together(sayings) => {
            sayings.iter().for_each(|saying| world.say(saying));
            world.platform.reorder();
        }
        Move::Wait(span) => world.wait(*span)?,
        Move::Break(trouble, after) => world.disk.borrow_mut().arm(*trouble, *after),
        Move::Mend => world.disk.borrow_mut().mend(),
        Move::Restart => world.stop(),
        Move::Repeat(back) => platform.repeat(*back),
        Move::Down(is_down) => platform.is_down = *is_down,
        Move::Limit(most) => platform.limit = *most,
        Move::Lossy(is_lossy) => platform.is_lossy = *is_lossy,
        Move::Slow(is_slow) => world.is_slow = *is_slow,
        Move::Refuse(who) => {
            platform.refused.insert(usher::domain::Conversation::Direct(usher::domain::PersonId::new(*who)));
        }
        Move::Set(ahead) => world.set_clock(*ahead),
    }
    Ok(())
}

/// Leaves out moves as long as it still fails; gives what is left, and how it fails.
fn shrink(base: &Dialogue, seed: u64, mut moves: Vec<Move>, mut why: String) -> (Vec<Move>, String) {
    let mut chunk = moves.len().div_ceil(2);
    loop {
        let mut at = 0;
        while at < moves.len() {
            let mut fewer = moves.clone();
            fewer.drain(at..moves.len().min(at + chunk));
            match play(base, seed, &fewer) {
                Err(still) => (moves, why) = (fewer, still),
                Ok(_) => at += chunk,
            }
        }
        if chunk == 1 {
            return (moves, why);
        }
        chunk = chunk.div_ceil(2);
    }
}

/// Plays a seed; where it fails, shows the shortest run that does.
fn try_seed(base: &Dialogue, seed: u64, reached: &mut Reached) {
    let all = moves(seed);
    match play(base, seed, &all) {
        Ok(world) => {
            for (what, times) in world.reached() {
                *reached.entry(what).or_default() += times;
            }
        }
        Err(why) => {
            let (moves, why) = shrink(base, seed, all, why);
            let lines: Vec<_> = moves.iter().map(ToString::to_string).collect();
            panic!(
                "{why}\n{}\nUSHER_SEED={seed} cargo test --test faults whatever_happens plays it again",
                lines.join("\n")
            );
        }
    }
}

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok().map(|text| text.parse().expect("it is a number"))
}

/// The seeds that are to be played.
fn seeds() -> Vec<u64> {
    if let Some(seed) = number("USHER_SEED") {
        return vec![seed];
    }
    let first = |line: &str| {
        line.split_whitespace().next().map(|word| word.parse().expect("a line begins with a seed"))
    };
    let known = REGRESSIONS.lines().filter(|line| !line.starts_with('#')).filter_map(first);
    known.chain(0..number("USHER_SEEDS").unwrap_or(GATE)).collect()
}

#[test]
fn whatever_happens_everything_comes_to_rest_as_it_was_told() {
    let base = Dialogue::new("random", "!org orgs/acme.json\n[ops] alice: /whoami\n");
    let mut reached = Reached::new();
    let seeds = seeds();
    for seed in &seeds {
        try_seed(&base, *seed, &mut reached);
    }
    println!("{} runs: {reached:#?}", seeds.len());
    if seeds.len() > 1 {
        for what in RARE {
            assert!(reached.contains_key(what), "{} runs never reached: {what}", seeds.len());
        }
    }
}

#[test]
fn a_seed_is_all_that_decides() {
    let base = Dialogue::new("random", "!org orgs/acme.json\n[ops] alice: /whoami\n");
    for seed in 0..3 {
        let trace = || {
            let world = play(&base, seed, &moves(seed)).expect("it comes to rest");
            let taken = world.platform.taken.iter();
            let lines = taken.map(|taken| format!("{} {:?} {:?}", taken.life, taken.at, taken.delivery));
            (lines.collect::<Vec<_>>(), world.life)
        };
        assert!(trace() == trace(), "{seed} was played twice, and differed");
    }
}
