//! What goes to and fro between the program and the platform.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use usher::adapter::Undelivered;
use usher::domain::{MessageId, Span};
use usher::runtime::bot::Event;
use usher::runtime::dispatcher::Attempt;

use super::super::far::{Answer, Question};
use super::super::life::Offer;
use super::super::oracle::ensure;
use super::{Due, House, Name};

/// How it stands with a conversation, or with all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Weather {
    /// Whatever is delivered there takes seconds.
    Slow,
    /// Nothing can be delivered there.
    Down,
    /// There is no answer for minutes, and then a failure; the message may have been taken.
    Hanging,
}

impl House {
    /// Takes from the platform what it has that the program was not given yet.
    pub(super) fn listen(&mut self) {
        for heard in self.world.platform.waiting() {
            if self.given.insert(heard.id.clone()) {
                self.feed.push_back(Event::Heard(heard.clone()));
            }
        }
    }

    /// Hands one event in.
    pub(super) fn hand_in(&mut self) {
        let Some(event) = self.feed.pop_front() else { return };
        self.note(format!("in: {event:?}"));
        if let Event::Heard(heard) = &event {
            self.handed_in.push((heard.id.clone(), heard.sender.clone(), heard.conversation.clone()));
            self.world.note_age(&heard.id);
            // Not before: whatever asks comes again.
            let again = self.world.now + self.up_to(Span::from_secs(60));
            self.agenda.insert((again, Name::Again(heard.id.clone())), Due::Again);
        }
        let life = self.life.as_mut().expect("it runs");
        life.hand_in(event);
        if !self.feed.is_empty() && !life.has_room() {
            self.world.platform.count("an event waited for room");
        }
    }

    /// Lets what comes next come.
    pub(super) fn fall_due(&mut self) {
        let Some(((_, name), due)) = self.agenda.pop_first() else { return };
        match due {
            Due::Answer(letter, attempt, answer) => {
                self.note(format!("answer: {} {attempt:?}", letter.id));
                self.watch.dial().ahead = self.world.wall() - self.world.now;
                let left = letter.created + self.world.config.give_up - self.watch.peek();
                let is_too_old = left <= Span::ZERO;
                self.lanes.answer(&letter, attempt, left, self.world.now);
                let is_failed = matches!(attempt, Attempt::Failed(_));
                if is_failed && is_too_old {
                    self.world.platform.give_up(&letter);
                }
                if !is_failed || is_too_old {
                    self.answered.push(letter.id);
                }
                let told = match attempt {
                    Attempt::Taken => Ok(()),
                    Attempt::Refused => Err(Undelivered::Never("it is refused".to_owned())),
                    Attempt::Failed(pause) => Err(Undelivered::Later { why: "it fails".to_owned(), pause }),
                };
                // Who is dead hears nothing.
                let _ = answer.send(told);
            }
            Due::Found(event) => self.feed.push_back(event),
            Due::Line(answer) => self.far.answer(answer),
            Due::Again => {
                let Name::Again(id) = name else { unreachable!("it is named so") };
                let again = self.world.platform.waiting().iter().find(|heard| heard.id == id).cloned();
                if let Some(heard) = again.filter(|_| !self.is_stopping) {
                    self.world.platform.count("a message came again before it was handled");
                    self.feed.push_back(Event::Heard(heard));
                }
            }
        }
    }

    /// Something comes back to the bot: at once, or what was found out when its time has come.
    pub(super) fn came_back(&mut self, event: Event) {
        let Event::Answered(heard, ..) = &event else {
            self.feed.push_back(event);
            return;
        };
        if !self.given.contains(&heard.id) {
            let early = format!("{} was acknowledged before it was known what it is", heard.id);
            self.world.platform.violations.push(early);
        }
        // Drawn from nothing that depends on when it came.
        let bytes =
            heard.id.as_str().bytes().fold(self.seed, |all, byte| all * 31 % (1 << 32) + u64::from(byte));
        let longest = if self.world.is_slow { Span::from_secs(40) } else { Span::from_millis(50) };
        let span = up_to(ChaCha8Rng::seed_from_u64(bytes).next_u64(), longest);
        self.agenda.insert((self.world.now + span, Name::Found(heard.id.clone())), Due::Found(event));
    }

    /// The program believes what the machine's clock has shown for an hour.
    pub(super) fn clocks_are_set(&mut self) {
        for reset in std::mem::take(&mut self.watch.dial().resets) {
            self.world.resets.push(reset);
            self.world.platform.forget_pauses();
            self.world.platform.count("a clock that was set anew was believed");
            if self.lanes.reset(reset) {
                self.world
                    .platform
                    .count("a clock that was set anew was believed while a message was put off");
            }
        }
    }

    /// The platform hears which messages need not come again.
    pub(super) fn acknowledge(&mut self, settled: Vec<MessageId>, is_killed: bool) -> Result<(), String> {
        let is_early = !settled.is_empty() && !is_killed && !self.is_ending() && !self.is_durable();
        ensure(!is_early, || format!("{settled:?} were acknowledged before they were durable"))?;
        if !settled.is_empty() && self.is_finding_out() {
            self.world.platform.count("others were heard while a secret was compared");
        }
        for id in settled {
            self.note(format!("settled: {id}"));
            self.world.note_age(&id);
            self.world.platform.acknowledge(&id);
            self.given.remove(&id);
            if let Some(place) = self.handed_in.iter().position(|(other, ..)| *other == id) {
                self.handed_in.remove(place);
            }
        }
        Ok(())
    }

    fn is_durable(&self) -> bool {
        !self.world.disk.borrow().is_unsynced("-wal")
    }

    /// The platform gets a message; when it answers is up to it.
    pub(super) fn deliver(&mut self, offer: Offer, is_killed: bool) -> Result<(), String> {
        let Offer { delivery, is_durable, answer } = offer;
        let (now, id) = (self.world.now, delivery.id);
        self.note(format!("offer: {delivery:?}"));
        // What a store that has failed has left in the log is no commit.
        ensure(is_durable || is_killed || self.is_ending(), || format!("letter {id} was sent too early"))?;
        let is_done = self.remembered.contains(&id);
        ensure(!is_done, || format!("letter {id} was sent again although it was known to be delivered"))?;
        let read = self.watch.dial().readings.get(&delivery.created).copied();
        let written = read.or_else(|| self.readings.get(&delivery.created).copied());
        let written = written.ok_or_else(|| format!("letter {id} was written when nobody was there"))?;
        self.world.written.entry(id).or_insert(written);
        self.lanes.offer(&delivery, written, now)?;
        let weather = [Some(delivery.to.clone()), None].into_iter().find_map(|to| self.weather.get(&to));
        let weather = weather.filter(|(_, until)| now < *until).map(|(weather, _)| *weather);
        let longest = match weather {
            None => Span::from_millis(200),
            Some(Weather::Slow | Weather::Down) => Span::from_secs(10),
            Some(Weather::Hanging) => Span::from_mins(5),
        };
        let span = self.up_to(longest);
        let (is_down, is_lossy) = match weather {
            Some(Weather::Hanging) if self.one_in(2) => (false, true),
            Some(Weather::Hanging | Weather::Down) => (true, false),
            _ => (false, false),
        };
        let platform = &mut self.world.platform;
        let usual = (platform.is_down, platform.is_lossy);
        (platform.is_down, platform.is_lossy) = (usual.0 || is_down, usual.1 || is_lossy);
        let attempt = platform.offer(&delivery, now, self.world.life);
        (platform.is_down, platform.is_lossy) = usual;
        self.agenda.insert((now + span, Name::Answer(id)), Due::Answer(delivery, attempt, answer));
        Ok(())
    }

    /// The organisation that is far away is asked; when the answer comes is up to it.
    pub(super) fn ask(&mut self, question: Question) -> Result<(), String> {
        let is_early = !self.is_ending() && !self.is_durable();
        ensure(!is_early, || "something was asked for that was not durable".to_owned())?;
        self.questions += 1;
        let (now, chance) = (self.world.now, &mut self.chance);
        let (answer, after) = self.far.hear(question, now, &mut |most| chance.next_u64() % most)?;
        for what in std::mem::take(&mut self.far.reached) {
            self.world.platform.count(what);
        }
        self.note(format!("asked: {answer:?}"));
        self.agenda.insert((now + after, Name::Line(self.questions)), Due::Line(answer));
        Ok(())
    }

    /// Whether the organisation that is far away was called, and has not answered.
    pub(super) fn is_calling(&self) -> bool {
        self.agenda.values().any(|due| matches!(due, Due::Line(Answer::Called(..))))
    }

    /// Whether something is being found out about a message.
    pub(super) fn is_finding_out(&self) -> bool {
        self.agenda.keys().any(|(_, name)| matches!(name, Name::Found(_)))
    }
}

/// Some time up to this, more often short than long: a millisecond at least.
pub(super) fn up_to(bits: u64, longest: Span) -> Span {
    let halvings = bits % 6;
    let most = (longest.as_millis().unsigned_abs() >> halvings).max(1);
    Span::from_millis(1 + i64::try_from((bits >> 8) % most).expect("a span is shorter"))
}
