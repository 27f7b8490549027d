//! The lines of a transcript: read one by one, each fault with the form expected.

use std::sync::LazyLock;

use regex::{Captures, Regex};

use crate::domain::{Conversation, GroupId, Mention, MessageId, Origin, PersonId, Piece, Span, Timestamp};

/// A line that can't be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {what}")]
pub struct Fault {
    /// Counted from 1.
    pub line: usize,
    /// What is wrong, and the form expected.
    pub what: String,
}

/// One statement of a transcript, with the number of its first line, counted from 1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Statement {
    /// A comment or an empty line.
    Aside(usize),
    /// Something done to the bot or its world.
    Do(usize, Directive),
    /// What the bot is expected to say; with how many lines it takes.
    Expect(usize, usize, super::Said),
    /// Somebody says something.
    Say(usize, Saying),
}

impl Statement {
    /// The number of its first line.
    pub fn line(&self) -> usize {
        match self {
            Self::Aside(line) | Self::Do(line, _) | Self::Expect(line, ..) | Self::Say(line, _) => *line,
        }
    }
}

/// Something done to the bot or its world.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Directive {
    /// `!crash`
    Crash,
    /// `!merge {JSON}`
    Merge(String),
    /// `!now TIME`
    Now(Timestamp),
    /// `!org FILE`
    Org(String),
    /// `!platform down` (`false`) and `!platform up`
    Platform(bool),
    /// `!redeliver`
    Redeliver,
    /// `!restart`
    Restart,
    /// `!seed N`
    Seed(u64),
    /// `!set key = value`
    Set(String),
    /// `!wait 6m`
    Wait(Span),
}

/// An incoming message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Saying {
    /// Where.
    pub conversation: Conversation,
    /// Who.
    pub sender: PersonId,
    /// What, with `<@ID>` and `{code}` still in it.
    pub text: String,
    /// What stands before the colon.
    pub marks: Marks,
}

/// What stands before the colon.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Marks {
    /// `{id=m7}`
    pub id: Option<MessageId>,
    /// `{from=bot}`, `{edited}`, `{forwarded}`, `{quoted}`
    pub origin: Option<Origin>,
    /// `{sent=TIME}`
    pub sent: Option<Timestamp>,
    /// `{label=李娜}`
    pub label: Option<String>,
}

static SAYING: LazyLock<Regex> = LazyLock::new(|| {
    let pattern = concat!(
        r"\A\[(?<place>[^\]]+)\] (?<who>[^\s:{<]+)(?: <(?<kind>[^>]*)>)?",
        r"(?<marks>(?:\s*\{[^}]*\})*)\s*:(?<json>=)?(?: (?<text>.*))?\z",
    );
    Regex::new(pattern).expect("a constant pattern")
});

static MARK: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"\{(?<name>[^}=]*)(?:=(?<value>[^}]*))?\}").expect("a constant pattern"));

static MENTION: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"<@([^<>\s]+)>").expect("a constant pattern"));

const SAYING_FORM: &str = "expected `[group] person: text` or `[dm] person: text`";
const EXPECT_FORM: &str = "expected `[group] usher <kind>: text` or `[dm person] usher <kind>: text`";
const DIRECTIVES: &str = "expected one of `!org FILE`, `!now TIME`, `!seed N`, `!set key = value`, `!wait 6m`, \
                          `!restart`, `!crash`, `!redeliver`, `!platform down`, `!platform up`, `!merge {JSON}`";

/// Reads a transcript.
///
/// # Errors
/// The first line that can't be read.
pub fn read(text: &str) -> Result<Vec<Statement>, Fault> {
    let mut statements = Vec::new();
    // Some editors begin a file with it.
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    for (index, line) in text.lines().enumerate() {
        let number = index + 1;
        let fault = |what: String| Fault { line: number, what };
        if let (Some(more), Some(Statement::Expect(_, lines, said))) =
            (line.strip_prefix("  "), statements.last_mut())
        {
            said.text.push('\n');
            said.text.push_str(more);
            *lines += 1;
        } else if line.trim().is_empty() || line.starts_with('#') {
            statements.push(Statement::Aside(number));
        } else if let Some(words) = line.strip_prefix('!') {
            statements.push(Statement::Do(number, directive(words.trim()).map_err(fault)?));
        } else {
            statements.push(spoken(number, line).map_err(fault)?);
        }
    }
    Ok(statements)
}

fn directive(words: &str) -> Result<Directive, String> {
    let (name, rest) = words.split_once(char::is_whitespace).unwrap_or((words, ""));
    let rest = rest.trim();
    let wrong = |form: &str| format!("`{rest}` is not what !{name} takes: expected `{form}`");
    match (name, rest) {
        ("crash", "") => Ok(Directive::Crash),
        ("redeliver", "") => Ok(Directive::Redeliver),
        ("restart", "") => Ok(Directive::Restart),
        ("crash" | "redeliver" | "restart", _) => Err(wrong(&format!("!{name}"))),
        ("merge", json) => Ok(Directive::Merge(json.to_owned())),
        ("now", time) => {
            Timestamp::parse(time).map(Directive::Now).ok_or_else(|| wrong("!now 2026-11-22T09:00:00+08:00"))
        }
        ("org", "") => Err(wrong("!org FILE")),
        ("org", file) => Ok(Directive::Org(file.to_owned())),
        ("platform", "down") => Ok(Directive::Platform(false)),
        ("platform", "up") => Ok(Directive::Platform(true)),
        ("platform", _) => Err(wrong("!platform down` or `!platform up")),
        ("seed", number) => number.parse().map(Directive::Seed).map_err(|_| wrong("!seed 7")),
        ("set", setting) if setting.contains('=') => Ok(Directive::Set(setting.to_owned())),
        ("set", _) => Err(wrong("!set key = value")),
        ("wait", span) => Span::parse(span).map(Directive::Wait).ok_or_else(|| wrong("!wait 6m")),
        _ => Err(format!("there is no directive !{name}: {DIRECTIVES}")),
    }
}

fn spoken(line: usize, text: &str) -> Result<Statement, String> {
    let found = SAYING.captures(text).ok_or_else(|| {
        format!("this is no line of a transcript: {SAYING_FORM}, `!directive` or `# comment`")
    })?;
    let said = found.name("text").map_or("", |text| text.as_str());
    if &found["who"] == "usher" && found.name("kind").is_some() {
        if found.name("json").is_some() || !found["marks"].is_empty() {
            return Err(EXPECT_FORM.to_owned());
        }
        let to = match found["place"].strip_prefix("dm ") {
            Some(person) => Conversation::Direct(PersonId::new(person.trim())),
            None if &found["place"] == "dm" => return Err(EXPECT_FORM.to_owned()),
            None => Conversation::Group(GroupId::new(&found["place"])),
        };
        let said = super::Said { to, kind: found["kind"].to_owned(), text: said.to_owned() };
        return Ok(Statement::Expect(line, 1, said));
    }
    if &found["who"] == "usher" {
        return Err(EXPECT_FORM.to_owned());
    }
    if found.name("kind").is_some() || found["place"].starts_with("dm ") {
        return Err(SAYING_FORM.to_owned());
    }
    let sender = PersonId::new(&found["who"]);
    let conversation = match &found["place"] {
        "dm" => Conversation::Direct(sender.clone()),
        group => Conversation::Group(GroupId::new(group)),
    };
    let text = match found.name("json") {
        Some(_) => serde_json::from_str(said)
            .map_err(|error| format!("after `:=` expected a JSON string, such as \"a\\nb\": {error}"))?,
        None => said.to_owned(),
    };
    let marks = marks(&found)?;
    if marks.label.is_some() && people_mentioned(&text) != 1 {
        return Err(
            "`{label=…}` is the label of the one mention, and there must be one, such as <@bob>".to_owned()
        );
    }
    Ok(Statement::Say(line, Saying { conversation, sender, text, marks }))
}

fn marks(found: &Captures<'_>) -> Result<Marks, String> {
    let mut marks = Marks::default();
    for mark in MARK.captures_iter(&found["marks"]) {
        let value = mark.name("value").map(|value| value.as_str());
        match (&mark["name"], value) {
            ("id", Some("")) => return Err("a message's id can't be empty: expected `{id=m7}`".to_owned()),
            ("id", Some(id)) => marks.id = Some(MessageId::new(id)),
            ("from", Some("bot")) => marks.origin = Some(Origin::Bot),
            ("edited", None) => marks.origin = Some(Origin::Edited),
            ("forwarded", None) => marks.origin = Some(Origin::Forwarded),
            ("quoted", None) => marks.origin = Some(Origin::Quoted),
            ("label", Some(label)) => marks.label = Some(label.to_owned()),
            ("sent", Some(time)) => match Timestamp::parse(time) {
                Some(time) => marks.sent = Some(time),
                None => {
                    return Err(format!(
                        "`{time}` is no time: expected `{{sent=2026-11-22T09:00:00+08:00}}`"
                    ));
                }
            },
            _ => {
                return Err(format!(
                    "`{}` can't stand before the colon: expected {{id=…}}, {{from=bot}}, {{edited}}, {{forwarded}}, \
                     {{quoted}}, {{sent=TIME}} or {{label=…}}",
                    &mark[0]
                ));
            }
        }
    }
    Ok(marks)
}

/// How many mentions there are of others than the bot.
fn people_mentioned(text: &str) -> usize {
    MENTION.captures_iter(text).filter(|found| &found[1] != "usher").count()
}

/// A message's text as pieces: `<@ID>` is a structured mention, and `<@usher>` the bot.
pub fn pieces(text: &str, label: Option<&str>) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut end = 0;
    for found in MENTION.captures_iter(text) {
        let whole = found.get(0).expect("a match has group 0");
        pieces.push(Piece::Text(text[end..whole.start()].to_owned()));
        let is_usher = &found[1] == "usher";
        let label = label.filter(|_| !is_usher).map(str::to_owned);
        pieces.push(Piece::Mention(Mention { id: PersonId::new(&found[1]), label, is_usher }));
        end = whole.end();
    }
    pieces.push(Piece::Text(text[end..].to_owned()));
    pieces
}

static WORD: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"\{(?:(?<code>code)(?:@(?<place>[^{}]+))?|totp:(?<person>[^{}]+))\}")
        .expect("a constant pattern")
});

/// The text with `{code}`, `{code@place}` and `{totp:person}` replaced by what the functions give: the code
/// last asked for in that place (`None`: in the message's own), and a person's current TOTP code.
///
/// # Errors
/// When one of them gives nothing.
pub fn expect_words(
    text: &str,
    mut code: impl FnMut(Option<&str>) -> Option<String>,
    mut totp: impl FnMut(&str) -> Option<String>,
) -> Result<String, String> {
    let mut out = String::with_capacity(text.len());
    let mut end = 0;
    for found in WORD.captures_iter(text) {
        let whole = found.get(0).expect("a match has group 0");
        out.push_str(&text[end..whole.start()]);
        let value = match found.name("person") {
            Some(person) => totp(person.as_str()),
            None => code(found.name("place").map(|place| place.as_str())),
        };
        out.push_str(&value.ok_or_else(|| format!("there is nothing to put in for `{}`", whole.as_str()))?);
        end = whole.end();
    }
    out.push_str(&text[end..]);
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::{Directive, Statement, expect_words, pieces, read};
    use crate::domain::{Origin, Piece};

    #[test]
    fn every_form_is_read() {
        let text = "# note\n\n!wait 6m\n[ops] alice {id=m7} {edited}: hi: there\n[dm] bob:= \"a\\nb\"\n\
                    [ops] usher <done>: one\n  two\n[dm bob] usher <notice>:";
        let read = read(text).unwrap();
        assert_eq!(read.len(), 7);
        assert!(matches!(&read[2], Statement::Do(3, Directive::Wait(_))));
        let Statement::Say(4, saying) = &read[3] else { panic!("{:?}", read[3]) };
        assert_eq!((saying.text.as_str(), saying.marks.origin), ("hi: there", Some(Origin::Edited)));
        let Statement::Say(5, saying) = &read[4] else { panic!("{:?}", read[4]) };
        assert_eq!(saying.text, "a\nb");
        let Statement::Expect(6, 2, said) = &read[5] else { panic!("{:?}", read[5]) };
        assert_eq!(said.text, "one\ntwo");
    }

    #[test]
    fn a_fault_names_its_line_and_the_form_expected() {
        for (text, part) in [
            ("[ops] alice /help", "`[group] person: text`"),
            ("\n!wait soon", "`!wait 6m`"),
            ("!jump", "no directive !jump"),
            ("[ops] usher: hello", "usher <kind>"),
            ("[dm] usher <done>: x", "[dm person]"),
            ("[ops] alice {odd}: x", "before the colon"),
            ("[ops] alice {id=}: x", "`{id=m7}`"),
            ("[ops] alice {label=李博}: /show bob", "the one mention"),
            ("[ops] alice {label=李博}: <@usher> /show bob", "the one mention"),
            ("[ops] alice {label=李博}: /show <@bob> <@carol>", "the one mention"),
            ("[ops] alice:= x", "JSON string"),
            ("!now yesterday", "!now 2026"),
            ("!set confirm.ttl", "!set key = value"),
        ] {
            let fault = read(text).unwrap_err();
            assert_eq!(fault.line, text.lines().count(), "{text}");
            assert!(fault.what.contains(part), "{text}: {}", fault.what);
        }
    }

    #[test]
    fn a_mention_is_a_piece_of_its_own() {
        let pieces = pieces("/delete <@bob> now", Some("李博"));
        assert_eq!(pieces.len(), 3);
        let Piece::Mention(mention) = &pieces[1] else { panic!("{pieces:?}") };
        assert_eq!((mention.id.as_str(), mention.label.as_deref()), ("bob", Some("李博")));
    }

    #[test]
    fn only_known_words_in_braces_are_replaced() {
        let put = |text| expect_words(text, |place| place.is_none().then(|| "K7Q2".into()), |_| None);
        assert_eq!(put("confirm {code} {other}").unwrap(), "confirm K7Q2 {other}");
        assert!(put("{code@ops}").is_err());
        assert!(put("{totp:alice}").is_err());
    }
}
