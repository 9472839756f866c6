// SPDX-License-Identifier: MIT OR Apache-2.0

//! Messages of the kernel.

use super::{
    ATTR_HEADER_LEN, Attrs, GENL_HEADER_LEN, MESSAGE_HEADER_LEN, TYPE_MASK, attrs, i32_at,
    owned_attrs, u16_at, u32_at, uint,
};
use anyhow::{Context, Result, bail};
use nix::errno::Errno;
use std::fmt;

/// A message from the kernel.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Message {
    pub(crate) seq: u32,
    pub(crate) port: u32,
    /// `NLM_F_…`
    pub(crate) flags: u16,
    pub(crate) content: Content,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Content {
    /// A message of a family: a reply, an item of a dump, or an event.
    Reply {
        family: u16,
        command: u8,
        attrs: Attrs,
    },
    /// The end of a complete dump.
    Done,
    /// An error message with errno 0 and nothing else.
    Ack,
    Error(ExtAckError),
}

/// An error message or the end of a failed dump, with its extended ack.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct ExtAckError {
    pub(crate) errno: Errno,
    pub(crate) text: Option<String>,
    /// The number of the attribute at the reported offset.
    pub(crate) bad: Option<u16>,
    pub(crate) missing: Option<u16>,
    pub(crate) cookie: Option<u64>,
    pub(crate) policy: Option<Policy>,
}

impl fmt::Display for ExtAckError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "error of the kernel: {self:?}")
    }
}

impl std::error::Error for ExtAckError {}

impl ExtAckError {
    /// Returns the errno if `error` is an error of the kernel.
    pub(crate) fn errno_of(error: &anyhow::Error) -> Option<Errno> {
        error.downcast_ref::<Self>().map(|error| error.errno)
    }
}

/// The policy of an attribute (`NL_POLICY_TYPE_ATTR_…`).
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Policy {
    /// `NL_ATTR_TYPE_…`
    pub(crate) kind: u32,
    pub(crate) max_value: Option<u64>,
    pub(crate) max_length: Option<u32>,
}

/// Parses the messages of one datagram that answers `requests`.
pub(super) fn parse(datagram: &[u8], requests: &[u8]) -> Result<Vec<Message>> {
    let mut messages = Vec::new();
    let mut rest = datagram;
    while !rest.is_empty() {
        let len = usize::try_from(u32_at(rest, 0)?)?;
        let message = rest
            .get(..len)
            .with_context(|| format!("invalid message length {len}"))?;
        messages.push(parse_message(message, requests)?);
        rest = rest.get(len.next_multiple_of(4)..).unwrap_or_default();
    }
    Ok(messages)
}

fn parse_message(message: &[u8], requests: &[u8]) -> Result<Message> {
    let kind = u16_at(message, 4)?;
    let content = match i32::from(kind) {
        libc::NLMSG_ERROR => parse_error(message, requests)?,
        // The end of several replies has no errno.
        libc::NLMSG_DONE if message.len() == MESSAGE_HEADER_LEN => Content::Done,
        libc::NLMSG_DONE => match i32_at(message, MESSAGE_HEADER_LEN)? {
            0 => Content::Done,
            errno => Content::Error(parse_extack(
                Errno::from_raw(-errno),
                &message[MESSAGE_HEADER_LEN + ERRNO_LEN..],
                requests,
            )?),
        },
        0..libc::NLMSG_MIN_TYPE => bail!("unexpected message of type {kind}"),
        _ => Content::Reply {
            family: kind,
            command: message.get(MESSAGE_HEADER_LEN).copied().unwrap_or(0),
            attrs: owned_attrs(
                message
                    .get(MESSAGE_HEADER_LEN + GENL_HEADER_LEN..)
                    .unwrap_or_default(),
            )?,
        },
    };
    Ok(Message {
        seq: u32_at(message, 8)?,
        port: u32_at(message, 12)?,
        flags: u16_at(message, 6)?,
        content,
    })
}

/// Size of the errno in an error message and at the end of a dump.
const ERRNO_LEN: usize = 4;

/// Parses an error message: errno, the request or its header, attributes.
fn parse_error(message: &[u8], requests: &[u8]) -> Result<Content> {
    const NLM_F_CAPPED: u16 = 0x100;

    let errno = i32_at(message, MESSAGE_HEADER_LEN)?;
    let echo = &message[MESSAGE_HEADER_LEN + ERRNO_LEN..];
    let echo_len = match u16_at(message, 6)? & NLM_F_CAPPED {
        0 => usize::try_from(u32_at(echo, 0)?)?.next_multiple_of(4),
        _ => MESSAGE_HEADER_LEN,
    };
    let request = requests
        .windows(MESSAGE_HEADER_LEN)
        .position(|header| header == &echo[..MESSAGE_HEADER_LEN])
        .map(|start| &requests[start..])
        .with_context(|| format!("an error message for another request: {echo:?}"))?;
    let attrs = echo.get(echo_len..).unwrap_or_default();
    if errno == 0 && attrs.is_empty() {
        return Ok(Content::Ack);
    }
    parse_extack(Errno::from_raw(-errno), attrs, request).map(Content::Error)
}

fn parse_extack(errno: Errno, extack: &[u8], request: &[u8]) -> Result<ExtAckError> {
    const NLMSGERR_ATTR_MSG: u16 = 1;
    const NLMSGERR_ATTR_OFFS: u16 = 2;
    const NLMSGERR_ATTR_COOKIE: u16 = 3;
    const NLMSGERR_ATTR_POLICY: u16 = 4;
    const NLMSGERR_ATTR_MISS_TYPE: u16 = 5;

    let mut ext_ack = ExtAckError {
        errno,
        text: None,
        bad: None,
        missing: None,
        cookie: None,
        policy: None,
    };
    for (_, number, payload) in attrs(extack)? {
        match number {
            NLMSGERR_ATTR_MSG => {
                let text = payload
                    .strip_suffix(b"\0")
                    .context("expected a NUL after the extack text")?;
                ext_ack.text = Some(String::from_utf8(text.to_vec())?);
            }
            NLMSGERR_ATTR_OFFS => {
                let offset = usize::try_from(u32_at(payload, 0)?)?;
                ext_ack.bad = Some(attr_at(request, offset)?);
            }
            NLMSGERR_ATTR_COOKIE => {
                ext_ack.cookie = Some(u64::from_ne_bytes(payload.try_into()?));
            }
            NLMSGERR_ATTR_MISS_TYPE => {
                ext_ack.missing = Some(u16::try_from(u32_at(payload, 0)?)?);
            }
            NLMSGERR_ATTR_POLICY => ext_ack.policy = Some(parse_policy(payload)?),
            _ => bail!("unexpected attribute {number} in an extack"),
        }
    }
    Ok(ext_ack)
}

/// Returns the number of the attribute at `offset` in the request, which can be in a nest.
fn attr_at(request: &[u8], offset: usize) -> Result<u16> {
    const START: usize = MESSAGE_HEADER_LEN + GENL_HEADER_LEN;
    const NLA_F_NESTED: u16 = 1 << 15;

    let mut start = START;
    while start < offset {
        let len = usize::from(u16_at(request, start)?).max(ATTR_HEADER_LEN);
        let next = (start + len).next_multiple_of(4);
        let is_nest = u16_at(request, start + 2)? & NLA_F_NESTED != 0;
        start = match is_nest && offset < next {
            true => start + ATTR_HEADER_LEN,
            false => next,
        };
    }
    if start != offset {
        bail!("no attribute begins at offset {offset} of the request");
    }
    Ok(u16_at(request, start + 2)? & TYPE_MASK)
}

fn parse_policy(nest: &[u8]) -> Result<Policy> {
    const NL_POLICY_TYPE_ATTR_TYPE: u16 = 1;
    const NL_POLICY_TYPE_ATTR_MAX_VALUE_U: u16 = 5;
    const NL_POLICY_TYPE_ATTR_MAX_LENGTH: u16 = 7;

    let mut policy = Policy::default();
    for (_, number, payload) in attrs(nest)? {
        match number {
            NL_POLICY_TYPE_ATTR_TYPE => policy.kind = u32_at(payload, 0)?,
            NL_POLICY_TYPE_ATTR_MAX_VALUE_U => policy.max_value = Some(uint(payload)?),
            NL_POLICY_TYPE_ATTR_MAX_LENGTH => policy.max_length = Some(u32_at(payload, 0)?),
            _ => {}
        }
    }
    Ok(policy)
}
