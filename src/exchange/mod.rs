//! The organisation file and staff lists, in and out, without a disk, a clock or a database.

mod check;
mod draft;
mod export;
mod node;
mod read;
mod relations;
mod remove;
mod rules;
pub mod staff;
mod tree;

#[cfg(test)]
mod tests;

use std::fmt;

use crate::domain::Roster;
use draft::Draft;
pub use export::{to_json, to_text};
use node::{Flaws, Node};
use read::{Demand, Outcome, Reader};
use tree::Tree;

/// A fault of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Flaw {
    /// Where: `people[3].departments[0]`, `people[bob].departments[0]` for what was there before the file,
    /// `line 3, column 7` for what is no JSON, nothing for the file itself.
    pub path: String,
    /// What is wrong, as a sentence goes on after the path.
    pub what: String,
}

impl fmt::Display for Flaw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = if self.path.is_empty() { "the file" } else { &self.path };
        write!(f, "{path}: {}", self.what)
    }
}

/// Turns a password of a test file into what may be kept: its hash in PHC form.
pub type Hashing<'a> = &'a dyn Fn(&str) -> String;

/// Reads the file of a new organisation.
///
/// # Errors
/// The faults of the file, as many as could be found in one go.
pub fn parse(text: &str, hash: Hashing<'_>) -> Result<Roster, Vec<Flaw>> {
    read(text, Draft::empty(), Demand::Whole, hash)
}

/// Reads a whole file, and lays it over the organisation that is there. What the file leaves out stays;
/// nobody goes because of it.
///
/// # Errors
/// The faults of the file, those against what is there included.
pub fn parse_onto(current: Option<&Roster>, text: &str, hash: Hashing<'_>) -> Result<Roster, Vec<Flaw>> {
    read(text, current.map_or_else(Draft::empty, Draft::of), Demand::Whole, hash)
}

/// Lays a partial file over the organisation that is there, and takes away what its key `remove` lists.
/// People who are removed are left out of the result.
///
/// # Errors
/// The faults of the file and of the organisation that would come of it.
pub fn merge(current: &Roster, json: &str, hash: Hashing<'_>) -> Result<Roster, Vec<Flaw>> {
    read(json, Draft::of(current), Demand::Part, hash)
}

/// The file of an organisation for trying things out.
pub fn demo() -> &'static str {
    include_str!("demo.json")
}

fn read(text: &str, draft: Draft, demand: Demand, hash: Hashing<'_>) -> Result<Roster, Vec<Flaw>> {
    let tree = Tree::parse(text).map_err(|flaw| vec![flaw])?;
    let flaws = Flaws::default();
    let mut reader = Reader::new(draft, demand, hash);
    if reader.file(&Node::root(&tree, &flaws)) == Outcome::Whole {
        check::check(&reader.draft, &flaws);
    }
    flaws.into_result()?;
    Ok(reader.draft.into_roster())
}
