//! The talk with the program over all its lives, and what was seen of it.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;
use std::process::{Child, ChildStdin, Stdio};
use std::sync::LazyLock;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::Duration;

use regex::Regex;

use crate::actors::Actor;
use crate::lines::lines;
use crate::usher;

/// No answer takes this long.
const PATIENCE: Duration = Duration::from_secs(30);

static HEADER: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"^\[([^\]]+)\] usher <(\w+)>: ?(.*)$").unwrap());

/// One message that was printed.
pub(crate) struct Printed {
    /// In which life of the program.
    pub(crate) life: usize,
    pub(crate) to: String,
    pub(crate) kind: String,
    pub(crate) text: String,
}

/// Everything that was said, over all lives of the program.
pub(crate) struct Talk {
    pub(crate) actors: Vec<Actor>,
    pub(crate) printed: Vec<Printed>,
    pub(crate) is_ending: bool,
    life: usize,
}

impl Talk {
    pub(crate) fn new(actors: Vec<Actor>) -> Self {
        Self { actors, printed: Vec::new(), is_ending: false, life: 0 }
    }

    /// One life of the program: until so many answers came and then a moment later, or until all is done.
    pub(crate) fn live(&mut self, db: &Path, end: Option<(u32, Duration)>) {
        self.life += 1;
        let (mut child, mut input, lines) = start(db);
        for actor in &mut self.actors {
            let greeting = actor.greet(self.is_ending);
            // A program that is gone already is noticed below.
            let _ = actor.line(greeting).map(|line| writeln!(input, "{line}"));
        }
        let mut answers = 0;
        while end.is_none_or(|(most, _)| answers < most) && !self.actors.iter().all(|actor| actor.is_idle) {
            match lines.recv_timeout(PATIENCE) {
                Ok(line) => {
                    answers += u32::from(HEADER.is_match(&line));
                    self.read(&line, &mut input);
                }
                Err(RecvTimeoutError::Disconnected) => panic!("the program stopped by itself"),
                Err(RecvTimeoutError::Timeout) => panic!("no answer after {:?}", self.last()),
            }
        }
        match end {
            Some((_, delay)) => {
                std::thread::sleep(delay);
                child.kill().unwrap();
            }
            None => drop(input),
        }
        // What it printed before it died was seen, too, but nobody can answer it any more.
        for line in lines {
            self.read(&line, &mut std::io::sink());
        }
        let status = child.wait().unwrap();
        assert_eq!(status.success(), end.is_none(), "{status}");
    }

    fn last(&self) -> Option<(&str, &str)> {
        self.printed.last().map(|last| (last.to.as_str(), last.kind.as_str()))
    }

    fn read(&mut self, line: &str, input: &mut impl Write) {
        let text = match HEADER.captures(line) {
            Some(header) => {
                let [to, kind, text] = [1, 2, 3].map(|part| header[part].to_owned());
                self.printed.push(Printed { life: self.life, to, kind, text: text.clone() });
                text
            }
            None => {
                let Some(last) = self.printed.last_mut() else { return };
                last.text.push('\n');
                last.text.push_str(line);
                line.to_owned()
            }
        };
        let Some(Printed { to, kind, .. }) = self.printed.last() else { return };
        let Some(actor) = self.actors.iter_mut().find(|actor| actor.is_told(to)) else { return };
        let reaction = actor.react(to, kind, &text, self.is_ending);
        let _ = actor.line(reaction).map(|line| writeln!(input, "{line}"));
    }

    /// How many messages of each kind were printed for each conversation.
    pub(crate) fn counts(&self) -> BTreeMap<(&str, &str), usize> {
        let mut counts = BTreeMap::new();
        for Printed { to, kind, .. } in &self.printed {
            *counts.entry((to.as_str(), kind.as_str())).or_default() += 1;
        }
        counts
    }
}

fn start(db: &Path) -> (Child, ChildStdin, Receiver<String>) {
    let mut child =
        usher().args(["chat", "--db"]).arg(db).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let (input, output) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
    (child, input, lines(output))
}
