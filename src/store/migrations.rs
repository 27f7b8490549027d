//! The schema's history: each file is applied once, in its own transaction, and never edited later.

use rusqlite::{Connection, TransactionBehavior};

/// Marks the file as Usher's: the letters `Ushr`.
pub(super) const APPLICATION_ID: i32 = 0x5573_6872;

/// The newest schema that this program knows.
pub(super) const NEWEST: usize = MIGRATIONS.len();

const MIGRATIONS: [&str; 14] = [
    include_str!("migrations/0001_organisation.sql"),
    include_str!("migrations/0002_memory.sql"),
    include_str!("migrations/0003_audit.sql"),
    include_str!("migrations/0004_consultation.sql"),
    include_str!("migrations/0005_closing.sql"),
    include_str!("migrations/0006_lean.sql"),
    include_str!("migrations/0007_steps.sql"),
    include_str!("migrations/0008_notices.sql"),
    include_str!("migrations/0009_quota.sql"),
    include_str!("migrations/0010_swift.sql"),
    include_str!("migrations/0011_leaving.sql"),
    include_str!("migrations/0012_readings.sql"),
    include_str!("migrations/0013_copy.sql"),
    include_str!("migrations/0014_erasing.sql"),
];

/// Brings the schema from a version to a later one.
pub(super) fn apply(connection: &mut Connection, from: usize, to: usize) -> rusqlite::Result<()> {
    for (version, sql) in (1_i64..).zip(MIGRATIONS).take(to).skip(from) {
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        transaction.execute_batch(sql)?;
        transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
        transaction.pragma_update(None, "user_version", version)?;
        transaction.commit()?;
    }
    Ok(())
}
