// SPDX-License-Identifier: MIT OR Apache-2.0

//! Netlink constants and layouts of the uapi headers. This module shares no code with
//! `userspace/genl`, so that the model does not inherit its bugs.

use anyhow::{Context, Result, ensure};

/// Bytes of `struct nlmsghdr`.
pub(super) const MESSAGE_HEADER: usize = 16;
/// Bytes of `struct genlmsghdr`.
pub(super) const GENL_HEADER: usize = 4;
/// Both headers.
pub(super) const HEADERS: usize = MESSAGE_HEADER + GENL_HEADER;
/// Bytes of `struct nlattr`.
pub(super) const ATTR_HEADER: usize = 4;

pub(super) const NLMSG_ERROR: u16 = 2;
pub(super) const NLMSG_DONE: u16 = 3;
/// Lower types are control messages of netlink.
pub(super) const NLMSG_MIN_TYPE: u16 = 16;
/// The highest id of a generic netlink family.
pub(super) const GENL_MAX_ID: u16 = 1023;

pub(super) const NLM_F_REQUEST: u16 = 1;
pub(super) const NLM_F_MULTI: u16 = 2;
pub(super) const NLM_F_ACK: u16 = 4;
pub(super) const NLM_F_ECHO: u16 = 8;
/// Flag in messages of the kernel.
pub(super) const NLM_F_DUMP_INTR: u16 = 0x10;
/// Flag in requests, with two bits.
pub(super) const NLM_F_DUMP: u16 = 0x300;
/// Flag in error messages: they contain only the header of the request.
pub(super) const NLM_F_CAPPED: u16 = 0x100;
/// Flag in error messages: attributes follow.
pub(super) const NLM_F_ACK_TLVS: u16 = 0x200;

pub(super) const NLA_F_NESTED: u16 = 0x8000;
pub(super) const NLA_F_NET_BYTEORDER: u16 = 0x4000;
/// Mask of the number in the type field of an attribute.
pub(super) const NLA_TYPE_MASK: u16 = 0x3fff;

/// `struct nlmsghdr`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Header {
    pub(super) len: u32,
    pub(super) kind: u16,
    pub(super) flags: u16,
    pub(super) seq: u32,
    pub(super) port: u32,
}

impl Header {
    /// Parses the header at the start of `bytes`.
    pub(super) fn read(bytes: &[u8]) -> Result<Self> {
        Ok(Self {
            len: u32_at(bytes, 0)?,
            kind: u16_at(bytes, 4)?,
            flags: u16_at(bytes, 6)?,
            seq: u32_at(bytes, 8)?,
            port: u32_at(bytes, 12)?,
        })
    }

    pub(super) fn has(&self, flags: u16) -> bool {
        self.flags & flags == flags
    }
}

/// Returns the ranges of the messages that the kernel finds in a datagram. It silently stops at the
/// first invalid length.
pub(super) fn messages(datagram: &[u8]) -> Vec<std::ops::Range<usize>> {
    let mut found = Vec::new();
    let mut start = 0;
    while let Ok(len) = u32_at(datagram, start).map(|len| len as usize) {
        let left = datagram.len() - start;
        if left < MESSAGE_HEADER || len < MESSAGE_HEADER || len > left {
            break;
        }
        found.push(start..start + len);
        start = (start + align(len)).min(datagram.len());
    }
    found
}

/// Appends an attribute and its padding. `number` may include the flag bits of the type field.
pub(super) fn put_attr(to: &mut Vec<u8>, number: u16, payload: &[u8]) {
    let len = u16::try_from(ATTR_HEADER + payload.len()).unwrap_or(u16::MAX);
    to.extend_from_slice(&len.to_ne_bytes());
    to.extend_from_slice(&number.to_ne_bytes());
    to.extend_from_slice(payload);
    to.resize(align(to.len()), 0);
}

/// Parses the attributes in `bytes`, which must be complete, padded with zeros and end with the
/// last of them.
pub(super) fn strict_attrs(bytes: &[u8]) -> Result<Vec<(u16, &[u8])>> {
    let mut found = Vec::new();
    let mut start = 0;
    while start < bytes.len() {
        let len = usize::from(u16_at(bytes, start)?);
        let number = u16_at(bytes, start + 2)?;
        let payload = bytes.get(start + ATTR_HEADER..start + len);
        let payload =
            payload.with_context(|| format!("invalid length {len} of attribute {number}"))?;
        let padding = bytes.get(start + len..start + align(len));
        let padding =
            padding.with_context(|| format!("expected padding after attribute {number}"))?;
        ensure!(
            padding.iter().all(|byte| *byte == 0),
            "expected zeros after attribute {number}, got {padding:02x?}"
        );
        found.push((number, payload));
        start += align(len);
    }
    Ok(found)
}

/// Returns the size of an attribute in a message, with header and padding.
pub(super) fn attr_size(payload: usize) -> usize {
    align(ATTR_HEADER + payload)
}

pub(super) fn align(len: usize) -> usize {
    len.next_multiple_of(4)
}

pub(super) fn u16_at(bytes: &[u8], start: usize) -> Result<u16> {
    array_at(bytes, start).map(u16::from_ne_bytes)
}

pub(super) fn u32_at(bytes: &[u8], start: usize) -> Result<u32> {
    array_at(bytes, start).map(u32::from_ne_bytes)
}

pub(super) fn array_at<const N: usize>(bytes: &[u8], start: usize) -> Result<[u8; N]> {
    let part = bytes.get(start..).and_then(<[u8]>::first_chunk);
    part.copied()
        .with_context(|| format!("{} bytes end before {}", bytes.len(), start + N))
}
