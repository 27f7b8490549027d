//! The tables `department` and `supervisor`.

use std::sync::Arc;

use rusqlite::Row;

use super::{Tx, people};
use crate::domain::{Department, DepartmentId, Fault, PersonId};

pub(super) fn find(tx: &Tx<'_>, id: &DepartmentId) -> Result<Option<Arc<Department>>, Fault> {
    let sql = "SELECT id, name, parent, chat FROM department WHERE id = ?1";
    tx.recall.department.get_or_read(id, || Ok(tx.find(sql, [id], read)?.map(Arc::new)))
}

pub(super) fn all(tx: &Tx<'_>) -> Result<Vec<Department>, Fault> {
    tx.list("SELECT id, name, parent, chat FROM department ORDER BY id", [], read)
}

pub(super) fn named(tx: &Tx<'_>, name: &str) -> Result<Vec<DepartmentId>, Fault> {
    tx.list("SELECT id FROM department WHERE name = ?1 ORDER BY id", [name], |row| row.get(0))
}

pub(super) fn supervised_by(tx: &Tx<'_>, person: &PersonId) -> Result<Vec<DepartmentId>, Fault> {
    let read = || {
        let sql = "SELECT department FROM supervisor WHERE person = ?1 ORDER BY department";
        tx.list(sql, [person], |row| row.get(0))
    };
    let keys = |most| tx.keys("SELECT DISTINCT person FROM supervisor LIMIT ?1", most);
    tx.recall.supervising.find(&tx.recall.supervised_by, person, keys, read)
}

pub(super) fn supervisors(tx: &Tx<'_>, department: &DepartmentId) -> Result<Vec<PersonId>, Fault> {
    let read = || {
        let sql = "SELECT person FROM supervisor WHERE department = ?1 ORDER BY person";
        tx.list(sql, [department], |row| row.get(0))
    };
    let keys = |most| tx.keys("SELECT DISTINCT department FROM supervisor LIMIT ?1", most);
    tx.recall.led.find(&tx.recall.supervisors, department, keys, read)
}

pub(super) fn all_supervisors(tx: &Tx<'_>) -> Result<Vec<(PersonId, DepartmentId)>, Fault> {
    let sql = "SELECT person, department FROM supervisor ORDER BY person, department";
    tx.list(sql, [], |row| Ok((row.get(0)?, row.get(1)?)))
}

pub(super) fn change_supervisor(
    tx: &Tx<'_>,
    department: &DepartmentId,
    from: &PersonId,
    to: Option<&PersonId>,
) -> Result<(), Fault> {
    forget(tx, from, department);
    let sql = "DELETE FROM supervisor WHERE department = ?1 AND person = ?2";
    tx.change_one("a department loses its supervisor", sql, (department, from))?;
    if let Some(to) = to {
        people::must_be_active(tx, to)?;
        appoint(tx, to, department)?;
    }
    Ok(())
}

/// Ends what somebody who leaves supervises, if it is anything.
pub(super) fn end_supervision(tx: &Tx<'_>, person: &PersonId) -> Result<(), Fault> {
    for department in supervised_by(tx, person)? {
        change_supervisor(tx, &department, person, None)?;
    }
    Ok(())
}

/// Adds a department.
pub(super) fn add(tx: &Tx<'_>, department: &Department) -> Result<(), Fault> {
    let Department { id, name, parent, group } = department;
    tx.recall.department.forget(id);
    let sql = "INSERT INTO department (id, name, parent, chat) VALUES (?1, ?2, ?3, ?4)";
    tx.execute(sql, (id, name, parent, group)).map(drop)
}

/// Writes a department as it is now.
pub(super) fn write(tx: &Tx<'_>, department: &Department) -> Result<(), Fault> {
    tx.execute("DELETE FROM department WHERE id = ?1", [&department.id])?;
    add(tx, department)
}

/// A department is no longer there, and neither is anybody's place in it.
pub(super) fn remove(tx: &Tx<'_>, id: &DepartmentId) -> Result<(), Fault> {
    tx.recall.department.forget(id);
    tx.recall.supervised_by.clear();
    tx.recall.supervisors.clear();
    tx.recall.person.clear();
    tx.recall.grant.clear();
    for sql in [
        "DELETE FROM supervisor WHERE department = ?1",
        "DELETE FROM membership WHERE department = ?1",
        "DELETE FROM admin_department WHERE department = ?1",
        "DELETE FROM department WHERE id = ?1",
    ] {
        tx.execute(sql, [id])?;
    }
    Ok(())
}

/// Makes the departments that somebody supervises just these.
pub(super) fn set_supervised(tx: &Tx<'_>, person: &PersonId, seen: &[DepartmentId]) -> Result<(), Fault> {
    let known = supervised_by(tx, person)?;
    for department in known.iter().filter(|known| !seen.contains(known)) {
        change_supervisor(tx, department, person, None)?;
    }
    seen.iter()
        .filter(|seen| !known.contains(seen))
        .try_for_each(|department| appoint(tx, person, department))
}

/// Makes the departments and their supervisors just these.
pub(super) fn replace(
    tx: &Tx<'_>,
    departments: &[Department],
    supervisors: &[(PersonId, DepartmentId)],
) -> Result<(), Fault> {
    tx.recall.department.clear();
    tx.execute("DELETE FROM department", [])?;
    departments.iter().try_for_each(|department| add(tx, department))?;
    tx.recall.supervised_by.clear();
    tx.recall.supervisors.clear();
    tx.execute("DELETE FROM supervisor", [])?;
    supervisors.iter().try_for_each(|(person, department)| appoint(tx, person, department))
}

/// Somebody may be appointed who already is a supervisor there.
fn appoint(tx: &Tx<'_>, person: &PersonId, department: &DepartmentId) -> Result<(), Fault> {
    forget(tx, person, department);
    tx.recall.supervising.add(person);
    tx.recall.led.add(department);
    let sql = "INSERT OR IGNORE INTO supervisor (department, person) VALUES (?1, ?2)";
    tx.execute(sql, (department, person)).map(drop)
}

/// Who supervises what is about to change.
fn forget(tx: &Tx<'_>, person: &PersonId, department: &DepartmentId) {
    tx.recall.supervised_by.forget(person);
    tx.recall.supervisors.forget(department);
}

fn read(row: &Row<'_>) -> rusqlite::Result<Department> {
    Ok(Department { id: row.get(0)?, name: row.get(1)?, parent: row.get(2)?, group: row.get(3)? })
}
