//! The machine, which may fail, the platform that the program talks through, and the time: all of it one thread, and
//! nothing in it by chance but what a seed decides. A process that the store has failed ends, and the next one is started.

mod program;

use std::collections::BTreeMap;

use usher::adapter::transcript::{Saying, expect_words, pieces};
use usher::config::Config;
use usher::domain::{Body, Heard, MessageId, Origin, PersonId, Span, Timestamp};
use usher::runtime::secrets;

use super::disk::Disk;
use super::platform::Platform;
use super::trouble::Trouble;
use super::vfs::Shared;
use program::Program;

/// The database's name on every disk.
pub(crate) const DATABASE: &str = "usher.db";
/// How many lives in a row may end early before somebody mends the disk; twice as many are too many.
const PATIENCE: u32 = 3;
/// A program that has nothing to do looks at the clock as often as this.
const MINUTE: Span = Span::from_secs(60);
/// More turns at one instant than anything needs.
const TURNS: u32 = 10_000;

/// A process that has ended, for whatever reason.
#[derive(Debug)]
pub(crate) struct Down;

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

    /// How often each rare state was reached.
    pub(crate) fn reached(&self) -> BTreeMap<&'static str, u64> {
        let mut reached = self.platform.reached.clone();
        reached.extend(self.disk.borrow().reached());
        reached
    }
}
