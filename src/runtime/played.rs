//! A transcript that was played, beside what it expected.

use serde_json::Value;

use super::replay::Step;
use crate::adapter::transcript::{Said, Statement, differs};

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
