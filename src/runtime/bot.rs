//! The bot: takes events, decides, commits, and gives back what is to be delivered. It is synchronous and
//! runs on whatever clock it is told, so that transcripts drive the very same code as the program.

use crate::domain::{
    Change, Delivery, Directory, Fault, Heard, Memory, Outgoing, Phrase, Policy, Span, Timestamp,
};
use crate::engine::{self, Decision, Outcome, Verdict, World};
use crate::store::{Credentials, NewLetter, Store, Tx};
use crate::wording::markup::plain;
use crate::wording::{Language, Wording};

use super::chance::Chance;
use super::fields::fields;

/// How long a message's mark is kept: far longer than any platform delivers again.
const KEEP_MARKS: Span = Span::from_days(30);
/// How long a message that was sent can be looked up.
const KEEP_SENT: Span = Span::from_days(7);
/// After how long it is tried again to wipe the log, when somebody was reading it.
const WIPE_AGAIN: Span = Span::from_secs(1);
/// How often what is too old is forgotten.
const TIDY_EVERY: Span = Span::from_mins(60);
/// What is left to do after somebody left, unless the settings say otherwise.
const FOLLOW_UP: [&str; 3] = ["follow-up-accounts", "follow-up-equipment", "follow-up-contacts"];
/// How many letters are read from the outbox at a time.
const PAGE: usize = 1_000;

/// Everything that can wake the bot.
#[derive(Clone, Debug)]
pub enum Event {
    /// A message that could not be delivered for too long is given up.
    Buried(i64),
    /// A message was delivered.
    Delivered(i64),
    /// Somebody said something.
    Heard(Heard),
    /// A message could not be delivered, so many times now.
    PutOff(i64, u32),
    /// What a message that may be a secret turned out to be worth.
    Verified(Heard, Verdict),
}

/// What came of some events, once they are durable.
#[derive(Debug, Default)]
pub struct Handled {
    /// What is to be delivered, in order.
    pub deliveries: Vec<Delivery>,
    /// What has to be compared with somebody's secret, and come back as [`Event::Verified`].
    pub checks: Vec<(Heard, Credentials)>,
    /// What somebody said after a message that has to be compared first; to be handed in again after it.
    pub deferred: Vec<Event>,
}

/// The bot.
pub struct Bot {
    store: Store,
    wording: Wording,
    policy: Policy,
    chance: Chance,
    next_deadline: Option<Timestamp>,
    next_tidying: Option<Timestamp>,
    /// When the log is to be wiped of somebody who was erased, but somebody else was still reading it.
    next_wiping: Option<Timestamp>,
}

impl Bot {
    /// Takes over a database that has an organisation.
    ///
    /// # Errors
    /// When the store fails.
    pub fn new(mut store: Store, policy: Policy, chance: Chance) -> Result<Self, Fault> {
        let wording = Wording::new();
        let (policy, next_deadline) =
            store.transact(|tx| Ok::<_, Fault>((complete(policy, &wording, tx)?, next_wake(tx)?)))?;
        // Should the last process have ended between erasing somebody and wiping the log, it is done now.
        let next_wiping = (!store.wipe_log()?).then_some(Timestamp::from_millis(0));
        Ok(Self { store, wording, policy, chance, next_deadline, next_tidying: None, next_wiping })
    }

    /// Everything that waits to be delivered, in order: what a start begins with.
    ///
    /// # Errors
    /// When the store fails.
    pub fn waiting(&mut self) -> Result<Vec<Delivery>, Fault> {
        self.store.transact(|tx| {
            let mut all: Vec<Delivery> = Vec::new();
            loop {
                let page = tx.queued(all.last().map_or(0, |last| last.id), PAGE)?;
                if page.is_empty() {
                    return Ok(all);
                }
                all.extend(page);
            }
        })
    }

    /// When the bot has something to do although nobody says anything.
    pub fn next_wake(&self) -> Option<Timestamp> {
        self.next_deadline.into_iter().chain(self.next_wiping).min()
    }

    /// The store, for whoever looks at it between two events.
    pub fn store(&mut self) -> &mut Store {
        &mut self.store
    }

    /// Obeys other settings from now on.
    ///
    /// # Errors
    /// When the store fails.
    pub fn set_policy(&mut self, policy: Policy) -> Result<(), Fault> {
        self.policy = self.store.transact(|tx| complete(policy, &self.wording, tx))?;
        Ok(())
    }

    /// Takes random bits from here from now on.
    pub fn set_chance(&mut self, chance: Chance) {
        self.chance = chance;
    }

    /// Stops; gives the source of random bits back, so that a later bot goes on where this one was.
    pub fn into_chance(self) -> Chance {
        self.chance
    }

    /// Handles what has come in, and what has fallen due, in one transaction. What fails is undone alone:
    /// faults are rare, so the group is tried as a whole first, and message by message only after a fault.
    ///
    /// # Errors
    /// When the store fails; then nothing of these events was kept.
    pub fn handle(&mut self, events: &[Event], now: Timestamp) -> Result<Handled, Fault> {
        self.turn(events, now, Care::Together).or_else(|_| self.turn(events, now, Care::OneByOne))
    }

    fn turn(&mut self, events: &[Event], now: Timestamp, care: Care) -> Result<Handled, Fault> {
        let Self { store, wording, policy, chance, next_deadline, next_tidying, next_wiping } = self;
        let is_due = next_deadline.is_some_and(|deadline| deadline <= now);
        let is_wiping = next_wiping.is_some_and(|time| time <= now);
        let is_tidying = next_tidying.is_none_or(|time| time <= now);
        let mut chance = || chance.bits();
        let (handled, deadline, is_erasing) = store.transact(|tx| {
            let handled = Handled::default();
            let mut work = Work { tx, wording, policy, chance: &mut chance, now, care, handled };
            if is_tidying {
                work.tx.forget_inbox_before(now - KEEP_MARKS)?;
                work.tx.forget_sent_before(now - KEEP_SENT)?;
            }
            if is_due {
                work.tick()?;
            }
            for event in events {
                work.handle(event)?;
            }
            work.mark_sent(events)?;
            let handled = work.handled;
            let is_erasing = tx.is_erasing()?;
            if is_erasing {
                tx.end_erasure()?;
            }
            Ok::<_, Fault>((handled, next_wake(tx)?, is_erasing))
        })?;
        // Not before the commit: until then the log holds what the database would lose.
        if is_erasing || is_wiping {
            // What was committed is kept, whatever becomes of the log: it must not look as if nothing were.
            let is_wiped = store.wipe_log().unwrap_or_else(|fault| {
                tracing::error!(%fault, "the log could not be wiped; it is tried again");
                false
            });
            *next_wiping = (!is_wiped).then_some(now + WIPE_AGAIN);
        }
        *next_deadline = deadline;
        if is_tidying {
            *next_tidying = Some(now + TIDY_EVERY);
        }
        Ok(handled)
    }
}

/// When something falls due: an operation expires, or somebody is to be reminded.
fn next_wake(tx: &Tx<'_>) -> Result<Option<Timestamp>, Fault> {
    Ok(tx.next_deadline()?.into_iter().chain(tx.next_reminder()?).min())
}

/// The settings with what they leave to the organisation's language.
fn complete(mut policy: Policy, wording: &Wording, tx: &Tx<'_>) -> Result<Policy, Fault> {
    if policy.followup.is_empty() {
        let organisation = tx.organisation()?;
        let language = Language::parse(&organisation.locale).unwrap_or(Language::Zh);
        let say = |id| plain(&wording.say(language, &organisation.timezone, &[Phrase::new(id)]));
        policy.followup = FOLLOW_UP.map(say).to_vec();
    }
    Ok(policy)
}

/// How a message's fault is kept from the others.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Care {
    /// It undoes them all.
    Together,
    /// Each message has a savepoint.
    OneByOne,
}

/// One transaction's work.
struct Work<'a, 'tx, 'store> {
    tx: &'tx mut Tx<'store>,
    wording: &'a Wording,
    policy: &'a Policy,
    chance: &'a mut dyn FnMut() -> u64,
    now: Timestamp,
    care: Care,
    handled: Handled,
}

/// What came of one message: what is to be delivered, or what it has to be compared with first.
enum Answer {
    Check(engine::SecretCheck),
    Deliveries(Vec<Delivery>),
}

impl Work<'_, '_, '_> {
    /// Marks everything that was delivered, last: that is the end of a message, whatever else befell it before.
    fn mark_sent(&mut self, events: &[Event]) -> Result<(), Fault> {
        let mut ids: Vec<i64> = events
            .iter()
            .filter_map(|event| if let Event::Delivered(id) = event { Some(*id) } else { None })
            .collect();
        ids.sort_unstable();
        ids.chunk_by(|id, next| id + 1 == *next)
            .try_for_each(|run| self.tx.mark_sent(run[0]..=run[run.len() - 1]))
    }

    fn handle(&mut self, event: &Event) -> Result<(), Fault> {
        match event {
            Event::Buried(id) => self.tx.bury(*id),
            Event::Delivered(_) => Ok(()),
            Event::Heard(heard) if self.is_checking(heard) => {
                self.handled.deferred.push(event.clone());
                Ok(())
            }
            Event::Heard(heard) => self.hear(heard, None),
            Event::PutOff(id, attempts) => self.tx.put_off(*id, *attempts),
            Event::Verified(heard, verdict) => self.hear(heard, Some(verdict)),
        }
    }

    fn is_checking(&self, heard: &Heard) -> bool {
        self.handled.checks.iter().any(|(checked, _)| checked.sender == heard.sender)
    }

    fn tick(&mut self) -> Result<(), Fault> {
        let Self { tx, policy, chance, now, .. } = self;
        let decision = engine::tick(&World { view: &**tx, policy, now: *now, chance: &mut **chance })?;
        let deliveries = apply(self.tx, self.wording, decision, None, self.now)?;
        self.handled.deliveries.extend(deliveries);
        Ok(())
    }

    /// Handles one message.
    fn hear(&mut self, heard: &Heard, verdict: Option<&Verdict>) -> Result<(), Fault> {
        let Self { tx, wording, policy, chance, now, .. } = self;
        let mut answer = |tx: &mut Tx<'_>| answer(tx, wording, policy, *chance, *now, heard, verdict);
        let answer = match self.care {
            Care::Together => answer(tx)?,
            Care::OneByOne => match tx.savepoint(answer) {
                Ok(answer) => answer,
                Err(fault) => Answer::Deliveries(self.apologise(heard, &fault)?),
            },
        };
        match answer {
            Answer::Deliveries(deliveries) => self.handled.deliveries.extend(deliveries),
            Answer::Check(check) => {
                let credentials = self.tx.credentials(&check.person)?.unwrap_or_default();
                self.handled.checks.push((heard.clone(), credentials));
            }
        }
        Ok(())
    }

    /// A message that could not be handled is answered, and not tried again: it would fail again.
    fn apologise(&mut self, heard: &Heard, fault: &Fault) -> Result<Vec<Delivery>, Fault> {
        tracing::error!(message = %heard.id, sender = %heard.sender, %fault, "a message could not be handled");
        let Self { tx, wording, policy, chance, now, .. } = self;
        let now = *now;
        tx.savepoint(|tx| {
            tx.first_time(&heard.id, now)?;
            let mut world = World { view: &*tx, policy, now, chance: &mut **chance };
            let decision = engine::apologise(&mut world, heard)?;
            apply(tx, wording, decision, Some(heard), now)
        })
    }
}

/// Decides about one message and writes the decision down; one that was handled before has no answer.
fn answer(
    tx: &mut Tx<'_>,
    wording: &Wording,
    policy: &Policy,
    chance: &mut dyn FnMut() -> u64,
    now: Timestamp,
    heard: &Heard,
    verdict: Option<&Verdict>,
) -> Result<Answer, Fault> {
    if !tx.first_time(&heard.id, now)? {
        return Ok(Answer::Deliveries(Vec::new()));
    }
    let mut world = World { view: &*tx, policy, now, chance };
    match engine::hear(&mut world, heard, verdict)? {
        Outcome::Check(check) => {
            // It comes back, and is handled then.
            tx.forget_message(&heard.id)?;
            Ok(Answer::Check(check))
        }
        Outcome::Decided(decision) => Ok(Answer::Deliveries(apply(tx, wording, decision, Some(heard), now)?)),
    }
}

/// Writes a decision down; gives what is to be delivered.
fn apply(
    tx: &Tx<'_>,
    wording: &Wording,
    decision: Decision,
    heard: Option<&Heard>,
    now: Timestamp,
) -> Result<Vec<Delivery>, Fault> {
    let mut deliveries = Vec::with_capacity(decision.messages.len());
    for change in &decision.changes {
        tx.apply(change, now)?;
        if let Change::LetterRetried { number, .. } = change {
            deliveries.extend(tx.queued(number - 1, 1)?.into_iter().filter(|letter| letter.id == *number));
        }
    }
    for record in &decision.records {
        tx.record(record, now)?;
    }
    if decision.messages.is_empty() {
        return Ok(deliveries);
    }
    let organisation = tx.organisation()?;
    for message in &decision.messages {
        let chosen = tx.language(&message.to)?;
        let language =
            Language::parse(chosen.as_deref().unwrap_or(&organisation.locale)).unwrap_or(Language::Zh);
        let text = wording.say(language, &organisation.timezone, &message.text);
        deliveries.push(post(tx, message, text, &organisation.timezone, heard, now)?);
    }
    Ok(deliveries)
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
    let fields = serde_json::Value::Object(fields(&message.content, zone)).to_string();
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
