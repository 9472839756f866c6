// SPDX-License-Identifier: MIT OR Apache-2.0

//! Model of `__nla_validate_parse()` in `lib/nlattr.c`, which validates the attributes of a request
//! before the family sees them, for strict families.

use super::answer::{Attrs, Extack};
use super::wire::{ATTR_HEADER, NLA_F_NESTED, NLA_TYPE_MASK, align, array_at, u16_at};
use anyhow::Result;
use libc::{EINVAL, ERANGE};
use std::collections::BTreeMap;

/// The policy of an attribute.
#[derive(Clone, Copy)]
pub(super) enum Policy {
    /// A string with a NUL and at most this many bytes before it.
    NulString(u16),
    /// At most this many bytes.
    Binary(usize),
    U32 {
        min: u32,
        max: u32,
    },
}

/// The policies of an operation, by attribute number.
pub(super) type Policies = &'static [(u16, Policy)];

/// The error of a request.
#[derive(Debug)]
pub(super) struct ExtAckError {
    pub(super) errno: i32,
    pub(super) extack: Extack,
}

impl ExtAckError {
    /// Creates an error without an extended ack.
    pub(super) fn bare(errno: i32) -> Self {
        Self {
            errno,
            extack: Extack::default(),
        }
    }

    pub(super) fn with_text(errno: i32, text: &str) -> Self {
        Self {
            errno,
            extack: Extack {
                text: Some(text.to_owned()),
                ..Extack::default()
            },
        }
    }

    /// Creates an error about the attribute at `offset` in the message.
    pub(super) fn bad(errno: i32, text: &str, offset: usize) -> Self {
        let mut ext_ack = Self::with_text(errno, text);
        ext_ack.extack.bad = u32::try_from(offset).ok();
        ext_ack
    }

    /// Creates an error about a missing attribute.
    pub(super) fn missing(text: &str, number: u16) -> Self {
        let mut ext_ack = Self::with_text(EINVAL, text);
        ext_ack.extack.missing = Some(number.into());
        ext_ack
    }

    fn policy_violation(errno: i32, text: &str, offset: usize, policy: Policy) -> Self {
        let mut ext_ack = Self::bad(errno, text, offset);
        ext_ack.extack.policy = Some(policy.as_attrs());
        ext_ack
    }
}

/// An attribute of a request.
#[derive(Clone, Copy)]
pub(super) struct Attr<'a> {
    /// Offset in the message.
    pub(super) offset: usize,
    pub(super) payload: &'a [u8],
}

/// Parses and validates the attributes of a message from `start` on. Of several with one number,
/// the last counts.
pub(super) fn parse(
    message: &[u8],
    start: usize,
    policies: Policies,
) -> Result<BTreeMap<u16, Attr<'_>>, ExtAckError> {
    let mut attrs = BTreeMap::new();
    let mut offset = start;
    while let Some((field, payload)) = attr_at(message, offset) {
        let number = field & NLA_TYPE_MASK;
        // The core checks only the maximum number, but the tables here have an entry for each
        // number up to it.
        let Some((_, policy)) = policies.iter().find(|(known, _)| *known == number) else {
            return Err(ExtAckError::bad(EINVAL, "Unknown attribute type", offset));
        };
        policy.check(field, payload, offset)?;
        attrs.insert(number, Attr { offset, payload });
        offset += align(ATTR_HEADER + payload.len());
    }
    match offset < message.len() {
        true => Err(ExtAckError::with_text(
            EINVAL,
            "bytes leftover after parsing attributes",
        )),
        false => Ok(attrs),
    }
}

/// Returns type field and payload of the attribute at `offset`, if the core finds one there.
fn attr_at(message: &[u8], offset: usize) -> Option<(u16, &[u8])> {
    let len = usize::from(u16_at(message, offset).ok()?);
    let field = u16_at(message, offset + 2).ok()?;
    let payload = message.get(offset + ATTR_HEADER..offset + len)?;
    Some((field, payload))
}

impl Policy {
    fn check(self, field: u16, payload: &[u8], offset: usize) -> Result<(), ExtAckError> {
        const FAILED: &str = "Attribute failed policy validation";

        let policy_violation =
            |errno, text| Err(ExtAckError::policy_violation(errno, text, offset, self));
        if matches!(self, Self::U32 { .. }) && payload.len() != 4 {
            return policy_violation(EINVAL, "invalid attribute length");
        }
        if field & NLA_F_NESTED != 0 {
            return policy_violation(EINVAL, "NLA_F_NESTED not expected");
        }
        match self {
            Self::NulString(max) => {
                let max = usize::from(max);
                let searched = &payload[..payload.len().min(max + 1)];
                if !searched.contains(&0) {
                    return policy_violation(EINVAL, FAILED);
                }
                let text = payload.strip_suffix(b"\0").unwrap_or(payload);
                if text.len() > max {
                    return policy_violation(ERANGE, FAILED);
                }
            }
            Self::Binary(max) if payload.len() > max => {
                return policy_violation(ERANGE, "binary attribute size out of range");
            }
            Self::Binary(_) => {}
            Self::U32 { min, max } => {
                let value = array_at(payload, 0).map_or(0, u32::from_ne_bytes);
                if !(min..=max).contains(&value) {
                    return policy_violation(ERANGE, "integer out of range");
                }
            }
        }
        Ok(())
    }

    /// Returns the attributes that `net/netlink/policy.c` puts into an extended ack, sorted.
    fn as_attrs(self) -> Attrs {
        const TYPE: u16 = 1;
        const MIN_VALUE_U: u16 = 4;
        const MAX_VALUE_U: u16 = 5;
        const MAX_LENGTH: u16 = 7;
        const NL_ATTR_TYPE_U32: u32 = 4;
        const NL_ATTR_TYPE_BINARY: u32 = 10;
        const NL_ATTR_TYPE_NUL_STRING: u32 = 12;

        let u32_attr = |number, value: u32| (number, value.to_ne_bytes().to_vec());
        let u64_attr = |number, value: u32| (number, u64::from(value).to_ne_bytes().to_vec());
        match self {
            Self::NulString(max) => vec![
                u32_attr(TYPE, NL_ATTR_TYPE_NUL_STRING),
                u32_attr(MAX_LENGTH, max.into()),
            ],
            // The core omits the limit of `NLA_POLICY_MAX_LEN()`.
            Self::Binary(_) => vec![u32_attr(TYPE, NL_ATTR_TYPE_BINARY)],
            Self::U32 { min, max } => vec![
                u32_attr(TYPE, NL_ATTR_TYPE_U32),
                u64_attr(MIN_VALUE_U, min),
                u64_attr(MAX_VALUE_U, max),
            ],
        }
    }
}
