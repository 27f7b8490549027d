//! What a decision changes: everything the store writes, and nothing else, is one of these.

use super::{
    ApprovalId, Attachment, Choice, Closing, Code, Conversation, DepartmentId, Grant, GroupId, Operation,
    PersonId, Sighting, State, Step, Timestamp, ToDoKey, Topic, Usage,
};

/// One change. The first group are an organisation backend's steps; the rest is the bot's own memory.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "each field is named for what it is")]
pub enum Change {
    /// A person closes their account; everything but the id is erased.
    AccountClosed { person: PersonId, at: Timestamp },
    /// Admin rights are given, or replaced.
    AdminGranted { person: PersonId, grant: Grant },
    /// Admin rights end.
    AdminRevoked { person: PersonId },
    /// An approval ends before its decision.
    ApprovalCancelled { approval: ApprovalId, by: PersonId, at: Timestamp, reason: Option<String> },
    /// What is open in one person's hands, items and steps of approvals, goes to another's.
    HandedOver { from: PersonId, to: PersonId },
    /// The organisation gets another owner.
    OwnerChanged { to: PersonId },
    /// A person leaves; every membership, relation and credential ends.
    PersonDeparted { person: PersonId, by: PersonId, at: Timestamp, reason: String },
    /// A department's supervisor is no longer this person, but maybe another.
    SupervisorChanged { department: DepartmentId, from: PersonId, to: Option<PersonId> },

    /// A person made a copy of what is held about them.
    BackupMade { person: PersonId, file: Attachment, at: Timestamp },
    /// So many of the platform's counted calls were made this month by now.
    CallsCounted { month: String, usage: Usage },
    /// A question which person is meant was asked, or (`None`) is settled.
    ChoiceSet { person: PersonId, conversation: Conversation, choice: Option<Choice> },
    /// The approvers of an approval were asked about cancelling it.
    ConsultationOpened { approval: ApprovalId, by: PersonId, asked: Vec<PersonId>, at: Timestamp },
    /// Somebody has these left to do after an operation.
    FollowUpAdded {
        assignee: PersonId,
        about: PersonId,
        code: Code,
        items: Vec<String>,
        at: Timestamp,
        remind_at: Timestamp,
    },
    /// What operations left somebody to do is another's, who is reminded of it, at this time for the first time.
    FollowUpsMoved { from: PersonId, to: PersonId, remind_at: Timestamp },
    /// A group receives just these notices.
    GroupBound { group: GroupId, topics: Vec<Topic> },
    /// A conversation chose its language.
    LanguageChosen { conversation: Conversation, language: String },
    /// A dead message of the outbox is tried again.
    LetterRetried { number: i64, at: Timestamp },
    /// The owner was told that this person reached the hourly limit.
    LimitTold { person: PersonId, at: Timestamp },
    /// Somebody can't step up for a while.
    Locked { person: PersonId, until: Timestamp },
    /// An approver answered.
    OpinionGiven { approval: ApprovalId, approver: PersonId, objection: Option<String>, at: Timestamp },
    /// An operation went on.
    OperationMoved { code: Code, state: State, at: Timestamp },
    /// An operation was asked for.
    OperationOpened(Operation),
    /// A password was seen where it should not be; it must be changed before it works again.
    PasswordBurnt { person: PersonId },
    /// The backend has shown something.
    Seen(Sighting),
    /// What an executing operation has to do, in order, and what is said once it is done.
    StepsIntended { code: Code, steps: Vec<Step>, closing: Closing },
    /// An executing operation has ended: nothing of it is due any more, and nothing is kept to be said.
    StepsEnded { code: Code },
    /// A step of an executing operation went on.
    StepMoved { code: Code, step: Box<Step> },
    /// Somebody was reminded of what is left to do, and is again at the next time.
    Reminded { assignee: PersonId, at: Timestamp, next: Timestamp },
    /// A conversation was told, or may be told again, that its backlog is stale.
    StaleTold { conversation: Conversation, told: bool },
    /// Something that was to do is done.
    ToDoFinished { item: ToDoKey },
    /// A TOTP step was used or seen; neither it nor an earlier one is accepted again.
    TotpBurnt { person: PersonId, step: u64 },
    /// A wrong secret was given.
    WrongSecret { person: PersonId, at: Timestamp },
}

/// An entry of the audit log: ids and words only, never a name, a phone or a text of a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// Who, by the platform's id.
    pub actor: PersonId,
    /// What: a verb, or what happened.
    pub action: String,
    /// Whom or what it was about.
    pub target: Option<String>,
    /// The operation's code, where there is one.
    pub code: Option<Code>,
    /// Where from.
    pub conversation: Option<Conversation>,
    /// How it went, such as `requested`, `done` or `denied:not_admin`.
    pub outcome: String,
}
