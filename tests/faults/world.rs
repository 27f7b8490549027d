//! The program on a machine that may fail, the platform that it talks through, and the time: all of it one thread, and
//! nothing in it by chance but what a seed decides.
//!
//! It does what `runtime::serve` and `runtime::mouth` do, step by step, with a moment at which the process may be
//! killed between any two steps; [`super::house`] has them do it themselves. A process that the store has failed ends,
//! and the next one is started.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use usher::adapter::transcript::{Saying, expect_words, pieces};
use usher::config::Config;
use usher::domain::{Body, Delivery, Heard, MessageId, Origin, PersonId, Span, Timestamp};
use usher::runtime::bot::{Aside, Bot, Event, Handled, Search};
use usher::runtime::chance::Chance;
use usher::runtime::clock::Steady;
use usher::runtime::dispatcher::Dispatcher;
use usher::runtime::secrets;
use usher::store::{OpenError, Store};

use super::disk::Disk;
use super::far::backing;
use super::platform::Platform;
use super::trouble::Trouble;
use super::vfs::{Shared, mount};

/// The database's name on every disk.
pub(crate) const DATABASE: &str = "usher.db";
/// How many lives in a row may end early before somebody mends the disk; twice as many are too many.
const PATIENCE: u32 = 3;
/// A clock that is set anew is not believed before it has gone on for so long.
const HOUR: Span = Span::from_mins(60);
/// A program that has nothing to do looks at the clock as often as this.
const MINUTE: Span = Span::from_secs(60);
/// More turns at one instant than anything needs.
const TURNS: u32 = 10_000;

/// A process that has ended, for whatever reason.
#[derive(Debug)]
pub(crate) struct Down;

/// What a life loses when it ends.
struct Program {
    bot: Bot,
    clock: Steady,
    /// How far that was off when it was last read.
    off: Span,
    dispatcher: Dispatcher,
    /// The messages that were handed in.
    given: BTreeSet<MessageId>,
    /// What was found out, and is still on its way to the bot.
    held: Vec<Event>,
}

/// All there is.
pub(crate) struct World {
    pub(crate) disk: Shared,
    /// The time as everybody else has it.
    pub(crate) now: Timestamp,
    /// How far the machine's clock is ahead of it.
    ahead: Span,
    /// Since when.
    set_at: Timestamp,
    /// When the program's time may have become another: a life began, or what the machine's clock shows was believed.
    pub(crate) resets: Vec<Timestamp>,
    /// When each letter was written.
    pub(crate) written: BTreeMap<i64, Timestamp>,
    began: Timestamp,
    pub(crate) config: Config,
    pub(crate) platform: Platform,
    /// The secrets in people's devices.
    pub(crate) devices: BTreeMap<PersonId, Vec<u8>>,
    /// What strikes once the first trouble has ended a life.
    pub(crate) second: Option<(Trouble, u64)>,
    /// Whether comparing a secret takes longer than handling what others say.
    pub(crate) is_slow: bool,
    /// Whether the organisation is far away.
    pub(crate) is_remote: bool,
    pub(crate) life: u64,
    /// Where the bot's random bits come from.
    pub(crate) seed: u64,
    program: Option<Program>,
}

impl World {
    pub(crate) fn new(
        disk: Disk,
        now: Timestamp,
        config: Config,
        devices: BTreeMap<PersonId, Vec<u8>>,
    ) -> Self {
        Self {
            disk: Shared::new(disk.into()),
            now,
            ahead: Span::ZERO,
            set_at: now,
            resets: Vec::new(),
            written: BTreeMap::new(),
            began: now,
            config,
            platform: Platform::default(),
            devices,
            second: None,
            is_slow: false,
            is_remote: false,
            life: 0,
            seed: 0,
            program: None,
        }
    }

    /// Somebody says something; what is to be put in, such as a code, is put in now.
    pub(crate) fn say(&mut self, saying: &Saying) {
        let code = |place: Option<&str>| {
            let place = place.map_or_else(|| saying.conversation.to_string(), str::to_owned);
            Some(self.platform.code(&place).unwrap_or_else(|| "NONE".to_owned()))
        };
        let device = |person: &str| self.devices.get(&PersonId::new(person));
        let totp = |person: &str| device(person).map(|secret| secrets::code(secret, self.now));
        let text = expect_words(&saying.text, code, totp).expect("the script names people with devices");
        let heard = Heard {
            id: MessageId::new(format!("m{}", self.platform.said.len() + 1)),
            conversation: saying.conversation.clone(),
            sender: saying.sender.clone(),
            body: Body::new(pieces(&text, saying.marks.label.as_deref())),
            sent_at: self.now,
            origin: saying.marks.origin.unwrap_or(Origin::FirstHand),
        };
        self.platform.hear(heard, self.now);
    }

    /// Ends the program as a signal does, between two events; its files are closed.
    pub(crate) fn stop(&mut self) {
        self.program = None;
    }

    /// The machine has lost its power while nothing was under way.
    pub(crate) fn stop_dead(&mut self) {
        let mut disk = self.disk.borrow_mut();
        disk.cut();
        disk.die();
        drop(disk);
        self.end_life();
    }

    /// Lets so much time pass, and everything that falls due in it, in its order.
    pub(crate) fn wait(&mut self, span: Span) -> Result<(), String> {
        let until = self.now + span;
        loop {
            self.settle()?;
            if self.now == until {
                return Ok(());
            }
            let step = self.until_wake().map_or(MINUTE, |span| span.min(MINUTE));
            let next = (self.now + step.max(Span::ZERO)).min(until);
            self.disk.borrow_mut().others.pass(next - self.now);
            self.now = next;
        }
    }

    /// Somebody sets the machine's clock.
    pub(crate) fn set_clock(&mut self, ahead: Span) {
        if ahead != std::mem::replace(&mut self.ahead, ahead) {
            self.set_at = self.now;
            self.platform.count("the clock jumped");
        }
    }

    /// What the machine's clock shows.
    pub(crate) fn wall(&self) -> Timestamp {
        self.now + self.ahead
    }

    /// Notes whether a message need not be answered, by what the machine's clock shows.
    pub(crate) fn note_age(&mut self, id: &MessageId) {
        if self.wall() - self.platform.said_at(id) > self.config.policy.max_age {
            self.platform.old.insert(id.clone());
        }
    }

    /// The time as the program has it.
    fn time(&mut self) -> Timestamp {
        let (now, wall, passed) = (self.now, self.wall(), self.now - self.began);
        let program = self.program.as_mut().expect("it runs");
        let time = program.clock.read(wall, passed);
        let earlier = std::mem::replace(&mut program.off, time - now);
        if program.off != earlier {
            if program.off < earlier {
                program.dispatcher.retry_now();
            }
            if now - self.set_at < HOUR {
                self.platform.violations.push("a clock was believed as soon as it was set".to_owned());
            }
            self.resets.push(now);
            self.platform.forget_pauses();
            self.platform.count("a clock that was set anew was believed");
        }
        time
    }

    /// How long until something falls due, if anything ever does.
    fn until_wake(&mut self) -> Option<Span> {
        let program = self.program.as_ref()?;
        let wake = program.bot.next_wake().into_iter().chain(program.dispatcher.next_wake()).min()?;
        Some(wake - self.time())
    }

    /// Lets everything take its course until nothing more comes of it now.
    pub(crate) fn settle(&mut self) -> Result<(), String> {
        for ended in 0..=2 * PATIENCE {
            if self.try_settle()?.is_ok() {
                return Ok(());
            }
            self.end_life();
            if ended >= PATIENCE {
                self.disk.borrow_mut().mend();
                self.platform.count("the disk was mended");
            }
        }
        Err("it does not come up again".to_owned())
    }

    /// A life has ended: what it had open is closed, which on a dead machine does nothing any more.
    fn end_life(&mut self) {
        self.program = None;
        let mut disk = self.disk.borrow_mut();
        disk.revive();
        if disk.has_struck()
            && let Some((trouble, after)) = self.second.take()
        {
            disk.arm(trouble, after);
        }
    }

    fn try_settle(&mut self) -> Result<Result<(), Down>, String> {
        if self.program.is_none() {
            match self.start() {
                Ok(program) => self.program = Some(program),
                Err(Down) => return Ok(Err(Down)),
            }
        }
        for _ in 0..TURNS {
            let events = self.fresh();
            let is_due = self.until_wake().is_some_and(|span| span <= Span::ZERO);
            if events.is_empty() && !is_due {
                return Ok(Ok(()));
            }
            if let Err(Down) = self.handle(events) {
                return Ok(Err(Down));
            }
        }
        Err("it never comes to rest".to_owned())
    }

    /// Begins a life: opens the store for a new bot.
    pub(crate) fn open(&mut self) -> Result<Bot, Down> {
        self.life += 1;
        let opened = Store::open_with_vfs(Path::new(DATABASE), mount(&self.disk));
        let (is_dead, is_busy) = (self.disk.borrow().is_dead(), self.disk.borrow().others.are_writing());
        let store = match opened {
            Ok(store) if !is_dead => store,
            Err(OpenError::InUse { .. }) if is_busy => return Err(Down),
            Err(error) if !is_dead && !matches!(error, OpenError::Unreachable { .. }) => {
                self.platform.violations.push(format!("a sound database is refused: {error}"));
                return Err(Down);
            }
            _ => return Err(Down),
        };
        let chance = Chance::seeded(self.seed + self.life);
        Bot::with(store, backing(self.is_remote), self.config.policy.clone(), chance).map_err(|_| Down)
    }

    fn start(&mut self) -> Result<Program, Down> {
        let mut bot = self.open()?;
        let mut dispatcher = Dispatcher::new(self.config.give_up);
        let waiting = bot.waiting().map_err(|_| Down)?;
        self.alive()?;
        if !waiting.is_empty() {
            self.platform.count("a life began with letters to send");
        }
        self.resets.push(self.now);
        self.note(&waiting);
        dispatcher.push(waiting);
        let clock = Steady::new(self.wall(), self.now - self.began);
        Ok(Program { bot, clock, off: self.ahead, dispatcher, given: BTreeSet::new(), held: Vec::new() })
    }

    /// Notes when letters were written that nobody has seen yet.
    fn note(&mut self, letters: &[Delivery]) {
        for letter in letters {
            self.written.entry(letter.id).or_insert(self.now);
        }
    }

    /// What the platform has for this life that it was not given yet; after it what was found out meanwhile. Who is
    /// waited for is not heard before.
    fn fresh(&mut self) -> Vec<Event> {
        let off = self.time() - self.wall();
        let program = self.program.as_mut().expect("it runs");
        let is_held = |heard: &Heard| {
            program
                .held
                .iter()
                .any(|event| matches!(event, Event::Answered(held, ..) if held.sender == heard.sender))
        };
        let waiting = self.platform.waiting().iter().filter(|heard| !is_held(heard));
        let fresh: Vec<_> = waiting.filter(|heard| !program.given.contains(&heard.id)).cloned().collect();
        program.given.extend(fresh.iter().map(|heard| heard.id.clone()));
        if fresh.is_empty() {
            return std::mem::take(&mut program.held);
        }
        fresh.iter().for_each(|heard| self.note_age(&heard.id));
        // A message keeps its age by the machine's clock.
        let dated = |heard: Heard| Heard { sent_at: heard.sent_at + off, ..heard };
        fresh.into_iter().map(dated).map(Event::Heard).collect()
    }

    /// Hands events in, and what comes of them, until nothing comes any more.
    fn handle(&mut self, mut events: Vec<Event>) -> Result<(), Down> {
        loop {
            self.moment()?;
            let (time, wall) = (self.time(), self.wall());
            let program = self.program.as_mut().ok_or(Down)?;
            let handled = program.bot.handle(&events, time).map_err(|_| Down)?;
            self.alive()?;
            self.moment_of("it ended between the commit and all that follows")?;
            let Handled { deliveries, asides, deferred, .. } = handled;
            self.note(&deliveries);
            self.acknowledge(&events, &asides, &deferred);
            let program = self.program.as_mut().ok_or(Down)?;
            program.dispatcher.push(deliveries);
            let answers = asides.into_iter().map(|aside| answered(aside, wall));
            events = Vec::new();
            if self.is_slow && deferred.is_empty() {
                program.held.extend(answers);
            } else {
                events.extend(answers.chain(deferred));
            }
            if events.is_empty() {
                events = self.deliver()?;
            }
            if events.is_empty() {
                return Ok(());
            }
        }
    }

    /// Tells the platform of which messages everything that follows is durable.
    fn acknowledge(&mut self, events: &[Event], asides: &[Aside], deferred: &[Event]) {
        let is_open = |id: &MessageId| {
            asides.iter().any(|aside| aside.heard.id == *id)
                || deferred.iter().any(|event| matches!(event, Event::Heard(heard) if heard.id == *id))
        };
        for event in events {
            if let Event::Heard(heard) | Event::Answered(heard, ..) = event
                && !is_open(&heard.id)
            {
                self.note_age(&heard.id);
                self.platform.acknowledge(&heard.id);
                // Should it come once more, it is handed in once more.
                if let Some(program) = &mut self.program {
                    program.given.remove(&heard.id);
                }
            }
        }
    }

    /// Delivers what may be delivered now.
    fn deliver(&mut self) -> Result<Vec<Event>, Down> {
        let mut events = Vec::new();
        let time = self.time();
        while let Some(delivery) = self.program.as_mut().ok_or(Down)?.dispatcher.next(time) {
            self.moment()?;
            let disk = self.disk.borrow();
            if disk.is_unsynced("-wal") && !disk.is_careless {
                let early = format!("letter {} was sent before it was durable", delivery.id);
                self.platform.violations.push(early);
            }
            drop(disk);
            let attempt = self.platform.offer(&delivery, self.now, self.life);
            self.moment_of("it ended between sending and remembering that")?;
            events.push(self.program.as_mut().ok_or(Down)?.dispatcher.settle(delivery, attempt, time));
        }
        Ok(events)
    }

    /// The bot's store, once nothing goes wrong any more.
    pub(crate) fn store(&mut self) -> &mut Store {
        self.program.as_mut().expect("it has settled").bot.store()
    }

    /// How often each rare state was reached.
    pub(crate) fn reached(&self) -> BTreeMap<&'static str, u64> {
        let mut reached = self.platform.reached.clone();
        reached.extend(self.disk.borrow().reached());
        reached
    }

    fn moment(&mut self) -> Result<(), Down> {
        self.disk.borrow_mut().moment().map_err(|_| Down)
    }

    /// A moment that is worth counting.
    fn moment_of(&mut self, what: &'static str) -> Result<(), Down> {
        self.moment().inspect_err(|_| self.platform.count(what))
    }

    fn alive(&self) -> Result<(), Down> {
        if self.disk.borrow().is_dead() { Err(Down) } else { Ok(()) }
    }
}

/// What was put aside, with what is found out about it.
fn answered(aside: Aside, wall: Timestamp) -> Event {
    let Aside { heard, mut findings, search } = aside;
    match search {
        Search::LookUp(_) => findings.looked_up = Some(Err("there is no backend".to_owned())),
        Search::Secret(credentials) => {
            findings.verdict = Some(secrets::judge(heard.body.text(), &credentials, wall));
        }
    }
    Event::Answered(heard, findings, Vec::new())
}
