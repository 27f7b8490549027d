//! Where the time comes from.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::domain::{Span, Timestamp};

/// Tells the time.
pub trait Clock: Send {
    /// The time now.
    fn now(&self) -> Timestamp;
}

/// The machine's clock.
#[derive(Clone, Copy, Debug)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[allow(clippy::disallowed_methods, reason = "the one place where the machine's clock is read")]
    fn now(&self) -> Timestamp {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Timestamp::from_millis(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
    }
}

/// No sleep is longer, so that a clock that is set back delays nothing for long.
const LONGEST_SLEEP: Span = Span::from_secs(60);

/// How long to sleep until then, a minute at most.
pub(super) fn until(wake: Option<Timestamp>, now: Timestamp) -> Duration {
    let span = wake.map_or(LONGEST_SLEEP, |wake| (wake - now).min(LONGEST_SLEEP)).max(Span::ZERO);
    Duration::from_millis(span.as_millis().unsigned_abs())
}
