// SPDX-License-Identifier: MIT OR Apache-2.0

//! The kernel's policies, as `ynl_gen_c.py` would write them.

use super::types::*;
use std::collections::BTreeSet;

/// The type of a policy, `NLA_…` in C.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "named as in C")]
pub enum NlaType {
    Flag,
    Int(IntKind),
    Be16,
    Be32,
    NulString,
    String,
    Binary,
    Bitfield32,
    Nested,
    NestedArray,
}

/// The check of a policy in addition to the type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "named as the macros in C")]
pub enum Check {
    None,
    Min(Limit),
    Max(Limit),
    Range(Limit, Limit),
    /// A range that does not fit in 16 bits, in its own struct.
    FullRange(Option<Limit>, Option<Limit>),
    Mask(EnumId),
    /// The values of an enum with gaps.
    OneOf(EnumId),
    Len(Limit),
    ExactLen(Limit),
    MinLen(Limit),
    MaxLen(Limit),
    LenRange(Limit, Limit),
    Nested(SetId),
}

/// The policy of one attribute.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it")]
pub struct PolicyEntry {
    pub number: u16,
    pub kind: NlaType,
    pub check: Check,
}

impl PolicyEntry {
    /// Returns the policy of an attribute, or `None` if no message can contain it, or the kernel has
    /// no policy for its type.
    pub fn of(family: &Family, attribute: &Attribute) -> Option<Self> {
        let (kind, check) = match &attribute.kind {
            Kind::Flag => (NlaType::Flag, Check::None),
            Kind::Int(int) => (int_type(int), int_check(family, int)),
            Kind::Text(text) => text_policy(text),
            Kind::Binary(binary) => (NlaType::Binary, length_check(&binary.len)),
            Kind::Bitfield32(Some(flags)) => (NlaType::Bitfield32, Check::Mask(*flags)),
            Kind::Nest(set) => (NlaType::Nested, Check::Nested(*set)),
            Kind::Array(item) => match **item {
                Kind::Nest(set) => (NlaType::NestedArray, Check::Nested(set)),
                _ => return None,
            },
            Kind::Unused | Kind::Pad | Kind::Bitfield32(None) | Kind::TypeValue { .. } => {
                return None;
            }
        };
        Some(Self {
            number: attribute.number,
            kind,
            check,
        })
    }
}

fn int_type(int: &Int) -> NlaType {
    match (int.order, int.kind) {
        (Some(ByteOrder::BigEndian), IntKind::U16) => NlaType::Be16,
        (Some(ByteOrder::BigEndian), IntKind::U32) => NlaType::Be32,
        (_, kind) => NlaType::Int(kind),
    }
}

/// Returns the limits that the kernel checks: the limits in the spec, or otherwise the range of an
/// enum without gaps.
fn limits(family: &Family, int: &Int) -> (Option<Limit>, Option<Limit>) {
    let (Meaning::Enum(id) | Meaning::Flags(id)) = int.meaning else {
        return (int.min, int.max);
    };
    let enumeration = family.enumeration(id);
    if enumeration.is_sparse() {
        return (int.min, int.max);
    }
    let (low, high) = enumeration.range();
    let limit = |value: i64| Limit {
        value: value.into(),
        name: None,
    };
    let low = (low != 0 || int.kind.is_signed()).then(|| limit(low));
    (int.min.or(low), int.max.or(Some(limit(high))))
}

/// Returns the check of a number.
pub(super) fn int_check(family: &Family, int: &Int) -> Check {
    if let Meaning::Flags(id) = int.meaning {
        return Check::Mask(id);
    }
    if let Some(id) = int.flags_mask {
        return Check::Mask(id);
    }
    let (min, max) = limits(family, int);
    let small = |limit: Limit| i16::try_from(limit.value).is_ok();
    match (min, max, int.meaning) {
        (None, None, Meaning::Enum(id)) => Check::OneOf(id),
        (None, None, _) => Check::None,
        (Some(min), Some(max), _) if small(min) && small(max) => Check::Range(min, max),
        (Some(min), None, _) if small(min) => Check::Min(min),
        (None, Some(max), _) if small(max) => Check::Max(max),
        (min, max, _) => Check::FullRange(min, max),
    }
}

fn text_policy(text: &Text) -> (NlaType, Check) {
    let kind = match text.unterminated_ok {
        true => NlaType::String,
        false => NlaType::NulString,
    };
    match (text.exact_len, text.max_len) {
        // As the macro in C.
        (Some(exact), _) => (NlaType::Binary, Check::ExactLen(exact)),
        (None, Some(max)) => (kind, Check::Len(max)),
        (None, None) => (kind, Check::None),
    }
}

fn length_check(len: &Length) -> Check {
    match *len {
        Length::Any => Check::None,
        Length::Exact(exact) => Check::ExactLen(exact),
        Length::Min(min) => Check::MinLen(min),
        Length::Max(max) => Check::MaxLen(max),
        Length::Range(min, max) => Check::LenRange(min, max),
    }
}

/// The sets that are nested in messages, at any depth, by direction.
#[derive(Debug, Default)]
pub struct Reach {
    /// In requests.
    pub requests: BTreeSet<SetId>,
    /// In replies, notifications and events.
    pub replies: BTreeSet<SetId>,
}

/// Finds the sets that are nested in messages.
pub fn reach(family: &Family) -> Reach {
    let mut reach = Reach::default();
    for operation in &family.operations {
        let visit = |message: &Option<Message>, into: &mut BTreeSet<SetId>| {
            into.extend(message.iter().flat_map(|one| nests(family, operation, one)));
        };
        match &operation.role {
            Role::Call { doit, dumpit } => {
                for exchange in doit.iter().chain(dumpit) {
                    visit(&exchange.request, &mut reach.requests);
                    visit(&exchange.reply, &mut reach.replies);
                }
            }
            Role::Event { message, .. } => visit(&Some(message.clone()), &mut reach.replies),
            Role::Notify { .. } | Role::Reserved => {}
        }
    }
    reach
}

/// Returns the sets that are nested in a message, at any depth.
pub fn nests(family: &Family, operation: &Operation, message: &Message) -> BTreeSet<SetId> {
    let mut nests = BTreeSet::new();
    for attribute in family.attributes(operation, message) {
        follow(family, attribute, &mut nests);
    }
    nests
}

fn follow(family: &Family, attribute: &Attribute, into: &mut BTreeSet<SetId>) {
    let Some(set) = attribute.nested_set() else {
        return;
    };
    if into.insert(set) {
        for attribute in &family.set(set).attributes {
            follow(family, attribute, into);
        }
    }
}
