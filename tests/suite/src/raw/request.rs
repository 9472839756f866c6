// SPDX-License-Identifier: MIT OR Apache-2.0

//! Builds valid and invalid requests.

use super::{ATTR_HEADER_LEN, GENL_HEADER_LEN, MESSAGE_HEADER_LEN};
use genl::OperationInfo;
use greet::protocol::{FAMILY, GREET, greeting};

/// A request with any contents.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    family: Option<u16>,
    flags: u16,
    command: u8,
    version: u8,
    reserved: u16,
    attrs: Vec<u8>,
    excess_len: usize,
}

impl Request {
    /// Creates a greet request without a name, with `NLM_F_ACK`.
    pub(crate) fn greet() -> Self {
        Self::of(&GREET)
    }

    /// Creates a dump request.
    pub(crate) fn dump(operation: &OperationInfo) -> Self {
        Self::of(operation).flags(libc::NLM_F_REQUEST | libc::NLM_F_DUMP)
    }

    /// Creates a request without attributes, with `NLM_F_ACK`.
    pub(crate) fn of(operation: &OperationInfo) -> Self {
        Self {
            family: None,
            flags: flags(libc::NLM_F_REQUEST | libc::NLM_F_ACK),
            command: operation.command,
            version: FAMILY.version,
            reserved: 0,
            attrs: Vec::new(),
            excess_len: 0,
        }
    }

    /// Sets the id of another family.
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

    /// Sets the flags (`NLM_F_…`).
    pub(crate) fn flags(mut self, wanted: i32) -> Self {
        self.flags = flags(wanted);
        self
    }

    /// Sets the reserved field of the header.
    pub(crate) fn reserved(mut self, reserved: u16) -> Self {
        self.reserved = reserved;
        self
    }

    pub(crate) fn name(self, name: &str) -> Self {
        self.text(greeting::NAME, name)
    }

    /// Appends a string attribute with its NUL.
    pub(crate) fn text(self, number: u16, text: &str) -> Self {
        self.attr(number, &[text.as_bytes(), b"\0"].concat())
    }

    pub(crate) fn u32(self, number: u16, value: u32) -> Self {
        self.attr(number, &value.to_ne_bytes())
    }

    /// Appends an attribute with any payload.
    pub(crate) fn attr(self, number: u16, payload: &[u8]) -> Self {
        let len = ATTR_HEADER_LEN + payload.len();
        self.attr_with_len(len, number, payload)
    }

    /// Appends an attribute with the length field `len`.
    pub(crate) fn attr_with_len(mut self, len: usize, number: u16, payload: &[u8]) -> Self {
        let len = u16::try_from(len).unwrap_or(u16::MAX);
        self.attrs.extend_from_slice(&len.to_ne_bytes());
        self.attrs.extend_from_slice(&number.to_ne_bytes());
        self.bytes(payload)
    }

    /// Appends any bytes and padding.
    pub(crate) fn bytes(mut self, bytes: &[u8]) -> Self {
        self.attrs.extend_from_slice(bytes);
        self.attrs.resize(self.attrs.len().next_multiple_of(4), 0);
        self
    }

    /// Returns the bytes of the attributes, for a nest.
    pub(crate) fn attrs(&self) -> Vec<u8> {
        self.attrs.clone()
    }

    /// Makes the length field of the message exceed its length by `count`.
    pub(crate) fn excess_len(mut self, count: usize) -> Self {
        self.excess_len = count;
        self
    }

    /// Returns whether an ACK, an error or the end of a dump must follow.
    pub(super) fn expects_end(&self) -> bool {
        self.flags & flags(libc::NLM_F_ACK | libc::NLM_F_DUMP) != 0
    }

    /// Encodes the message. `greet` is the id of that family.
    pub(super) fn encode(&self, greet: u16, seq: u32) -> Vec<u8> {
        let len = MESSAGE_HEADER_LEN + GENL_HEADER_LEN + self.attrs.len();
        let stated_len = u32::try_from(len + self.excess_len).unwrap_or(u32::MAX);
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

/// Converts flags from the `c_int` of `libc` to the 16 bits of a message.
fn flags(wanted: i32) -> u16 {
    u16::try_from(wanted).unwrap_or(u16::MAX)
}
