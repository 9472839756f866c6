// SPDX-License-Identifier: MIT OR Apache-2.0

//! Attributes for a request.

use crate::attr::{ALIGN, Attrs, HEADER_LEN, Text};
use crate::error::Error;
use crate::names::OperationInfo;
use crate::value::{Bitfield32, Struct};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// The flag in an attribute's type that says that it holds attributes.
const NESTED: u16 = libc::NLA_F_NESTED as u16;

/// Writes attributes behind what a buffer holds already.
///
/// An attribute that does not fit is remembered: sending the request then fails.
#[derive(Debug)]
pub struct Encoder<'b> {
    buffer: &'b mut Vec<u8>,
    misfit: Option<Misfit>,
}

/// An attribute that does not fit, by its number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Misfit {
    /// It is longer than an attribute can be.
    TooLong(u16),
    /// Its value is beyond its type.
    TooGreat(u16),
}

impl Misfit {
    /// Says so, of an attribute of the operation's request.
    pub(crate) fn error(self, operation: &'static OperationInfo) -> Error {
        let (Misfit::TooLong(number) | Misfit::TooGreat(number)) = self;
        let (operation, attribute) = (operation.name, operation.name_of(number));
        match self {
            Misfit::TooLong(_) => Error::TooLong {
                operation,
                attribute,
            },
            Misfit::TooGreat(_) => Error::TooGreat {
                operation,
                attribute,
            },
        }
    }
}

impl<'b> Encoder<'b> {
    /// Writes behind what `buffer` holds.
    pub fn new(buffer: &'b mut Vec<u8>) -> Self {
        Self {
            buffer,
            misfit: None,
        }
    }

    /// The first attribute that did not fit.
    pub(crate) fn misfit(&self) -> Option<Misfit> {
        self.misfit
    }

    /// A value as the narrower type of an attribute; if it is beyond that, sending the request fails.
    pub fn narrowed<T: TryFrom<V> + Default, V>(&mut self, number: u16, value: V) -> T {
        T::try_from(value).unwrap_or_else(|_| {
            self.misfit.get_or_insert(Misfit::TooGreat(number));
            T::default()
        })
    }

    /// Adds a `u8` attribute.
    pub fn put_u8(&mut self, number: u16, value: u8) {
        self.put(number, &[&value.to_ne_bytes()]);
    }

    /// Adds a `u16` attribute.
    pub fn put_u16(&mut self, number: u16, value: u16) {
        self.put(number, &[&value.to_ne_bytes()]);
    }

    /// Adds a `u32` attribute.
    pub fn put_u32(&mut self, number: u16, value: u32) {
        self.put(number, &[&value.to_ne_bytes()]);
    }

    /// Adds a `u64` attribute.
    pub fn put_u64(&mut self, number: u16, value: u64) {
        self.put(number, &[&value.to_ne_bytes()]);
    }

    /// Adds a `s8` attribute.
    pub fn put_s8(&mut self, number: u16, value: i8) {
        self.put(number, &[&value.to_ne_bytes()]);
    }

    /// Adds a `s16` attribute.
    pub fn put_s16(&mut self, number: u16, value: i16) {
        self.put(number, &[&value.to_ne_bytes()]);
    }

    /// Adds a `s32` attribute.
    pub fn put_s32(&mut self, number: u16, value: i32) {
        self.put(number, &[&value.to_ne_bytes()]);
    }

    /// Adds a `s64` attribute.
    pub fn put_s64(&mut self, number: u16, value: i64) {
        self.put(number, &[&value.to_ne_bytes()]);
    }

    /// Adds a `uint` attribute: four bytes where they suffice, otherwise eight.
    pub fn put_uint(&mut self, number: u16, value: u64) {
        match u32::try_from(value) {
            Ok(value) => self.put_u32(number, value),
            Err(_) => self.put_u64(number, value),
        }
    }

    /// Adds a `sint` attribute: four bytes where they suffice, otherwise eight.
    pub fn put_sint(&mut self, number: u16, value: i64) {
        match i32::try_from(value) {
            Ok(value) => self.put_s32(number, value),
            Err(_) => self.put_s64(number, value),
        }
    }

    /// Adds a `u16` attribute in big-endian order.
    pub fn put_be16(&mut self, number: u16, value: u16) {
        self.put(number, &[&value.to_be_bytes()]);
    }

    /// Adds a `u32` attribute in big-endian order.
    pub fn put_be32(&mut self, number: u16, value: u32) {
        self.put(number, &[&value.to_be_bytes()]);
    }

    /// Adds a `u64` attribute in big-endian order.
    pub fn put_be64(&mut self, number: u16, value: u64) {
        self.put(number, &[&value.to_be_bytes()]);
    }

    /// Adds a `u16` attribute in little-endian order.
    pub fn put_le16(&mut self, number: u16, value: u16) {
        self.put(number, &[&value.to_le_bytes()]);
    }

    /// Adds a `u32` attribute in little-endian order.
    pub fn put_le32(&mut self, number: u16, value: u32) {
        self.put(number, &[&value.to_le_bytes()]);
    }

    /// Adds a `u64` attribute in little-endian order.
    pub fn put_le64(&mut self, number: u16, value: u64) {
        self.put(number, &[&value.to_le_bytes()]);
    }

    /// Adds a flag attribute, which says by being there what it says.
    pub fn put_flag(&mut self, number: u16) {
        self.put(number, &[]);
    }

    /// Adds a string attribute, with the NUL that ends it.
    pub fn put_text<'a>(&mut self, number: u16, value: impl Into<Text<'a>>) {
        let value: Text<'a> = value.into();
        self.put(number, &[value.as_bytes(), b"\0"]);
    }

    /// Adds a binary attribute.
    pub fn put_bytes(&mut self, number: u16, value: &[u8]) {
        self.put(number, &[value]);
    }

    /// Adds an IPv4 address.
    pub fn put_ipv4(&mut self, number: u16, value: Ipv4Addr) {
        self.put(number, &[&value.octets()]);
    }

    /// Adds an IPv6 address.
    pub fn put_ipv6(&mut self, number: u16, value: Ipv6Addr) {
        self.put(number, &[&value.octets()]);
    }

    /// Adds an IPv4 or an IPv6 address.
    pub fn put_ip(&mut self, number: u16, value: IpAddr) {
        match value {
            IpAddr::V4(value) => self.put_ipv4(number, value),
            IpAddr::V6(value) => self.put_ipv6(number, value),
        }
    }

    /// Adds a `bitfield32` attribute.
    pub fn put_bitfield32(&mut self, number: u16, value: Bitfield32) {
        let Bitfield32 { value, selector } = value;
        self.put(number, &[&value.to_ne_bytes(), &selector.to_ne_bytes()]);
    }

    /// Adds a struct.
    pub fn put_struct<T: Struct>(&mut self, number: u16, value: &T) {
        self.payload(number, |buffer| value.write(buffer));
        self.pad();
    }

    /// Adds numbers that stand one behind the other.
    pub fn put_row<const N: usize>(
        &mut self,
        number: u16,
        values: impl IntoIterator<Item = [u8; N]>,
    ) {
        self.payload(number, |buffer| buffer.extend(values.into_iter().flatten()));
        self.pad();
    }

    /// Adds a family's own header. It must come first.
    pub fn put_header<T: Struct>(&mut self, value: &T) {
        value.write(self.buffer);
        self.pad();
    }

    /// Adds attributes as they are.
    pub(crate) fn put_attrs(&mut self, attrs: Attrs<'_>) {
        self.buffer.extend_from_slice(attrs.as_bytes());
        self.pad();
    }

    /// Adds an attribute that holds what `inner` adds.
    pub fn nest(&mut self, number: u16, inner: impl FnOnce(&mut Self)) {
        let start = self.buffer.len();
        self.put(number | NESTED, &[]);
        inner(self);
        self.close(start, number);
    }

    fn put(&mut self, number: u16, payload: &[&[u8]]) {
        let len = HEADER_LEN + payload.iter().map(|part| part.len()).sum::<usize>();
        let Ok(len) = u16::try_from(len) else {
            self.misfit.get_or_insert(Misfit::TooLong(number));
            return;
        };
        self.buffer.extend_from_slice(&len.to_ne_bytes());
        self.buffer.extend_from_slice(&number.to_ne_bytes());
        for part in payload {
            self.buffer.extend_from_slice(part);
        }
        self.pad();
    }

    /// Adds an attribute whose payload `write` writes; the padding is left to the caller.
    fn payload(&mut self, number: u16, write: impl FnOnce(&mut Vec<u8>)) {
        let start = self.buffer.len();
        self.put(number, &[]);
        write(self.buffer);
        self.close(start, number);
    }

    /// Writes down how long the attribute is that begins at `start`.
    fn close(&mut self, start: usize, number: u16) {
        match u16::try_from(self.buffer.len() - start) {
            Ok(len) => self.buffer[start..start + 2].copy_from_slice(&len.to_ne_bytes()),
            Err(_) => {
                self.misfit.get_or_insert(Misfit::TooLong(number));
            }
        }
    }

    fn pad(&mut self) {
        self.buffer
            .resize(self.buffer.len().next_multiple_of(ALIGN), 0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::attr::Attrs;
    use proptest::prelude::*;

    #[test]
    fn pads_and_counts() {
        let mut buffer = Vec::new();
        let mut encoder = Encoder::new(&mut buffer);
        encoder.put_text(1, "ab");
        encoder.put_u32(2, 3);
        assert_eq!(
            buffer,
            [
                7u16.to_ne_bytes().as_slice(),
                &1u16.to_ne_bytes(),
                b"ab\0\0",
                &8u16.to_ne_bytes(),
                &2u16.to_ne_bytes(),
                &3u32.to_ne_bytes(),
            ]
            .concat()
        );
    }

    #[test]
    fn remembers_what_was_too_long() {
        let mut buffer = Vec::new();
        let mut encoder = Encoder::new(&mut buffer);
        encoder.put_bytes(1, &[0; 65_531]);
        assert_eq!(encoder.misfit(), None);
        encoder.put_bytes(2, &[0; 65_532]);
        encoder.put_bytes(3, &[0; 65_532]);
        assert_eq!(encoder.misfit(), Some(Misfit::TooLong(2)));
    }

    #[test]
    fn remembers_a_nest_that_was_too_long() {
        let mut buffer = Vec::new();
        let mut encoder = Encoder::new(&mut buffer);
        encoder.nest(1, |to| to.put_bytes(9, &[0; 65_524]));
        assert_eq!(encoder.misfit(), None);
        encoder.nest(2, |to| to.put_bytes(9, &[0; 65_528]));
        assert_eq!(encoder.misfit(), Some(Misfit::TooLong(2)));
    }

    #[test]
    fn remembers_what_was_too_great() {
        let mut buffer = Vec::new();
        let mut encoder = Encoder::new(&mut buffer);
        assert_eq!(encoder.narrowed::<u8, _>(1, 255u32), 255);
        assert_eq!(encoder.misfit(), None);
        assert_eq!(encoder.narrowed::<u8, _>(2, 256u32), 0);
        assert_eq!(encoder.misfit(), Some(Misfit::TooGreat(2)));
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(number in 1u16..0x3fff, uint: u64, text in "[^\0]{0,99}", bytes: Vec<u8>) {
            let mut buffer = Vec::new();
            let mut encoder = Encoder::new(&mut buffer);
            encoder.put_uint(number, uint);
            encoder.put_text(number, &text);
            encoder.put_bytes(number, &bytes);
            let attrs: Vec<_> = Attrs::new(&buffer).collect();
            prop_assert_eq!(attrs.len(), 3);
            prop_assert!(attrs.iter().all(|attr| attr.number() == number));
            prop_assert_eq!(attrs[0].uint(), Ok(uint));
            prop_assert_eq!(attrs[1].text(), text.as_str());
            prop_assert_eq!(attrs[2].payload(), bytes.as_slice());
        }

        #[test]
        fn any_bytes_are_read_or_refused(bytes: Vec<u8>) {
            for attr in Attrs::new(&bytes) {
                let _ = (attr.number(), attr.u32(), attr.uint(), attr.text().to_string());
                let _ = attr.nested().count();
            }
        }
    }
}
