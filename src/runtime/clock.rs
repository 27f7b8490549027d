//! Where the time comes from.
//!
//! Whoever can set the machine's clock must gain nothing by it: neither may a dialogue live on because the clock was set
//! back, nor a lock end because it was set ahead. So the bot's time passes as an uninterrupted clock counts, and what
//! the machine's says is believed at the start, and once it has said so for an hour: longer than anything is waited
//! for that somebody could win by. What others measure by their own clocks, the age of a message and the step of a
//! one-time code, goes by the machine's at once.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use crate::domain::{Span, Timestamp};

/// Tells the time.
pub trait Clock: Send {
    /// The time now, by which everything is waited for.
    fn now(&self) -> Timestamp;

    /// What the machine's clock shows.
    fn wall(&self) -> Timestamp;
}

/// How long the machine's clock has to say the same before it is believed.
const HOUR: Span = Span::from_mins(60);
/// Two readings that differ by no more say the same.
const NOISE: Span = Span::from_secs(1);

/// The bot's time, made of what the machine's clock shows and how much time has passed.
#[derive(Clone, Copy, Debug)]
pub struct Steady {
    /// When, by the machine's clock as it is believed, no time had passed.
    began: Timestamp,
    /// The same by what it shows, and what it showed when it first said so.
    claimed: (Timestamp, Timestamp),
}

impl Steady {
    /// Believes the machine's clock.
    pub fn new(wall: Timestamp, passed: Span) -> Self {
        Self { began: wall - passed, claimed: (wall - passed, wall) }
    }

    /// The time now. It goes back only where the machine's clock was set back an hour ago and more.
    pub fn read(&mut self, wall: Timestamp, passed: Span) -> Timestamp {
        let began = wall - passed;
        let (claimed, since) = self.claimed;
        let is_same = began - claimed <= NOISE && claimed - began <= NOISE;
        if is_same && wall - since >= HOUR {
            *self = Self::new(wall, passed);
        } else if !is_same {
            self.claimed = (began, wall);
        }
        self.began + passed
    }
}

/// The machine's clock, steadied. A copy tells the same time.
#[derive(Clone, Debug)]
pub struct SystemClock {
    start: Instant,
    steady: Arc<Mutex<Steady>>,
}

impl SystemClock {
    /// Begins with what the machine's clock shows.
    #[allow(
        clippy::disallowed_methods,
        reason = "time that has passed is counted here, and is neither stored nor tested"
    )]
    pub fn start() -> Self {
        Self { start: Instant::now(), steady: Arc::new(Mutex::new(Steady::new(wall(), Span::ZERO))) }
    }
}

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        let passed = i64::try_from(self.start.elapsed().as_millis()).unwrap_or(i64::MAX);
        // Whoever panicked with it in hand left it as it was.
        let mut steady = self.steady.lock().unwrap_or_else(PoisonError::into_inner);
        steady.read(wall(), Span::from_millis(passed))
    }

    fn wall(&self) -> Timestamp {
        wall()
    }
}

/// What the machine's clock shows.
#[allow(clippy::disallowed_methods, reason = "the one place where the machine's clock is read")]
pub fn wall() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp::from_millis(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}

/// No sleep is longer, so that a clock that is set back delays nothing for long.
const LONGEST_SLEEP: Span = Span::from_secs(60);

/// How long to sleep until then, a minute at most.
pub(super) fn until(wake: Option<Timestamp>, now: Timestamp) -> Duration {
    let span = wake.map_or(LONGEST_SLEEP, |wake| (wake - now).min(LONGEST_SLEEP)).max(Span::ZERO);
    Duration::from_millis(span.as_millis().unsigned_abs())
}

#[cfg(test)]
mod tests {
    use super::{Span, Steady, Timestamp};

    const YEARS: Span = Span::from_days(3_650);

    fn at(millis: i64) -> Timestamp {
        Timestamp::from_millis(1_795_000_000_000 + millis)
    }

    /// What it reads once so much time has passed, with the machine's clock so far off, asked each minute.
    fn read(steady: &mut Steady, minutes: std::ops::Range<i64>, off: Span) -> Vec<Span> {
        let mut reading = |minute: i64| {
            let passed = Span::from_mins(minute);
            steady.read(at(0) + passed + off, passed) - (at(0) + passed)
        };
        minutes.map(&mut reading).collect()
    }

    #[test]
    fn a_clock_that_is_set_anew_is_believed_after_an_hour() {
        for off in [YEARS, Span::from_days(-3_650), Span::from_secs(2), Span::from_secs(-2)] {
            let mut steady = Steady::new(at(0), Span::ZERO);
            assert!(read(&mut steady, 1..300, Span::ZERO).iter().all(|off| *off == Span::ZERO));
            let readings = read(&mut steady, 300..480, off);
            let (first, later) = readings.split_at(60);
            assert!(first.iter().all(|read| *read == Span::ZERO), "{off}: {first:?}");
            assert!(later.iter().all(|read| *read == off), "{off}: {later:?}");
        }
    }

    #[test]
    fn a_clock_that_is_set_again_and_again_is_never_believed() {
        let mut steady = Steady::new(at(0), Span::ZERO);
        for jump in 0..100 {
            let off = Span::from_mins(if jump % 2 == 0 { 59 } else { -59 });
            let readings = read(&mut steady, jump * 59..jump * 59 + 59, off);
            assert!(readings.iter().all(|read| *read == Span::ZERO), "{readings:?}");
        }
    }

    #[test]
    fn a_clock_that_is_put_right_little_by_little_is_followed() {
        let mut steady = Steady::new(at(0), Span::ZERO);
        for day in 0..100 {
            let off = Span::from_millis(day * 900);
            let readings = read(&mut steady, day * 1_440..(day + 1) * 1_440, off);
            let before = Span::from_millis((day - 1).max(0) * 900);
            assert!(readings.iter().all(|read| *read == before || *read == off), "{readings:?}");
            assert_eq!(readings.last(), Some(&off));
        }
    }
}
