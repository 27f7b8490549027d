//! One requested change, from request to its end, and the states it goes through.
//!
//! | from | to | when |
//! |---|---|---|
//! | (request) | `awaiting_confirmation` | authority and prerequisites hold |
//! | `awaiting_confirmation` | `awaiting_secret` | the requester confirms what needs a secret |
//! | `awaiting_confirmation`, `awaiting_secret` | `executing` | everything still holds as it was shown |
//! | either of the two | `expired`, `cancelled`, `denied`, `blocked` | time, the requester, authority or facts end it |
//! | `executing` | `done`, `failed` | the backend has carried the change out, or could not |

use std::fmt;

use super::{ApprovalId, Code, Conversation, PersonId, Timestamp};

/// What an operation is about.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Target {
    /// An approval.
    Approval(ApprovalId),
    /// A person.
    Person(PersonId),
}

impl Target {
    /// The person or approval's id.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Approval(id) => id.as_str(),
            Self::Person(id) => id.as_str(),
        }
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Where an operation stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Asked; waits for the requester's confirmation.
    AwaitingConfirmation {
        /// When it expires.
        until: Timestamp,
    },
    /// Confirmed; waits for the requester's password or code.
    AwaitingSecret {
        /// When it expires.
        until: Timestamp,
        /// How many more wrong ones it takes.
        tries_left: u32,
    },
    /// Ended: what was asked no longer holds.
    Blocked,
    /// Ended by the requester.
    Cancelled,
    /// Ended: the requester may not, or could not prove to be who they are.
    Denied,
    /// Carried out.
    Done,
    /// Confirmed, and being carried out.
    Executing,
    /// Ended by the clock.
    Expired,
    /// Could not be carried out; nothing of it happened.
    Failed,
}

impl State {
    /// The word that the state is exported as.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::AwaitingConfirmation { .. } => "awaiting_confirmation",
            Self::AwaitingSecret { .. } => "awaiting_secret",
            Self::Blocked => "blocked",
            Self::Cancelled => "cancelled",
            Self::Denied => "denied",
            Self::Done => "done",
            Self::Executing => "executing",
            Self::Expired => "expired",
            Self::Failed => "failed",
        }
    }

    /// Reads [`Self::as_str`] and what goes with a waiting state.
    pub fn restore(word: &str, until: Option<Timestamp>, tries_left: u32) -> Option<Self> {
        Some(match word {
            "awaiting_confirmation" => Self::AwaitingConfirmation { until: until? },
            "awaiting_secret" => Self::AwaitingSecret { until: until?, tries_left },
            "blocked" => Self::Blocked,
            "cancelled" => Self::Cancelled,
            "denied" => Self::Denied,
            "done" => Self::Done,
            "executing" => Self::Executing,
            "expired" => Self::Expired,
            "failed" => Self::Failed,
            _ => return None,
        })
    }

    /// When a waiting state expires.
    pub fn until(self) -> Option<Timestamp> {
        match self {
            Self::AwaitingConfirmation { until } | Self::AwaitingSecret { until, .. } => Some(until),
            _ => None,
        }
    }

    /// How many more wrong secrets it takes, while one is asked for.
    pub fn tries_left(self) -> Option<u32> {
        match self {
            Self::AwaitingSecret { tries_left, .. } => Some(tries_left),
            _ => None,
        }
    }

    /// Whether the requester has still something to say in it.
    pub fn is_waiting(self) -> bool {
        self.until().is_some()
    }

    /// Whether it has ended.
    pub fn is_final(self) -> bool {
        !self.is_waiting() && self != Self::Executing
    }

    /// Whether the table above has this step.
    pub fn may_become(self, next: Self) -> bool {
        match self {
            Self::AwaitingConfirmation { .. } => {
                !matches!(next, Self::AwaitingConfirmation { .. } | Self::Failed)
            }
            Self::AwaitingSecret { .. } => !matches!(next, Self::AwaitingConfirmation { .. } | Self::Failed),
            Self::Executing => matches!(next, Self::Done | Self::Failed),
            _ => false,
        }
    }
}

/// One requested change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Operation {
    /// What the requester confirms it with.
    pub code: Code,
    /// The verb without its slash, such as `delete`.
    pub verb: String,
    /// The request as words, with every person as an exact id; it is read again at confirmation.
    pub command: String,
    /// Who asked, and the only one who can confirm.
    pub requester: PersonId,
    /// Where it was asked, and the only place where it can be confirmed.
    pub conversation: Conversation,
    /// What it is about.
    pub target: Target,
    /// Whether it cannot be undone.
    pub irreversible: bool,
    /// The digest of every fact that the confirmation showed.
    pub shown: String,
    /// Where it stands.
    pub state: State,
    /// When it was asked.
    pub created: Timestamp,
}

#[cfg(test)]
mod tests {
    use super::{State, Timestamp};

    #[test]
    fn an_ended_operation_stays_ended() {
        let until = Timestamp::from_millis(1);
        let waiting = [State::AwaitingConfirmation { until }, State::AwaitingSecret { until, tries_left: 1 }];
        let ended =
            [State::Blocked, State::Cancelled, State::Denied, State::Done, State::Expired, State::Failed];
        for from in ended {
            assert!(from.is_final());
            for next in ended.into_iter().chain(waiting).chain([State::Executing]) {
                assert!(!from.may_become(next), "{from:?} → {next:?}");
            }
        }
        for from in waiting {
            assert!(from.may_become(State::Executing) && from.may_become(State::Expired));
            assert!(!from.may_become(waiting[0]), "a confirmation is never taken back");
        }
    }

    #[test]
    fn a_state_is_restored_from_its_word() {
        let until = Some(Timestamp::from_millis(7));
        let state = State::AwaitingSecret { until: Timestamp::from_millis(7), tries_left: 2 };
        assert_eq!(State::restore(state.as_str(), until, 2), Some(state));
        assert_eq!(State::restore("awaiting_secret", None, 2), None);
    }
}
