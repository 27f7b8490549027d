//! What the bot itself remembers, as the rules read it.

use super::{
    ApprovalId, Attachment, Cancellation, Closing, Code, Consultation, Conversation, Entry, Fault, MessageId,
    Operation, PersonId, Reminder, Step, Timestamp, ToDo, words,
};

/// A question which of several people is meant, waiting for a number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    /// The command as words.
    pub command: String,
    /// Which of its words names the person.
    pub word: usize,
    /// The people to choose from, in the order in which they were numbered.
    pub candidates: Vec<PersonId>,
    /// When the question lapses.
    pub until: Timestamp,
}

/// The ways in which a person can prove who they are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Enrolled {
    /// A password is set and may be used.
    pub password: bool,
    /// A TOTP device is enrolled.
    pub totp: bool,
    /// The last TOTP step that was accepted or burnt.
    pub last_step: Option<u64>,
}

impl Enrolled {
    /// Whether there is any way.
    pub fn any(self) -> bool {
        self.password || self.totp
    }

    /// The words for the ways.
    pub fn methods(self) -> Vec<&'static str> {
        let mut methods = Vec::new();
        if self.password {
            methods.push("password");
        }
        if self.totp {
            methods.push("totp");
        }
        methods
    }
}

/// A message of the outbox, as `/notices` lists it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Letter {
    /// Its number.
    pub number: i64,
    /// Where it goes.
    pub to: Conversation,
    /// Its kind.
    pub kind: String,
    /// Where it stands.
    pub state: LetterState,
    /// How often it was tried.
    pub attempts: u32,
    /// When it was written.
    pub created: Timestamp,
}

/// A message that waits to be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery {
    /// Its number; a later message has a greater one.
    pub id: i64,
    /// Where to.
    pub to: Conversation,
    /// Its kind.
    pub kind: String,
    /// The kind's fields: the text of a JSON object.
    pub fields: String,
    /// What it says.
    pub text: String,
    /// The incoming message that caused it.
    pub in_reply_to: Option<MessageId>,
    /// A file that goes with it.
    pub attachment: Option<Attachment>,
    /// How often it was tried.
    pub attempts: u32,
    /// When it was written.
    pub created: Timestamp,
    /// Since when it waits: when it was written, or last given another chance.
    pub queued_at: Timestamp,
}

words! {
    /// Where a message of the outbox stands.
    LetterState {
        /// Given up.
        Dead = "dead",
        /// Waiting to be taken.
        Queued = "queued",
        /// Taken by the platform.
        Sent = "sent",
    }
}

/// The platform's counted calls of a month.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// How many were made.
    pub calls: u64,
    /// Whether the owner was warned that they run out.
    pub is_told: bool,
}

impl Usage {
    /// At how many parts of a hundred of a month's calls the owner is warned.
    pub const WARN_AT: u64 = 80;
}

/// Reads of the bot's own memory.
pub trait Memory {
    /// The operation with this code, in whatever state.
    fn operation(&self, code: &Code) -> Result<Option<Operation>, Fault>;
    /// The waiting operation that the person asked for in this conversation.
    fn waiting_in(&self, person: &PersonId, conversation: &Conversation) -> Result<Option<Operation>, Fault>;
    /// Every waiting or executing operation that the person asked for, oldest first.
    fn open_of(&self, person: &PersonId) -> Result<Vec<Operation>, Fault>;
    /// Every operation that is being carried out, oldest first.
    fn executing(&self) -> Result<Vec<Operation>, Fault>;
    /// The steps of an operation that is being carried out, in order.
    fn steps(&self, code: &Code) -> Result<Vec<Step>, Fault>;
    /// The steps whose time has come: their operation and position, in the order in which they fell due.
    fn due_steps(&self, now: Timestamp) -> Result<Vec<(Code, usize)>, Fault>;
    /// What is said once the operation is done.
    fn closing(&self, code: &Code) -> Result<Option<Closing>, Fault>;
    /// Every waiting operation whose time has run out, in the order in which it did.
    fn lapsed(&self, now: Timestamp) -> Result<Vec<Operation>, Fault>;
    /// The operation for which the person is being asked a secret.
    fn asking_secret(&self, person: &PersonId) -> Result<Option<Operation>, Fault>;
    /// How many irreversible operations of the person were carried out since then.
    fn irreversible_since(&self, person: &PersonId, since: Timestamp) -> Result<u32, Fault>;
    /// How the person can prove who they are.
    fn enrolled(&self, person: &PersonId) -> Result<Enrolled, Fault>;
    /// How many wrong secrets the person has given since then.
    fn wrong_secrets(&self, person: &PersonId, since: Timestamp) -> Result<u32, Fault>;
    /// Until when the person can't step up, if that is in the future of some past moment.
    fn locked_until(&self, person: &PersonId) -> Result<Option<Timestamp>, Fault>;
    /// When the owner was last told that this person reached the hourly limit.
    fn limit_told(&self, person: &PersonId) -> Result<Option<Timestamp>, Fault>;
    /// The open question which person is meant.
    fn choice(&self, person: &PersonId, conversation: &Conversation) -> Result<Option<Choice>, Fault>;
    /// Whether this conversation was already told that its backlog is stale.
    fn stale_told(&self, conversation: &Conversation) -> Result<bool, Fault>;
    /// The language that the conversation chose.
    fn language(&self, conversation: &Conversation) -> Result<Option<String>, Fault>;
    /// What the approvers were asked about cancelling this approval.
    fn consultation(&self, approval: &ApprovalId) -> Result<Option<Consultation>, Fault>;
    /// How this approval ended, if Usher cancelled it.
    fn cancellation(&self, approval: &ApprovalId) -> Result<Option<Cancellation>, Fault>;
    /// When the person last made a backup that is still kept.
    fn last_backup(&self, person: &PersonId) -> Result<Option<Timestamp>, Fault>;
    /// The newest backup of the person that is still kept, and when it was made.
    fn newest_backup(&self, person: &PersonId) -> Result<Option<(Timestamp, Attachment)>, Fault>;
    /// What the person has to do, in order.
    fn to_do(&self, person: &PersonId) -> Result<Vec<ToDo>, Fault>;
    /// Who is to be reminded now, by id, and of what.
    fn reminders(&self, now: Timestamp) -> Result<Vec<Reminder>, Fault>;
    /// The newest entries of the audit log, the newest first; about one person, when one is named.
    fn audit_tail(&self, about: Option<&PersonId>, limit: usize) -> Result<Vec<Entry>, Fault>;
    /// The newest messages of the outbox: queued and dead ones first, at most `limit` of each state.
    fn letters(&self, limit: usize) -> Result<Vec<Letter>, Fault>;
    /// How many counted calls were made in a month such as `2026-11`.
    fn usage(&self, month: &str) -> Result<Usage, Fault>;
    /// A message of the outbox.
    fn letter(&self, number: i64) -> Result<Option<Letter>, Fault>;
}
