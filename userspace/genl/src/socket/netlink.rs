// SPDX-License-Identifier: MIT OR Apache-2.0

//! The netlink socket.
//!
//! Opening and sending are neli's; receiving, waiting and the other options are nix's.

use super::transport::{EventTransport, Received, Transport};
use neli::consts::socket::{Msg, NlFamily};
use neli::socket::NlSocket;
use neli::utils::Groups;
use nix::cmsg_space;
use nix::errno::Errno;
use nix::libc;
use nix::poll::{PollFd, PollFlags, ppoll};
use nix::sched::{CloneFlags, setns};
use nix::sys::socket::sockopt::RcvBuf;
use nix::sys::socket::{
    CmsgIterator, ControlMessageOwned, MsgFlags, MultiHeaders, NetlinkAddr, connect, getsockopt,
    recv, recvmmsg, recvmsg,
};
use nix::sys::time::TimeSpec;
use std::array;
use std::cell::RefCell;
use std::fmt;
use std::io::{self, IoSliceMut};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, FromRawFd, IntoRawFd, OwnedFd, RawFd};
use std::panic::resume_unwind;
use std::ptr;
use std::slice::ChunksExactMut;
use std::thread;
use std::time::Duration;

/// The maximum number of datagrams in one receive call.
const AT_ONCE: usize = 64;

/// The answers to one request: a reply and an ACK.
const FEW: usize = 2;

/// Receives without waiting, and returns the full length of a truncated datagram.
const RECEIVE: MsgFlags = MsgFlags::MSG_DONTWAIT.union(MsgFlags::MSG_TRUNC);

/// The maximum length of an event of another network namespace. A longer one counts as lost.
const MAX_EVENT_LEN: usize = 64 * 1024;

/// The cookie of a socket's network namespace, which libc does not have.
const SO_NETNS_COOKIE: libc::c_int = 71;

/// The maximum timeout of one system call.
const MAX_WAIT: Duration = Duration::from_secs(24 * 60 * 60);

thread_local! {
    /// The headers that the kernel fills in for several datagrams, without senders. They contain
    /// pointers, so they cannot be part of a socket, which may move to another thread.
    static HEADERS: RefCell<MultiHeaders<()>> =
        RefCell::new(MultiHeaders::preallocate(AT_ONCE, None));
}

/// A generic netlink socket, bound to a port of the kernel's choice.
///
/// A program can open the socket itself ([`TryFrom<OwnedFd>`]), for example if it has received it from
/// another process, and can set options that the library does not know ([`AsFd`]):
///
/// ```
/// use genl::{Connection, Socket};
/// use nix::sys::socket::{AddressFamily, SockFlag, SockProtocol, SockType, setsockopt, socket, sockopt};
///
/// let fd = socket(
///     AddressFamily::Netlink,
///     SockType::Raw,
///     SockFlag::SOCK_CLOEXEC,
///     SockProtocol::NetlinkGeneric,
/// )?;
/// let socket = Socket::try_from(fd)?;
/// // A BPF filter is attached in the same way, with SO_ATTACH_FILTER or SO_ATTACH_BPF. It must let
/// // errors and ACKs (the types below 16) pass.
/// setsockopt(&socket, sockopt::RcvBuf, &100_000)?;
/// let mut connection = Connection::with_transport(socket);
/// assert_eq!(connection.family("nlctrl")?.id, 16);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Socket {
    socket: NlSocket,
    port: u32,
    /// Only the kernel can send to it.
    is_private: bool,
    /// It receives events of other network namespaces, and their ids.
    has_namespaces: bool,
}

impl Socket {
    /// Opens a socket with extended acks, capped errors and strict checking.
    ///
    /// # Errors
    ///
    /// Fails if the kernel cannot open a socket or set one of these options.
    pub fn open() -> io::Result<Self> {
        let socket = NlSocket::connect(NlFamily::Generic, None, Groups::empty())?;
        Self::with_options(socket)
    }

    fn with_options(socket: NlSocket) -> io::Result<Self> {
        socket.enable_ext_ack(true)?;
        socket.enable_strict_checking(true)?;
        let port = socket.pid()?;
        let socket = Self {
            socket,
            port,
            is_private: false,
            has_namespaces: false,
        };
        socket.cap_errors()?;
        Ok(socket)
    }

    /// Opens a socket to which only the kernel can send. Receiving from it is faster, because the sender
    /// need not be checked, which takes a twentieth of a round trip. It cannot join a group, because
    /// other programs can send to groups.
    ///
    /// # Errors
    ///
    /// Fails as [`Socket::open`] does.
    pub fn open_private() -> io::Result<Self> {
        let mut socket = Self::open()?;
        // From now on only messages from that address arrive, the kernel's.
        connect(socket.socket.as_raw_fd(), &NetlinkAddr::new(0, 0))?;
        while socket.receive(&mut [0])?.is_some() {
            // A message from before.
        }
        socket.is_private = true;
        Ok(socket)
    }

    /// Sets the size of the receive buffer in bytes. The kernel doubles it for its bookkeeping, and limits
    /// it to `net.core.rmem_max`.
    ///
    /// # Errors
    ///
    /// Fails if the kernel rejects the size.
    pub fn set_receive_buffer(&self, bytes: usize) -> io::Result<()> {
        self.socket.set_recv_buffer_size(bytes)
    }

    /// Joins the multicast group with this number.
    ///
    /// # Errors
    ///
    /// Fails if the socket is private, and with `EPERM` if the group requires a capability that the
    /// caller lacks.
    pub fn join(&self, group: u32) -> io::Result<()> {
        if self.is_private {
            return Err(io::Error::from(io::ErrorKind::Unsupported));
        }
        self.socket
            .add_mcast_membership(Groups::new_groups(&[group]))
    }

    /// Leaves the multicast group with this number.
    ///
    /// # Errors
    ///
    /// Fails if the kernel has no such group.
    pub fn leave(&self, group: u32) -> io::Result<()> {
        self.socket
            .drop_mcast_membership(Groups::new_groups(&[group]))
    }

    /// Opens a socket as [`Socket::open_private`] does in another network namespace, given as a file
    /// such as `/run/netns/NAME` or `/proc/PID/ns/net`.
    ///
    /// The caller's thread stays in its own namespace: the socket is opened by a thread that ends before
    /// this function returns. The socket belongs to its namespace as long as it is open.
    ///
    /// # Errors
    ///
    /// Fails as [`Socket::open`] does, with `EPERM` if the caller lacks `CAP_SYS_ADMIN`, and with `EINVAL`
    /// if the file is not a network namespace.
    pub fn open_in(netns: impl AsFd) -> io::Result<Self> {
        in_namespace(netns.as_fd(), Self::open_private)
    }

    /// Opens a socket as [`Socket::open`] does in another network namespace.
    pub(crate) fn open_shared_in(netns: impl AsFd) -> io::Result<Self> {
        in_namespace(netns.as_fd(), Self::open)
    }

    /// Receives the events of all network namespaces that have an id in the socket's own namespace
    /// (`NETLINK_LISTEN_ALL_NSID`), and the id with each.
    pub(crate) fn listen_in_all_namespaces(&mut self) -> io::Result<()> {
        self.set_option(libc::NETLINK_LISTEN_ALL_NSID)?;
        self.has_namespaces = true;
        Ok(())
    }

    /// Returns a number that identifies the network namespace of a socket, if the kernel has it (Linux
    /// 5.14).
    fn namespace_cookie(&self) -> Option<u64> {
        option(self.as_fd(), SO_NETNS_COOKIE).ok()
    }

    /// Opens the network namespace of the socket.
    #[allow(unsafe_code)]
    fn namespace(&self) -> io::Result<OwnedFd> {
        // SAFETY: The request has no argument.
        let fd = unsafe { libc::ioctl(self.socket.as_raw_fd(), libc::SIOCGSKNS as _) };
        let fd = Errno::result(fd)?;
        // SAFETY: The kernel has just opened it for this process, and nothing else knows it.
        Ok(unsafe { OwnedFd::from_raw_fd(fd) })
    }

    /// Sets `NETLINK_CAP_ACK`, so that an error does not repeat the whole request.
    fn cap_errors(&self) -> io::Result<()> {
        self.set_option(libc::NETLINK_CAP_ACK)
    }

    /// Sets an option of netlink that neither neli nor nix has.
    #[allow(unsafe_code)]
    fn set_option(&self, option: libc::c_int) -> io::Result<()> {
        let on: libc::c_int = 1;
        // SAFETY: The option is a `c_int`; the kernel reads that many bytes from the pointer and
        // keeps nothing of it.
        let result = unsafe {
            libc::setsockopt(
                self.socket.as_raw_fd(),
                libc::SOL_NETLINK,
                option,
                (&raw const on).cast(),
                size_of_val(&on) as libc::socklen_t,
            )
        };
        Ok(Errno::result(result).map(drop)?)
    }

    /// Receives a datagram into the spare capacity of `buffer`, which no safe function of nix or neli
    /// does. Returns its length, and whether the kernel sent it.
    #[allow(unsafe_code)]
    fn receive_into_capacity(&self, buffer: &mut Vec<u8>) -> nix::Result<(usize, bool)> {
        let start = buffer.len();
        let spare = buffer.spare_capacity_mut();
        // Only the kernel has port 0.
        let mut sender = *NetlinkAddr::new(u32::MAX, 0).as_ref();
        let mut sender_len = size_of_val(&sender) as libc::socklen_t;
        let (sender_at, sender_len_at) = match self.is_private {
            true => (ptr::null_mut(), ptr::null_mut()),
            false => (&raw mut sender, &raw mut sender_len),
        };
        let (spare_at, spare_len) = (spare.as_mut_ptr(), spare.len());
        // SAFETY: The kernel writes at most `spare_len` bytes to `spare_at` and at most `sender_len`
        // bytes to `sender_at`, both of which are borrowed, and keeps no pointer.
        let received = unsafe {
            libc::recvfrom(
                self.socket.as_raw_fd(),
                spare_at.cast(),
                spare_len,
                RECEIVE.bits(),
                sender_at.cast(),
                sender_len_at,
            )
        };
        let len = Errno::result(received)?.unsigned_abs();
        // SAFETY: The kernel has written this many bytes from `start` on, within the capacity.
        unsafe { buffer.set_len(start + len.min(spare_len)) };
        Ok((len, self.is_private || sender.nl_pid == 0))
    }
}

/// Methods for sockets of one owner and of several.
impl Socket {
    /// Sends requests. The kernel executes them within this call, and takes all of them or none.
    pub(crate) fn send_datagram(&self, datagram: &[u8]) -> io::Result<()> {
        self.socket.send(datagram, Msg::empty()).map(|_| ())
    }

    fn receive_into(&self, buffer: &mut [u8]) -> io::Result<Option<Received>> {
        let fd = self.socket.as_raw_fd();
        let received = match self.is_private {
            true => recv(fd, buffer, RECEIVE).map(|len| (len, true)),
            false => recvmsg::<NetlinkAddr>(fd, &mut [IoSliceMut::new(buffer)], None, RECEIVE)
                .map(|datagram| (datagram.bytes, datagram.address.is_some_and(is_kernel))),
        };
        datagram(received)
    }

    pub(crate) fn receive_slots(
        &self,
        slots: &mut [u8],
        slot_len: usize,
        received: &mut Vec<Received>,
    ) -> io::Result<()> {
        let mut slots = slots.chunks_exact_mut(slot_len.max(1));
        if !self.is_private {
            // The sender must be checked.
            received.extend(self.receive_into(slots.next().unwrap_or_default())?);
            return Ok(());
        }
        let fd = self.socket.as_raw_fd();
        // To prepare slices for many slots takes as long as a system call.
        let receive = match slots.len() {
            ..=FEW => receive_each::<FEW>,
            _ => receive_each::<AT_ONCE>,
        };
        HEADERS
            .try_with(|headers| receive(fd, &mut headers.borrow_mut(), slots, received))
            .map_err(io::Error::other)?
    }

    /// Opens a private socket for requests in the same network namespace.
    pub(crate) fn open_another(&self) -> io::Result<Self> {
        let other = Self::open_private()?;
        match self.namespace_cookie() {
            Some(cookie) if other.namespace_cookie() != Some(cookie) => {
                Self::open_in(self.namespace()?)
            }
            _ => Ok(other),
        }
    }

    /// Receives a datagram and the network namespace that sent it.
    fn receive_with_namespace(&self, buffer: &mut Vec<u8>) -> io::Result<Option<Received>> {
        let start = buffer.len();
        buffer.resize(start + MAX_EVENT_LEN, 0);
        let mut control = cmsg_space!(libc::c_int);
        let received = {
            let mut slices = [IoSliceMut::new(&mut buffer[start..])];
            let fd = self.socket.as_raw_fd();
            recvmsg::<NetlinkAddr>(fd, &mut slices, Some(&mut control), RECEIVE).map(|message| {
                let from_kernel = message.address.is_some_and(is_kernel);
                let namespace = message.cmsgs().ok().and_then(namespace_in);
                let received = Received::new(message.bytes, from_kernel);
                namespace.map_or(received, |id| received.with_namespace(id))
            })
        };
        let received = match received {
            Err(Errno::EAGAIN | Errno::EINTR) => Ok(None),
            received => Ok(Some(received?)),
        };
        let len = match &received {
            Ok(Some(received)) => received.len.min(MAX_EVENT_LEN),
            Ok(None) | Err(_) => 0,
        };
        buffer.truncate(start + len);
        received
    }
}

/// Takes over a generic netlink socket, and sets the options of [`Socket::open`]. Binds it unless it is
/// bound.
impl TryFrom<OwnedFd> for Socket {
    type Error = io::Error;

    /// # Errors
    ///
    /// Fails with `EPROTOTYPE` if it is not a generic netlink socket, and as [`Socket::open`] does.
    #[allow(unsafe_code)]
    fn try_from(fd: OwnedFd) -> io::Result<Self> {
        let kind = |name| option(fd.as_fd(), name);
        let expected = [libc::AF_NETLINK, libc::NETLINK_GENERIC].map(|number| number as u64);
        if [kind(libc::SO_DOMAIN)?, kind(libc::SO_PROTOCOL)?] != expected {
            return Err(Errno::EPROTOTYPE.into());
        }
        // SAFETY: The descriptor is owned, and is passed on.
        let socket = unsafe { NlSocket::from_raw_fd(fd.into_raw_fd()) };
        if socket.pid()? == 0 {
            socket.bind(None, Groups::empty())?;
        }
        Self::with_options(socket)
    }
}

impl From<Socket> for OwnedFd {
    #[allow(unsafe_code)]
    fn from(socket: Socket) -> Self {
        // SAFETY: The descriptor was owned by the socket, which is passed on.
        unsafe { OwnedFd::from_raw_fd(socket.socket.into_raw_fd()) }
    }
}

/// Returns an option of sockets of 4 or 8 bytes.
#[allow(unsafe_code)]
fn option(socket: BorrowedFd<'_>, name: libc::c_int) -> io::Result<u64> {
    let mut bytes = [0; 8];
    let mut len = size_of_val(&bytes) as libc::socklen_t;
    // SAFETY: The kernel writes at most `len` bytes to `bytes`, and the length to `len`. Both are
    // borrowed, and it keeps no pointer.
    let result = unsafe {
        libc::getsockopt(
            socket.as_raw_fd(),
            libc::SOL_SOCKET,
            name,
            bytes.as_mut_ptr().cast(),
            &raw mut len,
        )
    };
    Errno::result(result)?;
    Ok(match len {
        8 => u64::from_ne_bytes(bytes),
        _ => u32::from_ne_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]).into(),
    })
}

/// Runs `job` in a network namespace, on another thread.
fn in_namespace<O: Send>(
    netns: BorrowedFd<'_>,
    job: impl FnOnce() -> io::Result<O> + Send,
) -> io::Result<O> {
    thread::scope(|scope| {
        let entered = thread::Builder::new().spawn_scoped(scope, move || {
            setns(netns, CloneFlags::CLONE_NEWNET)?;
            job()
        })?;
        entered.join().unwrap_or_else(|panic| resume_unwind(panic))
    })
}

/// Returns the id of the network namespace that sent a message.
fn namespace_in(mut messages: CmsgIterator<'_>) -> Option<i32> {
    messages.find_map(|message| match message {
        ControlMessageOwned::Unknown(unknown)
            if unknown.cmsg_header.cmsg_level == libc::SOL_NETLINK
                && unknown.cmsg_header.cmsg_type == libc::NETLINK_LISTEN_ALL_NSID =>
        {
            unknown
                .data_bytes
                .first_chunk()
                .copied()
                .map(i32::from_ne_bytes)
        }
        _ => None,
    })
}

impl AsRawFd for Socket {
    fn as_raw_fd(&self) -> RawFd {
        self.socket.as_raw_fd()
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
        if self.has_namespaces {
            return self.receive_with_namespace(buffer);
        }
        buffer.reserve(max_len);
        datagram(self.receive_into_capacity(buffer))
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
        Ok(getsockopt(self, RcvBuf)?)
    }

    fn wait(&mut self, timeout: Duration) -> io::Result<()> {
        // A wait may end early, and a longer time may overflow the type that `ppoll` takes.
        let timeout = timeout.min(MAX_WAIT);
        let mut fds = [PollFd::new(self.as_fd(), PollFlags::POLLIN)];
        match ppoll(&mut fds, Some(TimeSpec::from_duration(timeout)), None) {
            Ok(_) | Err(Errno::EINTR) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }
}

impl EventTransport for Socket {
    type Requests = Socket;

    fn open_requests(&self) -> io::Result<Socket> {
        self.open_another()
    }

    fn join(&mut self, group: u32) -> io::Result<()> {
        Socket::join(self, group)
    }
}

/// Returns the result of a receive call, or `None` if nothing has arrived.
fn datagram(received: nix::Result<(usize, bool)>) -> io::Result<Option<Received>> {
    match received {
        Ok((len, from_kernel)) => Ok(Some(Received::new(len, from_kernel))),
        Err(Errno::EAGAIN | Errno::EINTR) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// Receives datagrams from the kernel, each into one of the first `N` of `slots`.
fn receive_each<const N: usize>(
    fd: RawFd,
    headers: &mut MultiHeaders<()>,
    mut slots: ChunksExactMut<'_, u8>,
    received: &mut Vec<Received>,
) -> io::Result<()> {
    let count = slots.len();
    let mut slices: [_; N] = array::from_fn(|_| IoSliceMut::new(slots.next().unwrap_or_default()));
    let slices = slices.iter_mut().take(count).map(array::from_mut);
    match recvmmsg(fd, headers, slices, RECEIVE, None) {
        Ok(datagrams) => {
            received.extend(datagrams.map(|datagram| Received::new(datagram.bytes, true)));
        }
        Err(Errno::EAGAIN | Errno::EINTR) => {}
        Err(error) => return Err(error.into()),
    }
    Ok(())
}

/// Returns whether this is the address of the kernel, which alone has port 0.
fn is_kernel(sender: NetlinkAddr) -> bool {
    sender.pid() == 0
}

#[cfg(test)]
mod tests {
    use super::*;
    use nix::sys::socket::sendto;

    /// Sends bytes from one socket to another. Requires root.
    fn send_to(to: &Socket, from: &Socket, bytes: &[u8]) -> nix::Result<usize> {
        let address = NetlinkAddr::new(to.port, 0);
        sendto(from.socket.as_raw_fd(), bytes, &address, MsgFlags::empty())
    }

    #[test]
    fn wait_accepts_the_maximum_duration() {
        let mut socket = Socket::open_private().unwrap();
        // The kernel answers an empty request with an error.
        let mut request = [0; 20];
        request[0] = 20;
        request[4] = 16;
        request[6] = 5;
        socket.send(&request).unwrap();
        socket.wait(Duration::MAX).unwrap();
        assert!(socket.receive(&mut [0; 256]).unwrap().is_some());
    }

    #[test]
    fn receive_append_keeps_the_bytes_of_the_buffer() {
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
    fn receive_append_receives_long_datagrams() {
        let other = Socket::open().unwrap();
        let mut socket = Socket::open().unwrap();
        let long: Vec<u8> = (0..100_000u32).map(|at| at as u8).collect();
        if send_to(&socket, &other, &long) == Err(Errno::EPERM) {
            return; // Only root can send to other programs.
        }
        let mut buffer = Vec::new();
        let received =
            socket.receive_append(&mut buffer, crate::socket::transport::MAX_DATAGRAM_LEN);
        assert_eq!(
            received.unwrap().map(|received| received.len),
            Some(100_000)
        );
        assert!(buffer == long);
    }

    #[test]
    fn a_descriptor_of_the_program_becomes_a_socket() {
        let fd = OwnedFd::from(Socket::open_private().unwrap());
        let mut socket = Socket::try_from(fd).unwrap();
        assert_ne!(socket.port, 0);
        let mut request = [0; 20];
        request[0] = 20;
        request[4] = 16;
        request[6] = 5;
        socket.send(&request).unwrap();
        assert!(socket.receive(&mut [0; 256]).unwrap().is_some());
    }

    #[test]
    fn a_descriptor_of_another_kind_is_an_error() {
        let socket = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
        let error = Socket::try_from(OwnedFd::from(socket)).unwrap_err();
        assert_eq!(error.raw_os_error(), Some(libc::EPROTOTYPE));
        let file = std::fs::File::open("/dev/null").unwrap();
        let error = Socket::try_from(OwnedFd::from(file)).unwrap_err();
        assert_eq!(error.raw_os_error(), Some(libc::ENOTSOCK));
    }

    #[test]
    fn receive_many_accepts_empty_slots() {
        let mut socket = Socket::open_private().unwrap();
        socket
            .receive_many(&mut [0; 4], 0, &mut Vec::new())
            .unwrap();
    }

    #[test]
    fn only_the_kernel_can_send_to_a_private_socket() {
        let other = Socket::open().unwrap();
        let send = |to: &Socket| send_to(to, &other, b"bytes");
        let mut open = Socket::open().unwrap();
        let mut private = Socket::open_private().unwrap();
        if send(&open) == Err(Errno::EPERM) {
            return; // Only root can send to other programs.
        }
        let received = open.receive(&mut [0; 8]).unwrap().unwrap();
        assert_eq!((received.len, received.from_kernel), (5, false));
        assert_eq!(send(&private), Err(Errno::ECONNREFUSED));
        assert_eq!(private.receive(&mut [0; 8]).unwrap(), None);
        // Other programs can send to groups.
        assert!(private.join(1).is_err());
    }
}
