// SPDX-License-Identifier: MIT OR Apache-2.0

//! Transports that tasks share.

use super::netlink::Socket;
use super::transport::{Received, Transport};
use std::io;
use std::os::fd::{AsFd, BorrowedFd};
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll, ready};
use tokio::io::Interest;
use tokio::io::unix::AsyncFd;

/// A transport that the tasks of a program share: an [`AsyncSocket`], or a fake kernel in tests.
///
/// Its methods may be called on several threads at once.
pub trait AsyncTransport: Send + Sync + 'static {
    /// A transport of one owner to the same kernel, for dumps and batches.
    type Exclusive: Transport + Send + 'static;

    /// Returns the port to which the kernel addresses its answers.
    fn port(&self) -> u32;

    /// Sends a datagram of requests. Blocks while the kernel executes them.
    ///
    /// # Errors
    ///
    /// Fails if the kernel takes none of the requests.
    fn send(&self, datagram: &[u8]) -> io::Result<()>;

    /// Receives datagrams as [`Transport::receive_many`] does.
    ///
    /// # Errors
    ///
    /// Fails with `ENOBUFS` if messages were lost before.
    fn receive_many(
        &self,
        slots: &mut [u8],
        slot_len: usize,
        received: &mut Vec<Received>,
    ) -> io::Result<()>;

    /// Returns the size of the receive buffer in bytes, as the kernel counts them.
    ///
    /// # Errors
    ///
    /// Fails if the size is unknown.
    fn receive_buffer(&self) -> io::Result<usize>;

    /// Returns ready if something may have arrived since the last call. The caller then receives
    /// until nothing is left. Otherwise wakes the task of the last call once something arrives.
    ///
    /// # Errors
    ///
    /// Fails if the transport cannot be polled.
    fn poll_readable(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>>;

    /// Opens a transport for requests of one owner.
    ///
    /// # Errors
    ///
    /// Fails if no socket can be opened.
    fn open_exclusive(&self) -> io::Result<Self::Exclusive>;
}

/// A [`Socket`] that tasks share.
#[derive(Debug)]
pub struct AsyncSocket {
    /// Registered with tokio when an answer is first waited for. Most answers arrive within the send,
    /// and each datagram costs more on a registered socket.
    registered: OnceLock<io::Result<AsyncFd<Arc<Socket>>>>,
    socket: Arc<Socket>,
}

impl AsyncSocket {
    /// Returns the socket registered with tokio.
    #[allow(unsafe_code)]
    fn registered(&self) -> io::Result<&AsyncFd<Arc<Socket>>> {
        let registered = self.registered.get_or_init(|| {
            let socket = Arc::clone(&self.socket);
            // SAFETY: A socket returns the same descriptor at each call, which is open until the
            // socket is dropped, and nothing can take the socket out of the `Arc`.
            let fd = unsafe { AsyncFd::register_with_interest(socket, Interest::READABLE) };
            fd.map_err(io::Error::from)
        });
        let again = |error: &io::Error| io::Error::new(error.kind(), error.to_string());
        registered.as_ref().map_err(again)
    }
}

impl From<Socket> for AsyncSocket {
    fn from(socket: Socket) -> Self {
        Self {
            registered: OnceLock::new(),
            socket: Arc::new(socket),
        }
    }
}

impl AsFd for AsyncSocket {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.socket.as_fd()
    }
}

impl AsyncTransport for AsyncSocket {
    type Exclusive = Socket;

    fn port(&self) -> u32 {
        self.socket.port()
    }

    fn send(&self, datagram: &[u8]) -> io::Result<()> {
        self.socket.send_datagram(datagram)
    }

    fn receive_many(
        &self,
        slots: &mut [u8],
        slot_len: usize,
        received: &mut Vec<Received>,
    ) -> io::Result<()> {
        self.socket.receive_slots(slots, slot_len, received)
    }

    fn receive_buffer(&self) -> io::Result<usize> {
        self.socket.receive_buffer()
    }

    /// Panics outside of a tokio runtime with I/O enabled, as all of tokio's sources do.
    fn poll_readable(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let mut guard = ready!(self.registered()?.poll_read_ready(cx))?;
        // Before the caller receives: what arrives later makes it ready again.
        guard.clear_ready();
        Poll::Ready(Ok(()))
    }

    fn open_exclusive(&self) -> io::Result<Socket> {
        self.socket.open_another()
    }
}
