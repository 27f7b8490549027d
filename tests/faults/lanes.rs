//! The oracle of order and pace: one message of a conversation at a time, in order; at once where nothing stands against
//! it; and what was put off again in time. It sees only what is offered to the platform, and what that answers.

use std::collections::{BTreeMap, BTreeSet};

use usher::domain::{Conversation, Delivery, Span, Timestamp};
use usher::runtime::dispatcher::Attempt;

use super::oracle::ensure;

/// What is put off is tried again after so much time, and then after twice as much each time, unless the platform asks for
/// more.
const SHORTEST_WAIT: Span = Span::from_secs(1);
/// But always in so much.
const LONGEST_WAIT: Span = Span::from_mins(10);
/// To how many conversations messages may be under way at once before others have to wait.
const MANY_AT_ONCE: usize = 32;
/// In this time what was written just now is delivered.
const MOMENT: Span = Span::from_secs(10);

/// A message that was put off.
struct PutOff {
    letter: i64,
    not_before: Timestamp,
    not_after: Timestamp,
}

/// A conversation, as far as the platform knows it.
#[derive(Default)]
struct Lane {
    /// The message that is under way, and since when.
    under_way: Option<(i64, Timestamp)>,
    put_off: Option<PutOff>,
    /// When nothing stands against the next message, at the earliest and at the latest.
    free: Option<(Timestamp, Timestamp)>,
}

/// All conversations in one life of the program.
pub(crate) struct Lanes {
    lanes: BTreeMap<Conversation, Lane>,
    began: Timestamp,
    /// When as many as may be were last under way.
    crowded: Option<Timestamp>,
    /// When each message was tried first.
    tried: BTreeMap<i64, Timestamp>,
    /// Since when nothing more comes from the bot.
    ended: Option<Timestamp>,
    /// The rare states that were reached.
    pub(crate) reached: BTreeSet<&'static str>,
}

impl Lanes {
    pub(crate) fn new(began: Timestamp) -> Self {
        let (lanes, tried, reached) = (BTreeMap::new(), BTreeMap::new(), BTreeSet::new());
        Self { lanes, began, crowded: None, tried, ended: None, reached }
    }

    /// From now on each message that is left is tried once.
    pub(crate) fn end(&mut self, now: Timestamp) {
        self.ended.get_or_insert(now);
    }

    /// The program's time has become another; gives whether something was put off.
    pub(crate) fn reset(&mut self, now: Timestamp) -> bool {
        let mut put_off: Vec<_> = self.lanes.values_mut().filter_map(|lane| lane.put_off.as_mut()).collect();
        put_off.iter_mut().for_each(|put_off| put_off.not_before = now);
        let is_any = !put_off.is_empty();
        for (earliest, _) in self.lanes.values_mut().filter_map(|lane| lane.free.as_mut()) {
            *earliest = now.min(*earliest);
        }
        is_any
    }

    /// How many messages are under way.
    pub(crate) fn under_way(&self) -> usize {
        self.lanes.values().filter(|lane| lane.under_way.is_some()).count()
    }

    /// How many conversations were put off.
    pub(crate) fn put_off(&self) -> usize {
        self.lanes.values().filter(|lane| lane.put_off.is_some()).count()
    }

    /// The program wants to deliver a message that was written then.
    pub(crate) fn offer(
        &mut self,
        letter: &Delivery,
        written: Timestamp,
        now: Timestamp,
    ) -> Result<(), String> {
        let (id, to, others) = (letter.id, &letter.to, self.under_way());
        let first = *self.tried.entry(id).or_insert(now);
        let is_ending = self.ended.is_some_and(|ended| ended < now);
        ensure(!is_ending || first == now, || format!("letter {id} was tried again although it is to stop"))?;
        let lane = self.lanes.entry(to.clone()).or_default();
        if let Some((other, _)) = lane.under_way.replace((id, now)) {
            return Err(format!("letters {other} and {id} to {to} were under way at once"));
        }
        let (not_before, not_after) = match lane.put_off.take() {
            Some(PutOff { letter, not_before, not_after }) => {
                ensure(letter == id, || format!("letter {id} was tried while {letter} was put off"))?;
                self.reached.insert("a message was tried again in its time");
                (not_before, not_after)
            }
            None => {
                let (earliest, latest) = lane.free.unwrap_or((self.began, self.began));
                (earliest.max(written), latest.max(written))
            }
        };
        ensure(now >= not_before, || format!("letter {id} to {to} was tried before its time"))?;
        let was_crowded = self.crowded.is_some_and(|crowded| crowded >= not_after);
        ensure(now <= not_after || was_crowded, || {
            format!("letter {id} to {to} was tried {} after its time", now - not_after)
        })?;
        if was_crowded {
            self.reached.insert("a message waited for others to be done with");
        }
        if others > 0 {
            self.reached.insert("two conversations were served at once");
        }
        if others + 1 >= MANY_AT_ONCE {
            self.crowded = Some(now);
        }
        Ok(())
    }

    /// The platform has answered about a message that may be tried for so much longer; the last time is at the end of that.
    pub(crate) fn answer(&mut self, letter: &Delivery, attempt: Attempt, left: Span, now: Timestamp) {
        if self.under_way() >= MANY_AT_ONCE {
            self.crowded = Some(now);
        }
        let lane = self.lanes.get_mut(&letter.to).expect("it was offered");
        lane.under_way = None;
        match attempt {
            Attempt::Failed(pause) if left > Span::ZERO => {
                let pause = pause.unwrap_or(Span::ZERO);
                let grown = Span::from_millis(SHORTEST_WAIT.as_millis() << letter.attempts.min(20));
                let not_before = now + pause.max(SHORTEST_WAIT.min(left));
                let not_after = now + pause.max(grown.min(LONGEST_WAIT).min(left));
                lane.put_off = Some(PutOff { letter: letter.id, not_before, not_after });
            }
            _ => {
                // What was given up may have been told when to come again.
                let pause = if let Attempt::Failed(Some(pause)) = attempt { pause } else { Span::ZERO };
                lane.free = Some((now + pause, now + pause));
                if attempt == Attempt::Taken && now - self.tried[&letter.id] > LONGEST_WAIT {
                    self.reached.insert("an outage of more than ten minutes ended");
                }
            }
        }
    }

    /// Everything was delivered that was not written just now.
    pub(crate) fn at_rest(&self, now: Timestamp) -> Result<(), String> {
        for (to, lane) in &self.lanes {
            if let Some(PutOff { letter, .. }) = &lane.put_off {
                return Err(format!("letter {letter} to {to} is still put off"));
            }
            if let Some((letter, since)) = &lane.under_way {
                ensure(now - *since < MOMENT, || format!("letter {letter} to {to} is still under way"))?;
            }
        }
        Ok(())
    }
}
