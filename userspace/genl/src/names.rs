// SPDX-License-Identifier: MIT OR Apache-2.0

//! Names of a protocol's parts, for errors and logs.

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
    /// The name of the attribute with this number, or the number.
    pub(crate) fn name_of(&self, number: u16) -> String {
        match self.attributes {
            Some(set) => set.name_of(number),
            None => number.to_string(),
        }
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
    /// Numbers of so many bytes, one behind the other.
    Row(usize, &'static Kind),
    /// Attributes of this set.
    Nest(&'static AttributeSet),
    /// Attributes whose numbers are indices or keys.
    Array(&'static Kind),
}
