//! Random runs of the program's own loop: what a seed says happens to it, then all goes well again, and everything has to be
//! handled and delivered in a time that is known.

use usher::domain::{Conversation, GroupId, PersonId, Span};

use super::house::{House, Weather};
use super::moves::{Move, moves, saying};
use super::oracle::{self, ensure};
use super::seeds::{Runs, numbers};
use super::steps::{CROWD, Loop, Step};
use super::trouble::Trouble;
use super::world::World;

/// After so much more everything that was asked for has ended.
const LAST_WAIT: Span = Span::from_mins(100);
/// For how long a message is tried that can't be delivered: longer than any trouble lasts, or less.
const GIVE_UP: [Span; 4] = [Span::from_days(7), Span::from_days(7), Span::from_mins(60), Span::from_mins(10)];
/// How many of the moves of the simulator a run takes.
const MOVES: usize = 40;
/// The rare states that the runs must reach.
const RARE: [&str; 36] = [
    "a clock that was set anew was believed while a message was put off",
    "a letter was sent again",
    "a life began with letters to send",
    "a life ended because another process wrote",
    "a life ended because the store had failed",
    "a limit was reached",
    "a message came again before it was handled",
    "a message waited for others to be done with",
    "a message was given up",
    "a message was taken and said not to be",
    "a message was tried again in its time",
    "a password was accepted",
    "a sync failed for good",
    "a write failed half done",
    "an acknowledged message was delivered again",
    "an event waited for room",
    "an outage of more than ten minutes ended",
    "another process was waited for",
    "it could not start because another process wrote",
    "it ended between sending and remembering that",
    "it was killed between the commit and sending",
    "it was killed in a sync",
    "it was killed in a write",
    "it was killed while a secret was compared",
    "it was killed while it was stopping",
    "it was stopped while a secret was compared",
    "it was stopped with a delivery under way",
    "it was stopped with a message put off",
    "others were heard while a secret was compared",
    "somebody was deleted",
    "the disk was full",
    "the disk was mended",
    "the log could not be wiped while another process read it",
    "the power was cut in a sync",
    "the power was cut in a write",
    "two conversations were served at once",
];

/// So it stands with one of some conversations, or with all.
fn weather(below: &mut impl FnMut(u64) -> u64) -> Step {
    let person = |id: &str| Conversation::Direct(PersonId::new(id));
    let group = |id: &str| Conversation::Group(GroupId::new(id));
    let everywhere = [group("ops"), group("all"), person("alice"), person("olivia"), person("dave")];
    let to = everywhere.get(below(7) as usize).cloned();
    let weather = [Weather::Slow, Weather::Down, Weather::Hanging][below(3) as usize];
    Step::Weather(to, weather, Span::from_secs(1 << below(12)))
}

/// Somebody proves who they are while somebody else asks something, and the program ends.
fn proof(below: &mut impl FnMut(u64) -> u64) -> Vec<Step> {
    let said =
        |who: &str, text: &str, then| Step::Move(Move::Say(saying("dm", who, text)), Span::from_millis(then));
    let target = format!("/delete @guest{}", below(CROWD as u64));
    vec![
        said("alice", &target, 500),
        said("alice", "confirm {code}", 500),
        Step::Move(Move::Slow(true), Span::ZERO),
        said("alice", "alice-secret-1", 1 + below(100) as i64),
        said("olivia", "/whoami", below(2) as i64),
        if below(2) == 0 { Step::Stop } else { Step::Kill(below(3)) },
    ]
}

/// All that happens under a seed.
fn steps(seed: u64) -> Vec<Step> {
    let mut below = numbers(!seed);
    let mut steps = Vec::new();
    for next in moves(seed).into_iter().take(MOVES) {
        match below(24) {
            0..2 => steps.push(Step::Kill(below(12))),
            2..4 => steps.push(Step::Stop),
            4..8 => steps.push(weather(&mut below)),
            8 => steps.push(Step::Move(Move::Wait(Span::from_mins(1 + below(20) as i64)), Span::ZERO)),
            9 => {
                let ahead = Span::from_mins([-4, 4, -1_440, 1_440][below(4) as usize]);
                steps.push(Step::Move(Move::Set(ahead), Span::from_secs(1)));
                steps.push(Step::Weather(None, Weather::Down, Span::from_mins(70)));
                steps.push(Step::Move(Move::Wait(Span::from_mins(60 + below(30) as i64)), Span::ZERO));
            }
            10 => steps.push(Step::Crowd),
            11..14 => steps.extend(proof(&mut below)),
            14 => {
                let guest = [Trouble::Reader, Trouble::Writer, Trouble::Writer][below(3) as usize];
                steps.push(Step::Move(Move::Break(guest, below(3)), Span::ZERO));
            }
            _ => {}
        }
        let then = [0, 0, below(50) as i64, 200, 1_000, 5_000][below(6) as usize];
        steps.push(Step::Move(next, Span::from_millis(then)));
    }
    steps
}

fn prepare(world: &mut World, seed: u64) {
    world.config.give_up = GIVE_UP[(seed % 4) as usize];
}

fn judge(house: &mut House) -> Result<(), String> {
    let taken = house.world.platform.taken.len();
    house.world.settle()?;
    ensure(house.world.platform.taken.len() == taken, || "something was left to be sent".to_owned())?;
    oracle::judge(&mut house.world)
}

const LOOP: Loop = Loop {
    runs: Runs {
        name: "to_the_loop",
        gate: 60,
        known: include_str!("regressions-of-the-loop"),
        rare: &RARE,
        moves: steps,
    },
    prepare,
    last_wait: LAST_WAIT,
    judge,
};

#[test]
fn whatever_happens_to_the_loop_everything_is_handled_and_delivered_in_its_time() {
    LOOP.play_all();
}

#[test]
fn a_seed_is_all_that_decides_what_the_loop_does() {
    LOOP.play_twice(0..3);
}
