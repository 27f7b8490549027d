//! The program in the world. It does what `runtime::serve` and `runtime::mouth` do, step by step, with a moment at which the
//! process may be killed between any two steps; [`super::super::house`] has them do it themselves.

use std::collections::BTreeSet;
use std::path::Path;

use usher::domain::{Delivery, Heard, MessageId, Span, Timestamp};
use usher::runtime::bot::{Aside, Bot, Event, Handled, Search};
use usher::runtime::chance::Chance;
use usher::runtime::clock::Steady;
use usher::runtime::dispatcher::Dispatcher;
use usher::runtime::secrets;
use usher::store::{OpenError, Store};

use super::super::far::backing;
use super::super::vfs::mount;
use super::{DATABASE, Down, World};

/// A clock that is set anew is not believed before it has gone on for so long.
const HOUR: Span = Span::from_mins(60);

/// What a life loses when it ends.
pub(super) struct Program {
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

impl World {
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
    pub(super) fn until_wake(&mut self) -> Option<Span> {
        let program = self.program.as_ref()?;
        let wake = program.bot.next_wake().into_iter().chain(program.dispatcher.next_wake()).min()?;
        Some(wake - self.time())
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

    pub(super) fn start(&mut self) -> Result<Program, Down> {
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
    pub(super) fn fresh(&mut self) -> Vec<Event> {
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
    pub(super) fn handle(&mut self, mut events: Vec<Event>) -> Result<(), Down> {
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
            findings.verdict = Some(secrets::judge_said(&heard, &credentials, wall));
        }
    }
    Event::Answered(heard, findings, Vec::new())
}
