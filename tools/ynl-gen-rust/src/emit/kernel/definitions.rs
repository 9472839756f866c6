// SPDX-License-Identifier: MIT OR Apache-2.0

//! Writes constants, enums and flags, and the numbers of attributes, commands and groups.

use super::super::naming::{camel, screaming, type_name};
use super::super::rust::{block, doc};
use super::super::writer::Writer;
use super::super::{EmitError, c, prose};
use super::{Side, check_top};
use crate::model::{
    Attribute, AttributeSet, ConstId, ConstValue, Definition, Enum, EnumId, Int, Meaning,
    Operation, Role, Scope, SetId,
};

impl Side<'_> {
    /// Writes all definitions.
    pub(super) fn definitions(&self, out: &mut Writer) -> Result<(), EmitError> {
        self.check_names()?;
        self.name_and_version(out);
        for definition in &self.family.definitions {
            match *definition {
                Definition::Const(id) => self.constant(out, id),
                Definition::Enum(id) => self.enum_or_flags(out, id)?,
                Definition::Struct(_) => {}
            }
        }
        for (index, set) in self.family.sets.iter().enumerate() {
            if set.subset_of.is_none() {
                self.attribute_numbers(out, SetId(index), set);
            }
        }
        self.commands(out);
        self.groups(out);
        Ok(())
    }

    /// Checks that types have unique names.
    fn check_names(&self) -> Result<(), EmitError> {
        self.check_policies()?;
        let mut top = check_top(self)?;
        for (index, one) in self.family.enums.iter().enumerate() {
            let id = EnumId(index);
            if self.is_plain(id) {
                let what = format!("the enum `{}`", one.name);
                top.take(&self.enum_type(id), what, one.place)?;
            }
            if self.is_flags(id) {
                let what = format!("the flags `{}`", one.name);
                top.take(&self.flags_type(id), what.clone(), one.place)?;
                top.take(&self.flag_type(id), what, one.place)?;
            }
        }
        for (index, set) in self.family.sets.iter().enumerate() {
            let what = format!("the set `{}`", set.name);
            if set.subset_of.is_none() {
                top.take(&self.numbers(SetId(index)), what.clone(), set.place)?;
            }
            if self.reach.requests.contains(&SetId(index)) {
                top.take(&self.attrs_type(SetId(index)), what.clone(), set.place)?;
            }
            if self.reach.replies.contains(&SetId(index)) {
                top.take(&self.nest_type(SetId(index)), what, set.place)?;
            }
        }
        for request in &self.messages.requests {
            let place = self.family.operation(request.op).place;
            top.take(&request.name(), request.title(self.family), place)?;
        }
        for call in &self.messages.calls {
            let operation = self.family.operation(call.op);
            for (half, which) in [(&call.doit, "do"), (&call.dumpit, "dump")] {
                if half.is_some() {
                    let what = format!("the {which} of `{}`", operation.name);
                    top.take(&self.callback(call.op, which), what, operation.place)?;
                }
            }
        }
        for reply in &self.messages.replies {
            let operation = self.family.operation(reply.op);
            let what = format!("the message of `{}`", operation.name);
            top.take(&reply.name, what, operation.place)?;
        }
        for (name, what, place) in self.names_of_arrays() {
            top.take(&name, what, place)?;
        }
        for (index, one) in self.family.consts.iter().enumerate() {
            let what = format!("the constant `{}`", one.name);
            top.take(&self.constant_name(ConstId(index)), what, one.place)?;
        }
        Ok(())
    }

    fn name_and_version(&self, out: &mut Writer) {
        doc(out, "Name of the family.", "");
        let name = &self.family.name;
        out.line(format!("pub const FAMILY_NAME: &CStr = c\"{name}\";"));
        out.blank();
        doc(out, "Version of the family.", "");
        let version = self.family.version;
        out.line(format!("pub const FAMILY_VERSION: u8 = {version};"));
        out.blank();
    }

    fn constant(&self, out: &mut Writer, id: ConstId) {
        let constant = self.family.constant(id);
        if constant.scope == Scope::User {
            return;
        }
        let name = self.constant_name(id);
        let otherwise = format!("The constant `{}`.", constant.name);
        doc(out, &constant.doc, &otherwise);
        match &constant.value {
            ConstValue::Text(text) => {
                // The same literal is valid in Rust and in C, because the text has no control
                // characters.
                out.line(format!("pub const {name}: &CStr = c{};", c::quoted(text)));
            }
            ConstValue::Number(number) => {
                let kind = match u32::try_from(*number) {
                    Ok(_) => "usize",
                    Err(_) if *number < 0 => "i64",
                    Err(_) => "u64",
                };
                let value = match constant.header {
                    None => number.to_string(),
                    Some(_) => {
                        // The header determines type and value, which are unknown here.
                        out.line("#[allow(clippy::unnecessary_cast)]");
                        format!("kernel::bindings::{} as {kind}", screaming(&constant.name))
                    }
                };
                out.line(format!("pub const {name}: {kind} = {value};"));
            }
        }
        out.blank();
    }

    fn enum_or_flags(&self, out: &mut Writer, id: EnumId) -> Result<(), EmitError> {
        let enumeration = self.family.enumeration(id);
        if enumeration.scope == Scope::User || enumeration.entries.is_empty() {
            return Ok(());
        }
        if self.is_plain(id) {
            self.enumeration(out, id, enumeration)?;
        }
        if self.is_flags(id) {
            self.flags(out, id, enumeration)?;
        }
        Ok(())
    }

    fn enumeration(
        &self,
        out: &mut Writer,
        id: EnumId,
        enumeration: &Enum,
    ) -> Result<(), EmitError> {
        let (low, high) = enumeration.range();
        if low < 0 || u32::try_from(high).is_err() {
            return Err(self.unsupported(
                enumeration,
                "an enum with values beyond 32 bits",
                "0 to 4294967295",
            ));
        }
        let name = self.enum_type(id);
        let entries = &enumeration.entries;
        doc(
            out,
            &enumeration.doc,
            &format!("The enum `{}`.", enumeration.name),
        );
        out.line("#[derive(Clone, Copy, Debug, PartialEq, Eq)]");
        out.line("#[repr(u32)]");
        block(out, format!("pub enum {name}"), |out| {
            for entry in entries {
                doc(out, &entry.doc, &format!("`{}`.", entry.name));
                out.line(format!("{} = {},", camel(&entry.name), entry.value));
            }
        });
        out.blank();
        if let Some(greatest) = self.limit_in_policy(id) {
            block(out, format!("impl {name}"), |out| {
                doc(out, "The maximum value.", "");
                out.line(format!(
                    "pub const MAX: u32 = {name}::{} as u32;",
                    camel(greatest)
                ));
            });
            out.blank();
        }
        block(out, format!("impl TryFrom<u32> for {name}"), |out| {
            out.line("type Error = Error;");
            out.blank();
            block(out, "fn try_from(value: u32) -> Result<Self>", |out| {
                block(out, "match value", |out| {
                    for entry in entries {
                        let variant = camel(&entry.name);
                        out.line(format!("{} => Ok({name}::{variant}),", entry.value));
                    }
                    out.line("_ => Err(EINVAL),");
                });
            });
        });
        out.blank();
        Ok(())
    }

    /// Returns the entry with the maximum value, if a policy checks it.
    fn limit_in_policy(&self, id: EnumId) -> Option<&str> {
        let enumeration = self.family.enumeration(id);
        let checks = |int: &Int| int.meaning == Meaning::Enum(id) && int.max.is_none();
        let all = self.family.sets.iter().flat_map(|set| &set.attributes);
        let mut ints = all.filter_map(|attribute| attribute.kind.int());
        // The cheap check comes first, since both lists may be long.
        let is_carried = self.has_meaning(Meaning::Enum(id)) && !enumeration.is_sparse();
        let used = is_carried && ints.any(checks);
        let highest = enumeration.entries.iter().max_by_key(|entry| entry.value)?;
        used.then_some(highest.name.as_str())
    }

    fn flags(&self, out: &mut Writer, id: EnumId, enumeration: &Enum) -> Result<(), EmitError> {
        if enumeration.mask() > u32::MAX.into() {
            return Err(self.unsupported(enumeration, "a flag beyond bit 31", "0 to 31"));
        }
        let (set, one) = (self.flags_type(id), self.flag_type(id));
        out.line("impl_flags!(");
        out.indented(super::super::rust::STEP, |out| {
            doc(
                out,
                &enumeration.doc,
                &format!("The flags `{}`.", enumeration.name),
            );
            out.line("#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]");
            out.line(format!("pub struct {set}(u32);"));
            out.blank();
            doc(out, &format!("One of [`{set}`]."), "");
            out.line("#[derive(Clone, Copy, Debug, PartialEq, Eq)]");
            block(out, format!("pub enum {one}"), |out| {
                for entry in &enumeration.entries {
                    doc(out, &entry.doc, &format!("`{}`.", entry.name));
                    out.line(format!(
                        "{} = bit_u32({}),",
                        camel(&entry.name),
                        entry.value
                    ));
                }
            });
        });
        out.line(");");
        out.blank();
        block(out, format!("impl TryFrom<u32> for {set}"), |out| {
            out.line("type Error = Error;");
            out.blank();
            block(out, "fn try_from(value: u32) -> Result<Self>", |out| {
                out.line(
                    "match value & !Self::all_bits() { 0 => Ok(Self(value)), _ => Err(EINVAL) }",
                );
            });
        });
        out.blank();
        Ok(())
    }

    fn attribute_numbers(&self, out: &mut Writer, id: SetId, set: &AttributeSet) {
        if set.attributes.iter().all(Attribute::is_unused) {
            return;
        }
        let title = format!("Attributes of the set `{}`", set.name);
        let title = match set.doc.as_str() {
            "" => format!("{title}."),
            text => format!("{title}: {}", prose::uncapitalised(text)),
        };
        doc(out, &title, "");
        out.line("#[derive(Clone, Copy, Debug, PartialEq, Eq)]");
        out.line("#[repr(u16)]");
        block(out, format!("pub enum {}", self.numbers(id)), |out| {
            for attribute in &set.attributes {
                if !attribute.is_unused() {
                    doc(out, &attribute.doc, &format!("`{}`.", attribute.name));
                    let name = camel(&attribute.name);
                    out.line(format!("{name} = {},", attribute.number));
                }
            }
        });
        out.blank();
    }

    fn commands(&self, out: &mut Writer) {
        if self
            .family
            .operations
            .iter()
            .all(|one| command(one).is_none())
        {
            return;
        }
        doc(out, "Commands.", "");
        out.line("#[derive(Clone, Copy, Debug, PartialEq, Eq)]");
        out.line("#[repr(u8)]");
        block(out, "pub enum Cmd", |out| {
            for operation in &self.family.operations {
                if let Some(number) = command(operation) {
                    let otherwise = format!("`{}`.", operation.name);
                    doc(out, &prose::first_sentence(&operation.doc), &otherwise);
                    out.line(format!("{} = {number},", camel(&operation.name)));
                }
            }
        });
        out.blank();
    }

    fn groups(&self, out: &mut Writer) {
        if self.family.groups.is_empty() {
            return;
        }
        doc(out, "Multicast groups.", "");
        out.line("#[derive(Clone, Copy, Debug, PartialEq, Eq)]");
        out.line("#[repr(u32)]");
        block(out, "pub enum Group", |out| {
            for (index, group) in self.family.groups.iter().enumerate() {
                doc(out, &format!("`{}`.", group.name), "");
                out.line(format!("{} = {index},", camel(&group.name)));
            }
        });
        out.blank();
    }

    /// Returns whether attributes contain a single value of the enum, or do not use it.
    fn is_plain(&self, id: EnumId) -> bool {
        !self.family.enumeration(id).flags
            && (self.has_meaning(Meaning::Enum(id)) || !self.has_meaning(Meaning::Flags(id)))
    }

    /// Returns whether attributes contain a set of its entries.
    fn is_flags(&self, id: EnumId) -> bool {
        self.family.enumeration(id).flags || self.has_meaning(Meaning::Flags(id))
    }

    fn has_meaning(&self, meaning: Meaning) -> bool {
        self.meanings.contains(&meaning)
    }

    /// Returns the type of a value of an enum.
    pub(super) fn enum_type(&self, id: EnumId) -> String {
        self.free(type_name(
            &self.family.name,
            &self.family.enumeration(id).name,
        ))
    }

    /// Returns the type of a set of flags.
    pub(super) fn flags_type(&self, id: EnumId) -> String {
        let name = camel(&self.family.enumeration(id).name);
        self.free(match name.ends_with("Flags") {
            true => name,
            false => format!("{name}Flags"),
        })
    }

    /// Returns the type of a single flag.
    fn flag_type(&self, id: EnumId) -> String {
        let name = camel(&self.family.enumeration(id).name);
        match name.strip_suffix("Flags") {
            Some(name) => self.free(format!("{name}Flag")),
            None if self.is_plain(id) => self.free(format!("{name}Flag")),
            None => self.enum_type(id),
        }
    }
}

/// Returns the number of an operation, unless it is reserved.
fn command(operation: &Operation) -> Option<u8> {
    match operation.role {
        Role::Reserved => None,
        _ => operation.request,
    }
}
