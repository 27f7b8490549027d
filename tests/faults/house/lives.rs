//! How a life of the program begins and ends.

use usher::domain::Span;
use usher::runtime::bot::Event;
use usher::runtime::dispatcher::{Attempt, Dispatcher};

use super::super::lanes::Lanes;
use super::super::life::{Life, Watch};
use super::super::oracle::ensure;
use super::super::world::Down;
use super::{Due, House, NEVER};

/// How many lives in a row may end by the store's failure before somebody mends the disk.
const PATIENCE: u32 = 3;

impl House {
    /// It is asked to stop: what it was given is finished, and nothing more is given.
    pub(crate) fn stop(&mut self) {
        if self.life.is_none() || self.is_stopping {
            return;
        }
        self.note("it is asked to stop".to_owned());
        self.is_stopping = true;
        self.ending.get_or_insert(self.world.now);
        self.feed.retain(|event| !matches!(event, Event::Heard(_)));
        for (what, is_reached) in [
            ("it was stopped with a delivery under way", self.lanes.under_way() > 0),
            ("it was stopped with a message put off", self.lanes.put_off() > 0),
            ("it was stopped while a secret was compared", self.is_finding_out()),
            ("it was stopped while a call was under way", self.is_calling()),
        ] {
            if is_reached {
                self.world.platform.count(what);
            }
        }
    }

    /// It is stopped for good; gives when it has ended.
    pub(crate) async fn end(&mut self) -> Result<(), String> {
        self.stop();
        self.starts_at = NEVER;
        self.wait(Span::from_mins(1)).await?;
        ensure(self.life.is_none(), || "it does not stop although nothing is left to do".to_owned())
    }

    /// Nothing more is handed in once it is to stop and nobody is finding anything out; gives whether that is so now.
    pub(super) fn may_close(&mut self) -> bool {
        let is_held = self.is_finding_out();
        let Some(life) = self.life.as_mut().filter(|life| self.is_stopping && life.is_idle()) else {
            return false;
        };
        let found = life.found();
        if is_held || !found.is_empty() {
            found.into_iter().for_each(|event| self.came_back(event));
            return false;
        }
        life.close();
        self.lanes.end(self.world.now);
        true
    }

    pub(super) fn start(&mut self) {
        let opened = self.world.open().and_then(|mut bot| {
            let waiting = bot.waiting().map_err(|_| Down)?;
            if self.world.disk.borrow().is_dead() { Err(Down) } else { Ok((bot, waiting)) }
        });
        let Ok((bot, waiting)) = opened else {
            self.note("it can't start".to_owned());
            if self.world.disk.borrow().others.are_writing() {
                self.world.platform.count("it could not start because another process wrote");
            }
            self.world.disk.borrow_mut().revive();
            self.failed();
            self.starts_at = self.world.now + self.up_to(Span::from_secs(20));
            return;
        };
        let now = self.world.now;
        self.note(format!("life {} with {} letters", self.world.life, waiting.len()));
        if !waiting.is_empty() {
            self.world.platform.count("a life began with letters to send");
        }
        self.world.resets.push(now);
        self.watch = Watch::new(self.began, self.world.wall() - now);
        self.lanes = Lanes::new(now);
        let room = 1 << self.below(9);
        let dispatcher = Dispatcher::new(self.world.config.give_up);
        self.life = Some(Life::begin(bot, dispatcher, self.watch.clone(), room));
    }

    /// A life has ended by the store's failure; after some of them somebody mends the disk.
    pub(super) fn failed(&mut self) {
        self.failed += 1;
        if self.failed >= PATIENCE {
            self.failed = 0;
            self.world.disk.borrow_mut().mend();
            self.world.platform.count("the disk was mended");
        }
    }

    /// Kills it where it is.
    pub(super) fn kill(&mut self) {
        self.note("it is killed".to_owned());
        let is_under_way =
            |due: &Due| matches!(due, Due::Answer(_, Attempt::Taken, _) | Due::Found(Event::Delivered(_)));
        for (what, is_reached) in [
            ("it ended between sending and remembering that", self.agenda.values().any(is_under_way)),
            ("it was killed while a secret was compared", self.is_finding_out()),
            ("it was killed while a call was under way", self.is_calling()),
            ("it was killed while it was stopping", self.is_stopping),
            ("it was killed while its store had failed", !self.is_stopping && self.ending.is_some()),
        ] {
            if is_reached {
                self.world.platform.count(what);
            }
        }
        self.world.disk.borrow_mut().die();
        self.bury();
        self.world.disk.borrow_mut().revive();
    }

    /// A life is over; the next one begins some time later.
    pub(super) fn bury(&mut self) {
        self.life = None;
        self.agenda.clear();
        self.feed.clear();
        self.answered.clear();
        self.given.clear();
        self.handed_in.clear();
        (self.kill, self.ending, self.is_stopping) = (None, None, false);
        self.readings.append(&mut self.watch.dial().readings);
        for what in std::mem::take(&mut self.lanes.reached) {
            self.world.platform.count(what);
        }
        if self.starts_at != NEVER {
            self.starts_at = self.world.now + self.up_to(Span::from_secs(20));
        }
    }
}
