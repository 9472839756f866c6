// SPDX-License-Identifier: MIT OR Apache-2.0

//! Received attributes.
//!
//! An attribute is a header of four bytes (`struct nlattr`: length and number), a payload, and
//! padding to a multiple of four. Nothing is copied: attributes borrow from the received message.

use super::display::{Escaped, Opaque};
use super::value::{Bitfield32, MacAddr, Reader, Struct};
use nix::libc;
use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV6};

/// Bytes of an attribute's header.
pub(crate) const HEADER_LEN: usize = 4;

/// The alignment of attributes and messages.
pub(crate) const ALIGN: usize = 4;

/// Bytes of a `struct sockaddr_in`.
pub(super) const SOCKADDR_IN_LEN: usize = 16;

/// Bytes of a `struct sockaddr_in6`.
pub(super) const SOCKADDR_IN6_LEN: usize = 28;

/// Returns a length including padding.
fn padded(len: usize) -> usize {
    (len + (ALIGN - 1)) & !(ALIGN - 1)
}

/// The bits of an attribute's type that are its number.
pub(crate) const TYPE_MASK: u16 = !(libc::NLA_F_NESTED as u16 | libc::NLA_F_NET_BYTEORDER as u16);

/// The error of a message that cannot be decoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DecodeError {
    /// An attribute's payload has a length that its type cannot have.
    #[error("attribute {attribute} has {len} bytes")]
    Length {
        /// The attribute's number.
        attribute: u16,
        /// The length of its payload.
        len: usize,
    },
    /// A required attribute is missing.
    #[error("attribute {attribute} is missing")]
    Missing {
        /// The attribute's number.
        attribute: u16,
    },
    /// The message is shorter than its headers, or its length is wrong.
    #[error("the message is cut short")]
    Short,
}

/// The attributes of a message or of a nest.
///
/// The iterator ends at the first attribute that is truncated or shorter than its header.
///
/// `Debug` shows their numbers and lengths. The types of a protocol show more.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub struct Attrs<'a> {
    rest: &'a [u8],
}

impl<'a> Attrs<'a> {
    /// Creates an iterator over the attributes in `bytes`, which start at the first byte.
    pub fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    /// Returns the bytes after the attributes that the iterator has returned.
    pub fn as_bytes(&self) -> &'a [u8] {
        self.rest
    }

    /// Returns the attributes after a fixed header of `len` bytes.
    pub(crate) fn skip_header(self, len: usize) -> Self {
        let rest = self.rest.get(len.next_multiple_of(ALIGN)..);
        Self::new(rest.unwrap_or_default())
    }

    /// Splits off the fixed header, which precedes the attributes.
    ///
    /// # Errors
    ///
    /// Fails with [`DecodeError::Short`] if there are fewer bytes than the header has.
    pub fn split_header<T: Struct>(self) -> Result<(T, Self), DecodeError> {
        let len = T::LEN.next_multiple_of(ALIGN);
        let (header, rest) = self.rest.split_at_checked(len).ok_or(DecodeError::Short)?;
        Ok((T::read(&mut Reader::new(header)), Self::new(rest)))
    }

    /// Returns the last attribute with this number.
    pub fn get(self, number: u16) -> Option<Attr<'a>> {
        self.filter(|attr| attr.number() == number).last()
    }
}

impl fmt::Debug for Attrs<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let attrs = self.map(|attr| (attr.number(), Opaque(attr.payload())));
        f.debug_map().entries(attrs).finish()
    }
}

impl<'a> Iterator for Attrs<'a> {
    type Item = Attr<'a>;

    fn next(&mut self) -> Option<Attr<'a>> {
        let (header, _) = self.rest.split_first_chunk::<HEADER_LEN>()?;
        let len = usize::from(u16::from_ne_bytes([header[0], header[1]]));
        let attr = Attr {
            kind: u16::from_ne_bytes([header[2], header[3]]),
            payload: self.rest.get(HEADER_LEN..len)?,
        };
        // The last one may lack its padding.
        self.rest = &self.rest[padded(len).min(self.rest.len())..];
        Some(attr)
    }
}

/// A received attribute. `Debug` shows its number and its length.
///
/// # Errors
///
/// The methods that return a value of a type fail with [`DecodeError::Length`] if the payload has a
/// length that the type cannot have.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Attr<'a> {
    kind: u16,
    payload: &'a [u8],
}

impl fmt::Debug for Attr<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {:?}", self.number(), Opaque(self.payload))
    }
}

impl<'a> Attr<'a> {
    /// Creates an attribute with this number and payload.
    pub(crate) fn new(number: u16, payload: &'a [u8]) -> Self {
        Self {
            kind: number,
            payload,
        }
    }

    /// Returns the number with the flags in the same field.
    pub(crate) fn kind(self) -> u16 {
        self.kind
    }

    /// Returns the attribute's number, without the flags in the same field.
    pub fn number(self) -> u16 {
        self.kind & TYPE_MASK
    }

    /// Returns the payload, without padding.
    pub fn payload(self) -> &'a [u8] {
        self.payload
    }

    /// Returns the attributes in the payload.
    pub fn nested(self) -> Attrs<'a> {
        Attrs::new(self.payload)
    }

    /// Returns the text in the payload, up to the first NUL.
    pub fn text(self) -> Text<'a> {
        let len = self.payload.iter().position(|&byte| byte == 0);
        Text(&self.payload[..len.unwrap_or(self.payload.len())])
    }

    /// Returns the value of a `u8` attribute.
    pub fn u8(self) -> Result<u8, DecodeError> {
        self.array().map(u8::from_ne_bytes)
    }

    /// Returns the value of a `u16` attribute.
    pub fn u16(self) -> Result<u16, DecodeError> {
        self.array().map(u16::from_ne_bytes)
    }

    /// Returns the value of a `u32` attribute.
    pub fn u32(self) -> Result<u32, DecodeError> {
        self.array().map(u32::from_ne_bytes)
    }

    /// Returns the value of a `u64` attribute.
    pub fn u64(self) -> Result<u64, DecodeError> {
        self.array().map(u64::from_ne_bytes)
    }

    /// Returns the value of a `s8` attribute.
    pub fn s8(self) -> Result<i8, DecodeError> {
        self.array().map(i8::from_ne_bytes)
    }

    /// Returns the value of a `s16` attribute.
    pub fn s16(self) -> Result<i16, DecodeError> {
        self.array().map(i16::from_ne_bytes)
    }

    /// Returns the value of a `s32` attribute.
    pub fn s32(self) -> Result<i32, DecodeError> {
        self.array().map(i32::from_ne_bytes)
    }

    /// Returns the value of a `s64` attribute.
    pub fn s64(self) -> Result<i64, DecodeError> {
        self.array().map(i64::from_ne_bytes)
    }

    /// Returns the value of a `uint` attribute of four or eight bytes.
    pub fn uint(self) -> Result<u64, DecodeError> {
        match self.payload.len() {
            4 => self.u32().map(u64::from),
            _ => self.u64(),
        }
    }

    /// Returns the value of a `sint` attribute of four or eight bytes.
    pub fn sint(self) -> Result<i64, DecodeError> {
        match self.payload.len() {
            4 => self.s32().map(i64::from),
            _ => self.s64(),
        }
    }

    /// Returns the value of a `u16` attribute in big-endian order.
    pub fn be16(self) -> Result<u16, DecodeError> {
        self.array().map(u16::from_be_bytes)
    }

    /// Returns the value of a `u32` attribute in big-endian order.
    pub fn be32(self) -> Result<u32, DecodeError> {
        self.array().map(u32::from_be_bytes)
    }

    /// Returns the value of a `u64` attribute in big-endian order.
    pub fn be64(self) -> Result<u64, DecodeError> {
        self.array().map(u64::from_be_bytes)
    }

    /// Returns the value of a `u16` attribute in little-endian order.
    pub fn le16(self) -> Result<u16, DecodeError> {
        self.array().map(u16::from_le_bytes)
    }

    /// Returns the value of a `u32` attribute in little-endian order.
    pub fn le32(self) -> Result<u32, DecodeError> {
        self.array().map(u32::from_le_bytes)
    }

    /// Returns the value of a `u64` attribute in little-endian order.
    pub fn le64(self) -> Result<u64, DecodeError> {
        self.array().map(u64::from_le_bytes)
    }

    /// Returns an IPv4 address.
    pub fn ipv4(self) -> Result<Ipv4Addr, DecodeError> {
        self.array::<4>().map(Ipv4Addr::from)
    }

    /// Returns an IPv6 address.
    pub fn ipv6(self) -> Result<Ipv6Addr, DecodeError> {
        self.array::<16>().map(Ipv6Addr::from)
    }

    /// Returns an IPv4 or an IPv6 address, depending on the length.
    pub fn ip(self) -> Result<IpAddr, DecodeError> {
        match self.payload.len() {
            4 => self.ipv4().map(IpAddr::from),
            _ => self.ipv6().map(IpAddr::from),
        }
    }

    /// Returns a hardware address of six bytes.
    pub fn mac(self) -> Result<MacAddr, DecodeError> {
        self.array().map(MacAddr::from)
    }

    /// Returns the address in a `struct sockaddr_in` or a `struct sockaddr_in6`, as its family says.
    pub fn socket_addr(self) -> Result<SocketAddr, DecodeError> {
        let mut from = Reader::new(self.payload);
        let family = libc::c_int::from(u16::from_ne_bytes(from.take()));
        let port = u16::from_be_bytes(from.take());
        match (family, self.payload.len()) {
            (libc::AF_INET, SOCKADDR_IN_LEN..) => {
                Ok((Ipv4Addr::from(from.take::<4>()), port).into())
            }
            (libc::AF_INET6, SOCKADDR_IN6_LEN..) => {
                let flow = u32::from_ne_bytes(from.take());
                let address = Ipv6Addr::from(from.take::<16>());
                let scope = u32::from_ne_bytes(from.take());
                Ok(SocketAddrV6::new(address, port, flow, scope).into())
            }
            _ => Err(self.wrong_length()),
        }
    }

    /// Returns the value of a `bitfield32` attribute.
    pub fn bitfield32(self) -> Result<Bitfield32, DecodeError> {
        let [a, b, c, d, e, f, g, h] = self.array()?;
        Ok(Bitfield32 {
            value: u32::from_ne_bytes([a, b, c, d]),
            selector: u32::from_ne_bytes([e, f, g, h]),
        })
    }

    /// Returns the struct in the payload. Newer kernels may append members, which are ignored.
    pub fn structure<T: Struct>(self) -> Result<T, DecodeError> {
        match self.payload.len() < T::LEN {
            true => Err(self.wrong_length()),
            false => Ok(T::read(&mut Reader::new(self.payload))),
        }
    }

    /// Returns the payload of a `binary` attribute of exactly `N` bytes.
    ///
    /// # Errors
    ///
    /// Fails if the payload has another length.
    pub fn exact<const N: usize>(self) -> Result<&'a [u8; N], DecodeError> {
        self.payload.try_into().map_err(|_| self.wrong_length())
    }

    fn array<const N: usize>(self) -> Result<[u8; N], DecodeError> {
        self.exact().copied()
    }

    /// Returns the error for a payload of the wrong length.
    pub(crate) fn wrong_length(self) -> DecodeError {
        DecodeError::Length {
            attribute: self.number(),
            len: self.payload.len(),
        }
    }
}

/// Text from the kernel: bytes that are usually UTF-8.
///
/// `Display` and `to_string` keep control characters. Use [`Text::escaped`] for terminals.
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct Text<'a>(&'a [u8]);

impl<'a> Text<'a> {
    /// Returns the bytes.
    pub fn as_bytes(self) -> &'a [u8] {
        self.0
    }

    /// Returns the text as `str`.
    ///
    /// # Errors
    ///
    /// Fails if the text is not valid UTF-8.
    pub fn to_str(self) -> Result<&'a str, std::str::Utf8Error> {
        std::str::from_utf8(self.0)
    }

    /// Returns the text as `str`, with U+FFFD in place of invalid UTF-8.
    pub fn to_string_lossy(self) -> std::borrow::Cow<'a, str> {
        String::from_utf8_lossy(self.0)
    }

    /// Returns the text for a terminal, with escaped control characters.
    pub fn escaped(self) -> Escaped<'a> {
        Escaped::new(self.to_string_lossy())
    }
}

impl<'a> From<&'a str> for Text<'a> {
    fn from(text: &'a str) -> Self {
        Self(text.as_bytes())
    }
}

impl<'a> From<&'a String> for Text<'a> {
    fn from(text: &'a String) -> Self {
        Self(text.as_bytes())
    }
}

impl<'a> From<&'a [u8]> for Text<'a> {
    fn from(text: &'a [u8]) -> Self {
        Self(text)
    }
}

impl fmt::Display for Text<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.to_string_lossy())
    }
}

impl fmt::Debug for Text<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.to_string_lossy())
    }
}

macro_rules! equals {
    ($($text:ty),*) => {$(
        impl PartialEq<$text> for Text<'_> {
            fn eq(&self, other: &$text) -> bool {
                self.0 == other.as_bytes()
            }
        }

        impl PartialEq<Text<'_>> for $text {
            fn eq(&self, other: &Text<'_>) -> bool {
                other == self
            }
        }
    )*};
}

equals!(str, &str, String);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn iteration_ends_at_a_truncated_attribute() {
        // Number 1 with two bytes and padding, number 2 nested and empty, then one cut short.
        let bytes = [
            6, 0, 1, 0, 7, 8, 0, 0, 4, 0, 2, 0x80, 9, 0, 3, 0, 1, 2, 3, 4,
        ];
        let attrs: Vec<_> = Attrs::new(&bytes).collect();
        assert_eq!(attrs.len(), 2);
        assert_eq!((attrs[0].number(), attrs[0].payload()), (1, &[7, 8][..]));
        assert_eq!((attrs[1].number(), attrs[1].payload()), (2, &[][..]));
    }

    #[test]
    fn the_number_excludes_the_flags() {
        for flags in [0, 0x40, 0x80, 0xc0] {
            let bytes = [4, 0, 1, 0x3f | flags];
            let number = Attrs::new(&bytes).next().map(Attr::number);
            assert_eq!(number, Some(0x3f01));
        }
    }

    #[test]
    fn iteration_ends_at_a_length_below_the_header() {
        assert_eq!(Attrs::new(&[3, 0, 1, 0]).next(), None);
        assert_eq!(Attrs::new(&[0, 0, 1, 0]).next(), None);
        assert_eq!(Attrs::new(&[4, 0, 1]).next(), None);
    }

    #[test]
    fn get_returns_the_last_attribute() {
        let bytes = [5, 0, 1, 0, 7, 0, 0, 0, 5, 0, 1, 0, 8, 0, 0, 0];
        assert_eq!(Attrs::new(&bytes).get(1).map(Attr::u8), Some(Ok(8)));
    }

    #[test]
    fn numbers_of_the_wrong_length_are_errors() {
        let attr = Attr {
            kind: 5,
            payload: &[1, 2, 3],
        };
        let wrong = DecodeError::Length {
            attribute: 5,
            len: 3,
        };
        assert_eq!(attr.u32(), Err(wrong));
        assert_eq!(attr.uint(), Err(wrong));
        assert_eq!(attr.u8(), Err(wrong));
    }

    #[test]
    fn text_ends_at_its_first_nul() {
        let attr = Attr {
            kind: 1,
            payload: b"ab\0c",
        };
        assert_eq!(attr.text(), "ab");
        assert_eq!(attr.text().to_string(), "ab");
    }
}
