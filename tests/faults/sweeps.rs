//! Sweeps: each dialogue is played once for every place at which something can go wrong, and always comes to the same.
//!
//! `USHER_DEEP=1 cargo test --release --test faults` plays every place; otherwise a few of each sweep.

use std::collections::BTreeMap;

use super::dialogue::{Course, Dialogue};
use super::trouble::Trouble;

/// The dialogues, each a transcript.
const DIALOGUES: [&str; 16] = [
    "approvals/all-of-a-person-at-once",
    "approvals/an-answer-may-be-changed-until-it-is-cancelled",
    "approvals/approvers-are-asked-first",
    "approvals/cancelled-by-an-admin",
    "close-account/backup-then-closing",
    "delete/a-whole-deletion",
    "delete/people-are-reminded-of-what-is-left",
    "dialogue/cancelling-changes-nothing",
    "dialogue/nobody-confirms-in-time",
    "grant-admin/a-sub-admin-is-made",
    "handover/open-work-changes-hands",
    "language/each-conversation-has-its-own",
    "notices/a-group-chooses-its-notices",
    "notices/what-could-not-be-delivered-is-tried-again",
    "revoke-admin/rights-end-at-once-and-can-be-restored",
    "unbind/ownership-is-passed-on-by-the-owner-alone",
];

/// How many places of a sweep are tried where nobody asks for all.
const SAMPLE: u64 = 14;

/// What the sweeps must reach in any case.
const RARE: [&str; 8] = [
    "a letter was sent again",
    "a life began with letters to send",
    "a sync failed for good",
    "it ended between sending and remembering that",
    "it ended between the commit and all that follows",
    "it was killed in a sync",
    "the disk was full",
    "the power was cut in a sync",
];

/// What goes wrong in a sweep.
#[derive(Clone, Copy, Debug)]
struct Sweep {
    trouble: Trouble,
    /// What goes wrong once it has, and after how many more places.
    second: Option<(Trouble, u64)>,
    /// What a power cut leaves.
    seed: u64,
}

pub(crate) fn is_deep() -> bool {
    std::env::var_os("USHER_DEEP").is_some()
}

/// The sweeps that are made of each dialogue.
fn sweeps() -> Vec<Sweep> {
    let first = |trouble, seed| Sweep { trouble, second: None, seed };
    let mut sweeps = vec![
        first(Trouble::Kill, 1),
        first(Trouble::PowerCut, 2),
        first(Trouble::PowerCut, 3),
        first(Trouble::Error, 4),
        first(Trouble::Broken, 5),
        first(Trouble::Full, 6),
        first(Trouble::Unsynced, 7),
        first(Trouble::Forgotten, 8),
    ];
    let second = [(Trouble::Kill, 3), (Trouble::PowerCut, 11), (Trouble::Error, 7), (Trouble::Full, 2)];
    for (seed, second) in (9..).zip(second) {
        for trouble in [Trouble::Kill, Trouble::PowerCut, Trouble::Forgotten] {
            sweeps.push(Sweep { trouble, second: Some(second), seed });
        }
    }
    sweeps
}

/// What was reached over all sweeps of a test.
type Reached = BTreeMap<String, u64>;

/// Plays a dialogue for all places of all sweeps that are tried; gives what was not as it must be.
fn sweep_all(dialogue: &Dialogue, reached: &mut Reached) -> Vec<String> {
    let (expected, actions) = dialogue.play(&mut dialogue.world(0)).expect("nothing goes wrong");
    let mut wrong = Vec::new();
    for sweep in sweeps() {
        let places = sweep.trouble.places(&actions);
        for place in tried(places, SAMPLE, sweep.seed) {
            if let Err(why) = strike(dialogue, sweep, place, &expected, reached) {
                wrong.push(format!("{} {sweep:?} at {place} of {places}: {why}", dialogue.name));
            }
        }
    }
    wrong
}

/// The places that are tried: all of them, or so many of them, evenly spread, in each sweep others.
pub(crate) fn tried(places: u64, sample: u64, seed: u64) -> impl Iterator<Item = u64> {
    let stride = if is_deep() { 1 } else { places.div_ceil(sample).max(1) };
    let first = seed * 97 % stride;
    (first..places).step_by(usize::try_from(stride).expect("nothing takes more operations"))
}

fn strike(
    dialogue: &Dialogue,
    sweep: Sweep,
    place: u64,
    expected: &Course,
    reached: &mut Reached,
) -> Result<(), String> {
    let mut world = dialogue.world(sweep.seed * 1_000_000 + place);
    world.second = sweep.second;
    world.disk.borrow_mut().arm(sweep.trouble, place);
    let (course, _) = dialogue.play(&mut world)?;
    if world.disk.borrow().reached().is_empty() {
        return Err("nothing went wrong".to_owned());
    }
    *reached
        .entry(format!("{:?}{}", sweep.trouble, sweep.second.map_or("", |_| ", and another")))
        .or_default() += 1;
    for (what, times) in world.reached() {
        *reached.entry(what.to_owned()).or_default() += times;
    }
    match expected.difference(&course) {
        Some(difference) => Err(difference),
        None => Ok(()),
    }
}

#[test]
fn whatever_fails_wherever_a_dialogue_comes_to_the_same() {
    let mut reached = Reached::new();
    let mut wrong = Vec::new();
    std::thread::scope(|scope| {
        let sweeps = DIALOGUES.map(|name| {
            scope.spawn(move || {
                let mut reached = Reached::new();
                (sweep_all(&Dialogue::of(name), &mut reached), reached)
            })
        });
        for (more, counts) in sweeps.map(|sweep| sweep.join().expect("it does not panic")) {
            wrong.extend(more);
            counts.into_iter().for_each(|(what, times)| *reached.entry(what).or_default() += times);
        }
    });
    for (what, times) in &reached {
        println!("{what}: {times}");
    }
    assert!(wrong.is_empty(), "{} wrong, such as {}", wrong.len(), wrong[..wrong.len().min(20)].join("\n"));
    let kills = reached["Kill"] + reached["Kill, and another"];
    let cuts = reached["PowerCut"] + reached["PowerCut, and another"];
    assert!(kills >= 150 && cuts >= 150, "{kills} kills and {cuts} power cuts are too few");
    for what in RARE {
        assert!(reached.contains_key(what), "no sweep reached: {what}");
    }
}

/// The control: where a commit is not synced, which is what `synchronous = NORMAL` means, the very sweep finds that what
/// people were told is lost.
#[test]
fn a_power_cut_takes_what_is_not_synced() {
    let dialogue = Dialogue::of("delete/a-whole-deletion");
    let (expected, actions) = dialogue.play(&mut dialogue.world(0)).expect("nothing goes wrong");
    let places = Trouble::PowerCut.places(&actions);
    let mut lost = 0;
    for place in (0..places).step_by(8) {
        let mut world = dialogue.world(place);
        world.disk.borrow_mut().is_careless = true;
        world.disk.borrow_mut().arm(Trouble::PowerCut, place);
        let came_to_the_same = dialogue.play_once(&mut world).is_ok_and(|(course, _)| course == expected);
        lost += u64::from(!came_to_the_same || !world.platform.violations.is_empty());
    }
    println!("{lost} of {} power cuts took something that was told", places / 8);
    assert!(lost > 0, "the sweep would not notice a lost commit");
}
