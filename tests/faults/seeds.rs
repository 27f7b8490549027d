//! Many random runs, each decided by its seed.
//!
//! A run that fails is made as short as it can be, and shown; its seed belongs in the file of seeds that have failed once,
//! whose runs are played each time.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

/// How often each rare state was reached.
pub(crate) type Reached = BTreeMap<&'static str, u64>;

/// One kind of runs.
pub(crate) struct Runs<M> {
    /// What cargo is told to play it again.
    pub(crate) name: &'static str,
    /// How many seeds are played when nobody says.
    pub(crate) gate: u64,
    /// The seeds that have failed once, one a line, each with what it was.
    pub(crate) known: &'static str,
    /// What must be reached by all runs together.
    pub(crate) rare: &'static [&'static str],
    /// What happens under a seed.
    pub(crate) moves: fn(u64) -> Vec<M>,
}

/// Plays a seed with these of its moves.
type Play<'a, M> = dyn Fn(u64, &[M]) -> Result<Reached, String> + 'a;

/// Numbers that a seed decides, each below what is asked for.
pub(crate) fn numbers(seed: u64) -> impl FnMut(u64) -> u64 {
    let mut chance = ChaCha8Rng::seed_from_u64(seed);
    move |most| chance.next_u64() % most
}

impl<M: Clone + Display> Runs<M> {
    /// Plays all seeds that are to be played.
    pub(crate) fn play_all(&self, play: &Play<'_, M>) {
        let mut reached = Reached::new();
        let seeds = self.seeds();
        for seed in &seeds {
            for (what, times) in self.try_seed(*seed, play) {
                *reached.entry(what).or_default() += times;
            }
        }
        println!("{} runs: {reached:#?}", seeds.len());
        if seeds.len() > 1 {
            for what in self.rare {
                assert!(reached.contains_key(what), "{} runs never reached: {what}", seeds.len());
            }
        }
    }

    /// Plays each of these seeds twice, which must come to the same.
    pub(crate) fn play_twice<T: PartialEq>(
        &self,
        seeds: Range<u64>,
        play: impl Fn(u64, &[M]) -> Result<T, String>,
    ) {
        for seed in seeds {
            let course = || play(seed, &(self.moves)(seed)).expect("it comes to rest");
            assert!(course() == course(), "{seed} was played twice, and differed");
        }
    }

    /// The seeds that are to be played.
    fn seeds(&self) -> Vec<u64> {
        if let Some(seed) = number("USHER_SEED") {
            return vec![seed];
        }
        let first = |line: &str| {
            line.split_whitespace().next().map(|word| word.parse().expect("a line begins with a seed"))
        };
        let known = self.known.lines().filter(|line| !line.starts_with('#')).filter_map(first);
        known.chain(0..number("USHER_SEEDS").unwrap_or(self.gate)).collect()
    }

    /// Plays a seed; where it fails, shows the shortest run that does.
    fn try_seed(&self, seed: u64, play: &Play<'_, M>) -> Reached {
        let all = (self.moves)(seed);
        attempt(play, seed, &all).unwrap_or_else(|why| {
            println!("seed {seed} fails and is made shorter: {why}");
            let (moves, why) = shrink(play, seed, all, why);
            let lines: Vec<_> = moves.iter().map(ToString::to_string).collect();
            panic!(
                "{why}\n{}\nUSHER_SEED={seed} cargo test --test faults {} plays it again",
                lines.join("\n"),
                self.name
            );
        })
    }
}

/// Plays a run to its end; a panic in it is one more way to fail.
fn attempt<M>(play: &Play<'_, M>, seed: u64, moves: &[M]) -> Result<Reached, String> {
    let played = catch_unwind(AssertUnwindSafe(|| play(seed, moves)));
    played.unwrap_or_else(|why| {
        let words = why.downcast_ref::<String>().map(String::as_str).or(why.downcast_ref::<&str>().copied());
        Err(format!("a panic: {}", words.unwrap_or("without words")))
    })
}

/// Leaves out moves as long as it still fails; gives what is left, and how it fails.
fn shrink<M: Clone>(play: &Play<'_, M>, seed: u64, mut moves: Vec<M>, mut why: String) -> (Vec<M>, String) {
    let mut chunk = moves.len().div_ceil(2);
    loop {
        let mut at = 0;
        while at < moves.len() {
            let mut fewer = moves.clone();
            fewer.drain(at..moves.len().min(at + chunk));
            match attempt(play, seed, &fewer) {
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

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok().map(|text| text.parse().expect("it is a number"))
}
