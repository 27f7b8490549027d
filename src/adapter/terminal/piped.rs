//! Input that is no terminal: a message a line in transcript syntax, and the answers written likewise.
//!
//! Nothing is delivered again, a repeat can't be dropped, and no message is too long.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead, ErrorKind, Write};
use std::path::PathBuf;
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Duration;

use super::files::save;
use crate::adapter::transcript::{Said, Saying, Statement, asked_code, expect_words, pieces, read, write};
use crate::adapter::{Sink, Undelivered};
use crate::domain::{Body, Delivery, Heard, MessageId, Origin, Timestamp};
use crate::wording::markup::plain;

/// For how long a line with `{code}` waits for the answer to the line before it: not every line gets one.
const PATIENCE: Duration = Duration::from_secs(10);

/// What the answers have asked for so far, which `{code}` stands for; and what kept them from being written.
#[derive(Clone, Default)]
pub struct Answers(Arc<(Mutex<Asked>, Condvar)>);

#[derive(Default)]
struct Asked {
    codes: BTreeMap<String, String>,
    answered: BTreeSet<MessageId>,
    trouble: Option<String>,
}

impl Answers {
    /// Why an answer could last not be written. Whoever closes the pipe early has read enough: that is no trouble.
    pub fn trouble(&self) -> Option<String> {
        self.0.0.lock().unwrap_or_else(PoisonError::into_inner).trouble.clone()
    }

    fn failed(&self, error: std::io::Error) -> Undelivered {
        if error.kind() != ErrorKind::BrokenPipe {
            self.0.0.lock().unwrap_or_else(PoisonError::into_inner).trouble = Some(error.to_string());
        }
        Undelivered::later(error)
    }

    fn note(&self, delivery: &Delivery) {
        let (asked, news) = &*self.0;
        let mut asked = asked.lock().unwrap_or_else(PoisonError::into_inner);
        asked.codes.extend(asked_code(delivery).map(|code| (delivery.to.to_string(), code)));
        asked.answered.extend(delivery.in_reply_to.clone());
        news.notify_all();
    }

    /// The code last asked for in this place, once this message is answered.
    fn code(&self, place: &str, after: Option<&MessageId>) -> Option<String> {
        let (asked, news) = &*self.0;
        let asked = asked.lock().unwrap_or_else(PoisonError::into_inner);
        let is_early = |asked: &mut Asked| after.is_some_and(|id| !asked.answered.contains(id));
        let (asked, _) =
            news.wait_timeout_while(asked, PATIENCE, is_early).unwrap_or_else(PoisonError::into_inner);
        asked.codes.get(place).cloned()
    }
}

/// The messages that lines say.
pub struct Lines<R> {
    input: R,
    session: String,
    answers: Answers,
    /// The last message of each conversation.
    last: BTreeMap<String, MessageId>,
    read: usize,
}

impl<R: BufRead> Lines<R> {
    /// Reads lines; the session's name makes their messages' ids unlike those of any other session.
    pub fn new(input: R, session: String, answers: Answers) -> Self {
        Self { input, session, answers, last: BTreeMap::new(), read: 0 }
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
                        let line = self.read;
                        return Some(self.heard(saying, now).map_err(|why| format!("line {line}: {why}")));
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

    fn heard(&mut self, saying: Saying, now: impl Fn() -> Timestamp) -> Result<Heard, String> {
        let here = saying.conversation.to_string();
        let code = |place: Option<&str>| {
            let place = place.unwrap_or(&here);
            self.answers.code(place, self.last.get(place))
        };
        let text = expect_words(&saying.text, code, |_| None)?;
        let id = saying.marks.id.unwrap_or_else(|| MessageId::new(format!("{}-{}", self.session, self.read)));
        self.last.insert(here, id.clone());
        Ok(Heard {
            id,
            conversation: saying.conversation,
            sender: saying.sender,
            body: Body::new(pieces(&text, saying.marks.label.as_deref())),
            sent_at: saying.marks.sent.unwrap_or_else(now),
            origin: saying.marks.origin.unwrap_or(Origin::FirstHand),
        })
    }
}

/// The answers, written as a transcript has them.
pub struct Written<W> {
    out: Mutex<W>,
    folder: PathBuf,
    answers: Answers,
}

impl<W> Written<W> {
    /// Writes there; files that go with messages are put into the folder.
    pub fn new(out: W, folder: PathBuf, answers: Answers) -> Self {
        Self { out: Mutex::new(out), folder, answers }
    }
}

impl<W: Write + Send> Sink for Written<W> {
    async fn deliver(&self, delivery: &Delivery) -> Result<(), Undelivered> {
        let failed = |error| self.answers.failed(error);
        let mut out = self.out.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(file) = &delivery.attachment {
            let path = save(&self.folder, file).map_err(failed)?;
            writeln!(out, "# {}", path.display()).map_err(failed)?;
        }
        let said = Said { to: delivery.to.clone(), kind: delivery.kind.clone(), text: plain(&delivery.text) };
        writeln!(out, "{}", write(&said)).and_then(|()| out.flush()).map_err(failed)?;
        self.answers.note(delivery);
        Ok(())
    }
}
