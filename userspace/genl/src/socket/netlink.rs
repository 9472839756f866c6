// SPDX-License-Identifier: MIT OR Apache-2.0

//! The netlink socket.
//!
//! Opening, options and sending are neli's; receiving is rustix's, which also says who sent a
//! datagram and whether it was cut. Receiving several at once is nix's.

use super::transport::{Received, Transport};
use neli::consts::socket::{Msg, NlFamily};
use neli::socket::NlSocket;
use neli::utils::Groups;
use nix::sys::socket::{MsgFlags, MultiHeaders, recvmmsg};
use rustix::buffer::spare_capacity;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use rustix::net::netlink::SocketAddrNetlink;
use rustix::net::sockopt::socket_recv_buffer_size;
use rustix::net::{RecvFlags, SocketAddrAny, connect, recv, recvfrom};
use std::array;
use std::cell::RefCell;
use std::fmt;
use std::io::{self, IoSliceMut};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, RawFd};
use std::slice::ChunksExactMut;
use std::time::Duration;

/// Most datagrams that are received at once.
const AT_ONCE: usize = 64;

/// What is received is there already, and its length is told even if it is cut.
const RECEIVE: RecvFlags = RecvFlags::DONTWAIT.union(RecvFlags::TRUNC);

/// The longest that is waited at once.
const LONGEST_WAIT: Duration = Duration::from_secs(24 * 60 * 60);

thread_local! {
    /// What the kernel fills in when it hands out several datagrams, without their senders. It holds
    /// pointers, and so cannot be part of a socket, which may be moved to another thread.
    static HEADERS: RefCell<MultiHeaders<()>> =
        RefCell::new(MultiHeaders::preallocate(AT_ONCE, None));
}

/// A generic netlink socket, bound to a port of the kernel's choice.
pub struct Socket {
    socket: NlSocket,
    port: u32,
    /// Whether the kernel alone can send to it.
    is_private: bool,
}

impl Socket {
    /// Opens a socket that asks for extended acks, capped errors and strict checking.
    pub fn open() -> io::Result<Self> {
        let socket = NlSocket::connect(NlFamily::Generic, None, Groups::empty())?;
        socket.enable_ext_ack(true)?;
        socket.enable_strict_checking(true)?;
        let port = socket.pid()?;
        let socket = Self {
            socket,
            port,
            is_private: false,
        };
        socket.cap_errors()?;
        Ok(socket)
    }

    /// Opens one that the kernel alone can send to, so that senders need not be asked for with each
    /// datagram, which takes a twentieth of a round trip. It cannot join a group, since to groups
    /// other programs can send.
    pub fn open_private() -> io::Result<Self> {
        let mut socket = Self::open()?;
        // The kernel then lets through only what comes from that address, its own.
        connect(&socket, &SocketAddrNetlink::new(0, 0))?;
        while socket.receive(&mut [0])?.is_some() {
            // It was sent before that.
        }
        socket.is_private = true;
        Ok(socket)
    }

    /// Sets how many bytes of messages the kernel keeps until they are received. The kernel takes
    /// double the size for its bookkeeping and no more than `net.core.rmem_max`.
    pub fn set_receive_buffer(&self, bytes: usize) -> io::Result<()> {
        self.socket.set_recv_buffer_size(bytes)
    }

    /// Joins the multicast group with this number, unless the socket is private.
    pub fn join(&self, group: u32) -> io::Result<()> {
        if self.is_private {
            return Err(io::Error::from(io::ErrorKind::Unsupported));
        }
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
        let received = match self.is_private {
            true => recv(&*self, buffer, RECEIVE).map(|(_, len)| (len, true)),
            false => recvfrom(&*self, buffer, RECEIVE).map(|(_, len, from)| (len, is_kernel(from))),
        };
        datagram(received)
    }

    fn receive_append(
        &mut self,
        buffer: &mut Vec<u8>,
        room: usize,
    ) -> io::Result<Option<Received>> {
        buffer.reserve(room);
        let room = spare_capacity(buffer);
        let received = match self.is_private {
            true => recv(&*self, room, RECEIVE).map(|(_, len)| (len, true)),
            false => recvfrom(&*self, room, RECEIVE).map(|(_, len, from)| (len, is_kernel(from))),
        };
        datagram(received)
    }

    fn receive_many(
        &mut self,
        slots: &mut [u8],
        slot_len: usize,
        received: &mut Vec<Received>,
    ) -> io::Result<()> {
        let mut slots = slots.chunks_exact_mut(slot_len.max(1));
        if !self.is_private {
            // Here it matters who has sent it.
            received.extend(self.receive(slots.next().unwrap_or_default())?);
            return Ok(());
        }
        let fd = self.socket.as_raw_fd();
        HEADERS
            .try_with(|headers| receive_each(fd, &mut headers.borrow_mut(), slots, received))
            .map_err(io::Error::other)?
    }

    fn receive_buffer(&self) -> io::Result<usize> {
        Ok(socket_recv_buffer_size(self)?)
    }

    fn wait(&mut self, timeout: Duration) -> io::Result<()> {
        // It may end early, and `poll` takes no time that is beyond its type.
        let timeout = timeout.min(LONGEST_WAIT);
        let timeout = Timespec::try_from(timeout).map_err(io::Error::other)?;
        let mut fds = [PollFd::new(&*self, PollFlags::IN)];
        match poll(&mut fds, Some(&timeout)) {
            Ok(_) | Err(Errno::INTR) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }
}

/// What a system call says of a datagram: its length, and whether the kernel sent it.
fn datagram(received: Result<(usize, bool), Errno>) -> io::Result<Option<Received>> {
    match received {
        Ok((len, from_kernel)) => Ok(Some(Received { len, from_kernel })),
        Err(Errno::AGAIN | Errno::INTR) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// Receives datagrams of the kernel's, each into one of `slots`.
fn receive_each(
    fd: RawFd,
    headers: &mut MultiHeaders<()>,
    mut slots: ChunksExactMut<'_, u8>,
    received: &mut Vec<Received>,
) -> io::Result<()> {
    let count = slots.len();
    let mut slices: [_; AT_ONCE] =
        array::from_fn(|_| IoSliceMut::new(slots.next().unwrap_or_default()));
    let slices = slices.iter_mut().take(count).map(array::from_mut);
    let flags = MsgFlags::MSG_DONTWAIT | MsgFlags::MSG_TRUNC;
    match recvmmsg(fd, headers, slices, flags, None) {
        Ok(datagrams) => received.extend(datagrams.map(|datagram| Received {
            len: datagram.bytes,
            from_kernel: true,
        })),
        Err(nix::Error::EAGAIN | nix::Error::EINTR) => {}
        Err(error) => return Err(error.into()),
    }
    Ok(())
}

/// Whether a datagram with this sender is the kernel's, which alone has port 0.
fn is_kernel(from: Option<SocketAddrAny>) -> bool {
    from.and_then(|from| SocketAddrNetlink::try_from(from).ok())
        .is_some_and(|from| from.pid() == 0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rustix::net::{SendFlags, sendto};

    #[test]
    fn a_wait_may_be_longer_than_the_kernels_type() {
        let mut socket = Socket::open_private().unwrap();
        // An empty request is answered at once, if only by an error.
        let mut request = [0; 20];
        request[0] = 20;
        request[4] = 16;
        request[6] = 5;
        socket.send(&request).unwrap();
        socket.wait(Duration::MAX).unwrap();
        assert!(socket.receive(&mut [0; 256]).unwrap().is_some());
    }

    #[test]
    fn a_datagram_is_received_behind_what_a_buffer_holds() {
        let mut socket = Socket::open_private().unwrap();
        let mut request = [0; 20];
        request[0] = 20;
        request[4] = 16;
        request[6] = 5;
        socket.send(&request).unwrap();
        let mut buffer = b"before".to_vec();
        let received = socket.receive_append(&mut buffer, 4096).unwrap().unwrap();
        assert_eq!(buffer.len(), 6 + received.len);
        assert_eq!(buffer[..6], *b"before");
        assert_eq!(socket.receive_append(&mut buffer, 4096).unwrap(), None);
        assert_eq!(buffer.len(), 6 + received.len);
    }

    #[test]
    fn a_long_datagram_is_received_whole() {
        let other = Socket::open().unwrap();
        let mut socket = Socket::open().unwrap();
        let long: Vec<u8> = (0..100_000u32).map(|at| at as u8).collect();
        let address = SocketAddrNetlink::new(socket.port, 0);
        if sendto(&other, &long, SendFlags::empty(), &address) == Err(Errno::PERM) {
            return; // Who is not root can send to no other program.
        }
        let mut buffer = Vec::new();
        let received = socket.receive_append(&mut buffer, crate::socket::transport::ROOM);
        assert_eq!(
            received.unwrap().map(|received| received.len),
            Some(100_000)
        );
        assert!(buffer == long);
    }

    #[test]
    fn slots_of_no_length_are_survived() {
        let mut socket = Socket::open_private().unwrap();
        socket
            .receive_many(&mut [0; 4], 0, &mut Vec::new())
            .unwrap();
    }

    #[test]
    fn only_the_kernel_can_send_to_a_private_one() {
        let other = Socket::open().unwrap();
        let send = |to: &Socket| {
            let address = SocketAddrNetlink::new(to.port, 0);
            sendto(&other, b"bytes", SendFlags::empty(), &address)
        };
        let mut open = Socket::open().unwrap();
        let mut private = Socket::open_private().unwrap();
        if send(&open) == Err(Errno::PERM) {
            return; // Who is not root can send to no other program anyway.
        }
        let received = open.receive(&mut [0; 8]).unwrap().unwrap();
        assert_eq!((received.len, received.from_kernel), (5, false));
        assert_eq!(send(&private), Err(Errno::CONNREFUSED));
        assert_eq!(private.receive(&mut [0; 8]).unwrap(), None);
        // With a group others could.
        assert!(private.join(1).is_err());
    }
}
