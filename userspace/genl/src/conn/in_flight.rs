// SPDX-License-Identifier: MIT OR Apache-2.0

//! The requests of an async connection that have no result yet, without I/O.
//!
//! A request is sent alone, or queued and sent together with others, and ends with an answer. The table has
//! one entry for each future of a request, and forgets an entry when its future is dropped. The answers
//! to a forgotten request match no entry and are skipped.

use super::exchange::{End, Exchange, write};
use crate::debug::log as message_log;
use crate::error::{Error, Result};
use crate::request::Request;
use crate::schema::Target;
use crate::wire::message::{Messages, set_seq};
use neli::consts::nl::NlmF;
use std::collections::VecDeque;
use std::fmt;
use std::io;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

/// The maximum number of bytes in one send, except for a single longer request.
const SEND_LEN: usize = 32 * 1024;

/// The requests without a result.
#[derive(Default)]
pub(super) struct InFlight {
    port: u32,
    entries: Vec<Option<Entry>>,
    /// The places without an entry.
    free: Vec<usize>,
    /// The places of queued requests.
    queue: VecDeque<usize>,
    /// The requests that were sent and have no result, by their sequence numbers.
    sent: Vec<Sent>,
    seq: u32,
    flight: u32,
    /// Buffers of earlier requests.
    spare: Vec<Vec<u8>>,
}

struct Sent {
    seq: u32,
    place: usize,
    flight: u32,
    /// The send has not returned.
    is_sending: bool,
    /// The socket has reported a loss since it was sent.
    overrun: bool,
}

pub(super) struct Entry {
    exchange: Exchange,
    /// Without `NLM_F_ACK` the kernel reports only errors.
    wants_ack: bool,
    request: Vec<u8>,
    answers: Vec<u8>,
    waker: Option<Waker>,
}

/// The place of a request in the table, until [`InFlight::remove`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place(usize);

/// The requests in one send.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Flight {
    number: u32,
    pub(super) len: usize,
}

/// The state of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    Unsent,
    Sending,
    /// The send has returned without an answer, which arrives later.
    Late,
    Ended,
}

impl fmt::Debug for InFlight {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Without messages, which may contain keys.
        f.debug_struct("InFlight")
            .field("len", &self.len())
            .field("queued", &self.queue.len())
            .field("sent", &self.sent.len())
            .finish_non_exhaustive()
    }
}

impl InFlight {
    /// Creates an empty table for the answers to this port.
    pub(super) fn new(port: u32) -> Self {
        Self {
            port,
            ..Self::default()
        }
    }

    /// Returns the number of requests.
    pub(super) fn len(&self) -> usize {
        self.entries.len() - self.free.len()
    }

    /// Returns the number of requests that were sent and have no result.
    pub(super) fn sent(&self) -> usize {
        self.sent.len()
    }

    /// Adds a request to the family with this id, unless it cannot be encoded.
    pub(super) fn add<R: Request>(
        &mut self,
        request: &R,
        family_id: u16,
        flags: NlmF,
    ) -> Result<Place> {
        let mut buffer = self.spare.pop().unwrap_or_default();
        buffer.clear();
        write(&mut buffer, request, family_id, flags)?;
        let entry = Some(Entry {
            exchange: Exchange::new(request.target(), family_id),
            wants_ack: flags.contains(NlmF::ACK),
            request: buffer,
            answers: Vec::new(),
            waker: None,
        });
        let place = match self.free.pop() {
            Some(place) => {
                self.entries[place] = entry;
                place
            }
            None => {
                self.entries.push(entry);
                self.entries.len() - 1
            }
        };
        Ok(Place(place))
    }

    /// Queues an unsent request, to be sent together with others.
    pub(super) fn queue(&mut self, place: Place) {
        self.queue.push_back(place.0);
    }

    /// Begins to send queued requests, at most `most` and at least one. Writes them to `datagram`.
    pub(super) fn begin(&mut self, most: usize, datagram: &mut Vec<u8>) -> Flight {
        self.flight = self.flight.wrapping_add(1);
        datagram.clear();
        let mut len = 0;
        while let Some(&place) = self.queue.front() {
            let next = self.entries[place]
                .as_ref()
                .map_or(0, |entry| entry.request.len());
            if len > 0 && (len >= most || datagram.len() + next > SEND_LEN) {
                break;
            }
            self.queue.pop_front();
            self.begin_one(place, datagram);
            len += 1;
        }
        self.last_flight(len)
    }

    /// Begins to send one request alone, which is not queued.
    pub(super) fn begin_alone(&mut self, place: Place, datagram: &mut Vec<u8>) -> Flight {
        self.flight = self.flight.wrapping_add(1);
        datagram.clear();
        self.begin_one(place.0, datagram);
        self.last_flight(1)
    }

    fn last_flight(&self, len: usize) -> Flight {
        Flight {
            number: self.flight,
            len,
        }
    }

    fn begin_one(&mut self, place: usize, datagram: &mut Vec<u8>) {
        // Events have sequence number 0, so no request has it.
        self.seq = self.seq.checked_add(1).unwrap_or(1);
        if let Some(entry) = &mut self.entries[place] {
            set_seq(&mut entry.request, self.seq);
            message_log::sent(&entry.request, &entry.exchange.target);
            entry.exchange.set_end(End::Open);
            datagram.extend_from_slice(&entry.request);
        }
        self.sent.push(Sent {
            seq: self.seq,
            place,
            flight: self.flight,
            is_sending: true,
            overrun: false,
        });
    }

    /// Takes the result of a send, whose answers have arrived if the kernel does not send them later.
    pub(super) fn end_send(&mut self, flight: Flight, result: io::Result<()>) -> Wakers {
        let mut wakers = Wakers::default();
        match result {
            Ok(()) => {
                for sent in &mut self.sent {
                    sent.is_sending &= sent.flight != flight.number;
                }
            }
            Err(error) => {
                let error = Arc::new(Error::io("cannot send to the kernel")(error));
                self.end_if(&mut wakers, |sent, _| {
                    (sent.flight == flight.number).then(|| End::Failed(error.clone()))
                });
            }
        }
        wakers
    }

    /// Takes the answers in a datagram.
    pub(super) fn take(&mut self, datagram: &[u8], wakers: &mut Wakers) {
        for (bytes, message) in Messages::new(datagram) {
            let Some((at, entry)) = self.answered(message.seq, message.port) else {
                continue;
            };
            entry
                .exchange
                .take(&message, &datagram[bytes], &mut entry.answers);
            if !entry.exchange.is_open() {
                wakers.0.extend(entry.waker.take());
                self.sent.remove(at);
            }
        }
    }

    /// Takes the beginning of a datagram of `len` bytes that exceeded its buffer.
    pub(super) fn truncated(&mut self, beginning: &[u8], len: usize) {
        let message = Messages::beginning(beginning);
        let answered = message.and_then(|message| self.answered(message.seq, message.port));
        if let Some((_, entry)) = answered {
            entry.exchange.truncate(len, beginning.len());
        }
    }

    /// Notes that the socket lost messages.
    pub(super) fn overrun(&mut self) {
        for sent in &mut self.sent {
            sent.overrun = true;
        }
    }

    /// Ends the requests that need no answer or whose answer was lost, once all messages were received.
    pub(super) fn drained(&mut self, wakers: &mut Wakers) {
        self.end_if(wakers, |sent, entry| match sent {
            Sent {
                is_sending: true, ..
            } => None,
            // The kernel answers within the send, so a missing answer was lost.
            Sent { overrun: true, .. } => Some(End::Lost),
            _ if !entry.wants_ack => Some(End::Done),
            _ => None,
        });
    }

    /// Ends all requests that were sent, because the socket failed.
    pub(super) fn fail(&mut self, error: Error, wakers: &mut Wakers) {
        let error = Arc::new(error);
        self.end_if(wakers, |_, _| Some(End::Failed(error.clone())));
    }

    /// Returns whether there are requests whose send has returned and that have no result.
    pub(super) fn is_waiting(&self) -> bool {
        self.sent.iter().any(|sent| !sent.is_sending)
    }

    /// Removes the wakers of the requests whose answers arrive later.
    pub(super) fn late(&mut self) -> Wakers {
        let mut wakers = Wakers::default();
        for sent in self.sent.iter().filter(|sent| !sent.is_sending) {
            if let Some(entry) = &mut self.entries[sent.place] {
                wakers.0.extend(entry.waker.take());
            }
        }
        wakers
    }

    /// Returns the state of a request.
    pub(super) fn state(&self, place: Place) -> State {
        let exchange = self.entries[place.0].as_ref().map(|entry| &entry.exchange);
        match exchange {
            Some(exchange) if exchange.is_unsent() => State::Unsent,
            Some(exchange) if exchange.is_open() => {
                let is_late = |sent: &Sent| sent.place == place.0 && !sent.is_sending;
                match self.sent.iter().any(is_late) {
                    true => State::Late,
                    false => State::Sending,
                }
            }
            _ => State::Ended,
        }
    }

    /// Wakes the task of `cx` once the state of a request changes. Returns the state.
    pub(super) fn poll(&mut self, place: Place, cx: &Context<'_>) -> Poll<State> {
        match self.state(place) {
            State::Ended => Poll::Ready(State::Ended),
            state => {
                if let Some(entry) = &mut self.entries[place.0] {
                    entry.waker = Some(cx.waker().clone());
                }
                match state {
                    State::Late => Poll::Ready(State::Late),
                    _ => Poll::Pending,
                }
            }
        }
    }

    /// Removes a request. Returns the attributes of its reply or its error.
    pub(super) fn remove(&mut self, place: Place, needs_reply: bool) -> Result<Vec<u8>> {
        let Some(mut entry) = self.forget(place) else {
            return Ok(Vec::new());
        };
        let outcome = entry.exchange.outcome(&entry.request, &entry.answers);
        if self.spare.len() < SPARE {
            self.spare.push(entry.request);
        }
        outcome?;
        Ok(match entry.exchange.reply_place(needs_reply)? {
            Some(reply) => {
                entry.answers.truncate(reply.end);
                entry.answers.drain(..reply.start);
                entry.answers
            }
            None => Vec::new(),
        })
    }

    /// Removes a request. If it is queued, it is not sent. If it was sent, its answers are skipped.
    pub(super) fn forget(&mut self, place: Place) -> Option<Entry> {
        let entry = self.entries[place.0].take()?;
        self.free.push(place.0);
        if entry.exchange.is_unsent() {
            self.queue.retain(|&queued| queued != place.0);
        }
        if entry.exchange.is_open() {
            self.sent.retain(|sent| sent.place != place.0);
        }
        Some(entry)
    }

    /// Returns the operations in a flight.
    pub(super) fn operations(&self, flight: Flight) -> impl Iterator<Item = &Target> {
        let sent = self.sent.iter();
        let sent = sent.filter(move |sent| sent.flight == flight.number);
        sent.filter_map(|sent| self.entries[sent.place].as_ref())
            .map(|entry| &entry.exchange.target)
    }

    /// Returns the request that a message to `port` answers, and its place among the sent ones.
    fn answered(&mut self, seq: u32, port: u32) -> Option<(usize, &mut Entry)> {
        if port != self.port {
            return None;
        }
        let at = self.sent.iter().position(|sent| sent.seq == seq)?;
        let entry = self.entries[self.sent[at].place].as_mut()?;
        Some((at, entry))
    }

    /// Ends the sent requests for which `end` returns a result.
    fn end_if(&mut self, wakers: &mut Wakers, end: impl Fn(&Sent, &Entry) -> Option<End>) {
        self.sent.retain(|sent| {
            let Some(entry) = &mut self.entries[sent.place] else {
                return false;
            };
            let Some(end) = end(sent, entry) else {
                return true;
            };
            entry.exchange.set_end(end);
            wakers.0.extend(entry.waker.take());
            false
        });
    }
}

/// The maximum number of buffers that are kept for later requests.
const SPARE: usize = 64;

/// Tasks to wake when the table is no longer locked.
#[derive(Debug, Default)]
#[must_use]
pub(super) struct Wakers(Vec<Waker>);

impl Wakers {
    pub(super) fn wake(self) {
        self.0.into_iter().for_each(Waker::wake);
    }
}
