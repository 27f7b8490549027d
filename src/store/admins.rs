//! The tables `admin` and `admin_department`.

use super::{Tx, people};
use crate::domain::{DepartmentId, Fault, Grant, PersonId};

pub(super) fn find(tx: &Tx<'_>, person: &PersonId) -> Result<Option<Grant>, Fault> {
    let keys = |most| tx.keys("SELECT person FROM admin LIMIT ?1", most);
    tx.recall.admins.find(&tx.recall.grant, person, keys, || find_in_table(tx, person))
}

fn find_in_table(tx: &Tx<'_>, person: &PersonId) -> Result<Option<Grant>, Fault> {
    let sql = "SELECT level, permissions, department FROM admin LEFT JOIN admin_department USING (person)
               WHERE person = ?1 ORDER BY department";
    let mut found: Option<Grant> = None;
    tx.each(sql, [person], |row| {
        let department: Option<DepartmentId> = row.get(2)?;
        match &mut found {
            Some(grant) => grant.departments.extend(department),
            None => {
                let departments = department.into_iter().collect();
                found = Some(Grant { level: row.get(0)?, departments, permissions: row.get(1)? });
            }
        }
        Ok(())
    })?;
    Ok(found)
}

/// Every admin, main admins first, then by id.
pub(super) fn all(tx: &Tx<'_>) -> Result<Vec<(PersonId, Grant)>, Fault> {
    let sql = "SELECT person, level, permissions FROM admin ORDER BY level, person";
    let mut admins = tx.list(sql, [], |row| {
        let grant = Grant { level: row.get(1)?, departments: Vec::new(), permissions: row.get(2)? };
        Ok((row.get(0)?, grant))
    })?;
    for (person, grant) in &mut admins {
        grant.departments = departments(tx, person)?;
    }
    Ok(admins)
}

/// Gives rights, or other rights than before.
pub(super) fn grant(tx: &Tx<'_>, person: &PersonId, grant: &Grant) -> Result<(), Fault> {
    people::must_be_active(tx, person)?;
    tx.recall.admins.add(person);
    tx.recall.grant.forget(person);
    tx.execute("DELETE FROM admin WHERE person = ?1", [person])?;
    tx.execute(
        "INSERT INTO admin (person, level, permissions) VALUES (?1, ?2, ?3)",
        (person, grant.level, grant.permissions),
    )?;
    for department in &grant.departments {
        let sql = "INSERT OR IGNORE INTO admin_department (person, department) VALUES (?1, ?2)";
        tx.execute(sql, (person, department))?;
    }
    Ok(())
}

pub(super) fn revoke(tx: &Tx<'_>, person: &PersonId) -> Result<(), Fault> {
    tx.recall.grant.forget(person);
    tx.change_one("admin rights end", "DELETE FROM admin WHERE person = ?1", [person])
}

/// Ends the rights of somebody who leaves, if there are any.
pub(super) fn end(tx: &Tx<'_>, person: &PersonId) -> Result<(), Fault> {
    match find(tx, person)? {
        Some(_) => revoke(tx, person),
        None => Ok(()),
    }
}

/// Makes the admins just these.
pub(super) fn replace(tx: &Tx<'_>, admins: &[(PersonId, Grant)]) -> Result<(), Fault> {
    tx.recall.grant.clear();
    tx.execute("DELETE FROM admin", [])?;
    admins.iter().try_for_each(|(person, rights)| grant(tx, person, rights))
}

fn departments(tx: &Tx<'_>, person: &PersonId) -> Result<Vec<DepartmentId>, Fault> {
    let sql = "SELECT department FROM admin_department WHERE person = ?1 ORDER BY department";
    tx.list(sql, [person], |row| row.get(0))
}
