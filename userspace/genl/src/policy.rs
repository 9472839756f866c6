// SPDX-License-Identifier: MIT OR Apache-2.0

//! Policies: what the kernel checks of an attribute.
//!
//! Follows `enum netlink_attribute_type` and `enum netlink_policy_type_attr` of the kernel's
//! `include/uapi/linux/netlink.h`.

use crate::attr::{Attr, Attrs, DecodeError};
use std::fmt;

/// What the kernel checks of one attribute.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AttributePolicy {
    /// The type that it wants.
    pub kind: PolicyType,
    /// The least value of an unsigned number.
    pub min: Option<u64>,
    /// The greatest value of an unsigned number.
    pub max: Option<u64>,
    /// The least value of a signed number.
    pub min_signed: Option<i64>,
    /// The greatest value of a signed number.
    pub max_signed: Option<i64>,
    /// The least length, in bytes.
    pub min_len: Option<u32>,
    /// The greatest length, in bytes, without the NUL that ends a string.
    pub max_len: Option<u32>,
    /// The number of the policy for what a nest holds.
    pub nested: Option<u32>,
    /// The bits that may be set.
    pub mask: Option<u64>,
}

impl AttributePolicy {
    /// Reads a policy as the kernel describes it.
    pub(crate) fn decode(attrs: Attrs<'_>) -> Result<Self, DecodeError> {
        let mut policy = Self::default();
        for attr in attrs {
            policy.set(attr)?;
        }
        Ok(policy)
    }

    /// Takes over one attribute; the numbers are those of `enum netlink_policy_type_attr`.
    fn set(&mut self, attr: Attr<'_>) -> Result<(), DecodeError> {
        match attr.number() {
            1 => self.kind = attr.u32()?.into(),
            2 => self.min_signed = Some(attr.s64()?),
            3 => self.max_signed = Some(attr.s64()?),
            4 => self.min = Some(attr.u64()?),
            5 => self.max = Some(attr.u64()?),
            6 => self.min_len = Some(attr.u32()?),
            7 => self.max_len = Some(attr.u32()?),
            8 => self.nested = Some(attr.u32()?),
            10 => self.mask = Some(attr.u32()?.into()),
            12 => self.mask = Some(attr.u64()?),
            _ => {}
        }
        Ok(())
    }

    /// Whether the bounds of a number say no more than its type does.
    fn bounds_are_trivial(&self) -> bool {
        let unsigned = match self.kind {
            PolicyType::U8 => u8::MAX.into(),
            PolicyType::U16 => u16::MAX.into(),
            PolicyType::U32 => u32::MAX.into(),
            _ => u64::MAX,
        };
        let (least, greatest) = match self.kind {
            PolicyType::S8 => (i8::MIN.into(), i8::MAX.into()),
            PolicyType::S16 => (i16::MIN.into(), i16::MAX.into()),
            PolicyType::S32 => (i32::MIN.into(), i32::MAX.into()),
            _ => (i64::MIN, i64::MAX),
        };
        self.min.unwrap_or(0) == 0
            && self.max.unwrap_or(unsigned) == unsigned
            && self.min_signed.unwrap_or(least) == least
            && self.max_signed.unwrap_or(greatest) == greatest
    }
}

impl fmt::Display for AttributePolicy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.kind)?;
        if !self.bounds_are_trivial() {
            match (self.min, self.max, self.min_signed, self.max_signed) {
                (Some(min), Some(max), ..) => write!(f, " from {min} to {max}")?,
                (Some(min), None, ..) => write!(f, " of at least {min}")?,
                (None, Some(max), ..) => write!(f, " of at most {max}")?,
                (.., Some(min), Some(max)) => write!(f, " from {min} to {max}")?,
                (.., Some(min), None) => write!(f, " of at least {min}")?,
                (.., None, Some(max)) => write!(f, " of at most {max}")?,
                (None, None, None, None) => {}
            }
        }
        match (self.min_len, self.max_len) {
            (Some(min), Some(max)) if min == max => write!(f, " of {min} bytes")?,
            (Some(min), Some(max)) => write!(f, " of {min} to {max} bytes")?,
            (Some(min), None) => write!(f, " of at least {min} bytes")?,
            (None, Some(max)) => write!(f, " of at most {max} bytes")?,
            (None, None) => {}
        }
        match self.mask {
            Some(mask) => write!(f, " with bits of {mask:#x}"),
            None => Ok(()),
        }
    }
}

/// The type of an attribute, as its policy has it (`enum netlink_attribute_type`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[allow(missing_docs)] // the names say it
#[non_exhaustive]
pub enum PolicyType {
    #[default]
    Invalid,
    Flag,
    U8,
    U16,
    U32,
    U64,
    S8,
    S16,
    S32,
    S64,
    Binary,
    String,
    NulString,
    Nested,
    NestedArray,
    Bitfield32,
    Sint,
    Uint,
    /// A type that a newer kernel has.
    Unknown(u32),
}

impl PolicyType {
    /// The type's name.
    pub fn name(self) -> &'static str {
        match self {
            PolicyType::Invalid => "invalid",
            PolicyType::Flag => "flag",
            PolicyType::U8 => "u8",
            PolicyType::U16 => "u16",
            PolicyType::U32 => "u32",
            PolicyType::U64 => "u64",
            PolicyType::S8 => "s8",
            PolicyType::S16 => "s16",
            PolicyType::S32 => "s32",
            PolicyType::S64 => "s64",
            PolicyType::Binary => "binary",
            PolicyType::String => "string",
            PolicyType::NulString => "string",
            PolicyType::Nested => "nest",
            PolicyType::NestedArray => "nest-array",
            PolicyType::Bitfield32 => "bitfield32",
            PolicyType::Sint => "sint",
            PolicyType::Uint => "uint",
            PolicyType::Unknown(_) => "unknown",
        }
    }
}

impl PolicyType {
    /// The article that the type's name takes.
    pub(crate) fn article(self) -> &'static str {
        match self {
            PolicyType::S8 | PolicyType::S16 | PolicyType::S32 | PolicyType::S64 => "an",
            PolicyType::Invalid | PolicyType::Unknown(_) => "an",
            _ => "a",
        }
    }
}

impl fmt::Display for PolicyType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl From<u32> for PolicyType {
    fn from(number: u32) -> Self {
        match number {
            0 => PolicyType::Invalid,
            1 => PolicyType::Flag,
            2 => PolicyType::U8,
            3 => PolicyType::U16,
            4 => PolicyType::U32,
            5 => PolicyType::U64,
            6 => PolicyType::S8,
            7 => PolicyType::S16,
            8 => PolicyType::S32,
            9 => PolicyType::S64,
            10 => PolicyType::Binary,
            11 => PolicyType::String,
            12 => PolicyType::NulString,
            13 => PolicyType::Nested,
            14 => PolicyType::NestedArray,
            15 => PolicyType::Bitfield32,
            16 => PolicyType::Sint,
            17 => PolicyType::Uint,
            unknown => PolicyType::Unknown(unknown),
        }
    }
}

/// The policies of a family's operations.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Policies {
    /// The operations that have one.
    pub operations: Vec<OperationPolicy>,
    /// All policies: those of the operations and of the nests, by their number.
    pub attributes: Vec<Vec<(u16, AttributePolicy)>>,
}

/// Which policies an operation has, by their number in [`Policies::attributes`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct OperationPolicy {
    /// The command's number.
    pub command: u8,
    /// The policy of its do.
    pub doit: Option<u32>,
    /// The policy of its dump.
    pub dump: Option<u32>,
}

impl Policies {
    /// The policy with this number: attribute numbers and what is checked of each.
    pub fn get(&self, number: u32) -> &[(u16, AttributePolicy)] {
        usize::try_from(number)
            .ok()
            .and_then(|number| self.attributes.get(number))
            .map_or(&[], Vec::as_slice)
    }

    /// Which policies a command has.
    pub fn operation(&self, command: u8) -> Option<OperationPolicy> {
        self.operations
            .iter()
            .copied()
            .find(|operation| operation.command == command)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_readable() {
        let string = AttributePolicy {
            kind: PolicyType::NulString,
            max_len: Some(64),
            ..Default::default()
        };
        assert_eq!(string.to_string(), "string of at most 64 bytes");
        let number = AttributePolicy {
            kind: PolicyType::U32,
            min: Some(0),
            max: Some(2),
            ..Default::default()
        };
        assert_eq!(number.to_string(), "u32 from 0 to 2");
    }

    #[test]
    fn leaves_out_bounds_that_say_nothing() {
        let number = AttributePolicy {
            kind: PolicyType::U32,
            min: Some(0),
            max: Some(u32::MAX.into()),
            ..Default::default()
        };
        assert_eq!(number.to_string(), "u32");
    }
}
