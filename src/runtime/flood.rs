//! Who says too much at once: answered once, then not listened to for a while, so that nobody else is slowed.
//!
//! Admins are heard all the same: they may have a lot to do. It is remembered in memory alone: after a restart
//! everybody begins anew.

use std::collections::HashMap;

use foldhash::fast::RandomState;

use crate::domain::{Heard, PersonId, Span, Timestamp, names};

/// The time in which messages are counted, and how long a flood is not listened to.
const MINUTE: Span = Span::from_secs(60);
/// How many people are remembered before those who have been quiet are looked for and forgotten.
const MANY: usize = 10_000;

/// What becomes of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Admission {
    /// It is handled.
    Go,
    /// It is not, and its sender was told.
    Quiet,
    /// It is not, and its sender is told so.
    Tell,
}

/// What people have said lately.
#[derive(Debug)]
pub(super) struct Flood {
    lately: HashMap<PersonId, Count, RandomState>,
    /// With how many people the quiet ones are looked for next: with twice as many as were left, so that it costs
    /// nothing that counts when all of them have spoken within a minute.
    next_sweep: usize,
}

impl Default for Flood {
    fn default() -> Self {
        Self { lately: HashMap::default(), next_sweep: MANY }
    }
}

#[derive(Clone, Copy, Debug)]
struct Count {
    since: Timestamp,
    messages: u32,
    paused_until: Option<Timestamp>,
}

impl Flood {
    /// Counts a message that came in now. Talk in a group is not for Usher, and not counted.
    pub(super) fn admit(&mut self, heard: &Heard, limit: u32, now: Timestamp) -> Admission {
        if heard.conversation.is_group() && !names::is_command(heard.body.typed()) {
            return Admission::Go;
        }
        if self.lately.len() >= self.next_sweep {
            self.lately.retain(|_, count| count.paused_until.unwrap_or(count.since + MINUTE) > now);
            self.next_sweep = MANY.max(2 * self.lately.len());
        }
        let fresh = Count { since: now, messages: 0, paused_until: None };
        let count = self.lately.entry(heard.sender.clone()).or_insert(fresh);
        match count.paused_until {
            Some(until) if until > now => return Admission::Quiet,
            None if count.since + MINUTE > now => {}
            _ => *count = fresh,
        }
        count.messages += 1;
        if count.messages <= limit {
            return Admission::Go;
        }
        count.paused_until = Some(now + MINUTE);
        Admission::Tell
    }
}

#[cfg(test)]
mod tests {
    use super::{Admission, Flood, MANY};
    use crate::domain::{Body, Conversation, Heard, MessageId, Origin, PersonId, Timestamp};

    #[test]
    fn whoever_has_just_spoken_is_not_looked_through_at_each_message() {
        let mut flood = Flood::default();
        let now = Timestamp::from_millis(0);
        for n in 0..3 * MANY {
            let sender = PersonId::new(format!("u{n}"));
            let heard = Heard {
                id: MessageId::new(format!("m{n}")),
                conversation: Conversation::Direct(sender.clone()),
                sender,
                body: Body::plain("/help"),
                sent_at: now,
                origin: Origin::FirstHand,
            };
            assert_eq!(flood.admit(&heard, 20, now), Admission::Go);
            assert!(n <= MANY || flood.next_sweep >= 2 * MANY, "soon they are looked through again");
        }
    }
}
