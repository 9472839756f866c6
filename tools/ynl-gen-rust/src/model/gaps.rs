// SPDX-License-Identifier: MIT OR Apache-2.0

//! The capability table: every feature of attributes that a side does not support.
//!
//! All outputs support all other features. A new attribute type needs a row here for each side that
//! lacks it, and a case in `tests/rejected` for each row.

use super::numbers::{Carriers, Widening};
use super::policy::{Check, int_check};
use super::types::*;
use Usage::{KernelReply, KernelRequest, User};

/// A use of an attribute in generated Rust.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Usage {
    /// The kernel checks and reads it in a request.
    KernelRequest,
    /// The kernel writes it into a reply, a dump item, a notification or an event.
    KernelReply,
    /// A program reads and writes it.
    User,
}

impl Usage {
    /// Returns the side in error messages.
    pub fn side(self) -> &'static str {
        match self {
            KernelRequest | KernelReply => "kernel",
            User => "user",
        }
    }
}

/// A feature that is not supported in some uses.
#[derive(Debug)]
pub struct Gap {
    /// Uses without support.
    pub uses: &'static [Usage],
    /// Feature, as in error messages.
    pub feature: &'static str,
    /// Supported alternative.
    pub expected: &'static str,
    applies: fn(&Carriers<'_>, &Attribute) -> bool,
}

const NO_POLICY: &str = "a type that the kernel has a policy for";
const NO_GETTER: &str = "a type that can be read";
const NO_SETTER: &str = "a type that can be written";

/// The table. The first row that applies is reported.
pub const GAPS: [Gap; 15] = [
    Gap {
        uses: &[KernelRequest],
        feature: "`bitfield32` without `enum` in a request",
        expected: NO_POLICY,
        applies: |_, one| matches!(one.kind, Kind::Bitfield32(None)),
    },
    Gap {
        uses: &[KernelRequest],
        feature: "an `indexed-array` of anything but nests in a request",
        expected: NO_POLICY,
        applies: |_, one| matches!(&one.kind, Kind::Array(item) if !is_nest(item)),
    },
    Gap {
        uses: &[KernelRequest],
        feature: "`type-value` in a request",
        expected: NO_POLICY,
        applies: |_, one| matches!(one.kind, Kind::TypeValue { .. }),
    },
    Gap {
        uses: &[KernelRequest],
        feature: "an enum or flags in another byte order, except big-endian `u16` and `u32`, in a request",
        expected: NO_POLICY,
        applies: |all, one| {
            policy_check(all, one).is_some_and(|(int, _)| int.is_swapped_for_policies())
        },
    },
    // The kernel would call the function before swapping the bytes.
    Gap {
        uses: &[KernelRequest],
        feature: "an enum with gaps in another byte order in a request",
        expected: NO_POLICY,
        applies: |all, one| {
            policy_check(all, one)
                .is_some_and(|(int, check)| matches!(check, Check::OneOf(_)) && int.is_swapped())
        },
    },
    Gap {
        uses: &[KernelRequest],
        feature: "a signed number in another byte order in a request",
        expected: NO_GETTER,
        applies: |_, one| is_swapped_signed(&one.kind),
    },
    Gap {
        uses: &[KernelRequest],
        feature: "a `multi-attr` of `binary` with `sub-type` in a request",
        expected: NO_GETTER,
        applies: |_, one| {
            let numbers = match &one.kind {
                Kind::Binary(binary) => binary.native_numbers(),
                _ => None,
            };
            one.multi && numbers.is_some()
        },
    },
    Gap {
        uses: &[KernelRequest],
        feature: "a `multi-attr` of `indexed-array` in a request",
        expected: NO_GETTER,
        applies: |_, one| one.multi && matches!(one.kind, Kind::Array(_)),
    },
    Gap {
        uses: &[KernelReply],
        feature: "`type-value` with several levels of numbers, or of anything but plain numbers and nests",
        expected: "one level of numbers, or nests",
        applies: |_, one| match &one.kind {
            Kind::TypeValue { levels, item } => match item.int() {
                Some(int) => levels.len() > 1 || int.meaning != Meaning::Number || int.is_swapped(),
                None => !is_nest(item),
            },
            _ => false,
        },
    },
    Gap {
        uses: &[KernelReply],
        feature: "a signed number in another byte order",
        expected: NO_SETTER,
        applies: |_, one| is_swapped_signed(one.kind.item().unwrap_or(&one.kind)),
    },
    Gap {
        uses: &[User],
        feature: "an enum in numbers of different types",
        expected: "the type of the other attributes and members with this enum",
        applies: |all, one| match one.kind.number() {
            Some(int) if !is_ipv4(one) => match all.widening(int) {
                None => true,
                Some(Widening::To(_)) => one.has_several_numbers(),
                Some(Widening::Same) => false,
            },
            _ => false,
        },
    },
    Gap {
        uses: &[User],
        feature: "an array or a `multi-attr` of numbers in another byte order",
        expected: "numbers in host byte order",
        applies: |_, one| {
            let number = one.kind.number().filter(|_| !is_ipv4(one));
            one.has_several_numbers() && number.is_some_and(Int::is_swapped)
        },
    },
    Gap {
        uses: &[User],
        feature: "a flag beyond bit 31",
        expected: "flags up to bit 31",
        applies: |all, one| match one.kind {
            Kind::Bitfield32(Some(id)) => all.carrier(Meaning::Flags(id)) != IntKind::U32,
            _ => false,
        },
    },
    Gap {
        uses: &[User],
        feature: "a `multi-attr` of `indexed-array` or of `binary` with `sub-type`",
        expected: "no `multi-attr`",
        applies: |_, one| match &one.kind {
            Kind::Array(_) => one.multi,
            Kind::Binary(binary) => one.multi && binary.numbers().is_some(),
            _ => false,
        },
    },
    Gap {
        uses: &[User],
        feature: "a `multi-attr` of `bitfield32` with `enum`",
        expected: "no `multi-attr`",
        applies: |_, one| one.multi && matches!(one.kind, Kind::Bitfield32(Some(_))),
    },
];

impl Gap {
    /// Returns the first gap that applies to a use of an attribute.
    pub fn find(
        carriers: &Carriers<'_>,
        attribute: &Attribute,
        used: Usage,
    ) -> Option<&'static Self> {
        let mut gaps = GAPS.iter().filter(|gap| gap.uses.contains(&used));
        gaps.find(|gap| (gap.applies)(carriers, attribute))
    }
}

fn is_nest(kind: &Kind) -> bool {
    matches!(kind, Kind::Nest(_))
}

/// Returns whether the user side represents the number as an IPv4 address.
fn is_ipv4(attribute: &Attribute) -> bool {
    matches!(&attribute.kind, Kind::Int(int) if int.is_ipv4(attribute.hint))
}

fn is_swapped_signed(kind: &Kind) -> bool {
    matches!(kind, Kind::Int(int) if int.kind.is_signed() && int.is_swapped())
}

/// Returns a number and its check in a policy, if it has one.
fn policy_check<'a>(carriers: &Carriers<'_>, attribute: &'a Attribute) -> Option<(&'a Int, Check)> {
    let Kind::Int(int) = &attribute.kind else {
        return None;
    };
    let check = int_check(carriers.family(), int);
    (check != Check::None).then_some((int, check))
}
