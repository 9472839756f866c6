// SPDX-License-Identifier: MIT OR Apache-2.0

//! The types of the numbers that contain the values of enums and flags.

use super::types::*;
use std::collections::{HashMap, HashSet};

/// The numbers that contain the values of enums and the sets of flags.
#[derive(Debug)]
pub struct Carriers<'a> {
    family: &'a Family,
    /// The widest number of each.
    widest: HashMap<Meaning, IntKind>,
    /// Meanings of attributes that may occur several times.
    items: HashSet<Meaning>,
    /// Meanings in the tables of sets.
    named: HashSet<Meaning>,
}

impl<'a> Carriers<'a> {
    /// Finds the numbers in the attributes and structs of a family.
    pub fn of(family: &'a Family) -> Self {
        let mut me = Self {
            family,
            widest: HashMap::new(),
            items: HashSet::new(),
            named: HashSet::new(),
        };
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

    /// Returns the family.
    pub fn family(&self) -> &'a Family {
        self.family
    }

    fn attribute(&mut self, attribute: &Attribute, is_in_table: bool) {
        let named = match (&attribute.kind, attribute.kind.number()) {
            (Kind::Bitfield32(Some(id)), _) => {
                let flags = Meaning::Flags(*id);
                self.number(flags, IntKind::U32);
                Some(flags)
            }
            (_, Some(int)) => {
                self.number(int.meaning, int.kind);
                if attribute.has_several_numbers() {
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

    /// Returns whether an attribute or a member has this meaning.
    pub fn has(&self, meaning: Meaning) -> bool {
        self.widest.contains_key(&meaning)
    }

    /// Returns the widest number that contains values of an enum, or its flags.
    pub fn carrier(&self, meaning: Meaning) -> IntKind {
        let (Meaning::Enum(id) | Meaning::Flags(id)) = meaning else {
            return IntKind::U32;
        };
        let widest = self.widest.get(&meaning).copied();
        widest.unwrap_or_else(|| self.smallest(id, matches!(meaning, Meaning::Flags(_))))
    }

    /// Returns the number of an enum without attributes.
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

    /// Returns the conversion of a number to the widest number of its meaning, if there is one.
    pub fn widening(&self, int: &Int) -> Option<Widening> {
        let carrier = self.carrier(int.meaning);
        match int.meaning {
            Meaning::Number => Some(Widening::Same),
            _ if carrier.rust() == int.kind.rust() => Some(Widening::Same),
            _ if carrier.is_signed() == int.kind.is_signed() => Some(Widening::To(carrier)),
            _ => None,
        }
    }

    /// Returns whether values of an enum, or its flags, are in an attribute that may occur several
    /// times.
    pub fn is_item(&self, meaning: Meaning) -> bool {
        self.items.contains(&meaning)
    }

    /// Returns whether the table of a set names the values of an enum, or its flags.
    pub fn is_in_tables(&self, meaning: Meaning) -> bool {
        self.named.contains(&meaning)
    }
}

/// The conversion of a number to the widest number of its meaning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Widening {
    /// None needed.
    Same,
    /// From a narrower number.
    To(IntKind),
}
