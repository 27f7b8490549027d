//! Who is meant: from a mention or a typed `@name` to exactly one person, or a refusal that helps.

use super::line::Value;
use super::refusal::{Refusal, Stop, Verdict};
use crate::domain::names::{fold, has_hidden, is_close, readings, search_key, skeleton, without_hidden};
use crate::domain::{Fault, Mention, Person, PersonId, Phrase, View};

/// How many people one question lists at most.
const MAX_CHOICES: usize = 9;
/// How many names a refusal suggests at most.
const MAX_SUGGESTIONS: usize = 3;
/// How many spellings are compared at most: a millisecond's work.
const MAX_SPELLINGS: usize = 5_000;

/// Finds the one active person that is meant.
///
/// # Errors
/// `bad_argument` for hidden characters, `mention_mismatch`, `unknown_person` with suggestions, or a
/// question when several people are or look meant.
pub fn resolve(view: &dyn View, word: usize, value: &Value) -> Result<Person, Stop> {
    match value {
        Value::Mention(mention) => mentioned(view, mention),
        Value::Name(name) | Value::Text(name) => named(view, word, name),
    }
}

/// Finds an active person by exact id.
pub fn active(view: &dyn View, id: &PersonId) -> Result<Option<Person>, Fault> {
    Ok(view.person(id)?.filter(Person::is_active))
}

/// The entity decides; a label that names somebody else does not pass in silence.
fn mentioned(view: &dyn View, mention: &Mention) -> Result<Person, Stop> {
    if has_hidden(mention.id.as_str()) {
        return Err(hidden(mention.id.as_str()).into());
    }
    let Some(person) = active(view, &mention.id)? else {
        let shown = mention.label.as_deref().unwrap_or(mention.id.as_str());
        return Err(unknown(view, shown)?.into());
    };
    let Some(label) = &mention.label else {
        return Ok(person);
    };
    // Nobody typed it: it counts for what the screen showed.
    let label = without_hidden(label);
    let label = label.trim_end().trim_start_matches(|c: char| c.is_whitespace() || matches!(c, '@' | '＠'));
    if !names_another(view, label, &person)? {
        return Ok(person);
    }
    let text = Phrase::new("rejected-mention-mismatch")
        .text("label", label)
        .text("name", &person.name)
        .code("id", format!("@{}", person.id));
    Err(Refusal::rejected("mention_mismatch", Some(format!("@{}", person.id)), vec![text]).into())
}

/// Whether a label is somebody else's id or name, or looks like one's and not like this person's.
fn names_another(view: &dyn View, label: &str, person: &Person) -> Result<bool, Fault> {
    let (name, look) = (fold(label), skeleton(label));
    if name == fold(&person.name) || label == person.id.as_str() {
        return Ok(false);
    }
    if !view.people_named(&name, 1)?.is_empty() || active(view, &PersonId::new(label))?.is_some() {
        return Ok(true);
    }
    Ok(look != skeleton(&person.name) && !view.people_looking_like(&look, 1)?.is_empty())
}

fn named(view: &dyn View, word: usize, name: &str) -> Result<Person, Stop> {
    if has_hidden(name) {
        return Err(hidden(name).into());
    }
    if let Some(person) = active(view, &PersonId::new(name))? {
        return Ok(person);
    }
    let is_named = !view.people_named(&fold(name), 1)?.is_empty();
    // Whoever has the name looks like it, too.
    let meant = view.people_looking_like(&skeleton(name), MAX_CHOICES + 1)?;
    match meant.as_slice() {
        [] => Err(unknown(view, name)?.into()),
        [only] if is_named => {
            active(view, only)?.ok_or_else(|| Stop::Fault(Fault(format!("{only} is gone"))))
        }
        _ => Err(choose(view, word, name, meant)?.into()),
    }
}

fn choose(view: &dyn View, word: usize, name: &str, mut meant: Vec<PersonId>) -> Result<Refusal, Fault> {
    let is_cut = meant.len() > MAX_CHOICES;
    meant.truncate(MAX_CHOICES);
    let mut text = vec![Phrase::new("choose").text("name", name)];
    for (index, id) in meant.iter().enumerate() {
        if let Some(person) = view.person(id)? {
            text.push(
                Phrase::new("choose-line")
                    .number("number", index + 1)
                    .text("name", &person.name)
                    .list("departments", departments(view, &person)?)
                    .code("id", format!("@{id}")),
            );
        }
    }
    text.push(Phrase::new(if is_cut { "choose-how-cut" } else { "choose-how" }));
    Ok(Refusal { verdict: Verdict::Choose { word, candidates: meant }, text })
}

/// The refusal of a name that may not be the one that it looks like.
pub(super) fn hidden(name: &str) -> Refusal {
    Refusal::bad_argument(Phrase::new("bad-hidden").text("name", name))
}

/// The refusal of a name that nobody has, with the names that it could be a slip of.
fn unknown(view: &dyn View, name: &str) -> Result<Refusal, Fault> {
    let close = suggestions(view, name)?;
    let mut text = vec![Phrase::new("rejected-unknown-person").text("name", name)];
    let mut people = Vec::new();
    for id in &close {
        if let Some(person) = view.person(id)? {
            people.push(Phrase::new("person-short").text("name", person.name).code("id", format!("@{id}")));
        }
    }
    let mut ids = Vec::new();
    if !people.is_empty() {
        text.push(Phrase::new("did-you-mean-people").list("people", people));
        ids.extend(close.iter().map(|id| format!("@{id}")));
    }
    Ok(Refusal::rejected("unknown_person", (!ids.is_empty()).then(|| ids.join(" ")), text))
}

/// Up to three people whose id, name or pinyin starts like the text or is close to it.
fn suggestions(view: &dyn View, name: &str) -> Result<Vec<PersonId>, Fault> {
    if has_hidden(name) || name.trim().is_empty() {
        return Ok(Vec::new());
    }
    let mut found = search(view, name, MAX_SUGGESTIONS)?;
    found.truncate(MAX_SUGGESTIONS);
    Ok(found)
}

/// The active people whom the text could mean: first those one of whose keys it begins, then those it is close to.
pub fn search(view: &dyn View, text: &str, limit: usize) -> Result<Vec<PersonId>, Fault> {
    let mut found = Vec::new();
    let readings = readings(text);
    for reading in &readings {
        for id in view.people_with_prefix(reading, limit)? {
            if !found.contains(&id) {
                found.push(id);
            }
        }
    }
    if found.len() < limit {
        let near = search_key(text);
        let mut close: Vec<_> = view
            .spellings(&near, MAX_SPELLINGS)?
            .into_iter()
            .filter(|(key, _)| readings.iter().any(|reading| is_close(reading, key)))
            .map(|(key, id)| {
                let distance =
                    readings.iter().map(|reading| crate::domain::names::distance(reading, &key)).min();
                (distance, id)
            })
            .collect();
        close.sort();
        for (_, id) in close {
            if found.len() < limit && !found.contains(&id) && active(view, &id)?.is_some() {
                found.push(id);
            }
        }
    }
    found.truncate(limit);
    Ok(found)
}

/// Whether the value names this person themselves, without looking anybody else up.
pub fn is_oneself(value: &Value, oneself: &Person) -> bool {
    match value {
        Value::Mention(mention) => mention.id == oneself.id,
        Value::Name(name) | Value::Text(name) => {
            name == oneself.id.as_str() || fold(name) == fold(&oneself.name)
        }
    }
}

/// A person's departments by name.
pub fn departments(view: &dyn View, person: &Person) -> Result<Vec<Phrase>, Fault> {
    let mut names = Vec::new();
    for id in &person.departments {
        if let Some(department) = view.department(id)? {
            names.push(Phrase::new("plain").text("text", &department.name));
        }
    }
    if names.is_empty() {
        names.push(Phrase::new("no-department"));
    }
    Ok(names)
}

/// A person's name with the id, as every message names somebody the admin deals with.
pub fn named_phrase(person: &Person) -> Phrase {
    if person.name.is_empty() {
        return Phrase::new("plain").text("text", person.id.as_str());
    }
    Phrase::new("person").text("name", &person.name).text("id", person.id.as_str())
}
