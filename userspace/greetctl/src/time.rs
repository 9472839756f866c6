// SPDX-License-Identifier: MIT OR Apache-2.0

//! Timestamps of events and counters, and ages of peers.

use jiff::Zoned;
use nix::time::{ClockId, clock_gettime};
use serde::{Serialize, Serializer};
use std::fmt;
use std::time::Duration;

/// A wall-clock timestamp.
#[derive(Debug)]
pub(crate) struct Timestamp(Zoned);

impl Timestamp {
    pub(crate) fn now() -> Self {
        Self(Zoned::now())
    }
}

impl fmt::Display for Timestamp {
    /// Formats local time like `ip -ts monitor`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "[{:.6}]", self.0.datetime())
    }
}

impl Serialize for Timestamp {
    /// Serializes UTC time according to RFC 3339.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&format_args!("{:.6}", self.0.timestamp()))
    }
}

/// A result with an optional timestamp.
#[derive(Serialize)]
pub(crate) struct Stamped<T> {
    #[serde(skip_serializing_if = "Option::is_none")]
    timestamp: Option<Timestamp>,
    #[serde(flatten)]
    result: T,
}

impl<T> Stamped<T> {
    pub(crate) fn new(with_timestamp: bool, result: T) -> Self {
        Self {
            timestamp: with_timestamp.then(Timestamp::now),
            result,
        }
    }
}

impl<T: fmt::Display> fmt::Display for Stamped<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(timestamp) = &self.timestamp {
            write!(f, "{timestamp} ")?;
        }
        self.result.fmt(f)
    }
}

/// Returns the time since boot (`CLOCK_BOOTTIME`), as in `last-seen`.
pub(crate) fn since_boot() -> Duration {
    clock_gettime(ClockId::CLOCK_BOOTTIME)
        .map(Duration::from)
        .unwrap_or_default()
}

/// Formats a time span with its largest unit and the next one.
pub(crate) fn age(span: Duration) -> String {
    let seconds = span.as_secs();
    let (days, hours, minutes) = (seconds / 86_400, seconds / 3600 % 24, seconds / 60 % 60);
    match (days, hours, minutes) {
        (0, 0, 0) if seconds < 10 => format!("{:.1} s", span.as_secs_f64()),
        (0, 0, 0) => format!("{seconds} s"),
        (0, 0, _) => format!("{minutes} min {} s", seconds % 60),
        (0, ..) => format!("{hours} h {minutes} min"),
        _ => format!("{days} d {hours} h"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::tz::{Offset, TimeZone};

    #[test]
    fn ages_have_two_units() {
        for (seconds, text) in [
            (0.25, "0.2 s"),
            (59.0, "59 s"),
            (61.0, "1 min 1 s"),
            (7_260.0, "2 h 1 min"),
            (90_000.0, "1 d 1 h"),
        ] {
            assert_eq!(age(Duration::from_secs_f64(seconds)), text);
        }
    }

    #[test]
    fn timestamps_are_local_in_text_and_utc_in_json() {
        let zone = TimeZone::fixed(Offset::constant(2));
        let time = jiff::Timestamp::from_microsecond(1_700_000_000_000_007).unwrap();
        let timestamp = Timestamp(time.to_zoned(zone));
        assert_eq!(timestamp.to_string(), "[2023-11-15T00:13:20.000007]");
        let json = serde_json::to_string(&timestamp).unwrap();
        assert_eq!(json, "\"2023-11-14T22:13:20.000007Z\"");
    }

    #[test]
    fn ages_change_units_at_10_s_1_min_1_h_and_1_d() {
        for (seconds, text) in [
            (9, "9.0 s"),
            (10, "10 s"),
            (60, "1 min 0 s"),
            (3_599, "59 min 59 s"),
            (3_600, "1 h 0 min"),
            (86_399, "23 h 59 min"),
            (86_400, "1 d 0 h"),
            (176_400, "2 d 1 h"),
        ] {
            assert_eq!(age(Duration::from_secs(seconds)), text);
        }
    }
}
