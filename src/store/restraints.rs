//! The tables `wrong_secret` and `restraint`: what holds people back who guess or act too much.

use super::Tx;
use crate::domain::{Fault, PersonId, Timestamp};

pub(super) fn wrong_secrets(tx: &Tx<'_>, person: &PersonId, since: Timestamp) -> Result<u32, Fault> {
    tx.value("SELECT count(*) FROM wrong_secret WHERE person = ?1 AND at >= ?2", (person, since))
}

pub(super) fn note_wrong_secret(tx: &Tx<'_>, person: &PersonId, at: Timestamp) -> Result<(), Fault> {
    tx.execute("INSERT INTO wrong_secret (person, at) VALUES (?1, ?2)", (person, at)).map(drop)
}

pub(super) fn locked_until(tx: &Tx<'_>, person: &PersonId) -> Result<Option<Timestamp>, Fault> {
    let sql = "SELECT locked_until FROM restraint WHERE person = ?1";
    Ok(tx.find(sql, [person], |row| row.get(0))?.flatten())
}

pub(super) fn lock(tx: &Tx<'_>, person: &PersonId, until: Timestamp) -> Result<(), Fault> {
    tx.execute(
        "INSERT INTO restraint (person, locked_until) VALUES (?1, ?2)
         ON CONFLICT (person) DO UPDATE SET locked_until = excluded.locked_until",
        (person, until),
    )
    .map(drop)
}

pub(super) fn limit_told(tx: &Tx<'_>, person: &PersonId) -> Result<Option<Timestamp>, Fault> {
    let sql = "SELECT limit_told FROM restraint WHERE person = ?1";
    Ok(tx.find(sql, [person], |row| row.get(0))?.flatten())
}

pub(super) fn note_limit_told(tx: &Tx<'_>, person: &PersonId, at: Timestamp) -> Result<(), Fault> {
    tx.execute(
        "INSERT INTO restraint (person, limit_told) VALUES (?1, ?2)
         ON CONFLICT (person) DO UPDATE SET limit_told = excluded.limit_told",
        (person, at),
    )
    .map(drop)
}
