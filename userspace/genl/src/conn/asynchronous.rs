// SPDX-License-Identifier: MIT OR Apache-2.0

//! The connection for programs that run on tokio.

use super::connection::{Connection, DEFAULT_DUMP_LIMIT, DEFAULT_TIMEOUT};
use super::families::{FamilyIds, family_id, no_family};
use super::in_flight::{Flight, InFlight, Place, State, Wakers};
use super::owned::OwnedReply;
use super::slots::{AT_ONCE, LONG_SLOT_LEN, RecvSlots};
use crate::error::{Error, Result};
use crate::nlctrl::{self, GetfamilyRequest};
use crate::request::{DoRequest, Request};
use crate::schema::Target;
use crate::socket::asynchronous::{AsyncSocket, AsyncTransport};
use crate::socket::netlink::Socket;
use crate::socket::transport::is_overrun;
use crate::wire::traits::Decode;
use neli::consts::nl::NlmF;
use std::fmt;
use std::future::poll_fn;
use std::io;
use std::os::fd::{AsFd, BorrowedFd};
use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::task::{Context, Poll, Wake, Waker};
use std::time::{Duration, Instant};
use tokio::sync::Semaphore;
use tokio::task::{consume_budget, spawn_blocking, yield_now};

/// A connection for programs that run on tokio. Needs the feature `tokio`.
///
/// Clones share one socket, on which any number of requests are in flight at once. Each request is a
/// future, which ends with its own reply. The requests have the same types as
/// for a [`Connection`].
///
/// ```
/// use genl::AsyncConnection;
/// use genl::nlctrl::GetfamilyRequest;
///
/// # let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
/// # runtime.block_on(async {
/// let connection = AsyncConnection::open()?;
/// let request = GetfamilyRequest::new().family_name("nlctrl");
/// let reply = connection.request(&request).await?;
/// assert_eq!(reply.get()?.family_id, Some(16));
/// # Ok::<(), genl::Error>(())
/// # }).unwrap();
/// ```
///
/// # Where requests are executed
///
/// The kernel executes a request within the system call that sends it, so a slow operation would stall
/// the executor. [`Sending`] says on which thread a connection sends. By default it sends on the
/// task's own thread only operations that have been fast so far.
///
/// # Cancel safety
///
/// A future may be dropped at any time. The connection stays usable, and the answers to the dropped
/// request are skipped. If the request was already sent, the kernel executes it nevertheless. It was
/// not sent if the future was never polled.
///
/// # Panics
///
/// Futures panic outside of a tokio runtime with I/O and time enabled. The connection must not be used
/// in another runtime later.
pub struct AsyncConnection<T: AsyncTransport = AsyncSocket> {
    shared: Arc<Shared<T>>,
    timeout: Duration,
    dump_limit: usize,
    sending: Sending,
}

/// The threads on which an [`AsyncConnection`] sends requests.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Sending {
    /// An operation is first sent on tokio's blocking pool. If the kernel executes it in less than a
    /// millisecond, it is sent on the task's thread from then on, until it takes longer once. So an
    /// operation that is always slow never stalls the executor, and one that is rarely slow stalls it
    /// once.
    ///
    /// In the guest of `suite asynchronous`, a turn of the executor took at most 24 ms while the kernel
    /// executed a request for 500 ms (2026-11-29).
    #[default]
    Adaptive,
    /// All requests are sent on the task's thread. For operations that never wait.
    Inline,
    /// All requests are sent on tokio's blocking pool. A fast request takes several times as long as
    /// on the task's thread, but none stalls the executor.
    Pool,
}

impl<T: AsyncTransport> Clone for AsyncConnection<T> {
    fn clone(&self) -> Self {
        Self {
            shared: Arc::clone(&self.shared),
            ..*self
        }
    }
}

impl<T: AsyncTransport + fmt::Debug> fmt::Debug for AsyncConnection<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AsyncConnection")
            .field("transport", &self.shared.transport)
            .field("timeout", &self.timeout)
            .field("sending", &self.sending)
            .field("requests", &self.shared.state().table)
            .finish_non_exhaustive()
    }
}

impl AsyncConnection {
    /// Opens a connection to the kernel.
    ///
    /// # Errors
    ///
    /// Fails with [`Error::Io`] if no socket can be opened.
    pub fn open() -> Result<Self> {
        let socket = Socket::open_private().map_err(Error::io("cannot open a netlink socket"))?;
        Ok(Self::with_transport(AsyncSocket::from(socket)))
    }

    /// Opens a connection in another network namespace, as [`Socket::open_in`] does.
    ///
    /// Dumps and batches open further sockets there.
    ///
    /// # Errors
    ///
    /// Fails with [`Error::Io`] if the namespace cannot be entered or no socket can be opened.
    pub fn open_in(netns: impl AsFd) -> Result<Self> {
        let socket = Socket::open_in(netns).map_err(Error::io("cannot open a netlink socket"))?;
        Ok(Self::with_transport(AsyncSocket::from(socket)))
    }
}

impl<T: AsyncTransport> AsyncConnection<T> {
    /// Creates a connection over `transport`.
    pub fn with_transport(transport: T) -> Self {
        Self {
            shared: Arc::new_cyclic(|shared| Shared::new(transport, shared)),
            timeout: DEFAULT_TIMEOUT,
            dump_limit: DEFAULT_DUMP_LIMIT,
            sending: Sending::default(),
        }
    }

    /// Sets the timeout of each wait for an answer, [`DEFAULT_TIMEOUT`] at first, of this clone.
    ///
    /// It also limits the time in which the kernel executes a request, if the request is sent on
    /// tokio's blocking pool ([`Sending`]).
    pub fn set_timeout(&mut self, timeout: Duration) {
        self.timeout = timeout;
    }

    /// Sets the maximum size of a dump in bytes, as [`Connection::set_dump_limit`] does, of this clone.
    pub fn set_dump_limit(&mut self, bytes: usize) {
        self.dump_limit = bytes;
    }

    /// Sets the threads that send requests of this clone, [`Sending::Adaptive`] at first.
    pub fn set_sending(&mut self, sending: Sending) {
        self.sending = sending;
    }

    /// Returns the port that the kernel assigned to this connection. Each dump and each batch has its own
    /// socket, and so another port.
    pub fn port(&self) -> u32 {
        self.shared.transport.port()
    }

    /// Returns the transport.
    pub fn transport(&self) -> &T {
        &self.shared.transport
    }

    /// Returns the number of requests that have no result yet, of all clones.
    pub fn in_flight(&self) -> usize {
        self.shared.state().table.len()
    }

    /// Sends a request, and waits for the reply and the ACK.
    ///
    /// Resolves the family if necessary, also after its module was reloaded. Requests that are polled
    /// at the same time are sent together.
    ///
    /// # Errors
    ///
    /// Fails as [`Connection::request`] does. A reply may have up to 128 KiB
    /// ([`Error::Truncated`]).
    /// [`OwnedReply::get`] returns [`Error::Decode`].
    ///
    /// # Cancel safety
    ///
    /// If the future is dropped, its answers are skipped. The kernel executes the request if it was
    /// sent.
    pub async fn request<R: DoRequest>(&self, request: &R) -> Result<OwnedReply<R>> {
        let flags = NlmF::REQUEST | NlmF::ACK;
        self.exchange(request, flags, R::Reply::HAS_MESSAGE)
            .await
            .map(OwnedReply::new)
    }

    /// Sends a request without `NLM_F_ACK`, and returns its error if the kernel reports one.
    ///
    /// A reply is skipped.
    ///
    /// # Errors
    ///
    /// Fails as [`AsyncConnection::request`] does, except that no reply can be missing.
    ///
    /// # Cancel safety
    ///
    /// As for [`AsyncConnection::request`].
    pub async fn request_unacknowledged<R: DoRequest>(&self, request: &R) -> Result<()> {
        let exchange = self.exchange(request, NlmF::REQUEST, false);
        exchange.await.map(drop)
    }

    pub(super) fn shared(&self) -> &Arc<Shared<T>> {
        &self.shared
    }

    /// Returns a connection of one owner, with the settings of this clone.
    pub(super) fn exclusive(&self) -> Result<Connection<T::Exclusive>> {
        let spare = self.shared.spare().take();
        let mut connection = match spare {
            Some(connection) => connection,
            None => Connection::with_transport(
                self.shared
                    .transport
                    .open_exclusive()
                    .map_err(Error::io("cannot open a netlink socket"))?,
            ),
        };
        connection.set_timeout(self.timeout);
        connection.set_dump_limit(self.dump_limit);
        Ok(connection)
    }

    /// Sends a request to its family, and returns the attributes of the reply.
    async fn exchange<R: Request>(
        &self,
        request: &R,
        flags: NlmF,
        needs_reply: bool,
    ) -> Result<Vec<u8>> {
        let target = request.target();
        let (id, cached) = self.resolve(&target).await?;
        match self
            .send(request, id, flags, needs_reply, self.sending)
            .await
        {
            Err(Error::Kernel(ext_ack)) if cached && ext_ack.is_unknown_id() => {
                self.shared.state().families.forget_id(target.family(), id);
                match self.resolve(&target).await? {
                    (same, _) if same == id => Err(Error::Kernel(ext_ack)),
                    (id, _) => {
                        self.send(request, id, flags, needs_reply, self.sending)
                            .await
                    }
                }
            }
            result => result,
        }
    }

    /// Returns the id of a family, and whether it was in the cache.
    async fn resolve(&self, target: &Target) -> Result<(u16, bool)> {
        if let Some(id) = target.family_id() {
            return Ok((id, false));
        }
        let family = target.family();
        let known = || self.shared.state().families.get(family);
        if let Some(id) = known() {
            return Ok((id, true));
        }
        // Others wait for the result of the first.
        let _resolving = self.shared.resolving.lock().await;
        if let Some(id) = known() {
            return Ok((id, true));
        }
        let reply = self.get_family(family).await?;
        let id = family_id(&reply.get()?).map_err(Error::decode(nlctrl::GETFAMILY.name))?;
        log::debug!("family {family} has id {id}");
        self.shared.state().families.remember(target, id);
        Ok((id, false))
    }

    /// Sends nlctrl a request for the family with this name, and returns the reply.
    pub(crate) async fn get_family<'n>(
        &self,
        name: &'n str,
    ) -> Result<OwnedReply<GetfamilyRequest<'n>>> {
        let request = GetfamilyRequest::new().family_name(name);
        let flags = NlmF::REQUEST | NlmF::ACK;
        // The kernel may load the module within the send.
        let sent = self.send(&request, nlctrl_id(), flags, true, Sending::Pool);
        let reply = sent.await.map_err(|error| no_family(error, name))?;
        Ok(OwnedReply::new(reply))
    }

    /// Sends a request to the family with this id, and returns the attributes of the reply.
    async fn send<R: Request>(
        &self,
        request: &R,
        family_id: u16,
        flags: NlmF,
        needs_reply: bool,
        sending: Sending,
    ) -> Result<Vec<u8>> {
        // Requests that end at once would never let other tasks run.
        consume_budget().await;
        let target = &request.target();
        let (ticket, placement) = {
            let mut state = self.shared.state();
            let place = state.table.add(request, family_id, flags)?;
            let ticket = Ticket {
                shared: &self.shared,
                place,
            };
            let placement = state.placement(target, sending);
            if !matches!(placement, Placement::Pool) {
                state.table.queue(place);
            }
            (ticket, placement)
        };
        match placement {
            Placement::Now => self.shared.send_queued(&ticket),
            Placement::Together => {
                yield_now().await;
                self.shared.send_queued(&ticket);
            }
            Placement::Pool => {
                let permit = within(self.timeout, target, self.shared.pool_permit()).await?;
                // An earlier request may have been fast in the meantime.
                let is_fast = self.shared.state().is_fast(target, sending);
                match is_fast {
                    true => {
                        self.shared.state().table.queue(ticket.place);
                        self.shared.send_queued(&ticket);
                    }
                    false => self.shared.send_on_pool(&ticket, permit),
                }
            }
        }
        let ticket = match ticket.into_result(needs_reply) {
            Ok(result) => return result,
            Err(ticket) => ticket,
        };
        within(self.timeout, target, ticket.ended()).await??;
        let lost = |_| {
            Err(Error::Lost {
                operation: target.into(),
            })
        };
        ticket.into_result(needs_reply).unwrap_or_else(lost)
    }
}

impl<T: AsyncTransport + AsFd> AsFd for AsyncConnection<T> {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.shared.transport.as_fd()
    }
}

/// Returns the id of nlctrl.
fn nlctrl_id() -> u16 {
    nlctrl::FAMILY.id.unwrap_or_default()
}

/// Limits `work` to a time. A timer is started only if it does not end at once.
async fn within<O>(timeout: Duration, target: &Target, work: impl Future<Output = O>) -> Result<O> {
    let mut work = pin!(work);
    if let Poll::Ready(output) = poll_fn(|cx| Poll::Ready(work.as_mut().poll(cx))).await {
        return Ok(output);
    }
    let ended = tokio::time::timeout(timeout, work).await;
    ended.map_err(|_| Error::Timeout {
        operation: target.into(),
        timeout,
    })
}

/// The state that the clones of a connection share.
pub(super) struct Shared<T: AsyncTransport> {
    transport: T,
    /// For the next dump or batch.
    spare: Mutex<Option<Connection<T::Exclusive>>>,
    state: Mutex<Shareable>,
    /// Only one task resolves families.
    resolving: tokio::sync::Mutex<()>,
    /// Limits the sends on the blocking pool, because the answers share the receive buffer.
    pool: Arc<Semaphore>,
    /// The maximum number of requests in one send.
    at_once: usize,
    /// Wakes the requests whose answers arrive later.
    readable: Waker,
}

struct Shareable {
    table: InFlight,
    slots: RecvSlots,
    families: FamilyIds,
    paces: Vec<Pace>,
    company: Company,
    /// The last send of a task.
    datagram: Vec<u8>,
}

/// The speed of an operation.
struct Pace {
    target: Target,
    /// The number of fast sends on the pool until it counts as fast.
    remaining: u32,
}

/// Whether requests are sent together.
struct Company {
    /// Several requests were in the last send.
    expected: bool,
    /// The number of requests until the next attempt.
    remaining: u32,
}

/// How to send a request.
enum Placement {
    Now,
    /// After the other tasks have run, together with their requests.
    Together,
    Pool,
}

impl Shareable {
    fn placement(&mut self, target: &Target, sending: Sending) -> Placement {
        /// The attempt costs a turn of the executor.
        const ATTEMPT_EACH: u32 = 32;

        if !self.is_fast(target, sending) {
            return Placement::Pool;
        }
        self.company.remaining = match self.company.remaining.checked_sub(1) {
            _ if self.company.expected => return Placement::Together,
            None => {
                self.company.remaining = ATTEMPT_EACH;
                return Placement::Together;
            }
            Some(remaining) => remaining,
        };
        Placement::Now
    }

    /// Returns whether to send an operation on the task's thread.
    fn is_fast(&mut self, target: &Target, sending: Sending) -> bool {
        match sending {
            Sending::Inline => true,
            Sending::Pool => false,
            Sending::Adaptive => self.pace(target).remaining == 0,
        }
    }

    fn pace(&mut self, target: &Target) -> &mut Pace {
        let is_same = |pace: &Pace| pace.target.is_same(target);
        let at = self.paces.iter().position(is_same).unwrap_or_else(|| {
            self.paces.push(Pace {
                target: target.clone(),
                remaining: 1,
            });
            self.paces.len() - 1
        });
        &mut self.paces[at]
    }

    /// Notes how long the kernel executed the requests of a flight.
    fn measured(&mut self, flight: Flight, took: Duration, on_pool: bool) {
        const FAST: Duration = Duration::from_millis(1);
        const EACH: Duration = Duration::from_micros(50);
        /// After a slow send.
        const FAST_SENDS: u32 = 16;

        let others = u32::try_from(flight.len).unwrap_or(u32::MAX);
        let is_fast = took < FAST + EACH * others;
        if is_fast && !on_pool {
            return;
        }
        let operations: Vec<_> = self.table.operations(flight).cloned().collect();
        for target in &operations {
            let pace = self.pace(target);
            pace.remaining = match is_fast {
                true => pace.remaining.saturating_sub(1),
                false => FAST_SENDS,
            };
        }
    }
}

impl<T: AsyncTransport> Shared<T> {
    fn new(transport: T, this: &Weak<Self>) -> Self {
        // If the size is unknown, each request is sent alone.
        let buffer = transport.receive_buffer().unwrap_or_default();
        let at_once = (buffer / super::batch::ANSWERS_LEN).clamp(1, AT_ONCE);
        let readable = Readable(Weak::clone(this));
        Self {
            state: Mutex::new(Shareable {
                table: InFlight::new(transport.port()),
                slots: RecvSlots::new(LONG_SLOT_LEN),
                families: FamilyIds::default(),
                paces: Vec::new(),
                company: Company {
                    expected: false,
                    remaining: 0,
                },
                datagram: Vec::new(),
            }),
            transport,
            spare: Mutex::new(None),
            resolving: tokio::sync::Mutex::default(),
            pool: Arc::new(Semaphore::new(at_once.div_ceil(2))),
            at_once,
            readable: Waker::from(Arc::new(readable)),
        }
    }

    fn spare(&self) -> MutexGuard<'_, Option<Connection<T::Exclusive>>> {
        self.spare.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Keeps a connection without a running dump for the next one. Closes it if there is one already.
    pub(super) fn keep(&self, connection: Connection<T::Exclusive>) {
        let closed = self.spare().replace(connection);
        drop(closed);
    }

    fn state(&self) -> MutexGuard<'_, Shareable> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sends the request and others that are queued, unless another task has sent it.
    fn send_queued(&self, ticket: &Ticket<'_, T>) {
        let mut state = self.state();
        while state.table.state(ticket.place) == State::Unsent {
            let mut datagram = std::mem::take(&mut state.datagram);
            let most = self.at_once.saturating_sub(state.table.sent()).max(1);
            let flight = state.table.begin(most, &mut datagram);
            state.company.expected = flight.len > 1;
            drop(state);
            self.send(flight, &datagram, false);
            state = self.state();
            state.datagram = datagram;
        }
    }

    /// Sends a flight, and takes its answers.
    fn send(&self, flight: Flight, datagram: &[u8], on_pool: bool) {
        let start = Instant::now();
        let result = self.transport.send(datagram);
        let took = start.elapsed();
        let mut state = self.state();
        state.measured(flight, took, on_pool);
        let mut wakers = state.table.end_send(flight, result);
        self.receive(&mut state, &mut wakers);
        drop(state);
        wakers.wake();
    }

    /// Receives datagrams until all requests have an answer or none is left.
    fn receive(&self, state: &mut Shareable, wakers: &mut Wakers) {
        state.slots.allocate();
        while state.table.is_waiting() {
            match state
                .slots
                .receive_shared(&self.transport, state.table.sent())
            {
                Ok(()) => {}
                Err(error) if is_overrun(&error) => {
                    state.table.overrun();
                    continue;
                }
                Err(error) => {
                    let error = Error::io("cannot receive from the kernel")(error);
                    return state.table.fail(error, wakers);
                }
            }
            if state.slots.received.is_empty() {
                return state.table.drained(wakers);
            }
            for (datagram, len) in state.slots.datagrams() {
                match len > datagram.len() {
                    true => state.table.truncated(datagram, len),
                    false => state.table.take(datagram, wakers),
                }
            }
        }
    }

    /// Waits for a permission to send on the blocking pool.
    async fn pool_permit(&self) -> Option<tokio::sync::OwnedSemaphorePermit> {
        // It is never closed.
        Arc::clone(&self.pool).acquire_owned().await.ok()
    }

    /// Sends a request on the blocking pool.
    fn send_on_pool(
        self: &Arc<Self>,
        ticket: &Ticket<'_, T>,
        permit: Option<tokio::sync::OwnedSemaphorePermit>,
    ) {
        let mut datagram = Vec::new();
        let flight = self.state().table.begin_alone(ticket.place, &mut datagram);
        let shared = Arc::clone(self);
        spawn_blocking(move || {
            shared.send(flight, &datagram, true);
            drop(permit);
        });
    }

    /// Receives answers that arrive later.
    fn poll_late(&self) -> Poll<io::Result<()>> {
        let mut cx = Context::from_waker(&self.readable);
        let readable = self.transport.poll_readable(&mut cx)?;
        if readable.is_ready() {
            let mut wakers = Wakers::default();
            let mut state = self.state();
            self.receive(&mut state, &mut wakers);
            drop(state);
            wakers.wake();
        }
        readable.map(Ok)
    }
}

/// Wakes the requests whose answers arrive later, so that one of them receives.
struct Readable<T: AsyncTransport>(Weak<Shared<T>>);

impl<T: AsyncTransport> Wake for Readable<T> {
    fn wake(self: Arc<Self>) {
        if let Some(shared) = self.0.upgrade() {
            let wakers = shared.state().table.late();
            wakers.wake();
        }
    }
}

/// A request in the table, which forgets it when the future is dropped.
struct Ticket<'s, T: AsyncTransport> {
    shared: &'s Shared<T>,
    place: Place,
}

impl<T: AsyncTransport> Ticket<'_, T> {
    /// Waits until the request has a result.
    async fn ended(&self) -> Result<()> {
        poll_fn(|cx| {
            loop {
                let polled = self.shared.state().table.poll(self.place, cx);
                match polled {
                    Poll::Ready(State::Ended) => return Poll::Ready(Ok(())),
                    Poll::Ready(_) => {}
                    Poll::Pending => return Poll::Pending,
                }
                match self.shared.poll_late() {
                    Poll::Ready(Ok(())) => {}
                    Poll::Ready(Err(error)) => {
                        return Poll::Ready(Err(Error::io("cannot wait for the kernel")(error)));
                    }
                    Poll::Pending => return Poll::Pending,
                }
            }
        })
        .await
    }

    /// Returns the result of the request, or the ticket if there is none yet.
    fn into_result(self, needs_reply: bool) -> Result<Result<Vec<u8>>, Self> {
        let mut state = self.shared.state();
        match state.table.state(self.place) {
            State::Ended => {
                let result = state.table.remove(self.place, needs_reply);
                drop(state);
                std::mem::forget(self);
                Ok(result)
            }
            _ => {
                drop(state);
                Err(self)
            }
        }
    }
}

impl<T: AsyncTransport> Drop for Ticket<'_, T> {
    fn drop(&mut self) {
        self.shared.state().table.forget(self.place);
    }
}
