// SPDX-License-Identifier: MIT OR Apache-2.0

//! Checks that names in a header are valid and unique in C.

use super::super::{EmitError, c, whole_sets};
use super::is_written;
use crate::model::{Definition, Enum, EnumName, Family, Place, Protocol, Role};
use crate::spec::Problem;
use std::collections::HashMap;

/// Keywords and other reserved names in C.
const KEYWORDS: [&str; 44] = [
    "auto",
    "break",
    "case",
    "char",
    "const",
    "continue",
    "default",
    "do",
    "double",
    "else",
    "enum",
    "extern",
    "float",
    "for",
    "goto",
    "if",
    "inline",
    "int",
    "long",
    "register",
    "restrict",
    "return",
    "short",
    "signed",
    "sizeof",
    "static",
    "struct",
    "switch",
    "typedef",
    "union",
    "unsigned",
    "void",
    "volatile",
    "while",
    "_Alignas",
    "_Alignof",
    "_Atomic",
    "_Bool",
    "_Complex",
    "_Generic",
    "_Imaginary",
    "_Noreturn",
    "_Static_assert",
    "_Thread_local",
];

/// Rejects names that are invalid or not unique.
pub(super) fn check(family: &Family) -> Result<(), EmitError> {
    let mut names = Names::default();
    let family_name = format!("the family `{}`", family.name);
    names.take(c::guard(family), "the guard of the header", family.place)?;
    names.take(c::family_name(family), &family_name, family.place)?;
    names.take(
        c::family_version(family),
        "the family's version",
        family.place,
    )?;
    names.definitions(family)?;
    names.attributes(family)?;
    names.commands(family)?;
    for group in &family.groups {
        let what = format!("the multicast group `{}`", group.name);
        names.take(c::group(family, group), &what, group.place)?;
    }
    Ok(())
}

/// The names so far, with their owners.
#[derive(Default)]
struct Names(HashMap<String, String>);

impl Names {
    fn take(&mut self, name: String, what: &str, place: Place) -> Result<(), EmitError> {
        let reject = |problem: String| {
            Err(EmitError::Unsupported(
                Problem::at(place, problem).expected("another name"),
            ))
        };
        if !is_name(&name) {
            return reject(format!("{what} has the invalid C name `{name}`"));
        }
        match self.0.insert(name.clone(), what.to_owned()) {
            None => Ok(()),
            Some(other) => reject(format!(
                "{what} has the same name in C, `{name}`, as {other}"
            )),
        }
    }

    /// Adds the name of an enum. Enums and constants have different namespaces.
    fn take_enum(&mut self, name: &EnumName, what: &str, place: Place) -> Result<(), EmitError> {
        match name {
            EnumName::Named(name) => self.take_tag(c::lower(name), what, place),
            _ => Ok(()),
        }
    }

    fn take_tag(&mut self, name: String, what: &str, place: Place) -> Result<(), EmitError> {
        match is_name(&name) {
            true => self.take(format!("enum_{name}"), what, place),
            false => self.take(name, what, place),
        }
    }

    fn definitions(&mut self, family: &Family) -> Result<(), EmitError> {
        for definition in &family.definitions {
            match *definition {
                Definition::Const(id) => {
                    let one = family.constant(id);
                    if is_written(one.header.as_ref(), one.scope) {
                        let what = format!("the constant `{}`", one.name);
                        self.take(c::constant(family, one), &what, one.place)?;
                    }
                }
                Definition::Enum(id) => {
                    let one = family.enumeration(id);
                    if is_written(one.header.as_ref(), one.scope) {
                        self.enumeration(family, one)?;
                    }
                }
                Definition::Struct(_) => {}
            }
        }
        Ok(())
    }

    fn enumeration(&mut self, family: &Family, one: &Enum) -> Result<(), EmitError> {
        let what = format!("the enum `{}`", one.name);
        match &one.c.enum_name {
            EnumName::Default => {
                let name = format!("{}-{}", family.name, one.name);
                self.take_tag(c::lower(&name), &what, one.place)?;
            }
            name => self.take_enum(name, &what, one.place)?,
        }
        for entry in &one.entries {
            let what = format!("the entry `{}` of `{}`", entry.name, one.name);
            self.take(c::entry(family, one, entry), &what, one.place)?;
        }
        if !one.c.render_max {
            return Ok(());
        }
        let prefix = c::entry_prefix(family, one);
        if one.flags {
            return self.take(
                prefix + "MASK",
                &format!("the mask of `{}`", one.name),
                one.place,
            );
        }
        let count = c::entry_count(family, one);
        self.take(
            count,
            &format!("the number of entries of `{}`", one.name),
            one.place,
        )?;
        self.take(
            prefix + "MAX",
            &format!("the last entry of `{}`", one.name),
            one.place,
        )
    }

    fn attributes(&mut self, family: &Family) -> Result<(), EmitError> {
        let others = self.0.clone();
        for set in whole_sets(family) {
            // Sets of legacy families can be parts of one enum, as in devlink and nl80211.
            if family.protocol == Protocol::GenetlinkLegacy {
                self.0.clone_from(&others);
            }
            self.take_enum(
                &set.c.enum_name,
                &format!("the set `{}`", set.name),
                set.place,
            )?;
            let count = format!("the number of attributes of `{}`", set.name);
            self.take(c::attribute_count(family, set), &count, set.place)?;
            let max = format!("the last attribute of `{}`", set.name);
            self.take(c::attribute_max(family, set), &max, set.place)?;
            for one in &set.attributes {
                let what = format!("the attribute `{}` of `{}`", one.name, set.name);
                self.take(c::attribute(family, set, one), &what, one.place)?;
            }
        }
        Ok(())
    }

    fn commands(&mut self, family: &Family) -> Result<(), EmitError> {
        if family.directional {
            return self.commands_apart(family);
        }
        let place = family.place;
        self.take_enum(&family.c.enum_name, "the enum of the commands", place)?;
        self.take_enum(&family.c.async_enum, "the enum of the notifications", place)?;
        self.take(c::command_count(family), "the number of commands", place)?;
        self.take(c::command_max(family), "the last command", place)?;
        for operation in &family.operations {
            let what = format!("the operation `{}`", operation.name);
            self.take(c::command(family, operation), &what, operation.place)?;
        }
        Ok(())
    }

    fn commands_apart(&mut self, family: &Family) -> Result<(), EmitError> {
        for side in ["USER", "KERNEL"] {
            let what = format!("the messages to the {} side", side.to_ascii_lowercase());
            for name in c::directional_limits(family, side) {
                self.take(name, &what, family.place)?;
            }
        }
        for operation in &family.operations {
            let what = format!("the operation `{}`", operation.name);
            let name = c::command(family, operation);
            match &operation.role {
                Role::Call {
                    doit: Some(doit), ..
                } => {
                    if doit.reply.is_some() {
                        let what = format!("the reply of `{}`", operation.name);
                        self.take(format!("{name}_REPLY"), &what, operation.place)?;
                    }
                    self.take(name, &what, operation.place)?;
                }
                Role::Notify { .. } | Role::Event { .. } => {
                    self.take(name, &what, operation.place)?;
                }
                _ => {}
            }
        }
        Ok(())
    }
}

fn is_name(name: &str) -> bool {
    let part = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let digit = name.starts_with(|c: char| c.is_ascii_digit());
    !name.is_empty() && !digit && name.chars().all(part) && !KEYWORDS.contains(&name)
}
