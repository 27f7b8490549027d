//! What is to be delivered, and when: in order within a conversation, one conversation never waiting for
//! another, with growing waits after failures. It sends nothing itself and knows no clock.

use std::collections::{BTreeMap, VecDeque};

use super::backoff;
use super::bot::Event;
use crate::domain::{Conversation, Delivery, Span, Timestamp};

/// The messages that wait, by conversation.
#[derive(Debug)]
pub struct Dispatcher {
    lanes: BTreeMap<Conversation, Lane>,
    give_up: Span,
}

#[derive(Debug, Default)]
struct Lane {
    waiting: VecDeque<Delivery>,
    /// After a failure, when to try again.
    due: Option<Timestamp>,
}

/// What became of an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Attempt {
    /// The platform could not take it now.
    Failed,
    /// The platform has it.
    Taken,
}

impl Dispatcher {
    /// Gives up what could not be delivered for this long.
    pub fn new(give_up: Span) -> Self {
        Self { lanes: BTreeMap::new(), give_up }
    }

    /// Gives up after another length of time from now on.
    pub fn set_give_up(&mut self, give_up: Span) {
        self.give_up = give_up;
    }

    /// Takes messages to deliver, in order.
    pub fn push(&mut self, deliveries: impl IntoIterator<Item = Delivery>) {
        for delivery in deliveries {
            self.lanes.entry(delivery.to.clone()).or_default().waiting.push_back(delivery);
        }
    }

    /// Everything that may be tried now, in the order in which it was written. Each comes back through
    /// [`Self::settle`]; in a conversation whose first one fails, the others must not be tried.
    pub fn take(&mut self, now: Timestamp) -> Vec<Delivery> {
        let mut taken = Vec::new();
        for lane in self.lanes.values_mut().filter(|lane| lane.due.is_none_or(|due| due <= now)) {
            taken.extend(lane.waiting.drain(..));
        }
        taken.sort_by_key(|delivery| delivery.id);
        self.lanes.retain(|_, lane| lane.due.is_some_and(|due| due > now));
        taken
    }

    /// Notes what became of one message; what was not tried is simply pushed again by [`Self::untried`].
    /// Gives what the bot has to remember.
    pub fn settle(&mut self, mut delivery: Delivery, attempt: Attempt, now: Timestamp) -> Event {
        if attempt == Attempt::Taken {
            return Event::Delivered(delivery.id);
        }
        delivery.attempts = delivery.attempts.saturating_add(1);
        if delivery.queued_at + self.give_up <= now {
            return Event::Buried(delivery.id);
        }
        let (id, attempts) = (delivery.id, delivery.attempts);
        let lane = self.lanes.entry(delivery.to.clone()).or_default();
        lane.due = Some(now + backoff::wait(attempts));
        lane.waiting.push_front(delivery);
        Event::PutOff(id, attempts)
    }

    /// Takes back a message that was not tried because one before it failed.
    pub fn untried(&mut self, delivery: Delivery) {
        self.lanes.entry(delivery.to.clone()).or_default().waiting.push_back(delivery);
    }

    /// Forgets all waits: what was down is up again.
    pub fn retry_now(&mut self) {
        for lane in self.lanes.values_mut() {
            lane.due = None;
        }
    }

    /// When the next message may be tried.
    pub fn next_wake(&self) -> Option<Timestamp> {
        let waiting = self.lanes.values().filter(|lane| !lane.waiting.is_empty());
        waiting.map(|lane| lane.due.unwrap_or(Timestamp::from_millis(i64::MIN))).min()
    }
}
