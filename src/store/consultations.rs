//! The tables `consultation` and `opinion`.

use super::Tx;
use super::handover::waiting_steps;
use crate::domain::{ApprovalId, Consultation, Fault, Opinion, PersonId, Timestamp};

/// Asks, maybe once more: what was answered before stands until the same approver answers again.
pub(super) fn open(
    tx: &Tx<'_>,
    approval: &ApprovalId,
    by: &PersonId,
    asked: &[PersonId],
    at: Timestamp,
) -> Result<(), Fault> {
    tx.execute("DELETE FROM opinion WHERE approval = ?1 AND at IS NULL", [approval])?;
    tx.execute(
        "INSERT INTO consultation (approval, actor, at) VALUES (?1, ?2, ?3)
         ON CONFLICT (approval) DO UPDATE SET actor = excluded.actor, at = excluded.at",
        (approval, by, at),
    )?;
    for approver in asked {
        let sql = "INSERT OR IGNORE INTO opinion (approval, approver) VALUES (?1, ?2)";
        tx.execute(sql, (approval, approver))?;
    }
    Ok(())
}

/// Whoever gets somebody's waiting steps is asked in their place, unless it was they who asked. What was answered stands.
pub(super) fn hand_over(tx: &Tx<'_>, from: &PersonId, to: &PersonId) -> Result<(), Fault> {
    let sql = concat!(
        "INSERT OR IGNORE INTO opinion (approval, approver)
         SELECT approval, ?2 FROM consultation
         WHERE actor <> ?2 AND EXISTS (SELECT 1 FROM opinion
                                       WHERE opinion.approval = consultation.approval AND approver = ?1)
         AND approval IN (SELECT approval FROM approval_step WHERE ",
        waiting_steps!(),
        ")"
    );
    tx.execute(sql, (from, to))?;
    let sql = concat!(
        "DELETE FROM opinion WHERE approver = ?1 AND at IS NULL
         AND approval IN (SELECT approval FROM approval_step WHERE ",
        waiting_steps!(),
        ") AND NOT EXISTS (SELECT 1 FROM approval_step AS decided
                          WHERE decided.approval = opinion.approval AND decided.approver = ?1
                          AND decided.status <> 'pending')"
    );
    tx.execute(sql, [from]).map(drop)
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
