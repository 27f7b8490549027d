//! Records the statements that a program executes, with their values, and replays them on a copy of its database: what
//! SQLite alone needs for the same work.
#![allow(
    unsafe_code,
    reason = "only SQLite's own hook sees each statement's values; it is used by this bench alone"
)]

use std::cell::RefCell;
use std::collections::HashMap;
use std::ffi::{CStr, c_char, c_int, c_uint, c_void};
use std::time::{Duration, Instant};

use rusqlite::types::Value;
use rusqlite::{Connection, Statement, ffi};

thread_local! {
    static HEARD: RefCell<Option<Recording>> = const { RefCell::new(None) };
}

/// What was executed, in order.
#[derive(Default)]
pub(crate) struct Recording {
    texts: Vec<String>,
    numbers: HashMap<String, usize>,
    runs: Vec<(usize, Vec<Value>)>,
}

/// Records what the work executes on connections that it opens itself.
pub(crate) fn record(work: impl FnOnce()) -> Recording {
    // SAFETY: SQLite calls the function for each new connection, as it calls an extension.
    unsafe { ffi::sqlite3_auto_extension(Some(listen)) };
    HEARD.set(Some(Recording::default()));
    work();
    // SAFETY: it undoes the above.
    unsafe { ffi::sqlite3_reset_auto_extension() };
    HEARD.take().expect("it was set above")
}

unsafe extern "C" fn listen(
    db: *mut ffi::sqlite3,
    _: *mut *mut c_char,
    _: *const ffi::sqlite3_api_routines,
) -> c_int {
    // SAFETY: the connection is the one that SQLite is opening.
    unsafe { ffi::sqlite3_trace_v2(db, ffi::SQLITE_TRACE_STMT as c_uint, Some(heard), std::ptr::null_mut()) }
}

unsafe extern "C" fn heard(_: c_uint, _: *mut c_void, statement: *mut c_void, text: *mut c_void) -> c_int {
    // SAFETY: for this event SQLite hands over the statement and its text, both alive during the call; what it
    // expands is ours to free.
    let (text, expanded) = unsafe {
        let text = CStr::from_ptr(text as *const c_char).to_string_lossy().into_owned();
        let expanded = ffi::sqlite3_expanded_sql(statement.cast());
        let copy = CStr::from_ptr(expanded).to_string_lossy().into_owned();
        ffi::sqlite3_free(expanded.cast());
        (text, copy)
    };
    // What a trigger does comes with its statement, as a comment.
    if !text.starts_with("--") {
        HEARD.with_borrow_mut(|recording| {
            if let Some(recording) = recording {
                recording.add(text, &expanded);
            }
        });
    }
    0
}

impl Recording {
    fn add(&mut self, text: String, expanded: &str) {
        let values = values(&text, expanded);
        let Self { texts, numbers, runs } = self;
        let number = *numbers.entry(text).or_insert_with_key(|text| {
            texts.push(text.clone());
            texts.len() - 1
        });
        runs.push((number, values));
    }

    /// Executes the settings from before the first `BEGIN IMMEDIATE`, then everything from there on; says of each of these
    /// which it was once it is done.
    pub(crate) fn replay<'a>(&'a self, connection: &Connection, mut done: impl FnMut(&'a str)) {
        let begins = |(number, _): &(usize, Vec<Value>)| self.texts[*number] == "BEGIN IMMEDIATE";
        let start = self.runs.iter().position(begins).expect("a bot works in transactions");
        for (number, _) in &self.runs[..start] {
            let text = &self.texts[*number];
            if text.trim_start().starts_with("PRAGMA") {
                run(&mut connection.prepare(text).expect("it was prepared before"), &[]);
            }
        }
        let mut prepared: Vec<Statement<'_>> =
            self.texts.iter().map(|text| connection.prepare(text).expect("it was prepared before")).collect();
        for (number, values) in &self.runs[start..] {
            run(&mut prepared[*number], values);
            done(&self.texts[*number]);
        }
    }

    /// The same, with how often each statement was executed, and how long it took.
    pub(crate) fn spans(&self, connection: &Connection) -> HashMap<&str, (usize, Duration)> {
        let mut spent = HashMap::new();
        let mut before = Instant::now();
        self.replay(connection, |text| {
            let now = Instant::now();
            let (runs, time) = spent.entry(text).or_insert((0, Duration::ZERO));
            *runs += 1;
            *time += now - before;
            before = Instant::now();
        });
        spent
    }
}

fn run(statement: &mut Statement<'_>, values: &[Value]) {
    let mut rows = statement.query(rusqlite::params_from_iter(values)).expect("it was executed before");
    while rows.next().expect("it was executed before").is_some() {}
}

/// The values that stand where the text has parameters (`?1`, `?2`, …), in the order of their numbers.
fn values(text: &str, expanded: &str) -> Vec<Value> {
    let mut values = Vec::new();
    let mut rest = expanded;
    let mut parts = text.split('?');
    rest = rest.strip_prefix(parts.next().unwrap_or_default()).expect("it begins alike");
    for part in parts {
        let digits = part.len() - part.trim_start_matches(|digit: char| digit.is_ascii_digit()).len();
        let number: usize = part[..digits].parse().expect("parameters have numbers");
        let (value, after) = literal(rest);
        if values.len() < number {
            values.resize(number, Value::Null);
        }
        values[number - 1] = value;
        rest = after.strip_prefix(&part[digits..]).expect("between two parameters both are alike");
    }
    values
}

/// The literal with which this begins, and what follows it.
fn literal(sql: &str) -> (Value, &str) {
    if let Some(text) = sql.strip_prefix('\'') {
        let mut value = String::new();
        let mut rest = text;
        loop {
            let (piece, after) = rest.split_once('\'').expect("a text has an end");
            value.push_str(piece);
            rest = after;
            let Some(after) = rest.strip_prefix('\'') else { return (Value::Text(value), rest) };
            value.push('\'');
            rest = after;
        }
    }
    if let Some(hex) = sql.strip_prefix("x'") {
        let (digits, rest) = hex.split_once('\'').expect("a blob has an end");
        let bytes = (0..digits.len()).step_by(2);
        let bytes = bytes.map(|at| u8::from_str_radix(&digits[at..at + 2], 16).expect("it is hexadecimal"));
        return (Value::Blob(bytes.collect()), rest);
    }
    if let Some(rest) = sql.strip_prefix("NULL") {
        return (Value::Null, rest);
    }
    let end = sql.find(|c: char| !c.is_ascii_digit() && c != '-').unwrap_or(sql.len());
    (Value::Integer(sql[..end].parse().expect("all other values are integers")), &sql[end..])
}
