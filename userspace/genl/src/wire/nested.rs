// SPDX-License-Identifier: MIT OR Apache-2.0

//! Nests that are decoded when they are needed.

use super::attr::{Attr, Attrs, DecodeError};
use super::encode::Encoder;
use super::traits::{Decode, Encode, FromAttr};
use std::fmt;

/// A nest, of a request or received, that is decoded on demand. It may contain nests of the same type.
///
/// Only one level is decoded at a time, so the depth does not matter.
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
    /// Decodes the nest.
    ///
    /// # Errors
    ///
    /// Fails if an attribute has a length that its type cannot have.
    pub fn decode(self) -> Result<T, DecodeError> {
        match self.place {
            Place::Here(value) => Ok(*value),
            Place::Received(attrs) => T::decode(attrs),
        }
    }
}

impl<T> Nested<'_, T> {
    /// Writes the nest. A received one keeps its bytes.
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
