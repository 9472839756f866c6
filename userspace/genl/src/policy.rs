// SPDX-License-Identifier: MIT OR Apache-2.0

//! Policies: the kernel's checks of attributes.

use crate::nlctrl::PolicyAttrs;
use std::fmt;

pub use crate::nlctrl::AttrType as PolicyType;

/// The kernel's checks of one attribute. The default has none.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct AttributePolicy {
    /// The expected type.
    pub kind: PolicyType,
    /// The minimum of an unsigned number.
    pub min: Option<u64>,
    /// The maximum of an unsigned number.
    pub max: Option<u64>,
    /// The minimum of a signed number.
    pub min_signed: Option<i64>,
    /// The maximum of a signed number.
    pub max_signed: Option<i64>,
    /// The minimum length in bytes.
    pub min_len: Option<u32>,
    /// The maximum length in bytes, without the NUL that ends a string.
    pub max_len: Option<u32>,
    /// The number of the policy for the content of a nest.
    pub nested: Option<u32>,
    /// The bits that may be set.
    pub mask: Option<u64>,
}

impl AttributePolicy {
    /// Creates a policy from the attributes of nlctrl or of an extended ack.
    pub(crate) fn new(attrs: PolicyAttrs<'_>) -> Self {
        Self {
            kind: attrs.r#type.unwrap_or(PolicyType::Invalid),
            min: attrs.min_value_u,
            max: attrs.max_value_u,
            min_signed: attrs.min_value_s,
            max_signed: attrs.max_value_s,
            min_len: attrs.min_length,
            max_len: attrs.max_length,
            nested: attrs.policy_idx,
            mask: attrs.mask.or(attrs.bitfield32_mask.map(u64::from)),
        }
    }

    /// Returns whether the bounds of a number equal the bounds of its type.
    fn bounds_are_trivial(&self) -> bool {
        let unsigned = match self.kind {
            PolicyType::U8 => u8::MAX.into(),
            PolicyType::U16 => u16::MAX.into(),
            PolicyType::U32 => u32::MAX.into(),
            _ => u64::MAX,
        };
        let (min, max) = match self.kind {
            PolicyType::S8 => (i8::MIN.into(), i8::MAX.into()),
            PolicyType::S16 => (i16::MIN.into(), i16::MAX.into()),
            PolicyType::S32 => (i32::MIN.into(), i32::MAX.into()),
            _ => (i64::MIN, i64::MAX),
        };
        self.min.unwrap_or(0) == 0
            && self.max.unwrap_or(unsigned) == unsigned
            && self.min_signed.unwrap_or(min) == min
            && self.max_signed.unwrap_or(max) == max
    }
}

impl Default for AttributePolicy {
    fn default() -> Self {
        Self::new(PolicyAttrs::default())
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

impl PolicyType {
    /// Returns the type's name in specs, such as `u32`, `string` or `nest`.
    pub fn word(self) -> &'static str {
        match self {
            PolicyType::String | PolicyType::NulString => "string",
            PolicyType::Nested => "nest",
            PolicyType::NestedArray => "nest-array",
            _ => self.name().unwrap_or("unknown"),
        }
    }

    /// Returns the article of [`Self::word`].
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
        f.write_str(self.word())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn display_has_type_and_bounds() {
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
    fn display_omits_the_bounds_of_the_type() {
        let number = AttributePolicy {
            kind: PolicyType::U32,
            min: Some(0),
            max: Some(u32::MAX.into()),
            ..Default::default()
        };
        assert_eq!(number.to_string(), "u32");
    }
}
