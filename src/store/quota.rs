//! The table `quota`: how many of the platform's counted calls were made in which month.

use super::Tx;
use crate::domain::{Fault, Usage};

pub(super) fn of(tx: &Tx<'_>, month: &str) -> Result<Usage, Fault> {
    let read = tx.find("SELECT calls, told FROM quota WHERE month = ?1", [month], |row| {
        Ok(Usage { calls: row.get::<_, i64>(0)?.unsigned_abs(), is_told: row.get(1)? })
    });
    read.map(Option::unwrap_or_default)
}

pub(super) fn note(tx: &Tx<'_>, month: &str, usage: Usage) -> Result<(), Fault> {
    let calls = i64::try_from(usage.calls).unwrap_or(i64::MAX);
    let sql = "INSERT INTO quota (month, calls, told) VALUES (?1, ?2, ?3)
               ON CONFLICT (month) DO UPDATE SET calls = excluded.calls, told = excluded.told";
    tx.execute(sql, (month, calls, usage.is_told)).map(drop)
}
