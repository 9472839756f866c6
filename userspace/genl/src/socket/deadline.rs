// SPDX-License-Identifier: MIT OR Apache-2.0

//! Deadlines.

use crate::error::{Error, Result};
use std::time::{Duration, Instant};

/// When a wait ends. The clock is first read when there is something to wait for, since most answers
/// are there as soon as the request was sent.
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

    /// What is left of the time; an error if nothing is.
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
