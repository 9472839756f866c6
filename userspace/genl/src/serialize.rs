// SPDX-License-Identifier: MIT OR Apache-2.0

//! Serialization of messages, for protocols from `ynl-gen-rust --serde`.
//!
//! The format follows the kernel's `pyynl`: attributes, enums and flags by name, bytes according to the
//! display hints of the spec.
//!
//! # Errors
//!
//! All functions fail only if the serializer fails.

use crate::wire::attr::{Attr, Text};
use crate::wire::display::{Hex, Mac, Uuid};
use crate::wire::multi::{MultiAttr, TypeValue};
use crate::wire::nested::Nested;
use crate::wire::traits::{Decode, FromAttr};
use crate::wire::value::{Bitfield32, MacAddr};
use serde::ser::{Error as _, Serialize, SerializeStruct, Serializer};
use std::collections::BTreeMap;
use std::fmt;

impl Serialize for Text<'_> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&self.to_string_lossy())
    }
}

impl<'a, T: FromAttr<'a> + Copy + Serialize> Serialize for MultiAttr<'a, T> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_seq(self)
    }
}

/// Serializes each value after the list of its keys.
impl<'a, const N: usize, T: FromAttr<'a> + Copy + Serialize> Serialize for TypeValue<'a, N, T> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_seq(self.iter().map(|(keys, value)| (keys.to_vec(), value)))
    }
}

impl<'a, T: Decode<'a> + Copy + Serialize> Serialize for Nested<'a, T> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let value = self.decode().map_err(S::Error::custom)?;
        value.serialize(to)
    }
}

impl Serialize for MacAddr {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

impl<T: Serialize> Serialize for Bitfield32<T> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let mut fields = to.serialize_struct("Bitfield32", 2)?;
        fields.serialize_field("value", &self.value)?;
        fields.serialize_field("selector", &self.selector)?;
        fields.end()
    }
}

/// Serializes flags as a list of names. A bit without a name is a number.
pub fn flags<S: Serializer>(
    bits: u64,
    names: &[(u64, &'static str)],
    to: S,
) -> Result<S::Ok, S::Error> {
    let bits = (0..u64::BITS)
        .map(|bit| bits & (1 << bit))
        .filter(|&bit| bit != 0);
    to.collect_seq(bits.map(|bit| {
        Flag {
            bit,
            name: names
                .iter()
                .find(|(named, _)| *named == bit)
                .map(|(_, name)| *name),
        }
    }))
}

struct Flag {
    bit: u64,
    name: Option<&'static str>,
}

impl Serialize for Flag {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        match self.name {
            Some(name) => to.serialize_str(name),
            None => to.serialize_u64(self.bit),
        }
    }
}

/// Serializes an array, each value after its index.
pub fn indexed<'a, T: FromAttr<'a> + Copy + Serialize, S: Serializer>(
    values: &Option<MultiAttr<'a, T>>,
    to: S,
) -> Result<S::Ok, S::Error> {
    let values = values.unwrap_or_default();
    to.collect_seq(values.indexed().map(|one| BTreeMap::from([one])))
}

fn or_empty<B: AsRef<[u8]>>(bytes: &Option<B>) -> &[u8] {
    bytes.as_ref().map(B::as_ref).unwrap_or_default()
}

/// Serializes bytes as hexadecimal digits.
pub fn bytes<B: AsRef<[u8]>, S: Serializer>(bytes: &Option<B>, to: S) -> Result<S::Ok, S::Error> {
    to.collect_str(&Hex(or_empty(bytes)))
}

/// Serializes bytes as hexadecimal digits, separated by spaces.
pub fn spaced<B: AsRef<[u8]>, S: Serializer>(bytes: &Option<B>, to: S) -> Result<S::Ok, S::Error> {
    to.collect_str(&Spaced(or_empty(bytes)))
}

/// Serializes a hardware address.
pub fn mac<B: AsRef<[u8]>, S: Serializer>(bytes: &Option<B>, to: S) -> Result<S::Ok, S::Error> {
    to.collect_str(&Mac(or_empty(bytes)))
}

/// Serializes a UUID.
pub fn uuid<B: AsRef<[u8]>, S: Serializer>(bytes: &Option<B>, to: S) -> Result<S::Ok, S::Error> {
    to.collect_str(&Uuid(or_empty(bytes)))
}

/// Serializes an array of byte strings as hexadecimal digits.
pub fn array_of_bytes<'a, B: FromAttr<'a> + Copy + AsRef<[u8]>, S: Serializer>(
    values: &Option<MultiAttr<'a, B>>,
    to: S,
) -> Result<S::Ok, S::Error> {
    many_bytes(&values.unwrap_or_default(), to)
}

/// Serializes repeated byte strings as hexadecimal digits.
pub fn many_bytes<'a, B: FromAttr<'a> + Copy + AsRef<[u8]>, S: Serializer>(
    values: &MultiAttr<'a, B>,
    to: S,
) -> Result<S::Ok, S::Error> {
    to.collect_seq(values.iter().map(|bytes| Hex(bytes.as_ref()).to_string()))
}

/// Serializes a struct's member as hexadecimal digits.
pub fn member<S: Serializer>(bytes: &[u8], to: S) -> Result<S::Ok, S::Error> {
    to.collect_str(&Hex(bytes))
}

/// Serializes a struct's member with a hardware address.
pub fn mac_member<S: Serializer>(bytes: &[u8], to: S) -> Result<S::Ok, S::Error> {
    to.collect_str(&Mac(bytes))
}

/// Serializes a struct's member with text, up to its first NUL.
pub fn text_member<S: Serializer>(bytes: &[u8], to: S) -> Result<S::Ok, S::Error> {
    Attr::new(0, bytes).text().serialize(to)
}

struct Spaced<'a>(&'a [u8]);

impl fmt::Display for Spaced<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, byte) in self.0.iter().enumerate() {
            let separator = if place == 0 { "" } else { " " };
            write!(f, "{separator}{byte:02x}")?;
        }
        Ok(())
    }
}
