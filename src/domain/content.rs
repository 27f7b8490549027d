//! What Usher says: the kinds of message, each with its fields.

use super::{Code, Conversation, Operation, PersonId, Target, Text, Timestamp};

/// A message to be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outgoing {
    /// Where to.
    pub to: Conversation,
    /// Its kind and fields.
    pub content: Content,
    /// Its words, not yet in a language.
    pub text: Text,
    /// A file that goes with it.
    pub attachment: Option<Attachment>,
}

/// A file that goes with a message: text that is not for the chat itself.
#[derive(Clone, PartialEq, Eq)]
pub struct Attachment {
    /// The file's name, without a folder.
    pub name: String,
    /// What is in it.
    pub content: String,
}

/// Shows which file it is, and nothing of what is in it.
impl std::fmt::Debug for Attachment {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Attachment").field("name", &self.name).finish_non_exhaustive()
    }
}

/// Why something can't be done, and the command that mends it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Blocker {
    /// Such as `owner` or `handover`.
    pub blocker: &'static str,
    /// What to type.
    pub fix: String,
}

/// A message's kind and the fields that go with it; the words are stable.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the fields are the contract's own words, each described in its table")]
pub enum Content {
    /// The answer to a question.
    Answer { topic: &'static str },
    /// Can't be done as things are; says what stands in the way.
    Blocked { operation: String, target: Target, blockers: Vec<Blocker> },
    /// The requester called it off.
    Cancelled { operation: String, code: Code, target: Target },
    /// Several people could be meant.
    Choose { candidates: Vec<PersonId> },
    /// Asks whether to go on.
    ConfirmRequest {
        operation: String,
        code: Code,
        target: Target,
        irreversible: bool,
        effects: Vec<&'static str>,
        expires_at: Timestamp,
    },
    /// The sender may not; with the operation that ended by it, if one did.
    Denied { reason: &'static str, ended: Option<(String, Code)> },
    /// Carried out.
    Done { operation: String, code: Code, target: Target },
    /// Nobody confirmed in time.
    Expired { operation: String, code: Code, target: Target },
    /// Could not be carried out; nothing of it happened.
    Failed { operation: String, code: Code, target: Target, error: &'static str },
    /// Tells people who did not ask but must know.
    Notice { topic: &'static str, target: Target, operation: String, code: Code },
    /// Confirmed, and waiting for the backend, or for a person to do what no call can.
    Progress { operation: String, code: Code, target: Target, step: &'static str, waiting_for: &'static str },
    /// Not understood, or not possible as asked.
    Rejected { error: &'static str, suggestion: Option<String> },
    /// Tells a group that the requester proves who they are elsewhere.
    SecretPending { operation: String, code: Code },
    /// Wrong password or code.
    SecretRejected { code: Code, tries_left: u32 },
    /// Asks for a password or a code.
    SecretRequest { operation: String, code: Code, methods: Vec<&'static str> },
    /// Tells somebody what is theirs to do now.
    Task { target: Target, items: Vec<String> },
    /// Tells of something dangerous.
    Warning { reason: &'static str },
}

impl Content {
    /// The kind's word.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Answer { .. } => "answer",
            Self::Blocked { .. } => "blocked",
            Self::Cancelled { .. } => "cancelled",
            Self::Choose { .. } => "choose",
            Self::ConfirmRequest { .. } => "confirm_request",
            Self::Denied { .. } => "denied",
            Self::Done { .. } => "done",
            Self::Expired { .. } => "expired",
            Self::Failed { .. } => "failed",
            Self::Notice { .. } => "notice",
            Self::Progress { .. } => "progress",
            Self::Rejected { .. } => "rejected",
            Self::SecretPending { .. } => "secret_pending",
            Self::SecretRejected { .. } => "secret_rejected",
            Self::SecretRequest { .. } => "secret_request",
            Self::Task { .. } => "task",
            Self::Warning { .. } => "warning",
        }
    }

    /// The message that an operation was carried out.
    pub fn done(operation: &Operation) -> Self {
        let (operation, code, target) = ended(operation);
        Self::Done { operation, code, target }
    }

    /// The message that an operation was called off.
    pub fn cancelled(operation: &Operation) -> Self {
        let (operation, code, target) = ended(operation);
        Self::Cancelled { operation, code, target }
    }

    /// The message that an operation's time ran out.
    pub fn expired(operation: &Operation) -> Self {
        let (operation, code, target) = ended(operation);
        Self::Expired { operation, code, target }
    }
}

fn ended(operation: &Operation) -> (String, Code, Target) {
    (operation.verb.clone(), operation.code.clone(), operation.target.clone())
}
