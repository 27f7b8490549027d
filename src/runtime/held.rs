//! Who has to wait: what one person says, and what is said in one conversation, is handled in the order in which it came.

use std::collections::BTreeSet;

use crate::domain::{Conversation, Heard, PersonId};

/// The people and the conversations of messages that are not handled yet.
#[derive(Default)]
pub(super) struct Held {
    people: BTreeSet<PersonId>,
    places: BTreeSet<Conversation>,
}

impl Held {
    /// Whether this message comes behind one that is not handled yet.
    pub(super) fn holds(&self, heard: &Heard) -> bool {
        self.people.contains(&heard.sender) || self.places.contains(&heard.conversation)
    }

    /// Lets what comes after this message wait for it.
    pub(super) fn add(&mut self, heard: &Heard) {
        self.people.insert(heard.sender.clone());
        self.places.insert(heard.conversation.clone());
    }
}

impl<'a> FromIterator<&'a Heard> for Held {
    fn from_iter<I: IntoIterator<Item = &'a Heard>>(open: I) -> Self {
        let mut held = Self::default();
        open.into_iter().for_each(|heard| held.add(heard));
        held
    }
}
