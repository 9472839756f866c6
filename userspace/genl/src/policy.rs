// SPDX-License-Identifier: MIT OR Apache-2.0

//! Policies: the kernel's checks of attributes, and the same checks before a request is sent.
//!
//! Follows the kernel's `lib/nlattr.c`.

use crate::nlctrl::PolicyAttrs;
use crate::schema::{AttributeSet, Limit};
use crate::wire::attr::{Attr, Attrs};
use crate::wire::errno::Errno;
use crate::wire::value::{big_endian, number, signed};
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

    /// Creates the policy with this limit, as the kernel describes it in an error.
    fn of(limit: &Limit, len: usize) -> Option<Self> {
        use PolicyType::{
            Binary, NulString, S8, S16, S32, S64, Sint, String, U8, U16, U32, U64, Uint,
        };
        let by_len = |kinds: [PolicyType; 4]| kinds[len.clamp(1, 8).ilog2() as usize];
        let mut policy = Self::default();
        match limit {
            Limit::Unsigned(range) | Limit::Uint(range) => {
                let is_uint = matches!(limit, Limit::Uint(_));
                policy.kind = if is_uint {
                    Uint
                } else {
                    by_len([U8, U16, U32, U64])
                };
                (policy.min, policy.max) = (Some(*range.start()), Some(*range.end()));
            }
            Limit::Signed(range) | Limit::Sint(range) => {
                let is_sint = matches!(limit, Limit::Sint(_));
                policy.kind = if is_sint {
                    Sint
                } else {
                    by_len([S8, S16, S32, S64])
                };
                policy.min_signed = Some(*range.start());
                policy.max_signed = Some(*range.end());
            }
            Limit::NulString(max) | Limit::String(max) => {
                let is_terminated = matches!(limit, Limit::NulString(_));
                policy.kind = if is_terminated { NulString } else { String };
                policy.max_len = Some((*max).into());
            }
            Limit::Binary(range) => {
                policy.kind = Binary;
                policy.min_len = Some(*range.start()).filter(|&min| min > 0).map(u32::from);
                policy.max_len = Some(*range.end())
                    .filter(|&max| max < u16::MAX)
                    .map(u32::from);
            }
            // The kernel does not describe numbers in this order.
            Limit::BigEndian(_) | Limit::Nest(_) | Limit::Array(_) => return None,
        }
        Some(policy)
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

/// The maximum depth of nests in the kernel's policies.
const MAX_DEPTH: usize = 10;

/// An attribute of a request outside the limits of its spec, as the kernel would report it.
#[derive(Debug)]
pub(crate) struct Violation {
    /// The numbers of the nests around the attribute, from the outermost on, and its own.
    pub(crate) path: Vec<u16>,
    pub(crate) errno: Errno,
    pub(crate) message: &'static str,
    pub(crate) policy: Option<AttributePolicy>,
}

impl Violation {
    #[cold]
    fn new(limit: &Limit, len: usize) -> Self {
        let (errno, message) = match limit {
            Limit::NulString(_) => (Errno::EINVAL, "Attribute failed policy validation"),
            Limit::String(_) => (Errno::ERANGE, "Attribute failed policy validation"),
            Limit::Binary(_) => (Errno::ERANGE, "binary attribute size out of range"),
            _ => (Errno::ERANGE, "integer out of range"),
        };
        let policy = AttributePolicy::of(limit, len);
        Self {
            path: Vec::new(),
            errno,
            message,
            policy,
        }
    }

    fn within(mut self, nest: Attr<'_>) -> Self {
        self.path.insert(0, nest.number());
        self
    }
}

/// Returns the first attribute outside the limits of `set`.
pub(crate) fn violation(attrs: Attrs<'_>, set: &AttributeSet) -> Option<Violation> {
    violation_at(attrs, set, 0)
}

fn violation_at(mut attrs: Attrs<'_>, set: &AttributeSet, depth: usize) -> Option<Violation> {
    if set.limits.is_empty() || depth == MAX_DEPTH {
        return None; // The kernel rejects deeper nests.
    }
    attrs.find_map(|attr| {
        let mut limits = set.limits.iter();
        let (_, limit) = limits.find(|(number, _)| *number == attr.number())?;
        Some(violation_of(attr, limit, depth)?.within(attr))
    })
}

fn violation_of(attr: Attr<'_>, limit: &Limit, depth: usize) -> Option<Violation> {
    let payload = attr.payload();
    let len = payload.len();
    let is_valid = match limit {
        Limit::Unsigned(range) | Limit::Uint(range) => range.contains(&number(payload)?),
        Limit::BigEndian(range) => range.contains(&big_endian(payload)),
        Limit::Signed(range) | Limit::Sint(range) => range.contains(&signed(number(payload)?, len)),
        Limit::NulString(max) | Limit::String(max) => {
            len - usize::from(payload.ends_with(b"\0")) <= usize::from(*max)
        }
        Limit::Binary(range) => u16::try_from(len).is_ok_and(|len| range.contains(&len)),
        Limit::Nest(set) => return violation_at(attr.nested(), set, depth + 1),
        Limit::Array(set) => {
            return attr
                .nested()
                .find_map(|item| Some(violation_at(item.nested(), set, depth + 1)?.within(item)));
        }
    };
    (!is_valid).then(|| Violation::new(limit, len))
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

    #[test]
    fn violations_are_reported_as_by_the_kernel() {
        type Payloads<'p> = &'p [&'p [u8]];
        let failed = "Attribute failed policy validation";
        let integer = "integer out of range";
        let binary = "binary attribute size out of range";
        let cases: [(Limit, Payloads<'_>, Payloads<'_>, Errno, &str, &str); 10] = [
            (
                Limit::Unsigned(1..=9),
                &[&[1], &9u16.to_ne_bytes(), &9u64.to_ne_bytes(), &[0; 3]],
                &[&[0], &[10]],
                Errno::ERANGE,
                integer,
                "u8 from 1 to 9",
            ),
            (
                Limit::Unsigned(0..=9),
                &[&9u32.to_ne_bytes()],
                &[&10u32.to_ne_bytes(), &u32::MAX.to_ne_bytes()],
                Errno::ERANGE,
                integer,
                "u32 from 0 to 9",
            ),
            (
                Limit::Uint(5..=u64::MAX),
                &[&5u32.to_ne_bytes(), &u64::MAX.to_ne_bytes()],
                &[&4u32.to_ne_bytes(), &4u64.to_ne_bytes()],
                Errno::ERANGE,
                integer,
                "uint from 5 to 18446744073709551615",
            ),
            (
                Limit::BigEndian(1..=256),
                &[&[0, 1], &[1, 0]],
                &[&[0, 0], &[1, 1]],
                Errno::ERANGE,
                integer,
                "",
            ),
            (
                Limit::Signed(-2..=2),
                &[&(-2i16).to_ne_bytes(), &2i64.to_ne_bytes()],
                &[&(-3i16).to_ne_bytes(), &i16::MAX.to_ne_bytes()],
                Errno::ERANGE,
                integer,
                "s16 from -2 to 2",
            ),
            (
                Limit::Sint(i64::MIN..=-1),
                &[&(-1i32).to_ne_bytes()],
                &[&0i32.to_ne_bytes(), &1i64.to_ne_bytes()],
                Errno::ERANGE,
                integer,
                "sint from -9223372036854775808 to -1",
            ),
            (
                Limit::NulString(2),
                &[b"\0", b"ab\0"],
                &[b"abc\0", b"abc"],
                Errno::EINVAL,
                failed,
                "string of at most 2 bytes",
            ),
            (
                Limit::String(2),
                &[b"", b"ab", b"ab\0"],
                &[b"abc"],
                Errno::ERANGE,
                failed,
                "string of at most 2 bytes",
            ),
            (
                Limit::Binary(2..=2),
                &[&[0; 2]],
                &[&[], &[0; 1], &[0; 3]],
                Errno::ERANGE,
                binary,
                "binary of 2 bytes",
            ),
            (
                Limit::Binary(4..=u16::MAX),
                &[&[0; 4], &[0; 65_531]],
                &[&[0; 3]],
                Errno::ERANGE,
                binary,
                "binary of at least 4 bytes",
            ),
        ];
        for (limit, valid, invalid, errno, message, policy) in cases {
            let violation = |payload| violation_of(Attr::new(1, payload), &limit, 0);
            for payload in valid {
                assert!(violation(payload).is_none(), "{limit:?} {payload:?}");
            }
            for payload in invalid {
                let found = violation(payload).expect("a violation");
                assert_eq!((found.errno, found.message), (errno, message), "{limit:?}");
                let shown = found.policy.map(|policy| policy.to_string());
                assert_eq!(shown.unwrap_or_default(), policy, "{limit:?}");
            }
        }
    }

    #[test]
    fn nests_are_checked_to_the_maximum_depth_of_the_kernel() {
        static DEEP: AttributeSet = AttributeSet::new("deep", &[])
            .with_limits(&[(1, Limit::Nest(&DEEP)), (2, Limit::Unsigned(0..=0))]);
        let nested = |depth| {
            let header = [5u16, 2].map(u16::to_ne_bytes);
            let mut bytes = [header.concat(), vec![1, 0, 0, 0]].concat();
            for _ in 0..depth {
                let header = [(bytes.len() + 4) as u16, 1].map(u16::to_ne_bytes);
                bytes.splice(..0, header.concat());
            }
            violation(Attrs::new(&bytes), &DEEP).map(|found| found.path)
        };
        assert_eq!(nested(0), Some(vec![2]));
        assert_eq!(nested(9), Some([vec![1; 9], vec![2]].concat()));
        assert_eq!(nested(10), None);
        assert_eq!(nested(10_000), None);
    }
}
