// SPDX-License-Identifier: MIT OR Apache-2.0

//! Expected requests.

use super::message::{ExtAck, Incoming, encoded};
use super::request::FakeRequest;
use crate::debug::fields::Fields;
use crate::request::Request;
use crate::schema::Target;
use crate::wire::attr::Attrs;
use neli::consts::nl::NlmF;
use std::fmt;

/// A part of the answers to an expected request.
pub(super) enum Answer {
    Reply(Vec<u8>),
    Error(ExtAck),
    Interrupted,
    Overrun,
    Silence,
}

/// An expected request, and the answers to it.
pub(super) struct Expected {
    target: Target,
    is_dump: bool,
    attributes: Vec<u8>,
    answers: Vec<Answer>,
}

impl Expected {
    /// Creates an expected request without answers.
    #[track_caller]
    pub(super) fn new<R: Request>(request: &R, is_dump: bool) -> Self {
        Self {
            target: request.target(),
            is_dump,
            attributes: encoded(|to| request.encode(to)),
            answers: Vec::new(),
        }
    }

    /// Returns the name of the family.
    pub(super) fn family(&self) -> &str {
        self.target.family()
    }

    pub(super) fn add(&mut self, answer: Answer) {
        self.answers.push(answer);
    }

    /// Returns whether `request` is the expected request.
    pub(super) fn matches(&self, request: &FakeRequest<'_>) -> bool {
        request.family() == Some(self.target.family())
            && request.command() == self.target.command()
            && request.is_dump() == self.is_dump
            && request.attrs().as_bytes() == self.attributes
    }

    /// Returns the answers to `request`, which is the expected request.
    pub(super) fn answers(&self, request: &mut FakeRequest<'_>) -> Vec<Incoming> {
        request.header_len = self.target.header_len();
        let mut end = match (self.is_dump, request.wants_ack()) {
            (true, _) => Some(request.done()),
            (false, true) => Some(request.ack()),
            (false, false) => None,
        };
        let mut incoming = Vec::new();
        for answer in &self.answers {
            match answer {
                Answer::Reply(attributes) => {
                    let flags = match self.is_dump {
                        true => NlmF::MULTI,
                        false => NlmF::empty(),
                    };
                    let reply = request.reply_with(attributes.clone());
                    incoming.push(reply.flags(flags.bits()).into());
                }
                Answer::Error(ext_ack) => end = Some(request.ext_ack(ext_ack)),
                Answer::Interrupted => {
                    let flags = NlmF::MULTI | NlmF::DUMP_INTR;
                    end = end.map(|end| end.flags(flags.bits()));
                }
                Answer::Overrun => incoming.push(Incoming::overrun()),
                Answer::Silence => end = None,
            }
        }
        incoming.extend(end.map(Incoming::from));
        incoming
    }
}

/// Shows the request by the names of its schema.
impl fmt::Display for Expected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = if self.is_dump { "dump" } else { "do" };
        let attrs = Attrs::new(&self.attributes).skip_header(self.target.header_len());
        let fields = Fields::new(attrs, self.target.holds());
        write!(f, "{kind} {} {fields:?}", self.target)
    }
}
