// SPDX-License-Identifier: MIT OR Apache-2.0

//! The fake kernel.

use super::expected::Expected;
use super::message::{Incoming, Message};
use super::queue::Queue;
use super::request::FakeRequest;
use crate::nlctrl::{self, GETFAMILY, GETPOLICY, ctrl_attrs, groups, mcast_group_attrs};
use crate::socket::transport::Received;
use crate::wire::encode::Encoder;
use crate::wire::errno::Errno;
use crate::wire::message::{GENL_HEADER_LEN, Kind, Message as WireMessage};
use std::collections::VecDeque;
use std::fmt;
use std::io;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::task::Waker;
#[cfg(feature = "tokio")]
use std::task::{Context, Poll};
use std::time::Duration;

/// The id of nlctrl, and of its multicast group.
const NLCTRL: u16 = 16;

/// The commands with which nlctrl announces families.
const NEWFAMILY: u8 = 1;
const DELFAMILY: u8 = 2;

/// The id of the first family that a test adds.
const FIRST_ID: u16 = 30;

/// The port of the first socket.
const FIRST_PORT: u32 = 4242;

/// The receive buffer of most machines, in bytes.
const RECEIVE_BUFFER: usize = 212_992;

/// A fake kernel. Clones are the same kernel.
///
/// A request is answered by the next expectation ([`expect`](Self::expect)) if it matches, or else by
/// the closure of [`on_request`](Self::on_request), or else by the fake kernel itself: it resolves the
/// families that a test added, and rejects requests to families that it does not have.
///
/// See the [module](super) for an example.
#[derive(Clone)]
pub struct FakeKernel {
    shared: Arc<Shared>,
}

struct Shared {
    state: Mutex<State>,
    /// Notified when a socket receives something.
    arrived: Condvar,
}

type Handler = Box<dyn FnMut(&FakeRequest<'_>) -> Option<Vec<Incoming>> + Send>;

struct State {
    families: Vec<Family>,
    last_id: u16,
    last_group: u32,
    queues: Vec<Queue>,
    last_port: u32,
    expected: VecDeque<Expected>,
    handler: Option<Arc<Mutex<Handler>>>,
    sends: Vec<usize>,
    send_errors: VecDeque<Errno>,
    received: usize,
    receive_buffer: usize,
    event_limit: usize,
}

struct Family {
    id: u16,
    name: String,
    groups: Vec<(String, u32)>,
}

impl Default for FakeKernel {
    fn default() -> Self {
        Self::new()
    }
}

impl FakeKernel {
    /// Creates a fake kernel that has the family nlctrl only.
    pub fn new() -> Self {
        let nlctrl = Family {
            id: NLCTRL,
            name: nlctrl::FAMILY.name.to_owned(),
            groups: vec![(groups::NOTIFY.to_owned(), NLCTRL.into())],
        };
        let state = State {
            families: vec![nlctrl],
            last_id: FIRST_ID - 1,
            last_group: NLCTRL.into(),
            queues: Vec::new(),
            last_port: FIRST_PORT - 1,
            expected: VecDeque::new(),
            handler: None,
            sends: Vec::new(),
            send_errors: VecDeque::new(),
            received: 0,
            receive_buffer: RECEIVE_BUFFER,
            event_limit: usize::MAX,
        };
        Self {
            shared: Arc::new(Shared {
                state: Mutex::new(state),
                arrived: Condvar::new(),
            }),
        }
    }

    /// Registers a family with these multicast groups, and announces it. Returns its id, which no
    /// family had before.
    ///
    /// # Panics
    ///
    /// Panics if there is a family with this name.
    #[track_caller]
    pub fn add_family(&self, name: &str, groups: &[&str]) -> u16 {
        let mut state = self.state();
        assert!(state.named(name).is_none(), "the family {name} exists");
        let family = state.add_family(name, groups);
        let (id, event) = (family.id, family.announcement(NEWFAMILY));
        self.send_event(state, NLCTRL.into(), event);
        id
    }

    /// Unregisters a family, ends the memberships in its groups, and announces its removal.
    ///
    /// # Panics
    ///
    /// Panics if the family does not exist.
    #[track_caller]
    pub fn remove_family(&self, name: &str) {
        let mut state = self.state();
        let place = state.families.iter().position(|family| family.name == name);
        let Some(place) = place else {
            panic!("there is no family {name}");
        };
        let family = state.families.remove(place);
        for queue in &mut state.queues {
            queue.leave(&family.groups);
        }
        let event = family.announcement(DELFAMILY);
        self.send_event(state, NLCTRL.into(), event);
    }

    /// Answers each request that no expectation matches with the messages that `handler` returns. If it
    /// returns `None`, the fake kernel answers by itself.
    ///
    /// `handler` runs while the client sends, for one request at a time. It can use a clone of this
    /// kernel, but not send.
    pub fn on_request(
        &self,
        handler: impl FnMut(&FakeRequest<'_>) -> Option<Vec<Incoming>> + Send + 'static,
    ) {
        self.state().handler = Some(Arc::new(Mutex::new(Box::new(handler))));
    }

    /// Sends an event to the sockets that are members of a group.
    ///
    /// # Panics
    ///
    /// Panics if the family or the group does not exist, or if an attribute cannot be encoded.
    #[track_caller]
    pub fn multicast(
        &self,
        family: &str,
        group: &str,
        command: u8,
        fill: impl FnOnce(&mut Encoder<'_>),
    ) {
        let state = self.state();
        let sender = state.named(family);
        let found = sender.and_then(|sender| Some((sender.id, sender.group(group)?)));
        let Some((id, group)) = found else {
            panic!("there is no group {group} of a family {family}");
        };
        self.send_event(state, group, Message::family(id, command, 1, fill));
    }

    /// Adds something to the receive queue of the socket with this port, if it is open.
    pub fn deliver(&self, port: u32, incoming: impl Into<Incoming>) {
        self.deliver_all(port, vec![incoming.into()]);
    }

    /// Limits the receive queue of each socket. Events that exceed it are lost: the socket reports
    /// `ENOBUFS` once, and loses all events until its queue is empty.
    pub fn set_event_limit(&self, datagrams: usize) {
        self.state().event_limit = datagrams;
    }

    /// Sets the size of each socket's receive buffer, which limits the parts of a batch.
    pub fn set_receive_buffer(&self, bytes: usize) {
        self.state().receive_buffer = bytes;
    }

    /// Fails the next send with this error. Each further call fails one more send.
    pub fn fail_send(&self, errno: Errno) {
        self.state().send_errors.push_back(errno);
    }

    /// Returns the number of requests in each send so far, of all sockets.
    pub fn sends(&self) -> Vec<usize> {
        self.state().sends.clone()
    }

    /// Returns the number of datagrams that have been received so far, of all sockets.
    pub fn received(&self) -> usize {
        self.state().received
    }

    /// Returns the number of datagrams that have not been received yet, of all sockets.
    pub fn pending(&self) -> usize {
        let state = self.state();
        state.queues.iter().map(|queue| queue.incoming.len()).sum()
    }

    /// Checks that all expected requests were sent.
    ///
    /// # Panics
    ///
    /// Panics with the next expected request if one was not sent.
    #[track_caller]
    pub fn assert_satisfied(&self) {
        if let Some(expected) = self.state().expected.front() {
            panic!("an expected request was not sent: {expected}");
        }
    }

    /// Adds an expected request, and its family unless it exists.
    pub(super) fn push_expected(&self, expected: Expected) {
        let mut state = self.state();
        let family = expected.family();
        if state.named(family).is_none() {
            state.add_family(family, &[]);
        }
        state.expected.push_back(expected);
    }

    /// Opens a socket, and returns its port.
    pub(super) fn open_port(&self) -> u32 {
        let mut state = self.state();
        state.last_port += 1;
        let port = state.last_port;
        state.queues.push(Queue::new(port));
        port
    }

    pub(super) fn close(&self, port: u32) {
        self.state().queues.retain(|queue| queue.port != port);
    }

    /// Counts a send of this many requests, and returns the error of [`Self::fail_send`], if any.
    pub(super) fn count_send(&self, requests: usize) -> io::Result<()> {
        let mut state = self.state();
        state.sends.push(requests);
        match state.send_errors.pop_front() {
            Some(errno) => Err(io::Error::from_raw_os_error(errno.raw())),
            None => Ok(()),
        }
    }

    /// Returns the answers to a request from the socket with this port.
    #[track_caller]
    pub(super) fn answer(
        &self,
        bytes: &[u8],
        message: WireMessage<'_>,
        port: u32,
    ) -> Vec<Incoming> {
        let Kind::Family(family_id) = message.kind else {
            panic!("the client sent a message that is no request: {message:?}");
        };
        assert!(
            message.payload.len() >= GENL_HEADER_LEN,
            "a request is too short"
        );
        let mut state = self.state();
        let family = state.families.iter().find(|family| family.id == family_id);
        let mut request = FakeRequest {
            bytes,
            message,
            family_id,
            family: family.map(|family| family.name.clone()),
            port,
            header_len: 0,
        };
        let next = state.expected.front();
        if next.is_some_and(|next| next.matches(&request)) {
            let expected = state.expected.pop_front();
            return expected.map_or(Vec::new(), |expected| expected.answers(&mut request));
        }
        if let Some(handler) = state.handler.clone() {
            // The handler may use the kernel.
            drop(state);
            let mut handler = handler.lock().unwrap_or_else(PoisonError::into_inner);
            let answers = handler(&request);
            drop(handler);
            state = self.state();
            if let Some(answers) = answers {
                return answers;
            }
        }
        match (family_id, &request.family) {
            (NLCTRL, _) => state.nlctrl(&request),
            (_, None) => vec![request.error(Errno::ENOENT).into()],
            _ => match state.expected.front() {
                Some(expected) => panic!("unexpected request: {request:?}; expected: {expected}"),
                None => panic!("unexpected request: {request:?}"),
            },
        }
    }

    pub(super) fn deliver_all(&self, port: u32, incoming: Vec<Incoming>) {
        let mut state = self.state();
        if let Some(queue) = state.queue(port) {
            queue.incoming.extend(incoming);
        }
        self.wake(state);
    }

    /// Wakes the tasks that wait for messages.
    fn wake(&self, mut state: MutexGuard<'_, State>) {
        let wakers: Vec<_> = state.queues.iter_mut().filter_map(Queue::arrived).collect();
        drop(state);
        self.shared.arrived.notify_all();
        wakers.into_iter().for_each(Waker::wake);
    }

    #[cfg(feature = "tokio")]
    pub(super) fn poll_readable(&self, port: u32, cx: &Context<'_>) -> Poll<()> {
        let mut state = self.state();
        let queue = state.queue(port);
        queue.map_or(Poll::Pending, |queue| queue.poll_readable(cx))
    }

    /// Returns the result of a socket's next receive call. `take` takes the bytes.
    pub(super) fn receive(
        &self,
        port: u32,
        take: impl FnOnce(&Incoming),
    ) -> io::Result<Option<Received>> {
        let mut state = self.state();
        let received = match state.queue(port) {
            Some(queue) => queue.receive(take),
            None => Ok(None),
        };
        state.received += usize::from(matches!(received, Ok(Some(_))));
        received
    }

    pub(super) fn has_error(&self, port: u32) -> bool {
        self.state()
            .queue(port)
            .is_some_and(|queue| queue.has_error())
    }

    pub(super) fn receive_buffer(&self) -> usize {
        self.state().receive_buffer
    }

    /// Waits until the socket has something to receive or to report, at most for `timeout`.
    pub(super) fn wait(&self, port: u32, timeout: Duration) {
        let mut state = self.state();
        if cfg!(test) {
            let is_idle = state.queue(port).is_some_and(|queue| queue.is_idle());
            assert!(is_idle, "need not wait");
        }
        let is_idle = |state: &mut State| state.queue(port).is_some_and(|queue| queue.is_idle());
        let waited = self
            .shared
            .arrived
            .wait_timeout_while(state, timeout, is_idle);
        drop(waited);
    }

    pub(super) fn join(&self, port: u32, group: u32) {
        if let Some(queue) = self.state().queue(port) {
            queue.join(group);
        }
    }

    fn send_event(&self, mut state: MutexGuard<'_, State>, group: u32, event: Message) {
        let limit = state.event_limit;
        let members = state.queues.iter_mut();
        for queue in members.filter(|queue| queue.is_member(group)) {
            queue.push_event(event.clone().into(), limit);
        }
        self.wake(state);
    }

    fn state(&self) -> MutexGuard<'_, State> {
        let state = self.shared.state.lock();
        state.unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for FakeKernel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FakeKernel").finish_non_exhaustive()
    }
}

impl State {
    fn named(&self, name: &str) -> Option<&Family> {
        self.families.iter().find(|family| family.name == name)
    }

    fn queue(&mut self, port: u32) -> Option<&mut Queue> {
        self.queues.iter_mut().find(|queue| queue.port == port)
    }

    fn add_family(&mut self, name: &str, groups: &[&str]) -> &Family {
        self.last_id += 1;
        let first_group = self.last_group + 1;
        let groups: Vec<_> = groups
            .iter()
            .map(|&group| group.to_owned())
            .zip(first_group..)
            .collect();
        self.last_group = groups.last().map_or(self.last_group, |(_, id)| *id);
        self.families.push(Family {
            id: self.last_id,
            name: name.to_owned(),
            groups,
        });
        &self.families[self.families.len() - 1]
    }

    /// Answers `getfamily`, or `getpolicy` as for a family without policies.
    fn nlctrl(&self, request: &FakeRequest<'_>) -> Vec<Incoming> {
        if request.command() == GETPOLICY.command {
            return vec![request.error(Errno::ENODATA).into()];
        }
        assert_eq!(
            request.command(),
            GETFAMILY.command,
            "unexpected request: {request:?}"
        );
        if request.is_dump() {
            let items = self
                .families
                .iter()
                .map(|family| request.item(|to| family.encode(to)));
            return vec![Incoming::datagram(items), request.done().into()];
        }
        let name = request.attrs().get(ctrl_attrs::FAMILY_NAME);
        let name = name.map(|attr| attr.text());
        let id = request.attrs().get(ctrl_attrs::FAMILY_ID);
        let id = id.and_then(|attr| attr.u16().ok());
        let mut families = self.families.iter();
        let is_wanted = |family: &&Family| {
            id == Some(family.id) || name.is_some_and(|name| name == family.name.as_str())
        };
        let Some(family) = families.find(is_wanted) else {
            return vec![request.error(Errno::ENOENT).into()];
        };
        let mut answers = vec![request.reply(|to| family.encode(to)).into()];
        if request.wants_ack() {
            answers.push(request.ack().into());
        }
        answers
    }
}

impl Family {
    fn group(&self, name: &str) -> Option<u32> {
        let group = self.groups.iter().find(|(group, _)| group == name);
        group.map(|(_, id)| *id)
    }

    /// Returns nlctrl's announcement of the family, with this command.
    fn announcement(&self, command: u8) -> Message {
        Message::family(NLCTRL, command, 2, |to| self.encode(to))
    }

    fn encode(&self, to: &mut Encoder<'_>) {
        to.put_u16(ctrl_attrs::FAMILY_ID, self.id);
        to.put_text(ctrl_attrs::FAMILY_NAME, &self.name);
        to.put_u32(ctrl_attrs::VERSION, 1);
        to.nest(ctrl_attrs::MCAST_GROUPS, |to| {
            for (index, (name, id)) in (1..).zip(&self.groups) {
                to.nest(index, |to| {
                    to.put_text(mcast_group_attrs::NAME, name);
                    to.put_u32(mcast_group_attrs::ID, *id);
                });
            }
        });
    }
}
