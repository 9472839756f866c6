// SPDX-License-Identifier: MIT OR Apache-2.0

//! Writes the uapi header, with the family's numbers and names for programs in C.
//!
//! Names and values are the same as in the output of the kernel's `ynl_gen_c.py --mode uapi
//! --header`.

mod names;

use super::writer::Writer;
use super::{EmitError, c, generated_from, prose, whole_sets};
use crate::model::{
    AttributeSet, Const, ConstValue, Definition, Enum, EnumName, Family, Operation, Role, Scope,
};

/// Width of a line.
const WIDTH: usize = 80;

/// Writes the header. `origin` is the name of the spec.
///
/// # Errors
///
/// A name is not valid or not unique in C.
pub fn uapi(family: &Family, origin: &str) -> Result<String, EmitError> {
    names::check(family)?;
    let mut out = Writer::default();
    let guard = c::guard(family);
    out.line(format!("/* SPDX-License-Identifier: {} */", family.licence));
    out.line(format!("/* {} */", generated_from(origin, "--uapi")));
    out.blank();
    out.line(format!("#ifndef {guard}"));
    out.line(format!("#define {guard}"));
    out.blank();
    defines(
        &mut out,
        &[
            (c::family_name(family), format!("\"{}\"", family.name), ""),
            (c::family_version(family), family.version.to_string(), ""),
        ],
    );
    definitions(&mut out, family);
    for set in whole_sets(family) {
        attributes(&mut out, family, set);
    }
    commands(&mut out, family);
    groups(&mut out, family);
    out.blank();
    out.line(format!("#endif /* {guard} */"));
    Ok(out.finish())
}

/// Writes a comment, in one line if it fits.
fn comment(out: &mut Writer, text: &str) {
    let text = &in_comment(text);
    let one_line = format!("/* {} */", prose::one_line(text));
    if text.is_empty() {
    } else if one_line.len() <= WIDTH {
        out.line(one_line);
    } else {
        out.line("/*");
        for line in prose::wrap(text, WIDTH - 3) {
            out.line(format!(" * {line}").trim_end());
        }
        out.line(" */");
    }
}

/// Returns text that neither ends a comment nor starts another one, about which compilers warn.
fn in_comment(text: &str) -> String {
    let text = text.replace("/*", "/ *").replace("*/", "* /");
    // `??/` is the trigraph of a backslash, which would join two lines.
    text.replace("??/", "? ?/")
}

/// Writes defines with aligned values. Documented defines are separated by blank lines.
fn defines(out: &mut Writer, defines: &[(String, String, &str)]) {
    const START: usize = "#define ".len();

    let longest = defines.iter().map(|(name, ..)| name.len()).max();
    let column = (START + longest.unwrap_or_default() + 1).next_multiple_of(8);
    for (name, value, doc) in defines {
        if !doc.is_empty() {
            out.blank();
        }
        comment(out, doc);
        let tabs = (column - START - name.len()).div_ceil(8);
        out.line(format!("#define {name}{}{value}", "\t".repeat(tabs)));
    }
    out.blank();
}

fn definitions(out: &mut Writer, family: &Family) {
    let mut constants = Vec::new();
    for definition in &family.definitions {
        match *definition {
            Definition::Const(id) => {
                let constant = family.constant(id);
                if is_written(constant.header.as_ref(), constant.scope) {
                    constants.push(define(family, constant));
                }
            }
            Definition::Enum(id) => {
                let enumeration = family.enumeration(id);
                // C does not allow an empty enum.
                let is_empty = enumeration.entries.is_empty() && !enumeration.c.render_max;
                if is_written(enumeration.header.as_ref(), enumeration.scope) && !is_empty {
                    defines(out, &std::mem::take(&mut constants));
                    self::enumeration(out, family, enumeration);
                }
            }
            Definition::Struct(_) => {}
        }
    }
    defines(out, &constants);
}

/// Returns whether this header contains the definition.
fn is_written(header: Option<&String>, scope: Scope) -> bool {
    header.is_none() && scope == Scope::Uapi
}

/// Returns a number in C. A number that needs an unsigned type has a suffix. The minimum is a
/// difference, because C would negate a positive number that is too large.
fn number(value: i128) -> String {
    match i64::try_from(value) {
        Ok(i64::MIN) => format!("({} - 1)", i64::MIN + 1),
        Ok(value) => value.to_string(),
        Err(_) => format!("{value}ULL"),
    }
}

fn define<'a>(family: &Family, constant: &'a Const) -> (String, String, &'a str) {
    let value = match &constant.value {
        ConstValue::Number(value) => number(*value),
        ConstValue::Text(text) => c::quoted_in_c(text),
    };
    (c::constant(family, constant), value, &constant.doc)
}

/// Returns the first line of an enum.
fn enum_start(name: &EnumName, default: Option<String>) -> String {
    match (name, default) {
        (EnumName::Named(name), _) => format!("enum {} {{", c::lower(name)),
        (EnumName::Default, Some(default)) => format!("enum {default} {{"),
        _ => "enum {".to_owned(),
    }
}

fn enumeration(out: &mut Writer, family: &Family, enumeration: &Enum) {
    let default = format!("{}_{}", c::lower(&family.name), c::lower(&enumeration.name));
    let start = enum_start(&enumeration.c.enum_name, Some(default));
    out.blank();
    enumeration_doc(out, family, enumeration, start.trim_end_matches(" {"));
    out.line(start);
    out.indented("\t", |out| {
        let mut next = Some(0);
        for entry in &enumeration.entries {
            let name = c::entry(family, enumeration, entry);
            if enumeration.flags || next != Some(entry.value) {
                let value = enumeration.value_of(entry, false);
                out.line(format!("{name} = {},", number(value)));
            } else {
                out.line(format!("{name},"));
            }
            next = implied_after(entry.value);
        }
        if enumeration.c.render_max {
            render_max(out, family, enumeration);
        }
    });
    out.line("};");
    out.blank();
}

/// Returns the value of an enum member without an explicit value, or `None` after the maximum
/// `int`, where C needs an extension.
fn implied_after(value: i64) -> Option<i64> {
    let next = value.checked_add(1)?;
    (value != i64::from(i32::MAX)).then_some(next)
}

/// Writes the documentation of an enum, as kernel-doc if its entries are documented.
fn enumeration_doc(out: &mut Writer, family: &Family, enumeration: &Enum, name: &str) {
    if enumeration.entries.iter().all(|entry| entry.doc.is_empty()) {
        comment(out, &enumeration.doc);
        return;
    }
    out.line("/**");
    kernel_doc(out, name, " - ", &enumeration.doc);
    for entry in &enumeration.entries {
        if !entry.doc.is_empty() {
            let name = format!("@{}", c::entry(family, enumeration, entry));
            kernel_doc(out, &name, ": ", &entry.doc);
        }
    }
    out.line(" */");
}

fn kernel_doc(out: &mut Writer, name: &str, separator: &str, doc: &str) {
    let text = match doc {
        "" => name.to_owned(),
        doc => format!("{name}{separator}{}", prose::one_line(&in_comment(doc))),
    };
    for (index, line) in prose::wrap(&text, WIDTH - 5).iter().enumerate() {
        let indent = if index == 0 { "" } else { "  " };
        out.line(format!(" * {indent}{line}"));
    }
}

/// Writes the last members of an enum: its mask or its maximum.
fn render_max(out: &mut Writer, family: &Family, enumeration: &Enum) {
    let prefix = c::entry_prefix(family, enumeration);
    out.blank();
    out.line("/* private: */");
    if enumeration.flags {
        let mask = number(enumeration.mask().into());
        out.line(format!("{prefix}MASK = {mask},"));
        return;
    }
    let count = c::entry_count(family, enumeration);
    match enumeration.entries.last() {
        Some(last) if implied_after(last.value).is_none() => {
            out.line(format!("{count} = {},", i128::from(last.value) + 1));
        }
        _ => out.line(format!("{count},")),
    }
    out.line(format!("{prefix}MAX = ({count} - 1)"));
}

/// Writes members with numbers. `next` is the number of the first member without an explicit value.
fn members(out: &mut Writer, mut next: i64, members: impl Iterator<Item = (String, i64)>) {
    for (name, number) in members {
        if number == next {
            out.line(format!("{name},"));
        } else {
            out.line(format!("{name} = {number},"));
        }
        next = number + 1;
    }
}

/// Ends an enum of numbers with the count and the maximum.
fn enum_end(out: &mut Writer, family: &Family, count: &str, max: &str) {
    out.indented("\t", |out| {
        if family.c.max_by_define {
            out.line(count);
        } else {
            out.line(format!("{count},"));
            out.line(format!("{max} = ({count} - 1)"));
        }
    });
    out.line("};");
    if family.c.max_by_define {
        out.line(format!("#define {max} ({count} - 1)"));
    }
    out.blank();
}

fn attributes(out: &mut Writer, family: &Family, set: &AttributeSet) {
    out.blank();
    comment(out, &set.doc);
    out.line(enum_start(&set.c.enum_name, None));
    out.indented("\t", |out| {
        let name = |attribute| c::attribute(family, set, attribute);
        let all = set.attributes.iter();
        members(out, 0, all.map(|one| (name(one), one.number.into())));
        if !set.attributes.is_empty() {
            out.blank();
        }
    });
    let (count, max) = (
        c::attribute_count(family, set),
        c::attribute_max(family, set),
    );
    enum_end(out, family, &count, &max);
}

fn commands(out: &mut Writer, family: &Family) {
    if family.directional {
        commands_to_kernel(out, family);
        commands_from_kernel(out, family);
        return;
    }
    let separate = family.c.async_prefix.is_some();
    let is_call = |operation: &&Operation| match operation.role {
        Role::Notify { .. } | Role::Event { .. } => !separate && operation.request.is_some(),
        _ => true,
    };
    let number = |operation: &Operation| operation.reply.unwrap_or_default().into();
    let (calls, messages): (Vec<_>, Vec<_>) = family.operations.iter().partition(is_call);
    out.line(enum_start(&family.c.enum_name, None));
    out.indented("\t", |out| {
        let named = calls
            .iter()
            .map(|one| (c::command(family, one), number(one)));
        members(out, 0, named);
        out.blank();
    });
    let (count, max) = (c::command_count(family), c::command_max(family));
    enum_end(out, family, &count, &max);
    // C does not allow an empty enum.
    if !messages.is_empty() {
        out.line(enum_start(&family.c.async_enum, None));
        out.indented("\t", |out| {
            let named = messages
                .iter()
                .map(|one| (c::command(family, one), number(one)));
            members(out, 0, named);
        });
        out.line("};");
        out.blank();
    }
}

fn commands_to_kernel(out: &mut Writer, family: &Family) {
    let named = family
        .operations
        .iter()
        .filter_map(|operation| match &operation.role {
            Role::Call { doit: Some(_), .. } => {
                Some((c::command(family, operation), operation.request?.into()))
            }
            _ => None,
        });
    directional(out, family, "USER", named);
}

fn commands_from_kernel(out: &mut Writer, family: &Family) {
    let named = family.operations.iter().filter_map(|operation| {
        let name = c::command(family, operation);
        let name = match &operation.role {
            Role::Call {
                doit: Some(doit), ..
            } if doit.reply.is_some() => name + "_REPLY",
            Role::Notify { .. } | Role::Event { .. } => name,
            _ => return None,
        };
        Some((name, operation.reply?.into()))
    });
    directional(out, family, "KERNEL", named);
}

fn directional(
    out: &mut Writer,
    family: &Family,
    side: &str,
    named: impl Iterator<Item = (String, i64)>,
) {
    let [none, count, max] = c::directional_limits(family, side);
    out.line("enum {");
    out.indented("\t", |out| {
        out.line(format!("{none} = 0,"));
        members(out, 1, named);
        out.blank();
    });
    enum_end(out, family, &count, &max);
}

fn groups(out: &mut Writer, family: &Family) {
    let named = family
        .groups
        .iter()
        .map(|group| (c::group(family, group), format!("\"{}\"", group.name), ""));
    let named: Vec<_> = named.collect();
    if !named.is_empty() {
        out.blank();
        defines(out, &named);
    }
}
