//! The bot: takes events, decides, commits, and gives back what is to be delivered. It is synchronous and
//! runs on whatever clock it is told, so that transcripts drive the very same code as the program.

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::{
    Backing, CallFailure, Code, Delivery, Directory, Embedded, Evidence, Fault, Heard, MessageId, Phrase,
    Policy, Request, Sighting, Span, Target, Timestamp, Unknown,
};
use crate::engine::Findings;
use crate::store::{Credentials, Store, Tx};
use crate::wording::markup::plain;
use crate::wording::{Language, Wording};

use super::chance::Chance;
use super::flood::{Admission, Flood};
use super::head::HeadFile;
use super::turn::{Care, Means, Work};

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
    /// What was put aside, with what was found out about it, and what the backend has shown on the way.
    Answered(Heard, Findings, Vec<Sighting>),
    /// A message is given up: it could not be delivered for too long, or never can be.
    Buried(i64),
    /// How the call for a step of this operation ended.
    Called(Code, usize, Result<(), CallFailure>),
    /// What the backend shows of a step of this operation.
    Checked(Code, usize, Result<Evidence, Unknown>),
    /// So many more of the platform's counted calls were made, of so many that a month has.
    Counted(u64, u64),
    /// A message was delivered.
    Delivered(i64),
    /// Somebody said something.
    Heard(Heard),
    /// A message could not be delivered, so many times now.
    PutOff(i64, u32),
    /// The backend has shown something.
    Seen(Vec<Sighting>),
}

impl Event {
    /// The id of what somebody said.
    pub(super) fn said(&self) -> Option<&MessageId> {
        match self {
            Self::Heard(heard) => Some(&heard.id),
            _ => None,
        }
    }
}

/// A message that was put aside until something is found out about it. It comes back as [`Event::Answered`].
#[derive(Clone, Debug)]
pub struct Aside {
    /// The message.
    pub heard: Heard,
    /// What was found out about it before.
    pub findings: Findings,
    /// What is to be found out now.
    pub search: Search,
}

/// What is to be found out about a message.
#[derive(Clone, Debug)]
pub enum Search {
    /// What the backend shows of this person or approval.
    LookUp(Target),
    /// What its text is worth, compared with these.
    Secret(Credentials),
}

/// What came of some events, once they are durable.
#[derive(Debug, Default)]
pub struct Handled {
    /// What is to be delivered, in order.
    pub deliveries: Vec<Delivery>,
    /// What was put aside.
    pub asides: Vec<Aside>,
    /// What comes behind a message that was put aside; to be handed in again after it.
    pub deferred: Vec<Event>,
    /// What the backend is asked.
    pub requests: Vec<Request>,
}

/// The bot.
pub struct Bot {
    store: Store,
    wording: Wording,
    policy: Policy,
    backing: Box<dyn Backing>,
    chance: Chance,
    flood: Flood,
    /// Whether the messages that wait now are listened to: each is counted once.
    admitted: BTreeMap<MessageId, Admission>,
    /// Where the audit log's newest entry is noted after each commit.
    head_file: Option<HeadFile>,
    /// When events were last handled in this life.
    latest: Option<Timestamp>,
    next_deadline: Option<Timestamp>,
    next_tidying: Option<Timestamp>,
    /// When the log is to be wiped of somebody who was erased, but somebody else was still reading it.
    next_wiping: Option<Timestamp>,
}

impl Bot {
    /// Takes over a database that has an organisation, which is all there is of it.
    ///
    /// # Errors
    /// When the store fails.
    pub fn new(store: Store, policy: Policy, chance: Chance) -> Result<Self, Fault> {
        Self::with(store, Box::new(Embedded), policy, chance)
    }

    /// Takes over a database that has an organisation, or a copy of a remote one.
    ///
    /// # Errors
    /// When the store fails.
    pub fn with(
        mut store: Store,
        backing: Box<dyn Backing>,
        policy: Policy,
        chance: Chance,
    ) -> Result<Self, Fault> {
        let wording = Wording::new();
        let (policy, next_deadline) = store.transact(|tx| {
            tx.wake_calls()?;
            Ok::<_, Fault>((complete(policy, &wording, tx)?, next_wake(tx)?))
        })?;
        // Should the last process have ended between erasing somebody and wiping the log, it is done now. What that process
        // had written and not synced is made durable by it too, before anybody is told of it.
        let is_wiped = store.wipe_log()?;
        if !is_wiped {
            store.sync_log()?;
        }
        let next_wiping = (!is_wiped).then_some(Timestamp::from_millis(0));
        Ok(Self {
            store,
            wording,
            policy,
            backing,
            chance,
            flood: Flood::default(),
            admitted: BTreeMap::new(),
            head_file: None,
            latest: None,
            next_deadline,
            next_tidying: None,
            next_wiping,
        })
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

    /// Notes the audit log's newest entry in this file after each commit from now on.
    pub fn note_head_in(&mut self, file: HeadFile) {
        self.head_file = Some(file);
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
        if self.latest.is_some_and(|latest| now < latest) {
            // What was to happen at a time that is further off now than it was.
            self.flood = Flood::default();
            (self.next_tidying, self.next_wiping) = (None, self.next_wiping.map(|_| now));
        }
        let limit = self.policy.messages_per_minute;
        let admissions: Vec<_> = events
            .iter()
            .map(|event| match event {
                Event::Heard(heard) => {
                    let before = self.admitted.remove(&heard.id);
                    before.unwrap_or_else(|| self.flood.admit(heard, limit, now))
                }
                _ => Admission::Go,
            })
            .collect();
        let turn = |bot: &mut Self, care| bot.turn(events, &admissions, now, care);
        let handled = turn(self, Care::Together).or_else(|_| turn(self, Care::OneByOne))?;
        let waits: BTreeSet<_> = handled.deferred.iter().filter_map(Event::said).collect();
        let admitted = events.iter().zip(&admissions).filter_map(|(event, admission)| {
            let waiting = event.said().filter(|id| waits.contains(id))?;
            Some((waiting.clone(), *admission))
        });
        self.admitted.extend(admitted);
        Ok(handled)
    }

    fn turn(
        &mut self,
        events: &[Event],
        admissions: &[Admission],
        now: Timestamp,
        care: Care,
    ) -> Result<Handled, Fault> {
        let Self {
            store,
            wording,
            policy,
            backing,
            chance,
            latest,
            next_deadline,
            next_tidying,
            next_wiping,
            ..
        } = self;
        // Before a start, or an hour ago, the clock may have been set back: whoever is waited for gains nothing by it.
        let may_be_set_back = latest.is_none_or(|latest| now < latest);
        let is_due = next_deadline.is_some_and(|deadline| deadline <= now);
        let is_wiping = next_wiping.is_some_and(|time| time <= now);
        let is_tidying = next_tidying.is_none_or(|time| time <= now);
        let mut chance = || chance.bits();
        let (handled, deadline, is_erased, head, has_more) = store.transact(|tx| {
            let has_more = is_tidying && tx.tidy(&policy.retention, now)?;
            if may_be_set_back {
                tx.wait_no_longer(now + policy.confirm_ttl, now + policy.secret_ttl)?;
            }
            let means = Means { wording, policy, backing: &**backing, now };
            let mut work = Work::new(tx, &means, &mut chance, care);
            if is_due {
                work.tick()?;
            }
            for (event, admission) in events.iter().zip(admissions) {
                work.handle(event, *admission)?;
            }
            let handled = work.finish(events)?;
            let is_erased = tx.is_erasing()? && tx.go_on_erasing()?;
            Ok::<_, Fault>((handled, next_wake(tx)?, is_erased, tx.audit_head()?, has_more))
        })?;
        if let Some(Err(error)) = self.head_file.as_mut().map(|file| file.note(&head)) {
            // The log is ahead of the file then, which is no sign of tampering.
            tracing::error!(%error, "the audit log's newest entry could not be noted outside the database");
        }
        // Not before the commit: until then the log holds what the database would lose.
        if is_erased || is_wiping {
            // What was committed is kept, whatever becomes of the log: it must not look as if nothing were.
            let is_wiped = store.wipe_log().unwrap_or_else(|fault| {
                tracing::error!(%fault, "the log could not be wiped; it is tried again");
                false
            });
            *next_wiping = (!is_wiped).then_some(now + WIPE_AGAIN);
        }
        (*latest, *next_deadline) = (Some(now), deadline);
        if is_tidying {
            *next_tidying = (!has_more).then_some(now + TIDY_EVERY);
        }
        Ok(handled)
    }
}

/// When something falls due: an operation expires, a step goes on, or somebody is to be reminded.
fn next_wake(tx: &Tx<'_>) -> Result<Option<Timestamp>, Fault> {
    Ok([tx.next_deadline()?, tx.next_step()?, tx.next_reminder()?].into_iter().flatten().min())
}

/// The settings with what they leave to the organisation's language, and as far as the rules allow it.
fn complete(mut policy: Policy, wording: &Wording, tx: &Tx<'_>) -> Result<Policy, Fault> {
    policy.retention = policy.retention.with_what_counts(policy.max_age);
    if policy.followup.is_empty() {
        let organisation = tx.organisation()?;
        let language = Language::parse(&organisation.locale).unwrap_or(Language::Zh);
        let say = |id| plain(&wording.say(language, &organisation.timezone, &[Phrase::new(id)]));
        policy.followup = FOLLOW_UP.map(say).to_vec();
    }
    Ok(policy)
}
