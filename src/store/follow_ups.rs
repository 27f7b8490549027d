//! The table `follow_up`: what is left to do after an operation, a row for everybody who has some of it to do.

use rusqlite::Row;

use super::{Tx, handover, people};
use crate::domain::{Change, Code, Fault, PersonId, Reminder, Timestamp, ToDo, ToDoKey};

impl Tx<'_> {
    /// When somebody is to be reminded next.
    pub fn next_reminder(&self) -> Result<Option<Timestamp>, Fault> {
        self.value("SELECT min(remind_at) FROM follow_up WHERE remind_at IS NOT NULL", [])
    }
}

pub(super) fn add(tx: &Tx<'_>, change: &Change) -> Result<(), Fault> {
    let Change::FollowUpAdded { assignee, about, code, items, at, remind_at } = change else {
        return Err(Fault("this adds no follow-up".to_owned()));
    };
    tx.recall.assignees.add(assignee);
    tx.execute(
        "INSERT INTO follow_up (assignee, about, code, items, created, remind_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        (assignee, about, code, text(items), at, remind_at),
    )
    .map(drop)
}

/// What is open: first what somebody is responsible for, then what operations left to do.
pub(super) fn to_do(tx: &Tx<'_>, person: &PersonId) -> Result<Vec<ToDo>, Fault> {
    let mut open = Vec::new();
    if !handover::items(tx, person)?.is_empty() {
        let sql = "SELECT id, item FROM handover_item WHERE person = ?1 ORDER BY id";
        open = tx.list(sql, [person], |row| {
            let key = ToDoKey::Handover(row.get(0)?);
            Ok(ToDo { key, text: row.get(1)?, about: None, last_for: None })
        })?;
    }
    if !may_be_assignee(tx, person)? {
        return Ok(open);
    }
    let sql = "SELECT id, items, about,
                      (SELECT requester FROM operation WHERE operation.code = follow_up.code AND NOT EXISTS
                          (SELECT 1 FROM follow_up AS other
                           WHERE other.code = follow_up.code AND other.id <> follow_up.id))
               FROM follow_up WHERE assignee = ?1 ORDER BY id";
    let rows: Vec<(i64, Vec<String>, PersonId, Option<PersonId>)> =
        tx.list(sql, [person], |row| Ok((row.get(0)?, items(row, 1)?, row.get(2)?, row.get(3)?)))?;
    for (row, items, about, last_for) in rows {
        let last_for = last_for.filter(|_| items.len() == 1);
        open.extend(items.into_iter().enumerate().map(|(index, text)| ToDo {
            key: ToDoKey::FollowUp { row, index },
            text,
            about: Some(about.clone()),
            last_for: last_for.clone(),
        }));
    }
    Ok(open)
}

pub(super) fn finish(tx: &Tx<'_>, item: ToDoKey) -> Result<(), Fault> {
    match item {
        ToDoKey::FollowUp { row, index } => {
            let mut open = tx
                .find("SELECT items FROM follow_up WHERE id = ?1", [row], |row| items(row, 0))?
                .unwrap_or_default();
            if index >= open.len() {
                return Err(Fault("there was nothing to change: something left to do is done".to_owned()));
            }
            open.remove(index);
            match open.is_empty() {
                true => tx.execute("DELETE FROM follow_up WHERE id = ?1", [row]),
                false => tx.execute("UPDATE follow_up SET items = ?2 WHERE id = ?1", (row, text(&open))),
            }
            .map(drop)
        }
        ToDoKey::Handover(id) => {
            tx.recall.handover_items.clear();
            tx.change_one("an item is done", "DELETE FROM handover_item WHERE id = ?1", [id])
        }
    }
}

/// Moves what operations left somebody to do; what both had left of the same one is there once afterwards.
pub(super) fn move_all(
    tx: &Tx<'_>,
    from: &PersonId,
    to: &PersonId,
    remind_at: Timestamp,
) -> Result<(), Fault> {
    people::must_be_active(tx, to)?;
    tx.recall.assignees.add(to);
    let sql = "SELECT id, code, items FROM follow_up WHERE assignee = ?1 ORDER BY id";
    let rows: Vec<(i64, Code, Vec<String>)> =
        tx.list(sql, [from], |row| Ok((row.get(0)?, row.get(1)?, items(row, 2)?)))?;
    for (row, code, moved) in rows {
        let sql = "SELECT id, items FROM follow_up WHERE assignee = ?1 AND code = ?2";
        let own = tx.find(sql, (to, &code), |row| Ok((row.get::<_, i64>(0)?, items(row, 1)?)))?;
        let Some((own, mut open)) = own else {
            // Whoever left is not reminded any more.
            let sql = "UPDATE follow_up SET assignee = ?2, remind_at = coalesce(remind_at, ?3) WHERE id = ?1";
            tx.execute(sql, (row, to, remind_at))?;
            continue;
        };
        for item in moved {
            if !open.contains(&item) {
                open.push(item);
            }
        }
        tx.execute("UPDATE follow_up SET items = ?2 WHERE id = ?1", (own, text(&open)))?;
        tx.execute("DELETE FROM follow_up WHERE id = ?1", [row])?;
    }
    Ok(())
}

/// Somebody who leaves is not reminded of anything any more.
pub(super) fn end_reminders(tx: &Tx<'_>, assignee: &PersonId) -> Result<(), Fault> {
    match may_be_assignee(tx, assignee)? {
        true => tx.execute("UPDATE follow_up SET remind_at = NULL WHERE assignee = ?1", [assignee]).map(drop),
        false => Ok(()),
    }
}

/// Who is to be reminded now, and of what.
pub(super) fn reminders(tx: &Tx<'_>, now: Timestamp) -> Result<Vec<Reminder>, Fault> {
    let sql =
        "SELECT assignee, about, items FROM follow_up WHERE remind_at <= ?1 ORDER BY assignee, about, id";
    let rows: Vec<(PersonId, PersonId, Vec<String>)> =
        tx.list(sql, [now], |row| Ok((row.get(0)?, row.get(1)?, items(row, 2)?)))?;
    let same = rows.chunk_by(|left, right| (&left.0, &left.1) == (&right.0, &right.1));
    Ok(same
        .map(|rows| Reminder {
            assignee: rows[0].0.clone(),
            about: rows[0].1.clone(),
            items: rows.iter().flat_map(|row| row.2.clone()).collect(),
        })
        .collect())
}

pub(super) fn reminded(
    tx: &Tx<'_>,
    assignee: &PersonId,
    now: Timestamp,
    next: Timestamp,
) -> Result<(), Fault> {
    let sql = "UPDATE follow_up SET remind_at = ?3 WHERE assignee = ?1 AND remind_at <= ?2";
    tx.execute(sql, (assignee, now, next)).map(drop)
}

/// Whether somebody may have anything left to do: most have not, and that is known without asking SQLite.
fn may_be_assignee(tx: &Tx<'_>, person: &PersonId) -> Result<bool, Fault> {
    let keys = |most| tx.keys("SELECT DISTINCT assignee FROM follow_up LIMIT ?1", most);
    tx.recall.assignees.may_have(person, keys)
}

fn text(items: &[String]) -> String {
    serde_json::to_string(items).expect("a list of words is JSON")
}

fn items(row: &Row<'_>, column: usize) -> rusqlite::Result<Vec<String>> {
    super::values::known("list", serde_json::from_str(row.get_ref(column)?.as_str()?).ok())
        .map_err(Into::into)
}
