// SPDX-License-Identifier: MIT OR Apache-2.0

//! Generates constants, enums, flags and structs.

use super::{For, Generator, number};
use crate::docs;
use crate::names::Scope;
use serde_json::{Map, Value, json};
use std::collections::HashSet;

/// A numeric constant.
#[derive(Clone, Debug)]
pub(super) struct Constant {
    pub(super) name: String,
    pub(super) value: i128,
}

/// An enum or flags for attributes.
#[derive(Clone, Debug)]
pub(super) struct Enumeration {
    pub(super) name: String,
    pub(super) flags: bool,
    pub(super) values: Vec<i64>,
    /// Type of its attributes.
    pub(super) carrier: &'static str,
}

/// Types of numbers, with their minimum and maximum.
pub(super) const INTS: [(&str, i128, i128); 10] = [
    ("u8", 0, u8::MAX as i128),
    ("u16", 0, u16::MAX as i128),
    ("u32", 0, u32::MAX as i128),
    ("u64", 0, u64::MAX as i128),
    ("uint", 0, u64::MAX as i128),
    ("s8", i8::MIN as i128, i8::MAX as i128),
    ("s16", i16::MIN as i128, i16::MAX as i128),
    ("s32", i32::MIN as i128, i32::MAX as i128),
    ("s64", i64::MIN as i128, i64::MAX as i128),
    ("sint", i64::MIN as i128, i64::MAX as i128),
];

/// Returns the minimum and the maximum of a type.
pub(super) fn range(kind: &str) -> (i128, i128) {
    let found = INTS.iter().find(|(name, ..)| *name == kind);
    found.map_or((0, 0), |&(_, low, high)| (low, high))
}

/// Returns the width of a type in bits.
pub(super) fn bits(kind: &str) -> u32 {
    (128 - range(kind).1.leading_zeros()) + u32::from(range(kind).0 < 0)
}

impl Generator {
    pub(super) fn definitions(&mut self) -> Vec<Value> {
        let mut scope = Scope::default();
        let count = self.random.usize(..8);
        let mut list = Vec::new();
        for _ in 0..count {
            let name = self.name(&mut scope);
            let mut definition = Map::new();
            definition.insert("name".into(), name.clone().into());
            self.document(&mut definition);
            match self.random.u32(..10) {
                0..3 => self.constant(name, &mut definition),
                3..6 => self.enumeration(name, false, &mut definition),
                6..9 => self.enumeration(name, true, &mut definition),
                _ if self.is_legacy() => self.structure(name, &mut definition),
                _ => self.constant(name, &mut definition),
            }
            list.push(definition.into());
        }
        list
    }

    fn constant(&mut self, name: String, definition: &mut Map<String, Value>) {
        definition.insert("type".into(), "const".into());
        let value = match self.random.u32(..10) {
            0..2 => {
                let text = self.pick(&[
                    "text",
                    "",
                    "a \"quoted\" one",
                    "back\\slash",
                    "??/ ??)",
                    "%s {0}",
                    "é 漢",
                    "1",
                    "null",
                    "*/ /*",
                    "//",
                ]);
                text.into()
            }
            _ => {
                let value = self.any_number(i64::MIN.into(), u64::MAX.into());
                let scope = self.scope(definition);
                if scope != Some("user") {
                    let name = name.clone();
                    self.constants.push(Constant { name, value });
                }
                number(value)
            }
        };
        definition.insert("value".into(), value);
        if self.is_old() && self.chance(6) {
            definition.insert("name-prefix".into(), format!("old-{name}-").into());
            self.constants.retain(|constant| constant.name != name);
        }
        if self.is_old() && self.chance(8) {
            definition.insert("header".into(), "linux/old.h".into());
        }
    }

    /// Adds a scope sometimes.
    fn scope(&mut self, definition: &mut Map<String, Value>) -> Option<&'static str> {
        if !self.chance(6) {
            return None;
        }
        let scope = self.pick(&["uapi", "kernel", "user"]);
        definition.insert("scope".into(), scope.into());
        Some(scope)
    }

    fn enumeration(&mut self, name: String, flags: bool, definition: &mut Map<String, Value>) {
        let kind = if flags { "flags" } else { "enum" };
        definition.insert("type".into(), kind.into());
        let carrier = match (flags, self.side) {
            // The kernel side rejects values that do not fit.
            (true, For::Kernel) => self.pick(&["u8", "u16", "u32", "uint"]),
            (true, For::User) => self.pick(&["u8", "u16", "u32", "u64", "uint"]),
            (false, For::Kernel) => self.pick(&["u8", "u16", "u32", "uint", "s8", "s32", "sint"]),
            (false, For::User) => self.pick(&INTS).0,
        };
        let (low, high) = match (flags, self.side) {
            (true, For::Kernel) => (0, i128::from(bits(carrier).min(32)) - 1),
            (true, For::User) => (0, i128::from(bits(carrier)) - 1),
            (false, For::Kernel) => (0, range(carrier).1.min(u32::MAX.into())),
            (false, For::User) => (range(carrier).0, range(carrier).1.min(i64::MAX.into())),
        };
        let mut next = 0;
        if self.chance(4) {
            let start = self.any_number(low, high);
            definition.insert("value-start".into(), number(start));
            next = start;
        }
        let (entries, values) = self.entries(next, low, high);
        definition.insert("entries".into(), entries.into());
        if self.chance(3) {
            definition.insert("render-max".into(), self.random.bool().into());
        }
        if self.is_old() {
            if self.chance(5) {
                let other = self.pick(&[Some("old-enum"), Some(""), None]);
                let other = other.map(|other| match other {
                    "" => String::new(),
                    other => format!("{other}-{name}"),
                });
                definition.insert("enum-name".into(), other.into());
            }
            if self.chance(5) {
                definition.insert("name-prefix".into(), format!("old-{name}-").into());
            }
            if self.chance(6) {
                definition.insert("enum-cnt-name".into(), format!("old-{name}-cnt").into());
            }
        }
        let scope = self.scope(definition);
        if scope.is_none_or(|scope| scope == "uapi") {
            self.enumerations.push(Enumeration {
                name,
                flags,
                values,
                carrier,
            });
        }
    }

    fn entries(&mut self, mut next: i128, low: i128, high: i128) -> (Vec<Value>, Vec<i64>) {
        let mut scope = Scope::default();
        let mut seen = HashSet::new();
        let (mut entries, mut values) = (Vec::new(), Vec::new());
        for _ in 0..self.random.usize(1..7) {
            let name = self.name(&mut scope);
            let given = self.chance(6).then(|| self.any_number(low, high));
            let value = given.unwrap_or(next);
            if !(low..=high).contains(&value) || !seen.insert(value) {
                continue;
            }
            let Ok(value) = i64::try_from(value) else {
                continue;
            };
            values.push(value);
            next = i128::from(value) + 1;
            let doc = docs::doc(&mut self.random);
            let mut entry = match (given, self.random.u32(..3)) {
                (None, 0) => {
                    entries.push(name.into());
                    continue;
                }
                (_, 1) => json!({ "name": name }),
                _ => json!({ "name": name, "doc": doc }),
            };
            if let (Some(given), Some(entry)) = (given, entry.as_object_mut()) {
                entry.insert("value".into(), number(given));
            }
            entries.push(entry);
        }
        (entries, values)
    }

    fn structure(&mut self, name: String, definition: &mut Map<String, Value>) {
        definition.insert("type".into(), "struct".into());
        let mut scope = Scope::default();
        let count = self.random.usize(1..6);
        let members: Vec<_> = (0..count).map(|_| self.member(&mut scope)).collect();
        definition.insert("members".into(), members.into());
        self.structs.push(name);
    }

    fn member(&mut self, scope: &mut Scope) -> Value {
        let mut member = Map::new();
        member.insert("name".into(), self.name(scope).into());
        self.document(&mut member);
        match self.random.u32(..12) {
            0 => {
                member.insert("type".into(), "string".into());
                member.insert("len".into(), self.random.u32(1..40).into());
            }
            1 => {
                member.insert("type".into(), "binary".into());
                let (len, hint) = self.pick(&[
                    (1, "hex"),
                    (6, "mac"),
                    (4, "ipv4"),
                    (16, "ipv6"),
                    (16, "uuid"),
                    (8, "fddi"),
                    (33, ""),
                    (64, ""),
                ]);
                member.insert("len".into(), len.into());
                if !hint.is_empty() {
                    member.insert("display-hint".into(), hint.into());
                }
            }
            2 if !self.structs.is_empty() => {
                member.insert("type".into(), "binary".into());
                let inner = self.random.usize(..self.structs.len());
                member.insert("struct".into(), self.structs[inner].clone().into());
            }
            3..6 if !self.enumerations.is_empty() => {
                let one = self.random.usize(..self.enumerations.len());
                let one = self.enumerations[one].clone();
                let kind = match one.carrier {
                    "uint" | "sint" => "u64",
                    carrier => carrier,
                };
                member.insert("type".into(), kind.into());
                member.insert("enum".into(), one.name.into());
            }
            _ => {
                let kind = loop {
                    let (kind, ..) = self.pick(&INTS);
                    if !matches!(kind, "uint" | "sint") {
                        break kind;
                    }
                };
                member.insert("type".into(), kind.into());
                if self.chance(3) {
                    let order = self.pick(&["big-endian", "little-endian"]);
                    member.insert("byte-order".into(), order.into());
                }
            }
        }
        member.into()
    }

    /// Returns a number in a range, often a boundary.
    pub(super) fn any_number(&mut self, low: i128, high: i128) -> i128 {
        const EDGES: [i128; 27] = [
            -1, 0, 1, 2, 3, 4, 7, 8, 16, 31, 32, 63, 64, 100, 127, 128, 255, 256, 32767, 32768,
            65535, 65536, 2147483647, 2147483648, 4294967295, 4294967296, -32769,
        ];
        let near: Vec<_> = EDGES
            .into_iter()
            .chain([low, low + 1, high - 1, high])
            .filter(|edge| (low..=high).contains(edge))
            .collect();
        match self.random.u32(..4) {
            // Small numbers, as in enums and lengths.
            0 | 1 => *near
                .get(self.random.usize(..near.len().min(8)))
                .unwrap_or(&low),
            2 => near[self.random.usize(..near.len())],
            _ => self.random.i128(low..=high),
        }
    }
}
