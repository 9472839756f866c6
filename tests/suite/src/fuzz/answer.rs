// SPDX-License-Identifier: MIT OR Apache-2.0

//! Messages of the kernel: expected by the model, and received.

use super::wire::{
    GENL_HEADER, HEADERS, Header, MESSAGE_HEADER, NLA_F_NESTED, NLM_F_ACK_TLVS, NLM_F_CAPPED,
    NLMSG_DONE, NLMSG_ERROR, align, array_at, strict_attrs, u32_at,
};
use anyhow::{Context, Result, bail, ensure};
use greet::protocol::{FAMILY, PEER_GET, peer};
use std::fmt;
use std::ops::RangeInclusive;

/// Attributes with their numbers, which may include the flag bits of the type field.
pub(super) type Attrs = Vec<(u16, Vec<u8>)>;

/// A message from the kernel.
#[derive(Clone, PartialEq)]
pub(super) struct Message {
    pub(super) flags: u16,
    pub(super) seq: u32,
    pub(super) port: u32,
    pub(super) body: Body,
}

#[derive(Clone, PartialEq)]
pub(super) enum Body {
    /// A reply, an item of a dump, or an event; its attributes are sorted.
    Family { id: u16, command: u8, attrs: Attrs },
    /// The end of a dump.
    Done,
    /// An ACK or an error.
    Error {
        errno: i32,
        /// The request, or its header alone.
        request: Vec<u8>,
        extack: Extack,
    },
}

/// The attributes of an extended ack.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Extack {
    pub(super) text: Option<String>,
    /// Offset of the bad attribute in the request.
    pub(super) bad: Option<u32>,
    pub(super) missing: Option<u32>,
    /// The attributes of the violated policy, sorted.
    pub(super) policy: Option<Attrs>,
}

impl Extack {
    pub(super) fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// A message that the model expects.
#[derive(Clone, Debug)]
pub(super) struct Expected {
    pub(super) message: Message,
    /// For a message about a peer: when it was last greeted. The message lacks that attribute.
    pub(super) seen: Option<RangeInclusive<u64>>,
}

impl From<Message> for Expected {
    fn from(message: Message) -> Self {
        Self {
            message,
            seen: None,
        }
    }
}

impl Expected {
    /// Returns whether `got` is the expected message.
    pub(super) fn matches(&self, got: &Message) -> bool {
        match &self.seen {
            None => self.message == *got,
            Some(seen) => {
                let mut got = got.clone();
                let last_seen = got.take_last_seen();
                last_seen.is_some_and(|time| seen.contains(&time)) && self.message == got
            }
        }
    }
}

impl Message {
    /// Removes the attribute `last-seen` and returns its value, if the message has it.
    pub(super) fn take_last_seen(&mut self) -> Option<u64> {
        let Body::Family { command, attrs, .. } = &mut self.body else {
            return None;
        };
        if *command != PEER_GET.command {
            return None;
        }
        let is_last_seen = |(number, _): &(u16, _)| *number == peer::LAST_SEEN;
        let (_, payload) = attrs.remove(attrs.iter().position(is_last_seen)?);
        read_uint(&payload)
    }

    /// Returns the payload of an attribute.
    pub(super) fn attr(&self, wanted: u16) -> Option<&[u8]> {
        let Body::Family { attrs, .. } = &self.body else {
            return None;
        };
        let found = attrs.iter().find(|(number, _)| *number == wanted)?;
        Some(&found.1)
    }
}

/// Parses the messages of one datagram and checks each of its bytes.
pub(super) fn read(datagram: &[u8]) -> Result<Vec<Message>> {
    let mut messages = Vec::new();
    let mut rest = datagram;
    while !rest.is_empty() {
        let header = Header::read(rest)?;
        let len = header.len as usize;
        let message = rest.get(..len).context("a message exceeds its datagram")?;
        messages.push(read_message(header, message)?);
        let padding = rest.get(len..align(len)).context("padding is missing")?;
        ensure!(
            is_zero(padding),
            "expected zeros after a message, got {padding:02x?}"
        );
        rest = &rest[align(len)..];
    }
    Ok(messages)
}

fn read_message(header: Header, message: &[u8]) -> Result<Message> {
    let body = match header.kind {
        NLMSG_ERROR => read_error(header, message)?,
        NLMSG_DONE => {
            ensure!(
                array_at(message, MESSAGE_HEADER)? == [0; 4] && message.len() == HEADERS,
                "invalid end of a dump: {message:02x?}"
            );
            Body::Done
        }
        id => read_family(id, message)?,
    };
    Ok(Message {
        flags: header.flags,
        seq: header.seq,
        port: header.port,
        body,
    })
}

fn read_family(id: u16, message: &[u8]) -> Result<Body> {
    let [command, version, reserved @ ..] = array_at::<GENL_HEADER>(message, MESSAGE_HEADER)?;
    ensure!(
        version == FAMILY.version && is_zero(&reserved),
        "invalid genlmsghdr {:02x?}",
        [command, version, reserved[0], reserved[1]]
    );
    Ok(Body::Family {
        id,
        command,
        attrs: sorted(&message[HEADERS..])?,
    })
}

fn read_error(header: Header, message: &[u8]) -> Result<Body> {
    const ERRNO: usize = 4;

    let errno = i32::from_ne_bytes(array_at(message, MESSAGE_HEADER)?);
    let rest = &message[MESSAGE_HEADER + ERRNO..];
    let len = match header.has(NLM_F_CAPPED) {
        true => MESSAGE_HEADER,
        false => u32_at(rest, 0)? as usize,
    };
    let request = rest
        .get(..len)
        .context("the error contains a part of the request")?;
    let padding = rest.get(len..align(len)).context("padding is missing")?;
    ensure!(
        is_zero(padding),
        "expected zeros after the request, got {padding:02x?}"
    );
    let extack = read_extack(&rest[align(len)..])?;
    ensure!(
        header.has(NLM_F_ACK_TLVS) != extack.is_empty(),
        "NLM_F_ACK_TLVS does not match the attributes of the error"
    );
    Ok(Body::Error {
        errno,
        request: request.to_vec(),
        extack,
    })
}

fn read_extack(bytes: &[u8]) -> Result<Extack> {
    const NLMSGERR_ATTR_MSG: u16 = 1;
    const NLMSGERR_ATTR_OFFS: u16 = 2;
    const NLMSGERR_ATTR_POLICY: u16 = 4 | NLA_F_NESTED;
    const NLMSGERR_ATTR_MISS_TYPE: u16 = 5;

    let mut extack = Extack::default();
    for (number, payload) in strict_attrs(bytes)? {
        let twice = match number {
            NLMSGERR_ATTR_MSG => {
                let text = payload
                    .strip_suffix(b"\0")
                    .context("expected a NUL after the text")?;
                let text = String::from_utf8(text.to_vec())?;
                extack.text.replace(text).is_some()
            }
            NLMSGERR_ATTR_OFFS => extack.bad.replace(number_in(payload)?).is_some(),
            NLMSGERR_ATTR_MISS_TYPE => extack.missing.replace(number_in(payload)?).is_some(),
            NLMSGERR_ATTR_POLICY => extack.policy.replace(read_policy(payload)?).is_some(),
            _ => bail!("unexpected attribute {number} in an error"),
        };
        ensure!(!twice, "duplicate attribute {number} in an error");
    }
    Ok(extack)
}

/// Parses a policy, without the empty attributes that align others on some machines.
fn read_policy(nest: &[u8]) -> Result<Attrs> {
    const NL_POLICY_TYPE_ATTR_PAD: u16 = 11;

    let mut policy = sorted(nest)?;
    policy.retain(|(number, payload)| *number != NL_POLICY_TYPE_ATTR_PAD || !payload.is_empty());
    Ok(policy)
}

fn sorted(bytes: &[u8]) -> Result<Attrs> {
    let mut attrs: Attrs = strict_attrs(bytes)?
        .into_iter()
        .map(|(number, payload)| (number, payload.to_vec()))
        .collect();
    attrs.sort();
    Ok(attrs)
}

fn number_in(payload: &[u8]) -> Result<u32> {
    Ok(u32::from_ne_bytes(payload.try_into()?))
}

/// Encodes a `uint` as the kernel does: in four bytes if they suffice, else in eight.
pub(super) fn uint(value: u64) -> Vec<u8> {
    match u32::try_from(value) {
        Ok(value) => value.to_ne_bytes().to_vec(),
        Err(_) => value.to_ne_bytes().to_vec(),
    }
}

/// Decodes a `uint` of minimal length.
fn read_uint(payload: &[u8]) -> Option<u64> {
    let value = match payload.len() {
        4 => u32::from_ne_bytes(payload.try_into().ok()?).into(),
        _ => u64::from_ne_bytes(payload.try_into().ok()?),
    };
    (uint(value) == payload).then_some(value)
}

fn is_zero(bytes: &[u8]) -> bool {
    bytes.iter().all(|byte| *byte == 0)
}

impl fmt::Debug for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            flags, seq, port, ..
        } = self;
        write!(f, "seq {seq:#x}, port {port}, flags {flags:#x}, ")?;
        match &self.body {
            Body::Done => write!(f, "NLMSG_DONE"),
            Body::Family { id, command, attrs } => {
                write!(f, "family {id}, command {command}, {}", Shown(attrs))
            }
            Body::Error {
                errno,
                request,
                extack,
            } => write!(
                f,
                "errno {errno}, {:?}, bad at {:?}, missing {:?}, policy {}; of a request with {} bytes, {:02x?}",
                extack.text,
                extack.bad,
                extack.missing,
                Shown(extack.policy.as_deref().unwrap_or_default()),
                request.len(),
                request,
            ),
        }
    }
}

/// Formats attributes with their payloads as text.
struct Shown<'a>(&'a [(u16, Vec<u8>)]);

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, payload) in self.0 {
            write!(f, "[{number}: \"{}\"]", payload.escape_ascii())?;
        }
        Ok(())
    }
}

/// Formats bytes as a hex dump with 16 bytes per line.
pub(super) fn hexdump(bytes: &[u8]) -> String {
    let line = |(number, bytes): (usize, &[u8])| {
        let hex: Vec<String> = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        format!("  {:4}  {}", number * 16, hex.join(" "))
    };
    let lines: Vec<String> = bytes.chunks(16).enumerate().map(line).collect();
    lines.join("\n")
}
