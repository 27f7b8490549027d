//! What is opened, and what is refused and left as it was.

use std::fs;
use std::path::Path;

use rusqlite::Connection;

use super::{Scratch, acme, at, letter, ops, person, record};
use crate::domain::{Directory, LetterState, Memory};
use crate::store::migrations::{self, NEWEST};
use crate::store::open::set_journal_mode;
use crate::store::{LetterCounts, OpenError, Reader, Store};

#[test]
fn a_new_file_is_its_owners_alone_and_has_every_migration() {
    let mut scratch = Scratch::empty();
    assert_eq!(scratch.count("PRAGMA user_version"), i64::try_from(NEWEST).unwrap());
    assert_eq!(scratch.count("SELECT synchronous FROM pragma_synchronous"), 2);
    assert_eq!(scratch.ok(|tx| tx.value::<String>("PRAGMA journal_mode", [])), "wal");
    let mut files: Vec<_> = fs::read_dir(scratch.directory.path()).unwrap().map(Result::unwrap).collect();
    files.sort_by_key(fs::DirEntry::file_name);
    let names: Vec<_> = files.iter().map(fs::DirEntry::file_name).collect();
    assert_eq!(names, ["usher.db", "usher.db-lock", "usher.db-shm", "usher.db-wal"]);
    #[cfg(unix)]
    for file in files {
        let mode = std::os::unix::fs::PermissionsExt::mode(&file.metadata().unwrap().permissions());
        assert_eq!(mode & 0o777, 0o600, "{file:?}");
    }
}

#[test]
fn what_was_committed_is_there_after_opening_again() {
    let mut scratch = Scratch::with_acme();
    let Scratch { directory, store } = scratch;
    drop(store);
    let store = Store::open(&directory.path().join("usher.db")).unwrap();
    scratch = Scratch { directory, store };
    assert_eq!(scratch.ok(|tx| tx.export()), acme());
}

#[test]
fn a_second_opening_is_refused_and_leaves_the_first_alone() {
    let mut scratch = Scratch::with_acme();
    let path = scratch.directory.path().join("usher.db");
    let error = Store::open(&path).unwrap_err();
    assert!(matches!(error, OpenError::InUse { .. }), "{error}");
    scratch.ok(|tx| tx.replace(&acme(), at(1)));
}

#[test]
fn a_database_is_read_while_it_is_open_and_not_written() {
    let mut scratch = Scratch::with_acme();
    let path = scratch.directory.path().join("usher.db");
    let reader = Reader::open(&path).unwrap();
    assert_eq!(reader.read(|tx| tx.export()).unwrap(), acme());
    let refused = reader.read(|tx| tx.record(&record("spy"), at(1))).unwrap_err();
    assert!(refused.0.contains("readonly"), "{refused}");
    scratch.ok(|tx| tx.record(&record("delete"), at(1)));
    assert_eq!(reader.read(|tx| tx.audit_entries()).unwrap(), 1);
    assert_eq!(reader.read(|tx| tx.newest_moment()).unwrap(), Some(at(1)));
}

#[test]
fn what_another_program_writes_is_not_overlooked() {
    let mut scratch = Scratch::with_acme();
    let name = |scratch: &mut Scratch| scratch.ok(|tx| tx.organisation()).name.clone();
    assert_eq!(name(&mut scratch), "Acme 科技");
    change(&scratch.directory.path().join("usher.db"), "UPDATE organisation SET name = 'Other'");
    assert_eq!(name(&mut scratch), "Other");
}

#[test]
fn other_files_are_left_as_they_are() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("notes.txt");
    for bytes in [&b"x"[..], b"Dear diary,\n", &[0; 5000], &[0xff; 70_000]] {
        fs::write(&path, bytes).unwrap();
        let error = Store::open(&path).unwrap_err();
        assert!(matches!(error, OpenError::NotADatabase { .. }), "{error}");
        assert_eq!(fs::read(&path).unwrap(), bytes);
        assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 1);
    }
}

#[test]
fn another_programs_database_is_left_as_it_is() {
    let directory = tempfile::tempdir().unwrap();
    for (name, sql) in [
        ("tables", "CREATE TABLE cake (id)"),
        ("wal", "PRAGMA journal_mode = WAL; CREATE TABLE cake (id)"),
        ("mark", "PRAGMA application_id = 7"),
        ("version", "PRAGMA user_version = 1"),
    ] {
        let path = directory.path().join(name);
        Connection::open(&path).unwrap().execute_batch(sql).unwrap();
        let before = fs::read(&path).unwrap();
        let error = Store::open(&path).unwrap_err();
        assert!(matches!(error, OpenError::Foreign { .. }), "{name}: {error}");
        assert_eq!(fs::read(&path).unwrap(), before, "{name}");
    }
}

#[test]
fn a_newer_schema_is_refused() {
    let path = altered("PRAGMA user_version = 99");
    let error = Store::open(&path.1).unwrap_err();
    assert!(matches!(error, OpenError::Newer { found: 99, known: NEWEST, .. }), "{error}");
}

#[test]
fn a_damaged_file_is_refused_and_kept() {
    let (_directory, path) = altered("PRAGMA user_version = 0");
    assert!(matches!(Store::open(&path), Err(OpenError::Damaged { .. })));

    let (_directory, path) = altered("");
    let half = fs::read(&path).unwrap()[..20_000].to_vec();
    fs::write(&path, &half).unwrap();
    let error = Store::open(&path).unwrap_err();
    assert!(matches!(error, OpenError::Damaged { .. }), "{error}");
    assert_eq!(fs::read(&path).unwrap(), half);
}

#[test]
fn a_log_without_its_database_is_damage() {
    for exists in [true, false] {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("usher.db");
        if exists {
            fs::write(&path, "").unwrap();
        }
        fs::write(directory.path().join("usher.db-wal"), "all that is left").unwrap();
        let error = Store::open(&path).unwrap_err();
        assert!(matches!(error, OpenError::Damaged { .. }), "{error}");
        assert_eq!(fs::read(directory.path().join("usher.db-wal")).unwrap(), b"all that is left");
        assert_eq!(path.exists(), exists);
    }
}

#[test]
fn an_empty_file_becomes_a_database() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("usher.db");
    fs::write(&path, "").unwrap();
    assert_eq!(Store::open(&path).unwrap().find_damage().unwrap(), None);
}

#[test]
fn what_cannot_be_a_file_is_said_in_one_sentence() {
    let directory = tempfile::tempdir().unwrap();
    for path in
        [directory.path().to_owned(), directory.path().join("no/such/usher.db"), "..".into(), "".into()]
    {
        let error = Store::open(&path).unwrap_err();
        assert!(matches!(error, OpenError::Unreachable { .. }), "{error}");
        assert!(error.to_string().contains("check that"), "{error}");
    }
    assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 0, "no directory is made");
}

#[test]
fn a_named_vfs_is_used() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("usher.db");
    assert!(Store::open_with_vfs(&path, "no such vfs").is_err());
    #[cfg(unix)]
    assert!(Store::open_with_vfs(&path, "unix-excl").is_ok());
}

#[test]
fn a_journal_that_can_not_be_changed_is_an_error() {
    let connection = Connection::open_in_memory().unwrap();
    let error = set_journal_mode(&connection, "wal").unwrap_err();
    assert!(error.to_string().contains("from memory to wal"), "{error}");
}

/// A closed database of ours that was changed behind the program's back.
fn altered(sql: &str) -> (tempfile::TempDir, std::path::PathBuf) {
    let Scratch { directory, store } = Scratch::with_acme();
    drop(store);
    let path = directory.path().join("usher.db");
    change(&path, sql);
    (directory, path)
}

fn change(path: &Path, sql: &str) {
    Connection::open(path).unwrap().execute_batch(sql).unwrap();
}

#[test]
fn what_an_older_program_had_left_to_say_and_to_do_goes_on() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("usher.db");
    let mut older = Connection::open(&path).unwrap();
    migrations::apply(&mut older, 0, 9).unwrap();
    older
        .execute_batch(
            "INSERT INTO outbox (conversation, kind, fields, text, state, attempts, created, queued_at) VALUES
                 ('#ops', 'notice', '{}', '', 'sent', 0, 1, 1), ('#ops', 'done', '{}', '', 'sent', 0, 2, 2),
                 ('#ops', 'notice', '{}', 'a', 'dead', 9, 3, 3), ('#ops', 'notice', '{}', 'b', 'queued', 0, 4, 4),
                 ('#ops', 'done', '{}', '', 'sent', 0, 5, 5);
             INSERT INTO follow_up (assignee, about, code, item, created, done_at, remind_at) VALUES
                 ('alice', 'bob', 'K7Q2', 'keys', 4, NULL, 9), ('dave', 'bob', 'K7Q2', 'keys', 4, 6, NULL),
                 ('alice', 'bob', 'K7Q2', 'desk', 4, NULL, 9), ('alice', 'erin', 'K7Q3', 'keys', 5, NULL, NULL);",
        )
        .unwrap();
    drop(older);
    let store = Store::open(&path).unwrap();
    let mut scratch = Scratch { directory, store };
    assert_eq!(scratch.ok(|tx| tx.letter_counts()), LetterCounts { queued: 1, sent: 3, dead: 1 });
    assert_eq!(scratch.ok(|tx| tx.letter(1)).map(|letter| letter.state), Some(LetterState::Sent));
    assert_eq!(scratch.ok(|tx| tx.queued(0, 9)).first().map(|letter| letter.id), Some(4));
    assert_eq!(scratch.ok(|tx| tx.post(&letter(&ops()))), 6, "no number is given again");
    let items = scratch.ok(|tx| tx.to_do(&person("alice")));
    let items: Vec<_> = items.iter().map(|item| item.text.as_str()).collect();
    assert_eq!(items, ["keys", "desk", "keys"]);
    assert_eq!(scratch.ok(|tx| tx.next_reminder()), Some(at(9)));
}
