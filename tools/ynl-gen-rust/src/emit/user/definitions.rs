// SPDX-License-Identifier: MIT OR Apache-2.0

//! Writes the family, its constants, enums and flags, and its groups.

use super::super::EmitError;
use super::super::naming::{camel, screaming};
use super::super::rust::{block, doc};
use super::super::writer::Writer;
use super::Side;
use crate::model::{
    Const, ConstId, ConstValue, Definition, Entry, Enum, EnumId, IntKind, Meaning, Scope,
};
use std::collections::HashMap;

/// The version of `genl::codegen` that the code is for.
const CODEGEN: u32 = 1;

/// Name and id of nlctrl, the only family with a fixed id (`GENL_ID_CTRL`).
const NLCTRL: (&str, u16) = ("nlctrl", 0x10);

impl Side<'_> {
    /// Writes the check that the library fits this code.
    pub(super) fn version(&self, out: &mut Writer) {
        let genl = self.options.genl;
        out.line(format!(
            "const _: () = {genl}::codegen::require({CODEGEN});"
        ));
        out.blank();
    }

    /// Writes the description of the family.
    pub(super) fn family(&self, out: &mut Writer) {
        let name = &self.family.name;
        let fixed = (name == NLCTRL.0).then_some(NLCTRL.1);
        match fixed {
            None => doc(out, "The family.", ""),
            Some(_) => doc(
                out,
                "The family. Its id is fixed; programs ask it for the ids of other families.",
                "",
            ),
        }
        let id = fixed.map(|id| format!(".with_id({id:#x})"));
        out.line(format!(
            "pub static FAMILY: FamilyInfo = FamilyInfo::new(\"{name}\", {}){};",
            self.family.version,
            id.unwrap_or_default()
        ));
        out.blank();
    }

    /// Writes constants, enums, flags and structs, in the order of the spec.
    pub(super) fn definitions(&self, out: &mut Writer) -> Result<(), EmitError> {
        for definition in &self.family.definitions {
            match *definition {
                Definition::Const(id) => self.constant(out, id, self.family.constant(id)),
                Definition::Enum(id) => self.enum_or_flags(out, id),
                Definition::Struct(id) => self.structure(out, id)?,
            }
        }
        Ok(())
    }

    fn constant(&self, out: &mut Writer, id: ConstId, constant: &Const) {
        if constant.scope == Scope::Kernel {
            return;
        }
        let name = &self.names.constants[id.0];
        let otherwise = format!("The constant `{}`.", constant.name);
        doc(out, &constant.doc, &otherwise);
        out.line(match &constant.value {
            ConstValue::Text(text) => format!("pub const {name}: &str = {text:?};"),
            ConstValue::Number(number) => {
                let kind = match u32::try_from(*number) {
                    Ok(_) => "usize",
                    Err(_) if *number < 0 => "i64",
                    Err(_) => "u64",
                };
                format!("pub const {name}: {kind} = {number};")
            }
        });
        out.blank();
    }

    fn enum_or_flags(&self, out: &mut Writer, id: EnumId) {
        let enumeration = self.family.enumeration(id);
        if enumeration.scope == Scope::Kernel || enumeration.entries.is_empty() {
            return;
        }
        if let Some(name) = self.names.enums.get(&id) {
            self.enumeration(out, id, name, enumeration);
        }
        if let Some(name) = self.names.flags.get(&id) {
            self.flags(out, id, name, enumeration);
        }
    }

    fn enumeration(&self, out: &mut Writer, id: EnumId, name: &str, enumeration: &Enum) {
        let Variants { own, same, unknown } = variants(enumeration);
        let kind = self.carrier(Meaning::Enum(id));
        let number = kind.rust();
        let otherwise = format!("The enum `{}`.", enumeration.name);
        doc(out, &enumeration.doc, &otherwise);
        out.line("#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]");
        out.line("#[non_exhaustive]");
        block(out, format!("pub enum {name}"), |out| {
            for (variant, entry) in &own {
                doc(out, &entry.doc, &format!("`{}`.", entry.name));
                out.line(format!("{variant},"));
            }
            doc(
                out,
                "A value without a name in this version of the protocol.",
                "",
            );
            out.line(format!("{unknown}({number}),"));
        });
        out.blank();
        block(out, format!("impl {name}"), |out| {
            for (constant, variant, entry) in &same {
                let otherwise = format!("`{}`, the same as `{variant}`.", entry.name);
                doc(out, &entry.doc, &otherwise);
                out.line(format!("pub const {constant}: Self = Self::{variant};"));
                out.blank();
            }
            doc(out, "All values with a name.", "");
            let list: Vec<_> = own
                .iter()
                .map(|(name, _)| format!("Self::{name}"))
                .collect();
            out.line(format!(
                "pub const ALL: [Self; {}] = [{}];",
                list.len(),
                list.join(", ")
            ));
            out.blank();
            if self.carriers.is_in_tables(Meaning::Enum(id)) {
                let entries: Vec<_> = own.iter().map(|(_, entry)| *entry).collect();
                names(out, enumeration, &entries, kind, false);
            }
            doc(
                out,
                "Returns the name in the spec, if the value has one.",
                "",
            );
            block(out, "pub fn name(self) -> Option<&'static str>", |out| {
                block(out, "match self", |out| {
                    for (variant, entry) in &own {
                        out.line(format!("Self::{variant} => Some({:?}),", entry.name));
                    }
                    out.line(format!("Self::{unknown}(_) => None,"));
                });
            });
        });
        out.blank();
        block(out, format!("impl From<{number}> for {name}"), |out| {
            block(out, format!("fn from(value: {number}) -> Self"), |out| {
                block(out, "match value", |out| {
                    for (variant, entry) in &own {
                        out.line(format!("{} => Self::{variant},", entry.value));
                    }
                    out.line(format!("_ => Self::{unknown}(value),"));
                });
            });
        });
        out.blank();
        block(out, format!("impl From<{name}> for {number}"), |out| {
            block(out, format!("fn from(value: {name}) -> {number}"), |out| {
                block(out, "match value", |out| {
                    for (variant, entry) in &own {
                        out.line(format!("{name}::{variant} => {},", entry.value));
                    }
                    out.line(format!("{name}::{unknown}(value) => value,"));
                });
            });
        });
        out.blank();
        if self.options.serde {
            self.serialize(out, name, |out| {
                block(out, "match self.name()", |out| {
                    out.line("Some(name) => to.serialize_str(name),");
                    out.line(format!("None => to.serialize_{number}((*self).into()),"));
                });
            });
        }
        if self.carriers.is_item(Meaning::Enum(id)) {
            let read = format!("attr.{}().map(Self::from)", kind.name());
            from_attr(out, name, &read);
        }
    }

    fn flags(&self, out: &mut Writer, id: EnumId, name: &str, enumeration: &Enum) {
        let kind = self.carrier(Meaning::Flags(id));
        block(out, "bitflags!", |out| {
            let otherwise = format!("The flags `{}`.", enumeration.name);
            doc(out, &enumeration.doc, &otherwise);
            out.line("///");
            doc(
                out,
                "Bits unknown to this version of the protocol are kept.",
                "",
            );
            out.line("#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]");
            block(out, format!("pub struct {name}: {}", kind.rust()), |out| {
                for entry in &enumeration.entries {
                    doc(out, &entry.doc, &format!("`{}`.", entry.name));
                    let constant = screaming(&entry.name);
                    out.line(format!("const {constant} = 1 << {};", entry.value));
                }
                out.line("const _ = !0;");
            });
        });
        out.blank();
        if self.options.serde || self.carriers.is_in_tables(Meaning::Flags(id)) {
            block(out, format!("impl {name}"), |out| {
                let entries: Vec<_> = enumeration.entries.iter().collect();
                names(out, enumeration, &entries, kind, true);
            });
            out.blank();
        }
        if self.options.serde {
            let bits = match kind.bytes() {
                8 => "self.bits()",
                _ => "self.bits().into()",
            };
            let genl = self.options.genl;
            self.serialize(out, name, |out| {
                out.line(format!(
                    "{genl}::codegen::serialize::flags({bits}, &Self::NAMES, to)"
                ));
            });
        }
        if self.carriers.is_item(Meaning::Flags(id)) {
            let read = format!("attr.{}().map(Self::from_bits_retain)", kind.name());
            from_attr(out, name, &read);
        }
    }

    /// Writes the serde serialization of a type.
    fn serialize(&self, out: &mut Writer, name: &str, body: impl FnOnce(&mut Writer)) {
        block(out, format!("impl Serialize for {name}"), |out| {
            let signature = "fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error>";
            block(out, signature, body);
        });
        out.blank();
    }

    /// Writes the names of the multicast groups.
    pub(super) fn groups(&self, out: &mut Writer) {
        if self.family.groups.is_empty() {
            return;
        }
        doc(out, "Names of the multicast groups.", "");
        block(out, "pub mod groups", |out| {
            for group in &self.family.groups {
                doc(out, &format!("The group `{}`.", group.name), "");
                let (constant, name) = (screaming(&group.name), &group.name);
                out.line(format!("pub const {constant}: &str = {name:?};"));
            }
        });
        out.blank();
    }
}

/// Writes the names of an enum's values or flags.
fn names(out: &mut Writer, enumeration: &Enum, entries: &[&Entry], kind: IntKind, as_flags: bool) {
    out.line(format!(
        "const NAMES: [(u64, &'static str); {}] = [",
        entries.len()
    ));
    // Values are compared as unsigned numbers of this width.
    let (_, mask) = match kind.bytes() {
        1 => IntKind::U8.range(),
        2 => IntKind::U16.range(),
        4 => IntKind::U32.range(),
        _ => IntKind::U64.range(),
    };
    for entry in entries {
        let value = enumeration.value_of(entry, as_flags) & mask;
        let value = match as_flags {
            true => format!("1 << {}", entry.value),
            false => value.to_string(),
        };
        out.line(format!("({value}, {:?}),", entry.name));
    }
    out.line("];");
    out.blank();
}

/// Writes the decoding of a value that may occur several times.
pub(super) fn from_attr(out: &mut Writer, name: &str, read: &str) {
    block(out, format!("impl FromAttr<'_> for {name}"), |out| {
        let signature = "fn from_attr(attr: Attr<'_>) -> Result<Self, DecodeError>";
        block(out, signature, |out| out.line(read));
    });
    out.blank();
}

/// The variants of an enum.
struct Variants<'a> {
    /// Variants with their own value.
    own: Vec<(String, &'a Entry)>,
    /// Other names of values: the constant, and the variant with the same value.
    same: Vec<(String, String, &'a Entry)>,
    /// The variant for unknown values.
    unknown: &'static str,
}

fn variants(enumeration: &Enum) -> Variants<'_> {
    let mut by_value = HashMap::new();
    let (mut own, mut same) = (Vec::new(), Vec::new());
    for entry in &enumeration.entries {
        let name = camel(&entry.name);
        match by_value.get(&entry.value) {
            None => {
                by_value.insert(entry.value, name.clone());
                own.push((name, entry));
            }
            Some(variant) => {
                same.push((screaming(&entry.name), String::clone(variant), entry));
            }
        }
    }
    let free = |name: &&str| own.iter().all(|(other, _)| other != name);
    let unknown = ["Unknown", "Other", "Unnamed"].into_iter().find(free);
    Variants {
        unknown: unknown.unwrap_or("NotInTheSpec"),
        own,
        same,
    }
}
