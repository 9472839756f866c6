// SPDX-License-Identifier: MIT OR Apache-2.0

//! Requests and their answers.

use super::exchange::write;
use super::families::{FamilyIds, family_id, no_family};
use super::owned::OwnedReply;
use super::pending::PendingRequests;
use super::slots::RecvSlots;
use crate::debug::log as message_log;
use crate::error::{Error, Result};
use crate::extack::check_ack;
use crate::nlctrl::{self, GetfamilyReply, GetfamilyRequest};
use crate::request::{DoRequest, Request};
use crate::schema::Target;
use crate::socket::netlink::Socket;
use crate::socket::transport::{Deadline, MAX_DATAGRAM_LEN, Received, Transport, is_overrun};
use crate::wire::attr::Attrs;
#[cfg(feature = "tokio")]
use crate::wire::message::set_family;
use crate::wire::message::{Kind, Message, Messages, set_seq};
use crate::wire::traits::Decode;
use neli::consts::nl::NlmF;
use std::fmt;
use std::ops::Range;
use std::os::fd::{AsFd, BorrowedFd};
use std::time::Duration;

/// The default timeout, see [`Connection::set_timeout`]. The kernel answers within the call that
/// sends the request, so only operations that answer later need a longer one.
pub const DEFAULT_TIMEOUT: Duration = Duration::from_secs(5);

/// The default limit of a dump in bytes, see [`Connection::set_dump_limit`].
pub const DEFAULT_DUMP_LIMIT: usize = 256 * 1024 * 1024;

/// The minimum buffer for an ACK or an error after a reply.
const ACK_LEN: usize = 4 * 1024;

/// A connection to the kernel, for requests to any number of families.
///
/// A reply borrows from the connection, which can be used again once the reply is dropped. A
/// connection can be moved to another thread. Threads that send at the same time each need their own.
pub struct Connection<T = Socket> {
    pub(super) transport: T,
    pub(super) timeout: Duration,
    pub(super) seq: u32,
    /// The socket has reported an overrun since the last request.
    pub(super) overrun: bool,
    pub(super) dump_limit: usize,
    pub(super) families: FamilyIds,
    /// The last request.
    pub(super) outbox: Vec<u8>,
    /// The last answers.
    pub(super) inbox: Vec<u8>,
    /// The last batch.
    pub(super) queue: PendingRequests,
    /// The last answers to a batch.
    pub(super) slots: RecvSlots,
}

impl<T: fmt::Debug> fmt::Debug for Connection<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Without messages, which may contain keys.
        f.debug_struct("Connection")
            .field("transport", &self.transport)
            .field("timeout", &self.timeout)
            .field("dump_limit", &self.dump_limit)
            .field("families", &self.families)
            .finish_non_exhaustive()
    }
}

impl Connection {
    /// Opens a connection to the kernel.
    ///
    /// # Errors
    ///
    /// Fails with [`Error::Io`] if no socket can be opened.
    pub fn open() -> Result<Self> {
        let socket = Socket::open_private().map_err(Error::io("cannot open a netlink socket"))?;
        Ok(Self::with_transport(socket))
    }

    /// Opens a connection in another network namespace, as [`Socket::open_in`] does.
    ///
    /// ```no_run
    /// let netns = std::fs::File::open("/run/netns/blue")?;
    /// let mut connection = genl::Connection::open_in(netns)?;
    /// println!("{:?}", connection.family("ethtool")?);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// Fails with [`Error::Io`] if the namespace cannot be entered or no socket can be opened.
    pub fn open_in(netns: impl AsFd) -> Result<Self> {
        let socket = Socket::open_in(netns).map_err(Error::io("cannot open a netlink socket"))?;
        Ok(Self::with_transport(socket))
    }
}

impl<T: Transport> Connection<T> {
    /// Creates a connection over `transport`.
    pub fn with_transport(transport: T) -> Self {
        Self {
            transport,
            timeout: DEFAULT_TIMEOUT,
            seq: 0,
            overrun: false,
            dump_limit: DEFAULT_DUMP_LIMIT,
            families: FamilyIds::default(),
            outbox: Vec::new(),
            inbox: Vec::new(),
            queue: PendingRequests::default(),
            slots: RecvSlots::default(),
        }
    }

    /// Sets the timeout of each wait for an answer, [`DEFAULT_TIMEOUT`] at first.
    ///
    /// The timeout does not limit the system call that sends the request, in which the kernel executes
    /// it. If an operation waits for a lock or a device, the caller blocks until the operation has
    /// ended. No socket option ends such a call earlier. To continue in time, send from another thread
    /// and stop waiting for it.
    ///
    /// Each part of a dump that arrives restarts the timeout. Resolving a family has a separate one.
    pub fn set_timeout(&mut self, timeout: Duration) {
        self.timeout = timeout;
    }

    /// Sets the maximum size of a dump in bytes, headers included, [`DEFAULT_DUMP_LIMIT`] at first.
    pub fn set_dump_limit(&mut self, bytes: usize) {
        self.dump_limit = bytes;
    }

    /// Returns the port that the kernel assigned to this connection.
    pub fn port(&self) -> u32 {
        self.transport.port()
    }

    /// Returns the transport.
    pub fn transport(&self) -> &T {
        &self.transport
    }

    /// Sends a request, and waits for the reply and the ACK.
    ///
    /// Resolves the family if necessary, also after its module was reloaded.
    ///
    /// # Errors
    ///
    /// - [`Error::Kernel`]: the kernel rejected the request.
    /// - [`Error::NoFamily`]: the family does not exist.
    /// - [`Error::Timeout`]: no answer arrived in time.
    /// - [`Error::NoReply`], [`Error::Lost`], [`Error::Truncated`]: the receive buffer was too small.
    /// - [`Error::TooLong`], [`Error::OutOfRange`], [`Error::EmbeddedNul`]: the request cannot be
    ///   encoded, and was not sent.
    /// - [`Error::Invalid`]: an attribute is outside the limits of the spec; the request was not sent.
    /// - [`Error::Decode`]: the reply cannot be decoded.
    /// - [`Error::Io`]: the socket failed.
    pub fn request<R: DoRequest>(&mut self, request: &R) -> Result<R::Reply<'_>> {
        let target = request.target();
        let attributes = self.exchange(request, &target)?;
        R::Reply::decode(Attrs::new(&self.inbox[attributes])).map_err(Error::decode(&target))
    }

    /// Sends a request as [`Connection::request`] does, and returns a reply that does not borrow from
    /// the connection.
    ///
    /// ```
    /// use genl::Connection;
    /// use genl::nlctrl::GetfamilyRequest;
    ///
    /// let mut connection = Connection::open()?;
    /// let nlctrl = connection.request_owned(&GetfamilyRequest::new().family_name("nlctrl"))?;
    /// let again = connection.request_owned(&GetfamilyRequest::new().family_name("nlctrl"))?;
    /// assert_eq!(nlctrl.get()?.family_id, again.get()?.family_id);
    /// # Ok::<(), genl::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// Fails as [`Connection::request`] does.
    pub fn request_owned<R: DoRequest>(&mut self, request: &R) -> Result<OwnedReply<R>> {
        let attributes = self.exchange(request, &request.target())?;
        Ok(OwnedReply::new(self.inbox[attributes].to_vec()))
    }

    /// Sends a request, waits for the reply and the ACK, and returns the place of the reply's
    /// attributes in the inbox.
    fn exchange<R: DoRequest>(&mut self, request: &R, target: &Target) -> Result<Range<usize>> {
        let reply = self.with_family(target, |connection, id| {
            let seq = connection.send(request, target, id, NlmF::REQUEST | NlmF::ACK)?;
            connection.reply_and_ack(target, id, seq)
        })?;
        match reply {
            Some(attributes) => Ok(attributes),
            None if !R::Reply::HAS_MESSAGE => Ok(0..0),
            None => Err(Error::NoReply {
                operation: target.into(),
            }),
        }
    }

    /// Sends a request without `NLM_F_ACK`, and does not wait.
    ///
    /// The kernel executes a request within the call that sends it, and reports an error in any case.
    /// A reply is skipped.
    ///
    /// # Errors
    ///
    /// Fails as [`Connection::request`] does, except that no reply can be missing.
    pub fn request_unacknowledged<R: DoRequest>(&mut self, request: &R) -> Result<()> {
        let target = request.target();
        self.with_family(&target, |connection, id| {
            let seq = connection.send(request, &target, id, NlmF::REQUEST)?;
            connection.available_error(&target, seq)
        })
    }

    /// Calls `call` with the id of the family. Calls it again if the kernel no longer knows that id but
    /// has another for the family, as after its module was reloaded.
    ///
    /// The core rejects an unknown id with a bare `ENOENT`, and does not execute the request.
    pub(super) fn with_family<O>(
        &mut self,
        target: &Target,
        mut call: impl FnMut(&mut Self, u16) -> Result<O>,
    ) -> Result<O> {
        let (id, cached) = self.resolve(target)?;
        match call(self, id) {
            Err(Error::Kernel(ext_ack)) if cached && ext_ack.is_unknown_id() => {
                self.families.forget(target.family());
                match self.resolve(target)? {
                    (same, _) if same == id => Err(Error::Kernel(ext_ack)),
                    (id, _) => call(self, id),
                }
            }
            result => result,
        }
    }

    /// Returns the id of a family, and whether it was in the cache.
    pub(super) fn resolve(&mut self, target: &Target) -> Result<(u16, bool)> {
        if let Some(id) = target.family_id() {
            return Ok((id, false));
        }
        if let Some(id) = self.families.get(target.family()) {
            return Ok((id, true));
        }
        let reply = self.get_family(target.family())?;
        let id = family_id(&reply).map_err(Error::decode(nlctrl::GETFAMILY.name))?;
        log::debug!("family {} has id {id}", target.family());
        self.families.remember(target, id);
        Ok((id, false))
    }

    /// Sends nlctrl a request for the family with this name, and returns the reply.
    pub(crate) fn get_family(&mut self, name: &str) -> Result<GetfamilyReply<'_>> {
        self.request(&GetfamilyRequest::new().family_name(name))
            .map_err(|error| no_family(error, name))
    }

    /// Sends a request and returns its sequence number.
    pub(super) fn send<R: Request>(
        &mut self,
        request: &R,
        target: &Target,
        family_id: u16,
        flags: NlmF,
    ) -> Result<u32> {
        self.outbox.clear();
        write::<R>(&mut self.outbox, request, family_id, flags)?;
        self.send_outbox(target)
    }

    /// Sends an encoded request to the family with this id, and returns its sequence number.
    #[cfg(feature = "tokio")]
    pub(super) fn send_encoded(
        &mut self,
        request: &[u8],
        target: &Target,
        family_id: u16,
    ) -> Result<u32> {
        self.outbox.clear();
        self.outbox.extend_from_slice(request);
        set_family(&mut self.outbox, family_id);
        self.send_outbox(target)
    }

    fn send_outbox(&mut self, target: &Target) -> Result<u32> {
        let seq = self.next_seq();
        set_seq(&mut self.outbox, seq);
        message_log::sent(&self.outbox, target);
        self.overrun = false;
        self.transport
            .send(&self.outbox)
            .map_err(Error::io("cannot send to the kernel"))?;
        Ok(seq)
    }

    /// Returns the next sequence number. Events have 0, so no request has it.
    pub(super) fn next_seq(&mut self) -> u32 {
        self.seq = self.seq.checked_add(1).unwrap_or(1);
        self.seq
    }

    /// Waits for the ACK or the error of a request. Returns the place of its reply's attributes.
    fn reply_and_ack(
        &mut self,
        target: &Target,
        family_id: u16,
        seq: u32,
    ) -> Result<Option<Range<usize>>> {
        let mut deadline = Deadline::new(self.timeout);
        let mut reply: Option<Range<usize>> = None;
        loop {
            // Messages that follow a reply are received after it.
            let start = reply.as_ref().map_or(0, |reply| reply.end);
            let datagram = self.receive(start, seq, target, &mut deadline)?;
            let had_reply = reply.is_some();
            for (place, message) in Messages::within(&self.inbox, datagram) {
                if !self.is_answer(&message, seq) {
                    continue;
                }
                message_log::received(&message, target);
                match message.kind {
                    Kind::Error | Kind::Done => {
                        check_ack(&message, &self.outbox, target)?;
                        return Ok(reply);
                    }
                    // A request has one reply. Others would only take memory.
                    Kind::Family(id) if id == family_id && reply.is_none() => {
                        let attributes = message.attrs().as_bytes().len();
                        reply = Some(place.end - attributes..place.end);
                    }
                    _ => {}
                }
            }
            let is_progress = reply.is_some() && !had_reply;
            if !is_progress {
                deadline.left(target)?;
            }
        }
    }

    /// Returns the error of a request if it has arrived, without waiting.
    fn available_error(&mut self, target: &Target, seq: u32) -> Result<()> {
        let mut deadline = Deadline::new(self.timeout);
        loop {
            let datagram = match self.receive_available(0, seq, target) {
                Ok(Some(datagram)) => datagram,
                Ok(None) => break,
                // Errors are short, so this is a reply.
                Err(Error::Truncated { .. }) => 0..0,
                Err(error) => return Err(error),
            };
            for (_, message) in Messages::new(&self.inbox[datagram]) {
                if self.is_answer(&message, seq) && message.kind == Kind::Error {
                    message_log::received(&message, target);
                    return check_ack(&message, &self.outbox, target);
                }
            }
            deadline.left(target)?;
        }
        match self.overrun {
            true => Err(Error::Lost {
                operation: target.into(),
            }),
            false => Ok(()),
        }
    }

    /// Returns whether a message answers the request with this sequence number.
    pub(super) fn is_answer(&self, message: &Message<'_>, seq: u32) -> bool {
        message.seq == seq && message.port == self.transport.port()
    }

    /// Waits for a datagram, and writes it to the inbox from `start` on.
    pub(super) fn receive(
        &mut self,
        start: usize,
        seq: u32,
        target: &Target,
        deadline: &mut Deadline,
    ) -> Result<Range<usize>> {
        loop {
            if let Some(datagram) = self.receive_available(start, seq, target)? {
                return Ok(datagram);
            }
            if self.overrun {
                // The kernel answers within the send, so a missing answer was lost.
                return Err(Error::Lost {
                    operation: target.into(),
                });
            }
            let left = deadline.left(target)?;
            self.transport
                .wait(left)
                .map_err(Error::io("cannot wait for the kernel"))?;
        }
    }

    /// Writes the next datagram to the inbox from `start` on, if one has arrived.
    ///
    /// A datagram from another program counts as empty. So does a truncated one that does not answer
    /// the request with this sequence number.
    pub(super) fn receive_available(
        &mut self,
        start: usize,
        seq: u32,
        target: &Target,
    ) -> Result<Option<Range<usize>>> {
        self.inbox.truncate(start);
        let max_len = MAX_DATAGRAM_LEN.saturating_sub(start).max(ACK_LEN);
        let received = match self.transport.receive_append(&mut self.inbox, max_len) {
            // The caller detects the loss once it has received the rest.
            Err(error) if is_overrun(&error) => {
                self.overrun = true;
                return Ok(Some(start..start));
            }
            received => received.map_err(Error::io("cannot receive from the kernel"))?,
        };
        let Some(Received {
            len, from_kernel, ..
        }) = received
        else {
            return Ok(None);
        };
        let end = self.inbox.len();
        let buffer = end - start;
        if !from_kernel {
            return Ok(Some(start..start));
        }
        if len <= buffer {
            return Ok(Some(start..end));
        }
        match Messages::beginning(&self.inbox[start..]) {
            Some(message) if self.is_answer(&message, seq) => Err(Error::Truncated {
                operation: target.into(),
                len,
                buffer,
            }),
            _ => Ok(Some(start..start)),
        }
    }
}

impl<T: AsFd> AsFd for Connection<T> {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.transport.as_fd()
    }
}
