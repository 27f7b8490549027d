//! Who has to wait: what is said in one conversation is handled in the order in which it came, and so is what one person says
//! anywhere while something is still found out about what they said before.

use std::collections::BTreeSet;

use crate::domain::{Conversation, Heard, PersonId};

/// What messages that are not handled yet hold up. That they wait themselves holds up nobody in another conversation, or a
/// backend that is slow to answer one person would soon stop all.
#[derive(Default)]
pub(super) struct Held {
    people: BTreeSet<PersonId>,
    places: BTreeSet<Conversation>,
}

impl Held {
    /// Something is found out about this message.
    pub(super) fn put_aside(&mut self, heard: &Heard) {
        self.people.insert(heard.sender.clone());
        self.places.insert(heard.conversation.clone());
    }

    /// Whether this message has to wait; what is said in the same place after it does then, too.
    pub(super) fn holds(&mut self, heard: &Heard) -> bool {
        if self.places.contains(&heard.conversation) {
            return true;
        }
        let is_held = self.people.contains(&heard.sender);
        if is_held {
            self.places.insert(heard.conversation.clone());
        }
        is_held
    }
}
