//! A chat platform with its habits: it delivers again what was not acknowledged, is down, sets limits, takes messages and
//! says that it did not, and has addresses that nobody can write to. It keeps all that it sees.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use usher::domain::{Conversation, Delivery, Heard, MessageId, Span, Timestamp};
use usher::runtime::dispatcher::Attempt;

/// In what time messages are counted where there is a limit, and for how long it then asks to be left alone.
const MINUTE: Span = Span::from_secs(60);

/// Something that somebody said.
#[derive(Clone, Debug)]
pub(crate) struct Uttered {
    pub(crate) heard: Heard,
    pub(crate) at: Timestamp,
}

/// One message that the platform took.
#[derive(Clone, Debug)]
pub(crate) struct Taken {
    pub(crate) at: Timestamp,
    /// In which life of the program.
    pub(crate) life: u64,
    pub(crate) delivery: Delivery,
}

#[derive(Default)]
pub(crate) struct Platform {
    pub(crate) is_down: bool,
    /// How many messages a conversation may have in a minute.
    pub(crate) limit: Option<usize>,
    /// It takes each message and says that it did not, the first time.
    pub(crate) is_lossy: bool,
    /// Who can't be written to.
    pub(crate) refused: BTreeSet<Conversation>,
    pub(crate) said: Vec<Uttered>,
    pub(crate) taken: Vec<Taken>,
    /// What it did not take for so long that nobody tries any more.
    pub(crate) given_up: BTreeMap<i64, Delivery>,
    /// What it will never take.
    pub(crate) never: BTreeSet<i64>,
    /// What must not happen and did.
    pub(crate) violations: Vec<String>,
    /// How often a rare state was reached.
    pub(crate) reached: BTreeMap<&'static str, u64>,
    unacknowledged: Vec<Heard>,
    /// Until when, and in which life, it has asked to be left alone.
    closed: BTreeMap<Conversation, (Timestamp, u64)>,
    /// The messages that it took and said that it did not.
    lost: BTreeSet<i64>,
    /// What was so old, by the machine's clock, when it was handed in or handled that it need not be answered: a life may
    /// end after the one and before anybody hears of the other.
    pub(crate) old: BTreeSet<MessageId>,
    /// The codes asked for, in order.
    codes: Vec<(Conversation, String)>,
}

impl Platform {
    /// Takes what somebody says.
    pub(crate) fn hear(&mut self, heard: Heard, at: Timestamp) {
        self.unacknowledged.push(heard.clone());
        self.said.push(Uttered { heard, at });
    }

    /// Delivers a message again that may have been acknowledged.
    pub(crate) fn repeat(&mut self, back: usize) {
        if let Some(uttered) = self.said.iter().rev().nth(back)
            && self.unacknowledged.iter().all(|heard| heard.id != uttered.heard.id)
        {
            self.unacknowledged.push(uttered.heard.clone());
            self.count("an acknowledged message was delivered again");
        }
    }

    /// The program's time has become another: it can't know any more how long it was to wait.
    pub(crate) fn forget_pauses(&mut self) {
        self.closed.clear();
    }

    /// What was not acknowledged.
    pub(crate) fn waiting(&self) -> &[Heard] {
        &self.unacknowledged
    }

    /// The order of what waits is turned round.
    pub(crate) fn reorder(&mut self) {
        self.unacknowledged.reverse();
    }

    pub(crate) fn acknowledge(&mut self, id: &MessageId) {
        self.unacknowledged.retain(|heard| heard.id != *id);
    }

    /// When something was said.
    pub(crate) fn said_at(&self, id: &MessageId) -> Timestamp {
        self.said.iter().find(|uttered| uttered.heard.id == *id).expect("somebody said it").at
    }

    /// The code last asked for in a conversation.
    pub(crate) fn code(&self, place: &str) -> Option<String> {
        let asked = self.codes.iter().rev().find(|(asked, _)| asked.to_string() == place);
        asked.map(|(_, code)| code.clone())
    }

    /// Somebody tries to deliver a message.
    pub(crate) fn offer(&mut self, delivery: &Delivery, now: Timestamp, life: u64) -> Attempt {
        let to = &delivery.to;
        if let Some((until, then)) = self.closed.get(to)
            && *then == life
            && now < *until
        {
            self.violations.push(format!("{to} was tried again before it was time"));
        }
        if self.is_down {
            return Attempt::Failed(None);
        }
        if self.refused.contains(to) {
            self.never.insert(delivery.id);
            self.count("an address could not be written to");
            return Attempt::Refused;
        }
        let lately = self.taken.iter().rev().filter(|taken| taken.delivery.to == *to);
        if self.limit.is_some_and(|most| lately.filter(|taken| taken.at + MINUTE > now).count() >= most) {
            self.closed.insert(to.clone(), (now + MINUTE, life));
            self.count("a limit was reached");
            return Attempt::Failed(Some(MINUTE));
        }
        self.take(delivery, now, life);
        if self.is_lossy && self.lost.insert(delivery.id) {
            self.count("a message was taken and said not to be");
            return Attempt::Failed(None);
        }
        Attempt::Taken
    }

    /// Nobody will try a message again that it did not take.
    pub(crate) fn give_up(&mut self, letter: &Delivery) {
        self.given_up.insert(letter.id, letter.clone());
        self.count("a message was given up");
    }

    fn take(&mut self, delivery: &Delivery, now: Timestamp, life: u64) {
        let earlier: Vec<_> =
            self.taken.iter().filter(|earlier| earlier.delivery.id == delivery.id).cloned().collect();
        for Taken { delivery: first, life: then, .. } in &earlier {
            if (&first.to, &first.kind, &first.text) != (&delivery.to, &delivery.kind, &delivery.text) {
                let (one, other) = (&first.text, &delivery.text);
                self.violations
                    .push(format!("two letters have the number {}: {one:?}, {other:?}", delivery.id));
            }
            if *then == life && !self.lost.contains(&delivery.id) {
                self.violations.push(format!("letter {} was sent twice in one life", delivery.id));
            }
            self.count("a letter was sent again");
        }
        if earlier.is_empty() && matches!(delivery.kind.as_str(), "confirm_request" | "secret_request") {
            let fields: Value = serde_json::from_str(&delivery.fields).expect("fields are JSON");
            let code = fields["code"].as_str().expect("a question has a code").to_owned();
            self.codes.push((delivery.to.clone(), code));
        }
        self.taken.push(Taken { at: now, life, delivery: delivery.clone() });
    }

    pub(crate) fn count(&mut self, what: &'static str) {
        *self.reached.entry(what).or_default() += 1;
    }
}
