// SPDX-License-Identifier: MIT OR Apache-2.0

//! Requests, right and wrong.

use super::{ATTR_HEADER_LEN, GENL_HEADER_LEN, MESSAGE_HEADER_LEN};
use genl::OperationInfo;
use greet::protocol::{FAMILY, GREET, greeting};

/// A request that is to be sent.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    family: Option<u16>,
    flags: u16,
    command: u8,
    version: u8,
    reserved: u16,
    attrs: Vec<u8>,
    missing_bytes: usize,
}

impl Request {
    /// A greeting to nobody yet, which asks for an ACK.
    pub(crate) fn greet() -> Self {
        Self::of(&GREET)
    }

    /// A request for a list.
    pub(crate) fn dump(operation: &OperationInfo) -> Self {
        Self::of(operation).flags(libc::NLM_F_REQUEST | libc::NLM_F_DUMP)
    }

    /// A request without attributes, which asks for an ACK.
    pub(crate) fn of(operation: &OperationInfo) -> Self {
        Self {
            family: None,
            flags: flags(libc::NLM_F_REQUEST | libc::NLM_F_ACK),
            command: operation.command,
            version: FAMILY.version,
            reserved: 0,
            attrs: Vec::new(),
            missing_bytes: 0,
        }
    }

    /// To the family with this id instead of `greet`.
    pub(crate) fn family(mut self, id: u16) -> Self {
        self.family = Some(id);
        self
    }

    pub(crate) fn command(mut self, command: u8) -> Self {
        self.command = command;
        self
    }

    pub(crate) fn version(mut self, version: u8) -> Self {
        self.version = version;
        self
    }

    /// With these flags (`NLM_F_…`) and no others.
    pub(crate) fn flags(mut self, wanted: i32) -> Self {
        self.flags = flags(wanted);
        self
    }

    /// With this in the header's reserved field.
    pub(crate) fn reserved(mut self, reserved: u16) -> Self {
        self.reserved = reserved;
        self
    }

    pub(crate) fn name(self, name: &str) -> Self {
        self.text(greeting::NAME, name)
    }

    /// A string attribute, with the NUL that ends it.
    pub(crate) fn text(self, number: u16, text: &str) -> Self {
        self.attr(number, &[text.as_bytes(), b"\0"].concat())
    }

    pub(crate) fn u32(self, number: u16, value: u32) -> Self {
        self.attr(number, &value.to_ne_bytes())
    }

    /// An attribute with any payload.
    pub(crate) fn attr(self, number: u16, payload: &[u8]) -> Self {
        let len = ATTR_HEADER_LEN + payload.len();
        self.attr_that_says(len, number, payload)
    }

    /// An attribute that claims to have `len` bytes, header included.
    pub(crate) fn attr_that_says(mut self, len: usize, number: u16, payload: &[u8]) -> Self {
        let len = u16::try_from(len).unwrap_or(u16::MAX);
        self.attrs.extend_from_slice(&len.to_ne_bytes());
        self.attrs.extend_from_slice(&number.to_ne_bytes());
        self.bytes(payload)
    }

    /// Any bytes, and padding.
    pub(crate) fn bytes(mut self, bytes: &[u8]) -> Self {
        self.attrs.extend_from_slice(bytes);
        self.attrs.resize(self.attrs.len().next_multiple_of(4), 0);
        self
    }

    /// In a message that claims to have `count` bytes more than it has.
    pub(crate) fn short_of(mut self, count: usize) -> Self {
        self.missing_bytes = count;
        self
    }

    /// Whether the kernel is asked for something that says in the end that it is done.
    pub(super) fn wants_end(&self) -> bool {
        self.flags & flags(libc::NLM_F_ACK | libc::NLM_F_DUMP) != 0
    }

    /// The whole message; `greet` is the id of that family.
    pub(super) fn encode(&self, greet: u16, seq: u32) -> Vec<u8> {
        let len = MESSAGE_HEADER_LEN + GENL_HEADER_LEN + self.attrs.len();
        let stated_len = u32::try_from(len + self.missing_bytes).unwrap_or(u32::MAX);
        let mut bytes = Vec::with_capacity(len);
        bytes.extend_from_slice(&stated_len.to_ne_bytes());
        bytes.extend_from_slice(&self.family.unwrap_or(greet).to_ne_bytes());
        bytes.extend_from_slice(&self.flags.to_ne_bytes());
        bytes.extend_from_slice(&seq.to_ne_bytes());
        bytes.extend_from_slice(&0u32.to_ne_bytes());
        bytes.extend_from_slice(&[self.command, self.version]);
        bytes.extend_from_slice(&self.reserved.to_ne_bytes());
        bytes.extend_from_slice(&self.attrs);
        bytes
    }
}

/// `libc` has the flags as `c_int`; a message has 16 bits for them.
fn flags(wanted: i32) -> u16 {
    u16::try_from(wanted).unwrap_or(u16::MAX)
}
