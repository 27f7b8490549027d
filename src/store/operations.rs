//! The table `operation`: every operation, from its request on.

use rusqlite::Row;

use super::Tx;
use super::values::known;
use crate::domain::{ApprovalId, Code, Conversation, Fault, Operation, PersonId, State, Target, Timestamp};

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT code, verb, command, requester, conversation, target_kind, target, irreversible, shown,
                    state, until, tries_left, created FROM operation ",
            $rest
        )
    };
}

impl Tx<'_> {
    /// Every operation, in the order in which they were asked for.
    pub fn operations(&self) -> Result<Vec<Operation>, Fault> {
        self.list(select!("ORDER BY id"), [], read)
    }

    /// When the next waiting operation expires.
    pub fn next_deadline(&self) -> Result<Option<Timestamp>, Fault> {
        self.value("SELECT min(until) FROM operation WHERE until IS NOT NULL", [])
    }

    /// Waits for nobody's confirmation, and nobody's secret, longer than until then.
    ///
    /// # Errors
    /// When the store can't be written.
    pub fn wait_no_longer(&self, confirmation: Timestamp, secret: Timestamp) -> Result<(), Fault> {
        for (state, until) in [("awaiting_confirmation", confirmation), ("awaiting_secret", secret)] {
            let sql = "UPDATE operation SET until = ?2 WHERE state = ?1 AND until > ?2";
            if self.execute(sql, (state, until))? > 0 {
                self.recall.operation.clear();
                self.recall.open_of.clear();
            }
        }
        Ok(())
    }
}

pub(super) fn find(tx: &Tx<'_>, code: &Code) -> Result<Option<Operation>, Fault> {
    let read = || tx.find(select!("WHERE code = ?1"), [code], read);
    let keys = |most| tx.keys("SELECT code FROM operation LIMIT ?1", most);
    tx.recall.codes.find(&tx.recall.operation, code, keys, read)
}

pub(super) fn waiting_in(
    tx: &Tx<'_>,
    person: &PersonId,
    conversation: &Conversation,
) -> Result<Option<Operation>, Fault> {
    let open = open_of(tx, person)?;
    Ok(open.into_iter().find(|open| open.conversation == *conversation && open.state.is_waiting()))
}

pub(super) fn open_of(tx: &Tx<'_>, person: &PersonId) -> Result<Vec<Operation>, Fault> {
    let read = || {
        let waiting = select!("WHERE requester = ?1 AND until IS NOT NULL ORDER BY id");
        let executing = select!("WHERE requester = ?1 AND state = 'executing' ORDER BY id");
        Ok([tx.list(waiting, [person], read)?, tx.list(executing, [person], read)?].concat())
    };
    let keys = |most| {
        let sql = "SELECT requester FROM operation WHERE until IS NOT NULL
                   UNION SELECT requester FROM operation WHERE state = 'executing' LIMIT ?1";
        tx.keys(sql, most)
    };
    tx.recall.requesters.find(&tx.recall.open_of, person, keys, read)
}

pub(super) fn executing(tx: &Tx<'_>) -> Result<Vec<Operation>, Fault> {
    let sql = select!("INDEXED BY operation_executing WHERE state = 'executing' ORDER BY id");
    tx.recall.executing.get_or_read(&(), || tx.list(sql, [], read))
}

pub(super) fn lapsed(tx: &Tx<'_>, now: Timestamp) -> Result<Vec<Operation>, Fault> {
    tx.list(select!("WHERE until IS NOT NULL AND until <= ?1 ORDER BY until, id"), [now], read)
}

pub(super) fn asking_secret(tx: &Tx<'_>, person: &PersonId) -> Result<Option<Operation>, Fault> {
    Ok(open_of(tx, person)?.into_iter().find(|open| open.state.tries_left().is_some()))
}

pub(super) fn irreversible_since(tx: &Tx<'_>, person: &PersonId, since: Timestamp) -> Result<u32, Fault> {
    let count = || {
        let sql = "SELECT count(*) FROM operation
                   WHERE irreversible = 1 AND state = 'done' AND requester = ?1 AND finished_at >= ?2";
        tx.value(sql, (person, since))
    };
    let keys = |most| {
        let sql =
            "SELECT DISTINCT requester FROM operation WHERE irreversible = 1 AND state = 'done' LIMIT ?1";
        tx.keys(sql, most)
    };
    if tx.recall.finishers.may_have(person, keys)? {
        return count();
    }
    debug_assert_eq!(count()?, 0, "{person} is remembered as having finished nothing");
    Ok(0)
}

pub(super) fn open(tx: &Tx<'_>, operation: &Operation) -> Result<(), Fault> {
    let Operation { code, verb, command, requester, conversation, .. } = operation;
    let Operation { target, irreversible, shown, state, created, .. } = operation;
    let target_kind = match target {
        Target::Approval(_) => "approval",
        Target::Person(_) => "person",
    };
    let mut open = open_of(tx, requester)?;
    tx.execute(
        "INSERT INTO operation (code, verb, command, requester, conversation, target_kind, target,
             irreversible, shown, state, until, tries_left, created, finished_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)",
        rusqlite::params![
            code,
            verb,
            command,
            requester,
            conversation,
            target_kind,
            target.as_str(),
            irreversible,
            shown,
            state.as_str(),
            state.until(),
            state.tries_left(),
            created,
            state.is_final().then_some(created),
        ],
    )?;
    tx.recall.codes.add(code);
    tx.recall.operation.keep(code.clone(), Some(operation.clone()));
    if *state == State::Executing {
        tx.recall.executing.clear();
    }
    // Those that wait come before those that are being carried out.
    if state.is_waiting() {
        let place = open.iter().take_while(|open| open.state.is_waiting()).count();
        open.insert(place, operation.clone());
        tx.recall.open_of.keep(requester.clone(), open);
    } else {
        tx.recall.open_of.forget(requester);
    }
    tx.recall.requesters.add(requester);
    Ok(())
}

/// Moves an operation on, where the table of states allows it.
pub(super) fn advance(tx: &Tx<'_>, code: &Code, next: State, at: Timestamp) -> Result<(), Fault> {
    let mut operation = find(tx, code)?.ok_or_else(|| Fault(format!("there is no operation {code}")))?;
    let from = operation.state;
    if [from, next].contains(&State::Executing) {
        tx.recall.executing.clear();
    }
    if !from.may_become(next) {
        let (from, to) = (from.as_str(), next.as_str());
        return Err(Fault(format!("operation {code} is {from} and can't become {to}")));
    }
    // The words of the request may hold a reason and a note; nobody reads them again once it has ended.
    let command = if next.is_final() { String::new() } else { std::mem::take(&mut operation.command) };
    tx.change_one(
        "an operation goes on",
        "UPDATE operation SET state = ?2, until = ?3, tries_left = ?4, finished_at = ?5, command = ?6 WHERE code = ?1",
        (code, next.as_str(), next.until(), next.tries_left(), next.is_final().then_some(at), &command),
    )?;
    if next == State::Done && operation.irreversible {
        tx.recall.finishers.add(&operation.requester);
    }
    if next.is_final() {
        // It is hardly ever asked for again.
        tx.recall.operation.forget(code);
        tx.recall.open_of.change(&operation.requester, |open| open.retain(|open| open.code != *code));
    } else {
        tx.recall.open_of.forget(&operation.requester);
        operation.command = command;
        operation.state = next;
        tx.recall.operation.keep(code.clone(), Some(operation));
    }
    Ok(())
}

fn read(row: &Row<'_>) -> rusqlite::Result<Operation> {
    let target_kind: String = row.get(5)?;
    let target = match target_kind.as_str() {
        "approval" => Target::Approval(ApprovalId::new(row.get::<_, String>(6)?)),
        _ => Target::Person(PersonId::new(row.get::<_, String>(6)?)),
    };
    Ok(Operation {
        code: row.get(0)?,
        verb: row.get(1)?,
        command: row.get(2)?,
        requester: row.get(3)?,
        conversation: row.get(4)?,
        target,
        irreversible: row.get(7)?,
        shown: row.get(8)?,
        state: state(row, 9)?,
        created: row.get(12)?,
    })
}

/// Reads a state from the three columns that begin there.
fn state(row: &Row<'_>, column: usize) -> rusqlite::Result<State> {
    let word = row.get_ref(column)?.as_str()?;
    let tries_left: Option<u32> = row.get(column + 2)?;
    Ok(known("State", State::restore(word, row.get(column + 1)?, tries_left.unwrap_or(0)))?)
}
