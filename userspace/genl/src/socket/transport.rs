// SPDX-License-Identifier: MIT OR Apache-2.0

//! Transports of messages to the kernel and back, and deadlines of answers.

use crate::error::{Error, Result};
use crate::wire::errno::Errno;
use std::borrow::Cow;
use std::io;
use std::time::{Duration, Instant};

/// The maximum length of a datagram. With pages of 4 KiB the kernel sends no longer one, because it
/// allocates each in one piece of at most `KMALLOC_MAX_SIZE`. Only the written part takes memory.
pub(crate) const MAX_DATAGRAM_LEN: usize = 4 * 1024 * 1024;

/// A transport to the kernel: a [`Socket`](crate::Socket), or a fake kernel in tests.
pub trait Transport {
    /// Returns the port to which the kernel addresses its answers.
    fn port(&self) -> u32;

    /// Sends a datagram of requests.
    ///
    /// # Errors
    ///
    /// Fails if the kernel takes none of the requests.
    fn send(&mut self, datagram: &[u8]) -> io::Result<()>;

    /// Receives a datagram into `buffer` if one has arrived. Does not wait.
    ///
    /// Bytes that exceed the buffer are lost, and [`Received::len`] then exceeds its length.
    ///
    /// # Errors
    ///
    /// Fails with `ENOBUFS` if messages were lost before.
    fn receive(&mut self, buffer: &mut [u8]) -> io::Result<Option<Received>>;

    /// Receives a datagram if one has arrived, and appends it to `buffer`. Does not wait.
    ///
    /// At most `max_len` bytes are appended. The rest is lost, and [`Received::len`] then exceeds the
    /// number of appended bytes.
    ///
    /// The default appends at most 32 KiB. A transport that receives longer datagrams implements this
    /// method.
    ///
    /// # Errors
    ///
    /// Fails as [`Transport::receive`] does.
    fn receive_append(
        &mut self,
        buffer: &mut Vec<u8>,
        max_len: usize,
    ) -> io::Result<Option<Received>> {
        const MAX: usize = 32 * 1024;

        let start = buffer.len();
        buffer.resize(start + max_len.min(MAX), 0);
        let received = self.receive(&mut buffer[start..]);
        let len = match received {
            Ok(Some(received)) => received.len,
            Ok(None) | Err(_) => 0,
        };
        buffer.truncate(start.saturating_add(len));
        received
    }

    /// Receives datagrams that have arrived, each into its own slot of `slot_len` bytes, and adds them to
    /// `received`. Does not wait.
    ///
    /// It may leave datagrams in the queue, even if there are more slots.
    ///
    /// # Errors
    ///
    /// Fails as [`Transport::receive`] does.
    fn receive_many(
        &mut self,
        slots: &mut [u8],
        slot_len: usize,
        received: &mut Vec<Received>,
    ) -> io::Result<()> {
        let first = slots.get_mut(..slot_len).unwrap_or_default();
        received.extend(self.receive(first)?);
        Ok(())
    }

    /// Returns the size of the receive buffer in bytes, as the kernel counts them.
    ///
    /// # Errors
    ///
    /// Fails if the size is unknown.
    fn receive_buffer(&self) -> io::Result<usize> {
        /// The default of Linux on most machines.
        const DEFAULT: usize = 212_992;

        Ok(DEFAULT)
    }

    /// Waits until there is a datagram or an error to receive, at most for `timeout`. May end early.
    ///
    /// # Errors
    ///
    /// Fails if the transport cannot wait.
    fn wait(&mut self, timeout: Duration) -> io::Result<()>;
}

/// A transport that also receives events.
pub trait EventTransport: Transport {
    /// A transport for requests to the same kernel.
    type Requests: Transport;

    /// Opens a transport for requests, so that replies and events do not share a receive buffer.
    ///
    /// # Errors
    ///
    /// Fails if no socket can be opened.
    fn open_requests(&self) -> io::Result<Self::Requests>;

    /// Joins the multicast group with this number.
    ///
    /// # Errors
    ///
    /// Fails with `EPERM` if the group requires a capability that the caller lacks.
    fn join(&mut self, group: u32) -> io::Result<()>;
}

/// A received datagram.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Received {
    /// The length of the datagram.
    pub len: usize,
    /// `true` if the kernel sent it. Other programs can send datagrams, too.
    pub from_kernel: bool,
    /// The id of the network namespace that sent an event, if it is not the socket's own
    /// ([`Subscription::open_in_all_namespaces`](crate::Subscription::open_in_all_namespaces)).
    pub namespace: Option<i32>,
}

impl Received {
    /// Creates a received datagram of the socket's own network namespace.
    pub fn new(len: usize, from_kernel: bool) -> Self {
        Self {
            len,
            from_kernel,
            namespace: None,
        }
    }

    /// Sets the id of the network namespace that sent an event.
    pub fn with_namespace(self, id: i32) -> Self {
        Self {
            namespace: Some(id),
            ..self
        }
    }
}

/// Returns whether an error means that messages were lost.
pub(crate) fn is_overrun(error: &io::Error) -> bool {
    error.raw_os_error() == Some(Errno::ENOBUFS.raw())
}

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
    pub(crate) fn left(&mut self, operation: impl Into<Cow<'static, str>>) -> Result<Duration> {
        let start = *self.start.get_or_insert_with(Instant::now);
        match self.timeout.checked_sub(start.elapsed()) {
            Some(left) if !left.is_zero() => Ok(left),
            _ => Err(Error::Timeout {
                operation: operation.into(),
                timeout: self.timeout,
            }),
        }
    }
}
