//! The settings that the rules obey.

use super::{Retention, Span};

/// What the configuration says about the rules; [`Policy::default`] is what the contract says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    /// `confirm.ttl`: how long a confirmation is waited for.
    pub confirm_ttl: Span,
    /// `confirm.secret_ttl`: how long a secret is waited for.
    pub secret_ttl: Span,
    /// `auth.require`: the operations that need a secret.
    pub require_secret: Vec<String>,
    /// `auth.tries`: how many wrong secrets end an operation.
    pub tries: u32,
    /// `auth.lock`: for how long somebody who guesses can't step up.
    pub lock: Span,
    /// `inbox.max_age`: how old a message may be and still be a command.
    pub max_age: Span,
    /// `limits.irreversible_per_hour`: how many irreversible operations an admin may finish in an hour.
    pub irreversible_per_hour: u32,
    /// `limits.messages_per_minute`: how many messages of one person who is no admin are answered in a minute.
    pub messages_per_minute: u32,
    /// `retention.*`: how long what is no longer needed is kept.
    pub retention: Retention,
    /// `followup.remind`: after how long somebody is reminded of what is left to do.
    pub remind: Span,
    /// `guided.ttl`: for how long a person's step, or a call that can't be read back, is waited for.
    pub guided_ttl: Span,
    /// `guided.remind`: after how long the requester is reminded of what a person has to do.
    pub guided_remind: Span,
    /// `followup.items`: what is left to do after somebody left; empty means the built-in list.
    pub followup: Vec<String>,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            confirm_ttl: Span::from_mins(5),
            secret_ttl: Span::from_mins(2),
            require_secret: vec!["delete".to_owned(), "close-account".to_owned()],
            tries: 3,
            lock: Span::from_mins(15),
            max_age: Span::from_mins(10),
            irreversible_per_hour: 5,
            messages_per_minute: 600,
            retention: Retention::default(),
            guided_ttl: Span::from_days(7),
            guided_remind: Span::from_days(1),
            remind: Span::from_days(3),
            followup: Vec::new(),
        }
    }
}
