//! The world around the program's own loop: it hands in what people say, answers for the platform, starts the program and
//! kills it, and lets time pass. The world's own account of how the program works is not used while the loop runs.
//!
//! All of it is one task on one thread with a clock that stands still until nothing is to be done. Only a secret is compared
//! elsewhere; how that ends is held back until a time that the seed decides, so that it does not matter how long it took.

mod lives;
mod post;

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::pin::pin;

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use tokio::sync::oneshot;
use tokio::time::{Instant, sleep_until};
use usher::adapter::Undelivered;
use usher::domain::{Conversation, Delivery, MessageId, PersonId, Span, Timestamp};
use usher::runtime::bot::Event;
use usher::runtime::dispatcher::Attempt;

use super::far::{Answer, Far};
use super::lanes::Lanes;
use super::life::{Life, News, Stand, Watch, elapsed};
use super::oracle::ensure;
use super::world::World;
pub(crate) use post::Weather;
use post::up_to;

/// More turns at one instant than anything needs.
const TURNS: u32 = 100_000;
/// Whoever was asked to stop, or whose store has failed, has ended by then.
const LONGEST_END: Span = Span::from_mins(20);
/// Nobody starts the program any more.
const NEVER: Timestamp = Timestamp::from_millis(i64::MAX);

/// What will happen at its time. Two things of one time happen in this order.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Name {
    Answer(i64),
    Found(MessageId),
    Line(u64),
    Again(MessageId),
}

enum Due {
    Answer(Delivery, Attempt, oneshot::Sender<Result<(), Undelivered>>),
    Found(Event),
    Line(Answer),
    Again,
}

pub(crate) struct House {
    pub(crate) world: World,
    /// What happened, a line each.
    pub(crate) trace: Vec<String>,
    began: (Timestamp, Instant),
    seed: u64,
    chance: ChaCha8Rng,
    pub(crate) far: Far,
    /// How often that was asked.
    questions: u64,
    life: Option<Life>,
    watch: Watch,
    lanes: Lanes,
    starts_at: Timestamp,
    agenda: BTreeMap<(Timestamp, Name), Due>,
    /// What waits for the bot to have room.
    feed: VecDeque<Event>,
    /// The messages that wait or were handed in, until they are settled.
    given: BTreeSet<MessageId>,
    /// What was handed in, in order, with who said it and where; what came twice until it was settled twice.
    handed_in: Vec<(MessageId, PersonId, Conversation)>,
    /// The letters of which the platform just said what became of them, and those of which that is remembered.
    answered: Vec<i64>,
    remembered: BTreeSet<i64>,
    /// How it stands with whom, until when.
    weather: BTreeMap<Option<Conversation>, (Weather, Timestamp)>,
    /// Before how many more turns of the loop it is killed.
    kill: Option<u64>,
    /// Since when it is to stop, or can't go on.
    ending: Option<Timestamp>,
    is_stopping: bool,
    failed: u32,
    /// What the clocks of earlier lives read, and when that was.
    readings: BTreeMap<Timestamp, Timestamp>,
}

impl House {
    /// A world in which the program is about to be started.
    pub(crate) fn new(world: World, seed: u64) -> Self {
        let began = (world.now, Instant::now());
        let (watch, lanes, starts_at) = (Watch::new(began, Span::ZERO), Lanes::new(world.now), world.now);
        Self {
            world,
            trace: Vec::new(),
            began,
            seed,
            chance: ChaCha8Rng::seed_from_u64(seed),
            far: Far::default(),
            questions: 0,
            life: None,
            watch,
            lanes,
            starts_at,
            agenda: BTreeMap::new(),
            feed: VecDeque::new(),
            given: BTreeSet::new(),
            handed_in: Vec::new(),
            answered: Vec::new(),
            remembered: BTreeSet::new(),
            weather: BTreeMap::new(),
            kill: None,
            ending: None,
            is_stopping: false,
            failed: 0,
            readings: BTreeMap::new(),
        }
    }

    /// Lets so much time pass, and everything happen in it.
    pub(crate) async fn wait(&mut self, span: Span) -> Result<(), String> {
        let until = self.world.now + span;
        loop {
            self.settle()?;
            if self.world.now >= until {
                return Ok(());
            }
            let first = self.agenda.first_key_value().map(|((time, _), _)| *time);
            let start = self.life.is_none().then_some(self.starts_at);
            self.pass(first.into_iter().chain(start).min().map_or(until, |next| next.min(until))).await?;
            let now = self.began.0 + elapsed(self.began.1);
            if now > self.world.now {
                self.nothing_is_forgotten()?;
                self.world.disk.borrow_mut().others.pass(now - self.world.now);
                self.world.now = now;
                self.nothing_hangs()?;
            }
        }
    }

    /// Sleeps until then, or until the program has something to do.
    async fn pass(&mut self, until: Timestamp) -> Result<(), String> {
        let span = (until - self.began.0).as_millis().unsigned_abs();
        let mut sleep = pin!(sleep_until(self.began.1 + std::time::Duration::from_millis(span)));
        let news = std::future::poll_fn(|cx| {
            if let Some(life) = &mut self.life
                && let std::task::Poll::Ready(news) = life.poll_news(cx)
            {
                return std::task::Poll::Ready(news);
            }
            sleep.as_mut().poll(cx).map(|()| News::Awake)
        });
        match news.await {
            News::Awake => {}
            News::Asked(question) => self.ask(question)?,
            News::Found(event) => self.came_back(event),
        }
        Ok(())
    }

    /// It is to be killed after so many turns of its loop.
    pub(crate) fn kill_after(&mut self, turns: u64) {
        self.kill = Some(turns);
    }

    /// From now on nobody kills it, and everybody can be reached.
    pub(crate) fn calm(&mut self) {
        self.kill = None;
        self.disturb(Span::ZERO);
        self.weather.clear();
    }

    /// From now on it stands so with a conversation, or with all, for so long.
    pub(crate) fn change(&mut self, to: Option<Conversation>, weather: Weather, span: Span) {
        self.weather.insert(to, (weather, self.world.now + span));
    }

    /// For so long the organisation that is far away is hard to reach.
    pub(crate) fn disturb(&mut self, span: Span) {
        self.far.disturb(self.world.now + span);
    }

    /// Everything is handled and delivered that was not said or written just now.
    pub(crate) fn at_rest(&self) -> Result<(), String> {
        let (waiting, given) = (self.world.platform.waiting().len(), self.given.len());
        ensure(waiting + given == 0, || format!("{waiting} messages wait, {given} of them in the program"))?;
        ensure(self.life.is_some(), || "it does not run".to_owned())?;
        self.lanes.at_rest(self.world.now)
    }

    /// What the loop was given is handled at once, unless something is being found out about what the same person said, or
    /// what was said in the same conversation, or such a message waits there before it.
    fn nothing_is_forgotten(&mut self) -> Result<(), String> {
        if self.is_ending() {
            return Ok(());
        }
        self.remembered.extend(self.answered.drain(..));
        let lost = self.given.iter().find(|id| !self.handed_in.iter().any(|(other, ..)| other == *id));
        ensure(lost.is_none(), || format!("{lost:?} was not handed in"))?;
        if self.agenda.values().any(|due| matches!(due, Due::Line(Answer::LookedUp(..)))) {
            return Ok(());
        }
        let (mut people, mut places) = (BTreeSet::new(), BTreeSet::new());
        for due in self.agenda.values() {
            if let Due::Found(Event::Answered(heard, ..)) = due {
                people.insert(&heard.sender);
                places.insert(&heard.conversation);
            }
        }
        for (id, sender, place) in &self.handed_in {
            let waits = people.contains(sender) || places.contains(place);
            ensure(waits, || format!("{id} of {sender} in {place} waits for nothing"))?;
            places.insert(place);
        }
        Ok(())
    }

    /// Whoever has to end does.
    fn nothing_hangs(&self) -> Result<(), String> {
        let is_late = self.ending.is_some_and(|since| self.world.now - since > LONGEST_END);
        ensure(!is_late, || format!("it does not end, which it should since {:?}", self.ending))
    }

    /// Lets everything happen that is to happen now.
    fn settle(&mut self) -> Result<(), String> {
        for _ in 0..TURNS {
            if !self.turn()? {
                return Ok(());
            }
        }
        Err("it never comes to rest".to_owned())
    }

    /// Lets one thing happen, if any is to happen now.
    fn turn(&mut self) -> Result<bool, String> {
        let now = self.world.now;
        let Some(life) = &mut self.life else {
            let is_time = self.starts_at <= now;
            if is_time {
                self.start();
            }
            return Ok(is_time);
        };
        let is_awake = life.is_awake();
        let has_room = life.has_room();
        if !self.is_stopping {
            self.listen();
        }
        let is_due = self.agenda.first_key_value().is_some_and(|((time, _), _)| *time <= now);
        let can_feed = has_room && !self.feed.is_empty();
        if is_awake && (!(is_due || can_feed) || self.one_in(2)) {
            self.run()?;
        } else if is_due && (!can_feed || self.one_in(2)) {
            self.fall_due();
        } else if can_feed {
            self.hand_in();
        } else {
            return Ok(self.may_close());
        }
        Ok(true)
    }

    /// Lets the loop run until it waits, and sees what it did.
    fn run(&mut self) -> Result<(), String> {
        self.watch.dial().ahead = self.world.wall() - self.world.now;
        let life = self.life.as_mut().expect("it runs");
        let stand = life.poll();
        let is_struck = self.kill == Some(0);
        self.kill = self.kill.and_then(|turns| turns.checked_sub(1));
        let is_killed = is_struck || self.world.disk.borrow().is_dead();
        let (settled, offers, back) = (life.settled(), life.offers(), life.found());
        if is_killed && self.one_in(2) {
            // It was killed before anybody heard of it.
            if !offers.is_empty() {
                self.world.platform.count("it was killed between the commit and sending");
            }
        } else {
            self.clocks_are_set();
            self.acknowledge(settled, is_killed)?;
            for offer in offers {
                self.deliver(offer, is_killed)?;
            }
        }
        back.into_iter().for_each(|event| self.came_back(event));
        match stand {
            _ if is_killed => self.kill(),
            Stand::Runs => {
                if self.life.as_ref().is_some_and(Life::is_ending) {
                    self.ending.get_or_insert(self.world.now);
                    self.lanes.end(self.world.now);
                }
            }
            Stand::Stopped => {
                ensure(self.is_stopping, || "it ended by itself".to_owned())?;
                self.note("it has stopped".to_owned());
                self.remembered.extend(self.answered.drain(..));
                self.bury();
            }
            Stand::Failed => {
                self.note("its store has failed".to_owned());
                self.world.platform.count("a life ended because the store had failed");
                if self.world.disk.borrow().others.are_writing() {
                    self.world.platform.count("a life ended because another process wrote");
                }
                self.bury();
                self.failed();
            }
        }
        Ok(())
    }

    fn is_ending(&self) -> bool {
        self.life.as_ref().is_none_or(Life::is_ending)
    }

    fn note(&mut self, line: String) {
        self.trace.push(format!("{} {line}", (self.world.now - self.began.0).as_millis()));
    }

    fn below(&mut self, most: u64) -> u64 {
        self.chance.next_u64() % most
    }

    fn one_in(&mut self, chances: u64) -> bool {
        self.below(chances) == 0
    }

    /// Some time up to this, which is more often short than long.
    fn up_to(&mut self, longest: Span) -> Span {
        up_to(self.chance.next_u64(), longest)
    }
}
