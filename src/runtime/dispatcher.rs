//! What is to be delivered, and when: in order within a conversation, one conversation never waiting for
//! another, with growing waits after failures. It sends nothing itself and knows no clock.

use std::collections::{BTreeMap, VecDeque};

use super::backoff;
use super::bot::Event;
use crate::domain::{Conversation, Delivery, Span, Timestamp};

/// The messages that wait, by conversation.
///
/// A conversation with messages is ready, put off, or has its first message under way.
#[derive(Debug)]
pub struct Dispatcher {
    waiting: BTreeMap<Conversation, VecDeque<Delivery>>,
    /// Conversations whose first message may be tried, by its number.
    ready: BTreeMap<i64, Conversation>,
    /// Conversations whose first message has failed, by when it or the one after it may be tried.
    put_off: BTreeMap<(Timestamp, i64), Conversation>,
    give_up: Span,
}

/// What became of an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Attempt {
    /// The platform could not take it now; how long it asks to be left alone, where it says so.
    Failed(Option<Span>),
    /// The platform will never take it.
    Refused,
    /// The platform has it.
    Taken,
}

impl Dispatcher {
    /// Gives up what could not be delivered for this long.
    pub fn new(give_up: Span) -> Self {
        Self { waiting: BTreeMap::new(), ready: BTreeMap::new(), put_off: BTreeMap::new(), give_up }
    }

    /// Gives up after another length of time from now on.
    pub fn set_give_up(&mut self, give_up: Span) {
        self.give_up = give_up;
    }

    /// Takes messages to deliver, in order.
    pub fn push(&mut self, deliveries: impl IntoIterator<Item = Delivery>) {
        for delivery in deliveries {
            let lane = self.waiting.entry(delivery.to.clone()).or_insert_with(|| {
                self.ready.insert(delivery.id, delivery.to.clone());
                VecDeque::new()
            });
            lane.push_back(delivery);
        }
    }

    /// The next message that may be tried now. It comes back through [`Self::settle`]; until then no other of
    /// its conversation is given.
    pub fn next(&mut self, now: Timestamp) -> Option<Delivery> {
        // One at a time: what nobody has room for stays put off, should nothing be tried again any more.
        while let Some(first) = self.put_off.first_entry().filter(|first| first.key().0 <= now) {
            let conversation = first.remove();
            match self.waiting.get_mut(&conversation).and_then(VecDeque::pop_front) {
                Some(delivery) => return Some(delivery),
                // Its last message was given up, and nothing has come since.
                None => drop(self.waiting.remove(&conversation)),
            }
        }
        self.next_untried()
    }

    /// The next message that nobody waits to try again; it comes back in the same way.
    pub fn next_untried(&mut self) -> Option<Delivery> {
        let (_, conversation) = self.ready.pop_first()?;
        self.waiting.get_mut(&conversation)?.pop_front()
    }

    /// Notes what became of one message. Gives what the bot has to remember.
    pub fn settle(&mut self, mut delivery: Delivery, attempt: Attempt, now: Timestamp) -> Event {
        let id = delivery.id;
        let left = delivery.queued_at + self.give_up - now;
        let is_too_old = left <= Span::ZERO;
        let event = match attempt {
            Attempt::Taken => Event::Delivered(id),
            Attempt::Refused => Event::Buried(id),
            Attempt::Failed(_) if is_too_old => Event::Buried(id),
            Attempt::Failed(pause) => {
                delivery.attempts = delivery.attempts.saturating_add(1);
                let attempts = delivery.attempts;
                // The last time is when it is given up, and not up to one wait after that.
                let wait = backoff::wait(attempts).min(left).max(pause.unwrap_or(Span::ZERO));
                self.put_off.insert((now + wait, id), delivery.to.clone());
                self.waiting.entry(delivery.to.clone()).or_default().push_front(delivery);
                return Event::PutOff(id, attempts);
            }
        };
        let next = self.waiting.get(&delivery.to).and_then(|lane| lane.front());
        match (attempt, next) {
            // It asks to be left alone by whatever comes next, too.
            (Attempt::Failed(Some(pause)), _) => drop(self.put_off.insert((now + pause, id), delivery.to)),
            (_, Some(next)) => drop(self.ready.insert(next.id, delivery.to)),
            (_, None) => drop(self.waiting.remove(&delivery.to)),
        }
        event
    }

    /// Forgets all waits: what was down is up again.
    pub fn retry_now(&mut self) {
        let put_off = std::mem::take(&mut self.put_off).into_iter();
        self.put_off
            .extend(put_off.map(|((_, id), conversation)| ((Timestamp::from_millis(0), id), conversation)));
    }

    /// When the next message may be tried.
    pub fn next_wake(&self) -> Option<Timestamp> {
        match self.ready.is_empty() {
            true => self.put_off.first_key_value().map(|((due, _), _)| *due),
            false => Some(Timestamp::from_millis(i64::MIN)),
        }
    }
}
