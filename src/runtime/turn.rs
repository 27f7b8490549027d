//! One transaction's work: each event is decided on, and the decision written down.

use super::bot::{Aside, Event, Handled, Search};
use super::fields::fields;
use super::flood::Admission;
use super::held::Held;
use crate::domain::{
    Backing, Change, Code, Delivery, Directory, Fault, Heard, Memory, Outgoing, Policy, Sighting, Timestamp,
};
use crate::engine::{self, Decision, Findings, Outcome, Question, World};
use crate::store::{NewLetter, Tx};
use crate::wording::{Language, Wording};

/// How an event's fault is kept from the others.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Care {
    /// It undoes them all.
    Together,
    /// Each event has a savepoint.
    OneByOne,
}

/// What every decision of the transaction is made with.
pub(super) struct Means<'a> {
    pub(super) wording: &'a Wording,
    pub(super) policy: &'a Policy,
    pub(super) backing: &'a dyn Backing,
    pub(super) now: Timestamp,
}

impl<'a> Means<'a> {
    fn world<'w>(&'w self, tx: &'w Tx<'_>, chance: &'w mut dyn FnMut() -> u64) -> World<'w> {
        World { view: tx, policy: self.policy, backing: self.backing, now: self.now, chance }
    }

    /// Writes a decision down; gives what follows once it is durable.
    fn apply(&self, tx: &Tx<'_>, decision: Decision, heard: Option<&Heard>) -> Result<Handled, Fault> {
        let mut handled = Handled { requests: decision.requests, ..Handled::default() };
        for change in &decision.changes {
            tx.apply(change, self.now)?;
            if let Change::LetterRetried { number, .. } = change {
                let queued = tx.queued(number - 1, 1)?;
                handled.deliveries.extend(queued.into_iter().filter(|letter| letter.id == *number));
            }
        }
        for record in &decision.records {
            tx.record(record, self.now)?;
        }
        if decision.messages.is_empty() {
            return Ok(handled);
        }
        let organisation = tx.organisation()?;
        handled.deliveries.reserve_exact(decision.messages.len());
        for message in &decision.messages {
            let chosen = tx.language(&message.to)?;
            let language =
                Language::parse(chosen.as_deref().unwrap_or(&organisation.locale)).unwrap_or(Language::Zh);
            let text = self.wording.say(language, &organisation.timezone, &message.text);
            handled.deliveries.push(post(tx, message, text, &organisation.timezone, heard, self.now)?);
        }
        Ok(handled)
    }

    /// Decides about one message and writes the decision down; one that was handled before has no answer.
    fn answer(
        &self,
        tx: &Tx<'_>,
        chance: &mut dyn FnMut() -> u64,
        heard: &Heard,
        findings: &Findings,
    ) -> Result<Answer, Fault> {
        if !tx.first_time(&heard.id, self.now)? {
            return Ok(Answer::Handled(Handled::default()));
        }
        match engine::hear(&mut self.world(tx, chance), heard, findings)? {
            Outcome::Ask(question) => {
                // It comes back, and is handled then.
                tx.forget_message(&heard.id)?;
                Ok(Answer::Ask(question))
            }
            Outcome::Decided(decision) => Ok(Answer::Handled(self.apply(tx, decision, Some(heard))?)),
        }
    }
}

/// What came of one message: what follows from it, or what has to be found out first.
enum Answer {
    Ask(Question),
    Handled(Handled),
}

/// One transaction's work.
pub(super) struct Work<'a, 'tx, 'store> {
    tx: &'tx mut Tx<'store>,
    means: &'a Means<'a>,
    chance: &'a mut dyn FnMut() -> u64,
    care: Care,
    handled: Handled,
    held: Held,
}

impl<'a, 'tx, 'store> Work<'a, 'tx, 'store> {
    pub(super) fn new(
        tx: &'tx mut Tx<'store>,
        means: &'a Means<'a>,
        chance: &'a mut dyn FnMut() -> u64,
        care: Care,
    ) -> Self {
        Self { tx, means, chance, care, handled: Handled::default(), held: Held::default() }
    }

    /// Marks everything that was delivered, last: that is the end of a message, whatever else befell it before.
    pub(super) fn finish(self, events: &[Event]) -> Result<Handled, Fault> {
        let mut ids: Vec<i64> = events
            .iter()
            .filter_map(|event| if let Event::Delivered(id) = event { Some(*id) } else { None })
            .collect();
        ids.sort_unstable();
        ids.chunk_by(|id, next| id + 1 == *next)
            .try_for_each(|run| self.tx.mark_sent(run[0]..=run[run.len() - 1]))?;
        Ok(self.handled)
    }

    pub(super) fn handle(&mut self, event: &Event, admission: Admission) -> Result<(), Fault> {
        match event {
            Event::Answered(heard, findings, sightings) => {
                self.see(sightings)?;
                self.hear(heard, findings)
            }
            Event::Buried(id) => self.tx.bury(*id),
            Event::Called(code, position, answer) => {
                self.go_on(code, |world| engine::called(world, code, *position, answer))
            }
            Event::Checked(code, position, answer) => {
                self.go_on(code, |world| engine::checked(world, code, *position, answer))
            }
            Event::Counted(more, limit) => self.decide(|world| engine::counted(world, *more, *limit)),
            Event::Delivered(_) => Ok(()),
            Event::Heard(heard) if self.held.holds(heard) => {
                self.handled.deferred.push(event.clone());
                Ok(())
            }
            Event::Heard(heard) => match admission {
                Admission::Go => self.hear(heard, &Findings::default()),
                // Whoever administers may have a lot to do.
                _ if engine::administers(self.tx, &heard.sender)? => self.hear(heard, &Findings::default()),
                Admission::Quiet => self.tx.first_time(&heard.id, self.means.now).map(drop),
                Admission::Tell => self.tell_too_fast(heard),
            },
            Event::PutOff(id, attempts) => self.tx.put_off(*id, *attempts),
            Event::Seen(sightings) => self.see(sightings),
        }
    }

    pub(super) fn tick(&mut self) -> Result<(), Fault> {
        self.decide(engine::tick)
    }

    fn take(&mut self, handled: Handled) {
        self.handled.deliveries.extend(handled.deliveries);
        self.handled.requests.extend(handled.requests);
    }

    /// Decides about something that nobody said.
    fn decide(&mut self, decide: impl Fn(&World<'_>) -> Result<Decision, Fault>) -> Result<(), Fault> {
        let decision = decide(&self.means.world(self.tx, self.chance))?;
        let handled = self.means.apply(self.tx, decision, None)?;
        self.take(handled);
        Ok(())
    }

    /// Goes on with an operation's step. Should the copy not take what was done, that operation ends, and no other.
    fn go_on(
        &mut self,
        code: &Code,
        decide: impl Fn(&World<'_>) -> Result<Decision, Fault>,
    ) -> Result<(), Fault> {
        if self.care == Care::Together {
            return self.decide(decide);
        }
        let Self { tx, means, chance, .. } = self;
        let gone_on = tx.savepoint(|tx| {
            let decision = decide(&means.world(tx, *chance))?;
            means.apply(tx, decision, None)
        });
        match gone_on {
            Ok(handled) => {
                self.take(handled);
                Ok(())
            }
            Err(fault) => {
                tracing::error!(%code, %fault, "what became of a step can't be kept");
                self.decide(|world| engine::broken(world, code))
            }
        }
    }

    /// Takes over what the backend has shown. One fact that can't be is left out, and the others are not.
    fn see(&mut self, sightings: &[Sighting]) -> Result<(), Fault> {
        if self.care == Care::Together {
            return self.decide(|world| engine::seen(world, sightings));
        }
        for sighting in sightings {
            let Self { tx, means, chance, .. } = self;
            let seen = tx.savepoint(|tx| {
                let decision = engine::seen(&means.world(tx, *chance), std::slice::from_ref(sighting))?;
                means.apply(tx, decision, None)
            });
            match seen {
                Ok(handled) => self.take(handled),
                Err(Fault(why)) => tracing::error!(why, "what the backend has shown can't be kept"),
            }
        }
        Ok(())
    }

    fn tell_too_fast(&mut self, heard: &Heard) -> Result<(), Fault> {
        if !self.tx.first_time(&heard.id, self.means.now)? {
            return Ok(());
        }
        let decision = engine::too_fast(&self.means.world(self.tx, self.chance), heard)?;
        let handled = self.means.apply(self.tx, decision, Some(heard))?;
        self.take(handled);
        Ok(())
    }

    /// Handles one message.
    fn hear(&mut self, heard: &Heard, findings: &Findings) -> Result<(), Fault> {
        let Self { tx, means, chance, .. } = self;
        let answer = match self.care {
            Care::Together => means.answer(tx, *chance, heard, findings)?,
            Care::OneByOne => match tx.savepoint(|tx| means.answer(tx, *chance, heard, findings)) {
                Ok(answer) => answer,
                Err(fault) => Answer::Handled(self.apologise(heard, &fault)?),
            },
        };
        let search = match answer {
            Answer::Handled(handled) => {
                self.take(handled);
                return Ok(());
            }
            Answer::Ask(Question::LookUp(target)) => Search::LookUp(target),
            Answer::Ask(Question::Secret(person)) => {
                Search::Secret(self.tx.credentials(&person)?.unwrap_or_default())
            }
        };
        let findings = findings.clone();
        self.held.put_aside(heard);
        self.handled.asides.push(Aside { heard: heard.clone(), findings, search });
        Ok(())
    }

    /// A message that could not be handled is answered, and not tried again: it would fail again.
    fn apologise(&mut self, heard: &Heard, fault: &Fault) -> Result<Handled, Fault> {
        tracing::error!(message = %heard.id, sender = %heard.sender, %fault, "a message could not be handled");
        let Self { tx, means, chance, .. } = self;
        tx.savepoint(|tx| {
            tx.first_time(&heard.id, means.now)?;
            let decision = engine::apologise(&mut means.world(tx, *chance), heard)?;
            means.apply(tx, decision, Some(heard))
        })
    }
}

fn post(
    tx: &Tx<'_>,
    message: &Outgoing,
    text: String,
    zone: &str,
    heard: Option<&Heard>,
    now: Timestamp,
) -> Result<Delivery, Fault> {
    let kind = message.content.kind();
    let fields = fields(&message.content, zone);
    let in_reply_to = heard.map(|heard| &heard.id);
    let attachment = message.attachment.as_ref().map(|file| file.name.as_str());
    let letter = NewLetter {
        to: &message.to,
        kind,
        fields: &fields,
        text: &text,
        in_reply_to,
        attachment,
        created: now,
    };
    Ok(Delivery {
        id: tx.post(&letter)?,
        to: message.to.clone(),
        kind: kind.to_owned(),
        fields,
        text,
        in_reply_to: in_reply_to.cloned(),
        attachment: message.attachment.clone(),
        attempts: 0,
        created: now,
        queued_at: now,
    })
}
