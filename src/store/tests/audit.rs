//! Every way to tamper with the audit log is found.
//!
//! `USHER_CASES=10000 cargo test --lib store::tests::audit` tampers more often.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use rusqlite::types::Value;

use super::{Fault, Scratch, Tx, at, record};
use crate::store::BrokenEntry;

const LENGTH: i64 = 12;

/// How each column of an entry is read, and set to something else; the last two are a number and bytes.
const COLUMNS: [(&str, &str); 8] = [
    ("SELECT actor FROM audit WHERE seq = ?1", "UPDATE audit SET actor = ?2 WHERE seq = ?1"),
    ("SELECT action FROM audit WHERE seq = ?1", "UPDATE audit SET action = ?2 WHERE seq = ?1"),
    ("SELECT outcome FROM audit WHERE seq = ?1", "UPDATE audit SET outcome = ?2 WHERE seq = ?1"),
    ("SELECT target FROM audit WHERE seq = ?1", "UPDATE audit SET target = ?2 WHERE seq = ?1"),
    ("SELECT code FROM audit WHERE seq = ?1", "UPDATE audit SET code = ?2 WHERE seq = ?1"),
    ("SELECT conversation FROM audit WHERE seq = ?1", "UPDATE audit SET conversation = ?2 WHERE seq = ?1"),
    ("SELECT at FROM audit WHERE seq = ?1", "UPDATE audit SET at = ?2 WHERE seq = ?1"),
    ("SELECT hash FROM audit WHERE seq = ?1", "UPDATE audit SET hash = ?2 WHERE seq = ?1"),
];
/// From here on a column may hold nothing, if it is text.
const NULLABLE: usize = 3;

fn written() -> Scratch {
    let mut scratch = Scratch::empty();
    scratch.ok(|tx| (1..=LENGTH).try_for_each(|n| tx.record(&record(&format!("act-{n}")), at(n))));
    scratch
}

fn verified(scratch: &mut Scratch) -> Result<u64, BrokenEntry> {
    scratch.ok(|tx| tx.verify_audit())
}

#[test]
fn an_untouched_log_is_whole() {
    assert_eq!(verified(&mut Scratch::empty()), Ok(0));
    let mut scratch = written();
    assert_eq!(verified(&mut scratch), Ok(12));
    assert_eq!(scratch.ok(|tx| tx.audit_entries()), 12);
}

#[test]
fn the_log_cannot_be_changed_by_the_program() {
    let mut scratch = written();
    for sql in ["UPDATE audit SET outcome = 'denied' WHERE seq = 3", "DELETE FROM audit WHERE seq = 12"] {
        scratch.store.transact(|tx| tx.execute(sql, [])).unwrap_err();
    }
    assert_eq!(verified(&mut scratch), Ok(12));
}

#[test]
fn each_kind_of_tampering_is_found_where_it_begins() {
    for (sql, seq) in [
        ("UPDATE audit SET actor = 'bob' WHERE seq = 4", 4),
        ("UPDATE audit SET action = 'x' WHERE seq = 4", 4),
        ("UPDATE audit SET target = NULL WHERE seq = 4", 4),
        ("UPDATE audit SET target = '', code = NULL WHERE seq = 4", 4),
        ("UPDATE audit SET code = 'K7Q3' WHERE seq = 4", 4),
        ("UPDATE audit SET code = 'no code' WHERE seq = 4", 4),
        ("UPDATE audit SET conversation = '@ops' WHERE seq = 4", 4),
        ("UPDATE audit SET outcome = 'denied' WHERE seq = 1", 1),
        ("UPDATE audit SET at = at + 1 WHERE seq = 12", 12),
        ("UPDATE audit SET actor = 'alic', action = 'e' || action WHERE seq = 5", 5),
        ("UPDATE audit SET hash = zeroblob(32) WHERE seq = 6", 6),
        ("DELETE FROM audit WHERE seq = 7", 7),
        ("DELETE FROM audit WHERE seq = 1", 1),
        ("DELETE FROM audit WHERE seq = 7; UPDATE audit SET seq = seq - 1 WHERE seq > 7", 7),
        (
            "UPDATE audit SET seq = -1 WHERE seq = 8; UPDATE audit SET seq = 8 WHERE seq = 9;
             UPDATE audit SET seq = 9 WHERE seq = -1",
            8,
        ),
        (
            "INSERT INTO audit SELECT 13, at, actor, action, target, code, conversation, outcome, hash
          FROM audit WHERE seq = 12",
            13,
        ),
        (
            "INSERT INTO audit SELECT 0, at, actor, action, target, code, conversation, outcome, hash
          FROM audit WHERE seq = 1",
            0,
        ),
        ("UPDATE audit SET seq = -5 WHERE seq = 12", -5),
    ] {
        let mut scratch = written();
        let tamper = "DROP TRIGGER audit_is_never_edited; DROP TRIGGER audit_is_never_cut;";
        scratch.tamper(&format!("{tamper} {sql}"));
        assert_eq!(verified(&mut scratch).map_err(|broken| broken.seq), Err(seq), "{sql}");
    }
}

/// Something else than what stands there, and close to it where that can be.
fn altered(value: &Value, is_nullable: bool, chance: &mut ChaCha8Rng) -> Value {
    let bits = chance.next_u32() as usize;
    match value {
        Value::Integer(number) => Value::Integer(number ^ (1 << (bits % 63))),
        Value::Blob(bytes) => {
            let mut bytes = bytes.clone();
            let at = bits % (bytes.len() * 8);
            bytes[at / 8] ^= 1 << (at % 8);
            Value::Blob(bytes)
        }
        Value::Text(_) if is_nullable && bits.is_multiple_of(8) => Value::Null,
        Value::Text(text) => {
            let (at, letter) = (bits % text.len(), char::from(b' ' + (bits / 64 % 95) as u8));
            let other = match bits / 8 % 5 {
                0 => text.to_lowercase(),
                1 => text.to_uppercase(),
                2 => format!("{}{letter}{}", &text[..at], &text[at..]),
                3 => format!("{}{}", &text[..at], &text[at + 1..]),
                _ => format!("{}{letter}{}", &text[..at], &text[at + 1..]),
            };
            Value::Text(other)
        }
        _ => Value::Text(String::new()),
    }
}

/// Changes an entry or takes one out; gives which, unless it is as it was.
fn tamper(tx: &Tx<'_>, chance: &mut ChaCha8Rng) -> Result<Option<i64>, Fault> {
    let seq = i64::from(chance.next_u32()) % LENGTH + 1;
    let column = chance.next_u32() as usize % (COLUMNS.len() + 1);
    let Some((read, change)) = COLUMNS.get(column) else {
        // A chain alone can't show that its end is gone.
        let sql = "DELETE FROM audit WHERE seq = ?1 AND seq < ?2";
        return Ok((tx.execute(sql, [seq, LENGTH])? == 1).then_some(seq));
    };
    let value: Value = tx.value(read, [seq])?;
    let other = altered(&value, column >= NULLABLE, chance);
    tx.execute(change, (seq, &other))?;
    Ok((other != value).then_some(seq))
}

#[test]
fn no_tampering_at_random_passes() {
    let cases = std::env::var("USHER_CASES").map_or(400, |cases| cases.parse().unwrap());
    let mut scratch = written();
    scratch.tamper("DROP TRIGGER audit_is_never_edited; DROP TRIGGER audit_is_never_cut;");
    let mut chance = ChaCha8Rng::seed_from_u64(30);
    let mut tampered = 0;
    while tampered < cases {
        let mut found = (None, None);
        let undone = scratch.store.transact(|tx| {
            found = (tamper(tx, &mut chance)?, tx.verify_audit()?.err().map(|broken| broken.seq));
            Err::<(), _>(Fault("the next one begins with a whole log".to_owned()))
        });
        assert!(undone.is_err());
        assert_eq!(found.0, found.1, "the {tampered}th");
        tampered += u32::from(found.0.is_some());
    }
}

#[test]
fn a_cut_end_is_found_with_a_hash_that_was_noted_elsewhere() {
    let mut scratch = written();
    let noted = scratch.ok(|tx| tx.audit_entry(LENGTH)).unwrap().hash();
    assert_eq!(noted.len(), 64);
    let cut = "DROP TRIGGER audit_is_never_cut; DELETE FROM audit WHERE seq > 10";
    scratch.tamper(cut);
    assert_eq!(verified(&mut scratch), Ok(10), "a chain alone can't show it");
    assert_eq!(scratch.ok(|tx| tx.audit_entry(LENGTH)), None);
    scratch.ok(|tx| (1..=2).try_for_each(|n| tx.record(&record("forged"), at(n))));
    assert_ne!(scratch.ok(|tx| tx.audit_entry(LENGTH)).unwrap().hash(), noted);
}

#[test]
fn the_newest_entries_are_read_first() {
    let mut scratch = written();
    let mut other = record("other");
    (other.actor, other.target) = (super::person("dave"), None);
    scratch.ok(|tx| tx.record(&other, at(99)));
    let seqs =
        |entries: Vec<crate::store::AuditEntry>| entries.iter().map(|entry| entry.seq).collect::<Vec<_>>();
    assert_eq!(seqs(scratch.ok(|tx| tx.audit_before(i64::MAX, None, 3))), [13, 12, 11]);
    assert_eq!(seqs(scratch.ok(|tx| tx.audit_before(11, None, 2))), [10, 9]);
    let bob = super::person("bob");
    assert_eq!(seqs(scratch.ok(|tx| tx.audit_before(i64::MAX, Some(&bob), 1))), [12]);
    let entry = scratch.ok(|tx| tx.audit_entry(13)).unwrap();
    assert_eq!((entry.at, entry.record), (at(99), other));
}
