//! Instants and durations as plain numbers, so that they can be stored and written down in a test.

use std::fmt;
use std::ops::{Add, Sub};

/// An instant: milliseconds since 1970-01-01T00:00:00Z.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Timestamp(i64);

impl Timestamp {
    /// Takes milliseconds since the epoch.
    pub const fn from_millis(millis: i64) -> Self {
        Self(millis)
    }

    /// Milliseconds since the epoch.
    pub const fn as_millis(self) -> i64 {
        self.0
    }

    /// Reads RFC 3339 (`2026-11-22T09:00:00+08:00`); `None` when the text is no such instant.
    pub fn parse(text: &str) -> Option<Self> {
        let instant: jiff::Timestamp = text.parse().ok()?;
        Some(Self(instant.as_millisecond()))
    }

    /// Reads the date of an HTTP answer (`Fri, 27 Nov 2026 20:07:13 GMT`).
    pub fn parse_http(text: &str) -> Option<Self> {
        let zoned = jiff::fmt::rfc2822::parse(text).ok()?;
        Some(Self(zoned.timestamp().as_millisecond()))
    }

    /// This instant in a time zone (`Asia/Shanghai`); an unknown zone reads as UTC.
    pub fn zoned(self, zone: &str) -> jiff::Zoned {
        let zone = jiff::tz::TimeZone::get(zone).unwrap_or(jiff::tz::TimeZone::UTC);
        jiff::Timestamp::from_millisecond(self.0).unwrap_or(jiff::Timestamp::UNIX_EPOCH).to_zoned(zone)
    }

    /// RFC 3339 with the zone's offset, to the second.
    pub fn rfc3339(self, zone: &str) -> String {
        self.zoned(zone).strftime("%Y-%m-%dT%H:%M:%S%:z").to_string()
    }

    /// The month in a time zone, such as `2026-11`.
    pub fn month(self, zone: &str) -> String {
        self.zoned(zone).strftime("%Y-%m").to_string()
    }

    /// The first instant of the window that ends now: what happened a whole window ago is outside of it.
    pub fn window_start(self, window: Span) -> Self {
        self - window + Span::from_millis(1)
    }

    /// The first instant of this instant's day in a time zone.
    pub fn day_start(self, zone: &str) -> Self {
        self.zoned(zone).start_of_day().map_or(self, |start| Self(start.timestamp().as_millisecond()))
    }
}

impl Add<Span> for Timestamp {
    type Output = Self;

    fn add(self, span: Span) -> Self {
        Self(self.0.saturating_add(span.0))
    }
}

impl Sub<Span> for Timestamp {
    type Output = Self;

    fn sub(self, span: Span) -> Self {
        Self(self.0.saturating_sub(span.0))
    }
}

impl Sub for Timestamp {
    type Output = Span;

    fn sub(self, earlier: Self) -> Span {
        Span(self.0.saturating_sub(earlier.0))
    }
}

/// A length of time in milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Span(i64);

/// The units that a written duration may have, the longest first, in milliseconds.
const UNITS: [(&str, i64); 5] = [("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1_000), ("ms", 1)];

impl Span {
    /// No time at all.
    pub const ZERO: Self = Self(0);

    /// Takes milliseconds.
    pub const fn from_millis(millis: i64) -> Self {
        Self(millis)
    }

    /// Takes whole seconds.
    pub const fn from_secs(secs: i64) -> Self {
        Self(secs * 1_000)
    }

    /// Takes whole minutes.
    pub const fn from_mins(mins: i64) -> Self {
        Self(mins * 60_000)
    }

    /// Takes whole days of 24 hours.
    pub const fn from_days(days: i64) -> Self {
        Self(days * 86_400_000)
    }

    /// Milliseconds.
    pub const fn as_millis(self) -> i64 {
        self.0
    }

    /// Reads a number and a unit, such as `90s`, `2m`, `1h30m` or `7d`; `None` for anything else.
    pub fn parse(text: &str) -> Option<Self> {
        let mut rest = text.trim();
        let mut total = 0_i64;
        if rest.is_empty() {
            return None;
        }
        while !rest.is_empty() {
            let digits = rest.find(|c: char| !c.is_ascii_digit()).filter(|&n| n > 0)?;
            let (number, after) = rest.split_at(digits);
            let letters = after.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(after.len());
            let (unit, after) = after.split_at(letters);
            let (_, millis) = UNITS.iter().find(|(name, _)| *name == unit)?;
            let part = number.parse::<i64>().ok()?.checked_mul(*millis)?;
            total = total.checked_add(part)?;
            rest = after;
        }
        Some(Self(total))
    }
}

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut rest = self.0;
        if rest == 0 {
            return f.write_str("0s");
        }
        for (unit, millis) in UNITS {
            if rest >= millis {
                write!(f, "{}{unit}", rest / millis)?;
                rest %= millis;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::{Span, Timestamp};

    #[test]
    fn durations_are_read_as_they_are_written() {
        for text in ["90s", "2m", "1h30m", "7d", "0s", "1d2h3m4s5ms"] {
            let span = Span::parse(text).unwrap();
            assert_eq!(Span::parse(&span.to_string()), Some(span), "{text}");
        }
        for text in ["", "m", "5", "5 m", "-2m", "2x", "99999999999999999999d"] {
            assert_eq!(Span::parse(text), None, "{text}");
        }
    }

    #[test]
    fn a_day_starts_where_the_organisation_lives() {
        let evening = Timestamp::parse("2026-11-22T00:30:00+08:00").unwrap();
        let start = evening.day_start("Asia/Shanghai");
        assert_eq!(start.rfc3339("Asia/Shanghai"), "2026-11-22T00:00:00+08:00");
    }
}
