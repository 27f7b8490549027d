//! The tables `handover_item` and `handed_over`.

use super::{Tx, approvals, consultations, people};
use crate::domain::{Fault, PersonId, Timestamp};

/// The pending steps of pending approvals that wait on `?1`.
macro_rules! waiting_steps {
    () => {
        "approver = ?1 AND status = 'pending'
         AND approval IN (SELECT id FROM approval WHERE status = 'pending')"
    };
}
pub(super) use waiting_steps;

pub(super) fn items(tx: &Tx<'_>, person: &PersonId) -> Result<Vec<String>, Fault> {
    let read = || {
        let sql = "SELECT item FROM handover_item WHERE person = ?1 ORDER BY id";
        tx.list(sql, [person], |row| row.get(0))
    };
    let keys = |most| tx.keys("SELECT DISTINCT person FROM handover_item LIMIT ?1", most);
    tx.recall.keepers.find(&tx.recall.handover_items, person, keys, read)
}

/// Everybody's items, by person and in order.
pub(super) fn all(tx: &Tx<'_>) -> Result<Vec<(PersonId, Vec<String>)>, Fault> {
    let sql = "SELECT person, item FROM handover_item ORDER BY person, id";
    let items: Vec<(PersonId, String)> = tx.list(sql, [], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let same_person = items.chunk_by(|left, right| left.0 == right.0);
    Ok(same_person
        .map(|items| (items[0].0.clone(), items.iter().map(|(_, item)| item.clone()).collect()))
        .collect())
}

/// Moves what is open in one person's hands to another's, and keeps on record what that was.
pub(super) fn hand_over(tx: &Tx<'_>, from: &PersonId, to: &PersonId, now: Timestamp) -> Result<(), Fault> {
    people::must_be_active(tx, to)?;
    tx.recall.handover_items.clear();
    tx.recall.keepers.clear();
    approvals::forget(tx);
    tx.execute(
        "INSERT INTO handed_over (at, giver, receiver, item)
         SELECT ?3, person, ?2, item FROM handover_item WHERE person = ?1 ORDER BY id",
        (from, to, now),
    )?;
    tx.execute("UPDATE handover_item SET person = ?2 WHERE person = ?1", (from, to))?;
    tx.execute(
        concat!(
            "INSERT INTO handed_over (at, giver, receiver, approval, position)
             SELECT ?3, approver, ?2, approval, position FROM approval_step WHERE ",
            waiting_steps!(),
            " ORDER BY approval, position"
        ),
        (from, to, now),
    )?;
    consultations::hand_over(tx, from, to)?;
    let sql = concat!("UPDATE approval_step SET approver = ?2 WHERE ", waiting_steps!());
    tx.execute(sql, (from, to)).map(drop)
}

/// Makes the open items just these.
pub(super) fn replace(tx: &Tx<'_>, handover: &[(PersonId, Vec<String>)]) -> Result<(), Fault> {
    tx.recall.handover_items.clear();
    tx.recall.keepers.clear();
    tx.execute("DELETE FROM handover_item", [])?;
    for (person, items) in handover {
        for item in items {
            tx.execute("INSERT INTO handover_item (person, item) VALUES (?1, ?2)", (person, item))?;
        }
    }
    Ok(())
}
