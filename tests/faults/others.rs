//! Another process that has the database open for a while, and the memory that all who have it open share.

use std::collections::BTreeMap;
use std::ffi::c_void;
use std::ops::Range;

use usher::domain::Span;

/// The locks of a database with a log: the right to write, and the first of what readers hold.
pub(crate) const WRITE: usize = 0;
const READ: usize = 4;
/// The last of what readers hold, which whoever wipes the log must have too.
const ALL: usize = 8;
/// How long another process has it: less and more than it is waited for, in milliseconds.
const LENGTHS: [i64; 4] = [100, 400, 3_000, 60_000];

/// What another process does with the database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Guest {
    /// It reads, so that the log has to stay.
    Reads,
    /// It writes, so that nobody else may.
    Writes,
}

/// Whoever else has the database open.
#[derive(Debug, Default)]
pub(crate) struct Others {
    /// What it does, and for how many more microseconds.
    guest: Option<(Guest, i64)>,
    /// The memory, in words that any part of it may begin at; gone once nobody has it.
    shared: Vec<Box<[u64]>>,
    /// Whether the program has it.
    is_open: bool,
    /// How often it was felt, and how.
    pub(crate) reached: BTreeMap<&'static str, u64>,
}

impl Others {
    /// Another process comes, which stays so long as these bits say.
    pub(crate) fn come(&mut self, guest: Guest, bits: u32) {
        let millis = LENGTHS[bits as usize % LENGTHS.len()];
        self.guest = Some((guest, millis * 1_000));
    }

    /// It has gone.
    pub(crate) fn leave(&mut self) {
        self.guest = None;
        self.tidy();
    }

    /// The machine has ended.
    pub(crate) fn end(&mut self) {
        self.guest = None;
        self.shared.iter_mut().for_each(|region| region.fill(0));
    }

    pub(crate) fn are_there(&self) -> bool {
        self.guest.is_some()
    }

    pub(crate) fn are_writing(&self) -> bool {
        self.guest.is_some_and(|(guest, _)| guest == Guest::Writes)
    }

    /// Time passes.
    pub(crate) fn pass(&mut self, span: Span) {
        self.pass_micros(span.as_millis() * 1_000);
    }

    /// The program waits.
    pub(crate) fn are_waited_for(&mut self, micros: i64) {
        let was_writing = self.are_writing();
        self.pass_micros(micros);
        if was_writing && !self.are_there() {
            self.count("another process was waited for");
        }
    }

    fn pass_micros(&mut self, micros: i64) {
        if let Some((_, left)) = &mut self.guest {
            *left -= micros;
            if *left <= 0 {
                self.leave();
            }
        }
    }

    /// Whether the program may have these locks for itself alone.
    pub(crate) fn give(&mut self, locks: &Range<usize>) -> bool {
        let is_held = match self.guest {
            None => false,
            Some((Guest::Reads, _)) => locks.contains(&READ),
            Some((Guest::Writes, _)) => locks.contains(&WRITE),
        };
        if is_held && *locks == (READ..ALL) {
            self.count("the log could not be wiped while another process read it");
        }
        !is_held
    }

    /// A part of the shared memory, if it is there or may be made.
    pub(crate) fn share(&mut self, part: usize, bytes: usize, may_make: bool) -> Option<*mut c_void> {
        self.is_open = true;
        while may_make && self.shared.len() <= part {
            self.shared.push(vec![0; bytes.div_ceil(8)].into());
        }
        self.shared.get_mut(part).map(|region| region.as_mut_ptr().cast())
    }

    /// The program has it no more.
    pub(crate) fn close(&mut self) {
        self.is_open = false;
        self.tidy();
    }

    fn tidy(&mut self) {
        if !self.is_open && self.guest.is_none() {
            self.shared.clear();
        }
    }

    fn count(&mut self, what: &'static str) {
        *self.reached.entry(what).or_default() += 1;
    }
}
