// SPDX-License-Identifier: MIT OR Apache-2.0

//! Names and types of a protocol's parts, for errors and logs.

use std::fmt;

/// A family.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct FamilyInfo {
    /// Its name in the kernel.
    pub name: &'static str,
    /// The version in its requests.
    pub version: u8,
    /// Its id if it is fixed. Only `nlctrl` has a fixed id.
    pub id: Option<u16>,
}

impl FamilyInfo {
    /// Creates a family whose id the kernel assigns.
    pub const fn new(name: &'static str, version: u8) -> Self {
        let id = None;
        Self { name, version, id }
    }

    /// Sets the fixed id.
    pub const fn with_id(self, id: u16) -> Self {
        let id = Some(id);
        Self { id, ..self }
    }
}

/// An operation of a family.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct OperationInfo {
    /// Its command's number.
    pub command: u8,
    /// Its name in the family's spec.
    pub name: &'static str,
    /// The set of its attributes.
    pub attributes: Option<&'static AttributeSet>,
    /// Bytes of the fixed header before the attributes, the kernel's user header. Only old families
    /// have one.
    pub header_len: usize,
}

impl OperationInfo {
    /// Creates an operation without attributes.
    pub const fn new(command: u8, name: &'static str) -> Self {
        Self {
            command,
            name,
            attributes: None,
            header_len: 0,
        }
    }

    /// Sets the set of the attributes.
    pub const fn with_attributes(self, set: &'static AttributeSet) -> Self {
        let attributes = Some(set);
        Self { attributes, ..self }
    }

    /// Sets the number of bytes of the fixed header.
    pub const fn with_header(self, header_len: usize) -> Self {
        Self { header_len, ..self }
    }

    /// Returns the meaning of the numbers of its attributes.
    pub(crate) fn holds(&self) -> Holds {
        self.attributes.map_or(Holds::Unknown, Holds::Set)
    }

    /// Returns the names of nested attributes with these numbers, from the outermost on, separated by
    /// dots.
    pub(crate) fn path(&self, numbers: &[u16]) -> String {
        self.holds().path(numbers)
    }
}

/// A set of attributes with unique numbers.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct AttributeSet {
    /// Its name in the family's spec.
    pub name: &'static str,
    /// The attributes.
    pub attributes: &'static [AttributeInfo],
}

impl AttributeSet {
    /// Creates a set.
    pub const fn new(name: &'static str, attributes: &'static [AttributeInfo]) -> Self {
        Self { name, attributes }
    }

    /// Returns the attribute with this number.
    pub fn get(&self, number: u16) -> Option<&'static AttributeInfo> {
        self.attributes.iter().find(|info| info.number == number)
    }

    /// Returns the name of the attribute with this number, or else the number.
    pub fn name_of(&self, number: u16) -> String {
        match self.get(number) {
            Some(info) => info.name.to_owned(),
            None => number.to_string(),
        }
    }
}

/// An attribute of a set.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct AttributeInfo {
    /// Its number.
    pub number: u16,
    /// Its name in the family's spec.
    pub name: &'static str,
    /// The type of its payload.
    pub kind: Kind,
}

impl AttributeInfo {
    /// Creates an attribute.
    pub const fn new(number: u16, name: &'static str, kind: Kind) -> Self {
        Self { number, name, kind }
    }
}

/// The type of an attribute's payload.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Kind {
    /// No payload: the presence of the attribute is its value.
    Flag,
    /// An unsigned number in the host's byte order, of any length.
    Unsigned,
    /// A signed number in the host's byte order, of any length.
    Signed,
    /// An unsigned number in big-endian order, of any length.
    BigEndian,
    /// An unsigned number in little-endian order, of any length.
    LittleEndian,
    /// A number that stands for a name; the names and their numbers.
    Enum(&'static [(u64, &'static str)]),
    /// Bits that stand for names; the names and their bits.
    Flags(&'static [(u64, &'static str)]),
    /// Bits that stand for names, and a mask of the valid ones.
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
    /// A C struct, and the function that shows it.
    Struct(fn(&[u8], &mut fmt::Formatter<'_>) -> fmt::Result),
    /// Numbers of this length in bytes, without gaps.
    Numbers(usize, &'static Kind),
    /// Attributes of this set.
    Nest(&'static AttributeSet),
    /// Attributes whose numbers are indices or keys.
    Array(&'static Kind),
}

/// The meaning of the attribute numbers in a message or nest.
#[derive(Clone, Copy)]
pub(crate) enum Holds {
    /// Attributes of a set.
    Set(&'static AttributeSet),
    /// Indices or keys of items of this kind.
    Items(&'static Kind),
    /// It is unknown.
    Unknown,
}

impl Holds {
    /// Returns the names of nested attributes with these numbers, from the outermost on, separated by
    /// dots.
    pub(crate) fn path(mut self, numbers: &[u16]) -> String {
        let names = numbers.iter().map(|&number| {
            let name = self.name_of(number);
            self = self.of(number);
            name
        });
        names.collect::<Vec<_>>().join(".")
    }

    /// Returns the name of the attribute with this number, or else the number.
    pub(crate) fn name_of(self, number: u16) -> String {
        match self {
            Self::Set(set) => set.name_of(number),
            Self::Items(_) | Self::Unknown => number.to_string(),
        }
    }

    /// Returns the meaning of the numbers in the attribute with this number.
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
