// SPDX-License-Identifier: MIT OR Apache-2.0

//! The receive buffer of a batch.

use crate::socket::transport::{Received, Transport};
use std::io;

/// The maximum number of requests in one send, which costs two system calls. A higher one would save
/// little.
pub(super) const AT_ONCE: usize = 32;

/// The distance between the slots for answers: 32 KiB, and a little more, so that answers begin in
/// different cache sets.
pub(super) const SLOT_LEN: usize = 32 * 1024 + 320;

/// The slots into which the answers to a batch are received.
#[derive(Default)]
pub(super) struct RecvSlots {
    /// The slots, without gaps.
    bytes: Vec<u8>,
    /// The datagrams in the first slots.
    pub(super) received: Vec<Received>,
}

impl RecvSlots {
    /// Allocates slots for the answers to one send.
    pub(super) fn allocate(&mut self) {
        if self.bytes.is_empty() {
            // A reply and an ACK each.
            self.bytes = vec![0; 2 * AT_ONCE * SLOT_LEN];
        }
    }

    /// Receives the datagrams that have arrived.
    pub(super) fn receive(&mut self, transport: &mut impl Transport) -> io::Result<()> {
        self.received.clear();
        transport.receive_many(&mut self.bytes, SLOT_LEN, &mut self.received)
    }

    /// Returns the datagrams from the kernel, up to the length of a slot, and their full lengths.
    pub(super) fn datagrams(&self) -> impl Iterator<Item = (&[u8], usize)> {
        let datagrams = self.bytes.chunks_exact(SLOT_LEN).zip(&self.received);
        datagrams
            .filter(|(_, received)| received.from_kernel)
            .map(|(slot, received)| (&slot[..received.len.min(SLOT_LEN)], received.len))
    }
}
