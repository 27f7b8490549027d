//! What happens to the program's own loop in a random run, and how that is played: step by step, then all goes well again,
//! everything that waits is delivered, everything that was asked for ends, and it is stopped and judged.

use std::fmt;
use std::ops::Range;

use tokio::task::coop::unconstrained;
use usher::domain::{Conversation, Span};

use super::dialogue::Dialogue;
use super::house::{House, Weather};
use super::moves::{Move, saying};
use super::seeds::Runs;
use super::simulation::{arrange, calm};
use super::world::World;

/// Once all goes well, everything that waits is delivered in this time: the longest wait after the longest attempt.
const DRAINED: Span = Span::from_mins(20);
/// How many people may ask something at once: more than are served at once.
pub(crate) const CROWD: usize = 40;

/// One thing that happens, and how much time passes after it.
#[derive(Clone, Debug)]
pub(crate) enum Step {
    Move(Move, Span),
    /// It is killed after so many turns of its loop.
    Kill(u64),
    /// It is asked to stop.
    Stop,
    /// So it stands with a conversation, or with all, for so long.
    Weather(Option<Conversation>, Weather, Span),
    /// Very many people ask something at once.
    Crowd,
    /// For so long the organisation that is far away is hard to reach.
    Line(Span),
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Move(what, then) => write!(f, "{what}, then {then}"),
            Self::Weather(Some(to), weather, span) => write!(f, "{weather:?} to {to} for {span}"),
            other => write!(f, "{other:?}"),
        }
    }
}

/// One kind of runs of the loop.
pub(crate) struct Loop {
    pub(crate) runs: Runs<Step>,
    /// Makes the world what it is under a seed.
    pub(crate) prepare: fn(&mut World, u64),
    /// So long after everything was delivered, everything that was asked for has ended.
    pub(crate) last_wait: Span,
    /// Judges a run that has come to its end.
    pub(crate) judge: fn(&mut House) -> Result<(), String>,
}

impl Loop {
    /// Plays all seeds that are to be played.
    pub(crate) fn play_all(&self) {
        let base = base();
        self.runs.play_all(&|seed, steps| self.play(&base, seed, steps).map(|house| house.world.reached()));
    }

    /// Plays each of these seeds twice, which must come to the same.
    pub(crate) fn play_twice(&self, seeds: Range<u64>) {
        let base = base();
        self.runs.play_twice(seeds, |seed, steps| self.play(&base, seed, steps).map(|house| house.trace));
    }

    /// Plays a run to its end.
    fn play(&self, base: &Dialogue, seed: u64, steps: &[Step]) -> Result<House, String> {
        runtime().block_on(unconstrained(async {
            let mut world = base.world(seed);
            world.seed = seed << 16;
            (self.prepare)(&mut world, seed);
            let mut house = House::new(world, seed);
            for next in steps {
                step(&mut house, next).await?;
            }
            calm(&mut house.world);
            house.calm();
            house.wait(DRAINED).await?;
            house.at_rest()?;
            house.wait(self.last_wait).await?;
            house.end().await?;
            (self.judge)(&mut house)?;
            Ok(house)
        }))
    }
}

async fn step(house: &mut House, step: &Step) -> Result<(), String> {
    match step {
        Step::Kill(turns) => house.kill_after(*turns),
        Step::Stop | Step::Move(Move::Restart, _) => house.stop(),
        Step::Weather(to, weather, span) => house.change(to.clone(), *weather, *span),
        Step::Line(span) => house.disturb(*span),
        Step::Crowd => {
            for number in 0..CROWD {
                house.world.say(&saying("dm", &format!("guest{number}"), "/whoami"));
            }
            house.wait(Span::from_millis(1)).await?;
        }
        Step::Move(Move::Wait(span), _) => house.wait(*span).await?,
        Step::Move(other, then) => {
            arrange(&mut house.world, other);
            house.wait(*then).await?;
        }
    }
    Ok(())
}

/// One thread, whose clock stands still until nothing is to be done.
fn runtime() -> tokio::runtime::Runtime {
    let mut threads = tokio::runtime::Builder::new_current_thread();
    threads.enable_time().start_paused(true).build().expect("there are threads")
}

/// An organisation that has a crowd.
fn base() -> Dialogue {
    let guest =
        |number| format!(r#"{{"id": "guest{number}", "name": "Guest {number}", "departments": ["hq"]}}"#);
    let guests: Vec<_> = (0..CROWD).map(guest).collect();
    let people = guests.join(", ");
    let script = format!("!org orgs/acme.json\n!merge {{\"people\": [{people}]}}\n[ops] alice: /whoami\n");
    Dialogue::new("loop", &script)
}
