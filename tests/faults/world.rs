//! The program on a machine that may fail, the platform that it talks through, and the time: all of it one thread, and
//! nothing in it by chance but what a seed decides.
//!
//! It does what `runtime::serve` and `runtime::mouth` do, step by step, with a moment at which the process may be
//! killed between any two steps. A process that the store has failed ends, and the next one is started.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use usher::adapter::transcript::{Saying, expect_words, pieces};
use usher::config::Config;
use usher::domain::{Body, Fault, Heard, MessageId, Origin, PersonId, Span, Timestamp};
use usher::runtime::bot::{Aside, Bot, Event, Handled, Search};
use usher::runtime::chance::Chance;
use usher::runtime::dispatcher::Dispatcher;
use usher::runtime::secrets;
use usher::store::{OpenError, Store};

use super::disk::Disk;
use super::platform::Platform;
use super::trouble::Trouble;
use super::vfs::{Shared, mount};

/// The database's name on every disk.
pub(crate) const DATABASE: &str = "usher.db";
/// How many lives in a row may end early before somebody mends the disk; twice as many are too many.
const PATIENCE: u32 = 3;
/// More turns at one instant than anything needs.
const TURNS: u32 = 10_000;

/// A process that has ended, for whatever reason.
#[derive(Debug)]
struct Down;

/// What a life loses when it ends.
struct Program {
    bot: Bot,
    dispatcher: Dispatcher,
    /// The messages that were handed in.
    given: BTreeSet<MessageId>,
    /// What was found out, and is still on its way to the bot.
    held: Vec<Event>,
}

/// All there is.
pub(crate) struct World {
    pub(crate) disk: Shared,
    /// The time on the machine's clock.
    pub(crate) now: Timestamp,
    /// How far that clock is ahead of everybody else's.
    pub(crate) ahead: Span,
    pub(crate) config: Config,
    pub(crate) platform: Platform,
    /// The secrets in people's devices.
    pub(crate) devices: BTreeMap<PersonId, Vec<u8>>,
    /// What strikes once the first trouble has ended a life.
    pub(crate) second: Option<(Trouble, u64)>,
    /// Whether comparing a secret takes longer than handling what others say.
    pub(crate) is_slow: bool,
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
            config,
            platform: Platform::default(),
            devices,
            second: None,
            is_slow: false,
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
            sent_at: self.now - self.ahead,
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
            match self.next_wake().filter(|next| *next <= until) {
                Some(next) => self.now = self.now.max(next),
                None => break,
            }
        }
        self.now = until;
        self.settle()
    }

    fn next_wake(&self) -> Option<Timestamp> {
        let program = self.program.as_ref()?;
        program.bot.next_wake().into_iter().chain(program.dispatcher.next_wake()).min()
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
            let is_due = self.next_wake().is_some_and(|wake| wake <= self.now);
            if events.is_empty() && !is_due {
                return Ok(Ok(()));
            }
            if let Err(Down) = self.handle(events) {
                return Ok(Err(Down));
            }
        }
        Err("it never comes to rest".to_owned())
    }

    fn start(&mut self) -> Result<Program, Down> {
        self.life += 1;
        let opened = Store::open_with_vfs(Path::new(DATABASE), mount(&self.disk));
        let is_dead = self.disk.borrow().is_dead();
        let store = match opened {
            Ok(store) if !is_dead => store,
            Err(error) if !is_dead && !matches!(error, OpenError::Unreachable { .. }) => {
                self.platform.violations.push(format!("a sound database is refused: {error}"));
                return Err(Down);
            }
            _ => return Err(Down),
        };
        let down = |_: Fault| Down;
        let chance = Chance::seeded(self.seed + self.life);
        let mut bot = Bot::new(store, self.config.policy.clone(), chance).map_err(down)?;
        let mut dispatcher = Dispatcher::new(self.config.give_up);
        let waiting = bot.waiting().map_err(down)?;
        self.alive()?;
        if !waiting.is_empty() {
            self.platform.count("a life began with letters to send");
        }
        dispatcher.push(waiting);
        Ok(Program { bot, dispatcher, given: BTreeSet::new(), held: Vec::new() })
    }

    /// What the platform has for this life that it was not given yet; after it what was found out meanwhile. Who is
    /// waited for is not heard before.
    fn fresh(&mut self) -> Vec<Event> {
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
        match fresh.is_empty() {
            true => std::mem::take(&mut program.held),
            false => fresh.into_iter().map(Event::Heard).collect(),
        }
    }

    /// Hands events in, and what comes of them, until nothing comes any more.
    fn handle(&mut self, mut events: Vec<Event>) -> Result<(), Down> {
        loop {
            self.moment()?;
            let now = self.now;
            let program = self.program.as_mut().ok_or(Down)?;
            let handled = program.bot.handle(&events, now).map_err(|_| Down)?;
            self.alive()?;
            self.moment_of("it ended between the commit and all that follows")?;
            let Handled { deliveries, asides, deferred, .. } = handled;
            self.acknowledge(&events, &asides, &deferred);
            let program = self.program.as_mut().ok_or(Down)?;
            program.dispatcher.push(deliveries);
            let answers = asides.into_iter().map(|aside| answered(aside, now));
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
        while let Some(delivery) = self.program.as_mut().ok_or(Down)?.dispatcher.next(self.now) {
            self.moment()?;
            let disk = self.disk.borrow();
            if disk.is_unsynced("-wal") && !disk.is_careless {
                let early = format!("letter {} was sent before it was durable", delivery.id);
                self.platform.violations.push(early);
            }
            drop(disk);
            let attempt = self.platform.offer(&delivery, self.now, self.life);
            self.moment_of("it ended between sending and remembering that")?;
            let now = self.now;
            events.push(self.program.as_mut().ok_or(Down)?.dispatcher.settle(delivery, attempt, now));
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
fn answered(aside: Aside, now: Timestamp) -> Event {
    let Aside { heard, mut findings, search } = aside;
    match search {
        Search::LookUp(_) => findings.looked_up = Some(Err("there is no backend".to_owned())),
        Search::Secret(credentials) => {
            findings.verdict = Some(secrets::judge(heard.body.text(), &credentials, now));
        }
    }
    Event::Answered(heard, findings, Vec::new())
}
