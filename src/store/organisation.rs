//! The table `organisation`, which has one row, or none before the first import.

use std::sync::Arc;

use super::Tx;
use crate::domain::{Fault, Organisation, PersonId};

pub(super) fn exists(tx: &Tx<'_>) -> Result<bool, Fault> {
    tx.value("SELECT EXISTS (SELECT 1 FROM organisation)", [])
}

pub(super) fn read(tx: &Tx<'_>) -> Result<Arc<Organisation>, Fault> {
    tx.recall.organisation.get_or_read(&(), || find(tx).map(Arc::new))
}

fn find(tx: &Tx<'_>) -> Result<Organisation, Fault> {
    let sql = "SELECT id, name, locale, timezone, owner FROM organisation";
    let found = tx.find(sql, [], |row| {
        Ok(Organisation {
            id: row.get(0)?,
            name: row.get(1)?,
            locale: row.get(2)?,
            timezone: row.get(3)?,
            owner: row.get(4)?,
        })
    })?;
    found.ok_or_else(|| Fault("there is no organisation yet".to_owned()))
}

pub(super) fn write(tx: &Tx<'_>, organisation: &Organisation) -> Result<(), Fault> {
    let Organisation { id, name, locale, timezone, owner } = organisation;
    tx.recall.organisation.forget(&());
    tx.execute(
        "INSERT INTO organisation (only, id, name, locale, timezone, owner) VALUES (1, ?1, ?2, ?3, ?4, ?5)
         ON CONFLICT (only) DO UPDATE SET
             id = excluded.id, name = excluded.name, locale = excluded.locale,
             timezone = excluded.timezone, owner = excluded.owner",
        (id, name, locale, timezone, owner),
    )
    .map(drop)
}

pub(super) fn is_copy(tx: &Tx<'_>) -> Result<bool, Fault> {
    tx.value("SELECT EXISTS (SELECT 1 FROM organisation WHERE is_copy = 1)", [])
}

pub(super) fn mark_copy(tx: &Tx<'_>) -> Result<(), Fault> {
    tx.change_one("the organisation is a copy", "UPDATE organisation SET is_copy = 1", [])
}

pub(super) fn change_owner(tx: &Tx<'_>, to: &PersonId) -> Result<(), Fault> {
    tx.recall.organisation.forget(&());
    let sql = "UPDATE organisation SET owner = ?1 WHERE owner <> ?1";
    tx.change_one("the organisation gets another owner", sql, [to])
}
