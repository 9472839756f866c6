// SPDX-License-Identifier: MIT OR Apache-2.0

//! Netlink's numbers and layouts, as the uapi headers have them. Nothing here is taken from
//! `userspace/genl`, which would make its faults the model's.

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
/// Messages of lower types are netlink's own.
pub(super) const NLMSG_MIN_TYPE: u16 = 16;
/// The last id that a generic netlink family can have.
pub(super) const GENL_MAX_ID: u16 = 1023;

pub(super) const NLM_F_REQUEST: u16 = 1;
pub(super) const NLM_F_MULTI: u16 = 2;
pub(super) const NLM_F_ACK: u16 = 4;
pub(super) const NLM_F_ECHO: u16 = 8;
/// Of what the kernel sends.
pub(super) const NLM_F_DUMP_INTR: u16 = 0x10;
/// Of requests. A dump has both bits.
pub(super) const NLM_F_DUMP: u16 = 0x300;
/// Of error messages: the request is not appended.
pub(super) const NLM_F_CAPPED: u16 = 0x100;
/// Of error messages: attributes follow.
pub(super) const NLM_F_ACK_TLVS: u16 = 0x200;

pub(super) const NLA_F_NESTED: u16 = 0x8000;
pub(super) const NLA_F_NET_BYTEORDER: u16 = 0x4000;
/// An attribute's number without these two.
pub(super) const NLA_TYPE_MASK: u16 = 0x3fff;

/// The fields of `struct nlmsghdr`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Header {
    pub(super) len: u32,
    pub(super) kind: u16,
    pub(super) flags: u16,
    pub(super) seq: u32,
    pub(super) port: u32,
}

impl Header {
    /// The header that `bytes` begin with.
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

/// Where the kernel finds messages in a datagram: it stops without a word at the first whose length
/// cannot be.
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

/// Appends an attribute and its padding. `number` may carry the flags of its field.
pub(super) fn put_attr(to: &mut Vec<u8>, number: u16, payload: &[u8]) {
    let len = u16::try_from(ATTR_HEADER + payload.len()).unwrap_or(u16::MAX);
    to.extend_from_slice(&len.to_ne_bytes());
    to.extend_from_slice(&number.to_ne_bytes());
    to.extend_from_slice(payload);
    to.resize(align(to.len()), 0);
}

/// The attributes in `bytes`, which must be whole, with zeros between them and nothing behind them.
pub(super) fn strict_attrs(bytes: &[u8]) -> Result<Vec<(u16, &[u8])>> {
    let mut found = Vec::new();
    let mut start = 0;
    while start < bytes.len() {
        let len = usize::from(u16_at(bytes, start)?);
        let number = u16_at(bytes, start + 2)?;
        let payload = bytes.get(start + ATTR_HEADER..start + len);
        let payload =
            payload.with_context(|| format!("attribute {number} says it has {len} bytes"))?;
        let padding = bytes.get(start + len..start + align(len));
        let padding =
            padding.with_context(|| format!("the padding of attribute {number} is missing"))?;
        ensure!(
            padding.iter().all(|byte| *byte == 0),
            "the padding of attribute {number} is {padding:02x?}"
        );
        found.push((number, payload));
        start += align(len);
    }
    Ok(found)
}

/// Bytes that an attribute takes in a message.
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
