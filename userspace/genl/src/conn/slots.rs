// SPDX-License-Identifier: MIT OR Apache-2.0

//! The receive buffer of a batch.

#[cfg(feature = "tokio")]
use crate::socket::asynchronous::AsyncTransport;
use crate::socket::transport::{Received, Transport};
use std::io;

/// The maximum number of requests in one send, which costs two system calls. A higher one would save
/// little.
pub(super) const AT_ONCE: usize = 32;

/// The distance between the slots for answers: 32 KiB, and a little more, so that answers begin in
/// different cache sets.
pub(super) const SLOT_LEN: usize = 32 * 1024 + 320;

/// The distance between the slots of an async connection, which cannot choose to receive a long reply
/// alone. Only the written part takes memory.
#[cfg(feature = "tokio")]
pub(super) const LONG_SLOT_LEN: usize = 128 * 1024 + 320;

/// The slots into which the answers to several requests are received.
pub(super) struct RecvSlots {
    /// The slots, without gaps.
    bytes: Vec<u8>,
    slot_len: usize,
    /// The datagrams in the first slots.
    pub(super) received: Vec<Received>,
}

impl Default for RecvSlots {
    fn default() -> Self {
        Self::new(SLOT_LEN)
    }
}

impl RecvSlots {
    /// Creates slots of this length.
    pub(super) fn new(slot_len: usize) -> Self {
        Self {
            bytes: Vec::new(),
            slot_len,
            received: Vec::new(),
        }
    }

    /// Allocates slots for the answers to one send.
    pub(super) fn allocate(&mut self) {
        if self.bytes.is_empty() {
            // A reply and an ACK each.
            self.bytes = vec![0; 2 * AT_ONCE * self.slot_len];
        }
    }

    /// Receives the datagrams that have arrived.
    pub(super) fn receive(&mut self, transport: &mut impl Transport) -> io::Result<()> {
        self.received.clear();
        transport.receive_many(&mut self.bytes, self.slot_len, &mut self.received)
    }

    /// Receives the datagrams that have arrived for this many requests, and perhaps others.
    #[cfg(feature = "tokio")]
    pub(super) fn receive_shared(
        &mut self,
        transport: &impl AsyncTransport,
        requests: usize,
    ) -> io::Result<()> {
        self.received.clear();
        let len = (2 * requests * self.slot_len).min(self.bytes.len());
        transport.receive_many(&mut self.bytes[..len], self.slot_len, &mut self.received)
    }

    /// Returns the datagrams from the kernel, up to the length of a slot, and their full lengths.
    pub(super) fn datagrams(&self) -> impl Iterator<Item = (&[u8], usize)> {
        let datagrams = self.bytes.chunks_exact(self.slot_len).zip(&self.received);
        datagrams
            .filter(|(_, received)| received.from_kernel)
            .map(|(slot, received)| (&slot[..received.len.min(slot.len())], received.len))
    }
}
