// SPDX-License-Identifier: MIT OR Apache-2.0

//! Messages and errors of the fake kernel.

use crate::wire::attr::Attrs;
use crate::wire::encode::Encoder;
use crate::wire::errno::Errno;

/// A message that the fake kernel sends, with any header.
///
/// [`FakeRequest`](super::FakeRequest) has methods that return well-formed answers to a request. The
/// setters change them into messages for others, or into messages that the kernel never sends.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub struct Message {
    kind: u16,
    flags: u16,
    seq: u32,
    port: u32,
    payload: Vec<u8>,
}

impl Message {
    /// Creates a message of the type `kind` (`nlmsg_type`). Flags, sequence number and port are 0, as
    /// in an event.
    ///
    /// `payload` follows the `struct nlmsghdr`.
    pub fn new(kind: u16, payload: Vec<u8>) -> Self {
        Self {
            kind,
            flags: 0,
            seq: 0,
            port: 0,
            payload,
        }
    }

    /// Creates a message of a family, with the attributes that `fill` adds.
    ///
    /// # Panics
    ///
    /// Panics if an attribute cannot be encoded.
    pub fn family(id: u16, command: u8, version: u8, fill: impl FnOnce(&mut Encoder<'_>)) -> Self {
        let mut payload = vec![command, version, 0, 0];
        payload.extend(encoded(fill));
        Self::new(id, payload)
    }

    /// Sets the type.
    pub fn kind(self, kind: u16) -> Self {
        Self { kind, ..self }
    }

    /// Sets the flags.
    pub fn flags(self, flags: u16) -> Self {
        Self { flags, ..self }
    }

    /// Sets the sequence number.
    pub fn seq(self, seq: u32) -> Self {
        Self { seq, ..self }
    }

    /// Sets the port to which the message is addressed.
    pub fn port(self, port: u32) -> Self {
        Self { port, ..self }
    }

    /// Returns the bytes, padded to a multiple of four.
    pub fn to_bytes(&self) -> Vec<u8> {
        let len = u32::try_from(16 + self.payload.len()).unwrap_or(u32::MAX);
        let mut bytes = len.to_ne_bytes().to_vec();
        bytes.extend_from_slice(&self.kind.to_ne_bytes());
        bytes.extend_from_slice(&self.flags.to_ne_bytes());
        bytes.extend_from_slice(&self.seq.to_ne_bytes());
        bytes.extend_from_slice(&self.port.to_ne_bytes());
        bytes.extend_from_slice(&self.payload);
        bytes.resize(bytes.len().next_multiple_of(4), 0);
        bytes
    }
}

/// One result of a socket's receive call: a datagram, or an error.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub struct Incoming {
    /// The datagram; `None` for `ENOBUFS`.
    pub(super) bytes: Option<Vec<u8>>,
    /// The number of bytes that are missing at the end.
    pub(super) cut: usize,
    pub(super) from_kernel: bool,
    pub(super) times: usize,
    /// The id of the network namespace that sent it.
    pub(super) namespace: Option<i32>,
}

impl Incoming {
    /// Creates a datagram with these messages.
    pub fn datagram(messages: impl IntoIterator<Item = Message>) -> Self {
        let messages = messages.into_iter().map(|message| message.to_bytes());
        Self::bytes(messages.collect::<Vec<_>>().concat())
    }

    /// Creates a datagram of any bytes.
    pub fn bytes(bytes: impl Into<Vec<u8>>) -> Self {
        Self {
            bytes: Some(bytes.into()),
            cut: 0,
            from_kernel: true,
            times: 1,
            namespace: None,
        }
    }

    /// Creates the error `ENOBUFS`: the socket's receive buffer was full, and messages were lost.
    pub fn overrun() -> Self {
        Self {
            bytes: None,
            cut: 0,
            from_kernel: true,
            times: 1,
            namespace: None,
        }
    }

    /// Makes another program the sender of the datagram.
    pub fn from_program(self) -> Self {
        Self {
            from_kernel: false,
            ..self
        }
    }

    /// Makes another network namespace the sender of an event: the one with this id.
    pub fn namespace(self, id: i32) -> Self {
        Self {
            namespace: Some(id),
            ..self
        }
    }

    /// Reports the datagram as `bytes` bytes longer than it is, as if the receive buffer were too short.
    pub fn cut(self, bytes: usize) -> Self {
        Self { cut: bytes, ..self }
    }

    /// Delivers it `times` times.
    pub fn repeat(self, times: usize) -> Self {
        Self { times, ..self }
    }

    /// Returns the number of bytes that are received; 0 for an error.
    pub(super) fn len(&self) -> usize {
        self.bytes.as_ref().map_or(0, Vec::len)
    }
}

impl From<Message> for Incoming {
    fn from(message: Message) -> Self {
        Self::bytes(message.to_bytes())
    }
}

/// An error of the kernel with an extended ack.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub struct ExtAck {
    pub(super) errno: Errno,
    pub(super) message: Option<String>,
    pub(super) attribute: Option<Vec<u16>>,
    pub(super) missing: Option<(Vec<u16>, u16)>,
    pub(super) policy: Option<Vec<u8>>,
}

impl ExtAck {
    /// Creates an error without an extended ack.
    pub fn new(errno: Errno) -> Self {
        Self {
            errno,
            message: None,
            attribute: None,
            missing: None,
            policy: None,
        }
    }

    /// Sets the text.
    pub fn message(self, text: impl Into<String>) -> Self {
        Self {
            message: Some(text.into()),
            ..self
        }
    }

    /// Names a bad attribute of the request: the numbers of the nests around it, and its own.
    pub fn attribute(self, path: &[u16]) -> Self {
        Self {
            attribute: Some(path.to_vec()),
            ..self
        }
    }

    /// Names a missing attribute: the numbers of the nests in which it is missing, and its own.
    pub fn missing(self, nest: &[u16], number: u16) -> Self {
        Self {
            missing: Some((nest.to_vec(), number)),
            ..self
        }
    }

    /// Adds the policy that the bad attribute violates, with the attributes of nlctrl's
    /// `policy-attrs` that `fill` adds.
    ///
    /// # Panics
    ///
    /// Panics if an attribute cannot be encoded.
    pub fn policy(self, fill: impl FnOnce(&mut Encoder<'_>)) -> Self {
        Self {
            policy: Some(encoded(fill)),
            ..self
        }
    }

    /// Returns whether there is anything but the errno.
    pub(super) fn has_attributes(&self) -> bool {
        self.message.is_some()
            || self.attribute.is_some()
            || self.missing.is_some()
            || self.policy.is_some()
    }
}

/// Returns the attributes that `fill` adds.
#[track_caller]
pub(super) fn encoded(fill: impl FnOnce(&mut Encoder<'_>)) -> Vec<u8> {
    let mut bytes = Vec::new();
    if let Err(error) = Encoder::append(&mut bytes, |to| fill(to)) {
        panic!("an answer of the fake kernel cannot be encoded: {error}");
    }
    bytes
}

/// Returns the offset of the attribute with this path in `attrs`.
#[track_caller]
pub(super) fn offset_of(attrs: Attrs<'_>, path: &[u16]) -> usize {
    let bytes = attrs.as_bytes();
    let mut rest = attrs;
    let mut offset = 0;
    let Some((&number, inner)) = path.split_first() else {
        panic!("the path of an attribute is empty");
    };
    while let Some(attr) = rest.next() {
        if attr.number() == number {
            return match inner {
                [] => offset,
                inner => offset + 4 + offset_of(attr.nested(), inner),
            };
        }
        offset = bytes.len() - rest.as_bytes().len();
    }
    panic!("the request has no attribute {number}");
}
