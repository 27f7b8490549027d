//! A command as a line of words: how a message is split, and how a line is written down again.
//!
//! ```text
//! line   = ("/" | "／") verb word*
//! word   = person | option | value
//! person = mention | ("@" | "＠") value
//! option = "--" key | "--" key "=" (person | value) | key "=" (person | value)
//! value  = "…" | '…' | “…” | ‘…’ | 「…」 | anything without white space
//! ```

use std::borrow::Cow;
use std::fmt::Write as _;
use std::sync::LazyLock;

use regex::Regex;
use zeroize::Zeroizing;

use super::refusal::Refusal;
use crate::domain::names::{is_unseen, keyword, without_hidden};
use crate::domain::{Body, Heard, Mention, Origin, PersonId, Phrase, SLOT};

/// The longest command, in characters.
pub(crate) const MAX_COMMAND: usize = 4_096;

/// What a message is, before anybody asks whether it may be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Parsed {
    /// The bare word for `/cancel`, maybe with a code behind it.
    Cancel(Option<String>),
    /// A command.
    Command(Line),
    /// The bare word for `/confirm`, maybe with a code behind it.
    Confirm(Option<String>),
    /// Meant as a command, but can't be read as one.
    Malformed(Refusal),
    /// A bare number.
    Number(usize),
    /// Anything else.
    Talk,
}

/// A command: a verb and its words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// As typed, in lower case, without the slash and without hidden characters.
    pub verb: String,
    /// What follows it.
    pub words: Vec<Word>,
}

/// One word of a command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Word {
    /// The name of an option, in lower case.
    pub key: Option<String>,
    /// Its value; a flag has none.
    pub value: Option<Value>,
}

/// A value as it was given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// A structured mention.
    Mention(Mention),
    /// A typed `@name`, without the sign.
    Name(String),
    /// Anything else.
    Text(String),
}

/// One word at the start of the text.
static WORD: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(concat!(
        r"\A(?:(?<dashes>--|[—–]+|－－)?(?<key>[\p{L}\p{N}][\p{L}\p{N}_－-]*)(?<equals>[=＝]))?",
        r"(?:(?<slot>\x{FFFC})|(?<at>[@＠])?(?:",
        "[\"＂](?<double>[^\"＂]*)[\"＂]|['＇](?<single>[^'＇]*)['＇]|“(?<curly>[^”]*)”|",
        "‘(?<curled>[^’]*)’|「(?<corner>[^」]*)」|",
        r#"(?<bare>[^\s"＂'＇“‘「@＠\x{FFFC}][^\s\x{FFFC}]*)))"#,
    ))
    .expect("a constant pattern")
});

/// The groups of [`WORD`] by their numbers, which spare a look-up by name at each word.
#[derive(Clone, Copy)]
enum Group {
    Key = 2,
    Slot = 4,
    At = 5,
    Double = 6,
    Single = 7,
    Curly = 8,
    Curled = 9,
    Corner = 10,
    Bare = 11,
}

const QUOTED: [Group; 5] = [Group::Double, Group::Single, Group::Curly, Group::Curled, Group::Corner];

/// The bare words, each the whole message, maybe with a code behind.
static BARE: LazyLock<Regex> = LazyLock::new(|| {
    let pattern = r"\A(?:(?<confirm>confirm\b|确认)|(?<cancel>cancel\b|取消))(?:\s*(?<code>[0-9a-z]{4}))?\z";
    Regex::new(pattern).expect("a constant pattern")
});

/// An option whose value opens a quote that nothing closes.
static UNCLOSED: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r#"[=＝][@＠]?["＂'＇“‘「]"#).expect("a constant pattern"));

/// Line breaks of every kind, and form feed, which some platforms show as one.
const BREAKS: [char; 7] = ['\n', '\r', '\u{0B}', '\u{0C}', '\u{85}', '\u{2028}', '\u{2029}'];

/// Reads a message.
pub fn parse(heard: &Heard) -> Parsed {
    if heard.origin == Origin::FirstHand { parse_body(&heard.body) } else { Parsed::Talk }
}

/// Reads a command that was written down with [`Line::to_text`]; `None` when no command can look like that.
pub fn parse_text(text: &str) -> Option<Line> {
    match parse_body(&Body::plain(text)) {
        Parsed::Command(line) => Some(line),
        _ => None,
    }
}

fn parse_body(body: &Body) -> Parsed {
    let mut mentions = body.mentions().iter();
    let mut text = body.text().trim_start_matches(is_unseen);
    if let Some(rest) = text.strip_prefix(SLOT) {
        if !mentions.next().is_some_and(|mention| mention.is_usher) {
            return Parsed::Talk;
        }
        text = rest.trim_start_matches(is_unseen);
    }
    match text.strip_prefix(['/', '／']) {
        Some(rest) => match command(rest, mentions) {
            Ok(line) => Parsed::Command(line),
            Err(refusal) => Parsed::Malformed(refusal),
        },
        None => talk(text.trim_end_matches(is_unseen)),
    }
}

fn talk(text: &str) -> Parsed {
    // Longer text can be neither a bare word nor a number that answers a question.
    if text.len() > 40 {
        return Parsed::Talk;
    }
    // It may be somebody's secret.
    let text = Zeroizing::new(keyword(text));
    if let Some(found) = BARE.captures(&text) {
        let code = found.name("code").map(|code| code.as_str().to_ascii_uppercase());
        return if found.name("confirm").is_some() { Parsed::Confirm(code) } else { Parsed::Cancel(code) };
    }
    match text.parse() {
        Ok(number) if text.len() <= 3 && !text.starts_with('+') => Parsed::Number(number),
        _ => Parsed::Talk,
    }
}

fn command<'a>(text: &str, mut mentions: impl Iterator<Item = &'a Mention>) -> Result<Line, Refusal> {
    let (text, unseen) = text.split_at(text.trim_end_matches(is_unseen).len());
    if text.chars().count() >= MAX_COMMAND {
        return Err(Refusal::rejected("too_long", None, vec![Phrase::new("rejected-too-long")]));
    }
    if text.contains(BREAKS) {
        return Err(Refusal::rejected("one_command", None, vec![Phrase::new("rejected-one-command")]));
    }
    let end = text
        .find(|c: char| c.is_whitespace() || matches!(c, '@' | '＠' | '"' | '＂' | '“' | '「' | SLOT))
        .unwrap_or(text.len());
    let (verb, mut rest) = text.split_at(end);
    let mut words = Vec::new();
    loop {
        rest = next_word(rest);
        if rest.is_empty() {
            break;
        }
        let (word, after) = word(rest, &mut mentions)?;
        words.push(word);
        rest = after;
    }
    // At the end of a name that was typed it may be what tells it from another.
    if let Some(Word { value: Some(Value::Name(name)), .. }) = words.last_mut() {
        name.extend(unseen.chars().take_while(|c| !c.is_whitespace()));
    }
    Ok(Line { verb: keyword(&without_hidden(verb)), words })
}

/// The text from its next word on. Hidden characters by themselves are none, and before a mention they are the
/// platform's; before anything else they are a part of the word.
fn next_word(text: &str) -> &str {
    let word = text.trim_start_matches(is_unseen);
    if word.starts_with(SLOT) {
        return word;
    }
    let unseen = &text[..text.len() - word.len()];
    let part = unseen.rsplit(char::is_whitespace).next().unwrap_or_default();
    &text[unseen.len() - part.len()..]
}

/// Reads the first word; gives it and what follows.
fn word<'a, 't>(
    text: &'t str,
    mentions: &mut impl Iterator<Item = &'a Mention>,
) -> Result<(Word, &'t str), Refusal> {
    plain_word(text).map_or_else(|| any_word(text, mentions), Ok)
}

/// Most words have nothing that could mean anything, and are read without the pattern, which takes a hundred times
/// as long.
fn plain_word(text: &str) -> Option<(Word, &str)> {
    let named = text.strip_prefix('@');
    let rest = named.unwrap_or(text);
    let (value, after) = rest.split_at(rest.find(char::is_whitespace).unwrap_or(rest.len()));
    let is_plain = |c: u8| c.is_ascii_alphanumeric() || matches!(c, b'_' | b'-' | b'.');
    if !value.starts_with(|c: char| c.is_ascii_alphanumeric()) || !value.bytes().all(is_plain) {
        return None;
    }
    let value = if named.is_some() { Value::Name(value.to_owned()) } else { Value::Text(value.to_owned()) };
    Some((Word { key: None, value: Some(value) }, after))
}

fn any_word<'a, 't>(
    text: &'t str,
    mentions: &mut impl Iterator<Item = &'a Mention>,
) -> Result<(Word, &'t str), Refusal> {
    let unreadable = || {
        let start: String = text.chars().take(20).collect();
        Refusal::bad_argument(Phrase::new("bad-unclosed").text("start", start))
    };
    let found = WORD.captures(text).ok_or_else(unreadable)?;
    let part = |group| found.get(group as usize).map(|part| part.as_str());
    let after = &text[found.get_match().end()..];
    let quoted = QUOTED.into_iter().find_map(part);
    if quoted.is_some() && !after.is_empty() && !after.starts_with(|c: char| c.is_whitespace()) {
        return Err(unreadable());
    }
    let key = part(Group::Key).map(keyword);
    let bare = part(Group::Bare);
    let is_named = part(Group::At).is_some();
    if key.is_none() && !is_named {
        if bare.is_some_and(|bare| UNCLOSED.is_match(bare)) {
            return Err(unreadable());
        }
        if let Some(flag) = bare.and_then(flag) {
            return Ok((Word { key: Some(keyword(flag)), value: None }, after));
        }
    }
    let value = if part(Group::Slot).is_some() {
        let mention = mentions.next().expect("a body has a mention for each slot");
        Value::Mention(mention.clone())
    } else {
        let text = with_labels(quoted.or(bare).unwrap_or_default(), mentions);
        if is_named { Value::Name(text) } else { Value::Text(text) }
    };
    Ok((Word { key, value: Some(value) }, after))
}

/// The text with the mentions that stand in it as words: in quotes they are part of what is said, and each
/// slot takes its own, so that those after it keep theirs.
fn with_labels<'a>(text: &str, mentions: &mut impl Iterator<Item = &'a Mention>) -> String {
    let mut parts = text.split(SLOT);
    let mut said = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let mention = mentions.next().expect("a body has a mention for each slot");
        let shown = mention.label.as_deref().unwrap_or(mention.id.as_str()).trim_start_matches(['@', '＠']);
        said.push('@');
        said.push_str(shown);
        said.push_str(part);
    }
    said
}

/// What stands for `--` in front of an option, a sign at a time: phones turn two dashes into a long one.
pub(super) const DASHES: [char; 4] = ['-', '－', '—', '–'];

/// The name of a flag, such as `dry-run` of `--dry-run`.
fn flag(bare: &str) -> Option<&str> {
    let name = bare.trim_start_matches(DASHES);
    let is_sign = match &bare[..bare.len() - name.len()] {
        "--" | "－－" => true,
        dashes => !dashes.is_empty() && dashes.chars().all(|c| matches!(c, '—' | '–')),
    };
    let is_name = name.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | '－'));
    (is_sign && is_name && !name.is_empty()).then_some(name)
}

impl Line {
    /// The line as text that [`parse_text`] reads back, with exact ids for mentions.
    pub fn to_text(&self) -> String {
        let mut text = format!("/{}", self.verb);
        for word in &self.words {
            text.push(' ');
            match (&word.key, &word.value) {
                (Some(key), None) => _ = write!(text, "--{key}"),
                (Some(key), Some(value)) => {
                    text.push_str(key);
                    text.push('=');
                    value.write(&mut text);
                }
                (None, Some(value)) => value.write(&mut text),
                (None, None) => {}
            }
        }
        text
    }

    /// The same line with this word's person given by id.
    pub fn pinned(mut self, word: usize, person: &PersonId) -> Self {
        if let Some(word) = self.words.get_mut(word) {
            word.value = Some(Value::Name(person.as_str().to_owned()));
        }
        self
    }
}

impl Value {
    fn write(&self, out: &mut String) {
        let (is_named, text) = match self {
            Self::Mention(mention) => (true, mention.id.as_str()),
            Self::Name(name) => (true, &**name),
            Self::Text(text) => (false, &**text),
        };
        out.extend(is_named.then_some('@'));
        out.push_str(&quoted(text));
    }

    /// The value as it is typed, with the exact id for a mention.
    pub fn to_text(&self) -> String {
        let mut text = String::new();
        self.write(&mut text);
        text
    }

    /// The value as somebody would recognise it.
    pub fn as_typed(&self) -> String {
        match self {
            Self::Mention(mention) => format!("@{}", mention.label.as_deref().unwrap_or(mention.id.as_str())),
            Self::Name(name) => format!("@{name}"),
            Self::Text(text) => text.clone(),
        }
    }
}

/// The text in quotes where it needs them, in a pair whose closing quote it lacks.
fn quoted(text: &str) -> Cow<'_, str> {
    let plain = !text.is_empty()
        && text
            .chars()
            .all(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | '+' | ':' | ',' | '，' | '、'))
        && !text.starts_with('-');
    let pairs: [(&str, &[char], &str); 5] = [
        ("\"", &['"', '＂'], "\""),
        ("'", &['\'', '＇'], "'"),
        ("“", &['”'], "”"),
        ("‘", &['’'], "’"),
        ("「", &['」'], "」"),
    ];
    match pairs.iter().find(|(_, closing, _)| !text.contains(*closing)) {
        Some((open, _, close)) if !plain => Cow::Owned([open, text, close].concat()),
        // With every closing quote in it, it was read without quotes and is read so again.
        _ => Cow::Borrowed(text),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{prop_assert_eq, proptest};

    use super::{Group, WORD, any_word, plain_word};

    proptest! {
        #[test]
        fn a_plain_word_is_what_the_pattern_says(text in "@?[a-zA-Z0-9_.@=\"“/-]{0,6}[ \u{3000}\u{fffc}é字-]?[a-z=]{0,3}") {
            if let Some((word, after)) = plain_word(&text) {
                prop_assert_eq!(any_word(&text, &mut [].iter()), Ok((word, after)));
            }
        }
    }

    #[test]
    fn each_group_has_the_number_of_its_name() {
        let names: Vec<_> = WORD.capture_names().map(Option::unwrap_or_default).collect();
        for (group, name) in [
            (Group::Key, "key"),
            (Group::Slot, "slot"),
            (Group::At, "at"),
            (Group::Double, "double"),
            (Group::Single, "single"),
            (Group::Curly, "curly"),
            (Group::Curled, "curled"),
            (Group::Corner, "corner"),
            (Group::Bare, "bare"),
        ] {
            assert_eq!(names[group as usize], name);
        }
    }
}
