//! The tables `approval`, `approval_step` and `cancellation`.

use rusqlite::{Params, Row};

use super::Tx;
use crate::domain::{Approval, ApprovalId, ApprovalStep, Cancellation, Fault, PersonId, Timestamp};

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT id, template, title, originator, status, created, cancellable_by FROM approval ",
            $rest
        )
    };
}

pub(super) fn find(tx: &Tx<'_>, id: &ApprovalId) -> Result<Option<Approval>, Fault> {
    Ok(list(tx, select!("WHERE id = ?1"), [id])?.pop())
}

pub(super) fn all(tx: &Tx<'_>) -> Result<Vec<Approval>, Fault> {
    list(tx, select!("ORDER BY id"), [])
}

pub(super) fn pending_of(tx: &Tx<'_>, originator: &PersonId) -> Result<Vec<Approval>, Fault> {
    let sql = select!("WHERE originator = ?1 AND status = 'pending' ORDER BY created, id");
    let keys =
        |most| tx.keys("SELECT DISTINCT originator FROM approval WHERE status = 'pending' LIMIT ?1", most);
    let read = || list(tx, sql, [originator]);
    tx.recall.originators.find(&tx.recall.approvals_of, originator, keys, read)
}

pub(super) fn concerning(tx: &Tx<'_>, person: &PersonId) -> Result<Vec<Approval>, Fault> {
    let sql = select!(
        "WHERE originator = ?1 OR id IN (SELECT approval FROM approval_step WHERE approver = ?1)
         ORDER BY created, id"
    );
    list(tx, sql, [person])
}

pub(super) fn pending(tx: &Tx<'_>) -> Result<Vec<Approval>, Fault> {
    list(tx, select!("WHERE status = 'pending' ORDER BY created, id"), [])
}

pub(super) fn waiting_on(tx: &Tx<'_>, approver: &PersonId) -> Result<Vec<Approval>, Fault> {
    let sql = select!(
        "WHERE status = 'pending'
         AND id IN (SELECT approval FROM approval_step WHERE approver = ?1 AND status = 'pending')
         ORDER BY created, id"
    );
    let keys =
        |most| tx.keys("SELECT DISTINCT approver FROM approval_step WHERE status = 'pending' LIMIT ?1", most);
    let read = || list(tx, sql, [approver]);
    tx.recall.approvers.find(&tx.recall.approvals_waiting_on, approver, keys, read)
}

/// Approvals are about to change.
pub(super) fn forget(tx: &Tx<'_>) {
    tx.recall.approvals_of.clear();
    tx.recall.approvals_waiting_on.clear();
    tx.recall.originators.clear();
    tx.recall.approvers.clear();
}

pub(super) fn cancel(
    tx: &Tx<'_>,
    id: &ApprovalId,
    by: &PersonId,
    at: Timestamp,
    reason: Option<&str>,
) -> Result<(), Fault> {
    forget(tx);
    let sql = "UPDATE approval SET status = 'cancelled' WHERE id = ?1 AND status = 'pending'";
    tx.change_one("an approval is cancelled", sql, [id])?;
    tx.execute(
        "INSERT OR REPLACE INTO cancellation (approval, actor, at, reason) VALUES (?1, ?2, ?3, ?4)",
        (id, by, at, reason),
    )
    .map(drop)
}

pub(super) fn cancellation(tx: &Tx<'_>, id: &ApprovalId) -> Result<Option<Cancellation>, Fault> {
    tx.find("SELECT actor, at, reason FROM cancellation WHERE approval = ?1", [id], |row| {
        Ok(Cancellation { by: row.get(0)?, at: row.get(1)?, reason: row.get(2)? })
    })
}

/// Makes the approvals just these; how an approval was cancelled stays on record.
pub(super) fn replace(tx: &Tx<'_>, approvals: &[Approval]) -> Result<(), Fault> {
    forget(tx);
    tx.execute("DELETE FROM approval", [])?;
    approvals.iter().try_for_each(|approval| insert(tx, approval))
}

/// Writes an approval as it is now.
pub(super) fn write(tx: &Tx<'_>, approval: &Approval, is_known: bool) -> Result<(), Fault> {
    forget(tx);
    if is_known {
        tx.execute("DELETE FROM approval WHERE id = ?1", [&approval.id])?;
    }
    insert(tx, approval)
}

fn insert(tx: &Tx<'_>, approval: &Approval) -> Result<(), Fault> {
    let Approval { id, template, title, originator, status, created, cancellable_by, steps } = approval;
    tx.execute(
        "INSERT INTO approval (id, template, title, originator, status, created, cancellable_by)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        (id, template, title, originator, status, created, cancellable_by),
    )?;
    for (position, ApprovalStep { approver, status, at }) in (0_i64..).zip(steps) {
        tx.execute(
            "INSERT INTO approval_step (approval, position, approver, status, at)
             VALUES (?1, ?2, ?3, ?4, ?5)",
            (id, position, approver, status, at),
        )?;
    }
    Ok(())
}

fn list(tx: &Tx<'_>, sql: &'static str, params: impl Params) -> Result<Vec<Approval>, Fault> {
    let mut approvals = tx.list(sql, params, read)?;
    for approval in &mut approvals {
        let sql = "SELECT approver, status, at FROM approval_step WHERE approval = ?1 ORDER BY position";
        approval.steps = tx.list(sql, [&approval.id], |row| {
            Ok(ApprovalStep { approver: row.get(0)?, status: row.get(1)?, at: row.get(2)? })
        })?;
    }
    Ok(approvals)
}

fn read(row: &Row<'_>) -> rusqlite::Result<Approval> {
    Ok(Approval {
        id: row.get(0)?,
        template: row.get(1)?,
        title: row.get(2)?,
        originator: row.get(3)?,
        status: row.get(4)?,
        created: row.get(5)?,
        cancellable_by: row.get(6)?,
        steps: Vec::new(),
    })
}
