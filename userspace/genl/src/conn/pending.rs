// SPDX-License-Identifier: MIT OR Apache-2.0

//! The requests of a batch, and their results.

use super::exchange::{End, Exchange, write};
use crate::debug::log as message_log;
use crate::error::{Error, Result};
use crate::request::DoRequest;
use crate::schema::Target;
use crate::wire::message::{Message, Messages, set_family, set_seq};
use crate::wire::traits::Decode;
use neli::consts::nl::NlmF;
use std::borrow::Cow;
use std::fmt;
use std::ops::Range;
use std::sync::Arc;

/// The maximum number of bytes in one send, except for a single longer request.
const SEND_LEN: usize = 32 * 1024;

/// The requests of a batch, and their answers.
#[derive(Default)]
pub(super) struct PendingRequests {
    entries: Vec<Entry>,
    requests: Vec<u8>,
    /// The attributes of replies, and errors as they came.
    answers: Vec<u8>,
}

impl fmt::Debug for PendingRequests {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Without messages, which may contain keys.
        f.debug_struct("PendingRequests")
            .field("len", &self.entries.len())
            .finish_non_exhaustive()
    }
}

/// A request.
struct Entry {
    exchange: Exchange,
    /// Its place among the requests.
    request: Range<usize>,
}

/// Requests that are sent together, with consecutive sequence numbers.
#[derive(Clone, Debug)]
pub(super) struct Chunk {
    entries: Range<usize>,
    first_seq: u32,
    /// The number of requests without an ACK or an error.
    open: usize,
}

impl Chunk {
    /// Returns whether an answer is missing.
    pub(super) fn is_open(&self) -> bool {
        self.open > 0
    }
}

impl PendingRequests {
    /// Removes all requests, and keeps the memory.
    pub(super) fn clear(&mut self) {
        self.entries.clear();
        self.requests.clear();
        self.answers.clear();
    }

    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }

    /// Adds a request to the family with this id, unless it cannot be encoded.
    pub(super) fn add<R: DoRequest>(&mut self, request: &R, family_id: u16) -> Result<()> {
        let start = self.requests.len();
        let flags = NlmF::REQUEST | NlmF::ACK;
        write(&mut self.requests, request, family_id, flags)?;
        self.entries.push(Entry {
            exchange: Exchange::new(request.target(), family_id),
            request: start..self.requests.len(),
        });
        Ok(())
    }

    /// Returns the next requests to send at once: the first unsent one from `start` on, and up to
    /// `most` in a row.
    pub(super) fn next_unsent(&self, start: usize, most: usize) -> Option<Range<usize>> {
        let is_unsent = |entry: &Entry| entry.exchange.is_unsent();
        let start = start + self.entries.get(start..)?.iter().position(is_unsent)?;
        let limit = self.entries[start].request.start + SEND_LEN;
        let others = self.entries[start + 1..]
            .iter()
            .take(most.saturating_sub(1))
            .take_while(|entry| is_unsent(entry) && entry.request.end <= limit);
        Some(start..start + 1 + others.count())
    }

    /// Assigns sequence numbers from `first_seq` on to requests before they are sent.
    pub(super) fn begin(&mut self, entries: Range<usize>, first_seq: u32) -> Chunk {
        for (entry, seq) in self.entries[entries.clone()].iter_mut().zip(first_seq..) {
            let request = &mut self.requests[entry.request.clone()];
            set_seq(request, seq);
            message_log::sent(request, &entry.exchange.target);
            entry.exchange.set_end(End::Open);
        }
        Chunk {
            open: entries.len(),
            entries,
            first_seq,
        }
    }

    /// Returns the bytes of the requests of a chunk.
    pub(super) fn bytes(&self, chunk: &Chunk) -> &[u8] {
        match &self.entries[chunk.entries.clone()] {
            [first, .., last] => &self.requests[first.request.start..last.request.end],
            [only] => &self.requests[only.request.clone()],
            [] => &[],
        }
    }

    /// Returns the name of a chunk's first operation, for errors.
    pub(super) fn operation(&self, chunk: &Chunk) -> Cow<'static, str> {
        let first = self.entries.get(chunk.entries.start);
        first.map_or("batch".into(), |entry| (&entry.exchange.target).into())
    }

    /// Takes the answers to a chunk from a datagram. Returns whether there were any.
    pub(super) fn take(&mut self, chunk: &mut Chunk, datagram: &[u8], port: u32) -> bool {
        let mut is_progress = false;
        for (place, message) in Messages::new(datagram) {
            let Some(exchange) = open_exchange(&mut self.entries, chunk, &message, port) else {
                continue;
            };
            is_progress |= exchange.take(&message, &datagram[place], &mut self.answers);
            chunk.open -= usize::from(!exchange.is_open());
        }
        is_progress
    }

    /// Marks the request as truncated whose answer begins with these bytes.
    pub(super) fn truncated(&mut self, chunk: &Chunk, beginning: &[u8], len: usize, port: u32) {
        let exchange = Messages::beginning(beginning)
            .and_then(|message| open_exchange(&mut self.entries, chunk, &message, port));
        if let Some(exchange) = exchange {
            exchange.truncate(len, beginning.len());
        }
    }

    /// Marks the requests of a chunk without an answer as lost.
    pub(super) fn lose(&mut self, chunk: &Chunk) {
        self.end_open(chunk, || End::Lost);
    }

    /// Marks the requests of a chunk without an answer as failed.
    pub(super) fn fail(&mut self, chunk: &Chunk, error: Error) {
        let failure = Arc::new(error);
        self.end_open(chunk, || End::Failed(failure.clone()));
    }

    /// Returns the family and the operation of a request.
    #[cfg(feature = "tokio")]
    pub(super) fn target(&self, at: usize) -> Target {
        self.entries[at].exchange.target.clone()
    }

    /// Marks a request as failed before it was sent.
    #[cfg(feature = "tokio")]
    pub(super) fn fail_one(&mut self, at: usize, error: Arc<Error>) {
        self.entries[at].exchange.set_end(match *error {
            Error::NoFamily(_) => End::NoFamily,
            _ => End::Failed(error),
        });
    }

    fn end_open(&mut self, chunk: &Chunk, end: impl Fn() -> End) {
        for entry in &mut self.entries[chunk.entries.clone()] {
            if entry.exchange.is_open() {
                entry.exchange.set_end(end());
            }
        }
    }

    /// Returns the first request from `start` on whose family id the kernel did not know, and its
    /// family and operation.
    pub(super) fn next_stale(&self, start: usize) -> Option<(usize, Target)> {
        let rest = self.entries.get(start..)?.iter();
        let is_stale = |entry: &Entry| match self.outcome(entry) {
            Err(Error::Kernel(ext_ack)) => ext_ack.is_unknown_id(),
            _ => false,
        };
        let mut stale = (start..).zip(rest).filter(|(_, entry)| is_stale(entry));
        stale
            .next()
            .map(|(at, entry)| (at, entry.exchange.target.clone()))
    }

    /// Marks a rejected request as unsent if its family id differs from this one. Returns whether it
    /// does.
    pub(super) fn renew(&mut self, at: usize, family_id: u16) -> bool {
        let entry = &mut self.entries[at];
        let is_new = entry.exchange.family_id != family_id;
        if is_new {
            entry.exchange.renew(family_id);
            set_family(&mut self.requests[entry.request.clone()], family_id);
        }
        is_new
    }

    /// Marks all stale requests to a family that was unloaded.
    pub(super) fn no_family(&mut self, family: &str) {
        let mut at = 0;
        while let Some((stale, of)) = self.next_stale(at) {
            at = stale + 1;
            if of.family() == family {
                self.entries[stale].exchange.set_end(End::NoFamily);
            }
        }
    }

    /// Returns the replies to all requests of the operation of `R`, in their order.
    pub(super) fn replies<R: DoRequest>(&self) -> impl Iterator<Item = Result<R::Reply<'_>>> {
        self.entries
            .iter()
            .filter(|entry| R::is_for(&entry.exchange.target))
            .map(|entry| {
                self.outcome(entry)?;
                let exchange = &entry.exchange;
                let attrs = exchange.attributes(&self.answers, R::Reply::HAS_MESSAGE)?;
                R::Reply::decode(attrs).map_err(Error::decode(&exchange.target))
            })
    }

    /// Returns whether a request succeeded.
    fn outcome(&self, entry: &Entry) -> Result<()> {
        let request = &self.requests[entry.request.clone()];
        entry.exchange.outcome(request, &self.answers)
    }
}

/// Returns the request of a chunk that a message answers, unless it has a result already.
fn open_exchange<'e>(
    entries: &'e mut [Entry],
    chunk: &Chunk,
    message: &Message<'_>,
    port: u32,
) -> Option<&'e mut Exchange> {
    let place = usize::try_from(message.seq.checked_sub(chunk.first_seq)?).ok()?;
    let entry = entries.get_mut(chunk.entries.clone())?.get_mut(place)?;
    (message.port == port && entry.exchange.is_open()).then_some(&mut entry.exchange)
}
