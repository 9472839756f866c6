// SPDX-License-Identifier: MIT OR Apache-2.0

//! Deadlines.

use crate::error::{Error, Result};
use std::time::{Duration, Instant};

/// The end of a wait. The clock is read only when an answer has not arrived yet, because most answers
/// arrive within the send.
#[derive(Debug)]
pub(crate) struct Deadline {
    timeout: Duration,
    start: Option<Instant>,
}

impl Deadline {
    pub(crate) fn new(timeout: Duration) -> Self {
        Self {
            timeout,
            start: None,
        }
    }

    /// Returns the remaining time, or an error if there is none.
    pub(crate) fn left(&mut self, operation: &'static str) -> Result<Duration> {
        let start = *self.start.get_or_insert_with(Instant::now);
        match self.timeout.checked_sub(start.elapsed()) {
            Some(left) if !left.is_zero() => Ok(left),
            _ => Err(Error::Timeout {
                operation,
                timeout: self.timeout,
            }),
        }
    }
}
