// SPDX-License-Identifier: MIT OR Apache-2.0

//! Batches: many requests in one send.

use super::connection::Connection;
use super::pending::{Chunk, PendingRequests};
use super::slots::AT_ONCE;
use crate::error::{Error, Result};
use crate::request::DoRequest;
use crate::schema::Target;
use crate::socket::netlink::Socket;
use crate::socket::transport::{Deadline, Transport, is_overrun};
#[cfg(feature = "tokio")]
use std::sync::Arc;

/// The part of the socket's receive buffer that a reply and an ACK take: a page for the reply, and the
/// kernel's bookkeeping for both.
pub(super) const ANSWERS_LEN: usize = 6 * 1024;

/// Requests that are sent together, by [`Connection::batch`].
///
/// The kernel executes the requests in the order in which they were added. They may be of several
/// operations and families. A batch takes few system calls for many requests.
///
/// ```no_run
/// use genl::Connection;
/// use genl::nlctrl::GetfamilyRequest;
///
/// let mut connection = Connection::open()?;
/// let mut batch = connection.batch();
/// for name in ["nlctrl", "devlink", "nl80211"] {
///     batch.add(&GetfamilyRequest::new().family_name(name))?;
/// }
/// for family in batch.send().of::<GetfamilyRequest>() {
///     match family {
///         Ok(family) => println!("{:?} has id {:?}", family.family_name, family.family_id),
///         Err(error) => println!("{error}"),
///     }
/// }
/// # Ok::<(), genl::Error>(())
/// ```
#[derive(Debug)]
#[must_use = "a batch does nothing until it is sent"]
pub struct Batch<'c, T = Socket> {
    connection: &'c mut Connection<T>,
}

impl<T: Transport> Connection<T> {
    /// Begins an empty batch.
    pub fn batch(&mut self) -> Batch<'_, T> {
        self.queue.clear();
        Batch { connection: self }
    }

    /// Sends requests of one type in a [`Batch`], and returns the replies in their order.
    ///
    /// # Errors
    ///
    /// Each reply is a separate result. Nothing is sent if [`Batch::add`] fails for one of the requests.
    pub fn request_all<'c, R: DoRequest>(
        &'c mut self,
        requests: &[R],
    ) -> Result<impl Iterator<Item = Result<R::Reply<'c>>> + use<'c, R, T>> {
        let mut batch = self.batch();
        for request in requests {
            batch.add(request)?;
        }
        Ok(batch.send().of::<R>())
    }
}

impl<'c, T: Transport> Batch<'c, T> {
    /// Adds a request after the earlier ones. Resolves the family if necessary.
    ///
    /// # Errors
    ///
    /// Fails if the request cannot be encoded or the family cannot be resolved. The batch then consists
    /// of the other requests.
    pub fn add<R: DoRequest>(&mut self, request: &R) -> Result<()> {
        let (id, _) = self.connection.resolve(&request.target())?;
        self.connection.queue.add(request, id)
    }

    /// Returns the number of requests.
    pub fn len(&self) -> usize {
        self.connection.queue.len()
    }

    /// Returns whether it is empty.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Sends the requests, and waits for all replies and ACKs.
    ///
    /// Each request has its own result: if the kernel rejects one, it executes the others. A batch
    /// is sent in parts of at most 32 requests, and of fewer if the answers could exceed the socket's
    /// receive buffer. Each part has its own timeout. After a timeout the remaining parts are not sent
    /// ([`Error::Unsent`]).
    ///
    /// The parts are sized for replies of a page (4096 bytes). If replies are larger, enlarge the buffer
    /// ([`Socket::set_receive_buffer`]), or some may be lost ([`Error::NoReply`], [`Error::Lost`]). The
    /// maximum is 32 KiB ([`Error::Truncated`]); send a request with a larger reply alone.
    pub fn send(self) -> Answers<'c> {
        let connection = self.connection;
        connection.send_batch();
        Answers {
            queue: &connection.queue,
        }
    }
}

/// The results of the requests of a [`Batch`].
#[derive(Clone, Copy, Debug)]
#[must_use = "each request may have failed"]
pub struct Answers<'c> {
    queue: &'c PendingRequests,
}

impl<'c> Answers<'c> {
    /// Returns the replies to all requests of the operation of `R`, in the order of the requests.
    ///
    /// # Errors
    ///
    /// Each reply is a result with the errors of [`Connection::request`], or [`Error::Unsent`].
    pub fn of<R: DoRequest>(&self) -> impl Iterator<Item = Result<R::Reply<'c>>> + use<'c, R> {
        self.queue.replies::<R>()
    }
}

impl<T: Transport> Connection<T> {
    /// Sends requests with unknown family ids as a batch.
    #[cfg(feature = "tokio")]
    pub(super) fn send_encoded_batch(&mut self, queue: &mut PendingRequests) {
        std::mem::swap(&mut self.queue, queue);
        self.resolve_families();
        self.send_batch();
        std::mem::swap(&mut self.queue, queue);
    }

    /// Resolves the families of all requests.
    #[cfg(feature = "tokio")]
    fn resolve_families(&mut self) {
        let mut failed: Option<(Target, Arc<Error>)> = None;
        for at in 0..self.queue.len() {
            let target = self.queue.target(at);
            let is_same = |(failed, _): &&(Target, _)| failed.family() == target.family();
            if let Some((_, error)) = failed.as_ref().filter(is_same) {
                self.queue.fail_one(at, Arc::clone(error));
                continue;
            }
            match self.resolve(&target) {
                Ok((id, _)) => drop(self.queue.renew(at, id)),
                Err(error) => {
                    let (_, error) = failed.insert((target, Arc::new(error)));
                    self.queue.fail_one(at, Arc::clone(error));
                }
            }
        }
    }

    /// Sends all requests of the batch, and those to a reloaded family again.
    fn send_batch(&mut self) {
        self.send_unsent();
        if self.renew_families() {
            self.send_unsent();
        }
    }

    /// Sends the unsent requests of the batch, and waits for their answers.
    fn send_unsent(&mut self) {
        // If the size is unknown, each request is sent alone.
        let buffer = self.transport.receive_buffer().unwrap_or_default();
        let most = (buffer / ANSWERS_LEN).clamp(1, AT_ONCE);
        self.slots.allocate();
        let mut at = 0;
        while let Some(entries) = self.queue.next_unsent(at, most) {
            at = entries.end;
            let first_seq = self.next_seqs(entries.len());
            let mut chunk = self.queue.begin(entries, first_seq);
            if let Err(error) = self.send_chunk(&mut chunk) {
                let is_over = matches!(error, Error::Timeout { .. });
                self.queue.fail(&chunk, error);
                if is_over {
                    return;
                }
            }
        }
    }

    /// Takes consecutive sequence numbers, and returns the first.
    fn next_seqs(&mut self, count: usize) -> u32 {
        // There are at most `AT_ONCE`.
        let count = u32::try_from(count).unwrap_or(u32::MAX);
        if self.seq > u32::MAX - 1 - count {
            self.seq = 0;
        }
        self.seq += count;
        self.seq - count + 1
    }

    fn send_chunk(&mut self, chunk: &mut Chunk) -> Result<()> {
        self.overrun = false;
        self.transport
            .send(self.queue.bytes(chunk))
            .map_err(Error::io("cannot send to the kernel"))?;
        let mut deadline = Deadline::new(self.timeout);
        while chunk.is_open() {
            match self.slots.receive(&mut self.transport) {
                Err(error) if is_overrun(&error) => {
                    self.overrun = true;
                    deadline.left(self.queue.operation(chunk))?;
                    continue;
                }
                received => received.map_err(Error::io("cannot receive from the kernel"))?,
            }
            if self.slots.received.is_empty() {
                if self.overrun {
                    // The kernel answers within the send, so a missing answer was lost.
                    self.queue.lose(chunk);
                    return Ok(());
                }
                let left = deadline.left(self.queue.operation(chunk))?;
                self.transport
                    .wait(left)
                    .map_err(Error::io("cannot wait for the kernel"))?;
            } else if !self.take(chunk) {
                deadline.left(self.queue.operation(chunk))?;
            }
        }
        Ok(())
    }

    /// Takes the received answers to a chunk. Returns whether there were any.
    fn take(&mut self, chunk: &mut Chunk) -> bool {
        let port = self.transport.port();
        let mut is_progress = false;
        for (datagram, len) in self.slots.datagrams() {
            if len > datagram.len() {
                self.queue.truncated(chunk, datagram, len, port);
            } else {
                is_progress |= self.queue.take(chunk, datagram, port);
            }
        }
        is_progress
    }

    /// Resolves the families again whose ids the kernel no longer knew, as after a reload. Marks their
    /// requests as unsent if the ids are different now. Returns whether there are any.
    fn renew_families(&mut self) -> bool {
        let mut asked: Vec<Target> = Vec::new();
        let mut any = false;
        let mut at = 0;
        while let Some((stale, target)) = self.queue.next_stale(at) {
            at = stale + 1;
            if !asked.iter().any(|one| one.family() == target.family()) {
                self.families.forget(target.family());
                asked.push(target.clone());
            }
            match self.resolve(&target) {
                Ok((id, _)) => any |= self.queue.renew(stale, id),
                Err(Error::NoFamily(family)) => self.queue.no_family(&family),
                Err(_) => break,
            }
        }
        any
    }
}
