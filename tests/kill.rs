//! The real process, really killed: whatever was confirmed is done once, whatever was answered is kept.
//!
//! `USHER_KILLS=200 cargo test --test kill` kills more often.

#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a test of a real process takes real time"
)]

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use usher::domain::{Directory, Fault, PersonId, State};
use usher::runtime::chance::Chance;
use usher::store::Store;

/// How long an answer may take before the run counts as hung.
const PATIENCE: Duration = Duration::from_secs(20);

/// What the admin asks for, over and over; some of it is refused once it was done.
const REQUESTS: [&str; 7] = [
    "[ops] alice: /revoke-admin @sam",
    "[ops] alice: /grant-admin @sam departments=sales permissions=people",
    "[ops] alice: /delete @tom",
    "[ops] alice: /revoke-admin @sam",
    "[ops] alice: /delete @carol",
    "[ops] alice: /grant-admin @sam departments=sales permissions=people",
    "[ops] alice: /delete @zoe",
];

/// A running `usher chat` and what it says, line by line.
struct Running {
    child: Child,
    input: ChildStdin,
    output: Receiver<String>,
}

impl Running {
    fn start(db: &Path) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_usher"))
            .args(["chat", "--db"])
            .arg(db)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let (input, stdout) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
        let (lines, output) = channel();
        std::thread::spawn(move || {
            for line in BufReader::new(stdout).lines().map_while(Result::ok) {
                if lines.send(line).is_err() {
                    break;
                }
            }
        });
        Self { child, input, output }
    }

    /// Says something; a process that was just killed does not hear it.
    fn say(&mut self, line: &str) {
        let _ = writeln!(self.input, "{line}").and_then(|()| self.input.flush());
    }

    /// Waits for a line with one of these in it; `None` when the process is gone.
    fn wait_for(&self, parts: &[&str], seen: &mut Vec<String>) -> Option<String> {
        loop {
            let line = self.output.recv_timeout(PATIENCE).ok()?;
            seen.push(line.clone());
            if parts.iter().any(|part| line.contains(part)) {
                return Some(line);
            }
        }
    }

    /// SIGKILL: no destructor, no flush, no goodbye.
    fn kill(mut self, seen: &mut Vec<String>) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
        seen.extend(self.output.iter());
    }

    /// The input ends: everything that was said is handled before the process does.
    fn finish(mut self, seen: &mut Vec<String>) {
        drop(self.input);
        seen.extend(self.output.iter());
        assert!(self.child.wait().unwrap().success());
    }
}

/// The code behind `确认` in a question.
fn code_in(line: &str) -> Option<String> {
    let (_, after) = line.rsplit_once("确认 ")?;
    Some(after.chars().take(4).collect())
}

/// Asks, confirms and proves; stops where the process is gone. Gives how far it came.
fn dialogue(running: &mut Running, request: &str, seen: &mut Vec<String>) -> &'static str {
    running.say(request);
    let Some(line) = running.wait_for(&["请在", "<rejected>", "<blocked>", "<denied>"], seen) else {
        return "asked";
    };
    let Some(code) = code_in(&line) else { return "refused" };
    running.say(&format!("[ops] alice: 确认 {code}"));
    let Some(line) = running.wait_for(&["<done>", "<secret_request>", "<blocked>", "<denied>"], seen) else {
        return "confirmed";
    };
    if line.contains("<secret_request>") {
        running.say("[dm] alice: alice-demo-1");
        if running.wait_for(&["<done>", "<denied>", "<blocked>"], seen).is_none() {
            return "proving";
        }
    }
    "finished"
}

#[test]
fn a_killed_process_loses_nothing_and_does_nothing_twice() {
    let kills: u32 = std::env::var("USHER_KILLS").ok().and_then(|kills| kills.parse().ok()).unwrap_or(25);
    let folder = tempfile::tempdir().unwrap();
    let db = folder.path().join("usher.db");
    let mut chance = Chance::seeded(7);
    let mut seen = Vec::new();
    let mut stopped: BTreeMap<&str, u32> = BTreeMap::new();
    for round in 0..kills {
        let mut running = Running::start(&db);
        // What was waiting when the last process died can still be called off.
        running.say("[ops] alice: 取消");
        let id = running.child.id();
        let delay = Duration::from_millis(20 + chance.bits() % 100);
        let killer = std::thread::spawn(move || {
            std::thread::sleep(delay);
            Command::new("kill").args(["-9", &id.to_string()]).status().unwrap();
        });
        // One dialogue after another, until the process is gone in the middle of one.
        let how_far = (round..)
            .map(|number| dialogue(&mut running, REQUESTS[number as usize % REQUESTS.len()], &mut seen))
            .find(|how_far| !matches!(*how_far, "finished" | "refused"));
        *stopped.entry(how_far.unwrap_or_default()).or_default() += 1;
        killer.join().unwrap();
        running.kill(&mut seen);
    }
    let mut running = Running::start(&db);
    running.say("[ops] alice: 取消");
    running.say("[ops] alice: /whoami");
    running.finish(&mut seen);
    println!("{kills} kills; dialogues stopped when {stopped:?}");
    check(&db, &seen);
}

/// The database must be sound, and say what was said.
fn check(db: &Path, seen: &[String]) {
    let mut store = Store::open(db).unwrap();
    assert_eq!(store.find_damage().unwrap(), None);
    let (operations, entries, counts, gone) = store
        .transact(|tx| {
            assert!(tx.verify_audit()?.is_ok(), "the audit log verifies");
            let gone = ["tom", "carol", "zoe"].map(|id| {
                Ok::<_, Fault>(tx.person(&PersonId::new(id))?.is_some_and(|person| !person.is_active()))
            });
            let gone = gone.into_iter().collect::<Result<Vec<_>, _>>()?;
            Ok::<_, Fault>((
                tx.operations()?,
                tx.audit_before(i64::MAX, None, 10_000)?,
                tx.letter_counts()?,
                gone,
            ))
        })
        .unwrap();
    let mut done = 0;
    for operation in &operations {
        let code = Some(operation.code.clone());
        let finals = entries
            .iter()
            .filter(|entry| entry.record.code == code && entry.record.outcome == "done")
            .count();
        let is_done = operation.state == State::Done;
        assert_eq!(finals, usize::from(is_done), "{} is {:?}", operation.code, operation.state);
        done += finals;
    }
    let told = seen.iter().filter(|line| line.contains("<done>")).count();
    assert!(told >= done, "{done} operations were done, {told} told: each is told at least once");
    let deleted = operations.iter().filter(|o| o.verb == "delete" && o.state == State::Done).count();
    assert_eq!(deleted, gone.iter().filter(|gone| **gone).count(), "who is gone was deleted once");
    assert_eq!(counts.queued, 0, "everything is delivered");
    assert!(done > 0 && operations.len() > done, "both finished and unfinished operations were met");
}
