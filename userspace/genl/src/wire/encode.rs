// SPDX-License-Identifier: MIT OR Apache-2.0

//! Encoding of attributes.

use super::attr::{ALIGN, Attrs, HEADER_LEN, SOCKADDR_IN_LEN, TYPE_MASK, Text};
use super::value::{Bitfield32, MacAddr, Struct};
use nix::libc;
use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

/// The flag in the type of a nest.
const NESTED: u16 = libc::NLA_F_NESTED as u16;

/// Writes attributes, for [`Request::encode`](crate::Request::encode),
/// [`Encode::encode`](crate::Encode::encode) and [`Encoder::append`].
///
/// The first attribute that cannot be encoded is the error of the whole request, and the bytes are
/// discarded.
pub struct Encoder<'b> {
    buffer: &'b mut Vec<u8>,
    /// The first attribute that cannot be encoded.
    error: Option<EncodeError>,
}

/// The error of an attribute that cannot be encoded.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("attribute {}: {kind}", Dotted(.path))]
#[non_exhaustive]
pub struct EncodeError {
    /// The numbers of the nests around the attribute, from the outermost on, and its own.
    pub path: Vec<u16>,
    /// The reason.
    pub kind: EncodeErrorKind,
}

/// The reason why an attribute cannot be encoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EncodeErrorKind {
    /// It exceeds the maximum length of attributes.
    #[error("longer than 65531 bytes")]
    TooLong,
    /// Its value exceeds its type, or its number is a key that exceeds 14 bits.
    #[error("the value does not fit its type")]
    OutOfRange,
    /// It is a string with a NUL, at which readers would end it.
    #[error("the string contains a NUL")]
    EmbeddedNul,
}

/// Numbers separated by dots.
struct Dotted<'a>(&'a [u16]);

impl fmt::Display for Dotted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, number) in self.0.iter().enumerate() {
            let separator = if place == 0 { "" } else { "." };
            write!(f, "{separator}{number}")?;
        }
        Ok(())
    }
}

impl fmt::Debug for Encoder<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Without the bytes, which may contain keys.
        f.debug_struct("Encoder")
            .field("len", &self.buffer.len())
            .field("error", &self.error)
            .finish()
    }
}

impl<'b> Encoder<'b> {
    /// Appends the attributes that `write` adds to `buffer`.
    ///
    /// ```
    /// use genl::Encoder;
    ///
    /// let mut buffer = Vec::new();
    /// Encoder::append(&mut buffer, |to| to.put_text(1, "lo"))?;
    /// assert_eq!(buffer.len(), 8);
    ///
    /// let error = Encoder::append(&mut buffer, |to| to.put_text(1, "lo\0nonsense")).unwrap_err();
    /// assert_eq!(error.to_string(), "attribute 1: the string contains a NUL");
    /// assert_eq!(buffer.len(), 8);
    /// # Ok::<(), genl::EncodeError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// Fails with the first attribute that cannot be encoded, and leaves `buffer` unchanged then.
    pub fn append(
        buffer: &'b mut Vec<u8>,
        write: impl FnOnce(&mut Encoder<'_>),
    ) -> Result<(), EncodeError> {
        let start = buffer.len();
        let mut encoder = Encoder {
            buffer,
            error: None,
        };
        write(&mut encoder);
        match encoder.error {
            None => Ok(()),
            Some(mut error) => {
                // The numbers were added from the inside out.
                error.path.reverse();
                encoder.buffer.truncate(start);
                Err(error)
            }
        }
    }

    /// Stores the error of an attribute, unless there is one.
    #[cold]
    fn fail(&mut self, number: u16, kind: EncodeErrorKind) {
        self.error.get_or_insert_with(|| EncodeError {
            path: vec![number],
            kind,
        });
    }

    /// Stores the error of attributes that were encoded before, unless there is one.
    pub(crate) fn fail_with(&mut self, mut error: EncodeError) {
        // Until the end, paths are from the inside out.
        error.path.reverse();
        self.error.get_or_insert(error);
    }

    /// Returns a value as the narrower type of an attribute. A value that exceeds the type is an error
    /// of the request.
    #[doc(hidden)]
    pub fn narrowed<T: TryFrom<V> + Default, V>(&mut self, number: u16, value: V) -> T {
        T::try_from(value).unwrap_or_else(|_| {
            self.fail(number, EncodeErrorKind::OutOfRange);
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

    /// Adds a `uint` attribute: four bytes if they suffice, otherwise eight.
    pub fn put_uint(&mut self, number: u16, value: u64) {
        match u32::try_from(value) {
            Ok(value) => self.put_u32(number, value),
            Err(_) => self.put_u64(number, value),
        }
    }

    /// Adds a `sint` attribute: four bytes if they suffice, otherwise eight.
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

    /// Adds a flag attribute, which has no payload.
    pub fn put_flag(&mut self, number: u16) {
        self.put(number, &[]);
    }

    /// Adds a string attribute, with the NUL that ends it. A string that contains a NUL is an error of
    /// the request.
    pub fn put_text<'a>(&mut self, number: u16, value: impl Into<Text<'a>>) {
        let value: Text<'a> = value.into();
        if value.as_bytes().contains(&0) {
            return self.fail(number, EncodeErrorKind::EmbeddedNul);
        }
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

    /// Adds a hardware address.
    pub fn put_mac(&mut self, number: u16, value: MacAddr) {
        self.put(number, &[&value.octets()]);
    }

    /// Adds a `struct sockaddr_in` or a `struct sockaddr_in6`.
    pub fn put_socket_addr(&mut self, number: u16, value: SocketAddr) {
        let port = value.port().to_be_bytes();
        match value {
            SocketAddr::V4(value) => {
                let family = (libc::AF_INET as u16).to_ne_bytes();
                let zeros = [0; SOCKADDR_IN_LEN - 8];
                self.put(number, &[&family, &port, &value.ip().octets(), &zeros]);
            }
            SocketAddr::V6(value) => {
                let family = (libc::AF_INET6 as u16).to_ne_bytes();
                let flow = value.flowinfo().to_ne_bytes();
                let scope = value.scope_id().to_ne_bytes();
                let address = value.ip().octets();
                self.put(number, &[&family, &port, &flow, &address, &scope]);
            }
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

    /// Adds numbers without gaps in one attribute.
    pub fn put_numbers<const N: usize>(
        &mut self,
        number: u16,
        values: impl IntoIterator<Item = [u8; N]>,
    ) {
        self.payload(number, |buffer| buffer.extend(values.into_iter().flatten()));
        self.pad();
    }

    /// Adds the fixed header. It must come first.
    pub fn put_header<T: Struct>(&mut self, value: &T) {
        value.write(self.buffer);
        self.pad();
    }

    /// Adds encoded attributes.
    pub(crate) fn put_attrs(&mut self, attrs: Attrs<'_>) {
        self.buffer.extend_from_slice(attrs.as_bytes());
        self.pad();
    }

    /// Adds the received attributes with other numbers than these, such as those of a newer protocol.
    #[doc(hidden)]
    pub fn put_others(&mut self, attrs: Attrs<'_>, known: &[u16]) {
        for attr in attrs.filter(|attr| !known.contains(&attr.number())) {
            let flags = attr.kind() & !TYPE_MASK;
            self.put_flagged(attr.number(), flags, &[attr.payload()]);
        }
    }

    /// Adds a nest with the attributes that `inner` adds.
    pub fn nest(&mut self, number: u16, inner: impl FnOnce(&mut Self)) {
        let start = self.buffer.len();
        let was_ok = self.error.is_none();
        self.put_flagged(number, NESTED, &[]);
        if was_ok && self.error.is_some() {
            return; // The nest itself cannot be encoded.
        }
        inner(self);
        match &mut self.error {
            Some(error) if was_ok => error.path.push(number),
            _ => self.close(start, number),
        }
    }

    fn put(&mut self, number: u16, payload: &[&[u8]]) {
        self.put_flagged(number, 0, payload);
    }

    fn put_flagged(&mut self, number: u16, flags: u16, payload: &[&[u8]]) {
        if number & !TYPE_MASK != 0 {
            // The excess bits would be parsed as flags.
            return self.fail(number, EncodeErrorKind::OutOfRange);
        }
        let len = HEADER_LEN + payload.iter().map(|part| part.len()).sum::<usize>();
        let Ok(len) = u16::try_from(len) else {
            return self.fail(number, EncodeErrorKind::TooLong);
        };
        self.buffer.extend_from_slice(&len.to_ne_bytes());
        self.buffer
            .extend_from_slice(&(number | flags).to_ne_bytes());
        for part in payload {
            self.buffer.extend_from_slice(part);
        }
        self.pad();
    }

    /// Adds an attribute whose payload `write` writes. The caller adds the padding.
    fn payload(&mut self, number: u16, write: impl FnOnce(&mut Vec<u8>)) {
        let start = self.buffer.len();
        self.put(number, &[]);
        write(self.buffer);
        self.close(start, number);
    }

    /// Sets the length of the attribute that begins at `start`.
    fn close(&mut self, start: usize, number: u16) {
        if self.error.is_some() {
            return; // The attribute may be missing.
        }
        match u16::try_from(self.buffer.len() - start) {
            Ok(len) => self.buffer[start..start + 2].copy_from_slice(&len.to_ne_bytes()),
            Err(_) => self.fail(number, EncodeErrorKind::TooLong),
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
    use crate::wire::attr::{Attr, Attrs, DecodeError};
    use proptest::prelude::*;
    use std::net::SocketAddrV6;

    /// Returns the encoded attributes, or the first error.
    fn encoded(write: impl FnOnce(&mut Encoder<'_>)) -> Result<Vec<u8>, EncodeError> {
        let mut buffer = Vec::new();
        Encoder::append(&mut buffer, write).map(|()| buffer)
    }

    fn failure(path: &[u16], kind: EncodeErrorKind) -> Result<Vec<u8>, EncodeError> {
        Err(EncodeError {
            path: path.to_vec(),
            kind,
        })
    }

    #[test]
    fn the_length_of_an_attribute_excludes_padding() {
        let bytes = encoded(|to| {
            to.put_text(1, "ab");
            to.put_u32(2, 3);
        });
        assert_eq!(
            bytes.unwrap(),
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
    fn the_first_too_long_attribute_is_the_error() {
        assert!(encoded(|to| to.put_bytes(1, &[0; 65_531])).is_ok());
        let error = encoded(|to| {
            to.put_bytes(2, &[0; 65_532]);
            to.put_bytes(3, &[0; 65_532]);
        });
        assert_eq!(error, failure(&[2], EncodeErrorKind::TooLong));
    }

    #[test]
    fn a_too_long_nest_is_an_error() {
        assert!(encoded(|to| to.nest(1, |to| to.put_bytes(9, &[0; 65_524]))).is_ok());
        let error = encoded(|to| to.nest(2, |to| to.put_bytes(9, &[0; 65_528])));
        assert_eq!(error, failure(&[2], EncodeErrorKind::TooLong));
        // A row and a struct are written before their length is known.
        let error = encoded(|to| to.put_numbers(3, vec![[0; 4]; 20_000]));
        assert_eq!(error, failure(&[3], EncodeErrorKind::TooLong));
    }

    #[test]
    fn a_value_that_exceeds_its_type_is_an_error() {
        assert!(encoded(|to| assert_eq!(to.narrowed::<u8, _>(1, 255u32), 255)).is_ok());
        let error = encoded(|to| assert_eq!(to.narrowed::<u8, _>(2, 256u32), 0));
        assert_eq!(error, failure(&[2], EncodeErrorKind::OutOfRange));
    }

    #[test]
    fn a_key_that_exceeds_an_attributes_number_is_an_error() {
        assert!(encoded(|to| to.nest(1, |to| to.put_u32(0x3fff, 7))).is_ok());
        for key in [0x4000, 0x8001, 0xffff] {
            let error = encoded(|to| to.nest(1, |to| to.put_u32(key, 7)));
            assert_eq!(error, failure(&[1, key], EncodeErrorKind::OutOfRange));
            let error = encoded(|to| to.nest(key, |to| to.put_u32(7, 7)));
            assert_eq!(error, failure(&[key], EncodeErrorKind::OutOfRange));
        }
    }

    #[test]
    fn a_string_with_a_nul_is_an_error() {
        for text in ["\0", "lo\0", "lo\0nonsense", "\0lo"] {
            let error = encoded(|to| to.put_text(1, text));
            assert_eq!(error, failure(&[1], EncodeErrorKind::EmbeddedNul));
        }
        let bytes: &[u8] = b"lo\0";
        assert!(encoded(|to| to.put_text(1, bytes)).is_err());
        assert!(encoded(|to| to.put_bytes(1, bytes)).is_ok());
    }

    #[test]
    fn socket_addresses_have_the_layout_of_c() {
        let v4: SocketAddr = "192.0.2.1:51820".parse().unwrap();
        let v6 = SocketAddrV6::new("2001:db8::1".parse().unwrap(), 51820, 7, 9);
        let bytes = encoded(|to| {
            to.put_socket_addr(1, v4);
            to.put_socket_addr(2, v6.into());
        });
        let bytes = bytes.unwrap();
        let attrs: Vec<_> = Attrs::new(&bytes).collect();
        let (in4, in6) = (attrs[0].payload(), attrs[1].payload());
        assert_eq!((in4.len(), in6.len()), (16, 28));
        assert_eq!(in4[..2], (libc::AF_INET as u16).to_ne_bytes());
        assert_eq!(in4[2..8], [0xca, 0x6c, 192, 0, 2, 1]);
        assert_eq!(in6[..2], (libc::AF_INET6 as u16).to_ne_bytes());
        assert_eq!(in6[8..24], v6.ip().octets());
        assert_eq!(in6[24..], 9u32.to_ne_bytes());
        assert_eq!(attrs[0].socket_addr(), Ok(v4));
        assert_eq!(attrs[1].socket_addr(), Ok(v6.into()));

        for (family, len) in [(0, 28), (libc::AF_INET, 15), (libc::AF_INET6, 27)] {
            let mut bytes = (family as u16).to_ne_bytes().to_vec();
            bytes.resize(len, 0);
            let error = DecodeError::Length { attribute: 3, len };
            assert_eq!(Attr::new(3, &bytes).socket_addr(), Err(error));
        }
    }

    #[test]
    fn an_error_in_a_nest_has_the_path() {
        let error = encoded(|to| {
            to.nest(1, |to| to.put_u32(9, 1));
            to.nest(2, |to| {
                to.nest(3, |to| {
                    to.put_text(4, "a\0b");
                    to.put_bytes(5, &[0; 70_000]);
                });
                to.nest(6, |to| to.put_u32(9, 1));
            });
            to.nest(7, |to| to.put_text(8, "a\0b"));
        });
        let error = error.unwrap_err();
        assert_eq!(error.path, [2, 3, 4]);
        assert_eq!(
            error.to_string(),
            "attribute 2.3.4: the string contains a NUL"
        );
    }

    #[test]
    fn an_error_leaves_the_buffer_unchanged() {
        let mut buffer = b"before".to_vec();
        let result = Encoder::append(&mut buffer, |to| {
            to.put_u32(1, 7);
            to.put_bytes(2, &[0; 70_000]);
            to.put_u32(3, 7);
        });
        assert!(result.is_err());
        assert_eq!(buffer, b"before");
    }

    proptest! {
        #[test]
        fn encoded_attributes_decode_to_the_same_values(number in 1u16..0x3fff, uint: u64, text in "[^\0]{0,99}", bytes: Vec<u8>) {
            let buffer = encoded(|to| {
                to.put_uint(number, uint);
                to.put_text(number, &text);
                to.put_bytes(number, &bytes);
            }).unwrap();
            let attrs: Vec<_> = Attrs::new(&buffer).collect();
            prop_assert_eq!(attrs.len(), 3);
            prop_assert!(attrs.iter().all(|attr| attr.number() == number));
            prop_assert_eq!(attrs[0].uint(), Ok(uint));
            prop_assert_eq!(attrs[1].text(), text.as_str());
            prop_assert_eq!(attrs[2].payload(), bytes.as_slice());
        }

        #[test]
        fn random_bytes_decode_or_fail(bytes: Vec<u8>) {
            for attr in Attrs::new(&bytes) {
                let _ = (attr.number(), attr.u32(), attr.uint(), attr.text().to_string());
                let _ = attr.nested().count();
            }
        }
    }
}
