// SPDX-License-Identifier: MIT OR Apache-2.0

//! Names in C, by the rules of the kernel's `ynl_gen_c.py`.

use crate::model::{Attribute, AttributeSet, Const, Entry, Enum, Family, Group, Operation, Role};

pub(super) fn upper(name: &str) -> String {
    name.to_ascii_uppercase().replace('-', "_")
}

pub(super) fn lower(name: &str) -> String {
    name.to_ascii_lowercase().replace('-', "_")
}

pub(super) fn family_name(family: &Family) -> String {
    let name = family.c.family_name.as_deref();
    upper(name.unwrap_or(&format!("{}-family-name", family.name)))
}

pub(super) fn family_version(family: &Family) -> String {
    let name = family.c.version_name.as_deref();
    upper(name.unwrap_or(&format!("{}-family-version", family.name)))
}

/// Returns text as a string literal in C and Rust. The text has no control characters.
pub(super) fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', r"\\").replace('"', "\\\""))
}

/// Returns text as a string literal in C, where `??` would begin a trigraph.
pub(super) fn quoted_in_c(text: &str) -> String {
    quoted(text).replace("??", r"?\?")
}

/// Returns the include guard of the header.
pub(super) fn guard(family: &Family) -> String {
    let path = family.c.uapi_header.as_deref();
    let name = path.and_then(|path| path.strip_prefix("linux/")?.strip_suffix(".h"));
    let plain = |c: char| if c.is_ascii_alphanumeric() { c } else { '_' };
    let name: String = upper(name.unwrap_or(&family.name))
        .chars()
        .map(plain)
        .collect();
    format!("_UAPI_LINUX_{name}_H")
}

pub(super) fn constant(family: &Family, constant: &Const) -> String {
    match &constant.c_prefix {
        Some(prefix) => upper(&format!("{prefix}{}", constant.name)),
        None => upper(&format!("{}-{}", family.name, constant.name)),
    }
}

pub(super) fn entry_prefix(family: &Family, enumeration: &Enum) -> String {
    match &enumeration.c.name_prefix {
        Some(prefix) => upper(prefix),
        None => upper(&format!("{}-{}-", family.name, enumeration.name)),
    }
}

pub(super) fn entry(family: &Family, enumeration: &Enum, entry: &Entry) -> String {
    entry_prefix(family, enumeration) + &upper(&entry.name)
}

/// Returns the name of the last value of an enum plus one.
pub(super) fn entry_count(family: &Family, enumeration: &Enum) -> String {
    match &enumeration.c.enum_cnt_name {
        Some(name) => upper(name),
        None => format!("__{}MAX", entry_prefix(family, enumeration)),
    }
}

pub(super) fn attribute_prefix(family: &Family, set: &AttributeSet) -> String {
    match &set.c.name_prefix {
        Some(prefix) => upper(prefix),
        None if set.name == family.name => upper(&format!("{}-a-", family.name)),
        None => upper(&format!("{}-a-{}-", family.name, set.name)),
    }
}

pub(super) fn attribute(family: &Family, set: &AttributeSet, attribute: &Attribute) -> String {
    match &attribute.c_prefix {
        Some(prefix) => upper(&format!("{prefix}{}", attribute.name)),
        None => attribute_prefix(family, set) + &upper(&attribute.name),
    }
}

/// Returns the name of the highest number of a set plus one.
pub(super) fn attribute_count(family: &Family, set: &AttributeSet) -> String {
    match &set.c.attr_cnt_name {
        Some(name) => upper(name),
        None => format!("__{}MAX", attribute_prefix(family, set)),
    }
}

pub(super) fn attribute_max(family: &Family, set: &AttributeSet) -> String {
    match &set.c.attr_max_name {
        Some(name) => upper(name),
        None => attribute_prefix(family, set) + "MAX",
    }
}

pub(super) fn command_prefix(family: &Family) -> String {
    match &family.c.name_prefix {
        Some(prefix) => upper(prefix),
        None => upper(&format!("{}-cmd-", family.name)),
    }
}

/// Returns the name of the last command plus one.
pub(super) fn command_count(family: &Family) -> String {
    match &family.c.cmd_cnt_name {
        Some(name) => upper(name),
        None => format!("__{}MAX", command_prefix(family)),
    }
}

pub(super) fn command_max(family: &Family) -> String {
    match &family.c.cmd_max_name {
        Some(name) => upper(name),
        None => command_prefix(family) + "MAX",
    }
}

/// Returns the names of the members around the messages of one direction, if each direction has its
/// own numbers: the first unused one, the last one plus one, and the last one.
pub(super) fn directional_limits(family: &Family, side: &str) -> [String; 3] {
    let prefix = command_prefix(family);
    [
        format!("{}_MSG_{side}_NONE", upper(&family.name)),
        format!("__{prefix}{side}_CNT"),
        format!("{prefix}{side}_MAX"),
    ]
}

pub(super) fn command(family: &Family, operation: &Operation) -> String {
    let message = matches!(operation.role, Role::Notify { .. } | Role::Event { .. });
    let prefix = match family.c.async_prefix.as_deref().filter(|_| message) {
        Some(prefix) => upper(prefix),
        None => command_prefix(family),
    };
    prefix + &upper(&operation.name)
}

pub(super) fn group(family: &Family, group: &Group) -> String {
    match &group.c_define_name {
        Some(name) => upper(name),
        None => upper(&format!("{}-mcgrp-{}", family.name, group.name)),
    }
}
