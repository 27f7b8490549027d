//! A transaction: the only way to read or write, and the few helpers that every table's file uses.

use std::cell::RefCell;
use std::collections::HashMap;
use std::fmt;
use std::ops::{Deref, DerefMut};

use foldhash::fast::RandomState;
use rusqlite::{CachedStatement, Connection, ErrorCode, OptionalExtension, Params, Row, types::FromSql};

use super::recall::Recall;
use crate::domain::Fault;

/// A transaction that is open. Reads go through [`crate::domain::Directory`] and
/// [`crate::domain::Memory`], which it implements.
pub struct Tx<'store> {
    connection: &'store Connection,
    /// What earlier reads found.
    pub(super) recall: &'store Recall,
    statements: Statements<'store>,
    /// A savepoint could not be undone, so that no part of the transaction may be kept.
    broken: bool,
}

impl fmt::Debug for Tx<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tx").field("broken", &self.broken).finish_non_exhaustive()
    }
}

impl<'store> Tx<'store> {
    /// Does a part of the work so that, on an error or a panic, only this part is undone.
    ///
    /// When the disk is full or fails, SQLite undoes the whole transaction instead. Then everything
    /// that is tried later in it is a fault, and so is its commit.
    pub fn savepoint<T, E: From<Fault>>(
        &mut self,
        work: impl FnOnce(&mut Self) -> Result<T, E>,
    ) -> Result<T, E> {
        self.run("SAVEPOINT part")?;
        let mut part = Part { tx: self, kept: false };
        let value = work(part.tx)?;
        part.tx.run("RELEASE part")?;
        part.kept = true;
        Ok(value)
    }

    pub(super) fn commit(self) -> Result<(), Fault> {
        self.run("COMMIT")
    }

    /// Executes a statement; gives how many rows it changed. Statements are ours alone, as the type of them has it:
    /// whatever comes from elsewhere is bound.
    pub(super) fn execute(&self, sql: &'static str, params: impl Params) -> Result<usize, Fault> {
        self.prepare(sql)?.execute(params).map_err(fault)
    }

    /// Executes a statement that must change one row: otherwise the decision behind it was wrong.
    pub(super) fn change_one(&self, what: &str, sql: &'static str, params: impl Params) -> Result<(), Fault> {
        match self.execute(sql, params)? {
            1 => Ok(()),
            _ => Err(Fault(format!("there was nothing to change: {what}"))),
        }
    }

    /// Reads the first row, if there is one.
    pub(super) fn find<T>(
        &self,
        sql: &'static str,
        params: impl Params,
        read: impl FnOnce(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Option<T>, Fault> {
        self.prepare(sql)?.query_row(params, read).optional().map_err(fault)
    }

    /// Reads the only value of the only row.
    pub(super) fn value<T: FromSql>(&self, sql: &'static str, params: impl Params) -> Result<T, Fault> {
        self.prepare(sql)?.query_row(params, |row| row.get(0)).map_err(fault)
    }

    /// Reads every row, one after the other.
    pub(super) fn each(
        &self,
        sql: &'static str,
        params: impl Params,
        mut read: impl FnMut(&Row<'_>) -> rusqlite::Result<()>,
    ) -> Result<(), Fault> {
        self.each_while(sql, params, |row| read(row).map(|()| true))
    }

    /// Reads one row after the other, as long as more are wanted.
    pub(super) fn each_while(
        &self,
        sql: &'static str,
        params: impl Params,
        mut read: impl FnMut(&Row<'_>) -> rusqlite::Result<bool>,
    ) -> Result<(), Fault> {
        let mut statement = self.prepare(sql)?;
        let mut rows = statement.query(params).map_err(fault)?;
        while let Some(row) = rows.next().map_err(fault)? {
            if !read(row).map_err(fault)? {
                break;
            }
        }
        Ok(())
    }

    /// Reads every row.
    pub(super) fn list<T>(
        &self,
        sql: &'static str,
        params: impl Params,
        read: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Vec<T>, Fault> {
        let mut statement = self.prepare(sql)?;
        let rows = statement.query_map(params, read).map_err(fault)?;
        rows.collect::<rusqlite::Result<_>>().map_err(fault)
    }

    /// Every key of a kind that has rows, at most so many.
    pub(super) fn keys<K: FromSql>(&self, sql: &'static str, most: usize) -> Result<Vec<K>, Fault> {
        self.list(sql, [limit(most)], |row| row.get(0))
    }

    /// Takes a statement from those that are prepared. Some errors make SQLite undo the whole transaction by itself;
    /// a statement after that would be committed on its own, so none is given.
    pub(super) fn prepare(&self, sql: &'static str) -> Result<Prepared<'_, 'store>, Fault> {
        if self.broken || self.connection.is_autocommit() {
            return Err(Fault("the transaction was undone".to_owned()));
        }
        self.statements.take(self.connection, sql)
    }

    fn run(&self, sql: &'static str) -> Result<(), Fault> {
        self.execute(sql, []).map(drop)
    }
}

/// The statements that this transaction has used. The connection keeps them by their text, which would have to be read
/// and copied at each use; here they are known by where their text lies.
#[derive(Default)]
struct Statements<'store> {
    places: RefCell<HashMap<*const str, usize, RandomState>>,
    /// Those that are not in use, each in its place.
    kept: RefCell<Vec<Option<CachedStatement<'store>>>>,
}

impl<'store> Statements<'store> {
    fn take(&self, connection: &'store Connection, sql: &'static str) -> Result<Prepared<'_, 'store>, Fault> {
        let mut kept = self.kept.borrow_mut();
        let place = *self.places.borrow_mut().entry(std::ptr::from_ref(sql)).or_insert_with(|| {
            kept.push(None);
            kept.len() - 1
        });
        let statement = match kept[place].take() {
            Some(statement) => statement,
            None => connection.prepare_cached(sql).map_err(fault)?,
        };
        Ok(Prepared { place, statement: Some(statement), kept_in: self })
    }
}

/// A statement in use; dropped, it can be used again.
pub(super) struct Prepared<'tx, 'store> {
    place: usize,
    /// There is one until the drop.
    statement: Option<CachedStatement<'store>>,
    kept_in: &'tx Statements<'store>,
}

impl<'store> Deref for Prepared<'_, 'store> {
    type Target = CachedStatement<'store>;

    fn deref(&self) -> &Self::Target {
        self.statement.as_ref().expect("only the drop takes it")
    }
}

impl DerefMut for Prepared<'_, '_> {
    fn deref_mut(&mut self) -> &mut Self::Target {
        self.statement.as_mut().expect("only the drop takes it")
    }
}

impl Drop for Prepared<'_, '_> {
    fn drop(&mut self) {
        self.kept_in.kept.borrow_mut()[self.place] = self.statement.take();
    }
}

/// An open savepoint; dropped without being kept, it is undone.
struct Part<'tx, 'store> {
    tx: &'tx mut Tx<'store>,
    kept: bool,
}

impl Drop for Part<'_, '_> {
    fn drop(&mut self) {
        if !self.kept {
            self.tx.recall.clear();
            let undone = self.tx.run("ROLLBACK TO part").and_then(|()| self.tx.run("RELEASE part"));
            self.tx.broken |= undone.is_err();
        }
    }
}

/// Opens a transaction that may write at once, so that no read in it can be outdated.
pub(super) fn begin<'store>(
    connection: &'store Connection,
    recall: &'store Recall,
) -> Result<Tx<'store>, Fault> {
    execute(connection, "BEGIN IMMEDIATE")?;
    let tx = Tx { connection, recall, statements: Statements::default(), broken: false };
    recall.keep_as_of(tx.value("PRAGMA data_version", [])?);
    Ok(tx)
}

/// Opens a transaction that sees the database as it is now, whatever another process writes meanwhile.
pub(super) fn begin_reading<'store>(
    connection: &'store Connection,
    recall: &'store Recall,
) -> Result<Tx<'store>, Fault> {
    execute(connection, "BEGIN")?;
    Ok(Tx { connection, recall, statements: Statements::default(), broken: false })
}

/// The first damage that a complete check of the file finds, in one line.
pub(super) fn damage(connection: &Connection) -> Result<Option<String>, Fault> {
    let sql = "PRAGMA integrity_check(1)";
    let found: String = connection.query_row(sql, [], |row| row.get(0)).map_err(fault)?;
    let lines = found.lines().map(str::trim).filter(|line| !line.starts_with("***"));
    Ok((found != "ok").then(|| lines.collect::<Vec<_>>().join("; ")))
}

/// Undoes the transaction that is open, if there is one.
pub(super) fn undo(connection: &Connection) -> Result<(), Fault> {
    if connection.is_autocommit() { Ok(()) } else { execute(connection, "ROLLBACK") }
}

fn execute(connection: &Connection, sql: &'static str) -> Result<(), Fault> {
    connection.prepare_cached(sql).and_then(|mut statement| statement.execute([])).map_err(fault)?;
    Ok(())
}

/// What a fault says when another program has the database locked.
pub const LOCKED: &str = "another program has the database locked";

#[allow(clippy::needless_pass_by_value, reason = "it stands where errors are mapped")]
pub(super) fn fault(error: rusqlite::Error) -> Fault {
    match error.sqlite_error_code() {
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Fault(LOCKED.to_owned()),
        _ => Fault(error.to_string()),
    }
}

/// A count as SQLite takes it.
pub(super) fn limit(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}
