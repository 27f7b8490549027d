//! The table `follow_up`: what is left to do after an operation, and for whom.

use super::Tx;
use crate::domain::{Code, Fault, PersonId, Timestamp};

pub(super) fn add(
    tx: &Tx<'_>,
    assignee: &PersonId,
    about: &PersonId,
    code: &Code,
    item: &str,
    at: Timestamp,
) -> Result<(), Fault> {
    tx.execute(
        "INSERT INTO follow_up (assignee, about, code, item, created) VALUES (?1, ?2, ?3, ?4, ?5)",
        (assignee, about, code, item, at),
    )
    .map(drop)
}
