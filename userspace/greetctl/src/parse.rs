// SPDX-License-Identifier: MIT OR Apache-2.0

//! Parsers of option values. Their errors name the expected form or range.

use crate::cli::Cookie;
use clap::builder::TypedValueParser;
use greet::protocol::{COOKIE_MAX, PEER_LIMIT_MAX};
use jiff::SignedDuration;
use std::ops::RangeInclusive;
use std::time::Duration;

/// The maximum duration: a year, which the kernel's time types can hold.
const MAX_DURATION: Duration = Duration::from_secs(365 * 86_400);

/// Parses a duration such as `500ms` or `1m30s`; a bare number is in seconds.
pub(crate) fn duration(text: &str) -> Result<Duration, String> {
    let seconds = text.parse().ok().map(Duration::try_from_secs_f64);
    let duration = match seconds {
        Some(seconds) => seconds.ok(),
        None => text
            .parse::<SignedDuration>()
            .ok()
            .and_then(|duration| duration.try_into().ok()),
    };
    match duration {
        Some(duration) if duration <= MAX_DURATION => Ok(duration),
        _ => Err("not a duration such as 500ms, 2s or 1m30s, up to a year".to_owned()),
    }
}

/// Parses the digits of a cookie.
pub(crate) fn cookie(digits: &str) -> Result<Cookie, String> {
    match hex::decode(digits) {
        Ok(bytes) if bytes.len() > COOKIE_MAX => Err(format!(
            "{} bytes exceed the limit of {COOKIE_MAX}",
            bytes.len()
        )),
        Ok(bytes) => Ok(Cookie(bytes)),
        Err(hex::FromHexError::OddLength) => {
            Err("an odd number of digits: each byte takes two".to_owned())
        }
        Err(_) => Err("not hexadecimal: use digits 0 to 9 and a to f".to_owned()),
    }
}

/// Parses a peer limit. The kernel's policy rejects a number out of range.
pub(crate) fn peer_limit(text: &str) -> Result<u32, String> {
    text.parse()
        .map_err(|_| format!("not a whole number from 1 to {PEER_LIMIT_MAX}"))
}

/// Creates a parser of whole numbers in a range.
pub(crate) fn whole(range: RangeInclusive<u64>) -> impl TypedValueParser<Value = u64> {
    of(move |text| match text.parse() {
        Ok(number) if range.contains(&number) => Ok(number),
        _ if *range.end() == u64::MAX => {
            Err(format!("not a whole number of at least {}", range.start()))
        }
        _ => Err(format!(
            "not a whole number from {} to {}",
            range.start(),
            range.end()
        )),
    })
}

/// Fixes the types of a closure, so that clap accepts it as a parser.
fn of<F>(parse: F) -> F
where
    F: Fn(&str) -> Result<u64, String>,
{
    parse
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_accept_units() {
        for (text, milliseconds) in [
            ("500ms", 500),
            ("2s", 2_000),
            ("1.5s", 1_500),
            ("1m30s", 90_000),
            ("2h", 7_200_000),
            ("0.5", 500),
            ("3", 3_000),
        ] {
            assert_eq!(
                duration(text),
                Ok(Duration::from_millis(milliseconds)),
                "{text}"
            );
        }
        for text in [
            "",
            "soon",
            "-1",
            "-1s",
            "inf",
            "NaN",
            "366d",
            "2 fortnights",
        ] {
            assert!(duration(text).is_err(), "{text}");
        }
    }

    #[test]
    fn invalid_cookies_are_errors_with_a_reason() {
        let longest = "ab".repeat(COOKIE_MAX);
        assert_eq!(cookie(&longest), Ok(Cookie(vec![0xab; COOKIE_MAX])));
        for (digits, error) in [
            (&*(longest + "ab"), "33 bytes exceed the limit of 32"),
            ("abc", "an odd number of digits: each byte takes two"),
            ("xyz0", "not hexadecimal: use digits 0 to 9 and a to f"),
        ] {
            assert_eq!(cookie(digits).unwrap_err(), error);
        }
    }

    #[test]
    fn durations_over_a_year_are_errors() {
        for (longest, longer) in [("8760h", "8760h1s"), ("31536000", "31536001")] {
            assert_eq!(duration(longest), Ok(MAX_DURATION));
            assert_eq!(
                duration(longer).unwrap_err(),
                "not a duration such as 500ms, 2s or 1m30s, up to a year"
            );
        }
    }
}
