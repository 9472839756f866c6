// SPDX-License-Identifier: MIT OR Apache-2.0

//! The requests of a batch, and their results.

use crate::debug::log as message_log;
use crate::error::{Error, Result};
use crate::extack::check_ack;
use crate::request::DoRequest;
use crate::schema::{FamilyInfo, OperationInfo};
use crate::wire::attr::Attrs;
use crate::wire::encode::Encoder;
use crate::wire::message::{
    Kind, Message, Messages, RequestHeaders, set_family, set_seq, write_request,
};
use crate::wire::traits::Decode;
use neli::consts::nl::NlmF;
use std::fmt;
use std::io;
use std::ops::Range;

/// The maximum number of bytes in one send, except for a single longer request.
const SEND_LEN: usize = 32 * 1024;

/// The requests of a batch, and their answers.
#[derive(Default)]
pub(super) struct PendingRequests {
    entries: Vec<Entry>,
    requests: Vec<u8>,
    /// The attributes of replies, and errors as they came.
    answers: Vec<u8>,
    /// The errors of sends, and of waits for their answers.
    failures: Vec<Error>,
}

impl fmt::Debug for PendingRequests {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Without messages, which may contain keys.
        f.debug_struct("PendingRequests")
            .field("len", &self.entries.len())
            .field("failures", &self.failures)
            .finish_non_exhaustive()
    }
}

/// A request.
struct Entry {
    family: &'static FamilyInfo,
    family_id: u16,
    operation: &'static OperationInfo,
    /// Its place among the requests.
    request: Range<usize>,
    reply: Reply,
    end: End,
}

/// The reply to a request.
#[derive(Debug)]
enum Reply {
    Missing,
    /// At this place among the answers.
    Received(Range<usize>),
    /// It exceeded its slot.
    Truncated {
        len: usize,
        buffer: usize,
    },
}

/// The result of a request.
#[derive(Debug)]
enum End {
    Unsent,
    /// It was sent, and neither its ACK nor its error has arrived.
    Open,
    Done,
    /// Its error is at this place among the answers.
    Rejected(Range<usize>),
    /// Its answers were lost, because the socket's receive buffer was full.
    Lost,
    /// The send or the wait failed with this failure.
    Failed(usize),
    /// The family was unloaded before the request was executed.
    NoFamily,
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
        self.failures.clear();
    }

    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }

    /// Adds a request to the family with this id, unless it cannot be encoded.
    pub(super) fn add<R: DoRequest>(&mut self, request: &R, family_id: u16) -> Result<()> {
        let start = self.requests.len();
        let headers = RequestHeaders {
            family_id,
            flags: NlmF::REQUEST | NlmF::ACK,
            seq: 0, // until it is sent
            command: R::OPERATION.command,
            version: R::FAMILY.version,
        };
        let written = write_request(&mut self.requests, headers, |buffer| {
            Encoder::append(buffer, |to| request.encode(to))
        });
        if let Err(error) = written {
            self.requests.truncate(start);
            return Err(Error::encode(R::OPERATION)(error));
        }
        self.entries.push(Entry {
            family: R::FAMILY,
            family_id,
            operation: R::OPERATION,
            request: start..self.requests.len(),
            reply: Reply::Missing,
            end: End::Unsent,
        });
        Ok(())
    }

    /// Returns the next requests to send at once: the first unsent one from `start` on, and up to
    /// `most` in a row.
    pub(super) fn next_unsent(&self, start: usize, most: usize) -> Option<Range<usize>> {
        let is_unsent = |entry: &Entry| matches!(entry.end, End::Unsent);
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
            message_log::sent(request, entry.operation);
            entry.end = End::Open;
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
    pub(super) fn operation(&self, chunk: &Chunk) -> &'static str {
        let first = self.entries.get(chunk.entries.start);
        first.map_or("batch", |entry| entry.operation.name)
    }

    /// Takes the answers to a chunk from a datagram. Returns whether there were any.
    ///
    /// A request has one reply. Others would only take memory.
    pub(super) fn take(&mut self, chunk: &mut Chunk, datagram: &[u8], port: u32) -> bool {
        let mut is_progress = false;
        for (place, message) in Messages::new(datagram) {
            let Some(entry) = open_entry(&mut self.entries, chunk, &message, port) else {
                continue;
            };
            message_log::received(&message, entry.operation);
            match message.kind {
                Kind::Error | Kind::Done => {
                    is_progress = true;
                    chunk.open -= 1;
                    entry.end = match message.errno() {
                        Some(0..) => End::Done,
                        _ => End::Rejected(append(&mut self.answers, &datagram[place])),
                    };
                }
                Kind::Family(id)
                    if id == entry.family_id && matches!(entry.reply, Reply::Missing) =>
                {
                    is_progress = true;
                    let attributes = message.attrs().as_bytes();
                    entry.reply = Reply::Received(append(&mut self.answers, attributes));
                }
                _ => {}
            }
        }
        is_progress
    }

    /// Marks the request as truncated whose answer begins with these bytes.
    pub(super) fn truncated(&mut self, chunk: &Chunk, beginning: &[u8], len: usize, port: u32) {
        let entry = Messages::beginning(beginning)
            .and_then(|message| open_entry(&mut self.entries, chunk, &message, port));
        if let Some(entry) = entry {
            let buffer = beginning.len();
            entry.reply = Reply::Truncated { len, buffer };
        }
    }

    /// Marks the requests of a chunk without an answer as lost.
    pub(super) fn lose(&mut self, chunk: &Chunk) {
        self.end_open(chunk, || End::Lost);
    }

    /// Marks the requests of a chunk without an answer as failed.
    pub(super) fn fail(&mut self, chunk: &Chunk, error: Error) {
        let failure = self.failures.len();
        self.failures.push(error);
        self.end_open(chunk, || End::Failed(failure));
    }

    fn end_open(&mut self, chunk: &Chunk, end: impl Fn() -> End) {
        for entry in &mut self.entries[chunk.entries.clone()] {
            if matches!(entry.end, End::Open) {
                entry.end = end();
            }
        }
    }

    /// Returns the first request from `start` on whose family id the kernel did not know, and the
    /// family.
    pub(super) fn next_stale(&self, start: usize) -> Option<(usize, &'static FamilyInfo)> {
        let rest = self.entries.get(start..)?.iter();
        let is_stale = |entry: &Entry| match self.outcome(entry) {
            Err(Error::Kernel(ext_ack)) => ext_ack.is_unknown_id(),
            _ => false,
        };
        let mut stale = (start..).zip(rest).filter(|(_, entry)| is_stale(entry));
        stale.next().map(|(at, entry)| (at, entry.family))
    }

    /// Marks a rejected request as unsent if its family id differs from this one. Returns whether it
    /// does.
    pub(super) fn renew(&mut self, at: usize, family_id: u16) -> bool {
        let entry = &mut self.entries[at];
        let is_new = entry.family_id != family_id;
        if is_new {
            entry.family_id = family_id;
            entry.reply = Reply::Missing;
            entry.end = End::Unsent;
            set_family(&mut self.requests[entry.request.clone()], family_id);
        }
        is_new
    }

    /// Marks all stale requests to a family that was unloaded.
    pub(super) fn no_family(&mut self, family: &FamilyInfo) {
        let mut at = 0;
        while let Some((stale, of)) = self.next_stale(at) {
            at = stale + 1;
            if std::ptr::eq(of, family) {
                self.entries[stale].end = End::NoFamily;
            }
        }
    }

    /// Returns the replies to all requests of the operation of `R`, in their order.
    pub(super) fn replies<R: DoRequest>(&self) -> impl Iterator<Item = Result<R::Reply<'_>>> {
        self.entries
            .iter()
            .filter(|entry| std::ptr::eq(entry.operation, R::OPERATION))
            .map(|entry| {
                self.outcome(entry)?;
                let attrs = self.attributes(entry, R::Reply::HAS_MESSAGE)?;
                R::Reply::decode(attrs).map_err(Error::decode(entry.operation.name))
            })
    }

    /// Returns whether a request succeeded.
    fn outcome(&self, entry: &Entry) -> Result<()> {
        let operation = entry.operation.name;
        match &entry.end {
            End::Done => Ok(()),
            End::Rejected(place) => match Messages::new(&self.answers[place.clone()]).next() {
                Some((_, message)) => {
                    let request = &self.requests[entry.request.clone()];
                    check_ack(&message, request, entry.operation)
                }
                None => Err(Error::Lost { operation }),
            },
            End::Unsent => Err(Error::Unsent { operation }),
            End::Open | End::Lost => Err(Error::Lost { operation }),
            End::Failed(failure) => Err(again(self.failures.get(*failure), operation)),
            End::NoFamily => Err(Error::NoFamily(entry.family.name.to_owned())),
        }
    }

    /// Returns the attributes of the reply to a successful request.
    fn attributes(&self, entry: &Entry, is_needed: bool) -> Result<Attrs<'_>> {
        let operation = entry.operation.name;
        match entry.reply {
            Reply::Received(ref place) => Ok(Attrs::new(&self.answers[place.clone()])),
            Reply::Missing if !is_needed => Ok(Attrs::default()),
            Reply::Missing => Err(Error::NoReply { operation }),
            Reply::Truncated { len, buffer } => Err(Error::Truncated {
                operation,
                len,
                buffer,
            }),
        }
    }
}

/// Returns the request of a chunk that a message answers, unless it has a result already.
fn open_entry<'e>(
    entries: &'e mut [Entry],
    chunk: &Chunk,
    message: &Message<'_>,
    port: u32,
) -> Option<&'e mut Entry> {
    let place = usize::try_from(message.seq.checked_sub(chunk.first_seq)?).ok()?;
    let entry = entries.get_mut(chunk.entries.clone())?.get_mut(place)?;
    (message.port == port && matches!(entry.end, End::Open)).then_some(entry)
}

/// Appends bytes, and returns their place.
fn append(to: &mut Vec<u8>, bytes: &[u8]) -> Range<usize> {
    let start = to.len();
    to.extend_from_slice(bytes);
    start..to.len()
}

/// Copies an error for another request of the same chunk.
fn again(error: Option<&Error>, operation: &'static str) -> Error {
    match error {
        Some(&Error::Timeout { timeout, .. }) => Error::Timeout { operation, timeout },
        Some(Error::Io { action, source }) => Error::Io {
            action,
            source: match source.raw_os_error() {
                Some(number) => io::Error::from_raw_os_error(number),
                None => io::Error::new(source.kind(), source.to_string()),
            },
        },
        _ => Error::Lost { operation },
    }
}
