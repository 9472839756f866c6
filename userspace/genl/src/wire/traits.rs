// SPDX-License-Identifier: MIT OR Apache-2.0

//! Types that are read from attributes or written as attributes.

use super::attr::{Attr, Attrs, DecodeError, Text};
use super::encode::Encoder;
use super::value::{Bitfield32, MacAddr};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

/// A type that can be decoded from the attributes of a message or of a nest.
///
/// It borrows from the message; nothing is copied.
pub trait Decode<'a>: Sized {
    /// `false` if the operation has no reply.
    const HAS_MESSAGE: bool = true;

    /// Decodes the attributes, and ignores unknown ones.
    ///
    /// # Errors
    ///
    /// Fails if an attribute has a length that its type cannot have.
    fn decode(attrs: Attrs<'a>) -> Result<Self, DecodeError>;
}

/// A type that can be encoded as the attributes of a nest.
pub trait Encode {
    /// Writes the attributes to `to`.
    fn encode(&self, to: &mut Encoder<'_>);
}

impl Decode<'_> for () {
    const HAS_MESSAGE: bool = false;

    fn decode(_attrs: Attrs<'_>) -> Result<Self, DecodeError> {
        Ok(())
    }
}

/// The events of a family, by their command.
pub trait DecodeEvent<'a>: Sized {
    /// Decodes the event with this command. Returns `None` for an unknown command.
    ///
    /// # Errors
    ///
    /// Fails if an attribute has a length that its type cannot have.
    fn decode(command: u8, attrs: Attrs<'a>) -> Result<Option<Self>, DecodeError>;
}

/// A type that can be decoded from one attribute.
pub trait FromAttr<'a>: Sized {
    /// Decodes the attribute.
    ///
    /// # Errors
    ///
    /// Fails if the payload has a length that the type cannot have.
    fn from_attr(attr: Attr<'a>) -> Result<Self, DecodeError>;
}

macro_rules! from_attr {
    ($($method:ident: $type:ty,)*) => {$(
        impl FromAttr<'_> for $type {
            fn from_attr(attr: Attr<'_>) -> Result<Self, DecodeError> {
                attr.$method()
            }
        }
    )*};
}

from_attr! {
    u8: u8,
    u16: u16,
    u32: u32,
    // Eight bytes or four: a `u64` or a `uint`.
    uint: u64,
    s8: i8,
    s16: i16,
    s32: i32,
    sint: i64,
    ipv4: Ipv4Addr,
    ipv6: Ipv6Addr,
    ip: IpAddr,
    mac: MacAddr,
    socket_addr: SocketAddr,
    bitfield32: Bitfield32,
}

impl<'a> FromAttr<'a> for &'a [u8] {
    fn from_attr(attr: Attr<'a>) -> Result<Self, DecodeError> {
        Ok(attr.payload())
    }
}

impl<'a, const N: usize> FromAttr<'a> for &'a [u8; N] {
    fn from_attr(attr: Attr<'a>) -> Result<Self, DecodeError> {
        attr.exact()
    }
}

impl<'a> FromAttr<'a> for Text<'a> {
    fn from_attr(attr: Attr<'a>) -> Result<Self, DecodeError> {
        Ok(attr.text())
    }
}

impl<'a, T: Decode<'a>> FromAttr<'a> for T {
    fn from_attr(attr: Attr<'a>) -> Result<Self, DecodeError> {
        T::decode(attr.nested())
    }
}
