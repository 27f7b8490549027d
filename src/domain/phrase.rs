//! What is to be said, before it is said in a language.

use std::borrow::Cow;

use smol_str::SmolStr;

use super::Timestamp;

/// A sentence of the message files, with what goes into it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Phrase {
    /// The message's name in the message files.
    pub id: Cow<'static, str>,
    /// What goes into it, by the names that the message files use.
    pub args: Vec<(Cow<'static, str>, Arg)>,
}

/// Something that goes into a sentence.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Arg {
    /// A time of the day, written in the organisation's time zone.
    Clock(Timestamp),
    /// Something to type, shown as code.
    Code(SmolStr),
    /// A day, written in the organisation's time zone.
    Date(Timestamp),
    /// Phrases, with the language's separator between them.
    List(Vec<Phrase>),
    /// A number, written as the language writes it and deciding its plural.
    Number(i64),
    /// A phrase within the phrase.
    Phrase(Phrase),
    /// Words that people chose: always shown as they are, never as markup.
    Text(SmolStr),
    /// An instant, written in the organisation's time zone.
    Time(Timestamp),
}

/// A whole message: its lines.
pub type Text = Vec<Phrase>;

impl Phrase {
    /// A sentence with nothing in it yet.
    pub fn new(id: &'static str) -> Self {
        Self { id: Cow::Borrowed(id), args: Vec::new() }
    }

    fn with(mut self, name: &'static str, arg: Arg) -> Self {
        self.args.push((Cow::Borrowed(name), arg));
        self
    }

    /// Adds words that people chose.
    pub fn text(self, name: &'static str, text: impl Into<SmolStr>) -> Self {
        self.with(name, Arg::Text(text.into()))
    }

    /// Adds something to type.
    pub fn code(self, name: &'static str, code: impl Into<SmolStr>) -> Self {
        self.with(name, Arg::Code(code.into()))
    }

    /// Adds a number.
    pub fn number(self, name: &'static str, number: usize) -> Self {
        self.with(name, Arg::Number(i64::try_from(number).unwrap_or(i64::MAX)))
    }

    /// Adds an instant.
    pub fn time(self, name: &'static str, time: Timestamp) -> Self {
        self.with(name, Arg::Time(time))
    }

    /// Adds a time of the day.
    pub fn clock(self, name: &'static str, time: Timestamp) -> Self {
        self.with(name, Arg::Clock(time))
    }

    /// Adds a day.
    pub fn date(self, name: &'static str, time: Timestamp) -> Self {
        self.with(name, Arg::Date(time))
    }

    /// Adds a phrase.
    pub fn phrase(self, name: &'static str, phrase: Self) -> Self {
        self.with(name, Arg::Phrase(phrase))
    }

    /// The same phrase with this day for every day in it.
    pub fn dated(mut self, day: Timestamp) -> Self {
        for (_, arg) in &mut self.args {
            match arg {
                Arg::Date(time) => *time = day,
                Arg::List(phrases) => {
                    *phrases = std::mem::take(phrases).into_iter().map(|phrase| phrase.dated(day)).collect();
                }
                Arg::Phrase(phrase) => *phrase = std::mem::replace(phrase, Self::new("plain")).dated(day),
                Arg::Clock(_) | Arg::Code(_) | Arg::Number(_) | Arg::Text(_) | Arg::Time(_) => {}
            }
        }
        self
    }

    /// Adds a list of phrases.
    pub fn list(self, name: &'static str, phrases: Vec<Self>) -> Self {
        self.with(name, Arg::List(phrases))
    }
}
