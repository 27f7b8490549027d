//! A folder in which the program is run, and a bot that runs in it.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Output, Stdio};
use std::sync::mpsc::Receiver;
use std::time::Duration;

use rusqlite::Connection;
use tempfile::TempDir;
use usher::domain::{Fault, Roster};
use usher::store::{Reader, Store, Tx};

use super::lines::lines;
use super::program;

/// No answer takes this long.
const PATIENCE: Duration = Duration::from_secs(30);

/// A folder in which the program is run.
pub(crate) struct Room(TempDir);

impl Room {
    pub(crate) fn empty() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub(crate) fn with_demo() -> Self {
        let room = Self::empty();
        assert!(room.run(&["chat", "--db", "usher.db"]).status.success());
        room
    }

    /// With the demo's people in an organisation of one's own, as from a file: their passwords' hashes cost what they should.
    pub(crate) fn with_people() -> Self {
        let room = Self::empty();
        let people = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/exchange/demo.json");
        room.ok(&["import", people.to_str().unwrap(), "--db", "usher.db"]);
        room
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub(crate) fn usher(&self, arguments: &[&str]) -> Command {
        let mut command = program::usher();
        command.args(arguments).current_dir(self.0.path()).stdin(Stdio::null());
        command.env("LANG", "C.UTF-8").env_remove("LC_ALL").env_remove("LC_CTYPE");
        command
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Output {
        self.usher(arguments).output().unwrap()
    }

    /// Runs a command that reads these lines.
    pub(crate) fn fed(&self, arguments: &[&str], lines: &str) -> Output {
        fs::write(self.path("lines"), lines).unwrap();
        let input = fs::File::open(self.path("lines")).unwrap();
        self.usher(arguments).stdin(input).output().unwrap()
    }

    /// What a command prints that must work.
    pub(crate) fn ok(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }

    /// Refused with this status and one sentence that has these words.
    pub(crate) fn refused(&self, arguments: &[&str], status: i32, words: &str) {
        is_refused(&self.run(arguments), status, words);
    }

    pub(crate) fn names(&self) -> Vec<String> {
        let files = fs::read_dir(self.0.path()).unwrap().map(|file| file.unwrap().file_name());
        let mut names: Vec<_> = files.map(|name| name.into_string().unwrap()).collect();
        names.sort();
        names
    }

    pub(crate) fn sql(&self, name: &str, sql: &str) {
        Connection::open(self.path(name)).unwrap().execute_batch(sql).unwrap();
    }

    pub(crate) fn store(&self, work: impl FnOnce(&mut Tx<'_>) -> Result<(), Fault>) {
        Store::open(&self.path("usher.db")).unwrap().transact(work).unwrap();
    }

    pub(crate) fn roster(&self, name: &str) -> Roster {
        Reader::open(&self.path(name)).unwrap().read(|tx| tx.export()).unwrap()
    }

    pub(crate) fn reads<T>(&self, read: impl Fn(&Tx<'_>) -> Result<T, Fault>) -> T {
        Reader::open(&self.path("usher.db")).unwrap().read(read).unwrap()
    }

    pub(crate) fn talk(&self) -> Talk {
        let mut command = self.usher(&["chat", "--db", "usher.db"]);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let (input, output) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
        let mut talk = Talk { child, input, lines: lines(output) };
        talk.say("[dm] alice: /whoami", "<answer>");
        talk
    }
}

pub(crate) fn is_refused(output: &Output, status: i32, words: &str) {
    let said = String::from_utf8(output.stderr.clone()).unwrap();
    assert_eq!(output.status.code(), Some(status), "{said}");
    assert!(said.contains(words), "{words} is not in: {said}");
    assert_eq!(said.trim_end().lines().count(), 1, "{said}");
    assert!(output.stdout.is_empty(), "{}", String::from_utf8_lossy(&output.stdout));
}

/// A bot that runs, and has its database to itself.
pub(crate) struct Talk {
    pub(crate) child: Child,
    input: ChildStdin,
    lines: Receiver<String>,
}

impl Talk {
    /// Says a line, and waits until an answer has these words.
    pub(crate) fn say(&mut self, line: &str, words: &str) {
        self.send(line);
        self.hear(words);
    }

    /// Waits for a line with these words.
    pub(crate) fn hear(&self, words: &str) -> String {
        loop {
            let line = self.lines.recv_timeout(PATIENCE).expect("an answer");
            if line.contains(words) {
                return line;
            }
        }
    }

    pub(crate) fn revoke(&mut self, person: &str) {
        self.say(&format!("[ops] alice: /revoke-admin @{person}"), "<confirm_request>");
        self.say("[ops] alice: 确认", "<done>");
    }

    /// Sends without waiting for an answer.
    pub(crate) fn send(&mut self, line: &str) {
        writeln!(self.input, "{line}").unwrap();
    }

    pub(crate) fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    pub(crate) fn end(mut self) {
        drop(self.input);
        self.lines.iter().count();
        assert!(self.child.wait().unwrap().success());
    }
}
