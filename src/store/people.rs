//! The tables `person` and `membership`.

use rusqlite::Row;

use super::{Tx, admins, credentials, departments, follow_ups, people_keys};
use crate::domain::{DepartmentId, Fault, Gone, Person, PersonId, PersonStatus, Timestamp};

/// Why somebody left, as far as it is known.
pub(super) struct Departure<'a> {
    pub(super) at: Timestamp,
    pub(super) actor: Option<&'a PersonId>,
    pub(super) reason: Option<&'a str>,
}

pub(super) fn find(tx: &Tx<'_>, id: &PersonId) -> Result<Option<Person>, Fault> {
    tx.recall.person.get_or_read(id, || find_in_table(tx, id))
}

fn find_in_table(tx: &Tx<'_>, id: &PersonId) -> Result<Option<Person>, Fault> {
    let sql = "SELECT id, name, phone, email, status, department
               FROM person LEFT JOIN membership ON membership.person = id WHERE id = ?1 ORDER BY department";
    let mut found: Option<Person> = None;
    tx.each(sql, [id], |row| {
        let department: Option<DepartmentId> = row.get(5)?;
        match &mut found {
            Some(person) => person.departments.extend(department),
            None => found = Some(Person { departments: department.into_iter().collect(), ..read(row)? }),
        }
        Ok(())
    })?;
    Ok(found)
}

/// How somebody left.
pub(super) fn gone(tx: &Tx<'_>, id: &PersonId) -> Result<Option<Gone>, Fault> {
    let sql = "SELECT left_at, left_by, reason FROM person WHERE id = ?1 AND left_at IS NOT NULL";
    tx.find(sql, [id], |row| Ok(Gone { at: row.get(0)?, by: row.get(1)?, reason: row.get(2)? }))
}

/// Everybody, here or gone, by id.
pub(super) fn all(tx: &Tx<'_>) -> Result<Vec<Person>, Fault> {
    let mut people = tx.list("SELECT id, name, phone, email, status FROM person ORDER BY id", [], read)?;
    let sql = "SELECT person, department FROM membership ORDER BY person, department";
    let memberships: Vec<(PersonId, DepartmentId)> =
        tx.list(sql, [], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let mut memberships = memberships.into_iter().peekable();
    for person in &mut people {
        let next = || memberships.next_if(|(member, _)| *member == person.id);
        person.departments.extend(std::iter::from_fn(next).map(|(_, department)| department));
    }
    Ok(people)
}

pub(super) fn active_ids(tx: &Tx<'_>) -> Result<Vec<PersonId>, Fault> {
    tx.list("SELECT id FROM person WHERE status = 'active' ORDER BY id", [], |row| row.get(0))
}

/// Whoever gets rights or duties must be here.
pub(super) fn must_be_active(tx: &Tx<'_>, id: &PersonId) -> Result<(), Fault> {
    match find(tx, id)?.filter(Person::is_active) {
        Some(_) => Ok(()),
        None => Err(Fault(format!("{id} is not active"))),
    }
}

/// Writes somebody as they are now, except for the search keys; `known` is how they were. Nothing binds
/// somebody who is gone.
pub(super) fn write(tx: &Tx<'_>, person: &Person, known: Option<&Person>) -> Result<(), Fault> {
    tx.recall.person.forget(&person.id);
    tx.execute(
        "INSERT INTO person (id, name, phone, email, status) VALUES (?1, ?2, ?3, ?4, ?5)
         ON CONFLICT (id) DO UPDATE SET
             name = excluded.name, phone = excluded.phone, email = excluded.email, status = excluded.status",
        (&person.id, &person.name, &person.phone, &person.email, person.status),
    )?;
    let before = known.map_or(&[][..], |known| &known.departments);
    if !person.is_active() {
        return end_relations(tx, &person.id, before);
    }
    if before != person.departments {
        if !before.is_empty() {
            tx.execute("DELETE FROM membership WHERE person = ?1", [&person.id])?;
        }
        for department in &person.departments {
            tx.execute(
                "INSERT OR IGNORE INTO membership (person, department) VALUES (?1, ?2)",
                (&person.id, department),
            )?;
        }
    }
    Ok(())
}

/// Somebody leaves: what binds them to the organisation ends, and the phone is released.
pub(super) fn depart(tx: &Tx<'_>, id: &PersonId, departure: &Departure<'_>) -> Result<(), Fault> {
    let known = find(tx, id)?.ok_or_else(|| Fault(format!("{id} is unknown and can't leave")))?;
    tx.recall.person.forget(id);
    tx.change_one(
        "somebody leaves",
        "UPDATE person SET status = 'departed', phone = NULL, email = NULL, left_at = ?2, left_by = ?3, reason = ?4
         WHERE id = ?1 AND status = 'active'",
        (id, departure.at, departure.actor, departure.reason),
    )?;
    end_relations(tx, id, &known.departments)
}

/// Somebody is erased, but for the id.
pub(super) fn close(tx: &Tx<'_>, known: &Person, at: Timestamp) -> Result<(), Fault> {
    people_keys::forget(tx, known)?;
    tx.recall.person.forget(&known.id);
    tx.change_one(
        "an account is closed",
        "UPDATE person SET status = 'closed', name = '', phone = NULL, email = NULL, left_at = ?2, left_by = ?1
         WHERE id = ?1 AND status = 'active'",
        (&known.id, at),
    )?;
    end_relations(tx, &known.id, &known.departments)
}

/// Ends every membership, right, relation and credential of somebody who is no longer here.
fn end_relations(tx: &Tx<'_>, id: &PersonId, departments: &[DepartmentId]) -> Result<(), Fault> {
    admins::end(tx, id)?;
    departments::end_supervision(tx, id)?;
    credentials::end(tx, id)?;
    follow_ups::end_reminders(tx, id)?;
    // Row by row: to delete an unknown number, SQLite makes a list of them first.
    for department in departments {
        let sql = "DELETE FROM membership WHERE person = ?1 AND department = ?2";
        tx.execute(sql, (id, department))?;
    }
    Ok(())
}

fn read(row: &Row<'_>) -> rusqlite::Result<Person> {
    Ok(Person {
        id: row.get(0)?,
        name: row.get(1)?,
        phone: row.get(2)?,
        email: row.get(3)?,
        departments: Vec::new(),
        status: row.get::<_, PersonStatus>(4)?,
    })
}
