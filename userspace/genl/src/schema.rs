// SPDX-License-Identifier: MIT OR Apache-2.0

//! Names of a protocol's parts, for errors and logs.

use std::fmt;

/// A family.
#[derive(Debug)]
pub struct FamilyInfo {
    /// Its name, by which the kernel knows it.
    pub name: &'static str,
    /// The version that its requests carry.
    pub version: u8,
    /// Its id if that is fixed, as only that of `nlctrl` is.
    pub id: Option<u16>,
}

/// An operation of a family.
#[derive(Debug)]
pub struct OperationInfo {
    /// Its command's number.
    pub command: u8,
    /// Its name in the family's spec.
    pub name: &'static str,
    /// The set that its attributes belong to.
    pub attributes: Option<&'static AttributeSet>,
    /// Bytes of the family's own header before the attributes, which only old families have.
    pub header_len: usize,
}

impl OperationInfo {
    /// What its attributes are.
    pub(crate) fn holds(&self) -> Holds {
        self.attributes.map_or(Holds::Unknown, Holds::Set)
    }

    /// The names of nested attributes with these numbers, from the outermost on, with dots between.
    pub(crate) fn path(&self, numbers: &[u16]) -> String {
        self.holds().path(numbers)
    }
}

/// A set of attributes, in which each number has one meaning.
#[derive(Debug)]
pub struct AttributeSet {
    /// Its name in the family's spec.
    pub name: &'static str,
    /// The attributes.
    pub attributes: &'static [AttributeInfo],
}

impl AttributeSet {
    /// The attribute with this number.
    pub fn get(&self, number: u16) -> Option<&'static AttributeInfo> {
        self.attributes.iter().find(|info| info.number == number)
    }

    /// The name of the attribute with this number, or the number.
    pub fn name_of(&self, number: u16) -> String {
        match self.get(number) {
            Some(info) => info.name.to_owned(),
            None => number.to_string(),
        }
    }
}

/// An attribute of a set.
#[derive(Debug)]
pub struct AttributeInfo {
    /// Its number.
    pub number: u16,
    /// Its name in the family's spec.
    pub name: &'static str,
    /// How its payload is to be read.
    pub kind: Kind,
}

/// How the payload of an attribute is to be read.
#[derive(Clone, Copy, Debug)]
pub enum Kind {
    /// Nothing: that it is there says all.
    Flag,
    /// An unsigned number in the host's byte order, of as many bytes as there are.
    Unsigned,
    /// A signed number, likewise.
    Signed,
    /// An unsigned number in big-endian order, of as many bytes as there are.
    BigEndian,
    /// An unsigned number in little-endian order, of as many bytes as there are.
    LittleEndian,
    /// A number that stands for a name; the names and their numbers.
    Enum(&'static [(u64, &'static str)]),
    /// Bits that stand for names; the names and their bits.
    Flags(&'static [(u64, &'static str)]),
    /// Bits that stand for names, and which of them count.
    Bitfield32(&'static [(u64, &'static str)]),
    /// Text.
    Text,
    /// Bytes.
    Binary,
    /// A hardware address.
    Mac,
    /// An IPv4 or an IPv6 address.
    Address,
    /// A UUID.
    Uuid,
    /// A struct of C; [`debug::structure`](crate::debug::structure) shows it.
    Struct(fn(&[u8], &mut fmt::Formatter<'_>) -> fmt::Result),
    /// Numbers of so many bytes, one behind the other.
    Row(usize, &'static Kind),
    /// Attributes of this set.
    Nest(&'static AttributeSet),
    /// Attributes whose numbers are indices or keys.
    Array(&'static Kind),
}

/// What the numbers of attributes mean that stand together.
#[derive(Clone, Copy)]
pub(crate) enum Holds {
    /// Attributes of a set.
    Set(&'static AttributeSet),
    /// Indices or keys of what is of this kind.
    Items(&'static Kind),
    /// Nobody knows.
    Unknown,
}

impl Holds {
    /// The names of nested attributes with these numbers, from the outermost on, with dots between.
    pub(crate) fn path(mut self, numbers: &[u16]) -> String {
        let names = numbers.iter().map(|&number| {
            let name = self.name_of(number);
            self = self.of(number);
            name
        });
        names.collect::<Vec<_>>().join(".")
    }

    /// The name of the attribute with this number, or the number.
    pub(crate) fn name_of(self, number: u16) -> String {
        match self {
            Self::Set(set) => set.name_of(number),
            Self::Items(_) | Self::Unknown => number.to_string(),
        }
    }

    /// What the attribute with this number holds.
    pub(crate) fn of(self, number: u16) -> Self {
        let kind = match self {
            Self::Set(set) => set.get(number).map(|info| &info.kind),
            Self::Items(kind) => Some(kind),
            Self::Unknown => None,
        };
        match kind {
            Some(Kind::Nest(set)) => Self::Set(set),
            Some(Kind::Array(kind)) => Self::Items(kind),
            _ => Self::Unknown,
        }
    }
}
