// SPDX-License-Identifier: MIT OR Apache-2.0

//! What carries messages to the kernel and back.

use crate::error::{Error, Result};
use std::io;
use std::time::{Duration, Instant};

/// A way to the kernel: a [`Socket`](crate::Socket), or in a test something that plays the kernel.
pub trait Transport {
    /// The port to which the kernel's answers are addressed.
    fn port(&self) -> u32;

    /// Sends one datagram of requests.
    fn send(&mut self, datagram: &[u8]) -> io::Result<()>;

    /// Receives one datagram into `buffer` if there is one; does not wait.
    ///
    /// What does not fit is lost, and [`Received::len`] is then greater than the buffer.
    fn receive(&mut self, buffer: &mut [u8]) -> io::Result<Option<Received>>;

    /// Waits until there is something to receive or to report, or until `timeout` is over. May end
    /// early.
    fn wait(&mut self, timeout: Duration) -> io::Result<()>;
}

/// What was received.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Received {
    /// The length of the datagram.
    pub len: usize,
    /// Whether the kernel sent it; any other program may send one too.
    pub from_kernel: bool,
}

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
