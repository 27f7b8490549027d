//! Checks the message files against each other, against the code that names their messages, and as writing.

#![allow(clippy::unwrap_used, reason = "in a test that is a failure")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::sync::LazyLock;

use fluent_syntax::ast::{Entry, Expression, InlineExpression, Pattern, PatternElement};
use fluent_syntax::parser;
use regex::Regex;

/// Families whose members the code chooses by a word of the domain, so that it may not name each.
const FAMILIES: [&str; 12] = [
    "blocker-",    // what stands in the way: `domain::Blocker::blocker`
    "effect-",     // what an operation does: `effects` of a `confirm_request`
    "fix-",        // what mends a blocker
    "help-",       // a verb of the command table
    "level-",      // `domain::Level`
    "operation-",  // a verb that opens an operation
    "permission-", // `domain::Permission`
    "reason-",     // `reason=` of a deletion
    "relation-",   // what `/unbind` ends
    "span-",       // a unit of time
    "status-",     // `domain::PersonStatus`
    "topic-",      // `domain::Topic`
];

/// What stands for something that is only known when it is said.
const SLOT: char = '\u{fffc}';

static EN: LazyLock<Messages> = LazyLock::new(|| read(include_str!("../src/wording/en.ftl")));
static ZH: LazyLock<Messages> = LazyLock::new(|| read(include_str!("../src/wording/zh.ftl")));
static CODE: LazyLock<String> = LazyLock::new(|| {
    let mut code = String::new();
    collect(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut code);
    code
});

const NONE: [&str; 0] = [];

type Messages = BTreeMap<&'static str, Message>;

/// What the checks look at of a message.
#[derive(Default)]
struct Message {
    variables: BTreeSet<&'static str>,
    references: BTreeSet<&'static str>,
    /// The words of the message, and of each variant in it.
    texts: Vec<String>,
}

fn read(source: &'static str) -> Messages {
    let resource = parser::parse(source).unwrap_or_else(|(_, errors)| panic!("{errors:?}"));
    let mut messages = Messages::new();
    for entry in resource.body {
        let (id, pattern, attributes) = match entry {
            Entry::Message(message) => (message.id.name, message.value, message.attributes),
            Entry::Term(term) => (term.id.name, Some(term.value), term.attributes),
            Entry::Comment(_) | Entry::GroupComment(_) | Entry::ResourceComment(_) => continue,
            Entry::Junk { content } => panic!("no message: {content}"),
        };
        assert!(attributes.is_empty(), "{id}: nobody would say its attributes");
        let mut message = Message::default();
        message.pattern(&pattern.unwrap_or_else(|| panic!("{id} says nothing")));
        assert!(messages.insert(id, message).is_none(), "{id} is there twice");
    }
    messages
}

impl Message {
    fn pattern(&mut self, pattern: &Pattern<&'static str>) {
        let mut text = String::new();
        for element in &pattern.elements {
            match element {
                PatternElement::TextElement { value } => text.push_str(value),
                PatternElement::Placeable { expression } => self.expression(expression, &mut text),
            }
        }
        self.texts.push(text);
    }

    fn expression(&mut self, expression: &Expression<&'static str>, text: &mut String) {
        match expression {
            Expression::Inline(inline) => self.inline(inline, text),
            Expression::Select { selector, variants } => {
                self.inline(selector, text);
                for variant in variants {
                    self.pattern(&variant.value);
                }
            }
        }
    }

    fn inline(&mut self, inline: &InlineExpression<&'static str>, text: &mut String) {
        match inline {
            InlineExpression::StringLiteral { value } => return text.push_str(value),
            InlineExpression::Placeable { expression } => return self.expression(expression, text),
            InlineExpression::FunctionReference { id, .. } => panic!("{} is no function of ours", id.name),
            InlineExpression::MessageReference { id, .. } | InlineExpression::TermReference { id, .. } => {
                self.references.insert(id.name);
            }
            InlineExpression::VariableReference { id } => {
                self.variables.insert(id.name);
            }
            InlineExpression::NumberLiteral { .. } => {}
        }
        text.push(SLOT);
    }
}

/// Adds the program's code, in the order of its paths and without its tests.
fn collect(folder: &Path, code: &mut String) {
    let mut paths: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    for path in paths {
        if path.is_dir() {
            collect(&path, code);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = fs::read_to_string(&path).unwrap();
            code.push_str(text.split("#[cfg(test)]\nmod tests").next().unwrap());
        }
    }
}

fn matches(pattern: &str) -> BTreeSet<&'static str> {
    let regex = Regex::new(pattern).unwrap();
    regex.captures_iter(&CODE).map(|captures| captures.get(1).unwrap().as_str()).collect()
}

/// Every line of a language that is wrong in some way, with its message.
fn faults(messages: &Messages, is_wrong: impl Fn(&str) -> bool) -> Vec<String> {
    let mut faults = Vec::new();
    for (id, message) in messages {
        let lines = message.texts.iter().flat_map(|text| text.lines());
        faults.extend(lines.filter(|line| is_wrong(line)).map(|line| format!("{id}: {line}")));
    }
    faults
}

#[test]
fn both_languages_say_the_same_messages() {
    let (en, zh): (BTreeSet<_>, BTreeSet<_>) = (EN.keys().collect(), ZH.keys().collect());
    let alone: Vec<_> = en.symmetric_difference(&zh).collect();
    assert!(alone.is_empty(), "{alone:?}");
}

#[test]
fn both_languages_tell_the_same_facts() {
    for (id, message) in EN.iter() {
        assert_eq!(Some(&message.variables), ZH.get(id).map(|other| &other.variables), "{id}");
    }
}

#[test]
fn what_a_message_refers_to_is_there() {
    for messages in [&*EN, &*ZH] {
        for (id, message) in messages {
            let missing: Vec<_> =
                message.references.iter().filter(|other| !messages.contains_key(*other)).collect();
            assert!(missing.is_empty(), "{id} refers to {missing:?}");
        }
    }
}

#[test]
fn every_message_is_said_somewhere() {
    let literals = matches(r#""([a-z][a-z0-9-]*)""#);
    let referred: BTreeSet<_> = EN.values().flat_map(|message| &message.references).copied().collect();
    let unsaid: Vec<_> = EN
        .keys()
        .filter(|id| !literals.contains(*id) && !referred.contains(*id))
        .filter(|id| !FAMILIES.iter().any(|family| id.starts_with(family)))
        .collect();
    assert!(unsaid.is_empty(), "{unsaid:?}");
}

#[test]
fn every_message_that_is_said_is_there() {
    let missing: Vec<_> = matches(r#"\bPhrase::new\(\s*"([^"]*)""#)
        .into_iter()
        .filter(|id| !EN.contains_key(id) || !ZH.contains_key(id))
        .collect();
    assert!(missing.is_empty(), "{missing:?}");
}

#[test]
fn chinese_has_chinese_punctuation() {
    let ascii = Regex::new(r"\p{Han}[*`]*[,:;?!]").unwrap();
    assert_eq!(faults(&ZH, |line| ascii.is_match(line)), NONE);
}

#[test]
fn english_has_english_punctuation() {
    let wide = Regex::new(r"[\u{3000}-\u{303f}\u{ff00}-\u{ffef}]").unwrap();
    assert_eq!(faults(&EN, |line| wide.is_match(line)), NONE);
}

#[test]
fn strong_and_code_are_closed_on_their_line() {
    let escaped = Regex::new(r"\\.").unwrap();
    let is_open = |line: &str| {
        let line = escaped.replace_all(line, "");
        line.matches("**").count() % 2 == 1 || line.matches('`').count() % 2 == 1
    };
    for messages in [&*EN, &*ZH] {
        assert_eq!(faults(messages, is_open), NONE);
    }
}
