// SPDX-License-Identifier: MIT OR Apache-2.0

//! Messages in a datagram.
//!
//! A message is a `struct nlmsghdr` of 16 bytes, for a generic netlink family a `struct genlmsghdr`
//! of four, and attributes. A datagram can contain several, each padded to a multiple of four.

use super::attr::{ALIGN, Attrs};
use neli::consts::nl::{NlmF, Nlmsg};
use std::ops::Range;

/// Bytes of a `struct nlmsghdr`.
pub(crate) const HEADER_LEN: usize = 16;

/// Bytes of a `struct genlmsghdr`.
pub(crate) const GENL_HEADER_LEN: usize = 4;

/// The headers of a request.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RequestHeaders {
    pub(crate) family_id: u16,
    pub(crate) flags: NlmF,
    pub(crate) seq: u32,
    pub(crate) command: u8,
    pub(crate) version: u8,
}

/// Appends a request to `buffer`. `attributes` writes the part after the headers.
pub(crate) fn write_request<T>(
    buffer: &mut Vec<u8>,
    headers: RequestHeaders,
    attributes: impl FnOnce(&mut Vec<u8>) -> T,
) -> T {
    let start = buffer.len();
    let mut header = [0; HEADER_LEN + GENL_HEADER_LEN];
    // The length is set below, and the kernel knows the port.
    header[4..6].copy_from_slice(&headers.family_id.to_ne_bytes());
    header[6..8].copy_from_slice(&headers.flags.bits().to_ne_bytes());
    header[8..12].copy_from_slice(&headers.seq.to_ne_bytes());
    header[16..18].copy_from_slice(&[headers.command, headers.version]);
    buffer.extend_from_slice(&header);
    let result = attributes(buffer);
    let len = u32::try_from(buffer.len() - start).unwrap_or(u32::MAX);
    buffer[start..start + 4].copy_from_slice(&len.to_ne_bytes());
    result
}

/// Sets the sequence number of a request.
pub(crate) fn set_seq(request: &mut [u8], seq: u32) {
    request[8..12].copy_from_slice(&seq.to_ne_bytes());
}

/// Sets the id of the family that a request is for.
pub(crate) fn set_family(request: &mut [u8], id: u16) {
    request[4..6].copy_from_slice(&id.to_ne_bytes());
}

/// The type of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// An error, or with errno 0 an ACK.
    Error,
    /// The end of a dump.
    Done,
    /// A message of the family with this id.
    Family(u16),
    /// A message without content.
    Noop,
}

/// A received message.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Message<'a> {
    pub(crate) kind: Kind,
    pub(crate) flags: NlmF,
    pub(crate) seq: u32,
    pub(crate) port: u32,
    /// The bytes after the `struct nlmsghdr`.
    pub(crate) payload: &'a [u8],
}

impl<'a> Message<'a> {
    /// Returns the number of the command of a family's message.
    pub(crate) fn command(&self) -> u8 {
        self.payload.first().copied().unwrap_or_default()
    }

    /// Returns the attributes of a family's message.
    pub(crate) fn attrs(&self) -> Attrs<'a> {
        Attrs::new(self.payload.get(GENL_HEADER_LEN..).unwrap_or_default())
    }

    /// Returns the errno of an error or of the end of a dump: negative, or 0.
    pub(crate) fn errno(&self) -> Option<i32> {
        self.payload.first_chunk().copied().map(i32::from_ne_bytes)
    }
}

/// An iterator over the messages of a datagram, with their places.
///
/// It ends at the first message that is truncated or shorter than its header.
#[derive(Clone, Debug)]
pub(crate) struct Messages<'a> {
    datagram: &'a [u8],
    at: usize,
}

impl<'a> Messages<'a> {
    pub(crate) fn new(datagram: &'a [u8]) -> Self {
        Self { datagram, at: 0 }
    }

    /// Creates an iterator over the datagram at `place` in a buffer. The places are those in the buffer.
    pub(crate) fn within(buffer: &'a [u8], place: Range<usize>) -> Self {
        Self {
            datagram: &buffer[..place.end],
            at: place.start,
        }
    }

    /// Returns whether the iterator has returned all bytes of the datagram.
    pub(crate) fn is_at_end(&self) -> bool {
        self.at >= self.datagram.len()
    }

    /// Returns the first message of a truncated datagram, as far as it was received.
    pub(crate) fn beginning(datagram: &'a [u8]) -> Option<Message<'a>> {
        let (header, payload) = datagram.split_first_chunk::<HEADER_LEN>()?;
        Some(message(header, payload))
    }
}

impl<'a> Iterator for Messages<'a> {
    type Item = (Range<usize>, Message<'a>);

    fn next(&mut self) -> Option<Self::Item> {
        let header = self.datagram.get(self.at..)?.first_chunk::<HEADER_LEN>()?;
        let len = usize::try_from(u32_at(header, 0)).ok()?;
        let place = self.at..self.at.checked_add(len)?;
        let payload = self.datagram.get(place.clone())?.get(HEADER_LEN..)?;
        self.at = place.end.checked_next_multiple_of(ALIGN)?;
        Some((place, message(header, payload)))
    }
}

fn message<'a>(header: &[u8; HEADER_LEN], payload: &'a [u8]) -> Message<'a> {
    Message {
        kind: kind(u16_at(header, 4)),
        flags: NlmF::from_bits_retain(u16_at(header, 6)),
        seq: u32_at(header, 8),
        port: u32_at(header, 12),
        payload,
    }
}

fn kind(number: u16) -> Kind {
    match Nlmsg::from(number) {
        Nlmsg::Error => Kind::Error,
        Nlmsg::Done => Kind::Done,
        Nlmsg::Noop | Nlmsg::Overrun => Kind::Noop,
        Nlmsg::UnrecognizedConst(id) => Kind::Family(id),
    }
}

fn u16_at(header: &[u8; HEADER_LEN], at: usize) -> u16 {
    u16::from_ne_bytes([header[at], header[at + 1]])
}

fn u32_at(header: &[u8; HEADER_LEN], at: usize) -> u32 {
    u32::from_ne_bytes([header[at], header[at + 1], header[at + 2], header[at + 3]])
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn request(attributes: &[u8]) -> Vec<u8> {
        let headers = RequestHeaders {
            family_id: 0x20,
            flags: NlmF::REQUEST | NlmF::ACK,
            seq: 7,
            command: 3,
            version: 1,
        };
        let mut buffer = Vec::new();
        write_request(&mut buffer, headers, |buffer| {
            buffer.extend_from_slice(attributes);
        });
        buffer
    }

    #[test]
    fn written_requests_are_parsed() {
        let bytes = [request(&[4, 0, 1, 0]), request(&[])].concat();
        let messages: Vec<_> = Messages::new(&bytes).collect();
        assert_eq!(messages.len(), 2);
        assert_eq!(messages[0].0, 0..24);
        assert_eq!(messages[1].0, 24..44);
        let first = messages[0].1;
        assert_eq!(first.kind, Kind::Family(0x20));
        assert_eq!(first.flags, NlmF::REQUEST | NlmF::ACK);
        assert_eq!((first.seq, first.port, first.payload[0]), (7, 0, 3));
        assert_eq!(first.attrs().count(), 1);
    }

    #[test]
    fn messages_after_padding_are_parsed() {
        let mut bytes = request(&[5, 0, 1, 0, 7]);
        bytes.resize(28, 0);
        bytes.extend(request(&[]));
        let mut messages = Messages::new(&bytes);
        let places: Vec<_> = messages.by_ref().map(|(place, _)| place).collect();
        assert_eq!(places, [0..25, 28..48]);
        assert!(messages.is_at_end());
    }

    #[test]
    fn iteration_ends_at_a_truncated_message() {
        let bytes = request(&[]);
        let mut messages = Messages::new(&bytes[..19]);
        assert!(messages.next().is_none() && !messages.is_at_end());
        assert_eq!(Messages::new(&bytes[..15]).count(), 0);
        let mut short = bytes.clone();
        short[0] = 15;
        assert_eq!(Messages::new(&short).count(), 0);
    }

    proptest! {
        #[test]
        fn random_bytes_end(bytes: Vec<u8>) {
            for (place, message) in Messages::new(&bytes) {
                prop_assert!(place.end <= bytes.len());
                let _ = message.attrs().count();
            }
        }
    }
}
