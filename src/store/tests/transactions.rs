//! All or nothing, for a whole transaction and for a part of one.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use rusqlite::{Connection, ErrorCode};

use super::{Fault, Scratch, at, letter, ops};
use crate::domain::{MessageId, Retention, Span};
use crate::store::{NewLetter, Tx};

fn post(tx: &Tx<'_>) -> Result<(), Fault> {
    tx.post(&letter(&ops())).map(drop)
}

fn refuse<T>() -> Result<T, Fault> {
    Err(Fault("no".into()))
}

#[test]
fn an_error_undoes_the_whole_transaction() {
    let mut scratch = Scratch::empty();
    scratch.store.transact(|tx| post(tx).and_then(|()| refuse::<()>())).unwrap_err();
    assert!(scratch.store.connection.is_autocommit());
    assert_eq!(scratch.ok(|tx| tx.letter_counts()).queued, 0);
}

#[test]
fn nobody_else_writes_while_a_transaction_only_reads_so_far() {
    let mut scratch = Scratch::empty();
    let other = Connection::open(scratch.directory.path().join("usher.db")).unwrap();
    other.busy_timeout(Duration::ZERO).unwrap();
    scratch.ok(|tx| {
        tx.letter_counts()?;
        let error = other.execute_batch("BEGIN IMMEDIATE").unwrap_err();
        assert_eq!(error.sqlite_error_code(), Some(ErrorCode::DatabaseBusy));
        Ok(())
    });
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
}

#[test]
fn a_failed_part_is_undone_alone() {
    let mut scratch = Scratch::empty();
    scratch.ok(|tx| {
        tx.savepoint(|tx| post(tx))?;
        tx.savepoint(|tx| post(tx).and_then(|()| refuse::<()>())).unwrap_err();
        tx.savepoint(|tx| {
            post(tx)?;
            tx.savepoint(|tx| post(tx).and_then(|()| refuse::<()>())).unwrap_err();
            Ok::<_, Fault>(())
        })
    });
    assert_eq!(scratch.ok(|tx| tx.letter_counts()).queued, 2);
}

#[test]
fn a_panic_undoes_what_it_interrupts() {
    let mut scratch = Scratch::empty();
    scratch.ok(|tx| {
        post(tx)?;
        let part = AssertUnwindSafe(|| {
            tx.savepoint(|tx| {
                post(tx)?;
                panic!("in a part");
                #[allow(unreachable_code)]
                Ok::<(), Fault>(())
            })
        });
        assert!(catch_unwind(part).is_err());
        Ok(())
    });
    let whole = AssertUnwindSafe(|| {
        scratch.store.transact(|tx| {
            post(tx)?;
            panic!("in the whole");
            #[allow(unreachable_code)]
            Ok::<(), Fault>(())
        })
    });
    assert!(catch_unwind(whole).is_err());
    assert_eq!(scratch.ok(|tx| tx.letter_counts()).queued, 1);
}

#[test]
fn nothing_is_committed_once_sqlite_has_undone_the_transaction() {
    let mut scratch = Scratch::empty();
    let error = scratch.store.transact(|tx| {
        post(tx)?;
        // As SQLite does by itself after some errors of the disk.
        let part = tx.savepoint(|tx| tx.execute("ROLLBACK", []).and_then(|_| refuse::<()>()));
        assert!(part.is_err());
        assert!(tx.savepoint(|tx| post(tx)).is_err());
        assert!(post(tx).is_err());
        Ok::<(), Fault>(())
    });
    assert!(error.is_err());
    assert_eq!(scratch.ok(|tx| tx.letter_counts()).queued, 0);
}

#[test]
fn a_message_is_new_once() {
    let mut scratch = Scratch::empty();
    let (first, second) = (MessageId::new("m1"), MessageId::new("m2"));
    assert!(scratch.ok(|tx| tx.first_time(&first, at(1))));
    assert!(!scratch.ok(|tx| tx.first_time(&first, at(2))));
    assert!(scratch.ok(|tx| tx.first_time(&second, at(2))));
    let keep = Retention { marks: Span::from_millis(1), ..Retention::default() };
    scratch.ok(|tx| tx.tidy(&keep, at(3)));
    assert!(scratch.ok(|tx| tx.first_time(&first, at(3))));
    assert!(!scratch.ok(|tx| tx.first_time(&second, at(3))));
}

#[test]
fn a_commit_that_fails_is_an_error_and_harms_nothing_else() {
    let mut scratch = Scratch::empty();
    scratch.store.connection.commit_hook(Some(|| true)).unwrap();
    scratch.store.transact(|tx| post(tx)).unwrap_err();
    scratch.store.connection.commit_hook(None::<fn() -> bool>).unwrap();
    scratch.ok(|tx| post(tx));
    assert_eq!(scratch.ok(|tx| tx.letter_counts()).queued, 1);
}

#[test]
fn a_full_disk_undoes_the_whole_transaction_and_harms_nothing_else() {
    let mut scratch = Scratch::empty();
    let limit = |scratch: &Scratch, pages: i64| {
        let sql = format!("PRAGMA max_page_count = {pages}");
        scratch.store.connection.query_row(&sql, [], |row| row.get::<_, i64>(0)).unwrap();
    };
    let pages = scratch.count("PRAGMA page_count");
    limit(&scratch, pages + 1);
    let long = "x".repeat(100_000);
    let to = ops();
    let group = scratch.store.transact(|tx| {
        post(tx)?;
        let too_long = NewLetter { text: &long, ..letter(&to) };
        let error = tx.savepoint(|tx| tx.post(&too_long)).unwrap_err();
        assert!(error.0.contains("full"), "{error}");
        Ok::<(), Fault>(())
    });
    group.unwrap_err();
    assert_eq!(scratch.ok(|tx| tx.letter_counts()).queued, 0);
    scratch.ok(|tx| post(tx));
    limit(&scratch, 1_000_000);
    scratch.ok(|tx| tx.post(&NewLetter { text: &long, ..letter(&to) }));
    assert_eq!(scratch.store.find_damage().unwrap(), None);
}
