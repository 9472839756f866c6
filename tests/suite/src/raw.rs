// SPDX-License-Identifier: MIT OR Apache-2.0

//! A raw netlink client, independent of `userspace/genl`.
//!
//! It shares no code with the library, sends any bytes, invalid ones included, and returns every
//! message unfiltered.

mod answer;
mod client;
mod replies;
mod request;

pub(crate) use answer::{Content, ExtAckError, Message, Policy};
pub(crate) use client::{Client, TIMEOUT};
pub(crate) use replies::{Dump, Greeted, Greeting, Peer, Settings, Stats};
pub(crate) use request::Request;

/// The attributes of a message: number and payload of each.
pub(crate) type Attrs = Vec<(u16, Vec<u8>)>;

/// Bytes of `struct nlmsghdr`.
pub(crate) const MESSAGE_HEADER_LEN: usize = 16;

/// Bytes of `struct genlmsghdr`.
pub(crate) const GENL_HEADER_LEN: usize = 4;

/// Bytes of `struct nlattr`.
pub(crate) const ATTR_HEADER_LEN: usize = 4;

/// Mask of the number in the type field of an attribute.
pub(crate) const TYPE_MASK: u16 = 0x3fff;

/// Parses the attributes in `bytes` into offset, number and payload.
fn attrs(bytes: &[u8]) -> anyhow::Result<Vec<(usize, u16, &[u8])>> {
    let mut found = Vec::new();
    let mut start = 0;
    while start < bytes.len() {
        let len = usize::from(u16_at(bytes, start)?);
        let number = u16_at(bytes, start + 2)? & TYPE_MASK;
        let payload = bytes
            .get(start + ATTR_HEADER_LEN..start + len)
            .ok_or_else(|| anyhow::anyhow!("invalid length {len} of attribute {number}"))?;
        found.push((start, number, payload));
        start = (start + len).next_multiple_of(4);
    }
    Ok(found)
}

/// Parses the attributes in `bytes` into number and payload.
fn owned_attrs(bytes: &[u8]) -> anyhow::Result<Attrs> {
    let attrs = attrs(bytes)?.into_iter();
    Ok(attrs
        .map(|(_, number, payload)| (number, payload.to_vec()))
        .collect())
}

pub(crate) fn u16_at(bytes: &[u8], start: usize) -> anyhow::Result<u16> {
    array_at(bytes, start).map(u16::from_ne_bytes)
}

pub(crate) fn u32_at(bytes: &[u8], start: usize) -> anyhow::Result<u32> {
    array_at(bytes, start).map(u32::from_ne_bytes)
}

fn i32_at(bytes: &[u8], start: usize) -> anyhow::Result<i32> {
    array_at(bytes, start).map(i32::from_ne_bytes)
}

/// Decodes a `uint` of 4 or 8 bytes.
pub(crate) fn uint(payload: &[u8]) -> anyhow::Result<u64> {
    match payload.len() {
        4 => u32_at(payload, 0).map(u64::from),
        _ => Ok(u64::from_ne_bytes(payload.try_into()?)),
    }
}

fn array_at<const N: usize>(bytes: &[u8], start: usize) -> anyhow::Result<[u8; N]> {
    match bytes.get(start..start + N) {
        Some(part) => Ok(part.try_into()?),
        None => anyhow::bail!("{} bytes end before {}", bytes.len(), start + N),
    }
}
