// SPDX-License-Identifier: MIT OR Apache-2.0

//! What carries messages to the kernel and back.

use crate::wire::errno::Errno;
use std::io;
use std::time::Duration;

/// Room for one datagram. A kernel with pages of 4 KiB sends no longer one, because it allocates each
/// in one piece of at most `KMALLOC_MAX_SIZE`. Only the part that was written takes memory.
pub(crate) const ROOM: usize = 4 * 1024 * 1024;

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

    /// Receives one datagram, if one has arrived, and appends it to `buffer`; does not wait.
    ///
    /// At most `room` bytes are appended. The rest is lost, and [`Received::len`] then exceeds the
    /// number of bytes that were appended.
    ///
    /// The default appends at most 32 KiB. A transport that receives longer datagrams implements this
    /// method.
    fn receive_append(
        &mut self,
        buffer: &mut Vec<u8>,
        room: usize,
    ) -> io::Result<Option<Received>> {
        const MOST: usize = 32 * 1024;

        let start = buffer.len();
        buffer.resize(start + room.min(MOST), 0);
        let received = self.receive(&mut buffer[start..]);
        let len = match received {
            Ok(Some(received)) => received.len,
            Ok(None) | Err(_) => 0,
        };
        buffer.truncate(start.saturating_add(len));
        received
    }

    /// Receives datagrams that are there, each into a slot of its own of `slot_len` bytes, and adds to
    /// `received` what came, which is nothing if there is none; does not wait.
    ///
    /// There may be more than it receives, even if slots are left.
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

    /// How many bytes of messages the kernel keeps until they are received, as it counts them.
    fn receive_buffer(&self) -> io::Result<usize> {
        /// Linux's own default, on most machines.
        const DEFAULT: usize = 212_992;

        Ok(DEFAULT)
    }

    /// Waits until there is something to receive or to report, or until `timeout` is over. May end
    /// early.
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

/// What was received.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Received {
    /// The length of the datagram.
    pub len: usize,
    /// Whether the kernel sent it; any other program may send one too.
    pub from_kernel: bool,
}

/// Whether an error of the socket says that messages were lost.
pub(crate) fn is_overrun(error: &io::Error) -> bool {
    error.raw_os_error() == Some(Errno::ENOBUFS.raw())
}
