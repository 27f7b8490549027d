//! The table `person_key`: what active people are found by. It always is what `domain::names` makes of
//! their ids and names; a release that changes those rules comes with a migration that empties it and
//! an import. The keys of who has left stay, and are passed over: to take them out would cost more than
//! everything else that is written when somebody leaves.

use std::collections::BTreeSet;

use super::Tx;
use super::tx::{fault, limit as count};
use crate::domain::{Fault, Person, PersonId, names};

/// What a key is compared with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    Name = 1,
    Skeleton = 2,
    Search = 3,
}

/// Keys that are not written yet.
pub(super) type NewKeys = Vec<(Kind, String, PersonId)>;

/// Greater than every character that a key goes on with.
const LAST: char = char::MAX;

/// A person's keys; somebody who is gone has none.
pub(super) fn of(person: &Person) -> Vec<(Kind, String)> {
    if !person.is_active() {
        return Vec::new();
    }
    let mut keys =
        vec![(Kind::Name, names::fold(&person.name)), (Kind::Skeleton, names::skeleton(&person.name))];
    keys.extend(names::keys(person.id.as_str(), &person.name).into_iter().map(|key| (Kind::Search, key)));
    keys
}

/// Writes keys in their order, so that each part of a large index is touched once and not for each key.
pub(super) fn remember(tx: &Tx<'_>, keys: &mut NewKeys) -> Result<(), Fault> {
    keys.sort_unstable();
    let sql = "INSERT OR IGNORE INTO person_key (kind, key, person) VALUES (?1, ?2, ?3)";
    let mut statement = tx.prepare(sql)?;
    for (kind, key, person) in keys.drain(..) {
        statement.execute((kind as i64, key, person)).map_err(fault)?;
    }
    Ok(())
}

/// Removes the keys that the person has had until now.
pub(super) fn forget(tx: &Tx<'_>, person: &Person) -> Result<(), Fault> {
    for (kind, key) in of(person) {
        let sql = "DELETE FROM person_key WHERE kind = ?1 AND key = ?2 AND person = ?3";
        tx.execute(sql, (kind as i64, key, &person.id))?;
    }
    Ok(())
}

/// Whose key this is, by id.
pub(super) fn exactly(tx: &Tx<'_>, kind: Kind, key: &str, limit: usize) -> Result<Vec<PersonId>, Fault> {
    let sql = "SELECT person FROM person_key JOIN person ON person.id = person
               WHERE kind = ?1 AND key = ?2 AND status = 'active' ORDER BY person LIMIT ?3";
    tx.list(sql, (kind as i64, key, count(limit)), |row| row.get(0))
}

/// Whose search keys start so, by id. Where there are more than the limit, the keys that come first
/// decide, so that a key that is just the prefix is never left out.
pub(super) fn starting(tx: &Tx<'_>, prefix: &str, limit: usize) -> Result<Vec<PersonId>, Fault> {
    let mut statement = tx.prepare(
        "SELECT person FROM person_key JOIN person ON person.id = person
         WHERE kind = 3 AND key >= ?1 AND key < ?2 AND status = 'active' ORDER BY key, person",
    )?;
    let mut rows = statement.query((prefix, format!("{prefix}{LAST}"))).map_err(fault)?;
    let mut people = BTreeSet::new();
    while people.len() < limit {
        let Some(row) = rows.next().map_err(fault)? else { break };
        people.insert(row.get(0).map_err(fault)?);
    }
    Ok(people.into_iter().collect())
}

/// Search keys to compare a spelling with: everybody's, or where these are more than the limit, those that
/// begin like it, with as few letters as leave no more.
pub(super) fn spellings(tx: &Tx<'_>, near: &str, limit: usize) -> Result<Vec<(String, PersonId)>, Fault> {
    let too_many = "SELECT 1 FROM person_key WHERE kind = 3 AND key >= ?1 AND key < ?2 LIMIT 1 OFFSET ?3";
    let mut begin = "";
    for (end, letter) in near.char_indices() {
        if tx.find(too_many, (begin, format!("{begin}{LAST}"), count(limit)), |_| Ok(()))?.is_none() {
            break;
        }
        begin = &near[..end + letter.len_utf8()];
    }
    tx.list(
        "SELECT key, person FROM person_key WHERE kind = 3 AND key >= ?1 AND key < ?2 ORDER BY key LIMIT ?3",
        (begin, format!("{begin}{LAST}"), count(limit)),
        |row| Ok((row.get(0)?, row.get(1)?)),
    )
}
