//! `usher audit`: the audit log, shown and verified.

use std::path::Path;

use super::{Failure, world};
use crate::domain::{Directory, Fault};
use crate::store::AuditEntry;

/// How many entries are read at a time.
const PAGE: usize = 1_000;

/// Prints the newest entries, the oldest of them first.
pub(super) fn show(db: &Path, count: usize) -> Result<(), Failure> {
    let mut store = world::open_existing(db)?;
    let (entries, zone) = store
        .transact(|tx| {
            let mut entries: Vec<AuditEntry> = Vec::new();
            while entries.len() < count {
                let before = entries.last().map_or(i64::MAX, |entry| entry.seq);
                let page = tx.audit_before(before, None, PAGE.min(count - entries.len()))?;
                if page.is_empty() {
                    break;
                }
                entries.extend(page);
            }
            let zone = if tx.has_organisation()? { tx.organisation()?.timezone } else { "UTC".to_owned() };
            Ok::<_, Fault>((entries, zone))
        })
        .map_err(world::store_failed)?;
    let lines: Vec<_> = entries.iter().rev().map(|entry| line(entry, &zone)).collect();
    if lines.is_empty() { Ok(()) } else { world::print(&lines.join("\n")) }
}

fn line(entry: &AuditEntry, zone: &str) -> String {
    let record = &entry.record;
    let or_none = |text: Option<String>| text.unwrap_or_else(|| "-".to_owned());
    format!(
        "{} {} {} {} {} {} {} {}",
        entry.seq,
        entry.at.rfc3339(zone),
        record.actor,
        record.action,
        or_none(record.target.clone()),
        or_none(record.code.as_ref().map(ToString::to_string)),
        or_none(record.conversation.as_ref().map(ToString::to_string)),
        record.outcome,
    )
}

/// Walks the whole chain; names the first broken entry.
pub(super) fn verify(db: &Path) -> Result<(), Failure> {
    let mut store = world::open_existing(db)?;
    match store.transact(|tx| tx.verify_audit()).map_err(world::store_failed)? {
        Ok(entries) => world::print(&format!("{entries} entries, verified")),
        Err(broken) => Err(Failure::Failed(broken.to_string())),
    }
}
