//! Where messages are printed: above the line that is being edited, above the question for a secret, or at once.

use std::io::{self, Write};
use std::sync::mpsc::SyncSender;

use crate::adapter::Undelivered;

/// What somebody is typing.
#[derive(Debug)]
pub(super) enum Typing {
    /// A line, in the editor: it prints above it by itself.
    Line,
    /// Nothing: messages are printed as they come.
    Nothing,
    /// A secret, as the answer to this question.
    Secret(String),
}

/// The part of the terminal where messages are printed.
pub(super) struct Page {
    editor: SyncSender<String>,
    typing: Typing,
}

impl Page {
    /// A page of which the editor prints what comes while it has a line.
    pub(super) fn new(editor: SyncSender<String>) -> Self {
        Self { editor, typing: Typing::Nothing }
    }

    /// Somebody begins to type this, or has typed it.
    pub(super) fn turn_to(&mut self, typing: Typing) -> io::Result<()> {
        let begins = match (&self.typing, &typing) {
            (_, Typing::Secret(question)) => question,
            // Nothing was shown of it, not even that it ended.
            (Typing::Secret(_), _) => "\n",
            _ => "",
        };
        print(begins)?;
        self.typing = typing;
        Ok(())
    }

    /// Prints a message where it disturbs nobody who is typing.
    pub(super) fn show(&self, text: String) -> Result<(), Undelivered> {
        match &self.typing {
            // Whoever has a line will want this page once it is said: it must not be kept waiting here.
            Typing::Line => self.editor.try_send(text).map_err(Undelivered::later),
            Typing::Nothing => print(&format!("{text}\n")).map_err(Undelivered::later),
            Typing::Secret(question) => {
                print(&format!("\r\x1b[K{text}\n{question}")).map_err(Undelivered::later)
            }
        }
    }
}

/// Prints at once, also where the terminal is left to itself: there a line's end does not lead to the next one's beginning.
fn print(text: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(text.replace('\n', "\r\n").as_bytes())?;
    out.flush()
}
