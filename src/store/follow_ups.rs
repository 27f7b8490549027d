//! The table `follow_up`: what is left to do after an operation, and for whom.

use super::Tx;
use crate::domain::{Change, Fault, PersonId, Reminder, Timestamp, ToDo, ToDoKey};

impl Tx<'_> {
    /// When somebody is to be reminded next.
    pub fn next_reminder(&self) -> Result<Option<Timestamp>, Fault> {
        self.value("SELECT min(remind_at) FROM follow_up WHERE done_at IS NULL AND remind_at IS NOT NULL", [])
    }
}

pub(super) fn add(tx: &Tx<'_>, change: &Change) -> Result<(), Fault> {
    let Change::FollowUpAdded { assignee, about, code, item, at, remind_at } = change else {
        return Err(Fault("this adds no follow-up".to_owned()));
    };
    tx.execute(
        "INSERT INTO follow_up (assignee, about, code, item, created, remind_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        (assignee, about, code, item, at, remind_at),
    )
    .map(drop)
}

/// What is open: first what somebody is responsible for, then what operations left to do.
pub(super) fn to_do(tx: &Tx<'_>, person: &PersonId) -> Result<Vec<ToDo>, Fault> {
    let sql = "SELECT id, item FROM handover_item WHERE person = ?1 ORDER BY id";
    let mut open = tx.list(sql, [person], |row| {
        let key = ToDoKey::Handover(row.get(0)?);
        Ok(ToDo { key, text: row.get(1)?, about: None, last_for: None })
    })?;
    let sql = "SELECT id, item, about,
                      CASE WHEN (SELECT count(*) FROM follow_up AS other
                                 WHERE other.code = follow_up.code AND other.done_at IS NULL) = 1
                           THEN (SELECT requester FROM operation WHERE operation.code = follow_up.code) END
               FROM follow_up WHERE assignee = ?1 AND done_at IS NULL ORDER BY id";
    open.extend(tx.list(sql, [person], |row| {
        let key = ToDoKey::FollowUp(row.get(0)?);
        Ok(ToDo { key, text: row.get(1)?, about: row.get(2)?, last_for: row.get(3)? })
    })?);
    Ok(open)
}

pub(super) fn finish(tx: &Tx<'_>, item: ToDoKey, at: Timestamp) -> Result<(), Fault> {
    match item {
        ToDoKey::FollowUp(id) => {
            let sql = "UPDATE follow_up SET done_at = ?2 WHERE id = ?1 AND done_at IS NULL";
            tx.change_one("something left to do is done", sql, (id, at))
        }
        ToDoKey::Handover(id) => {
            tx.recall.handover_items.clear();
            tx.change_one("an item is done", "DELETE FROM handover_item WHERE id = ?1", [id])
        }
    }
}

/// Who is to be reminded now, and of what.
pub(super) fn reminders(tx: &Tx<'_>, now: Timestamp) -> Result<Vec<Reminder>, Fault> {
    let sql = "SELECT assignee, about, item FROM follow_up
               WHERE done_at IS NULL AND remind_at <= ?1 ORDER BY assignee, about, id";
    let rows: Vec<(PersonId, PersonId, String)> =
        tx.list(sql, [now], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
    let same = rows.chunk_by(|left, right| (&left.0, &left.1) == (&right.0, &right.1));
    Ok(same
        .map(|rows| Reminder {
            assignee: rows[0].0.clone(),
            about: rows[0].1.clone(),
            items: rows.iter().map(|row| row.2.clone()).collect(),
        })
        .collect())
}

pub(super) fn reminded(
    tx: &Tx<'_>,
    assignee: &PersonId,
    now: Timestamp,
    next: Timestamp,
) -> Result<(), Fault> {
    let sql =
        "UPDATE follow_up SET remind_at = ?3 WHERE assignee = ?1 AND done_at IS NULL AND remind_at <= ?2";
    tx.execute(sql, (assignee, now, next)).map(drop)
}
