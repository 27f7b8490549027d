//! The task that owns the bot. What takes long, comparing a secret or asking the backend, is done beside it, and comes
//! back as an event; what is to be delivered goes to [`super::mouth`].
//!
//! The bot's task sleeps until something comes in or falls due, takes everything that waits, handles it in
//! one transaction, and hands on what follows once that is durable.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Semaphore, mpsc};
use tokio::task::JoinError;

use super::bot::{Aside, Bot, Event, Handled, Search};
use super::clock::{Clock, until};
use super::held::Held;
use super::secrets;
use crate::backend::Backend;
use crate::domain::{Delivery, Fault, Heard, MessageId, Request, Span, Timestamp, Unknown};
use crate::engine::Verdict;

/// The most events that one transaction takes.
pub const MAX_GROUP: usize = 1_024;
/// How many events may wait before whoever brings more has to wait too.
pub const MAX_WAITING: usize = 4_096;

/// How long a look-up may take. Each of its calls has a limit, but it may make many, and its conversation waits behind it.
const PATIENCE: Duration = Duration::from_secs(60);

/// How many secrets are compared at once, each in 19 MiB: that many people prove at the same moment who they are must not cost
/// the machine its memory.
const COMPARED_AT_ONCE: usize = 4;

/// The queues between the bot and everybody else.
#[derive(Debug)]
pub struct Queues {
    /// What wakes the bot.
    pub events: mpsc::Receiver<Event>,
    /// The other end, where what was found out comes in again.
    pub again: mpsc::WeakSender<Event>,
    /// What is to be delivered.
    pub mouth: mpsc::UnboundedSender<Vec<Delivery>>,
    /// Messages that need not be delivered again: what follows from them is durable.
    pub settled: mpsc::UnboundedSender<Vec<MessageId>>,
}

/// Serves until every sender of events is gone; what was taken by then is handled.
///
/// # Errors
/// When the store fails: a bot that can't remember must not act.
pub async fn serve(
    mut bot: Bot,
    mut queues: Queues,
    backend: Arc<impl Backend>,
    clock: impl Clock,
) -> Result<Bot, Fault> {
    let waiting = bot.waiting()?;
    // A mouth that is gone means that the program is stopping; what it did not say is kept in the outbox.
    let _ = queues.mouth.send(waiting);
    let mut parked = Parked::default();
    let comparing = Arc::new(Semaphore::new(COMPARED_AT_ONCE));
    let mut group = Vec::with_capacity(MAX_GROUP);
    loop {
        // Something is there already when everybody has left and the last thing said had to be found out about.
        if group.is_empty() {
            let sleep = until(bot.next_wake(), clock.now());
            let got = tokio::time::timeout(sleep, queues.events.recv_many(&mut group, MAX_GROUP)).await;
            if got == Ok(0) {
                return Ok(bot);
            }
        }
        let began = clock.now();
        let ahead = began - clock.wall();
        let ready = parked.admit(group.drain(..).map(|event| dated(event, ahead)));
        let Handled { deliveries, asides, deferred, requests } = bot.handle(&ready, began)?;
        metrics::counter!("usher_events_total").increment(ready.len() as u64);
        metrics::histogram!("usher_turn_seconds").record((clock.now() - began).as_millis() as f64 / 1_000.0);
        tracing::debug!(events = ready.len(), messages = deliveries.len(), "handled");
        let settled = settled(&ready, &asides, &deferred);
        if !settled.is_empty() {
            // Nobody has to be told where nothing is ever delivered again.
            let _ = queues.settled.send(settled);
        }
        if !deliveries.is_empty() {
            let _ = queues.mouth.send(deliveries);
        }
        // They came before whatever waits in the same place: that was held up already.
        parked.waiting.splice(0..0, deferred);
        for aside in asides {
            parked.open.push(aside.heard.clone());
            let finding = find_out(aside, backend.clone(), comparing.clone(), clock.wall());
            // Held until the answer is in: who leaves in between must not take it along.
            match queues.again.upgrade() {
                // Should the bot be gone by then, nothing is lost: its message is not settled, and comes again.
                Some(again) => drop(tokio::spawn(async move { again.send(finding.await).await })),
                None => group.push(finding.await),
            }
        }
        for request in requests {
            if let Some(again) = queues.again.upgrade() {
                tokio::spawn(ask(request, backend.clone(), again));
            }
        }
    }
}

/// The messages of which everything that follows is durable.
fn settled(ready: &[Event], asides: &[Aside], deferred: &[Event]) -> Vec<MessageId> {
    let ids = ready.iter().filter_map(|event| match event {
        Event::Answered(heard, ..) | Event::Heard(heard) => Some(&heard.id),
        _ => None,
    });
    // One that came twice may be handled once, and wait once.
    let mut open: BTreeMap<_, usize> = BTreeMap::new();
    for id in asides.iter().map(|aside| &aside.heard.id).chain(deferred.iter().filter_map(Event::said)) {
        *open.entry(id).or_default() += 1;
    }
    let is_handled = |id: &&MessageId| match open.get_mut::<MessageId>(id) {
        Some(waiting @ 1..) => {
            *waiting -= 1;
            false
        }
        _ => true,
    };
    ids.filter(is_handled).cloned().collect()
}

/// Finds out about a message that was put aside, where it stops nobody: that takes long. People's devices go by the
/// time that the machine's clock shows.
async fn find_out(
    aside: Aside,
    backend: Arc<impl Backend>,
    comparing: Arc<Semaphore>,
    wall: Timestamp,
) -> Event {
    let Aside { heard, mut findings, search } = aside;
    let mut sightings = Vec::new();
    match search {
        Search::LookUp(target) => {
            // In a task of its own: should it panic, its message is answered all the same, and holds up nobody.
            let looking = tokio::spawn(async move {
                let seen = tokio::time::timeout(PATIENCE, backend.look_up(&target)).await;
                seen.unwrap_or_else(|_| Err(Unknown("there was no answer for a minute".to_owned())))
            });
            let seen = looking.await.unwrap_or_else(|_| Err(Unknown("the look-up itself failed".to_owned())));
            findings.looked_up =
                Some(seen.map(|seen| sightings = seen).map_err(|unknown| unknown.to_string()));
        }
        Search::Secret(credentials) => {
            let said = heard.clone();
            let verdict = beside(&comparing, move || secrets::judge_said(&said, &credentials, wall)).await;
            findings.verdict = Some(verdict.unwrap_or_else(|error| {
                tracing::error!(%error, "a secret could not be compared");
                Verdict::default()
            }));
        }
    }
    Event::Answered(heard, findings, sightings)
}

/// Does what would stop everybody on a thread of its own, as soon as one of these is free.
async fn beside<T: Send + 'static>(
    free: &Semaphore,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, JoinError> {
    let _one = free.acquire().await.expect("it is never closed");
    tokio::task::spawn_blocking(work).await
}

/// Asks the backend about a step. Should the answer be lost, the step is read again when its time comes.
async fn ask(request: Request, backend: Arc<impl Backend>, again: mpsc::Sender<Event>) {
    let event = match request {
        Request::Call(job) => {
            let answer = backend.call(&job).await;
            Event::Called(job.code, job.position, answer)
        }
        Request::Check(job) => {
            let answer = backend.check(&job).await;
            Event::Checked(job.code, job.position, answer)
        }
    };
    let _ = again.send(event).await;
}

/// A message keeps its age by the machine's clock, however far the bot's time is ahead of that.
fn dated(mut event: Event, ahead: Span) -> Event {
    if let Event::Heard(heard) = &mut event {
        heard.sent_at = heard.sent_at + ahead;
    }
    event
}

/// Messages that were put aside, and those that come behind them.
#[derive(Default)]
struct Parked {
    open: Vec<Heard>,
    waiting: Vec<Event>,
}

impl Parked {
    /// The events that may be handled now: first what nobody has said, answers among it, for what comes behind an answer
    /// waits no longer; then what has waited, before what came after it.
    fn admit(&mut self, events: impl Iterator<Item = Event>) -> Vec<Event> {
        let (said, mut ready): (Vec<_>, Vec<_>) = events.partition(|event| matches!(event, Event::Heard(_)));
        self.open.retain(|open| {
            !ready.iter().any(|event| matches!(event, Event::Answered(heard, ..) if heard.id == open.id))
        });
        let mut held = Held::default();
        self.open.iter().for_each(|open| held.put_aside(open));
        for event in std::mem::take(&mut self.waiting).into_iter().chain(said) {
            match &event {
                Event::Heard(heard) if held.holds(heard) => self.waiting.push(event),
                _ => ready.push(event),
            }
        }
        ready
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use tokio::sync::Semaphore;

    use super::{Parked, beside};
    use crate::domain::{Body, Conversation, GroupId, Heard, MessageId, Origin, PersonId, Timestamp};
    use crate::engine::Findings;
    use crate::runtime::bot::Event;

    fn said(id: &str, sender: &str, group: &str) -> Heard {
        Heard {
            id: MessageId::new(id),
            conversation: Conversation::Group(GroupId::new(group)),
            sender: PersonId::new(sender),
            body: Body::plain("/help"),
            sent_at: Timestamp::from_millis(0),
            origin: Origin::FirstHand,
        }
    }

    fn ids(events: &[Event]) -> Vec<&str> {
        let ids = events.iter().map(|event| match event {
            Event::Answered(heard, ..) | Event::Heard(heard) => heard.id.as_str(),
            _ => unreachable!("only messages are said here"),
        });
        ids.collect()
    }

    #[test]
    fn nothing_overtakes_what_was_said_before_it_in_its_conversation_or_by_its_sender() {
        let aside = said("1", "alice", "ops");
        let mut parked = Parked { open: vec![aside.clone()], ..Parked::default() };
        let meanwhile = [
            said("2", "bob", "ops"),
            said("3", "bob", "all"),
            said("4", "alice", "hr"),
            said("5", "dave", "hr"),
            said("6", "dave", "all"),
        ];
        assert_eq!(ids(&parked.admit(meanwhile.map(Event::Heard).into_iter())), ["3", "6"]);
        let answer = Event::Answered(aside, Findings::default(), Vec::new());
        let together =
            [Event::Heard(said("7", "alice", "ops")), answer, Event::Heard(said("8", "erin", "hr"))];
        assert_eq!(ids(&parked.admit(together.into_iter())), ["1", "2", "4", "5", "7", "8"]);
    }

    #[tokio::test]
    #[allow(clippy::disallowed_methods, reason = "what would stop the program stops a thread here")]
    async fn however_much_would_stop_everybody_only_so_much_is_done_at_once() {
        let (free, busy) = (Arc::new(Semaphore::new(3)), Arc::new(AtomicUsize::new(0)));
        let work = || {
            let (free, busy) = (free.clone(), busy.clone());
            tokio::spawn(async move {
                let count = move || {
                    let now = busy.fetch_add(1, Ordering::SeqCst) + 1;
                    std::thread::sleep(std::time::Duration::from_millis(10));
                    busy.fetch_sub(1, Ordering::SeqCst);
                    now
                };
                beside(&free, count).await.unwrap()
            })
        };
        let mut most = 0;
        for working in (0..12).map(|_| work()).collect::<Vec<_>>() {
            most = most.max(working.await.unwrap());
        }
        assert!((2..=3).contains(&most), "{most} at once");
    }
}
