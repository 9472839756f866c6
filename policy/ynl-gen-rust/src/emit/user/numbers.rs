// SPDX-License-Identifier: MIT OR Apache-2.0

//! Numbers: their types, and where they are carried.

use super::Side;
use crate::model::{
    Attribute, Content, EnumId, Family, Int, IntKind, Item, Kind, Meaning, MemberKind,
};

/// All numbers that attributes and members of structs carry; and whether as one of several.
pub(super) fn carried(family: &Family) -> impl Iterator<Item = (&Int, bool)> {
    let attributes = family.sets.iter().flat_map(|set| &set.attributes);
    let members = family.structs.iter().flat_map(|one| &one.members);
    let in_attributes = attributes.filter_map(|one| Some((of_attribute(one)?, is_item(one))));
    let in_members = members.filter_map(|one| match &one.kind {
        MemberKind::Int(int) => Some((int, false)),
        _ => None,
    });
    in_attributes.chain(in_members)
}

/// The flags in bitfields.
pub(super) fn bitfields(family: &Family) -> impl Iterator<Item = EnumId> {
    let attributes = family.sets.iter().flat_map(|set| &set.attributes);
    attributes.filter_map(|attribute| match attribute.kind {
        Kind::Bitfield32(bits) => bits,
        _ => None,
    })
}

/// The number that an attribute carries.
fn of_attribute(attribute: &Attribute) -> Option<&Int> {
    match &attribute.kind {
        Kind::Int(int) => Some(int),
        Kind::Binary(binary) => match &binary.content {
            Content::Numbers(int) => Some(int),
            _ => None,
        },
        Kind::Array(Item::Int(int))
        | Kind::TypeValue {
            item: Item::Int(int),
            ..
        } => Some(int),
        _ => None,
    }
}

/// Whether a message can carry several.
fn is_item(attribute: &Attribute) -> bool {
    attribute.multi || !matches!(attribute.kind, Kind::Int(_))
}

impl Side<'_> {
    /// The widest number in which values of an enum, or sets of its flags, are carried.
    pub(super) fn carrier(&self, meaning: Meaning) -> IntKind {
        let (Meaning::Enum(id) | Meaning::Flags(id)) = meaning else {
            return IntKind::U32;
        };
        let in_numbers = carried(self.family)
            .filter(|(int, _)| int.meaning == meaning)
            .map(|(int, _)| int.kind);
        let in_bitfields = bitfields(self.family)
            .filter(|&bits| meaning == Meaning::Flags(bits))
            .map(|_| IntKind::U32);
        let carriers = in_numbers.chain(in_bitfields);
        let widest = carriers.max_by_key(|kind| kind.bytes());
        widest.unwrap_or_else(|| self.smallest(id, matches!(meaning, Meaning::Flags(_))))
    }

    /// The number for an enum that nothing carries.
    fn smallest(&self, id: EnumId, as_flags: bool) -> IntKind {
        let enumeration = self.family.enumeration(id);
        let mut values = enumeration.entries.iter();
        let fits = |kind: IntKind| {
            let (low, high) = kind.range();
            values.all(|entry| (low..=high).contains(&enumeration.value_of(entry, as_flags)))
        };
        let candidates = [IntKind::U32, IntKind::S32, IntKind::U64];
        let mut fits = fits;
        candidates
            .into_iter()
            .find(|&kind| fits(kind))
            .unwrap_or(IntKind::S64)
    }

    /// How a number becomes the carrier of what it stands for; `None` if it does not.
    pub(super) fn widening(&self, int: &Int) -> Option<Widening> {
        let carrier = self.carrier(int.meaning);
        match int.meaning {
            Meaning::Number => Some(Widening::Same),
            _ if carrier.rust() == int.kind.rust() => Some(Widening::Same),
            _ if carrier.is_signed() == int.kind.is_signed() => Some(Widening::To(carrier)),
            _ => None,
        }
    }

    /// Whether values of an enum, or sets of its flags, are among the many that a message carries.
    pub(super) fn is_item(&self, meaning: Meaning) -> bool {
        carried(self.family).any(|(int, item)| item && int.meaning == meaning)
    }
}

/// How a number becomes the carrier of what it stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Widening {
    /// It is one.
    Same,
    /// It is narrower.
    To(IntKind),
}
