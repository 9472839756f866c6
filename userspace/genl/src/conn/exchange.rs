// SPDX-License-Identifier: MIT OR Apache-2.0

//! A request and its answers, without I/O: the part that blocking and async clients share.

use crate::debug::log as message_log;
use crate::error::{Error, Result};
use crate::extack::check_ack;
use crate::policy::violation;
use crate::request::Request;
use crate::schema::Target;
use crate::wire::attr::Attrs;
use crate::wire::encode::Encoder;
use crate::wire::message::{
    GENL_HEADER_LEN, HEADER_LEN, Kind, Message, Messages, RequestHeaders, write_request,
};
use neli::consts::nl::NlmF;
use std::borrow::Cow;
use std::io;
use std::ops::Range;
use std::sync::Arc;

/// A request and the state of its answers, whose bytes are in a buffer of the owner.
#[derive(Debug)]
pub(super) struct Exchange {
    pub(super) target: Target,
    pub(super) family_id: u16,
    reply: Reply,
    end: End,
}

/// The reply to a request.
#[derive(Debug)]
enum Reply {
    Missing,
    /// Its attributes are at this place among the answers.
    Received(Range<usize>),
    /// It exceeded its buffer.
    Truncated {
        len: usize,
        buffer: usize,
    },
}

/// The result of a request.
#[derive(Debug)]
pub(super) enum End {
    Unsent,
    /// It was sent, and neither its ACK nor its error has arrived.
    Open,
    Done,
    /// Its error is at this place among the answers.
    Rejected(Range<usize>),
    /// Its answers were lost, because the socket's receive buffer was full.
    Lost,
    /// The send or the wait failed.
    Failed(Arc<Error>),
    /// The family was unloaded before the request was executed.
    NoFamily,
}

impl Exchange {
    /// Creates an unsent request.
    pub(super) fn new(target: Target, family_id: u16) -> Self {
        Self {
            target,
            family_id,
            reply: Reply::Missing,
            end: End::Unsent,
        }
    }

    pub(super) fn is_unsent(&self) -> bool {
        matches!(self.end, End::Unsent)
    }

    /// Returns whether it was sent and has no result yet.
    pub(super) fn is_open(&self) -> bool {
        matches!(self.end, End::Open)
    }

    pub(super) fn set_end(&mut self, end: End) {
        self.end = end;
    }

    /// Marks the request as unsent, to be sent again with this family id.
    pub(super) fn renew(&mut self, family_id: u16) {
        self.family_id = family_id;
        self.reply = Reply::Missing;
        self.end = End::Unsent;
    }

    /// Takes an answer, whose bytes are `bytes`. Appends to `answers` what is needed of it. Returns
    /// whether it is a reply or the end.
    ///
    /// A request has one reply. Others would only take memory.
    pub(super) fn take(
        &mut self,
        message: &Message<'_>,
        bytes: &[u8],
        answers: &mut Vec<u8>,
    ) -> bool {
        message_log::received(message, &self.target);
        match message.kind {
            Kind::Error | Kind::Done => {
                self.end = match message.errno() {
                    Some(0..) => End::Done,
                    _ => End::Rejected(append(answers, bytes)),
                };
                true
            }
            Kind::Family(id) if id == self.family_id && matches!(self.reply, Reply::Missing) => {
                self.reply = Reply::Received(append(answers, message.attrs().as_bytes()));
                true
            }
            _ => false,
        }
    }

    /// Marks the reply as truncated.
    pub(super) fn truncate(&mut self, len: usize, buffer: usize) {
        self.reply = Reply::Truncated { len, buffer };
    }

    /// Returns whether the request succeeded.
    pub(super) fn outcome(&self, request: &[u8], answers: &[u8]) -> Result<()> {
        let operation = || (&self.target).into();
        match &self.end {
            End::Done => Ok(()),
            End::Rejected(place) => match Messages::new(&answers[place.clone()]).next() {
                Some((_, message)) => check_ack(&message, request, &self.target),
                None => Err(Error::Lost {
                    operation: operation(),
                }),
            },
            End::Unsent => Err(Error::Unsent {
                operation: operation(),
            }),
            End::Open | End::Lost => Err(Error::Lost {
                operation: operation(),
            }),
            End::Failed(failure) => Err(again(failure, operation())),
            End::NoFamily => Err(Error::NoFamily(self.target.family().to_owned())),
        }
    }

    /// Returns the place of the reply's attributes among the answers, `None` if it has none.
    pub(super) fn reply_place(&self, is_needed: bool) -> Result<Option<Range<usize>>> {
        let operation = || (&self.target).into();
        match self.reply {
            Reply::Received(ref place) => Ok(Some(place.clone())),
            Reply::Missing if !is_needed => Ok(None),
            Reply::Missing => Err(Error::NoReply {
                operation: operation(),
            }),
            Reply::Truncated { len, buffer } => Err(Error::Truncated {
                operation: operation(),
                len,
                buffer,
            }),
        }
    }

    /// Returns the attributes of the reply to a successful request.
    pub(super) fn attributes<'a>(&self, answers: &'a [u8], is_needed: bool) -> Result<Attrs<'a>> {
        let place = self.reply_place(is_needed)?;
        Ok(place.map_or(Attrs::default(), |place| Attrs::new(&answers[place])))
    }
}

/// Appends a request without a sequence number to `to`, unless it cannot be encoded or is outside the
/// limits of its spec.
pub(super) fn write<R: Request>(
    to: &mut Vec<u8>,
    request: &R,
    family_id: u16,
    flags: NlmF,
) -> Result<()> {
    let start = to.len();
    let target = request.target();
    let headers = RequestHeaders {
        family_id,
        flags: flags | NlmF::from_bits_retain(request.added_flags().bits()),
        seq: 0,
        command: target.command(),
        version: target.version(),
    };
    let written = write_request(to, headers, |buffer| {
        Encoder::append(buffer, |to| request.encode(to))
    });
    let written = written.map_err(Error::encode(&target));
    let valid = written.and_then(|()| match request.is_checked() {
        true => check_limits(&to[start..], &target),
        false => Ok(()),
    });
    valid.inspect_err(|_| to.truncate(start))
}

/// Checks a request against the limits of its spec.
fn check_limits(request: &[u8], target: &Target) -> Result<()> {
    let &Target::Static(_, operation) = target else {
        return Ok(());
    };
    let Some(set) = operation.attributes.filter(|set| !set.limits.is_empty()) else {
        return Ok(());
    };
    let attrs = Attrs::new(&request[HEADER_LEN + GENL_HEADER_LEN..]);
    match violation(attrs.skip_header(operation.header_len), set) {
        None => Ok(()),
        Some(violation) => Err(Error::invalid(violation, target)),
    }
}

/// Appends bytes, and returns their place.
fn append(to: &mut Vec<u8>, bytes: &[u8]) -> Range<usize> {
    let start = to.len();
    to.extend_from_slice(bytes);
    start..to.len()
}

/// Copies an error of a send or a wait for another request that it concerns.
fn again(error: &Error, operation: Cow<'static, str>) -> Error {
    match error {
        &Error::Timeout { timeout, .. } => Error::Timeout { operation, timeout },
        Error::Io { action, source } => Error::Io {
            action,
            source: match source.raw_os_error() {
                Some(number) => io::Error::from_raw_os_error(number),
                None => io::Error::new(source.kind(), source.to_string()),
            },
        },
        _ => Error::Lost { operation },
    }
}
