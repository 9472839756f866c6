// SPDX-License-Identifier: MIT OR Apache-2.0

//! Requests that a test expects.

use super::expected::{Answer, Expected};
use super::kernel::FakeKernel;
use super::message::{ExtAck, encoded};
use crate::request::{DoRequest, DumpRequest, Request};
use crate::wire::encode::Encoder;
use crate::wire::errno::Errno;
use std::fmt;

/// The answers to an expected request, from [`FakeKernel::expect`] and [`FakeKernel::expect_dump`].
///
/// They are sent in the order of the calls. Without an error or [`silence`](Self::silence), the end of
/// the dump follows, or the ACK if the request asks for it.
///
/// The request is expected once this value has been dropped.
pub struct Expectation<'k> {
    kernel: &'k FakeKernel,
    /// Taken when this value is dropped.
    expected: Option<Expected>,
}

impl FakeKernel {
    /// Expects this request after those that are expected already. Script its answers with the returned
    /// value; by default the request succeeds without a reply.
    ///
    /// Registers the family without groups if there is none.
    ///
    /// # Panics
    ///
    /// Panics if the request cannot be encoded.
    #[track_caller]
    pub fn expect<R: DoRequest>(&self, request: &R) -> Expectation<'_> {
        self.expect_any(request, false)
    }

    /// Expects this dump request, as [`FakeKernel::expect`] does; by default the dump is empty.
    ///
    /// # Panics
    ///
    /// Panics if the request cannot be encoded.
    #[track_caller]
    pub fn expect_dump<R: DumpRequest>(&self, request: &R) -> Expectation<'_> {
        self.expect_any(request, true)
    }

    #[track_caller]
    fn expect_any<R: Request>(&self, request: &R, is_dump: bool) -> Expectation<'_> {
        Expectation {
            kernel: self,
            expected: Some(Expected::new(request, is_dump)),
        }
    }
}

impl Expectation<'_> {
    /// Adds a reply, or an item of a dump, with the attributes that `fill` adds.
    ///
    /// # Panics
    ///
    /// Panics if an attribute cannot be encoded.
    pub fn reply(self, fill: impl FnOnce(&mut Encoder<'_>)) -> Self {
        self.add(Answer::Reply(encoded(fill)))
    }

    /// Ends with an error without an extended ack.
    pub fn error(self, errno: Errno) -> Self {
        self.ext_ack(ExtAck::new(errno))
    }

    /// Ends with an error with an extended ack.
    ///
    /// The client's send panics if the request lacks an attribute that `ext_ack` names.
    pub fn ext_ack(self, ext_ack: ExtAck) -> Self {
        self.add(Answer::Error(ext_ack))
    }

    /// Marks the end of the dump as inconsistent (`NLM_F_DUMP_INTR`), after which a client repeats it.
    pub fn interrupted(self) -> Self {
        self.add(Answer::Interrupted)
    }

    /// Loses an answer: the socket reports `ENOBUFS`.
    pub fn overrun(self) -> Self {
        self.add(Answer::Overrun)
    }

    /// Sends nothing more, neither an ACK nor an error, so that the client's request times out.
    pub fn silence(self) -> Self {
        self.add(Answer::Silence)
    }

    fn add(mut self, answer: Answer) -> Self {
        if let Some(expected) = &mut self.expected {
            expected.add(answer);
        }
        self
    }
}

impl Drop for Expectation<'_> {
    fn drop(&mut self) {
        if let Some(expected) = self.expected.take() {
            self.kernel.push_expected(expected);
        }
    }
}

impl fmt::Debug for Expectation<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Expectation").finish_non_exhaustive()
    }
}
