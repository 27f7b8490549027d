//! Whatever a remote backend answers, and whenever the process dies: nothing is done twice unread, nothing is said to
//! be done that is not, and every operation ends once.
//!
//! `USHER_CASES=2000 cargo test --test remote` looks longer.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicUsize, Ordering};

use proptest::prelude::*;
use proptest::test_runner::{Config, RngSeed, TestCaseError, TestRunner};
use usher::domain::{CallFailure, Change, Evidence, Job, Phrase, Request, Span, Timestamp, Unknown};
use usher::runtime::bot::Event;

use super::stage::{Able, Stage, in_words};

/// More readings are never needed.
const MOST_LOOKS: usize = 1_000;
/// How many backends are tried when nobody says.
const GATE: u32 = 75;
/// For how long a step is waited for, here.
const TTL: Span = Span::from_mins(240);
/// The longest time after which a call is to be made again, in seconds.
const LATEST_SECS: i64 = 90 * 60;

/// What becomes of a call.
#[derive(Clone, Copy, Debug)]
enum Call {
    Done,
    DoneUnsure,
    DoneSilent,
    Later(i64),
    LostSilent,
    LostUnsure,
    Refused,
}

/// What becomes of a reading.
#[derive(Clone, Copy, Debug)]
enum Look {
    Silent,
    True,
    Unknown,
}

/// How the process fares with one request.
#[derive(Clone, Copy, Debug)]
enum Life {
    /// It dies before the backend hears of it.
    DiesBefore,
    /// It dies before the answer is handled.
    DiesAfter,
    Lives,
}

/// A backend and the life of a process.
#[derive(Clone, Debug)]
struct Case {
    request: &'static str,
    able: Able,
    /// Used one after the other, and then from the beginning again.
    calls: Vec<Call>,
    looks: Vec<Look>,
    /// Once they are used up, it lives.
    lives: Vec<Life>,
    /// When somebody does what a person has to do; they may forget.
    person: Option<i64>,
}

fn case() -> impl Strategy<Value = Case> {
    let call = prop_oneof![
        3 => Just(Call::Done),
        2 => Just(Call::DoneUnsure),
        1 => Just(Call::DoneSilent),
        2 => (1..LATEST_SECS).prop_map(Call::Later),
        2 => Just(Call::LostUnsure),
        1 => Just(Call::LostSilent),
        1 => Just(Call::Refused),
    ];
    let look = prop_oneof![5 => Just(Look::True), 2 => Just(Look::Unknown), 1 => Just(Look::Silent)];
    let life = prop_oneof![8 => Just(Life::Lives), 1 => Just(Life::DiesBefore), 1 => Just(Life::DiesAfter)];
    (
        prop::sample::select(&["/delete @lina1", super::DELETE_BOB, "/revoke-admin @sam"][..]),
        prop::sample::select(&[Able::Alone, Able::WithAPerson][..]),
        prop::collection::vec(call, 1..8),
        prop::collection::vec(look, 1..8),
        prop::collection::vec(life, 0..30),
        prop::option::weighted(0.7, 0..300_i64),
    )
        .prop_map(|(request, able, calls, looks, lives, person)| Case {
            request,
            able,
            calls,
            looks,
            lives,
            person,
        })
}

/// How often the rare things happened.
#[derive(Default)]
struct Reached {
    done: AtomicUsize,
    failed: AtomicUsize,
    died: AtomicUsize,
    called_again: AtomicUsize,
    done_after_loss: AtomicUsize,
}

/// One case as it is played.
struct Play<'a> {
    case: &'a Case,
    reached: &'a Reached,
    stage: Stage,
    /// The steps that the backend has done.
    done: BTreeSet<usize>,
    /// The steps whose last call may have been carried out, for all that the bot was told.
    unread: BTreeSet<usize>,
    called: BTreeSet<usize>,
    calls: usize,
    looks: usize,
    lives: usize,
    begin: Timestamp,
}

impl Play<'_> {
    fn call(&mut self, job: &Job) -> Result<Option<Event>, String> {
        let at = job.position;
        ensure(!self.unread.contains(&at), || format!("step {at} is called again and was not read"))?;
        ensure(!self.done.contains(&at), || format!("step {at} is done twice"))?;
        if !self.called.insert(at) {
            self.reached.called_again.fetch_add(1, Ordering::Relaxed);
        }
        let call = self.case.calls[self.calls % self.case.calls.len()];
        self.calls += 1;
        if matches!(call, Call::Done | Call::DoneSilent | Call::DoneUnsure) {
            self.done.insert(at);
        }
        self.unread.insert(at);
        let answer = match call {
            Call::Done => Ok(()),
            Call::DoneSilent | Call::LostSilent => return Ok(None),
            Call::DoneUnsure | Call::LostUnsure => Err(CallFailure::Unsure("no answer".to_owned())),
            Call::Later(secs) => Err(CallFailure::Later(Span::from_secs(secs))),
            Call::Refused => {
                let why = Phrase::new("plain").text("text", "no");
                Err(CallFailure::Refused { error: "refused", why })
            }
        };
        Ok(Some(Event::Called(job.code.clone(), at, answer)))
    }

    fn look(&mut self, job: &Job) -> Option<Event> {
        let look = self.case.looks[self.looks % self.case.looks.len()];
        self.looks += 1;
        let answer = match look {
            Look::Silent => return None,
            Look::True if self.done.contains(&job.position) => Ok(Evidence::Done),
            Look::True => Ok(Evidence::NotYet),
            Look::Unknown => Err(Unknown("the line is dead".to_owned())),
        };
        Some(Event::Checked(job.code.clone(), job.position, answer))
    }

    fn dies(&mut self) {
        self.reached.died.fetch_add(1, Ordering::Relaxed);
        self.stage.now = self.stage.now + Span::from_secs(30);
        self.stage.restart();
    }

    /// What the bot asks is answered, or not.
    fn ask(&mut self, request: &Request) -> Result<bool, String> {
        let life = self.case.lives.get(self.lives).copied().unwrap_or(Life::Lives);
        self.lives += 1;
        if matches!(life, Life::DiesBefore) {
            self.dies();
            return Ok(false);
        }
        let (_, job) = in_words(request);
        let answer = match request {
            Request::Call(job) => self.call(job)?,
            Request::Check(job) => self.look(job),
        };
        if matches!(life, Life::DiesAfter) {
            self.dies();
            return Ok(false);
        }
        let Some(event) = answer else { return Ok(true) };
        let says = match &event {
            Event::Called(_, _, answer) => {
                matches!(answer, Err(CallFailure::Later(_) | CallFailure::Refused { .. }))
            }
            Event::Checked(_, _, answer) => answer.is_ok(),
            _ => false,
        };
        if says {
            self.unread.remove(&job.position);
        }
        self.stage.handle(&[event]);
        Ok(true)
    }

    /// Whether the operation has ended with these words.
    fn hear(&mut self, ends: &mut Vec<String>) -> Result<(), String> {
        for said in self.stage.said() {
            match said.kind.as_str() {
                "done" => {
                    for step in self.stage.steps() {
                        let is_done = self.done.contains(&step.position)
                            || matches!(step.change, Change::HandedOver { .. });
                        ensure(is_done, || format!("done, but step {} is not", step.position))?;
                    }
                }
                "failed" => {}
                _ => continue,
            }
            ends.push(said.kind);
        }
        Ok(())
    }

    /// Plays until nothing is left to do.
    fn play(mut self) -> Result<(), String> {
        let mut ends = Vec::new();
        let person = self.case.person.map(|minutes| self.begin + Span::from_mins(minutes));
        let steps = self.stage.steps();
        let latest = self.begin + Span::from_millis((TTL.as_millis() + (LATEST_SECS + 3_600) * 1_000) * 3);
        loop {
            let requests = self.stage.requests();
            for request in &requests {
                if person.is_some_and(|time| time <= self.stage.now) {
                    let by_hand =
                        steps.iter().filter(|step| matches!(step.way, usher::domain::Way::Person(_)));
                    self.done.extend(by_hand.map(|step| step.position));
                }
                if !self.ask(request)? {
                    break;
                }
            }
            self.hear(&mut ends)?;
            ensure(self.looks < MOST_LOOKS, || "it asks for ever".to_owned())?;
            if !requests.is_empty() {
                continue;
            }
            let is_open = self.stage.state() == usher::domain::State::Executing;
            match self.stage.next_wake() {
                Some(next) if is_open => {
                    ensure(next <= latest, || "it goes on and on".to_owned())?;
                    self.stage.now = self.stage.now.max(next);
                    self.stage.handle(&[]);
                }
                _ => break,
            }
        }
        self.stage.restart();
        self.hear(&mut ends)?;
        ensure(self.stage.requests().is_empty(), || "it is asked about after its end".to_owned())?;
        ensure(ends.len() == 1, || format!("it ended {} times: {ends:?}", ends.len()))?;
        let is_done = ends[0] == "done";
        let counter = if is_done { &self.reached.done } else { &self.reached.failed };
        counter.fetch_add(1, Ordering::Relaxed);
        if is_done && self.calls > self.called.len() {
            self.reached.done_after_loss.fetch_add(1, Ordering::Relaxed);
        }
        Ok(())
    }
}

fn ensure(holds: bool, what: impl FnOnce() -> String) -> Result<(), String> {
    if holds { Ok(()) } else { Err(what()) }
}

#[test]
fn no_backend_makes_the_bot_lie_or_act_twice() {
    let cases = std::env::var("USHER_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(GATE);
    let reached = Reached::default();
    let rng_seed = if cases == GATE { RngSeed::Fixed(1) } else { RngSeed::Random };
    let mut runner =
        TestRunner::new(Config { cases, failure_persistence: None, rng_seed, ..Config::default() });
    let result = runner.run(&case(), |case| {
        let mut stage = Stage::new(case.able);
        stage.policy.guided_ttl = TTL;
        stage.policy.guided_remind = Span::from_mins(60);
        stage.restart();
        stage.ask_and_confirm(case.request);
        let begin = stage.now;
        let play = Play {
            case: &case,
            reached: &reached,
            stage,
            done: BTreeSet::new(),
            unread: BTreeSet::new(),
            called: BTreeSet::new(),
            calls: 0,
            looks: 0,
            lives: 0,
            begin,
        };
        play.play().map_err(TestCaseError::fail)
    });
    if let Err(error) = result {
        panic!("{error}");
    }
    let counts = [
        ("done", &reached.done),
        ("failed", &reached.failed),
        ("died", &reached.died),
        ("called again", &reached.called_again),
        ("done by a later call", &reached.done_after_loss),
    ];
    for (what, count) in counts {
        let count = count.load(Ordering::Relaxed);
        println!("{what}: {count}");
        assert!(count > 0, "{cases} backends never led to: {what}");
    }
}
