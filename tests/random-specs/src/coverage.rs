// SPDX-License-Identifier: MIT OR Apache-2.0

//! Records the features of a family. If the generator stops producing a feature, nothing tests it.

use crate::generate::For;
use std::collections::BTreeSet;
use ynl_gen_rust::model::{
    Attribute, Check, ConstValue, Content, Enum, Family, Int, IntKind, Kind, Length, Meaning,
    MemberKind, Permission, PolicyEntry, Protocol, Role, Scope, Struct,
};

/// Features of both sides.
pub const BOTH: &[&str] = &[
    "attribute: array of nests",
    "attribute: binary",
    "attribute: exact length",
    "attribute: flag",
    "attribute: minimum length",
    "attribute: length range",
    "attribute: maximum length",
    "attribute: nest",
    "attribute: recursive nest",
    "attribute: array of numbers in binary",
    "attribute: number with a gap before it",
    "attribute: numbers of s8",
    "attribute: numbers of s16",
    "attribute: numbers of s32",
    "attribute: numbers of s64",
    "attribute: numbers of sint",
    "attribute: numbers of u8",
    "attribute: numbers of u16",
    "attribute: numbers of u32",
    "attribute: numbers of u64",
    "attribute: numbers of uint",
    "attribute: pad",
    "attribute: string",
    "attribute: string of exact length",
    "attribute: string with limit",
    "attribute: unused",
    "check: flags",
    "check: full range",
    "check: full range, signed",
    "check: limit is a constant",
    "check: max",
    "check: min",
    "check: one of an enum",
    "check: range",
    "constant: negative",
    "constant: text",
    "constant: more than 32 bits",
    "constant: small",
    "enum: as flags",
    "enum: flags",
    "enum: in attribute",
    "enum: render-max",
    "enum: unused",
    "enum: with gaps",
    "enum: without gaps",
    "group: permission",
    "hint",
    "hook: after",
    "hook: before",
    "message: empty",
    "message: all attributes",
    "message: no attribute set",
    "multi: binary",
    "multi: nest",
    "multi: number",
    "multi: string",
    "operation: configurable",
    "operation: do",
    "operation: do and dump",
    "operation: dump",
    "operation: event",
    "operation: event without a group",
    "operation: admin-perm",
    "operation: uns-admin-perm",
    "operation: no reply",
    "operation: no request",
    "operation: notification",
    "operation: reserved",
    "operation: number with a gap before it",
    "order: big-endian",
    "order: little-endian",
    "scope: kernel",
    "scope: user",
    "set: never nested",
    "set: nested in requests and replies",
    "set: subset",
    "documentation: several lines",
    "documentation: none",
];

/// Features of the user side only.
pub const USER: &[&str] = &[
    "attribute: array of binary",
    "attribute: array of numbers",
    "attribute: array of strings",
    "attribute: bitfield32",
    "attribute: bitfield32 with names",
    "attribute: nest in levels",
    "attribute: number in levels",
    "attribute: struct",
    "attribute: unterminated string",
    "constant: name in C",
    "constant: in a header",
    "enum: beyond 32 bits",
    "enum: names in C",
    "enum: negative",
    "fixed header",
    "command numbers: directional",
    "protocol: genetlink",
    "protocol: genetlink-c",
    "protocol: genetlink-legacy",
    "set: names in C",
    "struct: bytes",
    "struct: enum",
    "struct: hint",
    "struct: number",
    "struct: number in another byte order",
    "struct: struct",
    "struct: text",
    "validation: lax",
];

/// Returns the features of a side that no spec has.
pub fn missing(covered: &BTreeSet<&'static str>, side: For) -> Vec<&'static str> {
    let more = match side {
        For::User => USER,
        For::Kernel => &[],
    };
    let all = BOTH.iter().chain(more).copied();
    all.filter(|kind| !covered.contains(kind)).collect()
}

/// Returns the features of a family.
pub fn of(family: &Family) -> BTreeSet<&'static str> {
    let mut found = BTreeSet::new();
    let mut note = |what, when: bool| {
        if when {
            found.insert(what);
        }
    };
    note(
        "protocol: genetlink",
        family.protocol == Protocol::Genetlink,
    );
    note(
        "protocol: genetlink-c",
        family.protocol == Protocol::GenetlinkC,
    );
    note(
        "protocol: genetlink-legacy",
        family.protocol == Protocol::GenetlinkLegacy,
    );
    note("command numbers: directional", family.directional);
    note("documentation: none", family.doc.is_empty());
    note(
        "documentation: several lines",
        family.doc.lines().count() > 3,
    );
    for one in &family.consts {
        match one.value {
            ConstValue::Text(_) => note("constant: text", true),
            ConstValue::Number(value) => {
                note("constant: negative", value < 0);
                note("constant: small", (0..1 << 32).contains(&value));
                note("constant: more than 32 bits", value >= 1 << 32);
            }
        }
        note("constant: name in C", one.c_prefix.is_some());
        note("constant: in a header", one.header.is_some());
        note("scope: kernel", one.scope == Scope::Kernel);
        note("scope: user", one.scope == Scope::User);
    }
    for group in &family.groups {
        note("group: permission", group.permission != Permission::Anyone);
    }
    for (index, one) in family.enums.iter().enumerate() {
        enumeration(one, &mut note);
        let id = ynl_gen_rust::model::EnumId(index);
        note("enum: unused", !numbers(family).any(|int| is_of(int, id)));
    }
    for one in &family.structs {
        structure(one, &mut note);
    }
    sets(family, &mut note);
    operations(family, &mut note);
    found
}

type Note<'a> = dyn FnMut(&'static str, bool) + 'a;

fn is_of(int: &Int, id: ynl_gen_rust::model::EnumId) -> bool {
    int.meaning == Meaning::Enum(id) || int.meaning == Meaning::Flags(id)
}

/// Returns the numbers in all attributes.
fn numbers(family: &Family) -> impl Iterator<Item = &Int> {
    let all = family.sets.iter().flat_map(|set| &set.attributes);
    all.filter_map(|attribute| match &attribute.kind {
        Kind::Array(item) => item.int(),
        kind => kind.int(),
    })
}

fn enumeration(one: &Enum, note: &mut Note<'_>) {
    let (low, high) = one.range();
    note("enum: flags", one.flags);
    note("enum: render-max", one.c.render_max);
    note("enum: with gaps", !one.flags && one.is_sparse());
    note("enum: without gaps", !one.flags && !one.is_sparse());
    note("enum: negative", low < 0);
    note("enum: beyond 32 bits", !one.flags && high > u32::MAX.into());
    note("enum: names in C", one.c.name_prefix.is_some());
    note("scope: kernel", one.scope == Scope::Kernel);
    note("scope: user", one.scope == Scope::User);
}

fn structure(one: &Struct, note: &mut Note<'_>) {
    for member in &one.members {
        note("struct: hint", member.hint.is_some());
        match &member.kind {
            MemberKind::Int(int) => {
                note("struct: number", int.meaning == Meaning::Number);
                note("struct: number in another byte order", int.order.is_some());
                note("struct: enum", int.meaning != Meaning::Number);
            }
            MemberKind::Bytes(_) => note("struct: bytes", true),
            MemberKind::Text(_) => note("struct: text", true),
            MemberKind::Struct(_) => note("struct: struct", true),
        }
    }
}

fn sets(family: &Family, note: &mut Note<'_>) {
    let reach = ynl_gen_rust::model::reach(family);
    for (index, set) in family.sets.iter().enumerate() {
        let id = ynl_gen_rust::model::SetId(index);
        let (sent, received) = (reach.requests.contains(&id), reach.replies.contains(&id));
        note("set: subset", set.subset_of.is_some());
        note("set: names in C", set.c.enum_name != Default::default());
        note("set: never nested", !sent && !received);
        note("set: nested in requests and replies", sent && received);
        for (before, one) in set.attributes.iter().enumerate() {
            attribute(one, note);
            check(family, one, note);
            let gap = usize::from(one.number) > before + 1;
            note("attribute: number with a gap before it", gap);
            let own = matches!(one.kind, Kind::Nest(nested) if nested == id);
            note("attribute: recursive nest", own);
        }
    }
}

fn attribute(attribute: &Attribute, note: &mut Note<'_>) {
    let multi = attribute.multi;
    note("hint", attribute.hint.is_some());
    match &attribute.kind {
        Kind::Unused => note("attribute: unused", true),
        Kind::Pad => note("attribute: pad", true),
        Kind::Flag => note("attribute: flag", true),
        Kind::Int(int) => {
            number(int, note);
            note("multi: number", multi);
        }
        Kind::Text(text) => {
            note("attribute: string", true);
            note("attribute: string with limit", text.max_len.is_some());
            note(
                "attribute: string of exact length",
                text.exact_len.is_some(),
            );
            note("attribute: unterminated string", text.unterminated_ok);
            note("multi: string", multi);
        }
        Kind::Binary(binary) => {
            note("attribute: binary", true);
            note("multi: binary", multi);
            note(
                "attribute: array of numbers in binary",
                matches!(binary.content, Content::Numbers(_)),
            );
            note(
                "attribute: struct",
                matches!(binary.content, Content::Struct(_)),
            );
            note(
                "attribute: exact length",
                matches!(binary.len, Length::Exact(_)),
            );
            note(
                "attribute: minimum length",
                matches!(binary.len, Length::Min(_)),
            );
            note(
                "attribute: maximum length",
                matches!(binary.len, Length::Max(_)),
            );
            note(
                "attribute: length range",
                matches!(binary.len, Length::Range(..)),
            );
        }
        Kind::Bitfield32(names) => {
            note("attribute: bitfield32", names.is_none());
            note("attribute: bitfield32 with names", names.is_some());
        }
        Kind::Nest(_) => {
            note("attribute: nest", true);
            note("multi: nest", multi);
        }
        Kind::Array(item) => match **item {
            Kind::Nest(_) => note("attribute: array of nests", true),
            Kind::Int(_) => note("attribute: array of numbers", true),
            Kind::Binary(_) => note("attribute: array of binary", true),
            _ => note("attribute: array of strings", true),
        },
        Kind::TypeValue { item, .. } => match **item {
            Kind::Nest(_) => note("attribute: nest in levels", true),
            _ => note("attribute: number in levels", true),
        },
    }
}

fn number(int: &Int, note: &mut Note<'_>) {
    let name = match int.kind {
        IntKind::U8 => "attribute: numbers of u8",
        IntKind::U16 => "attribute: numbers of u16",
        IntKind::U32 => "attribute: numbers of u32",
        IntKind::U64 => "attribute: numbers of u64",
        IntKind::S8 => "attribute: numbers of s8",
        IntKind::S16 => "attribute: numbers of s16",
        IntKind::S32 => "attribute: numbers of s32",
        IntKind::S64 => "attribute: numbers of s64",
        IntKind::Uint => "attribute: numbers of uint",
        IntKind::Sint => "attribute: numbers of sint",
    };
    note(name, true);
    let order = |order| int.order == Some(order);
    note(
        "order: big-endian",
        order(ynl_gen_rust::model::ByteOrder::BigEndian),
    );
    note(
        "order: little-endian",
        order(ynl_gen_rust::model::ByteOrder::LittleEndian),
    );
    note(
        "enum: in attribute",
        matches!(int.meaning, Meaning::Enum(_)),
    );
    note("enum: as flags", matches!(int.meaning, Meaning::Flags(_)));
    let limits = [int.min, int.max].into_iter().flatten();
    note(
        "check: limit is a constant",
        limits.into_iter().any(|limit| limit.name.is_some()),
    );
}

fn check(family: &Family, attribute: &Attribute, note: &mut Note<'_>) {
    let Some(entry) = PolicyEntry::of(family, attribute) else {
        return;
    };
    let signed = attribute.kind.int().is_some_and(|int| int.kind.is_signed());
    match entry.check {
        Check::Min(_) => note("check: min", true),
        Check::Max(_) => note("check: max", true),
        Check::Range(..) => note("check: range", true),
        Check::FullRange(..) => {
            note("check: full range", !signed);
            note("check: full range, signed", signed);
        }
        Check::Mask(_) => note("check: flags", true),
        Check::OneOf(_) => note("check: one of an enum", true),
        _ => {}
    }
}

fn operations(family: &Family, note: &mut Note<'_>) {
    for (before, operation) in family.operations.iter().enumerate() {
        let number = usize::from(operation.request.unwrap_or_default());
        note(
            "operation: number with a gap before it",
            number > before + 1,
        );
        note("fixed header", operation.fixed_header.is_some());
        note("validation: lax", !operation.dont_validate.is_empty());
        note("operation: configurable", operation.config.is_some());
        let permission = operation.permission;
        note("operation: admin-perm", permission == Permission::Admin);
        note(
            "operation: uns-admin-perm",
            permission == Permission::NetnsAdmin,
        );
        match &operation.role {
            Role::Reserved => note("operation: reserved", true),
            Role::Notify { .. } => note("operation: notification", true),
            Role::Event { group, .. } => {
                note("operation: event", true);
                note("operation: event without a group", group.is_none());
            }
            Role::Call { doit, dumpit } => {
                note("message: no attribute set", operation.set.is_none());
                note("operation: do", doit.is_some());
                note("operation: dump", dumpit.is_some());
                note("operation: do and dump", doit.is_some() && dumpit.is_some());
                for exchange in doit.iter().chain(dumpit) {
                    note("operation: no reply", exchange.reply.is_none());
                    note("operation: no request", exchange.request.is_none());
                    note("hook: before", exchange.pre.is_some());
                    note("hook: after", exchange.post.is_some());
                    for message in exchange.request.iter().chain(&exchange.reply) {
                        let count = message.attributes.len();
                        let set = operation.set.map(|set| family.set(set).attributes.len());
                        note("message: empty", count == 0);
                        note("message: all attributes", count > 1 && Some(count) == set);
                    }
                }
            }
        }
    }
}
