//! A transcript that was played, beside what it expected.

use serde_json::{Map, Value, json};

use crate::adapter::transcript::{Said, Statement, differs};
use crate::domain::{Delivery, MessageId, Timestamp};
use crate::wording::markup::plain;

/// What was said in one step: after one statement that does something, or before the first.
#[derive(Debug, Default)]
pub struct Step {
    /// The statement's line; 0 before the first.
    pub line: usize,
    /// What was delivered, in order.
    pub delivered: Vec<Delivered>,
}

/// One message that was delivered.
#[derive(Debug)]
pub struct Delivered {
    /// When.
    pub at: Timestamp,
    /// What.
    pub delivery: Delivery,
}

impl Delivered {
    /// The message as a transcript has it.
    pub fn said(&self) -> Said {
        Said {
            to: self.delivery.to.clone(),
            kind: self.delivery.kind.clone(),
            text: plain(&self.delivery.text),
        }
    }

    /// The message as a JSON object.
    pub(super) fn to_json(&self, seq: usize, zone: &str) -> Value {
        let mut object = Map::new();
        object.insert("type".into(), json!("message"));
        object.insert("seq".into(), json!(seq));
        object.insert("at".into(), json!(self.at.rfc3339(zone)));
        object.insert("conversation".into(), json!(self.delivery.to.to_string()));
        object.insert("in_reply_to".into(), json!(self.delivery.in_reply_to.as_ref().map(MessageId::as_str)));
        object.insert("kind".into(), json!(self.delivery.kind));
        if let Ok(Value::Object(fields)) = serde_json::from_str(&self.delivery.fields) {
            object.extend(fields);
        }
        object.insert("text".into(), json!(plain(&self.delivery.text)));
        Value::Object(object)
    }
}

/// A transcript that was played.
#[derive(Debug)]
pub struct Played {
    /// Its statements.
    pub statements: Vec<Statement>,
    /// What was said after each that does something, in order.
    pub steps: Vec<Step>,
    /// The organisation and the bot's memory at the end.
    pub state: Value,
    /// The messages as JSON objects.
    pub messages: Vec<Value>,
}

/// The statements of one step, and what was said in it.
#[derive(Debug)]
pub struct Block<'a> {
    /// The statement that does something; none before the first.
    pub head: Option<&'a Statement>,
    /// Comments and empty lines after it.
    pub asides: Vec<&'a Statement>,
    /// What it was expected to lead to, with the statements that say so.
    pub expected: Vec<(&'a Statement, &'a Said)>,
    /// What it led to.
    pub actual: Vec<Said>,
}

impl Block<'_> {
    /// Whether what was said differs from what was expected.
    pub fn differs(&self) -> bool {
        let expected: Vec<_> = self.expected.iter().map(|(_, said)| *said).collect();
        differs(&expected, &self.actual)
    }
}

impl Played {
    /// The transcript step by step.
    pub fn blocks(&self) -> Vec<Block<'_>> {
        let mut steps = self.steps.iter();
        let mut next = |head| Block {
            head,
            asides: Vec::new(),
            expected: Vec::new(),
            actual: steps
                .next()
                .into_iter()
                .flat_map(|step| &step.delivered)
                .map(|message| message.said())
                .collect(),
        };
        let mut blocks = vec![next(None)];
        for statement in &self.statements {
            if let Statement::Do(..) | Statement::Say(..) = statement {
                blocks.push(next(Some(statement)));
                continue;
            }
            let block = blocks.last_mut().expect("there is one from the beginning");
            match statement {
                Statement::Expect(_, _, said) => block.expected.push((statement, said)),
                aside => block.asides.push(aside),
            }
        }
        blocks
    }
}
