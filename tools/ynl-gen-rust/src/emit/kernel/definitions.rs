// SPDX-License-Identifier: MIT OR Apache-2.0

//! Writes constants, enums and flags, and the numbers of attributes, commands and groups.

use super::super::naming::{camel, screaming, snake, type_name};
use super::super::rust::{block, doc};
use super::super::writer::Writer;
use super::super::{EmitError, c, prose};
use super::{Side, check_top};
use crate::model::{
    Attribute, AttributeSet, ConstId, ConstValue, Definition, Enum, EnumId, Meaning, MemberKind,
    OpId, Operation, Role, Scope, SetId, StructId,
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
        self.user_header(out)
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
        if let Some(id) = self.header() {
            let one = self.family.structure(id);
            let what = format!("the struct `{}`", one.name);
            top.take(&self.header_type(id), what, one.place)?;
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
        self.table_macro(out, "values!", |out| {
            let otherwise = format!("The enum `{}`.", enumeration.name);
            doc(out, &enumeration.doc, &otherwise);
            block(out, format!("pub enum {name}"), |out| {
                for entry in &enumeration.entries {
                    doc(out, &entry.doc, &format!("`{}`.", entry.name));
                    out.line(format!("{} = {},", camel(&entry.name), entry.value));
                }
            });
        });
        Ok(())
    }

    fn flags(&self, out: &mut Writer, id: EnumId, enumeration: &Enum) -> Result<(), EmitError> {
        if enumeration.mask() > u32::MAX.into() {
            return Err(self.unsupported(enumeration, "a flag beyond bit 31", "0 to 31"));
        }
        let (set, one) = (self.flags_type(id), self.flag_type(id));
        self.table_macro(out, "flags!", |out| {
            let otherwise = format!("The flags `{}`.", enumeration.name);
            doc(out, &enumeration.doc, &otherwise);
            out.line(format!("pub struct {set} of"));
            block(out, format!("pub enum {one}"), |out| {
                for entry in &enumeration.entries {
                    doc(out, &entry.doc, &format!("`{}`.", entry.name));
                    out.line(format!("{} = {},", camel(&entry.name), entry.value));
                }
            });
        });
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
        self.table_macro(out, "attributes!", |out| {
            doc(out, &title, "");
            block(out, format!("pub enum {}", self.numbers(id)), |out| {
                for attribute in &set.attributes {
                    if !attribute.is_unused() {
                        doc(out, &attribute.doc, &format!("`{}`.", attribute.name));
                        let name = camel(&attribute.name);
                        out.line(format!("{name} = {},", attribute.number));
                    }
                }
            });
        });
    }

    fn commands(&self, out: &mut Writer) {
        if self
            .family
            .operations
            .iter()
            .all(|one| self.command(one).is_none())
        {
            return;
        }
        let what = match self.family.directional {
            true => "Commands of messages to the kernel.",
            false => "Commands.",
        };
        doc(out, what, "");
        out.line("#[derive(Clone, Copy, Debug, PartialEq, Eq)]");
        out.line("#[repr(u8)]");
        block(out, "pub enum Cmd", |out| {
            for operation in &self.family.operations {
                if let Some(number) = self.command(operation) {
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

    /// Returns the number of an operation in the enum of the commands.
    fn command(&self, operation: &Operation) -> Option<u8> {
        match operation.role {
            Role::Reserved => None,
            _ => operation.request,
        }
    }

    /// Returns the command of a message from the kernel as an expression.
    pub(super) fn answer(&self, op: OpId) -> String {
        let operation = self.family.operation(op);
        let is_apart = self.family.directional || operation.request.is_none();
        match operation.reply.filter(|_| is_apart) {
            Some(number) => number.to_string(),
            None => format!("Cmd::{}", camel(&operation.name)),
        }
    }

    /// Writes the user header.
    fn user_header(&self, out: &mut Writer) -> Result<(), EmitError> {
        let Some(id) = self.header() else {
            return Ok(());
        };
        let one = self.family.structure(id);
        let mut members = Vec::new();
        for member in &one.members {
            let kind = match &member.kind {
                MemberKind::Int(int) => int.kind.rust().to_owned(),
                MemberKind::Bytes(len) | MemberKind::Text(len) => format!("[u8; {len}]"),
                MemberKind::Struct(_) => {
                    let what = "a struct in a `fixed-header`";
                    return Err(self.unsupported(member, what, "numbers and bytes"));
                }
            };
            members.push((member, kind));
        }
        self.table_macro(out, "user_header!", |out| {
            doc(out, &one.doc, "The user header of all messages.");
            block(out, format!("pub struct {}", self.header_type(id)), |out| {
                for (member, kind) in members {
                    doc(out, &member.doc, &format!("`{}`.", member.name));
                    out.line(format!("pub {}: {kind},", snake(&member.name)));
                }
            });
        });
        Ok(())
    }

    /// Returns the user header of the family's messages.
    pub(super) fn header(&self) -> Option<StructId> {
        let mut operations = self.family.operations.iter();
        operations.find_map(|one| one.fixed_header)
    }

    pub(super) fn header_type(&self, id: StructId) -> String {
        self.free(camel(&self.family.structure(id).name))
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
    pub(in crate::emit) fn flags_type(&self, id: EnumId) -> String {
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
