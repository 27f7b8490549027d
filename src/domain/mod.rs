//! The nouns: plain values and the two views through which the rules read the world.
//!
//! Nothing here knows the clock, a disk, a network or a random source.

mod approval;
mod backing;
mod change;
mod closing;
mod content;
mod directory;
mod heard;
mod hex;
mod id;
mod memory;
pub mod names;
mod operation;
mod person;
mod phrase;
mod policy;
mod retention;
mod roster;
mod step;
mod time;
mod words;
mod work;

pub use approval::{Approval, ApprovalStatus, ApprovalStep, Cancellable, StepStatus};
pub use backing::{Backing, CallFailure, Embedded, Evidence, Job, Request, Sighting, Unknown, Way};
pub use change::{Change, Record};
pub use closing::{Closing, LetterKind, PlannedLetter};
pub use content::{Attachment, Blocker, Content, Outgoing};
pub use directory::{Department, Directory, Fault, Group, Organisation, TOPICS, Topic};
pub use heard::{Body, Conversation, Heard, Mention, Origin, Piece, SLOT};
pub use hex::hex;
pub use id::{ApprovalId, Code, DepartmentId, GroupId, MessageId, PersonId};
pub use memory::{Choice, Delivery, Enrolled, Letter, LetterState, Memory, Usage};
pub use operation::{Operation, State, Target};
pub use person::{Gone, Grant, Level, Permission, Permissions, Person, PersonStatus};
pub use phrase::{Arg, Phrase, Text};
pub use policy::Policy;
pub use retention::{FRESH_BACKUP, IRREVERSIBLE_WINDOW, Retention};
pub use roster::{Member, Roster};
pub use step::{Step, StepState};
pub use time::{Span, Timestamp};
pub(crate) use words::words;
pub use work::{Cancellation, Consultation, Entry, Opinion, Reminder, ToDo, ToDoKey};

/// What a rule may see while it decides: the organisation and the bot's own memory, as they stand
/// inside the transaction that the decision will be committed in.
pub trait View: Directory + Memory {}

impl<T: Directory + Memory> View for T {}
