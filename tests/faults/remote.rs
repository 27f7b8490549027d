//! Random runs of the program's own loop whose organisation is far away: calls are lost, slow, refused, and killed in their
//! midst. Nothing is called twice as though it were the first time, and every operation comes to an end that is true.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use usher::domain::{PersonId, Span, State};
use usher::exchange;

use super::house::House;
use super::moves::{Move, TROUBLES, saying};
use super::oracle::{self, ensure};
use super::seeds::{Runs, numbers};
use super::steps::{Loop, Step};
use super::world::World;

/// After so much more every operation has ended: each call is made again and read back.
const LAST_WAIT: Span = Span::from_mins(180);
/// How much is asked for in a run.
const ERRANDS: usize = 12;
/// As much as anybody asks for in an hour.
const MANY: u32 = 1_000;

/// The rare states that the runs must reach.
const RARE: [&str; 13] = [
    "a call was carried out and its answer lost",
    "a call was lost",
    "a call was made again",
    "a call was put off",
    "a call was refused",
    "a call was said to be carried out and was not",
    "a life ended because the store had failed",
    "an operation failed",
    "it was killed in a write",
    "it was killed while a call was under way",
    "it was stopped while a call was under way",
    "somebody was deleted",
    "the power was cut in a write",
];

/// All that happens under a seed.
fn steps(seed: u64) -> Vec<Step> {
    let mut below = numbers(!seed);
    let mut steps = Vec::new();
    for number in 0..ERRANDS {
        let (place, who) = (["ops", "dm"][below(2) as usize], ["alice", "olivia"][below(2) as usize]);
        let request = match number {
            3 => "/revoke-admin @sam".to_owned(),
            5 => "/delete @bob handover=@dave approvals=cancel".to_owned(),
            _ => format!("/delete @guest{number}"),
        };
        let said =
            |text: &str, then| Step::Move(Move::Say(saying(place, who, text)), Span::from_millis(then));
        if below(2) == 0 {
            steps.push(disturbance(&mut below));
        }
        steps.push(said(&request, [500, 1_000, 5_000][below(3) as usize]));
        if below(2) == 0 {
            steps.push(Step::Line(Span::from_secs(8 << below(7))));
        }
        if below(3) == 0 {
            steps.push(disturbance(&mut below));
        }
        steps.push(said("confirm {code}", [1, 100, 500, 5_000, 30_000, 60_000][below(6) as usize]));
        match below(4) {
            0 => steps.push(Step::Kill(below(4))),
            1 => steps.push(Step::Stop),
            _ => {}
        }
    }
    steps
}

fn disturbance(below: &mut impl FnMut(u64) -> u64) -> Step {
    match below(12) {
        0..3 => Step::Kill(below(16)),
        3 => Step::Stop,
        4..6 => Step::Line(Span::from_secs(4 << below(8))),
        6..8 => Step::Move(Move::Mend, Span::ZERO),
        8 => Step::Move(Move::Wait(Span::from_mins(1 + below(20) as i64)), Span::ZERO),
        _ => {
            let trouble = TROUBLES[below(TROUBLES.len() as u64) as usize];
            Step::Move(Move::Break(trouble, below(20)), Span::ZERO)
        }
    }
}

fn prepare(world: &mut World, _: u64) {
    world.is_remote = true;
    world.config.policy.require_secret.clear();
    world.config.policy.irreversible_per_hour = MANY;
}

fn judge(house: &mut House) -> Result<(), String> {
    let (world, far) = (&mut house.world, &house.far);
    world.settle()?;
    oracle::handled(world)?;
    let mut ends = BTreeMap::new();
    for letter in oracle::letters(world).values() {
        let fields: Value = serde_json::from_str(&letter.fields).map_err(|error| error.to_string())?;
        let code = fields["code"].as_str().unwrap_or_default().to_owned();
        match letter.kind.as_str() {
            "confirm_request" => drop(ends.insert(code, None)),
            kind @ ("done" | "expired" | "cancelled" | "denied" | "failed") if !code.is_empty() => {
                let end = ends.get_mut(&code).ok_or_else(|| format!("{code} was never asked"))?;
                let earlier = end.replace(kind.to_owned());
                ensure(earlier.is_none(), || format!("{code} ended twice: {earlier:?}, then {kind}"))?;
            }
            _ => {}
        }
    }
    oracle::settled(world, &ends)?;
    let looked = world.store().transact(|tx| Ok::<_, usher::domain::Fault>((tx.operations()?, tx.export()?)));
    let (operations, exported) = looked.map_err(|fault| fault.to_string())?;
    for operation in operations {
        let (code, target) = (&operation.code, PersonId::new(operation.target.as_str()));
        match operation.state {
            State::Done => {
                ensure(far.has_done(code), || format!("{code} is said to be done, and was not"))?;
                if operation.verb == "delete" {
                    ensure(far.gone.contains(&target), || format!("{target} is there, and was deleted"))?;
                    world.platform.count("somebody was deleted");
                }
            }
            State::Failed => world.platform.count("an operation failed"),
            _ => {}
        }
    }
    let state = exchange::to_json(&exported);
    let people = state["people"].as_array().cloned().unwrap_or_default();
    let left = people.iter().filter(|person| person["status"] != "active");
    let left: BTreeSet<_> =
        left.map(|person| PersonId::new(person["id"].as_str().unwrap_or_default())).collect();
    ensure(left.is_subset(&far.gone), || format!("{left:?} are gone here, and {:?} there", far.gone))
}

const LOOP: Loop = Loop {
    runs: Runs {
        name: "becomes_of_calls",
        gate: 40,
        known: include_str!("regressions-of-calls"),
        rare: &RARE,
        moves: steps,
    },
    prepare,
    last_wait: LAST_WAIT,
    judge,
};

#[test]
fn whatever_becomes_of_calls_each_is_made_once_and_every_operation_ends() {
    LOOP.play_all();
}

#[test]
fn a_seed_is_all_that_decides_what_becomes_of_calls() {
    LOOP.play_twice(0..2);
}
