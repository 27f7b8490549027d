//! The tasks: one owns the bot, one owns the mouth, and between them are queues.
//!
//! The bot's task sleeps until something comes in or falls due, takes everything that waits, handles it in
//! one transaction, and hands on what is to be delivered once that is durable.

use std::collections::BTreeSet;
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use tokio::sync::mpsc;

use super::bot::{Bot, Event, Handled};
use super::clock::Clock;
use super::dispatcher::{Attempt, Dispatcher};
use super::secrets;
use crate::adapter::{Sink, Undelivered};
use crate::domain::{Delivery, Fault, Heard, PersonId, Span, Timestamp};
use crate::engine::Verdict;
use crate::store::Credentials;

/// The most events that one transaction takes.
pub const MAX_GROUP: usize = 1_024;
/// How many events may wait before whoever brings more has to wait too.
pub const MAX_WAITING: usize = 4_096;
/// To how many conversations messages are delivered at once.
const MAX_AT_ONCE: usize = 32;
/// No sleep is longer, so that a clock that is set back delays nothing for long.
const LONGEST_SLEEP: Span = Span::from_secs(60);

/// Serves until every sender of events is gone; what was taken by then is handled.
///
/// # Errors
/// When the store fails: a bot that can't remember must not act.
pub async fn serve(
    mut bot: Bot,
    mut events: mpsc::Receiver<Event>,
    again: mpsc::WeakSender<Event>,
    mouth: mpsc::UnboundedSender<Vec<Delivery>>,
    clock: impl Clock,
) -> Result<Bot, Fault> {
    let waiting = bot.waiting()?;
    // A mouth that is gone means that the program is stopping; what it did not say is kept in the outbox.
    let _ = mouth.send(waiting);
    let mut parked = Parked::default();
    let mut group = Vec::with_capacity(MAX_GROUP);
    loop {
        let sleep = until(bot.next_wake(), clock.now());
        let got = tokio::time::timeout(sleep, events.recv_many(&mut group, MAX_GROUP)).await;
        if got == Ok(0) {
            return Ok(bot);
        }
        let ready = parked.admit(group.drain(..));
        let Handled { deliveries, checks, deferred } = bot.handle(&ready, clock.now())?;
        if !deliveries.is_empty() {
            let _ = mouth.send(deliveries);
        }
        parked.waiting.extend(deferred);
        for (heard, credentials) in checks {
            parked.park(heard.sender.clone());
            // Held until the verdict is in: who leaves in between must not take it along.
            if let Some(again) = again.upgrade() {
                tokio::spawn(verify(heard, credentials, clock.now(), again));
            }
        }
    }
}

/// Delivers until the bot is gone, to several conversations at once, and reports what became of each message.
/// Gives back what it could not report because the bot had gone, to be remembered by whoever has the bot now.
pub async fn deliver(
    sink: impl Sink,
    mut dispatcher: Dispatcher,
    mut letters: mpsc::UnboundedReceiver<Vec<Delivery>>,
    report: mpsc::WeakSender<Event>,
    clock: impl Clock,
) -> Vec<Event> {
    let mut unreported = Vec::new();
    let mut under_way = FuturesUnordered::new();
    let mut is_open = true;
    while is_open || !under_way.is_empty() {
        while is_open
            && under_way.len() < MAX_AT_ONCE
            && let Some(letter) = dispatcher.next(clock.now())
        {
            under_way.push(attempt(&sink, letter));
        }
        let wake = dispatcher.next_wake().filter(|_| is_open && under_way.len() < MAX_AT_ONCE);
        tokio::select! {
            more = letters.recv(), if is_open => match more {
                Some(more) => dispatcher.push(more),
                None => is_open = false,
            },
            Some((letter, attempt)) = under_way.next() => {
                let event = dispatcher.settle(letter, attempt, clock.now());
                match report.upgrade() {
                    Some(report) => unreported.extend(report.send(event).await.err().map(|unsent| unsent.0)),
                    None => unreported.push(event),
                }
            }
            () = tokio::time::sleep(until(wake, clock.now())) => {}
        }
    }
    unreported
}

async fn attempt(sink: &impl Sink, letter: Delivery) -> (Delivery, Attempt) {
    let attempt = match sink.deliver(&letter).await {
        Ok(()) => Attempt::Taken,
        Err(error) => {
            tracing::warn!(to = %letter.to, number = letter.id, %error, "a message was not delivered");
            match error {
                Undelivered::Later { pause, .. } => Attempt::Failed(pause),
                Undelivered::Never(_) => Attempt::Refused,
            }
        }
    };
    (letter, attempt)
}

/// Compares a text with somebody's secrets where it stops nobody: that takes long on purpose.
async fn verify(heard: Heard, credentials: Credentials, now: Timestamp, again: mpsc::Sender<Event>) {
    let text = heard.body.text().to_owned();
    let verdict = tokio::task::spawn_blocking(move || secrets::judge(&text, &credentials, now)).await;
    let verdict = verdict.unwrap_or_else(|error| {
        tracing::error!(%error, "a secret could not be compared");
        Verdict::default()
    });
    // A bot that is gone has stopped because the store failed, and said so.
    let _ = again.send(Event::Verified(heard, verdict)).await;
}

fn until(wake: Option<Timestamp>, now: Timestamp) -> Duration {
    let span = wake.map_or(LONGEST_SLEEP, |wake| (wake - now).min(LONGEST_SLEEP)).max(Span::ZERO);
    Duration::from_millis(span.as_millis().unsigned_abs())
}

/// Messages of people whose last one is still being compared: they keep their order.
#[derive(Default)]
struct Parked {
    busy: BTreeSet<PersonId>,
    waiting: Vec<Event>,
}

impl Parked {
    fn park(&mut self, person: PersonId) {
        self.busy.insert(person);
    }

    /// The events that may be handled now; a verdict frees its sender's other messages.
    fn admit(&mut self, events: impl Iterator<Item = Event>) -> Vec<Event> {
        let mut ready = Vec::new();
        for event in events {
            if let Event::Verified(heard, _) = &event {
                self.busy.remove(&heard.sender);
                ready.push(event);
                continue;
            }
            match &event {
                Event::Heard(heard) if self.busy.contains(&heard.sender) => self.waiting.push(event),
                _ => ready.push(event),
            }
        }
        let is_busy =
            |event: &Event| matches!(event, Event::Heard(heard) if self.busy.contains(&heard.sender));
        let (busy, free): (Vec<_>, Vec<_>) = self.waiting.drain(..).partition(is_busy);
        self.waiting.extend(busy);
        ready.extend(free);
        ready
    }
}
