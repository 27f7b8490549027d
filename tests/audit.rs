//! The audit log through the real program: what is cut, swapped or put back is noticed, and what is exported is whole.

#![allow(clippy::unwrap_used, reason = "a test stops where something is not as it must be")]

#[path = "shared/program.rs"]
mod program;

use std::fs;
use std::io::Write;
use std::path::PathBuf;
use std::process::{Output, Stdio};

use rusqlite::Connection;
use serde_json::Value;
use tempfile::TempDir;

/// A folder with the demo's database, whose settings note the newest entry in `head`.
struct Room(TempDir);

impl Room {
    fn new() -> Self {
        let room = Self(tempfile::tempdir().unwrap());
        fs::write(room.path("usher.toml"), "audit.head_file = \"head\"\n").unwrap();
        room.chat("[ops] alice: /lang en\n[ops] alice: /lang zh\n[ops] alice: /lang en\n");
        room
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn run(&self, arguments: &[&str], input: &str) -> Output {
        let mut command = program::usher();
        command.args(arguments).current_dir(self.0.path());
        let mut child =
            command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        // Whoever refuses to start reads nothing.
        let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
        child.wait_with_output().unwrap()
    }

    fn chat(&self, input: &str) {
        let output = self.run(&["chat"], input);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }

    fn ok(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments, "");
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }

    fn verify(&self) -> String {
        self.ok(&["audit", "verify", "--db", "usher.db"])
    }

    /// `verify`, the doctor and the bot itself all notice it.
    fn is_noticed(&self, words: &str) {
        for arguments in [&["audit", "verify", "--db", "usher.db"][..], &["doctor"], &["chat"]] {
            let output = self.run(arguments, "[ops] alice: /whoami\n");
            assert_eq!(output.status.code(), Some(1), "{arguments:?}");
            let said = [output.stdout, output.stderr].map(|said| String::from_utf8(said).unwrap()).concat();
            assert!(said.contains(words), "{arguments:?}: {said}");
            assert!(!said.contains("<answer>"), "{arguments:?}: {said}");
        }
    }

    fn sql(&self, sql: &str) {
        let drop = "DROP TRIGGER IF EXISTS audit_is_never_cut; DROP TRIGGER IF EXISTS audit_is_never_edited;";
        Connection::open(self.path("usher.db")).unwrap().execute_batch(&format!("{drop}{sql}")).unwrap();
    }
}

#[test]
fn a_whole_log_is_verified_to_its_end() {
    let room = Room::new();
    assert_eq!(room.verify().trim(), "3 entries, verified up to the end");
}

#[test]
fn a_cut_end_is_noticed() {
    let room = Room::new();
    room.sql("DELETE FROM audit WHERE seq = 3");
    room.is_noticed("ends with entry 2");
}

#[test]
fn an_older_copy_that_was_put_back_is_noticed() {
    let room = Room::new();
    room.ok(&["backup", "old.db"]);
    room.chat("[ops] alice: /lang zh\n");
    fs::copy(room.path("old.db"), room.path("usher.db")).unwrap();
    room.is_noticed("ends with entry 3");
}

#[test]
fn another_log_of_the_same_length_is_noticed() {
    let (room, other) = (Room::new(), Room::new());
    fs::copy(other.path("usher.db"), room.path("usher.db")).unwrap();
    room.is_noticed("entry 3 of the audit log is not the one");
}

#[test]
fn a_crash_before_the_entry_is_noted_is_no_tampering() {
    let room = Room::new();
    let noted = fs::read_to_string(room.path("head")).unwrap();
    room.chat("[ops] alice: /lang zh\n");
    fs::write(room.path("head"), noted).unwrap();
    assert!(room.verify().contains("1 are newer than head notes"), "{}", room.verify());
    room.chat("[ops] alice: /lang en\n");
    assert_eq!(room.verify().trim(), "5 entries, verified up to the end");
}

#[test]
fn a_head_that_is_gone_or_damaged_is_told() {
    let room = Room::new();
    fs::write(room.path("head"), "3 nonsense").unwrap();
    room.is_noticed("holds no entry");
    fs::remove_file(room.path("head")).unwrap();
    let output = room.run(&["audit", "verify", "--db", "usher.db"], "");
    assert_eq!(output.status.code(), Some(1));
}

#[test]
fn every_entry_is_exported_whole_in_each_form() {
    let room = Room::new();
    room.sql("UPDATE audit SET target = '=1+1,\"x\"' WHERE seq = 2");
    let lines = room.ok(&["audit", "show", "--all", "--format", "jsonl", "--db", "usher.db"]);
    let entries: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(entries.iter().map(|entry| entry["seq"].as_i64().unwrap()).collect::<Vec<_>>(), [1, 2, 3]);
    assert_eq!(entries[1]["target"], "=1+1,\"x\"");
    assert_eq!(entries[0]["hash"].as_str().unwrap().len(), 64);
    let csv = room.ok(&["audit", "show", "--all", "--format", "csv", "--db", "usher.db"]);
    let rows: Vec<_> = csv::Reader::from_reader(csv.as_bytes()).into_records().map(Result::unwrap).collect();
    assert_eq!(rows.len(), 3);
    assert_eq!(&rows[1][4], "'=1+1,\"x\"", "a spreadsheet must not take it for a formula");
    let newest = room.ok(&["audit", "show", "1", "--db", "usher.db"]);
    assert!(newest.starts_with("3 ") && newest.lines().count() == 1, "{newest}");
    let nobodys = room.ok(&["audit", "show", "--person", "nobody", "--db", "usher.db"]);
    assert!(nobodys.is_empty(), "{nobodys}");
}

#[test]
fn what_can_not_be_read_hides_nothing_else() {
    let room = Room::new();
    room.sql("UPDATE audit SET actor = CAST(x'ff' AS TEXT) WHERE seq = 2");
    for format in ["text", "jsonl"] {
        let output = room.run(&["audit", "show", "--all", "--format", format, "--db", "usher.db"], "");
        let [shown, said] = [output.stdout, output.stderr].map(|said| String::from_utf8(said).unwrap());
        assert_eq!((output.status.code(), shown.lines().count()), (Some(1), 2), "{shown}");
        assert!(said.contains("audit entry 2: it can't be read"), "{said}");
    }
}

#[test]
fn what_is_open_shows_that_the_log_was_cut() {
    let room = Room::new();
    fs::remove_file(room.path("usher.toml")).unwrap();
    room.sql("DELETE FROM audit");
    assert!(room.verify().starts_with("0 entries, verified"), "what nobody waits for has left no trace");
    room.chat("[ops] alice: /revoke-admin @mei\n[ops] alice: /cancel\n");
    assert!(room.verify().starts_with("2 entries, verified"), "{}", room.verify());
    for (cut, seq) in [("DELETE FROM audit WHERE seq = 2", None), ("DELETE FROM audit", Some(1))] {
        room.sql(cut);
        let output = room.run(&["audit", "verify", "--db", "usher.db"], "");
        let said = String::from_utf8(output.stderr).unwrap();
        let told = seq.map(|seq| format!("audit entry {seq}: it is missing: the database has an operation"));
        assert_eq!(output.status.code(), Some(i32::from(told.is_some())), "{said}");
        assert!(told.is_none_or(|told| said.contains(&told)), "{said}");
    }
}

/// Runs the program as somebody who may read what is in the folder, and write nothing there.
#[cfg(unix)]
fn reading(room: &Room, arguments: &[&str]) -> Output {
    use std::os::unix::fs::PermissionsExt;
    use std::os::unix::process::CommandExt;
    let allow =
        |name: &str, mode| fs::set_permissions(room.path(name), fs::Permissions::from_mode(mode)).unwrap();
    let mut command = program::usher();
    if rustix::process::geteuid().is_root() {
        // The superuser may write everywhere, and nobody else need be let in where the program is. Were it written from
        // here, a process that another test starts meanwhile could keep it from being run.
        let mut copy = std::process::Command::new("cp");
        assert!(copy.arg(env!("CARGO_BIN_EXE_usher")).arg(room.path("program")).status().unwrap().success());
        command = std::process::Command::new(room.path("program"));
        command.uid(65_534).gid(65_534);
    }
    let _ = fs::remove_file(room.path("usher.db-lock"));
    allow("usher.db", 0o444);
    allow(".", 0o555);
    let output = command.args(arguments).current_dir(room.0.path()).stdin(Stdio::null()).output().unwrap();
    allow(".", 0o755);
    output
}

#[cfg(unix)]
#[test]
fn whoever_may_only_read_can_check_and_export_what_is_there() {
    let room = Room::new();
    fs::remove_file(room.path("usher.toml")).unwrap();
    let arguments = [&["audit", "verify", "--db", "usher.db"][..], &["audit", "show"], &["export"]];
    let expected = arguments.map(|arguments| room.ok(arguments));
    for (arguments, expected) in arguments.iter().zip(&expected) {
        let output = reading(&room, arguments);
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{arguments:?}: {said}");
        assert_eq!(String::from_utf8(output.stdout).unwrap(), *expected, "{arguments:?}");
    }
    // What a bot that was killed left beside it belongs to it.
    fs::write(room.path("usher.db-wal"), "not yet in there").unwrap();
    let output = reading(&room, arguments[0]);
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.code() == Some(1) && said.contains("usher.db-wal: copy both to where"), "{said}");
}
