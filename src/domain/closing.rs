//! What is said, and left to do, once an operation is done: kept until then, however long a backend takes.

use super::{Conversation, PersonId, Text, Timestamp, Topic};

/// The end of an operation. The only day in its words is the one on which it is done.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Closing {
    /// What the requester reads.
    pub done: Text,
    /// What somebody has left to do afterwards.
    pub follow_up: Vec<(PersonId, String)>,
    /// To whom goes what earlier operations left the target to do, if any of it is open.
    pub heir: Option<PersonId>,
    /// What others read.
    pub letters: Vec<PlannedLetter>,
}

/// A message to somebody who did not ask.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlannedLetter {
    /// Where to.
    pub to: Conversation,
    /// What it is.
    pub kind: LetterKind,
    /// Its words.
    pub text: Text,
}

/// What a planned message is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LetterKind {
    /// A notice.
    Notice(Topic),
    /// What is somebody's now.
    Task(Vec<String>),
}

impl Closing {
    /// The same words with the day on which the operation was really done.
    pub fn dated(mut self, day: Timestamp) -> Self {
        let dated = |text: Text| text.into_iter().map(|phrase| phrase.dated(day)).collect();
        self.done = dated(self.done);
        for letter in &mut self.letters {
            letter.text = dated(std::mem::take(&mut letter.text));
        }
        self
    }
}
