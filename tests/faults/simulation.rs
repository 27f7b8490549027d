//! Random runs: people, the platform and the machine do what a seed says, then all goes well again and everything has to
//! come to rest.

use usher::domain::Span;

use super::dialogue::Dialogue;
use super::moves::{Move, moves};
use super::oracle::judge;
use super::seeds::Runs;
use super::world::World;

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

/// Plays a run to its end.
fn play(base: &Dialogue, seed: u64, moves: &[Move]) -> Result<World, String> {
    let mut world = base.world(seed);
    world.seed = seed << 16;
    world.settle()?;
    for next in moves {
        make(&mut world, next)?;
        world.wait(Span::from_secs(1))?;
    }
    calm(&mut world);
    world.wait(LAST_WAIT)?;
    judge(&mut world)?;
    Ok(world)
}

fn make(world: &mut World, next: &Move) -> Result<(), String> {
    match next {
        Move::Wait(span) => world.wait(*span)?,
        Move::Restart => world.stop(),
        other => arrange(world, other),
    }
    Ok(())
}

/// Makes a move that takes no time and leaves the program alone.
pub(crate) fn arrange(world: &mut World, next: &Move) {
    let platform = &mut world.platform;
    match next {
        Move::Say(saying) => world.say(saying),
        Move::Together(sayings) => {
            sayings.iter().for_each(|saying| world.say(saying));
            world.platform.reorder();
        }
        Move::Wait(_) | Move::Restart => unreachable!("that takes time, or is done to the program"),
        Move::Break(trouble, after) => world.disk.borrow_mut().arm(*trouble, *after),
        Move::Mend => world.disk.borrow_mut().mend(),
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
}

/// From now on all goes well.
pub(crate) fn calm(world: &mut World) {
    world.disk.borrow_mut().mend();
    let platform = &mut world.platform;
    (platform.is_down, platform.limit, platform.is_lossy, world.is_slow) = (false, None, false, false);
    platform.refused.clear();
}

const RUNS: Runs<Move> = Runs {
    name: "whatever_happens_everything",
    gate: 200,
    known: include_str!("regressions"),
    rare: &RARE,
    moves,
};

fn base() -> Dialogue {
    Dialogue::new("random", "!org orgs/acme.json\n[ops] alice: /whoami\n")
}

#[test]
fn whatever_happens_everything_comes_to_rest_as_it_was_told() {
    let base = base();
    RUNS.play_all(&|seed, moves| play(&base, seed, moves).map(|world| world.reached()));
}

#[test]
fn a_seed_is_all_that_decides() {
    let base = base();
    RUNS.play_twice(0..3, |seed, moves| {
        let world = play(&base, seed, moves)?;
        let taken = world.platform.taken.iter();
        let lines = taken.map(|taken| format!("{} {:?} {:?}", taken.life, taken.at, taken.delivery));
        Ok((lines.collect::<Vec<_>>(), world.life))
    });
}
