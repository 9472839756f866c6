// SPDX-License-Identifier: MIT OR Apache-2.0

//! Generates attribute sets.

use super::definitions::{Constant, Enumeration, INTS, bits, range};
use super::{For, Generator, number};
use crate::names::Scope;
use serde_json::{Map, Value};

/// An attribute, as operations reference it.
#[derive(Clone, Debug)]
pub(super) struct Listed {
    pub(super) name: String,
    /// Whether a message can contain it.
    pub(super) in_use: bool,
    /// Whether it is a nest, whose set a subset can change.
    nest: bool,
}

impl Generator {
    pub(super) fn attribute_sets(&mut self) -> Vec<Value> {
        let mut scope = Scope::default();
        let count = self.random.usize(1..6);
        self.set_names = (0..count).map(|_| self.name(&mut scope)).collect();
        let mut list: Vec<Value> = Vec::new();
        // A subset refers to a set before it.
        let mut whole = Vec::new();
        for index in 0..count {
            let mut set = Map::new();
            set.insert("name".into(), self.set_names[index].clone().into());
            self.document(&mut set);
            let listed = if !whole.is_empty() && self.chance(4) {
                let parent = whole[self.random.usize(..whole.len())];
                self.subset(parent, &mut set)
            } else {
                whole.push(index);
                self.whole_set(&mut set)
            };
            self.sets.push(listed);
            list.push(set.into());
        }
        list
    }

    fn whole_set(&mut self, set: &mut Map<String, Value>) -> Vec<Listed> {
        if self.chance(8) {
            let name = set["name"].as_str().unwrap_or_default().to_owned();
            set.insert("name-prefix".into(), format!("other-{name}-").into());
        }
        if self.is_old() && self.chance(6) {
            let name = set["name"].as_str().unwrap_or_default().to_owned();
            set.insert("enum-name".into(), format!("old-{name}-set").into());
            set.insert("attr-cnt-name".into(), format!("old-{name}-cnt").into());
            set.insert("attr-max-name".into(), format!("old-{name}-max").into());
        }
        let mut scope = Scope::default();
        let count = match self.random.u32(..6) {
            0 => self.random.usize(..2),
            _ => self.random.usize(2..14),
        };
        let mut next = 1;
        let (mut attributes, mut listed) = (Vec::new(), Vec::new());
        for _ in 0..count {
            let mut attribute = Map::new();
            let name = self.name(&mut scope);
            attribute.insert("name".into(), name.clone().into());
            self.document(&mut attribute);
            if self.chance(12) {
                next += self.pick(&[1, 1, 2, 10, 300]);
                attribute.insert("value".into(), next.into());
            }
            next += 1;
            self.kind(&mut attribute);
            let kind = attribute["type"].as_str().unwrap_or_default();
            listed.push(Listed {
                name,
                in_use: kind != "unused",
                nest: attribute.contains_key("nested-attributes"),
            });
            attributes.push(attribute.into());
        }
        set.insert("attributes".into(), Value::Array(attributes));
        listed
    }

    fn subset(&mut self, parent: usize, set: &mut Map<String, Value>) -> Vec<Listed> {
        set.insert("subset-of".into(), self.set_names[parent].clone().into());
        let (mut attributes, mut listed) = (Vec::new(), Vec::new());
        for whole in self.sets[parent].clone() {
            if self.random.bool() {
                continue;
            }
            let mut attribute = Map::new();
            attribute.insert("name".into(), whole.name.clone().into());
            if self.chance(3) {
                self.document(&mut attribute);
            }
            if whole.nest && self.chance(4) {
                attribute.insert("nested-attributes".into(), self.any_set());
            }
            attributes.push(attribute.into());
            listed.push(whole);
        }
        set.insert("attributes".into(), Value::Array(attributes));
        listed
    }

    fn any_set(&mut self) -> Value {
        let set = self.random.usize(..self.set_names.len());
        self.set_names[set].clone().into()
    }

    /// Adds the keys of the type.
    fn kind(&mut self, attribute: &mut Map<String, Value>) {
        // The kernel side rejects some types, and then the whole spec.
        let rare = match self.side {
            For::User => true,
            For::Kernel => self.chance(20),
        };
        let kind = match self.random.u32(..36) {
            0 => "unused",
            1 => "pad",
            2..4 => "flag",
            4..8 => {
                self.binary(attribute);
                "binary"
            }
            8..12 => {
                self.text(attribute);
                "string"
            }
            12..18 => {
                attribute.insert("nested-attributes".into(), self.any_set());
                "nest"
            }
            18..20 => {
                self.array(attribute, rare);
                "indexed-array"
            }
            20 if rare => {
                attribute.insert("nested-attributes".into(), self.any_set());
                self.levels(attribute);
                "nest-type-value"
            }
            21 if self.is_legacy() => {
                if let Some(one) = self.enumeration_for("u32", true) {
                    attribute.insert("enum".into(), one.name.into());
                }
                "bitfield32"
            }
            _ => {
                let kind = self.int(attribute, rare);
                if self.is_old() && self.chance(12) {
                    self.levels(attribute);
                }
                kind
            }
        };
        attribute.insert("type".into(), kind.into());
        if !matches!(kind, "unused" | "pad" | "flag") && self.chance(7) {
            let is_list = attribute.contains_key("sub-type");
            // `multi-attr` of arrays, and of numbers in another byte order, is rejected.
            let is_rejected = is_list || attribute.contains_key("byte-order");
            if !is_rejected || self.chance(20) {
                attribute.insert("multi-attr".into(), true.into());
            }
        }
    }

    fn levels(&mut self, attribute: &mut Map<String, Value>) {
        let mut scope = Scope::default();
        let count = self.random.usize(1..4);
        let levels: Vec<_> = (0..count).map(|_| self.name(&mut scope)).collect();
        attribute.insert("type-value".into(), levels.into());
    }

    fn binary(&mut self, attribute: &mut Map<String, Value>) {
        match self.random.u32(..6) {
            0 => {
                let kind = loop {
                    let (kind, ..) = self.pick(&INTS);
                    if !matches!(kind, "uint" | "sint") {
                        break kind;
                    }
                };
                attribute.insert("sub-type".into(), kind.into());
                if self.chance(5) {
                    attribute.insert("display-hint".into(), "hex".into());
                }
                if self.chance(5)
                    && let Some(one) = self.enumeration_for(kind, false)
                {
                    attribute.insert("enum".into(), one.name.into());
                }
            }
            1 if !self.structs.is_empty() => {
                let one = self.random.usize(..self.structs.len());
                attribute.insert("struct".into(), self.structs[one].clone().into());
            }
            2 | 3 => {
                let (hint, len) = self.pick(&[
                    ("hex", 8),
                    ("mac", 6),
                    ("fddi", 8),
                    ("ipv4", 4),
                    ("ipv6", 16),
                    ("ipv4-or-v6", 16),
                    ("uuid", 16),
                ]);
                attribute.insert("display-hint".into(), hint.into());
                if self.random.bool() {
                    let key = if hint == "ipv4-or-v6" {
                        "max-len"
                    } else {
                        "exact-len"
                    };
                    let checks = Map::from_iter([(key.to_owned(), Value::from(len))]);
                    attribute.insert("checks".into(), checks.into());
                }
                return;
            }
            _ => {}
        }
        self.lengths(attribute);
    }

    fn lengths(&mut self, attribute: &mut Map<String, Value>) {
        let mut checks = Map::new();
        let max = i16::MAX.into();
        match self.random.u32(..6) {
            0 => {
                checks.insert("exact-len".into(), self.limit(0, max));
            }
            1 => {
                checks.insert("min-len".into(), self.limit(0, max));
            }
            2 => {
                checks.insert("max-len".into(), self.limit(0, max));
            }
            3 => {
                let min = self.any_number(0, max);
                checks.insert("min-len".into(), number(min));
                checks.insert("max-len".into(), number(self.any_number(min, max)));
            }
            _ => {}
        }
        add_checks(attribute, checks);
    }

    fn text(&mut self, attribute: &mut Map<String, Value>) {
        let mut checks = Map::new();
        match self.random.u32(..5) {
            0 | 1 => {
                checks.insert("max-len".into(), self.limit(1, 65531));
            }
            2 => {
                checks.insert("exact-len".into(), self.limit(0, i16::MAX.into()));
            }
            _ => {}
        }
        if self.is_old() && self.chance(4) {
            checks.insert("unterminated-ok".into(), true.into());
        }
        add_checks(attribute, checks);
    }

    fn array(&mut self, attribute: &mut Map<String, Value>, rare: bool) {
        let sub_type = match self.random.u32(..5) {
            1 if rare => {
                self.lengths(attribute);
                "binary"
            }
            2 if rare => "string",
            3 | 4 if rare => {
                let kind = self.int(attribute, rare);
                if !self.chance(20) {
                    attribute.remove("byte-order");
                    attribute.remove("display-hint");
                }
                kind
            }
            _ => {
                attribute.insert("nested-attributes".into(), self.any_set());
                "nest"
            }
        };
        attribute.insert("sub-type".into(), sub_type.into());
    }

    /// Adds the keys of a number. Returns its type.
    fn int(&mut self, attribute: &mut Map<String, Value>, rare: bool) -> &'static str {
        let (mut kind, ..) = self.pick(&INTS);
        let mut ordered = false;
        if self.chance(4) && !matches!(kind, "uint" | "sint") {
            if !rare && kind.starts_with('s') {
                kind = self.pick(&["u16", "u32"]);
            }
            let order = match self.chance(3) {
                true => "little-endian",
                false => "big-endian",
            };
            attribute.insert("byte-order".into(), order.into());
            ordered = true;
            if order == "big-endian" && kind == "u32" && self.chance(3) {
                attribute.insert("display-hint".into(), "ipv4".into());
                return kind;
            }
        }
        let swapped = ordered
            && !(attribute["byte-order"] == "big-endian" && matches!(kind, "u16" | "u32"))
            && !matches!(kind, "u8" | "s8");
        let mut checks = Map::new();
        match self.random.u32(..8) {
            0..3 => {
                let as_flags = !kind.starts_with('s') && self.chance(4);
                let found = match ordered {
                    true => self.enumeration_for(kind, as_flags),
                    false => self.any_enumeration(),
                };
                if let Some(one) = found {
                    if !ordered {
                        kind = one.carrier;
                    }
                    let fit = one
                        .values
                        .iter()
                        .all(|v| (0..i64::from(bits(kind))).contains(v));
                    if as_flags && fit && !one.flags {
                        attribute.insert("enum-as-flags".into(), true.into());
                    } else if !one.flags && self.chance(4) && !swapped {
                        let (low, high) = (one.values.iter().min(), one.values.iter().max());
                        let low = i128::from(*low.unwrap_or(&0));
                        let high = i128::from(*high.unwrap_or(&0));
                        self.limits(&mut checks, low, high);
                    }
                    attribute.insert("enum".into(), one.name.into());
                }
            }
            3..6 if !swapped => {
                let (low, high) = range(kind);
                self.limits(&mut checks, low, high);
            }
            6 if !swapped && !kind.starts_with('s') => {
                if let Some(one) = self.enumeration_for(kind, true).filter(|one| one.flags) {
                    checks.insert("flags-mask".into(), one.name.into());
                }
            }
            _ => {}
        }
        add_checks(attribute, checks);
        kind
    }

    fn limits(&mut self, checks: &mut Map<String, Value>, low: i128, high: i128) {
        match self.random.u32(..4) {
            0 => {
                checks.insert("min".into(), self.limit(low, high));
            }
            1 => {
                checks.insert("max".into(), self.limit(low, high));
            }
            _ => {
                let min = self.any_number(low, high);
                checks.insert("min".into(), number(min));
                checks.insert("max".into(), self.limit(min, high));
            }
        }
    }

    /// Returns a limit in a range: a number, a constant, or a constant minus one.
    fn limit(&mut self, low: i128, high: i128) -> Value {
        if self.chance(3) {
            let fitting = |constant: &&Constant| (low + 1..=high).contains(&constant.value);
            let names: Vec<_> = self.constants.iter().filter(fitting).cloned().collect();
            if !names.is_empty() {
                let name = names[self.random.usize(..names.len())].name.clone();
                return match self.chance(3) {
                    true => format!("{name} - 1").into(),
                    false => name.into(),
                };
            }
        }
        if self.chance(8) {
            let (kind, min, max) = self.pick(&INTS);
            if !matches!(kind, "uint" | "sint") {
                for (end, value) in [("min", min), ("max", max)] {
                    if (low..=high).contains(&value) {
                        return format!("{kind}-{end}").into();
                    }
                }
            }
        }
        number(self.any_number(low, high))
    }

    fn any_enumeration(&mut self) -> Option<Enumeration> {
        let all = self.enumerations.clone();
        (!all.is_empty()).then(|| all[self.random.usize(..all.len())].clone())
    }

    /// Returns an enum of this type; for flags, one that can be used as flags.
    fn enumeration_for(&mut self, kind: &str, flags: bool) -> Option<Enumeration> {
        let fits = |one: &&Enumeration| {
            let in_bits = |value: &i64| (0..i64::from(bits(kind))).contains(value);
            one.carrier == kind && (!flags || one.values.iter().all(in_bits))
        };
        let all: Vec<_> = self.enumerations.iter().filter(fits).cloned().collect();
        (!all.is_empty()).then(|| all[self.random.usize(..all.len())].clone())
    }
}

fn add_checks(attribute: &mut Map<String, Value>, checks: Map<String, Value>) {
    if !checks.is_empty() {
        attribute.insert("checks".into(), checks.into());
    }
}
