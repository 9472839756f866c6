// SPDX-License-Identifier: MIT OR Apache-2.0

//! The netlink socket.
//!
//! Opening, options and sending are neli's; receiving is rustix's, which also says who sent a
//! datagram and whether it was cut.

use crate::transport::{Received, Transport};
use neli::consts::socket::{Msg, NlFamily};
use neli::socket::NlSocket;
use neli::utils::Groups;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use rustix::net::netlink::SocketAddrNetlink;
use rustix::net::{RecvFlags, SocketAddrAny, recvfrom};
use std::fmt;
use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd};
use std::time::Duration;

/// A generic netlink socket, bound to a port of the kernel's choice.
pub struct Socket {
    socket: NlSocket,
    port: u32,
}

impl Socket {
    /// Opens a socket that asks for extended acks, capped errors and strict checking.
    pub fn open() -> io::Result<Self> {
        let socket = NlSocket::connect(NlFamily::Generic, None, Groups::empty())?;
        socket.enable_ext_ack(true)?;
        socket.enable_strict_checking(true)?;
        let port = socket.pid()?;
        let socket = Self { socket, port };
        socket.cap_errors()?;
        Ok(socket)
    }

    /// Sets how many bytes of messages the kernel keeps until they are received. The kernel takes
    /// double the size for its bookkeeping and no more than `net.core.rmem_max`.
    pub fn set_receive_buffer(&self, bytes: usize) -> io::Result<()> {
        self.socket.set_recv_buffer_size(bytes)
    }

    /// Joins the multicast group with this number.
    pub fn join(&self, group: u32) -> io::Result<()> {
        self.socket
            .add_mcast_membership(Groups::new_groups(&[group]))
    }

    /// Leaves the multicast group with this number.
    pub fn leave(&self, group: u32) -> io::Result<()> {
        self.socket
            .drop_mcast_membership(Groups::new_groups(&[group]))
    }

    /// Asks that an error does not carry back the whole request (`NETLINK_CAP_ACK`), which neli has
    /// no call for.
    #[allow(unsafe_code)]
    fn cap_errors(&self) -> io::Result<()> {
        let on: libc::c_int = 1;
        // SAFETY: The option is a `c_int`; the kernel reads that many bytes from the pointer and
        // keeps nothing of it.
        let result = unsafe {
            libc::setsockopt(
                self.socket.as_raw_fd(),
                libc::SOL_NETLINK,
                libc::NETLINK_CAP_ACK,
                (&raw const on).cast(),
                size_of_val(&on) as libc::socklen_t,
            )
        };
        match result {
            0 => Ok(()),
            _ => Err(io::Error::last_os_error()),
        }
    }
}

impl AsFd for Socket {
    #[allow(unsafe_code)]
    fn as_fd(&self) -> BorrowedFd<'_> {
        // SAFETY: neli's socket keeps the descriptor open until it is dropped, and so while `self` is
        // borrowed.
        unsafe { BorrowedFd::borrow_raw(self.socket.as_raw_fd()) }
    }
}

impl fmt::Debug for Socket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Socket")
            .field("fd", &self.socket.as_raw_fd())
            .field("port", &self.port)
            .finish()
    }
}

impl Transport for Socket {
    fn port(&self) -> u32 {
        self.port
    }

    fn send(&mut self, datagram: &[u8]) -> io::Result<()> {
        // The kernel carries out the requests of a datagram while it is being sent, and takes all of
        // it or nothing.
        self.socket.send(datagram, Msg::empty()).map(|_| ())
    }

    fn receive(&mut self, buffer: &mut [u8]) -> io::Result<Option<Received>> {
        let flags = RecvFlags::DONTWAIT | RecvFlags::TRUNC;
        match recvfrom(&*self, buffer, flags) {
            Ok((_, len, from)) => Ok(Some(Received {
                len,
                from_kernel: is_kernel(from),
            })),
            Err(Errno::AGAIN | Errno::INTR) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    fn wait(&mut self, timeout: Duration) -> io::Result<()> {
        let timeout = Timespec::try_from(timeout).map_err(io::Error::other)?;
        let mut fds = [PollFd::new(&*self, PollFlags::IN)];
        match poll(&mut fds, Some(&timeout)) {
            Ok(_) | Err(Errno::INTR) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }
}

/// Whether a datagram with this sender is the kernel's, which alone has port 0.
fn is_kernel(from: Option<SocketAddrAny>) -> bool {
    from.and_then(|from| SocketAddrNetlink::try_from(from).ok())
        .is_some_and(|from| from.pid() == 0)
}
