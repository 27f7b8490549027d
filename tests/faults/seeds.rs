//! Many random runs, each decided by its seed.
//!
//! A run that fails is made as short as it can be, and shown; its seed belongs in the file of seeds that have failed once,
//! whose runs are played each time.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// How often each rare state was reached.
pub(crate) type Reached = BTreeMap<&'static str, u64>;

/// What is played, and how.
pub(crate) struct Runs<'a, M, P> {
    /// What cargo is told to play it again.
    pub(crate) name: &'a str,
    /// How many seeds are played when nobody says.
    pub(crate) gate: u64,
    /// The seeds that have failed once, one a line, each with what it was.
    pub(crate) known: &'a str,
    /// What must be reached by all runs together.
    pub(crate) rare: &'a [&'static str],
    /// What happens under a seed.
    pub(crate) moves: fn(u64) -> Vec<M>,
    /// Plays a seed with these of its moves.
    pub(crate) play: P,
}

/// Plays all seeds that are to be played.
pub(crate) fn play_all<M, P>(runs: &Runs<'_, M, P>)
where
    M: Clone + Display,
    P: Fn(u64, &[M]) -> Result<Reached, String>,
{
    let mut reached = Reached::new();
    let seeds = runs.seeds();
    for seed in &seeds {
        for (what, times) in runs.try_seed(*seed) {
            *reached.entry(what).or_default() += times;
        }
    }
    println!("{} runs: {reached:#?}", seeds.len());
    if seeds.len() > 1 {
        for what in runs.rare {
            assert!(reached.contains_key(what), "{} runs never reached: {what}", seeds.len());
        }
    }
}

impl<M: Clone + Display, P: Fn(u64, &[M]) -> Result<Reached, String>> Runs<'_, M, P> {
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
    fn try_seed(&self, seed: u64) -> Reached {
        let all = (self.moves)(seed);
        self.play(seed, &all).unwrap_or_else(|why| {
            println!("seed {seed} fails and is made shorter: {why}");
            let (moves, why) = self.shrink(seed, all, why);
            let lines: Vec<_> = moves.iter().map(ToString::to_string).collect();
            panic!(
                "{why}\n{}\nUSHER_SEED={seed} cargo test --test faults {} plays it again",
                lines.join("\n"),
                self.name
            );
        })
    }

    /// Plays a run to its end; a panic in it is one more way to fail.
    fn play(&self, seed: u64, moves: &[M]) -> Result<Reached, String> {
        let played = catch_unwind(AssertUnwindSafe(|| (self.play)(seed, moves)));
        played.unwrap_or_else(|why| {
            let words =
                why.downcast_ref::<String>().map(String::as_str).or(why.downcast_ref::<&str>().copied());
            Err(format!("a panic: {}", words.unwrap_or("without words")))
        })
    }

    /// Leaves out moves as long as it still fails; gives what is left, and how it fails.
    fn shrink(&self, seed: u64, mut moves: Vec<M>, mut why: String) -> (Vec<M>, String) {
        let mut chunk = moves.len().div_ceil(2);
        loop {
            let mut at = 0;
            while at < moves.len() {
                let mut fewer = moves.clone();
                fewer.drain(at..moves.len().min(at + chunk));
                match self.play(seed, &fewer) {
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
}

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok().map(|text| text.parse().expect("it is a number"))
}
