// SPDX-License-Identifier: MIT OR Apache-2.0

//! Where the answers to a batch are received.

use crate::socket::transport::{Received, Transport};
use std::io;

/// Most requests in one send. More of them would save little: two system calls for so many.
pub(super) const AT_ONCE: usize = 32;

/// From one slot for an answer to the next: room for one of 32 KiB, and a bit more, so that answers do
/// not begin at the same lines of the processor's cache.
pub(super) const SLOT_LEN: usize = 32 * 1024 + 320;

/// Where the answers to a batch are received.
#[derive(Default)]
pub(super) struct RecvSlots {
    /// One slot behind the other.
    bytes: Vec<u8>,
    /// What was last received into the first ones of them.
    pub(super) received: Vec<Received>,
}

impl RecvSlots {
    /// Makes room for what one send can be answered with.
    pub(super) fn make_room(&mut self) {
        if self.bytes.is_empty() {
            // A reply and an ACK each.
            self.bytes = vec![0; 2 * AT_ONCE * SLOT_LEN];
        }
    }

    /// Receives what is there.
    pub(super) fn receive(&mut self, transport: &mut impl Transport) -> io::Result<()> {
        self.received.clear();
        transport.receive_many(&mut self.bytes, SLOT_LEN, &mut self.received)
    }

    /// The datagrams that the kernel sent: as much of them as there was room for, and their lengths.
    pub(super) fn datagrams(&self) -> impl Iterator<Item = (&[u8], usize)> {
        let datagrams = self.bytes.chunks_exact(SLOT_LEN).zip(&self.received);
        datagrams
            .filter(|(_, received)| received.from_kernel)
            .map(|(slot, received)| (&slot[..received.len.min(SLOT_LEN)], received.len))
    }
}
