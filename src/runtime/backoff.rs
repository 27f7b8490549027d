//! How long to wait after the nth failure.

use crate::domain::Span;

/// The first wait.
const FIRST: Span = Span::from_secs(1);
/// No wait is longer.
const LONGEST: Span = Span::from_mins(10);

/// The wait after so many failed attempts: one second, then twice as long each time, ten minutes at most.
pub(super) fn wait(attempts: u32) -> Span {
    let doublings = attempts.saturating_sub(1).min(20);
    Span::from_millis((FIRST.as_millis() << doublings).min(LONGEST.as_millis()))
}

#[cfg(test)]
mod tests {
    use super::wait;
    use crate::domain::Span;

    #[test]
    fn waits_grow_and_are_capped() {
        assert_eq!(wait(1), Span::from_secs(1));
        assert_eq!(wait(4), Span::from_secs(8));
        assert_eq!(wait(11), Span::from_mins(10));
        assert_eq!(wait(u32::MAX), Span::from_mins(10));
    }
}
