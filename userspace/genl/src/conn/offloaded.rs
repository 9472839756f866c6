// SPDX-License-Identifier: MIT OR Apache-2.0

//! Dumps and batches of an async connection.
//!
//! Each runs on tokio's blocking pool, in the code of the blocking client, with its own socket: a
//! socket can have one dump at a time, and replies after a dump would wait for its reader.

use super::asynchronous::{AsyncConnection, Shared};
use super::connection::Connection;
use super::dump::{ATTEMPTS, Dump, DumpEnd, DumpProgress};
use super::exchange::write;
use super::owned::OwnedItem;
use super::pending::PendingRequests;
use crate::error::{Error, Result};
use crate::request::{DoRequest, DumpRequest};
use crate::schema::Target;
use crate::socket::asynchronous::{AsyncSocket, AsyncTransport};
use crate::socket::transport::Transport;
use futures_core::Stream;
use neli::consts::nl::NlmF;
use std::collections::VecDeque;
use std::fmt;
use std::future::poll_fn;
use std::io;
use std::marker::PhantomData;
use std::panic::resume_unwind;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use tokio::task::{JoinError, JoinHandle, spawn_blocking};

/// The items of a dump as they arrive, from [`AsyncConnection::dump_stream`].
///
/// The kernel writes the next part of the dump once the program has taken the items of this one. If the
/// stream is dropped, the kernel ends the dump.
///
/// Ends after the first error.
pub struct DumpStream<R, T: AsyncTransport = AsyncSocket> {
    shared: Arc<Shared<T>>,
    target: Target,
    items: VecDeque<Vec<u8>>,
    step: Step<T::Exclusive>,
    _request: PhantomData<fn(R)>,
}

/// The next step of a dump stream.
enum Step<X> {
    /// Receives the next part.
    Next(Box<Running<X>>),
    /// Waits for a part.
    Wait(JoinHandle<Part<X>>),
    /// Returns an error.
    Fail(Error),
    /// The dump has ended.
    End,
}

/// A dump that has not ended.
struct Running<X> {
    connection: Connection<X>,
    progress: DumpProgress,
}

/// A part of a dump.
struct Part<X> {
    items: VecDeque<Vec<u8>>,
    /// How the dump goes on.
    next: Result<Next<X>>,
}

enum Next<X> {
    Running(Box<Running<X>>),
    End(DumpEnd, Box<Connection<X>>),
}

/// A dump request without its type.
struct EncodedDump {
    target: Target,
    bytes: Vec<u8>,
}

impl<T: AsyncTransport> AsyncConnection<T> {
    /// Sends a dump request, and receives all items.
    ///
    /// If objects change during the dump, the request is sent again as by
    /// [`Connection::dump`](crate::Connection::dump). Any number of dumps can run at the same time. Each
    /// has its own socket and runs on tokio's blocking pool, a part at a time.
    ///
    /// # Errors
    ///
    /// Fails as [`Connection::dump`](crate::Connection::dump) does.
    ///
    /// # Cancel safety
    ///
    /// If the future is dropped, the kernel ends the dump.
    pub async fn dump<R: DumpRequest>(&self, request: &R) -> Result<Dump<R>> {
        for _ in 0..ATTEMPTS {
            let mut dump = Dump::new();
            let mut stream = self.dump_stream(request)?;
            loop {
                match poll_fn(|cx| stream.poll_attributes(cx)).await {
                    Some(Ok(attributes)) => dump.push_attributes(&attributes),
                    Some(Err(Error::Interrupted { .. })) => break,
                    Some(Err(error)) => return Err(error),
                    None => return Ok(dump),
                }
            }
            log::debug!("{}: interrupted, sending it again", request.target());
        }
        Err(Error::Interrupted {
            operation: (&request.target()).into(),
            attempts: ATTEMPTS,
        })
    }

    /// Sends a dump request, and returns the items as a stream.
    ///
    /// The request is sent when the stream is created. If objects change during the dump, the stream
    /// ends with [`Error::Interrupted`], and the request is not sent again.
    ///
    /// ```
    /// use futures_core::Stream;
    /// use genl::AsyncConnection;
    /// use genl::nlctrl::GetfamilyDumpRequest;
    /// use std::{future::poll_fn, pin::Pin};
    ///
    /// # let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    /// # runtime.block_on(async {
    /// let connection = AsyncConnection::open()?;
    /// let mut families = connection.dump_stream(&GetfamilyDumpRequest)?;
    /// // Or `families.next()` of the crate futures or tokio-stream.
    /// while let Some(family) = poll_fn(|cx| Pin::new(&mut families).poll_next(cx)).await {
    ///     println!("{}", family?.get()?.family_name.unwrap_or_default());
    /// }
    /// # Ok::<(), genl::Error>(())
    /// # }).unwrap();
    /// ```
    ///
    /// # Errors
    ///
    /// Fails if the request cannot be encoded. The stream returns the other errors of
    /// [`Connection::dump_each`](crate::Connection::dump_each).
    ///
    /// # Panics
    ///
    /// Panics outside of a tokio runtime.
    pub fn dump_stream<R: DumpRequest>(&self, request: &R) -> Result<DumpStream<R, T>> {
        let target = request.target();
        let mut bytes = Vec::new();
        write(&mut bytes, request, 0, NlmF::REQUEST | NlmF::DUMP)?;
        let request = EncodedDump {
            target: target.clone(),
            bytes,
        };
        let connection = self.clone();
        Ok(DumpStream {
            shared: Arc::clone(self.shared()),
            target,
            items: VecDeque::new(),
            step: Step::Wait(spawn_blocking(move || {
                Running::start(connection.exclusive(), &request)
            })),
            _request: PhantomData,
        })
    }
}

impl<X: Transport> Running<X> {
    /// Sends the request, and receives the first part.
    fn start(connection: Result<Connection<X>>, request: &EncodedDump) -> Part<X> {
        let mut items = VecDeque::new();
        let next = connection.and_then(|mut connection| {
            let target = &request.target;
            let (progress, end) = connection.with_family(target, |connection, id| {
                let seq = connection.send_encoded(&request.bytes, target, id)?;
                let mut progress = DumpProgress::new(target, id, seq, connection.timeout);
                let end = connection.receive_part(&mut progress, &mut items)?;
                Ok((progress, end))
            })?;
            Ok(Next::new(connection, progress, end))
        });
        Part { items, next }
    }

    /// Receives the next part.
    fn next(mut self) -> Part<X> {
        let mut items = VecDeque::new();
        let end = self.connection.receive_part(&mut self.progress, &mut items);
        let next = end.map(|end| Next::new(self.connection, self.progress, end));
        Part { items, next }
    }
}

impl<X> Next<X> {
    fn new(connection: Connection<X>, progress: DumpProgress, end: Option<DumpEnd>) -> Self {
        match end {
            Some(end) => Self::End(end, Box::new(connection)),
            None => Self::Running(Box::new(Running {
                connection,
                progress,
            })),
        }
    }
}

impl<X: Transport> Connection<X> {
    /// Receives datagrams of a dump until one has items or the end.
    fn receive_part(
        &mut self,
        progress: &mut DumpProgress,
        items: &mut VecDeque<Vec<u8>>,
    ) -> Result<Option<DumpEnd>> {
        loop {
            let end = self.part(progress, |message| {
                items.push_back(message.attrs().as_bytes().to_vec());
            })?;
            if end.is_some() || !items.is_empty() {
                return Ok(end);
            }
        }
    }
}

impl<R, T: AsyncTransport> DumpStream<R, T> {
    fn poll_attributes(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Vec<u8>>>> {
        loop {
            if let Some(item) = self.items.pop_front() {
                return Poll::Ready(Some(Ok(item)));
            }
            self.step = match std::mem::replace(&mut self.step, Step::End) {
                Step::Next(running) => Step::Wait(spawn_blocking(move || running.next())),
                Step::Wait(mut part) => {
                    let Poll::Ready(joined) = Pin::new(&mut part).poll(cx) else {
                        self.step = Step::Wait(part);
                        return Poll::Pending;
                    };
                    let part = joined.map_err(stopped)?;
                    self.items = part.items;
                    match part.next {
                        Ok(Next::Running(running)) => Step::Next(running),
                        Ok(Next::End(end, connection)) => {
                            self.shared.keep(*connection);
                            match end {
                                DumpEnd::Whole => Step::End,
                                DumpEnd::Interrupted => Step::Fail(Error::Interrupted {
                                    operation: (&self.target).into(),
                                    attempts: 1,
                                }),
                            }
                        }
                        Err(error) => Step::Fail(error),
                    }
                }
                Step::Fail(error) => return Poll::Ready(Some(Err(error))),
                Step::End => return Poll::Ready(None),
            };
        }
    }
}

impl<R, T: AsyncTransport> Unpin for DumpStream<R, T> {}

impl<R: DumpRequest, T: AsyncTransport> Stream for DumpStream<R, T> {
    type Item = Result<OwnedItem<R>>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let attributes = ready!(self.poll_attributes(cx));
        Poll::Ready(attributes.map(|attributes| attributes.map(OwnedItem::new)))
    }
}

impl<R, T: AsyncTransport> fmt::Debug for DumpStream<R, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DumpStream")
            .field("operation", &format_args!("{}", self.target))
            .finish_non_exhaustive()
    }
}

/// Propagates a panic of the blocking pool, or returns an error if the runtime has ended.
fn stopped(error: JoinError) -> Error {
    match error.try_into_panic() {
        Ok(panic) => resume_unwind(panic),
        Err(error) => Error::io("cannot wait for the kernel")(io::Error::other(error)),
    }
}

/// Requests that are sent together, by [`AsyncConnection::batch`].
///
/// ```
/// use genl::AsyncConnection;
/// use genl::nlctrl::GetfamilyRequest;
///
/// # let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
/// # runtime.block_on(async {
/// let connection = AsyncConnection::open()?;
/// let mut batch = connection.batch();
/// for name in ["nlctrl", "absent"] {
///     batch.add(&GetfamilyRequest::new().family_name(name))?;
/// }
/// let answers = batch.send().await?;
/// let ids: Vec<_> = answers
///     .of::<GetfamilyRequest>()
///     .map(|family| family.ok()?.family_id)
///     .collect();
/// assert_eq!(ids, [Some(16), None]);
/// # Ok::<(), genl::Error>(())
/// # }).unwrap();
/// ```
#[must_use = "a batch does nothing until it is sent"]
pub struct AsyncBatch<T: AsyncTransport = AsyncSocket> {
    connection: AsyncConnection<T>,
    queue: PendingRequests,
}

/// The results of the requests of an [`AsyncBatch`].
#[derive(Debug)]
#[must_use = "each request may have failed"]
pub struct OwnedAnswers {
    queue: PendingRequests,
}

impl<T: AsyncTransport> AsyncConnection<T> {
    /// Begins an empty batch.
    pub fn batch(&self) -> AsyncBatch<T> {
        AsyncBatch {
            connection: self.clone(),
            queue: PendingRequests::default(),
        }
    }
}

impl<T: AsyncTransport> AsyncBatch<T> {
    /// Adds a request after the earlier ones.
    ///
    /// # Errors
    ///
    /// Fails if the request cannot be encoded. The batch then consists of the other requests.
    pub fn add<R: DoRequest>(&mut self, request: &R) -> Result<()> {
        self.queue.add(request, 0)
    }

    /// Returns the number of requests.
    pub fn len(&self) -> usize {
        self.queue.len()
    }

    /// Returns whether it is empty.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Sends the requests in their order, and waits for all replies and ACKs, as
    /// [`Batch::send`](crate::Batch::send) does.
    ///
    /// The batch has its own socket and runs on tokio's blocking pool, which costs some tens of
    /// microseconds. Requests that are awaited at the same time are sent together without a batch.
    ///
    /// # Errors
    ///
    /// Fails if no socket can be opened. Each request has its own result.
    ///
    /// # Cancel safety
    ///
    /// If the future is dropped, the kernel may execute all requests.
    ///
    /// # Panics
    ///
    /// Panics outside of a tokio runtime.
    pub async fn send(self) -> Result<OwnedAnswers> {
        let Self {
            connection,
            mut queue,
        } = self;
        let sent = spawn_blocking(move || {
            let mut exclusive = connection.exclusive()?;
            exclusive.send_encoded_batch(&mut queue);
            connection.shared().keep(exclusive);
            Ok(OwnedAnswers { queue })
        });
        sent.await.map_err(stopped)?
    }
}

impl OwnedAnswers {
    /// Returns the replies to all requests of the operation of `R`, in the order of the requests.
    ///
    /// # Errors
    ///
    /// Each reply is a result with the errors of [`Connection::request`](crate::Connection::request),
    /// or [`Error::Unsent`].
    pub fn of<R: DoRequest>(&self) -> impl Iterator<Item = Result<R::Reply<'_>>> + use<'_, R> {
        self.queue.replies::<R>()
    }
}

impl<T: AsyncTransport + fmt::Debug> fmt::Debug for AsyncBatch<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AsyncBatch")
            .field("connection", &self.connection)
            .field("len", &self.len())
            .finish()
    }
}
