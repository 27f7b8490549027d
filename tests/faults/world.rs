//! The program on a machine that may fail, a chat platform with its habits, and the time: all of it one thread, and
//! nothing in it by chance but what a seed decides.
//!
//! It does what `runtime::serve` and `runtime::mouth` do, step by step, with a moment at which the process may be
//! killed between any two steps. A process that the store has failed ends, and the next one is started.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde_json::Value;
use usher::adapter::transcript::{Saying, expect_words, pieces};
use usher::config::Config;
use usher::domain::{
    Body, Conversation, Delivery, Fault, Heard, MessageId, Origin, PersonId, Span, Timestamp,
};
use usher::runtime::bot::{Aside, Bot, Event, Handled, Search};
use usher::runtime::chance::Chance;
use usher::runtime::dispatcher::{Attempt, Dispatcher};
use usher::runtime::secrets;
use usher::store::{OpenError, Store};

use super::disk::{Disk, Trouble};
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

/// One message that the platform took.
#[derive(Clone, Debug)]
pub(crate) struct Taken {
    pub(crate) at: Timestamp,
    /// In which life of the program.
    pub(crate) life: u64,
    pub(crate) delivery: Delivery,
}

/// What a life loses when it ends.
struct Program {
    bot: Bot,
    dispatcher: Dispatcher,
    /// The messages that were handed in.
    given: BTreeSet<MessageId>,
}

/// The chat platform: it delivers again what was not acknowledged, and keeps what it was given.
#[derive(Default)]
pub(crate) struct Platform {
    pub(crate) is_down: bool,
    pub(crate) unacknowledged: Vec<Heard>,
    pub(crate) taken: Vec<Taken>,
    /// The code last asked for in each conversation, and all that were ever given.
    codes: Vec<(Conversation, String)>,
}

/// All there is.
pub(crate) struct World {
    pub(crate) disk: Shared,
    pub(crate) now: Timestamp,
    pub(crate) config: Config,
    pub(crate) platform: Platform,
    /// The secrets in people's devices.
    pub(crate) devices: BTreeMap<PersonId, Vec<u8>>,
    /// What strikes once the first trouble has ended a life.
    pub(crate) second: Option<(Trouble, u64)>,
    pub(crate) life: u64,
    /// What must not happen and did.
    pub(crate) violations: Vec<String>,
    /// How often a rare state was reached.
    pub(crate) reached: BTreeMap<&'static str, u64>,
    program: Option<Program>,
    heard: u64,
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
            config,
            platform: Platform::default(),
            devices,
            second: None,
            life: 0,
            violations: Vec::new(),
            reached: BTreeMap::new(),
            program: None,
            heard: 0,
        }
    }

    /// Somebody says something; what is to be put in, such as a code, is put in now.
    pub(crate) fn say(&mut self, saying: &Saying) {
        let code = |place: Option<&str>| {
            let place = place.map_or_else(|| saying.conversation.to_string(), str::to_owned);
            let last = self.platform.codes.iter().rev().find(|(asked, _)| asked.to_string() == place);
            Some(last.map_or_else(|| "NONE".to_owned(), |(_, code)| code.clone()))
        };
        let device = |person: &str| self.devices.get(&PersonId::new(person));
        let totp = |person: &str| device(person).map(|secret| secrets::code(secret, self.now));
        let text = expect_words(&saying.text, code, totp).expect("the script names people with devices");
        self.heard += 1;
        self.platform.unacknowledged.push(Heard {
            id: MessageId::new(format!("m{}", self.heard)),
            conversation: saying.conversation.clone(),
            sender: saying.sender.clone(),
            body: Body::new(pieces(&text, saying.marks.label.as_deref())),
            sent_at: self.now,
            origin: saying.marks.origin.unwrap_or(Origin::FirstHand),
        });
    }

    /// The platform goes down, or comes up.
    pub(crate) fn set_platform(&mut self, is_up: bool) {
        self.platform.is_down = !is_up;
        if let (true, Some(program)) = (is_up, &mut self.program) {
            program.dispatcher.retry_now();
        }
    }

    /// Ends the program as a signal does, between two events; its files are closed.
    pub(crate) fn stop(&mut self) {
        self.program = None;
    }

    /// The machine has lost its power while nothing was under way.
    pub(crate) fn stop_dead(&mut self) {
        self.disk.borrow_mut().die();
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
                let _ = self.disk.borrow_mut().mend();
                self.count("mended");
            }
        }
        Err("it does not come up again".to_owned())
    }

    /// A life has ended: what it had open is closed, which on a dead machine does nothing any more.
    fn end_life(&mut self) {
        self.program = None;
        let mut disk = self.disk.borrow_mut();
        disk.revive();
        if let (Some(_), Some((trouble, after))) = (disk.struck(), self.second) {
            disk.arm(trouble, after);
            self.second = None;
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
        let vfs = mount(&self.disk);
        let opened = Store::open_with_vfs(Path::new(DATABASE), vfs);
        let is_dead = self.disk.borrow().is_dead();
        let store = match opened {
            Ok(store) if !is_dead => store,
            Err(error) if !is_dead && !matches!(error, OpenError::Unreachable { .. }) => {
                self.violations.push(format!("a sound database is refused: {error}"));
                return Err(Down);
            }
            _ => return Err(Down),
        };
        let down = |_: Fault| Down;
        let mut bot = Bot::new(store, self.config.policy.clone(), Chance::seeded(self.life)).map_err(down)?;
        let mut dispatcher = Dispatcher::new(self.config.give_up);
        let waiting = bot.waiting().map_err(down)?;
        self.alive()?;
        if !waiting.is_empty() {
            self.count("a life began with letters to send");
        }
        dispatcher.push(waiting);
        Ok(Program { bot, dispatcher, given: BTreeSet::new() })
    }

    /// What the platform has for this life that it was not given yet.
    fn fresh(&mut self) -> Vec<Event> {
        let program = self.program.as_mut().expect("it runs");
        let waiting = self.platform.unacknowledged.iter();
        let fresh: Vec<_> = waiting.filter(|heard| program.given.insert(heard.id.clone())).cloned().collect();
        fresh.into_iter().map(Event::Heard).collect()
    }

    /// Hands events in, and what comes of them, until nothing comes any more.
    fn handle(&mut self, mut events: Vec<Event>) -> Result<(), Down> {
        loop {
            self.moment()?;
            let now = self.now;
            let program = self.program.as_mut().ok_or(Down)?;
            let handled = program.bot.handle(&events, now).map_err(|_| Down)?;
            self.alive()?;
            self.moment()?;
            let Handled { deliveries, asides, deferred, .. } = handled;
            self.acknowledge(&events, &asides, &deferred);
            self.program.as_mut().ok_or(Down)?.dispatcher.push(deliveries);
            let answers = asides.into_iter().map(|aside| answered(aside, now));
            events = answers.chain(deferred).collect();
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
                self.platform.unacknowledged.retain(|other| other.id != heard.id);
            }
        }
    }

    /// Delivers what may be delivered now.
    fn deliver(&mut self) -> Result<Vec<Event>, Down> {
        let mut events = Vec::new();
        while let Some(delivery) = self.program.as_mut().ok_or(Down)?.dispatcher.next(self.now) {
            self.moment()?;
            let attempt = match self.platform.is_down {
                true => Attempt::Failed(None),
                false => {
                    self.take(&delivery);
                    Attempt::Taken
                }
            };
            self.moment()?;
            let now = self.now;
            events.push(self.program.as_mut().ok_or(Down)?.dispatcher.settle(delivery, attempt, now));
        }
        Ok(events)
    }

    fn take(&mut self, delivery: &Delivery) {
        if self.disk.borrow().is_unsynced("-wal") && !self.disk.borrow().is_careless {
            self.violations.push(format!("letter {} was sent before it was durable", delivery.id));
        }
        let taken = Taken { at: self.now, life: self.life, delivery: delivery.clone() };
        let earlier = self.platform.taken.iter().filter(|earlier| earlier.delivery.id == delivery.id);
        let earlier: Vec<_> = earlier.cloned().collect();
        for earlier in &earlier {
            let is_same = (&earlier.delivery.to, &earlier.delivery.text) == (&delivery.to, &delivery.text);
            if !is_same {
                let (one, other) = (&earlier.delivery.text, &delivery.text);
                self.violations
                    .push(format!("two letters have the number {}: {one:?}, {other:?}", delivery.id));
            }
            if earlier.life == self.life {
                self.violations.push(format!("letter {} was sent twice in one life", delivery.id));
            }
            self.count("a letter was sent again");
        }
        if earlier.is_empty() && matches!(delivery.kind.as_str(), "confirm_request" | "secret_request") {
            let fields: Value = serde_json::from_str(&delivery.fields).expect("fields are JSON");
            let code = fields["code"].as_str().expect("a question has a code").to_owned();
            self.platform.codes.push((delivery.to.clone(), code));
        }
        self.platform.taken.push(taken);
    }

    /// The bot's store, once nothing goes wrong any more.
    pub(crate) fn store(&mut self) -> &mut Store {
        self.program.as_mut().expect("it has settled").bot.store()
    }

    pub(crate) fn count(&mut self, what: &'static str) {
        *self.reached.entry(what).or_default() += 1;
    }

    fn moment(&mut self) -> Result<(), Down> {
        self.disk.borrow_mut().moment().map_err(|_| Down)
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
