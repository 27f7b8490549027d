//! A command's words, checked against its description: nothing unknown, nothing missing, nothing left over.

use super::line::{DASHES, Line, Value, Word};
use super::people::hidden;
use super::refusal::Refusal;
use super::spec::{Kind, Need, Param, Spec};
use super::words::meant;
use crate::domain::names::{has_hidden, keyword, nearest, without_hidden};
use crate::domain::{PersonId, Phrase};

/// The words of one command, by the names of its parameters. Nobody is looked up yet.
#[derive(Debug)]
pub struct Args<'a> {
    spec: &'static Spec,
    line: &'a Line,
    found: Vec<Found>,
}

#[derive(Debug)]
struct Found {
    param: &'static Param,
    word: usize,
    value: Value,
}

impl<'a> Args<'a> {
    /// Checks a line against a description.
    pub fn check(spec: &'static Spec, line: &'a Line) -> Result<Self, Refusal> {
        let mut args = Self { spec, line, found: Vec::new() };
        let mut index = 0;
        while let Some(word) = line.words.get(index) {
            index += match &word.key {
                Some(key) => args.option(index, key, word)?,
                None => args.positional(index, word)?,
            };
        }
        let missing =
            spec.params.iter().find(|param| param.need == Need::Required && args.get(param.name).is_none());
        match missing {
            Some(param) => {
                let why = Phrase::new("bad-missing").code("what", param.form());
                Err(Refusal::bad_argument(why).with(spec.usage_phrase()))
            }
            None => Ok(args),
        }
    }

    /// Takes `key=value`, `--key=value`, `--key value` or `--flag`; gives how many words it took.
    fn option(&mut self, index: usize, key: &str, word: &Word) -> Result<usize, Refusal> {
        let Some(param) = self.spec.option(key) else {
            return Err(self.unknown_option(key, word.value.as_ref()));
        };
        if self.get(param.name).is_some() {
            return Err(self.bad(Phrase::new("bad-repeated").code("option", param.label())));
        }
        let (value, taken) = match (&word.value, param.kind) {
            (None, Kind::Flag) => (Value::Text(String::new()), 1),
            (Some(_), Kind::Flag) => {
                return Err(self.bad(Phrase::new("bad-flag-value").code("option", param.label())));
            }
            (Some(value), _) => (value.clone(), 1),
            (None, _) => match self.line.words.get(index + 1) {
                Some(Word { key: None, value: Some(value) }) => (value.clone(), 2),
                _ => return Err(self.bad(Phrase::new("bad-empty").code("option", param.label()))),
            },
        };
        self.take(param, index + taken - 1, value)?;
        Ok(taken)
    }

    /// Takes a value without a name in front; gives how many words it took.
    fn positional(&mut self, index: usize, word: &Word) -> Result<usize, Refusal> {
        let value = word.value.clone().expect("a word without a key has a value");
        let mut free =
            self.spec.params.iter().filter(|param| !param.is_option() && self.get(param.name).is_none());
        // A word that is a parameter's own is that parameter's wherever it stands, and a person that may be left out
        // does not stand in the way of what else may come.
        let owns = |param: &&Param| match (param.kind, &value) {
            (Kind::Word(words), Value::Text(text)) => meant(&keyword(text), words).is_some(),
            _ => false,
        };
        let fits = |param: &&Param| match &value {
            Value::Text(_) => param.kind != Kind::Person || param.need == Need::Required,
            Value::Mention(_) | Value::Name(_) => true,
        };
        let param = free.clone().find(owns).or_else(|| free.clone().find(fits)).or_else(|| free.next());
        let Some(param) = param else {
            return Err(self.left_over(index, &value));
        };
        if param.kind == Kind::Rest {
            let words = self.line.words[index..].iter();
            let rest: Option<Vec<_>> = words
                .map(|word| word.value.as_ref().filter(|_| word.key.is_none()).map(Value::as_typed))
                .collect();
            if let Some(rest) = rest {
                self.take(param, index, Value::Text(rest.join(" ")))?;
                return Ok(self.line.words.len() - index);
            }
        }
        self.take(param, index, value)?;
        Ok(1)
    }

    /// The refusal of a word for which there is no place: a second person, or an option not written as one.
    fn left_over(&self, index: usize, value: &Value) -> Refusal {
        let typed = value.as_typed();
        let Value::Text(text) = value else {
            let several = self.spec.params.iter().any(|param| param.kind == Kind::Person);
            let why = if several { "bad-second-target" } else { "bad-extra" };
            let why = Phrase::new(why).text("word", typed);
            let is_wanted = |param: &&Param| {
                (param.kind, param.need) == (Kind::PersonOption, Need::Required)
                    && self.get(param.name).is_none()
            };
            return match self.spec.params.iter().find(is_wanted) {
                Some(param) => suggested(why, param),
                None => self.bad(why),
            };
        };
        if let Some(name) = text.trim_end_matches(['@', '＠']).strip_suffix(['=', '＝'])
            && let Some(param) = self.spec.option(&keyword(name.trim_start_matches(DASHES)))
        {
            return self.bad(Phrase::new("bad-empty").code("option", param.label()));
        }
        let why = Phrase::new("bad-extra").text("word", typed);
        match self.as_one_name(index) {
            Some(form) => {
                Refusal::bad_argument(why).with(Phrase::new("bad-name-with-spaces").code("form", form))
            }
            None => {
                let name = text.split(['=', '＝']).next().unwrap_or_default();
                let name = without_hidden(name);
                self.with_nearest_option(&keyword(name.trim_start_matches(DASHES)), why)
            }
        }
    }

    /// The name before this word and all that may belong to it, in quotes: `@Ana Ruiz` was probably meant as one.
    fn as_one_name(&self, index: usize) -> Option<String> {
        let Word { key, value: Some(Value::Name(first)) } = self.line.words.get(index.checked_sub(1)?)?
        else {
            return None;
        };
        let more: Vec<_> = self.line.words[index..]
            .iter()
            .map_while(|word| match (&word.key, &word.value) {
                (None, Some(Value::Text(text))) if text.starts_with(char::is_uppercase) => {
                    Some(text.as_str())
                }
                _ => None,
            })
            .collect();
        let key = key.as_ref().map(|key| format!("{key}=")).unwrap_or_default();
        let name = Value::Name(format!("{first} {}", more.join(" ")));
        (!more.is_empty()).then(|| key + &name.to_text())
    }

    fn take(&mut self, param: &'static Param, word: usize, value: Value) -> Result<(), Refusal> {
        let value = match (param.kind, value) {
            // Quotes with nothing in them say as little as nothing; a flag never says more.
            (kind, Value::Text(text)) if kind != Kind::Flag && text.trim().is_empty() => {
                return Err(self.bad(match param.is_option() {
                    true => Phrase::new("bad-empty").code("option", param.label()),
                    false => Phrase::new("bad-missing").code("what", param.form()),
                }));
            }
            (Kind::Person | Kind::PersonOption, Value::Text(text)) if has_hidden(&text) => {
                return Err(hidden(&text));
            }
            (Kind::Person | Kind::PersonOption, Value::Text(text)) => {
                let Some(person) = as_person(&text) else {
                    return Err(self.bad(Phrase::new("bad-missing").code("what", param.form())));
                };
                let key = if param.is_option() { param.label() } else { String::new() };
                let form = key + &person.to_text();
                let why = Phrase::new("bad-not-a-person").text("word", text).code("form", &form);
                return Err(Refusal::bad_argument(why).suggesting(form));
            }
            (Kind::Word(words) | Kind::WordOption(words), Value::Text(text)) => {
                Value::Text(self.one_of(param, words, &text)?.to_owned())
            }
            (Kind::Person | Kind::PersonOption | Kind::Rest, value) => value,
            (_, Value::Text(text)) => Value::Text(text),
            (_, value) => {
                return Err(self.bad(Phrase::new("bad-is-a-person").text("word", value.as_typed())));
            }
        };
        self.found.push(Found { param, word, value });
        Ok(())
    }

    fn one_of(&self, param: &Param, words: &[&'static str], text: &str) -> Result<&'static str, Refusal> {
        let typed = keyword(text);
        if let Some(word) = meant(&typed, words) {
            return Ok(word);
        }
        let why = Phrase::new("bad-word").text("word", text).code("words", words.join(" | "));
        let refusal = self.bad(why);
        Err(match (nearest(&typed, words.iter().copied()), param.is_option()) {
            (Some(word), true) => refusal.suggesting(format!("{}{word}", param.label())),
            (Some(word), false) => refusal.suggesting(word),
            (None, _) => refusal,
        })
    }

    fn unknown_option(&self, key: &str, value: Option<&Value>) -> Refusal {
        let why = Phrase::new("bad-unknown-option").text("option", key);
        let Some(param) = self.spec.params.iter().find(|param| param.name == key) else {
            return self.with_nearest_option(key, why);
        };
        // It is typed without its name.
        let alone = match value {
            _ if self.get(param.name).is_some() => None,
            Some(Value::Text(text)) if param.kind == Kind::Person => as_person(text),
            value => value.cloned(),
        };
        match alone.map(|value| value.to_text()) {
            Some(form) => {
                let hint = Phrase::new("did-you-mean").code("what", &form);
                Refusal::bad_argument(why).suggesting(form).with(hint)
            }
            None => self.bad(why),
        }
    }

    /// The refusal with the option that was probably meant, or else with how the command is typed.
    fn with_nearest_option(&self, typed: &str, why: Phrase) -> Refusal {
        let options = self.spec.params.iter().filter(|param| param.is_option());
        let close = nearest(typed, options.map(|param| param.name)).and_then(|name| self.spec.option(name));
        match close {
            Some(param) => suggested(why, param),
            None => self.bad(why),
        }
    }

    /// A refusal that ends with how the command is typed.
    pub fn bad(&self, why: Phrase) -> Refusal {
        Refusal::bad_argument(why).with(self.spec.usage_phrase())
    }

    fn get(&self, name: &str) -> Option<&Found> {
        self.found.iter().find(|found| found.param.name == name)
    }

    /// Whether a flag is there.
    pub fn has(&self, name: &str) -> bool {
        self.get(name).is_some()
    }

    /// The text of a parameter.
    pub fn text(&self, name: &str) -> Option<&str> {
        match &self.get(name)?.value {
            Value::Text(text) => Some(text),
            Value::Mention(_) | Value::Name(_) => None,
        }
    }

    /// The words of a list, commas of any width between them.
    pub fn list(&self, name: &str) -> Option<Vec<String>> {
        let words = self.text(name)?.split([',', '，', '、']);
        Some(words.map(|word| word.trim().to_owned()).filter(|word| !word.is_empty()).collect())
    }

    /// A person as they were named, and with which word.
    pub fn person(&self, name: &str) -> Option<(usize, &Value)> {
        self.get(name).map(|found| (found.word, &found.value))
    }

    /// The command as words, with these people by id.
    pub fn pinned(&self, people: &[(&str, &PersonId)]) -> String {
        let line = Line { verb: self.spec.name.to_owned(), words: self.line.words.clone() };
        let pinned = people.iter().fold(line, |line, (name, person)| match self.get(name) {
            Some(found) => line.pinned(found.word, person),
            None => line,
        });
        pinned.to_text()
    }
}

/// The person that a text names in another way than one is named.
fn as_person(text: &str) -> Option<Value> {
    let name = text
        .trim()
        .trim_start_matches(['@', '＠'])
        .trim_matches(['"', '＂', '“', '”', '\'', '「', '」', ' ']);
    (!name.is_empty()).then(|| Value::Name(name.to_owned()))
}

/// The refusal with the option that was probably meant.
fn suggested(why: Phrase, param: &Param) -> Refusal {
    Refusal::bad_argument(why)
        .suggesting(param.label())
        .with(Phrase::new("did-you-mean").code("what", param.label()))
}
