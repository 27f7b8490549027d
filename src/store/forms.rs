//! How steps and closing words stand in a column: as JSON, read again by whatever release comes later.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::domain::{
    ApprovalId, Arg, Change, Closing, Conversation, DepartmentId, Fault, Grant, LetterKind, Level,
    Permission, PersonId, Phrase, PlannedLetter, Text, Timestamp, Topic,
};

#[derive(Serialize, Deserialize)]
struct PhraseForm {
    id: String,
    args: Vec<(String, ArgForm)>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum ArgForm {
    Clock(i64),
    Code(String),
    Date(i64),
    List(Vec<PhraseForm>),
    Number(i64),
    Phrase(Box<PhraseForm>),
    Text(String),
    Time(i64),
}

#[derive(Serialize, Deserialize)]
struct ClosingForm {
    done: Vec<PhraseForm>,
    follow_up: Vec<(String, String)>,
    #[serde(default)]
    heir: Option<String>,
    letters: Vec<LetterForm>,
}

#[derive(Serialize, Deserialize)]
struct LetterForm {
    to: String,
    topic: Option<String>,
    items: Vec<String>,
    text: Vec<PhraseForm>,
}

#[derive(Serialize, Deserialize)]
#[serde(tag = "change", rename_all = "snake_case")]
enum ChangeForm {
    AccountClosed { person: String, at: i64 },
    AdminGranted { person: String, level: String, departments: Vec<String>, permissions: Vec<String> },
    AdminRevoked { person: String },
    ApprovalCancelled { approval: String, by: String, at: i64, reason: Option<String> },
    HandedOver { from: String, to: String },
    OwnerChanged { to: String },
    PersonDeparted { person: String, by: String, at: i64, reason: String },
    SupervisorChanged { department: String, from: String, to: Option<String> },
}

/// A step's change as text.
///
/// # Errors
/// For a change that is no backend's step.
pub(super) fn change_text(change: &Change) -> Result<String, Fault> {
    let form = match change.clone() {
        Change::AccountClosed { person, at } => {
            ChangeForm::AccountClosed { person: person.to_string(), at: at.as_millis() }
        }
        Change::AdminGranted { person, grant } => ChangeForm::AdminGranted {
            person: person.to_string(),
            level: grant.level.as_str().to_owned(),
            departments: grant.departments.iter().map(ToString::to_string).collect(),
            permissions: grant.permissions.iter().map(|permission| permission.as_str().to_owned()).collect(),
        },
        Change::AdminRevoked { person } => ChangeForm::AdminRevoked { person: person.to_string() },
        Change::ApprovalCancelled { approval, by, at, reason } => ChangeForm::ApprovalCancelled {
            approval: approval.to_string(),
            by: by.to_string(),
            at: at.as_millis(),
            reason,
        },
        Change::HandedOver { from, to } => {
            ChangeForm::HandedOver { from: from.to_string(), to: to.to_string() }
        }
        Change::OwnerChanged { to } => ChangeForm::OwnerChanged { to: to.to_string() },
        Change::PersonDeparted { person, by, at, reason } => {
            let at = at.as_millis();
            ChangeForm::PersonDeparted { person: person.to_string(), by: by.to_string(), at, reason }
        }
        Change::SupervisorChanged { department, from, to } => ChangeForm::SupervisorChanged {
            department: department.to_string(),
            from: from.to_string(),
            to: to.map(|to| to.to_string()),
        },
        _ => return Err(Fault("this change is no backend's step".to_owned())),
    };
    Ok(written(&form))
}

/// Reads [`change_text`].
pub(super) fn change(text: &str) -> Result<Change, Fault> {
    let at = Timestamp::from_millis;
    Ok(match read(text)? {
        ChangeForm::AccountClosed { person, at: millis } => {
            Change::AccountClosed { person: PersonId::new(person), at: at(millis) }
        }
        ChangeForm::AdminGranted { person, level, departments, permissions } => {
            let level = Level::parse(&level).ok_or_else(unreadable)?;
            let permissions = permissions.iter().map(|word| Permission::parse(word)).collect::<Option<_>>();
            let permissions = permissions.ok_or_else(unreadable)?;
            let departments = departments.into_iter().map(DepartmentId::new).collect();
            Change::AdminGranted {
                person: PersonId::new(person),
                grant: Grant { level, departments, permissions },
            }
        }
        ChangeForm::AdminRevoked { person } => Change::AdminRevoked { person: PersonId::new(person) },
        ChangeForm::ApprovalCancelled { approval, by, at: millis, reason } => Change::ApprovalCancelled {
            approval: ApprovalId::new(approval),
            by: PersonId::new(by),
            at: at(millis),
            reason,
        },
        ChangeForm::HandedOver { from, to } => {
            Change::HandedOver { from: PersonId::new(from), to: PersonId::new(to) }
        }
        ChangeForm::OwnerChanged { to } => Change::OwnerChanged { to: PersonId::new(to) },
        ChangeForm::PersonDeparted { person, by, at: millis, reason } => Change::PersonDeparted {
            person: PersonId::new(person),
            by: PersonId::new(by),
            at: at(millis),
            reason,
        },
        ChangeForm::SupervisorChanged { department, from, to } => Change::SupervisorChanged {
            department: DepartmentId::new(department),
            from: PersonId::new(from),
            to: to.map(PersonId::new),
        },
    })
}

/// Words as text.
pub(super) fn words_text(text: &Text) -> String {
    written(&forms(text))
}

/// Reads [`words_text`].
pub(super) fn words(text: &str) -> Result<Text, Fault> {
    Ok(phrases(read(text)?))
}

/// How a word stands in such texts.
pub(super) fn word(word: &str) -> String {
    written(&word)
}

/// What is said once an operation is done, as text.
pub(super) fn closing_text(closing: &Closing) -> String {
    let letter = |letter: &PlannedLetter| {
        let (topic, items) = match &letter.kind {
            LetterKind::Notice(topic) => (Some(topic.as_str().to_owned()), Vec::new()),
            LetterKind::Task(items) => (None, items.clone()),
        };
        LetterForm { to: letter.to.key(), topic, items, text: forms(&letter.text) }
    };
    let follow_up = closing.follow_up.iter().map(|(person, item)| (person.to_string(), item.clone()));
    written(&ClosingForm {
        done: forms(&closing.done),
        follow_up: follow_up.collect(),
        heir: closing.heir.as_ref().map(ToString::to_string),
        letters: closing.letters.iter().map(letter).collect(),
    })
}

/// Reads [`closing_text`].
pub(super) fn closing(text: &str) -> Result<Closing, Fault> {
    let ClosingForm { done, follow_up, heir, letters } = read(text)?;
    let letter = |letter: LetterForm| {
        let kind = match letter.topic {
            Some(topic) => LetterKind::Notice(Topic::parse(&topic)?),
            None => LetterKind::Task(letter.items),
        };
        Some(PlannedLetter { to: Conversation::from_key(&letter.to)?, kind, text: phrases(letter.text) })
    };
    Ok(Closing {
        done: phrases(done),
        follow_up: follow_up.into_iter().map(|(person, item)| (PersonId::new(person), item)).collect(),
        heir: heir.map(PersonId::new),
        letters: letters.into_iter().map(letter).collect::<Option<_>>().ok_or_else(unreadable)?,
    })
}

fn written(form: &impl Serialize) -> String {
    serde_json::to_string(form).expect("texts and numbers can be written as JSON")
}

fn read<T: DeserializeOwned>(text: &str) -> Result<T, Fault> {
    serde_json::from_str(text).map_err(|_| unreadable())
}

fn unreadable() -> Fault {
    Fault("what was kept of an operation can't be read".to_owned())
}

fn forms(text: &[Phrase]) -> Vec<PhraseForm> {
    text.iter().map(PhraseForm::from).collect()
}

fn phrases(forms: Vec<PhraseForm>) -> Text {
    forms.into_iter().map(Phrase::from).collect()
}

impl From<&Phrase> for PhraseForm {
    fn from(phrase: &Phrase) -> Self {
        let args = phrase.args.iter().map(|(name, arg)| (name.to_string(), ArgForm::from(arg)));
        Self { id: phrase.id.to_string(), args: args.collect() }
    }
}

impl From<PhraseForm> for Phrase {
    fn from(form: PhraseForm) -> Self {
        let args = form.args.into_iter().map(|(name, arg)| (name.into(), Arg::from(arg)));
        Self { id: form.id.into(), args: args.collect() }
    }
}

impl From<&Arg> for ArgForm {
    fn from(arg: &Arg) -> Self {
        match arg {
            Arg::Clock(time) => Self::Clock(time.as_millis()),
            Arg::Code(code) => Self::Code(code.to_string()),
            Arg::Date(time) => Self::Date(time.as_millis()),
            Arg::List(phrases) => Self::List(forms(phrases)),
            Arg::Number(number) => Self::Number(*number),
            Arg::Phrase(phrase) => Self::Phrase(Box::new(phrase.into())),
            Arg::Text(text) => Self::Text(text.to_string()),
            Arg::Time(time) => Self::Time(time.as_millis()),
        }
    }
}

impl From<ArgForm> for Arg {
    fn from(form: ArgForm) -> Self {
        match form {
            ArgForm::Clock(millis) => Self::Clock(Timestamp::from_millis(millis)),
            ArgForm::Code(code) => Self::Code(code.into()),
            ArgForm::Date(millis) => Self::Date(Timestamp::from_millis(millis)),
            ArgForm::List(forms) => Self::List(phrases(forms)),
            ArgForm::Number(number) => Self::Number(number),
            ArgForm::Phrase(form) => Self::Phrase((*form).into()),
            ArgForm::Text(text) => Self::Text(text.into()),
            ArgForm::Time(millis) => Self::Time(Timestamp::from_millis(millis)),
        }
    }
}
