// SPDX-License-Identifier: MIT OR Apache-2.0

//! Requests and their answers.

use super::families::{FamilyIds, family_id, no_family};
use super::pending::PendingRequests;
use super::slots::RecvSlots;
use crate::debug::log as message_log;
use crate::error::{Error, Result};
use crate::extack::check_ack;
use crate::nlctrl::{self, GetfamilyReply, GetfamilyRequest};
use crate::request::{DoRequest, Request};
use crate::schema::{FamilyInfo, OperationInfo};
use crate::socket::deadline::Deadline;
use crate::socket::netlink::Socket;
use crate::socket::transport::{ROOM, Received, Transport, is_overrun};
use crate::wire::attr::Attrs;
use crate::wire::encode::Encoder;
use crate::wire::message::{Kind, Message, Messages, RequestHeaders, write_request};
use crate::wire::traits::Decode;
use neli::consts::nl::NlmF;
use std::fmt;
use std::ops::Range;
use std::os::fd::{AsFd, BorrowedFd};
use std::time::Duration;

/// How long an answer is waited for unless [`Connection::set_timeout`] says otherwise. The kernel
/// answers while the request is being sent, so only an operation that answers later needs longer.
pub const DEFAULT_TIMEOUT: Duration = Duration::from_secs(5);

/// How many bytes of items a list may have unless [`Connection::set_dump_limit`] says otherwise.
pub const DEFAULT_DUMP_LIMIT: usize = 256 * 1024 * 1024;

/// Room for an ACK or an error behind a reply.
const ACK_ROOM: usize = 4 * 1024;

/// A connection to the kernel, over which any number of families can be asked.
///
/// Replies borrow from the connection: it can be used again once the reply is no longer needed. It
/// can be moved to another thread; to ask from several at once, open one for each.
pub struct Connection<T = Socket> {
    pub(super) transport: T,
    pub(super) timeout: Duration,
    pub(super) seq: u32,
    /// Whether something has been lost since the last request, for want of room in the socket.
    pub(super) overrun: bool,
    pub(super) dump_limit: usize,
    pub(super) families: FamilyIds,
    /// The last request.
    pub(super) outbox: Vec<u8>,
    /// The last answers.
    pub(super) inbox: Vec<u8>,
    /// The last batch,
    pub(super) queue: PendingRequests,
    /// and the last answers to one.
    pub(super) slots: RecvSlots,
}

impl<T: fmt::Debug> fmt::Debug for Connection<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Without messages, in which keys may be.
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
    pub fn open() -> Result<Self> {
        let socket = Socket::open_private().map_err(Error::io("cannot open a netlink socket"))?;
        Ok(Self::with_transport(socket))
    }
}

impl<T: Transport> Connection<T> {
    /// A connection over `transport`.
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

    /// Sets how long an answer is waited for once a request was sent; [`DEFAULT_TIMEOUT`] if it is not
    /// set.
    ///
    /// The timeout does not bound the sending itself, within which the kernel executes the request. An
    /// operation that waits for a lock or a device holds up the caller until it has ended, and its
    /// answer then counts, however late. Nothing that a socket can be asked for ends such a call
    /// earlier: to go on in time, send from another thread and stop waiting for that one.
    ///
    /// A list has the time anew for each part of it that comes, and resolving a family has a time of
    /// its own.
    pub fn set_timeout(&mut self, timeout: Duration) {
        self.timeout = timeout;
    }

    /// Sets how many bytes of items, with their headers, a list may have; [`DEFAULT_DUMP_LIMIT`] if it is not set.
    pub fn set_dump_limit(&mut self, bytes: usize) {
        self.dump_limit = bytes;
    }

    /// The port that the kernel gave to this connection.
    pub fn port(&self) -> u32 {
        self.transport.port()
    }

    /// What carries the messages.
    pub fn transport(&self) -> &T {
        &self.transport
    }

    /// Asks for one thing, and waits for the reply and the ACK.
    pub fn request<R: DoRequest>(&mut self, request: &R) -> Result<R::Reply<'_>> {
        let reply = self.with_family::<R, _>(|connection, id| {
            let seq = connection.send(request, id, NlmF::REQUEST | NlmF::ACK)?;
            connection.reply_and_ack(R::OPERATION, id, seq)
        })?;
        let attrs = match reply {
            Some(attributes) => Attrs::new(&self.inbox[attributes]),
            None if !R::Reply::HAS_MESSAGE => Attrs::default(),
            None => {
                return Err(Error::NoReply {
                    operation: R::OPERATION.name,
                });
            }
        };
        R::Reply::decode(attrs).map_err(Error::decode(R::OPERATION.name))
    }

    /// Asks for one thing without an ACK (`NLM_F_ACK`), and does not wait.
    ///
    /// The kernel carries out a request while it is being sent, and tells of an error in any case; so
    /// one is returned here too. What a family answers without an ACK is passed over.
    pub fn request_unacknowledged<R: DoRequest>(&mut self, request: &R) -> Result<()> {
        self.with_family::<R, _>(|connection, id| {
            let seq = connection.send(request, id, NlmF::REQUEST)?;
            connection.error_that_is_there(R::OPERATION, seq)
        })
    }

    /// Does `call` with the id of the family, and again if the kernel no longer knows that id but
    /// has another for the family, as after its module was loaded anew.
    ///
    /// The core refuses an unknown id with a bare `ENOENT`, before anything is carried out.
    pub(super) fn with_family<R: Request, O>(
        &mut self,
        mut call: impl FnMut(&mut Self, u16) -> Result<O>,
    ) -> Result<O> {
        let (id, cached) = self.resolve(R::FAMILY)?;
        match call(self, id) {
            Err(Error::Kernel(ext_ack)) if cached && ext_ack.is_unknown_id() => {
                self.families.forget(R::FAMILY.name);
                match self.resolve(R::FAMILY)? {
                    (same, _) if same == id => Err(Error::Kernel(ext_ack)),
                    (id, _) => call(self, id),
                }
            }
            result => result,
        }
    }

    /// The id of a family, and whether it was known already.
    pub(super) fn resolve(&mut self, family: &'static FamilyInfo) -> Result<(u16, bool)> {
        if let Some(id) = family.id {
            return Ok((id, false));
        }
        if let Some(id) = self.families.get(family.name) {
            return Ok((id, true));
        }
        let reply = self.get_family(family.name)?;
        let id = family_id(&reply).map_err(Error::decode(nlctrl::GETFAMILY.name))?;
        log::debug!("family {} has id {id}", family.name);
        self.families.remember(family.name, id);
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
        family_id: u16,
        flags: NlmF,
    ) -> Result<u32> {
        let operation = R::OPERATION;
        let headers = RequestHeaders {
            family_id,
            flags,
            seq: self.next_seq(),
            command: operation.command,
            version: R::FAMILY.version,
        };
        self.outbox.clear();
        write_request(&mut self.outbox, headers, |buffer| {
            Encoder::append(buffer, |to| request.encode(to))
        })
        .map_err(|error| Error::encode(operation)(error))?;
        message_log::sent(&self.outbox, operation);
        self.overrun = false;
        self.transport
            .send(&self.outbox)
            .map_err(Error::io("cannot send to the kernel"))?;
        Ok(headers.seq)
    }

    /// The next sequence number. 0 is that of events, so no request has it.
    pub(super) fn next_seq(&mut self) -> u32 {
        self.seq = self.seq.checked_add(1).unwrap_or(1);
        self.seq
    }

    /// Waits for the ACK or the error of a request; returns where the attributes of its reply are, if
    /// there was one.
    fn reply_and_ack(
        &mut self,
        operation: &'static OperationInfo,
        family_id: u16,
        seq: u32,
    ) -> Result<Option<Range<usize>>> {
        let mut deadline = Deadline::new(self.timeout);
        let mut reply: Option<Range<usize>> = None;
        loop {
            // What follows a reply is received behind it.
            let start = reply.as_ref().map_or(0, |reply| reply.end);
            let datagram = self.receive(start, seq, operation, &mut deadline)?;
            let had_reply = reply.is_some();
            for (place, message) in Messages::within(&self.inbox, datagram) {
                if !self.is_answer(&message, seq) {
                    continue;
                }
                message_log::received(&message, operation);
                match message.kind {
                    Kind::Error | Kind::Done => {
                        check_ack(&message, &self.outbox, operation)?;
                        return Ok(reply);
                    }
                    // There is one reply; others would only take memory.
                    Kind::Family(id) if id == family_id && reply.is_none() => {
                        let attributes = message.attrs().as_bytes().len();
                        reply = Some(place.end - attributes..place.end);
                    }
                    _ => {}
                }
            }
            let is_progress = reply.is_some() && !had_reply;
            if !is_progress {
                deadline.left(operation.name)?;
            }
        }
    }

    /// Looks for the error of a request among what has come, without waiting.
    fn error_that_is_there(&mut self, operation: &'static OperationInfo, seq: u32) -> Result<()> {
        let mut deadline = Deadline::new(self.timeout);
        loop {
            let datagram = match self.receive_what_is_there(0, seq, operation) {
                Ok(Some(datagram)) => datagram,
                Ok(None) => break,
                // An error is short, so this is a reply.
                Err(Error::Truncated { .. }) => 0..0,
                Err(error) => return Err(error),
            };
            for (_, message) in Messages::new(&self.inbox[datagram]) {
                if self.is_answer(&message, seq) && message.kind == Kind::Error {
                    message_log::received(&message, operation);
                    return check_ack(&message, &self.outbox, operation);
                }
            }
            deadline.left(operation.name)?;
        }
        match self.overrun {
            true => Err(Error::Lost {
                operation: operation.name,
            }),
            false => Ok(()),
        }
    }

    /// Whether a message answers the request with this sequence number.
    pub(super) fn is_answer(&self, message: &Message<'_>, seq: u32) -> bool {
        message.seq == seq && message.port == self.transport.port()
    }

    /// Waits for a datagram from the kernel and puts it into the inbox from `start` on.
    pub(super) fn receive(
        &mut self,
        start: usize,
        seq: u32,
        operation: &'static OperationInfo,
        deadline: &mut Deadline,
    ) -> Result<Range<usize>> {
        loop {
            if let Some(datagram) = self.receive_what_is_there(start, seq, operation)? {
                return Ok(datagram);
            }
            if self.overrun {
                // The kernel answers while a request is being sent, so what is not there was lost.
                return Err(Error::Lost {
                    operation: operation.name,
                });
            }
            let left = deadline.left(operation.name)?;
            self.transport
                .wait(left)
                .map_err(Error::io("cannot wait for the kernel"))?;
        }
    }

    /// Puts the next datagram into the inbox from `start` on, if one has come.
    ///
    /// One that others than the kernel sent counts as empty, and so does one that was cut and does not
    /// answer the request with this sequence number.
    pub(super) fn receive_what_is_there(
        &mut self,
        start: usize,
        seq: u32,
        operation: &'static OperationInfo,
    ) -> Result<Option<Range<usize>>> {
        self.inbox.truncate(start);
        let room = ROOM.saturating_sub(start).max(ACK_ROOM);
        let received = match self.transport.receive_append(&mut self.inbox, room) {
            // What was lost is known when all that was not has been received.
            Err(error) if is_overrun(&error) => {
                self.overrun = true;
                return Ok(Some(start..start));
            }
            received => received.map_err(Error::io("cannot receive from the kernel"))?,
        };
        let Some(Received { len, from_kernel }) = received else {
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
                operation: operation.name,
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
