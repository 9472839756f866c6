// SPDX-License-Identifier: MIT OR Apache-2.0

//! Attribute sets.

use super::checks::{Resolver, check_hint, documented_hint, for_the_kernel};
use super::definitions::{Definitions, enum_name, int_kind};
use super::lookup::{Names, check_name, doc, text};
use super::types::*;
use crate::spec::{self, At, AttributeType, Checks, Place, Problem, Word};
use std::collections::HashMap;

/// Maximum attribute number: the two bits above are flags.
const NUMBER_MAX: i64 = 0x3fff;

/// The attribute sets of a family, and their names.
#[derive(Debug)]
pub(super) struct Sets {
    pub(super) sets: Vec<AttributeSet>,
    pub(super) names: Names<SetId>,
    /// The names of the attributes of each set.
    pub(super) attributes: Vec<Names<usize>>,
}

/// Builds the attribute sets of a spec.
pub(super) fn build(
    document: &spec::Document,
    definitions: &Definitions,
    lenient: bool,
) -> Result<Sets, Problem> {
    let mut names = Names::new("attribute set");
    for (index, set) in document.attribute_sets.iter().enumerate() {
        check_name(&set.name, set.name.place, lenient)?;
        names.add(&set.name, set.name.place, SetId(index))?;
    }
    let builder = Builder {
        document,
        definitions,
        names: &names,
        lenient,
    };
    let built: Result<Vec<_>, _> = document
        .attribute_sets
        .iter()
        .map(|set| builder.set(set))
        .collect();
    let (sets, attributes) = built?.into_iter().unzip();
    Ok(Sets {
        sets,
        names,
        attributes,
    })
}

struct Builder<'a> {
    document: &'a spec::Document,
    definitions: &'a Definitions,
    names: &'a Names<SetId>,
    lenient: bool,
}

impl Builder<'_> {
    fn set(&self, set: &spec::AttributeSet) -> Result<(AttributeSet, Names<usize>), Problem> {
        let subset_of = match &set.subset_of {
            Some(name) => Some(self.parent(set, name)?),
            None => None,
        };
        let numbered = match subset_of {
            Some(parent) => self.subset_attributes(set, parent)?,
            None => self.numbered(set)?,
        };
        let mut names = Names::new("attribute");
        let mut attributes = Vec::new();
        for (index, (number, attribute)) in numbered.iter().enumerate() {
            names.add(&attribute.name, attribute.name.place, index)?;
            attributes.push(self.attribute(attribute, *number)?);
        }
        let set = AttributeSet {
            name: set.name.value.clone(),
            place: set.name.place,
            doc: doc(set.doc.as_deref()),
            subset_of,
            attributes,
            c: SetC {
                name_prefix: text(set.name_prefix.as_ref()),
                enum_name: enum_name(set.enum_name.as_ref()),
                attr_cnt_name: text(set.attr_cnt_name.as_ref()),
                attr_max_name: text(set.attr_max_name.as_ref()),
                header: text(set.header.as_ref()),
            },
        };
        Ok((set, names))
    }

    /// Returns the set that a subset belongs to.
    fn parent(&self, set: &spec::AttributeSet, name: &Word) -> Result<SetId, Problem> {
        let id = self.names.find(name)?;
        if self.document.attribute_sets[id.0].subset_of.is_some() {
            let problem = format!("`{}` is itself a subset", name.value);
            return Err(Problem::at(name.place, problem).expected("a set that is not a subset"));
        }
        match &set.name_prefix {
            Some(prefix) => Err(
                Problem::at(prefix.place, "a subset cannot have `name-prefix`")
                    .expected("no `name-prefix`, as the names are those of the whole set"),
            ),
            None => Ok(id),
        }
    }

    /// Returns the attributes of a subset: attributes of the parent, with the changes of the
    /// subset.
    fn subset_attributes(
        &self,
        set: &spec::AttributeSet,
        parent: SetId,
    ) -> Result<Vec<(u16, spec::Attribute)>, Problem> {
        let parent = &self.document.attribute_sets[parent.0];
        let all: HashMap<_, _> = self
            .numbered(parent)?
            .into_iter()
            .map(|(number, attribute)| (attribute.name.value.clone(), (number, attribute)))
            .collect();
        let find = |part: &At<spec::Attribute>| match all.get(&part.name.value) {
            Some((number, whole)) => Ok((*number, overlay(*number, whole, part)?)),
            None => {
                let problem = format!(
                    "the set `{}` has no attribute `{}`",
                    parent.name.value, part.name.value
                );
                let names = parent.attributes.iter().map(|one| one.name.value.as_str());
                Err(Problem::at(part.name.place, problem).expected(spec::list(names)))
            }
        };
        let mut found = Vec::new();
        for part in &set.attributes {
            let (number, attribute) = find(part)?;
            // Legacy specs list some attributes twice.
            if !self.lenient || found.iter().all(|(other, _)| *other != number) {
                found.push((number, attribute));
            }
        }
        Ok(found)
    }

    /// Returns the attributes of a set that is not a subset, with their numbers.
    fn numbered(&self, set: &spec::AttributeSet) -> Result<Vec<(u16, spec::Attribute)>, Problem> {
        let mut next = 1;
        let mut seen = HashMap::new();
        let mut numbered = Vec::new();
        for attribute in &set.attributes {
            let place = match &attribute.value.value {
                Some(value) => {
                    next = value.value;
                    value.place
                }
                None => attribute.name.place,
            };
            let number = self.number(attribute, next, place)?;
            if let Some(other) = seen.insert(number, &attribute.name.value) {
                let name = &attribute.name.value;
                let problem = format!("`{name}` and `{other}` have the number {number}");
                return Err(Problem::at(place, problem));
            }
            numbered.push((number, attribute.value.clone()));
            next += 1;
        }
        Ok(numbered)
    }

    fn number(
        &self,
        attribute: &spec::Attribute,
        number: i64,
        place: Place,
    ) -> Result<u16, Problem> {
        let kind = attribute.kind.as_ref().map(|kind| kind.value);
        let min = match self.lenient || kind == Some(AttributeType::Unused) {
            true => 0,
            false => 1,
        };
        u16::try_from(number)
            .ok()
            .filter(|_| (min..=NUMBER_MAX).contains(&number))
            .ok_or_else(|| {
                let problem = format!("invalid number {number} of `{}`", attribute.name.value);
                Problem::at(place, problem).expected(format!("{min} to {NUMBER_MAX}"))
            })
    }

    fn attribute(&self, written: &spec::Attribute, number: u16) -> Result<Attribute, Problem> {
        check_name(&written.name, written.name.place, self.lenient)?;
        let Some(kind) = &written.kind else {
            let problem = format!("the attribute `{}` lacks `type`", written.name.value);
            return Err(Problem::at(written.name.place, problem));
        };
        check_keys(written, kind, self.lenient)?;
        let kind = self.kind(written, kind)?;
        if let Some(hint) = &written.display_hint {
            check_hint(&written.name, &kind, hint)?;
        }
        let doc = doc(written.doc.as_deref());
        let hint = written.display_hint.as_ref().map(|hint| hint.value);
        Ok(Attribute {
            name: written.name.value.clone(),
            place: written.name.place,
            hint: hint.or_else(|| documented_hint(&kind, &doc)),
            doc,
            number,
            multi: written.multi_attr.as_ref().is_some_and(|multi| multi.value),
            kind,
            c_prefix: text(written.name_prefix.as_ref()),
        })
    }

    fn kind(&self, written: &spec::Attribute, kind: &At<AttributeType>) -> Result<Kind, Problem> {
        let none = Checks::default();
        let resolver = Resolver {
            attribute: &written.name,
            checks: written
                .checks
                .as_ref()
                .map_or(&none, |checks| &checks.value),
            definitions: self.definitions,
        };
        let name = name_of(kind.value);
        match kind.value {
            AttributeType::IndexedArray => return self.array(written, &resolver),
            AttributeType::Binary => {
                resolver.only(&["min-len", "max-len", "exact-len"], name)?;
                return self.binary(written, &resolver).map(Kind::Binary);
            }
            AttributeType::String => {
                resolver.only(&["max-len", "exact-len", "unterminated-ok"], name)?;
                return resolver.text().map(Kind::Text);
            }
            _ => {}
        }
        if let Some(int) = int_kind(kind.value) {
            resolver.only(&["min", "max", "flags-mask"], name)?;
            let int = self.int(written, int, &resolver)?;
            // Legacy specs declare nests around a number in this way.
            return match written.type_value {
                Some(_) => self.in_levels(written, Kind::Int(int)),
                None => Ok(Kind::Int(int)),
            };
        }
        resolver.only(&[], name)?;
        match kind.value {
            AttributeType::Pad => Ok(Kind::Pad),
            AttributeType::Flag => Ok(Kind::Flag),
            AttributeType::Bitfield32 => self.bitfield(written).map(Kind::Bitfield32),
            AttributeType::Nest => self.nested(written).map(Kind::Nest),
            AttributeType::NestTypeValue => {
                self.in_levels(written, Kind::Nest(self.nested(written)?))
            }
            _ => Ok(Kind::Unused),
        }
    }

    fn int(
        &self,
        written: &spec::Attribute,
        kind: IntKind,
        resolver: &Resolver<'_>,
    ) -> Result<Int, Problem> {
        let (min, max) = resolver.int_range(kind)?;
        let flags_mask = match &resolver.checks.flags_mask {
            Some(name) => Some(self.flags(name, kind)?),
            None => None,
        };
        let int = Int {
            kind,
            order: self.byte_order(written, kind)?,
            meaning: self.meaning(written, kind)?,
            min,
            max,
            flags_mask,
        };
        resolver.check_byte_order(&int)?;
        resolver.one_policy(&int)?;
        Ok(int)
    }

    fn byte_order(
        &self,
        written: &spec::Attribute,
        kind: IntKind,
    ) -> Result<Option<ByteOrder>, Problem> {
        let Some(order) = &written.byte_order else {
            return Ok(None);
        };
        match kind {
            IntKind::Uint | IntKind::Sint => {
                let problem = format!("a `{}` is always in host byte order", kind.name());
                Err(Problem::at(order.place, problem).expected("no `byte-order`"))
            }
            _ => Ok(Some(order.value)),
        }
    }

    /// Returns the meaning of a number, by the keys `enum` and `enum-as-flags`.
    fn meaning(&self, written: &spec::Attribute, kind: IntKind) -> Result<Meaning, Problem> {
        let as_flags = written.enum_as_flags.as_ref().filter(|flags| flags.value);
        let Some(name) = &written.enumeration else {
            return match as_flags {
                Some(flags) => Err(Problem::at(flags.place, "`enum-as-flags` needs `enum`")),
                None => Ok(Meaning::Number),
            };
        };
        let id = self.definitions.find_shared_enum(name)?;
        let enumeration = &self.definitions.enums[id.0];
        if enumeration.entries.is_empty() {
            return Ok(Meaning::Number);
        }
        let flags = enumeration.flags || as_flags.is_some();
        fits(name, enumeration, flags, kind)?;
        Ok(match flags {
            true => Meaning::Flags(id),
            false => Meaning::Enum(id),
        })
    }

    /// Returns the flags in a check, which only the kernel uses.
    fn flags(&self, name: &Word, kind: IntKind) -> Result<EnumId, Problem> {
        let id = self.definitions.find_enum(name)?;
        let flags = &self.definitions.enums[id.0];
        for_the_kernel(name, flags.scope)?;
        if !flags.flags {
            let problem = format!("`{}` is an enum", name.value);
            return Err(Problem::at(name.place, problem).expected("a definition of type `flags`"));
        }
        if flags.entries.is_empty() {
            let problem = format!("`{}` has no entries", name.value);
            return Err(Problem::at(name.place, problem).expected("flags with entries"));
        }
        fits(name, flags, true, kind)?;
        Ok(id)
    }

    fn bitfield(&self, written: &spec::Attribute) -> Result<Option<EnumId>, Problem> {
        match &written.enumeration {
            Some(_) => match self.meaning(written, IntKind::U32)? {
                Meaning::Enum(id) | Meaning::Flags(id) => Ok(Some(id)),
                Meaning::Number => Ok(None),
            },
            None => Ok(None),
        }
    }

    fn binary(
        &self,
        written: &spec::Attribute,
        resolver: &Resolver<'_>,
    ) -> Result<Binary, Problem> {
        let content = match (&written.structure, &written.sub_type) {
            (Some(name), None) => Content::Struct(self.definitions.find_struct(name)?),
            (None, None) => Content::Bytes,
            (None, Some(sub_type)) => match int_kind(sub_type.value) {
                Some(kind) if !matches!(kind, IntKind::Uint | IntKind::Sint) => {
                    Content::Numbers(Int {
                        kind,
                        order: self.byte_order(written, kind)?,
                        meaning: self.meaning(written, kind)?,
                        min: None,
                        max: None,
                        flags_mask: None,
                    })
                }
                _ => {
                    return Err(Problem::at(
                        sub_type.place,
                        "`binary` does not support this `sub-type`",
                    )
                    .expected("`u8` to `u64` or `s8` to `s64`"));
                }
            },
            (Some(name), Some(_)) => {
                return Err(Problem::at(
                    name.place,
                    "`binary` has either `struct` or `sub-type`",
                ));
            }
        };
        Ok(Binary {
            len: resolver.length()?,
            content,
        })
    }

    fn array(&self, written: &spec::Attribute, resolver: &Resolver<'_>) -> Result<Kind, Problem> {
        let Some(sub_type) = &written.sub_type else {
            let problem = format!("the array `{}` lacks `sub-type`", written.name.value);
            return Err(Problem::at(written.name.place, problem).expected("the type of its items"));
        };
        let item = match sub_type.value {
            AttributeType::Nest => {
                resolver.only(&[], "nest")?;
                Kind::Nest(self.nested(written)?)
            }
            AttributeType::Binary => {
                resolver.only(&["min-len", "max-len", "exact-len"], "binary")?;
                Kind::Binary(Binary {
                    len: resolver.length()?,
                    content: Content::Bytes,
                })
            }
            AttributeType::String => {
                resolver.only(&[], "string")?;
                Kind::Text(Text::default())
            }
            other => match int_kind(other) {
                Some(kind) => {
                    resolver.only(&["min", "max", "flags-mask"], kind.name())?;
                    Kind::Int(self.int(written, kind, resolver)?)
                }
                None => {
                    let problem = format!("an array of `{}` is not supported", name_of(other));
                    return Err(Problem::at(sub_type.place, problem)
                        .expected("`nest`, `binary`, `string` or a number"));
                }
            },
        };
        Ok(Kind::Array(Box::new(item)))
    }

    fn nested(&self, written: &spec::Attribute) -> Result<SetId, Problem> {
        match &written.nested_attributes {
            Some(name) => self.names.find(name),
            None => {
                let problem = format!(
                    "the nest `{}` lacks `nested-attributes`",
                    written.name.value
                );
                Err(Problem::at(written.name.place, problem).expected("the set of its attributes"))
            }
        }
    }

    /// Returns `item` in the nests that `type-value` names.
    fn in_levels(&self, written: &spec::Attribute, item: Kind) -> Result<Kind, Problem> {
        match &written.type_value {
            Some(levels) if !levels.is_empty() => {
                let mut names = Names::new("level");
                for level in &levels.value {
                    check_name(level, levels.place, self.lenient)?;
                    names.add(level, levels.place, ())?;
                }
                Ok(Kind::TypeValue {
                    levels: levels.value.clone(),
                    item: Box::new(item),
                })
            }
            _ => {
                let problem = format!("`{}` lacks `type-value`", written.name.value);
                Err(Problem::at(written.name.place, problem).expected("the names of its levels"))
            }
        }
    }
}

/// Rejects an enum or flags with values that do not fit in a number. `name` is the reference.
fn fits(name: &Word, enumeration: &Enum, flags: bool, kind: IntKind) -> Result<(), Problem> {
    if flags && kind.is_signed() {
        let problem = format!("flags do not fit in a `{}`", kind.name());
        return Err(Problem::at(name.place, problem).expected("an unsigned number"));
    }
    let bits = 0..i64::try_from(kind.bytes() * 8).unwrap_or(i64::MAX);
    let (low, high) = kind.range();
    let beyond = enumeration.entries.iter().find(|entry| match flags {
        true => !bits.contains(&entry.value),
        false => !(low..=high).contains(&entry.value.into()),
    });
    match beyond {
        None => Ok(()),
        Some(entry) => {
            let problem = format!(
                "`{}` of `{}` does not fit in a `{}`",
                entry.name,
                enumeration.name,
                kind.name()
            );
            Err(Problem::at(name.place, problem))
        }
    }
}

/// Returns the name of a type in specs.
fn name_of(kind: AttributeType) -> &'static str {
    match kind {
        AttributeType::Unused => "unused",
        AttributeType::Pad => "pad",
        AttributeType::Flag => "flag",
        AttributeType::Binary => "binary",
        AttributeType::Bitfield32 => "bitfield32",
        AttributeType::String => "string",
        AttributeType::Nest => "nest",
        AttributeType::IndexedArray => "indexed-array",
        AttributeType::NestTypeValue => "nest-type-value",
        number => int_kind(number).map_or("number", IntKind::name),
    }
}

/// Rejects keys without a meaning for the type.
fn check_keys(
    written: &spec::Attribute,
    kind: &At<AttributeType>,
    lenient: bool,
) -> Result<(), Problem> {
    use AttributeType::{
        Binary, Bitfield32, Flag, IndexedArray, Nest, NestTypeValue, Pad, String, Unused,
    };

    let kind = kind.value;
    let sub_type = written.sub_type.as_ref().map(|sub_type| sub_type.value);
    let number = int_kind(kind).or(sub_type.and_then(int_kind)).is_some();
    // The items of an array are checked later.
    let array_of_nests =
        kind == IndexedArray && !number && !matches!(sub_type, Some(Binary | String));
    let nest = matches!(kind, Nest | NestTypeValue) || array_of_nests;
    let empty = matches!(kind, Flag | Pad | Unused);
    let keys = [
        ("nested-attributes", place(&written.nested_attributes), nest),
        (
            "type-value",
            place(&written.type_value),
            kind == NestTypeValue || (lenient && number),
        ),
        (
            "byte-order",
            place(&written.byte_order),
            // The kernel's generator ignores it for bytes.
            number || kind == Binary,
        ),
        (
            "enum",
            place(&written.enumeration),
            number || kind == Bitfield32,
        ),
        (
            "enum-as-flags",
            place(&written.enum_as_flags),
            number || kind == Bitfield32,
        ),
        (
            "sub-type",
            place(&written.sub_type),
            matches!(kind, IndexedArray | Binary),
        ),
        ("struct", place(&written.structure), kind == Binary),
        ("multi-attr", place(&written.multi_attr), !empty),
        (
            "display-hint",
            place(&written.display_hint),
            !empty && !nest,
        ),
    ];
    for (key, place, allowed) in keys {
        if let Some(place) = place.filter(|_| !allowed) {
            let problem = format!(
                "`{key}` does not apply to the type `{}` of `{}`",
                name_of(kind),
                written.name.value
            );
            return Err(Problem::at(place, problem));
        }
    }
    Ok(())
}

fn place<T>(key: &Option<At<T>>) -> Option<Place> {
    key.as_ref().map(|key| key.place)
}

/// Returns an attribute of a subset, which may have other documentation, or another set in its
/// nests. Everything else is the same as in the whole set, because the kernel and programs decode
/// an attribute independently of the subset.
fn overlay(
    number: u16,
    whole: &spec::Attribute,
    part: &spec::Attribute,
) -> Result<spec::Attribute, Problem> {
    if let Some(value) = part.value.as_ref().filter(|one| one.value != number.into()) {
        return Err(Problem::at(value.place, "a subset cannot change numbers")
            .expected("the numbers of the whole set"));
    }
    if let Some(place) = changed(&part.checks, &whole.checks) {
        return Err(Problem::at(place, "a subset cannot change the checks")
            .expected("the checks of the whole set"));
    }
    let changed = [
        ("type", changed(&part.kind, &whole.kind)),
        ("type-value", changed(&part.type_value, &whole.type_value)),
        ("byte-order", changed(&part.byte_order, &whole.byte_order)),
        ("multi-attr", changed(&part.multi_attr, &whole.multi_attr)),
        ("enum", changed(&part.enumeration, &whole.enumeration)),
        (
            "enum-as-flags",
            changed(&part.enum_as_flags, &whole.enum_as_flags),
        ),
        ("sub-type", changed(&part.sub_type, &whole.sub_type)),
        (
            "display-hint",
            changed(&part.display_hint, &whole.display_hint),
        ),
        (
            "name-prefix",
            changed(&part.name_prefix, &whole.name_prefix),
        ),
        ("struct", changed(&part.structure, &whole.structure)),
    ];
    for (key, place) in changed {
        if let Some(place) = place {
            let problem = format!("a subset cannot change `{key}`");
            return Err(Problem::at(place, problem).expected(spec::list([
                "name",
                "doc",
                "nested-attributes",
            ])));
        }
    }
    Ok(spec::Attribute {
        name: part.name.clone(),
        doc: part.doc.clone().or_else(|| whole.doc.clone()),
        nested_attributes: part
            .nested_attributes
            .clone()
            .or_else(|| whole.nested_attributes.clone()),
        ..whole.clone()
    })
}

/// Returns the place of a key with another value than in the whole set.
fn changed<T: PartialEq>(part: &Option<At<T>>, whole: &Option<At<T>>) -> Option<Place> {
    let part = part.as_ref()?;
    (whole.as_ref() != Some(part)).then_some(part.place)
}
