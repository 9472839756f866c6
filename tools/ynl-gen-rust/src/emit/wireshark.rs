// SPDX-License-Identifier: MIT OR Apache-2.0

//! Writes a Wireshark dissector in Lua: tables of the spec, then code that is the same for every
//! family.

use super::types::{AttributeType as _, Number};
use super::writer::Writer;
use super::{generated_from, prose};
use crate::model::{
    Attribute, AttributeSet, DisplayHint, Enum, Family, Member, MemberKind, Operation, Role,
    Struct, StructId,
};
use std::collections::BTreeMap;

/// The code that reads the tables. The compiler's licence applies to this file, and the spec's
/// licence to the output.
const DISSECTOR: &str = include_str!("wireshark/dissector.lua");

/// Width of a line.
const WIDTH: usize = 100;

/// One level of indentation.
const STEP: &str = "  ";

/// Keywords of Lua 5.2 and later.
const KEYWORDS: [&str; 22] = [
    "and", "break", "do", "else", "elseif", "end", "false", "for", "function", "goto", "if", "in",
    "local", "nil", "not", "or", "repeat", "return", "then", "true", "until", "while",
];

/// The keys and values of a table.
pub(super) type Entries = Vec<(&'static str, String)>;

/// Writes the dissector. `origin` is the name of the spec.
pub fn wireshark(family: &Family, origin: &str) -> String {
    let mut out = Writer::default();
    head(&mut out, family, origin);
    tables(&mut out, "enums", &family.enums, enumeration);
    tables(&mut out, "structs", &family.structs, |out, one| {
        structure(out, family, one);
    });
    tables(&mut out, "sets", &family.sets, |out, one| {
        set(out, family, one);
    });
    out.blank();
    messages(&mut out, family);
    out.blank();
    let (_licence, dissector) = DISSECTOR.split_once("\n\n").unwrap_or_default();
    out.finish() + dissector
}

fn head(out: &mut Writer, family: &Family, origin: &str) {
    out.line(format!("-- SPDX-License-Identifier: {}", family.licence));
    out.line(format!("-- {}", generated_from(origin, "--wireshark")));
    out.line("--");
    let text = format!(
        "Dissects messages of the generic netlink family {} in Wireshark and tshark. They learn the \
         family's id when a program resolves it, so start the capture before the program.",
        family.name
    );
    for line in prose::wrap(&text, WIDTH - 3) {
        out.line(format!("-- {line}"));
    }
    out.blank();
    out.line(format!("local family = {}", quoted(&family.name)));
}

/// Writes a table, one entry in a line.
fn table(out: &mut Writer, start: &str, end: &str, body: impl FnOnce(&mut Writer)) {
    out.line(format!("{start}{{"));
    out.indented(STEP, body);
    out.line(format!("}}{end}"));
}

/// Writes a table that may be empty.
fn tables<T>(out: &mut Writer, name: &str, all: &[T], each: impl Fn(&mut Writer, &T)) {
    out.blank();
    let start = format!("local {name} = ");
    match all {
        [] => out.line(format!("{start}{{}}")),
        all => table(out, &start, "", |out| {
            all.iter().for_each(|one| each(out, one));
        }),
    }
}

/// Writes the table of a definition.
fn named(out: &mut Writer, name: &str, body: impl FnOnce(&mut Writer)) {
    table(out, &format!("{} = ", key(name)), ",", body);
}

fn enumeration(out: &mut Writer, enumeration: &Enum) {
    named(out, &enumeration.name, |out| {
        for entry in &enumeration.entries {
            out.line(format!("[{}] = {},", entry.value, quoted(&entry.name)));
        }
    });
}

fn structure(out: &mut Writer, family: &Family, structure: &Struct) {
    named(out, &structure.name, |out| {
        for member in &structure.members {
            entry(out, "", &self::member(family, member), &member.doc);
        }
    });
}

fn member(family: &Family, member: &Member) -> Entries {
    let (entries, len) = match &member.kind {
        MemberKind::Int(int) => (Number(int).dissector(family, member.hint), int.kind.bytes()),
        MemberKind::Bytes(len) => (bytes(member.hint), *len),
        MemberKind::Text(len) => (kind("filled"), *len),
        MemberKind::Struct(id) => (structured(family, *id), family.struct_len(*id)),
    };
    let name = ("name", quoted(&member.name));
    let len = ("len", len.to_string());
    [vec![name], entries, vec![len]].concat()
}

/// Writes a set. A subset contains only attributes that differ from the whole set.
fn set(out: &mut Writer, family: &Family, set: &AttributeSet) {
    let whole = set.subset_of.map(|id| family.set(id));
    named(out, &set.name, |out| {
        if let Some(whole) = whole {
            out.line(format!("part_of = {},", quoted(&whole.name)));
        }
        for attribute in &set.attributes {
            let entries = self::attribute(family, attribute);
            let in_whole = whole.and_then(|whole| {
                let mut attributes = whole.attributes.iter();
                attributes.find(|other| other.number == attribute.number)
            });
            if in_whole.is_none_or(|other| self::attribute(family, other) != entries) {
                let start = format!("[{}] = ", attribute.number);
                entry(out, &start, &entries, &attribute.doc);
            }
        }
    });
}

fn attribute(family: &Family, attribute: &Attribute) -> Entries {
    let mut entries = vec![("name", quoted(&attribute.name))];
    entries.extend(attribute.kind.describe().dissector(family, attribute.hint));
    entries
}

pub(super) fn kind(name: &str) -> Entries {
    vec![("type", quoted(name))]
}

/// Returns a type that consists of items of another type.
pub(super) fn of(name: &str, part: &Entries) -> Entries {
    [kind(name), vec![("of", braced(part))]].concat()
}

pub(super) fn structured(family: &Family, id: StructId) -> Entries {
    let structure = quoted(&family.structure(id).name);
    [kind("struct"), vec![("struct", structure)]].concat()
}

pub(super) fn bytes(hint: Option<DisplayHint>) -> Entries {
    [kind("binary"), hinted(hint)].concat()
}

pub(super) fn hinted(hint: Option<DisplayHint>) -> Entries {
    let name = match hint {
        Some(DisplayHint::Hex) => "hex",
        Some(DisplayHint::Mac) => "mac",
        Some(DisplayHint::Ipv4) => "ipv4",
        Some(DisplayHint::Ipv6) => "ipv6",
        Some(DisplayHint::Uuid) => "uuid",
        Some(DisplayHint::Fddi | DisplayHint::Ipv4OrV6 | DisplayHint::SockAddr) | None => {
            return Entries::new();
        }
    };
    vec![("hint", quoted(name))]
}

/// Writes the tables of commands, one for each direction.
fn messages(out: &mut Writer, family: &Family) {
    let numbered = |number: fn(&Operation) -> Option<u8>| {
        let operations = family.operations.iter();
        let calls = operations.filter(|one| !matches!(one.role, Role::Reserved));
        calls
            .filter_map(move |one| Some((number(one)?, one)))
            .collect()
    };
    commands(out, family, "requests", &numbered(|one| one.request));
    let is_apart = |one: &Operation| family.directional || one.request.is_none();
    match family.operations.iter().any(is_apart) {
        true => {
            out.blank();
            commands(out, family, "replies", &numbered(|one| one.reply));
        }
        false => out.line("local replies = requests"),
    }
}

fn commands(out: &mut Writer, family: &Family, name: &str, by: &BTreeMap<u8, &Operation>) {
    table(out, &format!("local {name} = "), "", |out| {
        for (number, operation) in by {
            let mut entries = vec![("name", quoted(&operation.name))];
            if let Some(id) = operation.set {
                entries.push(("set", quoted(&family.set(id).name)));
            }
            if let Some(id) = operation.fixed_header {
                entries.push(("header", quoted(&family.structure(id).name)));
            }
            if matches!(operation.role, Role::Notify { .. } | Role::Event { .. }) {
                entries.push(("event", "true".to_owned()));
            }
            out.line(format!("[{number}] = {},", braced(&entries)));
        }
    });
}

/// Writes a table with documentation, in one line if it fits.
fn entry(out: &mut Writer, start: &str, entries: &Entries, doc: &str) {
    let mut all = entries.clone();
    if !doc.is_empty() {
        all.push(("doc", quoted(&prose::first_sentence(doc))));
    }
    let line = format!("{start}{},", braced(&all));
    if out.indent_width() + line.chars().count() <= WIDTH {
        out.line(line);
        return;
    }
    table(out, start, ",", |out| {
        for (key, value) in &all {
            out.line(format!("{key} = {value},"));
        }
    });
}

fn braced(entries: &Entries) -> String {
    let entries: Vec<_> = entries
        .iter()
        .map(|(key, value)| format!("{key} = {value}"))
        .collect();
    format!("{{ {} }}", entries.join(", "))
}

/// Returns a name as a table key.
fn key(name: &str) -> String {
    let starts = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    let continues = name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    match starts && continues && !KEYWORDS.contains(&name) {
        true => name.to_owned(),
        false => format!("[{}]", quoted(name)),
    }
}

/// Returns text as a Lua string.
pub(super) fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => quoted.extend(['\\', c]),
            c if c.is_control() => quoted.push(' '),
            c => quoted.push(c),
        }
    }
    quoted + "\""
}
