// SPDX-License-Identifier: MIT OR Apache-2.0

//! Many requests in one send.

use super::connection::Connection;
use super::pending::{Chunk, PendingRequests};
use super::slots::AT_ONCE;
use crate::error::{Error, Result};
use crate::request::DoRequest;
use crate::socket::deadline::Deadline;
use crate::socket::netlink::Socket;
use crate::socket::transport::{Transport, is_overrun};

/// What the reply to a request and its ACK may take of the socket's receive buffer, in which the
/// kernel counts its own bookkeeping too: a page for a reply, and for each of both what surrounds it.
const ANSWERS_LEN: usize = 6 * 1024;

/// Requests that are sent together, by [`Connection::batch`].
///
/// The kernel carries them out one after the other, in the order in which they were added. They may
/// be of several operations, and of several families. Few system calls are made for many requests,
/// which is what a batch is for.
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
    /// Begins a batch: requests that are sent together.
    pub fn batch(&mut self) -> Batch<'_, T> {
        self.queue.clear();
        Batch { connection: self }
    }

    /// Asks for many things of one kind in a [`Batch`]; returns the replies in the same order.
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
    /// Adds a request, behind those that were added before.
    ///
    /// Resolves the family if that has not been done yet. A request that is an error here is not
    /// part of the batch; the others are.
    pub fn add<R: DoRequest>(&mut self, request: &R) -> Result<()> {
        let (id, _) = self.connection.resolve(R::FAMILY)?;
        self.connection.queue.add(request, id)
    }

    /// How many requests it has.
    pub fn len(&self) -> usize {
        self.connection.queue.len()
    }

    /// Whether it has none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Sends the requests, and waits for all replies and ACKs.
    ///
    /// Each request has an outcome of its own: one that is refused does not keep the others from
    /// being carried out. They are sent in several parts if their answers might not find room in the
    /// socket's receive buffer, at most 32 in each. The timeout is for each part. If it is over, the
    /// parts behind it are not sent ([`Error::Unsent`]).
    ///
    /// There is room for replies of a page (4096 bytes). Where they are larger, enlarge the buffer
    /// ([`Socket::set_receive_buffer`]), or some are lost ([`Error::NoReply`], [`Error::Lost`]). A reply
    /// of more than 32 KiB does not fit ([`Error::Truncated`]), so send its request alone.
    pub fn send(self) -> Answers<'c> {
        let connection = self.connection;
        connection.send_unsent();
        if connection.renew_families() {
            connection.send_unsent();
        }
        Answers {
            queue: &connection.queue,
        }
    }
}

/// What has become of the requests of a [`Batch`].
#[derive(Clone, Copy, Debug)]
#[must_use = "each request may have been refused"]
pub struct Answers<'c> {
    queue: &'c PendingRequests,
}

impl<'c> Answers<'c> {
    /// The replies to all requests of the operation of `R`, in the order in which these were added.
    pub fn of<R: DoRequest>(&self) -> impl Iterator<Item = Result<R::Reply<'c>>> + use<'c, R> {
        self.queue.replies::<R>()
    }
}

impl<T: Transport> Connection<T> {
    /// Sends those requests of the batch that have not been sent, and waits for their answers.
    fn send_unsent(&mut self) {
        // What cannot be known is taken for the least there is.
        let room = self.transport.receive_buffer().unwrap_or_default();
        let most = (room / ANSWERS_LEN).clamp(1, AT_ONCE);
        self.slots.make_room();
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

    /// So many sequence numbers that follow each other; returns the first.
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
                    // The kernel answers while requests are being sent, so what is not there was lost.
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

    /// Takes what was received of the answers to a chunk; returns whether that is anything.
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

    /// Resolves anew the families whose ids the kernel no longer knew, as after a module was loaded
    /// anew. Their requests are unsent again if the ids are others now; returns whether there are any.
    fn renew_families(&mut self) -> bool {
        let mut asked: Vec<&str> = Vec::new();
        let mut any = false;
        let mut at = 0;
        while let Some((stale, family)) = self.queue.next_stale(at) {
            at = stale + 1;
            if !asked.contains(&family.name) {
                asked.push(family.name);
                self.families.forget(family.name);
            }
            match self.resolve(family) {
                Ok((id, _)) => any |= self.queue.renew(stale, id),
                Err(Error::NoFamily(_)) => self.queue.no_family(family),
                Err(_) => break,
            }
        }
        any
    }
}
