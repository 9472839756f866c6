// SPDX-License-Identifier: MIT OR Apache-2.0

//! Numbers: their types, and where they are carried.

use super::Side;
use crate::model::{
    Attribute, Content, EnumId, Family, Int, IntKind, Item, Kind, Meaning, MemberKind,
};
use std::collections::{HashMap, HashSet};

/// How a family carries the values of its enums, and sets of its flags.
#[derive(Debug, Default)]
pub(super) struct Carried {
    /// The widest number for each.
    widest: HashMap<Meaning, IntKind>,
    /// Those that are among the many that a message carries.
    items: HashSet<Meaning>,
    /// Those that the tables of sets name.
    named: HashSet<Meaning>,
}

impl Carried {
    pub(super) fn of(family: &Family) -> Self {
        let mut me = Self::default();
        for set in &family.sets {
            for attribute in &set.attributes {
                me.attribute(attribute, set.subset_of.is_none());
            }
        }
        for member in family.structs.iter().flat_map(|one| &one.members) {
            if let MemberKind::Int(int) = &member.kind {
                me.number(int.meaning, int.kind);
            }
        }
        me
    }

    fn attribute(&mut self, attribute: &Attribute, is_in_table: bool) {
        let named = match (&attribute.kind, of_attribute(attribute)) {
            (Kind::Bitfield32(Some(id)), _) => {
                let flags = Meaning::Flags(*id);
                self.number(flags, IntKind::U32);
                Some(flags)
            }
            (_, Some(int)) => {
                self.number(int.meaning, int.kind);
                if is_item(attribute) {
                    self.items.insert(int.meaning);
                }
                int.order.is_none().then_some(int.meaning)
            }
            _ => None,
        };
        self.named.extend(named.filter(|_| is_in_table));
    }

    fn number(&mut self, meaning: Meaning, kind: IntKind) {
        let widest = self.widest.entry(meaning).or_insert(kind);
        if kind.bytes() >= widest.bytes() {
            *widest = kind;
        }
    }

    /// Whether anything has this meaning.
    pub(super) fn has(&self, meaning: Meaning) -> bool {
        self.widest.contains_key(&meaning)
    }
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
        let widest = self.carried.widest.get(&meaning).copied();
        widest.unwrap_or_else(|| self.smallest(id, matches!(meaning, Meaning::Flags(_))))
    }

    /// The number for an enum that nothing carries.
    fn smallest(&self, id: EnumId, as_flags: bool) -> IntKind {
        let enumeration = self.family.enumeration(id);
        let fits = |kind: &IntKind| {
            let (low, high) = kind.range();
            let values = enumeration.entries.iter();
            let mut values = values.map(|entry| enumeration.value_of(entry, as_flags));
            values.all(|value| (low..=high).contains(&value))
        };
        let candidates = [IntKind::U32, IntKind::S32, IntKind::U64];
        candidates.into_iter().find(fits).unwrap_or(IntKind::S64)
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
        self.carried.items.contains(&meaning)
    }

    /// Whether the table of a set names the values of an enum, or its flags.
    pub(super) fn is_in_tables(&self, meaning: Meaning) -> bool {
        self.carried.named.contains(&meaning)
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
