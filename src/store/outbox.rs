//! The tables `outbox`, every message that waits or was given up, and `delivered`, what nobody had asked for and was sent.

use std::ops::RangeInclusive;

use rusqlite::Row;

use super::tx::limit as count;
use super::{Tx, closing};
use crate::domain::{Attachment, Conversation, Delivery, Fault, Letter, MessageId, Timestamp};

/// A message to be sent, in its words.
#[derive(Clone, Copy, Debug)]
pub struct NewLetter<'a> {
    /// Where to.
    pub to: &'a Conversation,
    /// Its kind.
    pub kind: &'a str,
    /// The kind's fields: the text of a JSON object.
    pub fields: &'a str,
    /// What it says.
    pub text: &'a str,
    /// The incoming message that caused it.
    pub in_reply_to: Option<&'a MessageId>,
    /// The name of a kept file that goes with it.
    pub attachment: Option<&'a str>,
    /// When it was written.
    pub created: Timestamp,
}

/// How many messages the outbox has in each state.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LetterCounts {
    /// Waiting.
    pub queued: u64,
    /// Taken by the platform, ever.
    pub sent: u64,
    /// Given up.
    pub dead: u64,
}

impl Tx<'_> {
    /// Puts a message into the outbox; gives its number.
    pub fn post(&self, letter: &NewLetter<'_>) -> Result<i64, Fault> {
        let NewLetter { to, kind, fields, text, in_reply_to, attachment, created } = letter;
        let attachment = match attachment {
            Some(name) => closing::newest(self, name)?,
            None => None,
        };
        let id = last(self)? + 1;
        self.execute(
            "INSERT INTO outbox (id, conversation, kind, fields, text, in_reply_to, state, attempts,
                 created, queued_at, attachment)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, 'queued', 0, ?7, ?7, ?8)",
            (id, to, kind, fields, text, in_reply_to, created, attachment),
        )?;
        self.recall.last_letter.keep((), id);
        Ok(id)
    }

    /// The messages that wait, in the order of their numbers, from the first one after this number on.
    pub fn queued(&self, after: i64, limit: usize) -> Result<Vec<Delivery>, Fault> {
        let sql =
            "SELECT outbox.id, conversation, kind, fields, text, in_reply_to, attempts, created, queued_at,
                          name, content
                   FROM outbox LEFT JOIN backup ON backup.id = attachment
                   WHERE state = 'queued' AND outbox.id > ?1 ORDER BY outbox.id LIMIT ?2";
        self.list(sql, (after, count(limit)), |row| {
            Ok(Delivery {
                id: row.get(0)?,
                to: row.get(1)?,
                kind: row.get(2)?,
                fields: row.get(3)?,
                text: row.get(4)?,
                in_reply_to: row.get(5)?,
                attempts: row.get(6)?,
                created: row.get(7)?,
                queued_at: row.get(8)?,
                attachment: match (row.get(9)?, row.get(10)?) {
                    (Some(name), Some(content)) => Some(Attachment { name, content }),
                    _ => None,
                },
            })
        })
    }

    /// The platform has taken these: of what they said nothing is kept, and of answers not even that. One that
    /// was taken before stays so.
    pub fn mark_sent(&self, ids: RangeInclusive<i64>) -> Result<(), Fault> {
        self.execute(
            "INSERT INTO delivered (id, conversation, kind, attempts, created)
             SELECT id, conversation, kind, attempts, created FROM outbox
             WHERE id BETWEEN ?1 AND ?2 AND state = 'queued'
             AND (kind = 'notice' OR kind = 'task' OR kind = 'warning')",
            [ids.start(), ids.end()],
        )?;
        let sql = "DELETE FROM outbox WHERE id BETWEEN ?1 AND ?2 AND state = 'queued'";
        match count(self.execute(sql, [ids.start(), ids.end()])?) {
            0 => Ok(()),
            sent => {
                let sql = "UPDATE letter_tally SET sent = sent + ?1, last = max(last, ?2)";
                self.execute(sql, [&sent, ids.end()]).map(drop)
            }
        }
    }

    /// A message could not be sent now, after so many attempts.
    pub fn put_off(&self, id: i64, attempts: u32) -> Result<(), Fault> {
        let sql = "UPDATE outbox SET attempts = ?2 WHERE id = ?1 AND state = 'queued'";
        self.change_one("a message is put off", sql, (id, attempts))
    }

    /// A message is given up. If it may speak of somebody who is being erased, it loses its words.
    pub fn bury(&self, id: i64) -> Result<(), Fault> {
        let sql = "UPDATE outbox SET state = 'dead' WHERE id = ?1 AND state = 'queued'";
        self.change_one("a message is given up", sql, [id])?;
        if self.may_speak_of_the_erased(id)? {
            self.execute("UPDATE outbox SET text = '', fields = '{}' WHERE id = ?1", [id])?;
        }
        Ok(())
    }

    /// How many messages there are in each state.
    pub fn letter_counts(&self) -> Result<LetterCounts, Fault> {
        let rows = |sql| self.value::<i64>(sql, []).map(i64::unsigned_abs);
        Ok(LetterCounts {
            queued: rows("SELECT count(*) FROM outbox WHERE state = 'queued'")?,
            sent: rows("SELECT sent FROM letter_tally")?,
            dead: rows("SELECT count(*) FROM outbox WHERE state = 'dead'")?,
        })
    }
}

macro_rules! select {
    ($rest:literal) => {
        concat!("SELECT id, conversation, kind, state, attempts, created FROM outbox ", $rest)
    };
}

macro_rules! select_delivered {
    ($rest:literal) => {
        concat!("SELECT id, conversation, kind, 'sent', attempts, created FROM delivered ", $rest)
    };
}

/// The highest number that a message has had; the next one has the next.
pub(super) fn last(tx: &Tx<'_>) -> Result<i64, Fault> {
    let sql = "SELECT max(last, coalesce((SELECT max(id) FROM outbox), 0)) FROM letter_tally";
    tx.recall.last_letter.get_or_read(&(), || tx.value(sql, []))
}

/// The newest messages of each state; of what was sent, only what nobody had asked for.
pub(super) fn newest(tx: &Tx<'_>, limit: usize) -> Result<Vec<Letter>, Fault> {
    let mut letters = Vec::new();
    for sql in [
        select!("WHERE state = 'queued' ORDER BY id DESC LIMIT ?1"),
        select!("WHERE state = 'dead' ORDER BY id DESC LIMIT ?1"),
        select_delivered!("ORDER BY id DESC LIMIT ?1"),
    ] {
        letters.extend(tx.list(sql, [count(limit)], read)?);
    }
    Ok(letters)
}

/// A message that still has its words, unless it arrived: one that lost them can't be tried again.
pub(super) fn find(tx: &Tx<'_>, number: i64) -> Result<Option<Letter>, Fault> {
    match tx.find(select!("WHERE id = ?1 AND text <> ''"), [number], read)? {
        Some(letter) => Ok(Some(letter)),
        None => tx.find(select_delivered!("WHERE id = ?1"), [number], read),
    }
}

/// Gives a dead message another chance, as if it had just been written.
pub(super) fn retry(tx: &Tx<'_>, number: i64, at: Timestamp) -> Result<(), Fault> {
    tx.change_one(
        "a message is tried again",
        "UPDATE outbox SET state = 'queued', attempts = 0, queued_at = ?2 WHERE id = ?1 AND state = 'dead'",
        (number, at),
    )
}

fn read(row: &Row<'_>) -> rusqlite::Result<Letter> {
    Ok(Letter {
        number: row.get(0)?,
        to: row.get(1)?,
        kind: row.get(2)?,
        state: row.get(3)?,
        attempts: row.get(4)?,
        created: row.get(5)?,
    })
}
