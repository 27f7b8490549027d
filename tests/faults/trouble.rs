//! What can go wrong with a disk, at what, and what whoever uses it hears of that.

use std::collections::BTreeMap;

/// What goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Trouble {
    /// The process ends here. A write under way may have got no further than a part of it.
    Kill,
    /// The machine ends here.
    PowerCut,
    /// The operation fails; of a write some part is done.
    Error,
    /// A read fails, and so does the next one.
    Unreadable,
    /// This and every later operation fails, until somebody mends the disk.
    Broken,
    /// This and every later write finds no room, until somebody makes some.
    Full,
    /// The sync fails, and what it was to make durable still may become so.
    Unsynced,
    /// The sync fails, and what it was to make durable counts as written: no later sync will write it.
    Forgotten,
    /// Another process reads for a while.
    Reader,
    /// Another process writes for a while.
    Writer,
}

/// What is done with a disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Action {
    /// Something outside the disk, at which a process may be killed too.
    Moment,
    Read,
    Write,
    Truncate,
    Sync,
    /// A file is made.
    Create,
    Delete,
    /// A file is opened or asked about.
    Look,
    /// The right to write is asked for.
    Lock,
}

/// How often what was done.
pub(crate) type Actions = BTreeMap<Action, u64>;

impl Trouble {
    /// Whether it can strike here, so that it makes a difference.
    pub(crate) fn strikes(self, action: Action) -> bool {
        use Action::{Create, Delete, Lock, Look, Read, Sync, Truncate, Write};
        match self {
            Self::Kill | Self::PowerCut => !matches!(action, Lock | Read | Look),
            Self::Error | Self::Broken => {
                matches!(action, Create | Delete | Look | Read | Sync | Truncate | Write)
            }
            Self::Full => matches!(action, Write | Create),
            Self::Unreadable => action == Read,
            Self::Unsynced | Self::Forgotten => action == Sync,
            Self::Reader | Self::Writer => action == Lock,
        }
    }

    /// At how many places it could have struck while so much was done.
    pub(crate) fn places(self, actions: &Actions) -> u64 {
        actions.iter().filter(|(action, _)| self.strikes(**action)).map(|(_, times)| times).sum()
    }

    /// Whether nobody is left who could be told.
    pub(crate) fn ends_life(self) -> bool {
        matches!(self, Self::Kill | Self::PowerCut)
    }

    /// What went wrong, in words.
    pub(crate) fn told(self, action: Action) -> &'static str {
        match (self, action) {
            (Self::Kill, Action::Sync) => "it was killed in a sync",
            (Self::Kill, Action::Write) => "it was killed in a write",
            (Self::Kill, _) => "it was killed",
            (Self::PowerCut, Action::Sync) => "the power was cut in a sync",
            (Self::PowerCut, Action::Write) => "the power was cut in a write",
            (Self::PowerCut, _) => "the power was cut",
            (Self::Full, _) => "the disk was full",
            (Self::Unsynced, _) => "a sync failed",
            (Self::Forgotten, _) => "a sync failed for good",
            (Self::Error | Self::Broken, Action::Sync) => "a sync was refused",
            (Self::Error | Self::Broken, Action::Write) => "a write failed half done",
            (Self::Unreadable, _) => "a read failed",
            (Self::Error, _) => "an operation failed",
            (Self::Broken, _) => "every operation failed",
            (Self::Reader, _) => "another process read",
            (Self::Writer, _) => "another process wrote",
        }
    }
}

/// How an operation ends that is not simply done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Failure {
    /// There is nobody any more who could be told.
    Dead,
    /// It failed.
    Failed,
    /// There is no room.
    Full,
    /// Another process has it.
    Busy,
}
