//! Starts the real program on files that are none of its databases: it says so, and leaves them as they are.

#![allow(clippy::unwrap_used, reason = "in a test that is a failure")]

#[path = "shared/program.rs"]
mod program;

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Output, Stdio};

/// Refused with one sentence on standard error, nothing on standard output, and no word of a panic.
fn is_refused(output: &Output, sentence: &str) {
    let said = String::from_utf8(output.stderr.clone()).unwrap();
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(output.stdout.is_empty(), "{}", String::from_utf8_lossy(&output.stdout));
    assert!(said.contains(sentence), "{said}");
    assert_eq!(said.trim_end().lines().count(), 1, "{said}");
    assert!(!said.contains("panicked") && !said.contains("RUST_BACKTRACE"), "{said}");
}

fn chat(db: &Path) -> Command {
    let mut command = program::usher();
    command.args(["chat", "--db"]).arg(db);
    command
}

fn opened(db: &Path) -> Output {
    chat(db).stdin(Stdio::null()).output().unwrap()
}

fn kept(name: &str, bytes: &[u8], sentence: &str) {
    let folder = tempfile::tempdir().unwrap();
    let db = folder.path().join(name);
    fs::write(&db, bytes).unwrap();
    is_refused(&opened(&db), sentence);
    assert!(fs::read(&db).unwrap() == bytes, "{name} was changed");
    for entry in fs::read_dir(folder.path()).unwrap().map(Result::unwrap) {
        let is_it = entry.file_name() == name;
        assert!(is_it || entry.metadata().unwrap().len() == 0, "{:?} was written", entry.path());
    }
}

/// The bytes of a database that the program itself made, and of which nothing is left in a log.
fn database() -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    let db = folder.path().join("usher.db");
    assert!(opened(&db).status.success());
    fs::read(&db).unwrap()
}

#[test]
fn files_of_other_kinds_are_kept() {
    let noise: Vec<u8> = (0..20_000_u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
    kept("noise.db", &noise, "is not a database");
    kept("note.txt", b"hello", "is not a database");
}

#[test]
fn the_database_of_another_program_is_kept() {
    let folder = tempfile::tempdir().unwrap();
    let db = folder.path().join("other.db");
    let other = rusqlite::Connection::open(&db).unwrap();
    other.execute_batch("CREATE TABLE song (title TEXT); INSERT INTO song VALUES ('one')").unwrap();
    drop(other);
    kept("other.db", &fs::read(&db).unwrap(), "is the database of another program");
}

#[test]
fn a_truncated_database_is_kept() {
    let whole = database();
    for length in [whole.len() / 2, whole.len() - 4_096, 4_096, 1_000] {
        kept("usher.db", &whole[..length], "is damaged");
    }
}

#[test]
fn what_can_not_be_made_is_said() {
    let folder = tempfile::tempdir().unwrap();
    is_refused(&opened(&folder.path().join("missing/usher.db")), "check that its directory exists");
    is_refused(&opened(folder.path()), "it is not a regular file");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}

/// A program that has its database open, and has said so.
struct First {
    child: Child,
    input: ChildStdin,
    output: BufReader<std::process::ChildStdout>,
}

impl First {
    fn answer(&mut self) -> String {
        writeln!(self.input, "[dm] alice: /whoami").unwrap();
        let mut line = String::new();
        self.output.read_line(&mut line).unwrap();
        line
    }
}

#[test]
fn a_second_process_is_refused_and_the_first_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let db = folder.path().join("usher.db");
    let mut child = chat(&db).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let (input, output) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
    let mut first = First { child, input, output: BufReader::new(output) };
    assert!(first.answer().contains("<answer>"));
    is_refused(&opened(&db), "is in use by another process");
    assert!(!first.answer().is_empty(), "the first one is still there");
    drop(first.input);
    std::io::copy(&mut first.output, &mut std::io::sink()).unwrap();
    assert!(first.child.wait().unwrap().success());
    assert!(opened(&db).status.success(), "and then the file is free");
}
