//! The tables `consultation` and `opinion`.

use super::Tx;
use crate::domain::{ApprovalId, Consultation, Fault, Opinion, PersonId, Timestamp};

/// Asks anew: what was answered before is forgotten.
pub(super) fn open(
    tx: &Tx<'_>,
    approval: &ApprovalId,
    by: &PersonId,
    asked: &[PersonId],
    at: Timestamp,
) -> Result<(), Fault> {
    tx.execute("DELETE FROM consultation WHERE approval = ?1", [approval])?;
    tx.execute("INSERT INTO consultation (approval, actor, at) VALUES (?1, ?2, ?3)", (approval, by, at))?;
    for approver in asked {
        tx.execute("INSERT INTO opinion (approval, approver) VALUES (?1, ?2)", (approval, approver))?;
    }
    Ok(())
}

pub(super) fn answer(
    tx: &Tx<'_>,
    approval: &ApprovalId,
    approver: &PersonId,
    objection: Option<&str>,
    at: Timestamp,
) -> Result<(), Fault> {
    let sql = "UPDATE opinion SET at = ?3, objection = ?4 WHERE approval = ?1 AND approver = ?2";
    tx.change_one("an approver answers", sql, (approval, approver, at, objection))
}

pub(super) fn find(tx: &Tx<'_>, approval: &ApprovalId) -> Result<Option<Consultation>, Fault> {
    let sql = "SELECT actor FROM consultation WHERE approval = ?1";
    let Some(by) = tx.find(sql, [approval], |row| row.get(0))? else {
        return Ok(None);
    };
    let sql = "SELECT approver, at, objection FROM opinion WHERE approval = ?1 ORDER BY approver";
    let opinions = tx.list(sql, [approval], |row| {
        let at: Option<Timestamp> = row.get(1)?;
        let objection = row.get(2)?;
        Ok((row.get(0)?, at.map(|_| Opinion { objection })))
    })?;
    Ok(Some(Consultation { by, opinions }))
}
