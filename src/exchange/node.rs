//! A place in a file: the value there, the path to it, and the list to which its faults go.

use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::BTreeSet;
use std::fmt;

use super::Flaw;
use super::tree::Tree;
use crate::domain::names;

/// How many faults are reported; whoever mends so many imports again anyway.
const MAX_FLAWS: usize = 50;

/// How much of a wrong value is repeated to whoever wrote it, in characters.
const MAX_QUOTED: usize = 60;

/// The faults found so far.
#[derive(Default)]
pub(super) struct Flaws(RefCell<Vec<Flaw>>);

impl Flaws {
    /// Notes a fault, unless there is one at this place or above it already: then this one follows from it.
    pub(super) fn add(&self, path: impl fmt::Display, what: impl Into<String>) {
        let path = path.to_string();
        let mut flaws = self.0.borrow_mut();
        let follows = |from: &Flaw| {
            path.strip_prefix(&from.path).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
        };
        if flaws.len() < MAX_FLAWS && !flaws.iter().any(follows) {
            flaws.push(Flaw { path, what: what.into() });
        }
    }

    /// Nothing, or the faults.
    pub(super) fn into_result(self) -> Result<(), Vec<Flaw>> {
        let flaws = self.0.into_inner();
        if flaws.is_empty() { Ok(()) } else { Err(flaws) }
    }
}

/// The text in quotes, short and with its invisible characters spelled out.
pub(super) fn quoted(text: &str) -> String {
    match text.char_indices().nth(MAX_QUOTED) {
        Some((end, _)) => format!("{:?}…", &text[..end]),
        None => format!("{text:?}"),
    }
}

/// The way to a place, written like `people[3].departments[0]`.
#[derive(Clone, Copy)]
pub(super) enum Path<'a> {
    Index(&'a Self, usize),
    Key(&'a Self, &'a str),
    Root,
}

impl fmt::Display for Path<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Index(above, index) => write!(f, "{above}[{index}]"),
            Self::Key(above, key) => {
                let dot = if matches!(above, Self::Root) { "" } else { "." };
                let plain = key.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
                let key = if plain { (*key).to_owned() } else { quoted(key) };
                write!(f, "{above}{dot}{key}")
            }
            Self::Root => Ok(()),
        }
    }
}

/// A value and where it stands.
#[derive(Clone, Copy)]
pub(super) struct Node<'a> {
    tree: &'a Tree<'a>,
    path: Path<'a>,
    flaws: &'a Flaws,
}

impl<'a> Node<'a> {
    /// The whole file.
    pub(super) fn root(tree: &'a Tree<'a>, flaws: &'a Flaws) -> Self {
        Self { tree, path: Path::Root, flaws }
    }

    /// Notes a fault here.
    pub(super) fn flaw(&self, what: impl Into<String>) {
        self.flaws.add(self.path, what);
    }

    fn must_be(&self, kind: &str) {
        self.flaw(format!("must be {kind}, not {}", self.tree.kind()));
    }

    /// Whether `null` stands here.
    fn is_null(&self) -> bool {
        matches!(self.tree, Tree::Null)
    }

    /// Whether a list stands here.
    pub(super) fn is_list(&self) -> bool {
        matches!(self.tree, Tree::List(_))
    }

    /// Whether text stands here.
    pub(super) fn is_text(&self) -> bool {
        matches!(self.tree, Tree::Text(_))
    }

    /// The text here.
    pub(super) fn text(&self) -> Option<&'a str> {
        if let Tree::Text(text) = self.tree {
            return Some(text);
        }
        self.must_be("text");
        None
    }

    /// The text here, read by a rule that says what is wrong with it.
    pub(super) fn read<T>(&self, rule: impl FnOnce(&str) -> Result<T, String>) -> Option<T> {
        rule(self.text()?).map_err(|what| self.flaw(what)).ok()
    }

    /// The id that something new gets. It is returned when it is a bad one too, so that what refers to it
    /// is no second fault.
    pub(super) fn new_id(&self, rule: fn(&str) -> Result<(), String>) -> Option<&'a str> {
        let text = self.text()?;
        self.read(rule);
        Some(text)
    }

    /// One of a few words.
    pub(super) fn word<T>(&self, words: &[&'static str], parse: fn(&str) -> Option<T>) -> Option<T> {
        self.read(|text| {
            parse(text).ok_or_else(|| {
                format!("{} is none of {}{}", quoted(text), words.join(", "), did_you_mean(text, words))
            })
        })
    }

    /// The list here; nothing and a fault when it is none.
    pub(super) fn list(&self) -> impl Iterator<Item = Node<'_>> {
        let items: &[Tree<'_>] = if let Tree::List(items) = self.tree {
            items
        } else {
            self.must_be("a list");
            &[]
        };
        let flaws = self.flaws;
        items.iter().enumerate().map(move |(index, tree)| Node {
            tree,
            path: Path::Index(&self.path, index),
            flaws,
        })
    }

    /// The list here as a set, in its order; an item that stands in it twice is a fault.
    pub(super) fn set<T: Ord + Clone>(&self, read: impl Fn(&Node<'_>) -> Option<T>) -> Vec<T> {
        let mut seen = BTreeSet::new();
        let mut list = Vec::new();
        for node in self.list() {
            let Some(item) = read(&node) else { continue };
            if !seen.insert(item.clone()) {
                node.flaw("stands in this list twice");
            }
            list.push(item);
        }
        list
    }

    /// The object here, which may have these keys and no others.
    pub(super) fn object(&self, keys: &[&'static str]) -> Option<Object<'a>> {
        let Tree::Map(fields) = self.tree else {
            self.must_be("an object");
            return None;
        };
        let mut seen = 0_u32;
        for (key, _) in fields {
            let bit = keys.iter().position(|known| known == key).map_or(0, |position| 1 << position);
            if bit == 0 {
                let what = format!("there is no such key{}", did_you_mean(key, keys));
                self.flaws.add(Path::Key(&self.path, key), what);
            } else if seen & bit != 0 {
                self.flaws.add(Path::Key(&self.path, key), "is given twice");
            }
            seen |= bit;
        }
        Some(Object { fields, path: self.path, flaws: self.flaws })
    }
}

fn did_you_mean(typed: &str, known: &[&'static str]) -> String {
    let typed: String = typed.chars().take(MAX_QUOTED).collect();
    names::nearest(&typed, known.iter().copied())
        .map_or_else(String::new, |nearest| format!("; did you mean {nearest:?}?"))
}

/// An object and where it stands.
pub(super) struct Object<'a> {
    fields: &'a [(Cow<'a, str>, Tree<'a>)],
    path: Path<'a>,
    flaws: &'a Flaws,
}

impl Object<'_> {
    /// What stands under a key.
    pub(super) fn get(&self, key: &'static str) -> Option<Node<'_>> {
        let (_, tree) = self.fields.iter().find(|(name, _)| name == key)?;
        Some(Node { tree, path: Path::Key(&self.path, key), flaws: self.flaws })
    }

    /// What stands under a key; a fault when nothing does.
    pub(super) fn need(&self, key: &'static str) -> Option<Node<'_>> {
        let node = self.get(key);
        if node.is_none() {
            self.flaw(key, "must be given");
        }
        node
    }

    /// Notes a fault under a key.
    pub(super) fn flaw(&self, key: &'static str, what: impl Into<String>) {
        self.flaws.add(Path::Key(&self.path, key), what);
    }

    /// Puts what stands under a key in the place of what was there; an absent key changes nothing.
    pub(super) fn change<T>(
        &self,
        key: &'static str,
        value: &mut T,
        read: impl FnOnce(&Node<'_>) -> Option<T>,
    ) {
        if let Some(new) = self.get(key).and_then(|node| read(&node)) {
            *value = new;
        }
    }

    /// The same, and `null` clears.
    pub(super) fn replace<T: Default>(
        &self,
        key: &'static str,
        value: &mut T,
        read: impl FnOnce(&Node<'_>) -> Option<T>,
    ) {
        self.change(key, value, |node| if node.is_null() { Some(T::default()) } else { read(node) });
    }
}
