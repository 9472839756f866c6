// SPDX-License-Identifier: MIT OR Apache-2.0

//! Builds constants, enums, flags and structs.

use super::checks::check_hint;
use super::lookup::{Names, check_name, doc, text};
use super::types::*;
use crate::spec::{
    self, At, AttributeType, DefinitionType, Place, Problem, Scalar, Word, is_hidden,
};
use std::collections::HashMap;

/// Maximum length of an attribute's payload.
const PAYLOAD_MAX: usize = u16::MAX as usize - 4;

/// The definitions of a family, and their names.
#[derive(Debug)]
pub(super) struct Definitions {
    pub(super) consts: Vec<Const>,
    pub(super) enums: Vec<Enum>,
    pub(super) structs: Vec<Struct>,
    pub(super) order: Vec<Definition>,
    names: Names<Definition>,
    lenient: bool,
}

impl Definitions {
    /// Builds the definitions of a spec.
    pub(super) fn build(document: &spec::Document, lenient: bool) -> Result<Self, Problem> {
        let mut me = Self {
            consts: Vec::new(),
            enums: Vec::new(),
            structs: Vec::new(),
            order: Vec::new(),
            names: Names::new("definition"),
            lenient,
        };
        for definition in &document.definitions {
            me.add(definition)?;
        }
        // Structs come last, since their members may be defined later.
        for definition in &document.definitions {
            if definition.kind.value == DefinitionType::Struct {
                let new = me.structure(definition)?;
                me.structs.push(new);
            }
        }
        me.check_nesting(document)?;
        for index in 0..me.structs.len() {
            me.measure(StructId(index))?;
        }
        Ok(me)
    }

    /// Sets the length of a struct, and of its members.
    fn measure(&mut self, id: StructId) -> Result<usize, Problem> {
        let structure = &self.structs[id.0];
        if structure.len > 0 {
            return Ok(structure.len);
        }
        let (name, place) = (structure.name.clone(), structure.place);
        let mut len = 0;
        for index in 0..structure.members.len() {
            len += match self.structs[id.0].members[index].kind {
                MemberKind::Int(ref int) => int.kind.bytes(),
                MemberKind::Bytes(len) | MemberKind::Text(len) => len,
                MemberKind::Struct(inner) => self.measure(inner)?,
            };
        }
        if !(1..=PAYLOAD_MAX).contains(&len) {
            let problem = format!("the struct `{name}` has {len} bytes");
            return Err(Problem::at(place, problem).expected(format!("1 to {PAYLOAD_MAX}")));
        }
        self.structs[id.0].len = len;
        Ok(len)
    }

    /// Rejects a struct that contains itself.
    fn check_nesting(&self, document: &spec::Document) -> Result<(), Problem> {
        for definition in &document.definitions {
            for member in definition.members.iter().flat_map(|list| &list.value) {
                let Some(inner) = &member.structure else {
                    continue;
                };
                if self.contains(self.find_struct(inner)?, &definition.name) {
                    let name = &definition.name.value;
                    let problem = format!("the struct `{name}` contains itself");
                    return Err(Problem::at(inner.place, problem)
                        .expected("a struct without it at any depth"));
                }
            }
        }
        Ok(())
    }

    /// Returns whether a struct has this name, or contains a struct with this name at any depth.
    fn contains(&self, outer: StructId, name: &str) -> bool {
        let mut seen = vec![outer];
        let mut next = 0;
        while let Some(&id) = seen.get(next) {
            let structure = &self.structs[id.0];
            if structure.name == name {
                return true;
            }
            for member in &structure.members {
                match member.kind {
                    MemberKind::Struct(inner) if !seen.contains(&inner) => seen.push(inner),
                    _ => {}
                }
            }
            next += 1;
        }
        false
    }

    /// Returns the enum or flags with this name.
    pub(super) fn find_enum(&self, name: &Word) -> Result<EnumId, Problem> {
        match self.names.find(name)? {
            Definition::Enum(id) => Ok(id),
            _ => Err(wrong_kind(name, "an enum or flags")),
        }
    }

    /// Returns the enum or flags with this name, which must be visible to both sides.
    pub(super) fn find_shared_enum(&self, name: &Word) -> Result<EnumId, Problem> {
        let id = self.find_enum(name)?;
        let side = match self.enums[id.0].scope {
            Scope::Uapi => return Ok(id),
            Scope::Kernel => "kernel",
            Scope::User => "user",
        };
        let problem = format!(
            "`{}` has `scope: {side}`, and both sides need it",
            name.value
        );
        Err(Problem::at(name.place, problem).expected("a definition with `scope: uapi`"))
    }

    /// Returns the struct with this name.
    pub(super) fn find_struct(&self, name: &Word) -> Result<StructId, Problem> {
        match self.names.find(name)? {
            Definition::Struct(id) => Ok(id),
            _ => Err(wrong_kind(name, "a struct")),
        }
    }

    /// Returns the constant with this name, and its number.
    pub(super) fn find_number(&self, name: &Word) -> Result<Limit, Problem> {
        let found = match self.by_c_name(name) {
            Some(constant) => constant,
            None => self.names.find(name)?,
        };
        let Definition::Const(id) = found else {
            return Err(wrong_kind(name, "a constant"));
        };
        match self.consts[id.0].value {
            ConstValue::Number(value) => Ok(Limit {
                value,
                name: Some(id),
            }),
            ConstValue::Text(_) => Err(wrong_kind(name, "a constant that is a number")),
        }
    }

    /// Returns the constant with this name in C: the constant's own prefix and its name.
    fn by_c_name(&self, name: &str) -> Option<Definition> {
        let named = |constant: &Const| {
            let prefix = constant.c_prefix.as_deref()?;
            Some(name.strip_prefix(prefix)? == constant.name)
        };
        let index = self
            .consts
            .iter()
            .position(|one| named(one) == Some(true))?;
        Some(Definition::Const(ConstId(index)))
    }

    /// Returns whether a definition has this name.
    pub(super) fn has(&self, name: &str) -> bool {
        self.names.get(name).is_some()
    }

    /// Adds a definition; for a struct, only its name.
    fn add(&mut self, definition: &At<spec::Definition>) -> Result<(), Problem> {
        let name = &definition.name;
        check_name(name, name.place, self.lenient)?;
        check_keys(definition)?;
        let id = match definition.kind.value {
            DefinitionType::Const => {
                self.consts.push(constant(definition)?);
                Definition::Const(ConstId(self.consts.len() - 1))
            }
            DefinitionType::Enum | DefinitionType::Flags => {
                let new = enumeration(definition, self.lenient)?;
                self.enums.push(new);
                Definition::Enum(EnumId(self.enums.len() - 1))
            }
            DefinitionType::Struct => {
                let before = self.order.iter();
                let structs = before.filter(|one| matches!(one, Definition::Struct(_)));
                Definition::Struct(StructId(structs.count()))
            }
        };
        self.names.add(name, name.place, id)?;
        self.order.push(id);
        Ok(())
    }

    fn structure(&self, definition: &spec::Definition) -> Result<Struct, Problem> {
        let mut names = Names::new("member");
        let mut members = Vec::new();
        for member in definition.members.iter().flat_map(|list| &list.value) {
            check_name(&member.name, member.name.place, self.lenient)?;
            names.add(&member.name, member.name.place, ())?;
            let kind = self.member_kind(member)?;
            if let Some(hint) = &member.display_hint {
                check_hint(&member.name, &as_attribute(&kind), hint)?;
            }
            members.push(Member {
                name: member.name.value.clone(),
                place: member.name.place,
                doc: doc(member.doc.as_deref()),
                kind,
                hint: member.display_hint.as_ref().map(|hint| hint.value),
            });
        }
        Ok(Struct {
            name: definition.name.value.clone(),
            place: definition.name.place,
            doc: doc(definition.doc.as_deref()),
            members,
            len: 0,
            header: text(definition.header.as_ref()),
        })
    }

    fn member_kind(&self, member: &spec::Member) -> Result<MemberKind, Problem> {
        if let Some(name) = &member.structure {
            return self.find_struct(name).map(MemberKind::Struct);
        }
        match member.kind.value {
            AttributeType::Binary => self.member_len(member).map(MemberKind::Bytes),
            AttributeType::String => self.member_len(member).map(MemberKind::Text),
            other => match int_kind(other) {
                Some(kind)
                    if kind.bytes() <= 8 && !matches!(kind, IntKind::Uint | IntKind::Sint) =>
                {
                    self.member_int(member, kind).map(MemberKind::Int)
                }
                _ => Err(Problem::at(
                    member.kind.place,
                    "a struct member does not support this type",
                )
                .expected("`u8` to `u64`, `s8` to `s64`, `string` or `binary`")),
            },
        }
    }

    fn member_int(&self, member: &spec::Member, kind: IntKind) -> Result<Int, Problem> {
        let meaning = match &member.enumeration {
            None => Meaning::Number,
            Some(name) => {
                let id = self.find_shared_enum(name)?;
                match &self.enums[id.0] {
                    one if one.entries.is_empty() => Meaning::Number,
                    one if one.flags => Meaning::Flags(id),
                    _ => Meaning::Enum(id),
                }
            }
        };
        Ok(Int {
            kind,
            order: member.byte_order.as_ref().map(|order| order.value),
            meaning,
            min: None,
            max: None,
            flags_mask: None,
        })
    }

    fn member_len(&self, member: &spec::Member) -> Result<usize, Problem> {
        let Some(len) = &member.len else {
            let problem = format!("the member `{}` has no length", member.name.value);
            return Err(Problem::at(member.name.place, problem).expected("the key `len`"));
        };
        let number = match &len.value {
            Scalar::Number(number) => *number,
            Scalar::Name(name) => {
                let word = At {
                    value: name.clone(),
                    place: len.place,
                };
                self.find_number(&word)?.value
            }
        };
        usize::try_from(number)
            .ok()
            .filter(|len| (1..=usize::from(u16::MAX)).contains(len))
            .ok_or_else(|| {
                Problem::at(len.place, "a member cannot have this length").expected("1 to 65535")
            })
    }
}

/// Returns the attribute kind with the same value as a member.
fn as_attribute(kind: &MemberKind) -> Kind {
    let bytes = |len: usize, content| {
        let value = i128::try_from(len).unwrap_or(i128::MAX);
        let len = Length::Exact(Limit { value, name: None });
        Kind::Binary(Binary { len, content })
    };
    match kind {
        MemberKind::Int(int) => Kind::Int(int.clone()),
        MemberKind::Bytes(len) => bytes(*len, Content::Bytes),
        MemberKind::Text(_) => Kind::Text(Text::default()),
        MemberKind::Struct(id) => bytes(0, Content::Struct(*id)),
    }
}

/// Returns the kind of number of a type, if it is a number.
pub(super) fn int_kind(kind: AttributeType) -> Option<IntKind> {
    Some(match kind {
        AttributeType::U8 => IntKind::U8,
        AttributeType::U16 => IntKind::U16,
        AttributeType::U32 => IntKind::U32,
        AttributeType::U64 => IntKind::U64,
        AttributeType::S8 => IntKind::S8,
        AttributeType::S16 => IntKind::S16,
        AttributeType::S32 => IntKind::S32,
        AttributeType::S64 => IntKind::S64,
        AttributeType::Uint => IntKind::Uint,
        AttributeType::Sint => IntKind::Sint,
        _ => return None,
    })
}

fn wrong_kind(name: &Word, expected: &str) -> Problem {
    let problem = format!("the definition `{}` has another type", name.value);
    Problem::at(name.place, problem).expected(expected)
}

/// Rejects keys that do not apply to the type of definition.
fn check_keys(definition: &spec::Definition) -> Result<(), Problem> {
    let kind = definition.kind.value;
    let (is_const, is_struct) = (
        kind == DefinitionType::Const,
        kind == DefinitionType::Struct,
    );
    let is_enum = !is_const && !is_struct;
    let keys = [
        ("value", place(&definition.value), is_const),
        ("value-start", place(&definition.value_start), is_enum),
        ("entries", place(&definition.entries), is_enum),
        ("render-max", place(&definition.render_max), is_enum),
        ("enum-cnt-name", place(&definition.enum_cnt_name), is_enum),
        ("members", place(&definition.members), is_struct),
    ];
    for (key, place, allowed) in keys {
        match (place, allowed) {
            (Some(place), false) => {
                let problem = format!(
                    "the definition `{}` cannot have `{key}`",
                    definition.name.value
                );
                return Err(Problem::at(place, problem).expected(keys_of(kind)));
            }
            (None, true) if matches!(key, "value" | "entries" | "members") => {
                let problem = format!("the definition `{}` lacks `{key}`", definition.name.value);
                return Err(Problem::at(definition.name.place, problem));
            }
            _ => {}
        }
    }
    Ok(())
}

fn keys_of(kind: DefinitionType) -> &'static str {
    match kind {
        DefinitionType::Const => "for a const, `value`",
        DefinitionType::Enum | DefinitionType::Flags => {
            "for an enum or flags, `entries`, `value-start` and `render-max`"
        }
        DefinitionType::Struct => "for a struct, `members`",
    }
}

fn place<T>(key: &Option<At<T>>) -> Option<Place> {
    key.as_ref().map(|key| key.place)
}

/// Constants that the C header defines itself.
const OF_THE_HEADER: [&str; 2] = ["family-name", "family-version"];

fn constant(definition: &spec::Definition) -> Result<Const, Problem> {
    let name = &definition.name;
    if OF_THE_HEADER.contains(&name.value.as_str()) && definition.name_prefix.is_none() {
        let problem = format!("the C header already defines `{}`", name.value);
        return Err(Problem::at(name.place, problem).expected("another name"));
    }
    let value = match definition.value.as_ref().map(|value| &value.value) {
        Some(Scalar::Number(number)) => ConstValue::Number(*number),
        Some(Scalar::Name(text)) if !text.contains(|c: char| c.is_control() || is_hidden(c)) => {
            ConstValue::Text(text.clone())
        }
        Some(Scalar::Name(_)) => {
            let place = place(&definition.value).unwrap_or(definition.name.place);
            return Err(Problem::at(place, "the text contains control characters")
                .expected("text without control characters"));
        }
        None => {
            return Err(Problem::at(
                definition.name.place,
                "a constant needs a value",
            ));
        }
    };
    Ok(Const {
        name: definition.name.value.clone(),
        place: definition.name.place,
        value,
        doc: doc(definition.doc.as_deref()),
        scope: definition.scope,
        header: text(definition.header.as_ref()),
        c_prefix: text(definition.name_prefix.as_ref()),
    })
}

fn enumeration(definition: &spec::Definition, lenient: bool) -> Result<Enum, Problem> {
    let flags = definition.kind.value == DefinitionType::Flags;
    Ok(Enum {
        name: definition.name.value.clone(),
        place: definition.name.place,
        doc: doc(definition.doc.as_deref()),
        flags,
        entries: entries(definition, flags, lenient)?,
        scope: definition.scope,
        header: text(definition.header.as_ref()),
        c: EnumC {
            enum_name: enum_name(definition.enum_name.as_ref()),
            name_prefix: text(definition.name_prefix.as_ref()),
            enum_cnt_name: text(definition.enum_cnt_name.as_ref()),
            render_max: definition.render_max.as_ref().is_some_and(|max| max.value),
        },
    })
}

/// Returns the name of an enum in C, by its key.
pub(super) fn enum_name(key: Option<&Option<String>>) -> EnumName {
    match key {
        None => EnumName::Default,
        Some(Some(name)) if !name.is_empty() => EnumName::Named(name.clone()),
        Some(_) => EnumName::Anonymous,
    }
}

fn entries(
    definition: &spec::Definition,
    flags: bool,
    lenient: bool,
) -> Result<Vec<Entry>, Problem> {
    let list = definition.entries.iter().flat_map(|list| &list.value);
    let mut next = value_start(definition)?;
    let mut names = Names::new("entry");
    let mut seen = HashMap::new();
    let mut entries = Vec::new();
    for entry in list {
        check_name(&entry.name, entry.place, lenient || entry.short)?;
        names.add(&entry.name, entry.place, ())?;
        let value = entry.value.value.unwrap_or(next);
        if flags && !(0..64).contains(&value) {
            let problem = format!("invalid bit {value} of the flag `{}`", entry.name);
            return Err(Problem::at(entry.place, problem).expected("a bit from 0 to 63"));
        }
        if let Some(other) = seen.insert(value, entry.name.clone()).filter(|_| !lenient) {
            let problem = format!("`{}` and `{other}` have the value {value}", entry.name);
            return Err(Problem::at(entry.place, problem));
        }
        entries.push(Entry {
            name: entry.name.clone(),
            value,
            doc: doc(entry.doc.as_deref()),
        });
        next = value.checked_add(1).ok_or_else(|| {
            Problem::at(
                entry.place,
                format!("the value of `{}` is too large", entry.name),
            )
        })?;
    }
    Ok(entries)
}

fn value_start(definition: &spec::Definition) -> Result<i64, Problem> {
    let Some(start) = &definition.value_start else {
        return Ok(0);
    };
    let number = match &start.value {
        Scalar::Number(number) => i64::try_from(*number).ok(),
        Scalar::Name(_) => None,
    };
    number.ok_or_else(|| {
        Problem::at(start.place, "`value-start` is not supported here").expected("a number")
    })
}
