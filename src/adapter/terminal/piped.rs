//! Input that is no terminal: a message a line in transcript syntax, and the answers written likewise.
//!
//! Nothing is delivered again, a repeat can't be dropped, and no message is too long.

use std::io::{BufRead, Write};
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

use super::files::save;
use crate::adapter::transcript::{Said, Statement, pieces, read, write};
use crate::adapter::{Abilities, Sink, Undelivered};
use crate::domain::{Body, Delivery, Heard, MessageId, Origin, Timestamp};
use crate::wording::markup::plain;

/// The messages that lines say.
pub struct Lines<R> {
    input: R,
    session: String,
    read: usize,
}

impl<R: BufRead> Lines<R> {
    /// Reads lines; the session's name makes their messages' ids unlike those of any other session.
    pub fn new(input: R, session: String) -> Self {
        Self { input, session, read: 0 }
    }

    /// The next message, said now; `None` at the end of the input.
    ///
    /// # Errors
    /// A line that is no message, with the form expected; the lines after it can still be read.
    pub fn next(&mut self, now: impl Fn() -> Timestamp) -> Option<Result<Heard, String>> {
        loop {
            let mut bytes = Vec::new();
            match self.input.read_until(b'\n', &mut bytes) {
                Ok(0) => return None,
                Ok(_) => {}
                Err(error) => return Some(Err(format!("the input can't be read: {error}"))),
            }
            self.read += 1;
            let line = String::from_utf8_lossy(&bytes);
            match read(line.trim_end_matches(['\n', '\r'])) {
                Ok(statements) => match statements.into_iter().next() {
                    Some(Statement::Say(_, saying)) => {
                        let id = saying.marks.id.clone();
                        return Some(Ok(Heard {
                            id: id
                                .unwrap_or_else(|| MessageId::new(format!("{}-{}", self.session, self.read))),
                            conversation: saying.conversation,
                            sender: saying.sender,
                            body: Body::new(pieces(&saying.text, saying.marks.label.as_deref())),
                            sent_at: saying.marks.sent.unwrap_or_else(&now),
                            origin: saying.marks.origin.unwrap_or(Origin::FirstHand),
                        }));
                    }
                    Some(Statement::Do(..)) => {
                        return Some(Err(format!(
                            "line {}: directives work in `usher replay` only",
                            self.read
                        )));
                    }
                    _ => {}
                },
                Err(fault) => return Some(Err(format!("line {}: {}", self.read, fault.what))),
            }
        }
    }
}

/// The answers, written as a transcript has them.
pub struct Written<W> {
    out: Mutex<W>,
    folder: PathBuf,
}

impl<W> Written<W> {
    /// Writes there; files that go with messages are put into the folder.
    pub fn new(out: W, folder: PathBuf) -> Self {
        Self { out: Mutex::new(out), folder }
    }
}

impl<W: Write + Send> Sink for Written<W> {
    fn abilities(&self) -> Abilities {
        Abilities { recall: false, buttons: false, idempotency_keys: false, longest: usize::MAX }
    }

    async fn deliver(&self, delivery: &Delivery) -> Result<(), Undelivered> {
        let failed = Undelivered::later::<std::io::Error>;
        let mut out = self.out.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(file) = &delivery.attachment {
            let path = save(&self.folder, file).map_err(failed)?;
            writeln!(out, "# {}", path.display()).map_err(failed)?;
        }
        let said = Said { to: delivery.to.clone(), kind: delivery.kind.clone(), text: plain(&delivery.text) };
        writeln!(out, "{}", write(&said)).and_then(|()| out.flush()).map_err(failed)
    }
}
