// SPDX-License-Identifier: MIT OR Apache-2.0

//! A socket of the fake kernel.

use super::kernel::FakeKernel;
#[cfg(feature = "tokio")]
use crate::socket::asynchronous::AsyncTransport;
use crate::socket::transport::{EventTransport, Received, Transport};
use crate::wire::message::Messages;
use std::fmt;
use std::io;
#[cfg(feature = "tokio")]
use std::task::{Context, Poll};
use std::time::Duration;

/// A socket of a [`FakeKernel`].
///
/// It can be moved to another thread, and is closed when it is dropped.
pub struct FakeSocket {
    kernel: FakeKernel,
    port: u32,
}

impl FakeKernel {
    /// Opens a socket.
    pub fn open(&self) -> FakeSocket {
        FakeSocket {
            kernel: self.clone(),
            port: self.open_port(),
        }
    }
}

impl FakeSocket {
    /// Returns the kernel of this socket.
    pub fn kernel(&self) -> &FakeKernel {
        &self.kernel
    }
}

impl fmt::Debug for FakeSocket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FakeSocket")
            .field("port", &self.port)
            .finish_non_exhaustive()
    }
}

impl Drop for FakeSocket {
    fn drop(&mut self) {
        self.kernel.close(self.port);
    }
}

/// Methods for sockets of one owner and of several.
impl FakeSocket {
    #[track_caller]
    fn send_datagram(&self, datagram: &[u8]) -> io::Result<()> {
        self.kernel.count_send(Messages::new(datagram).count())?;
        let mut messages = Messages::new(datagram);
        for (place, message) in messages.by_ref() {
            let answers = self.kernel.answer(&datagram[place], message, self.port);
            self.kernel.deliver_all(self.port, answers);
        }
        assert!(
            messages.is_at_end(),
            "the client sent bytes that are no message"
        );
        Ok(())
    }

    fn receive_into(&self, buffer: &mut [u8]) -> io::Result<Option<Received>> {
        self.kernel.receive(self.port, |incoming| {
            let bytes = incoming.bytes.as_deref().unwrap_or_default();
            let fits = bytes.len().min(buffer.len());
            buffer[..fits].copy_from_slice(&bytes[..fits]);
        })
    }

    fn receive_slots(
        &self,
        slots: &mut [u8],
        slot_len: usize,
        received: &mut Vec<Received>,
    ) -> io::Result<()> {
        for slot in slots.chunks_exact_mut(slot_len.max(1)) {
            // The kernel keeps an error for the next call.
            if !received.is_empty() && self.kernel.has_error(self.port) {
                break;
            }
            match self.receive_into(slot)? {
                Some(datagram) => received.push(datagram),
                None => break,
            }
        }
        Ok(())
    }
}

impl Transport for FakeSocket {
    fn port(&self) -> u32 {
        self.port
    }

    /// Sends requests, which the fake kernel answers at once.
    ///
    /// # Errors
    ///
    /// Fails with the error of [`FakeKernel::fail_send`].
    ///
    /// # Panics
    ///
    /// Panics if a request violates the expectations.
    fn send(&mut self, datagram: &[u8]) -> io::Result<()> {
        self.send_datagram(datagram)
    }

    fn receive(&mut self, buffer: &mut [u8]) -> io::Result<Option<Received>> {
        self.receive_into(buffer)
    }

    fn receive_append(
        &mut self,
        buffer: &mut Vec<u8>,
        max_len: usize,
    ) -> io::Result<Option<Received>> {
        self.kernel.receive(self.port, |incoming| {
            let bytes = incoming.bytes.as_deref().unwrap_or_default();
            buffer.extend_from_slice(&bytes[..bytes.len().min(max_len)]);
        })
    }

    fn receive_many(
        &mut self,
        slots: &mut [u8],
        slot_len: usize,
        received: &mut Vec<Received>,
    ) -> io::Result<()> {
        self.receive_slots(slots, slot_len, received)
    }

    fn receive_buffer(&self) -> io::Result<usize> {
        Ok(self.kernel.receive_buffer())
    }

    fn wait(&mut self, timeout: Duration) -> io::Result<()> {
        self.kernel.wait(self.port, timeout);
        Ok(())
    }
}

#[cfg(feature = "tokio")]
impl AsyncTransport for FakeSocket {
    type Exclusive = FakeSocket;

    fn port(&self) -> u32 {
        self.port
    }

    /// Sends requests as the blocking socket does, with the same panics.
    fn send(&self, datagram: &[u8]) -> io::Result<()> {
        self.send_datagram(datagram)
    }

    fn receive_many(
        &self,
        slots: &mut [u8],
        slot_len: usize,
        received: &mut Vec<Received>,
    ) -> io::Result<()> {
        self.receive_slots(slots, slot_len, received)
    }

    fn receive_buffer(&self) -> io::Result<usize> {
        Ok(self.kernel.receive_buffer())
    }

    fn poll_readable(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.kernel.poll_readable(self.port, cx).map(Ok)
    }

    fn open_exclusive(&self) -> io::Result<FakeSocket> {
        Ok(self.kernel.open())
    }
}

impl EventTransport for FakeSocket {
    type Requests = FakeSocket;

    fn open_requests(&self) -> io::Result<FakeSocket> {
        Ok(self.kernel.open())
    }

    fn join(&mut self, group: u32) -> io::Result<()> {
        self.kernel.join(self.port, group);
        Ok(())
    }
}
