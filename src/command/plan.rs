//! What an operation would do, all of it data: what is asked, what changes, what is said after.
//!
//! A plan is made at the request, again at the confirmation, and again after the secret. The steps go to
//! the organisation's backend; the closing messages are sent when the last step is done, whichever backend
//! it is and however long it takes.

use std::hash::{Hash, Hasher};

use sha2::{Digest, Sha256};

use crate::domain::{
    Blocker, Change, Closing, Conversation, LetterKind, PersonId, Phrase, PlannedLetter, Target, Text, Topic,
    hex,
};

/// What an operation would do.
#[derive(Debug)]
pub struct Plan {
    /// What it is about.
    pub target: Target,
    /// The request as words, with every person by id.
    pub command: String,
    /// What the confirmation shows first: what, whom, and the facts about them.
    pub facts: Text,
    /// What is shown only in part, such as a phone, but held to as a whole.
    pub unshown: Vec<String>,
    /// What is shown besides, and changes with the clock: nobody is held to it.
    pub asides: Text,
    /// What will happen, a line each.
    pub effects: Vec<Effect>,
    /// What the confirmation shows after the effects: the request's reason and note.
    pub remarks: Text,
    /// Whether a command of the requester's undoes it, where its kind can be undone at all; where none does, the remarks
    /// say what does, or who can.
    pub has_way_back: bool,
    /// What stands in the way, each with its words.
    pub obstacles: Vec<Obstacle>,
    /// What the backend does, the irreversible last.
    pub steps: Vec<Change>,
    /// What is said, and left to do, when the last step is done.
    pub closing: Closing,
}

/// One thing that will happen.
#[derive(Debug)]
pub struct Effect {
    /// Its stable word.
    pub word: &'static str,
    /// Its words.
    pub text: Phrase,
}

/// One thing that stands in the way.
#[derive(Debug)]
pub struct Obstacle {
    /// Its stable word.
    pub blocker: &'static str,
    /// The command that mends it.
    pub fix: String,
    /// Its words.
    pub text: Phrase,
}

impl Plan {
    /// A plan that asks about this target and does nothing yet.
    pub fn new(target: Target, command: String) -> Self {
        Self {
            target,
            command,
            facts: Text::new(),
            unshown: Vec::new(),
            asides: Text::new(),
            effects: Vec::new(),
            remarks: Text::new(),
            has_way_back: true,
            obstacles: Vec::new(),
            steps: Vec::new(),
            closing: Closing::default(),
        }
    }

    /// Adds something that will happen.
    pub fn effect(&mut self, word: &'static str, text: Phrase) {
        self.effects.push(Effect { word, text });
    }

    /// Adds something that stands in the way.
    pub fn obstacle(&mut self, blocker: &'static str, fix: impl Into<String>, text: Phrase) {
        let fix = fix.into();
        let text = text.code("fix", &fix);
        self.obstacles.push(Obstacle { blocker, fix, text });
    }

    /// Adds a notice.
    pub fn notice(&mut self, to: Conversation, topic: Topic, text: Text) {
        self.closing.letters.push(PlannedLetter { to, kind: LetterKind::Notice(topic), text });
    }

    /// Adds what is somebody's to do now.
    pub fn task(&mut self, to: PersonId, items: Vec<String>, text: Text) {
        let to = Conversation::Direct(to);
        self.closing.letters.push(PlannedLetter { to, kind: LetterKind::Task(items), text });
    }

    /// What stands in the way, as fields. Somebody's own requests are one of them, however many kinds the words tell apart.
    pub fn blockers(&self) -> Vec<Blocker> {
        let mut is_first = true;
        let is_told = |o: &&Obstacle| o.blocker != "approvals" || std::mem::take(&mut is_first);
        let told = self.obstacles.iter().filter(is_told);
        told.map(|o| Blocker { blocker: o.blocker, fix: o.fix.clone() }).collect()
    }

    /// Everything that is shown before the question, a line each.
    pub fn into_shown(self) -> Text {
        let effects = self.effects.into_iter().map(|effect| effect.text);
        self.facts.into_iter().chain(self.asides).chain(effects).chain(self.remarks).collect()
    }

    /// A digest of everything that is shown, but for what changes with the clock: a plan made later with
    /// another digest is another plan.
    pub fn digest(&self) -> String {
        let effects: Vec<_> = self.effects.iter().map(|effect| &effect.text).collect();
        let mut hashed = Hashed(Vec::with_capacity(2_048));
        (&self.target, &self.facts, effects, &self.remarks, &self.unshown).hash(&mut hashed);
        hex(&Sha256::digest(&hashed.0))
    }
}

/// The bytes by which a value hashes itself, together: hashed one by one, most of the time would go into the pieces.
struct Hashed(Vec<u8>);

impl Hasher for Hashed {
    fn write(&mut self, bytes: &[u8]) {
        self.0.extend_from_slice(bytes);
    }

    /// Nobody asks for a number: the digest is taken as a whole.
    fn finish(&self) -> u64 {
        unreachable!("a plan's digest is no number")
    }
}
