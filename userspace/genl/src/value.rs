// SPDX-License-Identifier: MIT OR Apache-2.0

//! What attributes hold, beside what every language has: structs, addresses, bits that count, nests
//! that are read when they are wanted.

use crate::attr::{Attr, Attrs, DecodeError, Text};
use crate::encode::Encoder;
use crate::request::{Decode, Encode};
use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// What can be read from one attribute, in the one way that its type has.
pub trait FromAttr<'a>: Sized {
    /// Reads it.
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
    // Of eight bytes or of four: a `u64` or a `uint`.
    uint: u64,
    s8: i8,
    s16: i16,
    s32: i32,
    sint: i64,
    ipv4: Ipv4Addr,
    ipv6: Ipv6Addr,
    ip: IpAddr,
    bitfield32: Bitfield32,
}

impl<'a> FromAttr<'a> for &'a [u8] {
    fn from_attr(attr: Attr<'a>) -> Result<Self, DecodeError> {
        Ok(attr.payload())
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

/// A nest that is read when it is wanted: one that may hold others of its kind.
///
/// Of a request or as it was received. As only one level is read at a time, it does not matter how
/// deep they go.
#[derive(Clone, Copy)]
pub struct Nested<'a, T> {
    place: Place<'a, T>,
}

#[derive(Clone, Copy)]
enum Place<'a, T> {
    Here(&'a T),
    Received(Attrs<'a>),
}

impl<T: fmt::Debug> fmt::Debug for Nested<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.place {
            Place::Here(value) => value.fmt(f),
            Place::Received(attrs) => attrs.fmt(f),
        }
    }
}

impl<'a, T: Decode<'a> + Copy> Nested<'a, T> {
    /// Reads it.
    pub fn decode(self) -> Result<T, DecodeError> {
        match self.place {
            Place::Here(value) => Ok(*value),
            Place::Received(attrs) => T::decode(attrs),
        }
    }
}

impl<T> Nested<'_, T> {
    /// Writes it as it is.
    pub fn encode(&self, to: &mut Encoder<'_>)
    where
        T: Encode,
    {
        match self.place {
            Place::Here(value) => value.encode(to),
            Place::Received(attrs) => to.put_attrs(attrs),
        }
    }
}

impl<'a, T> From<&'a T> for Nested<'a, T> {
    fn from(value: &'a T) -> Self {
        let place = Place::Here(value);
        Self { place }
    }
}

impl<'a, T> From<Attr<'a>> for Nested<'a, T> {
    fn from(attr: Attr<'a>) -> Self {
        let place = Place::Received(attr.nested());
        Self { place }
    }
}

impl<'a, T> FromAttr<'a> for Nested<'a, T> {
    fn from_attr(attr: Attr<'a>) -> Result<Self, DecodeError> {
        Ok(attr.into())
    }
}

impl<'a, T: Decode<'a> + Copy + PartialEq> PartialEq for Nested<'a, T> {
    fn eq(&self, other: &Self) -> bool {
        self.decode() == other.decode()
    }
}

/// Bits, and which of them count.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Bitfield32<T = u32> {
    /// The bits.
    pub value: T,
    /// Those that count.
    pub selector: T,
}

impl<T> Bitfield32<T> {
    /// Does the same to both.
    pub fn map<O>(self, mut with: impl FnMut(T) -> O) -> Bitfield32<O> {
        Bitfield32 {
            value: with(self.value),
            selector: with(self.selector),
        }
    }
}

/// A struct of C: members that stand one behind the other.
pub trait Struct: Default {
    /// The bytes that it takes.
    const LEN: usize;

    /// Reads it.
    fn read(from: &mut Reader<'_>) -> Self;

    /// Writes it.
    fn write(&self, to: &mut Vec<u8>);
}

/// Reads the members of a struct. What is missing at the end is 0.
pub struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    /// Reads from the first of these bytes on.
    pub fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    /// The next bytes.
    pub fn take<const N: usize>(&mut self) -> [u8; N] {
        let mut bytes = [0; N];
        let (here, rest) = self.rest.split_at(N.min(self.rest.len()));
        bytes[..here.len()].copy_from_slice(here);
        self.rest = rest;
        bytes
    }
}

impl fmt::Debug for Reader<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Reader({} bytes left)", self.rest.len())
    }
}
