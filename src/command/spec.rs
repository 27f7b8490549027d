//! What a command is: its description, from which parser, help, suggestions and completion follow, and
//! the function that says what it would do.

use super::args::Args;
use super::context::{Context, Role};
use super::plan::Plan;
use super::refusal::Stop;
use crate::domain::{Attachment, Change, Outgoing, Permission, Phrase, Record, Text};

/// A command's description.
#[derive(Debug)]
pub struct Spec {
    /// The verb without its slash.
    pub name: &'static str,
    /// The Chinese verbs.
    pub aliases: &'static [&'static str],
    /// What may follow the verb.
    pub params: &'static [Param],
    /// Where it may be said.
    pub place: Place,
    /// Who may say it: whoever one of these fits. What depends on the target is the command's own matter.
    pub who: &'static [Who],
    /// The message that says what it does.
    pub help: &'static str,
    /// What it does.
    pub run: Run,
}

/// One thing that may follow a verb.
#[derive(Debug)]
pub struct Param {
    /// Its name: an option's key, or what stands for a value in the usage.
    pub name: &'static str,
    /// What it takes.
    pub kind: Kind,
    /// Whether it must be there.
    pub need: Need,
}

/// What a parameter takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `--name`, without a value.
    Flag,
    /// `name=a,b`: words of any kind.
    ListOption,
    /// A value without a name in front: a mention or `@person`.
    Person,
    /// `name=@person`.
    PersonOption,
    /// All that is left, as one text.
    Rest,
    /// `--name 7d`: a length of time.
    SpanOption,
    /// `name=text`.
    TextOption,
    /// A value without a name in front.
    Value,
    /// A value without a name in front, in quotes where it has spaces.
    Words,
    /// A value without a name in front, one of these words.
    Word(&'static [&'static str]),
    /// `name=word`, one of these words.
    WordOption(&'static [&'static str]),
}

/// Whether a parameter must be there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    /// May be left out.
    Optional,
    /// Must be there.
    Required,
}

/// Where a command may be said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// Anywhere.
    Anywhere,
    /// In direct messages only.
    Direct,
    /// In groups only.
    Group,
}

/// Who may say a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Who {
    /// Any admin.
    Admin,
    /// Anybody in the organisation.
    Anyone,
    /// The owner, main admins, and sub admins with this permission.
    Holder(Permission),
    /// The owner and main admins.
    MainAdmin,
    /// The owner alone.
    Owner,
}

impl Who {
    /// Whether the role fits.
    pub fn includes(self, role: &Role) -> bool {
        match self {
            Self::Admin => role.is_admin(),
            Self::Anyone => true,
            Self::Holder(permission) => role.holds(permission),
            Self::MainAdmin => role.holds_everything(),
            Self::Owner => matches!(role, Role::Owner),
        }
    }
}

/// What a command does.
#[derive(Clone, Copy, Debug)]
pub enum Run {
    /// Acts at once and answers.
    Answer(fn(&Context<'_>, &Args<'_>) -> Result<Reply, Stop>),
    /// Calls off an operation.
    Cancel,
    /// Goes on with an operation.
    Confirm,
    /// Changes the organisation: shows what will happen, and asks.
    Operation {
        /// The message that names it.
        called: &'static str,
        /// Whether it can be undone.
        undo: Undo,
        /// What it would do.
        plan: fn(&Context<'_>, &Args<'_>) -> Result<Plan, Stop>,
    },
}

/// Whether an operation can be undone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Undo {
    /// It can't.
    Never,
    /// It can, by another command.
    Possible,
}

/// An answer, and what it changes.
#[derive(Debug, Default)]
pub struct Reply {
    /// What the answer is about.
    pub topic: &'static str,
    /// Its words.
    pub text: Text,
    /// Changes of the bot's own memory.
    pub changes: Vec<Change>,
    /// What the audit log keeps of it.
    pub records: Vec<Record>,
    /// What others read.
    pub letters: Vec<Outgoing>,
    /// A file that goes with the answer.
    pub attachment: Option<Attachment>,
}

impl Reply {
    /// An answer that changes nothing.
    pub fn new(topic: &'static str, text: Text) -> Self {
        Self { topic, text, ..Self::default() }
    }
}

impl Spec {
    /// Whether somebody of this role may use it at all; help and suggestions show it to nobody else.
    pub fn is_for(&self, role: &Role) -> bool {
        self.who.iter().any(|who| who.includes(role))
    }

    /// Every verb that means it.
    pub fn verbs(&self) -> impl Iterator<Item = &'static str> {
        std::iter::once(self.name).chain(self.aliases.iter().copied())
    }

    /// The parameter with this key; values without a name in front have none.
    pub fn option(&self, key: &str) -> Option<&'static Param> {
        self.params.iter().find(|param| param.name == key && param.is_option())
    }

    /// How it is typed, such as `/delete @person [reason=resigned|…]`.
    pub fn usage(&self) -> String {
        let mut usage = format!("/{}", self.name);
        for param in self.params {
            let form = param.form();
            match param.need {
                Need::Optional => usage.push_str(&format!(" [{form}]")),
                Need::Required => usage.push_str(&format!(" {form}")),
            }
        }
        usage
    }

    /// The phrase that says how it is typed.
    pub fn usage_phrase(&self) -> Phrase {
        Phrase::new("usage").code("usage", self.usage())
    }
}

impl Param {
    /// Whether it has its name in front.
    pub fn is_option(&self) -> bool {
        matches!(
            self.kind,
            Kind::Flag
                | Kind::ListOption
                | Kind::PersonOption
                | Kind::SpanOption
                | Kind::TextOption
                | Kind::WordOption(_)
        )
    }

    /// How it is typed.
    pub fn form(&self) -> String {
        let name = self.name;
        match self.kind {
            Kind::Flag => format!("--{name}"),
            Kind::ListOption => format!("{name}=a,b"),
            Kind::Person => "@person".to_owned(),
            Kind::PersonOption => format!("{name}=@person"),
            Kind::Rest | Kind::Value => name.to_owned(),
            Kind::SpanOption => format!("--{name} 7d"),
            Kind::TextOption => format!("{name}=\"…\""),
            Kind::Word(words) => words.join("|"),
            Kind::WordOption(words) => format!("{name}={}", words.join("|")),
            Kind::Words => format!("\"{name}\""),
        }
    }

    /// How its name is typed: `reason=` or `--dry-run`.
    pub fn label(&self) -> String {
        match self.kind {
            Kind::Flag | Kind::SpanOption => format!("--{}", self.name),
            _ => format!("{}=", self.name),
        }
    }
}
