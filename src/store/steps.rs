//! The tables `step` and `closing`: what a remote backend has to do for an operation, and what is said then.

use super::{Tx, forms};
use crate::domain::{Closing, Code, Fault, Step, Timestamp, Way};

impl Tx<'_> {
    /// When a step is to go on.
    pub fn next_step(&self) -> Result<Option<Timestamp>, Fault> {
        self.value("SELECT min(next_at) FROM step WHERE next_at IS NOT NULL", [])
    }

    /// After a start, whatever may have been called is read back at once: the answer is lost. It is read as often as after a
    /// call: the last one may still be under way, however often the program was started since.
    pub fn wake_calls(&self) -> Result<(), Fault> {
        self.execute(
            "UPDATE step SET next_at = 0, looks = 0
             WHERE next_at IS NOT NULL AND way = 'call' AND state = 'called'",
            [],
        )
        .map(drop)
    }
}

pub(super) fn intend(tx: &Tx<'_>, code: &Code, steps: &[Step], closing: &Closing) -> Result<(), Fault> {
    for step in steps {
        let (way, guide) = match &step.way {
            Way::Call => ("call", None),
            Way::Here => ("here", None),
            Way::Person(guide) => ("person", Some(forms::words_text(guide))),
        };
        tx.execute(
            "INSERT INTO step (code, position, change, way, guide, state, calls, looks) VALUES (?1, ?2, ?3, ?4, ?5, ?6, 0, 0)",
            (code, position(step), forms::change_text(&step.change)?, way, guide, step.state),
        )?;
    }
    tx.execute("INSERT INTO closing (code, content) VALUES (?1, ?2)", (code, forms::closing_text(closing)))
        .map(drop)
}

pub(super) fn advance(tx: &Tx<'_>, code: &Code, step: &Step) -> Result<(), Fault> {
    let Step { state, calls, looks, since, next_at, remind_at, .. } = step;
    tx.change_one(
        "a step goes on",
        "UPDATE step SET state = ?3, calls = ?4, looks = ?5, since = ?6, next_at = ?7, remind_at = ?8
         WHERE code = ?1 AND position = ?2 AND state <> 'verified'",
        (code, position(step), state, calls, looks, since, next_at, remind_at),
    )
}

/// Nothing of the operation is due any more; how far it came stays on record.
pub(super) fn end(tx: &Tx<'_>, code: &Code) -> Result<(), Fault> {
    tx.execute("UPDATE step SET next_at = NULL, remind_at = NULL WHERE code = ?1", [code])?;
    tx.execute("DELETE FROM closing WHERE code = ?1", [code]).map(drop)
}

pub(super) fn of(tx: &Tx<'_>, code: &Code) -> Result<Vec<Step>, Fault> {
    let sql = "SELECT position, change, way, guide, state, calls, looks, since, next_at, remind_at
               FROM step WHERE code = ?1 ORDER BY position";
    let rows: Vec<(u32, String, String, Option<String>, _, _, _, _, _, _)> =
        tx.list(sql, [code], |row| row.try_into())?;
    rows.into_iter()
        .map(|(position, change, way, guide, state, calls, looks, since, next_at, remind_at)| {
            let guide = guide.as_deref().map(forms::words).transpose()?.unwrap_or_default();
            let way = match way.as_str() {
                "call" => Way::Call,
                "here" => Way::Here,
                _ => Way::Person(guide),
            };
            let (position, change) = (position as usize, forms::change(&change)?);
            Ok(Step { position, change, way, state, calls, looks, since, next_at, remind_at })
        })
        .collect()
}

pub(super) fn due(tx: &Tx<'_>, now: Timestamp) -> Result<Vec<(Code, usize)>, Fault> {
    let sql = "SELECT code, position FROM step WHERE next_at <= ?1 ORDER BY next_at, code, position";
    tx.list(sql, [now], |row| Ok((row.get(0)?, row.get::<_, u32>(1)? as usize)))
}

pub(super) fn closing(tx: &Tx<'_>, code: &Code) -> Result<Option<Closing>, Fault> {
    let found: Option<String> =
        tx.find("SELECT content FROM closing WHERE code = ?1", [code], |row| row.get(0))?;
    found.as_deref().map(forms::closing).transpose()
}

fn position(step: &Step) -> i64 {
    super::tx::limit(step.position)
}
