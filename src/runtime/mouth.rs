//! The task that delivers: to several conversations at once, in order within each.

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use tokio::sync::mpsc;

use super::bot::Event;
use super::clock::{Clock, until};
use super::dispatcher::{Attempt, Dispatcher};
use crate::adapter::{Sink, Undelivered};
use crate::domain::Delivery;

/// To how many conversations messages are delivered at once.
const MAX_AT_ONCE: usize = 32;

/// Delivers until the bot is gone and all that it left was tried once, to several conversations at once, and reports what
/// became of each message. Gives back what it could not report because the bot had gone, to be remembered by whoever
/// has the bot now.
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
    let mut latest = clock.now();
    loop {
        let now = clock.now();
        if is_open && now < latest {
            // Nobody knows any more how long it was to wait.
            dispatcher.retry_now();
        }
        latest = now;
        while under_way.len() < MAX_AT_ONCE {
            // Nobody who is to stop waits for a second try: what was put off is left to the next start.
            let letter = if is_open { dispatcher.next(now) } else { dispatcher.next_untried() };
            let Some(letter) = letter else { break };
            under_way.push(attempt(&sink, letter));
        }
        if !is_open && under_way.is_empty() {
            return unreported;
        }
        let wake = dispatcher.next_wake().filter(|_| is_open && under_way.len() < MAX_AT_ONCE);
        tokio::select! {
            // In this order, so that a run depends on nothing but what it is given.
            biased;
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
}

async fn attempt(sink: &impl Sink, letter: Delivery) -> (Delivery, Attempt) {
    let attempt = match sink.deliver(&letter).await {
        Ok(()) => {
            tracing::debug!(to = %letter.to, number = letter.id, kind = letter.kind, "delivered");
            metrics::counter!("usher_deliveries_total", "outcome" => "taken").increment(1);
            Attempt::Taken
        }
        Err(error) => {
            tracing::warn!(to = %letter.to, number = letter.id, %error, "a message was not delivered");
            let (attempt, outcome) = match error {
                Undelivered::Later { pause, .. } => (Attempt::Failed(pause), "failed"),
                Undelivered::Never(_) => (Attempt::Refused, "refused"),
            };
            metrics::counter!("usher_deliveries_total", "outcome" => outcome).increment(1);
            attempt
        }
    };
    (letter, attempt)
}
