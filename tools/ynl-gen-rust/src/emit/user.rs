// SPDX-License-Identifier: MIT OR Apache-2.0

//! Writes Rust for user space, based on `userspace/genl`.

mod definitions;
mod events;
mod fields;
mod messages;
mod names;
mod nests;
mod serde;
mod structs;
mod tables;

use super::messages::Messages;
use super::writer::Writer;
use super::{EmitError, Named, check_support, generated_from, rust, rustfmt};
use crate::model::{
    Attribute, Carriers, EnumId, Family, Int, IntKind, Meaning, Reach, SetId, StructId, Usage,
    Widening, reach,
};
pub(super) use fields::{At, FieldCode, FieldPlace, Value, Wire};
use names::Names;
pub(super) use nests::Nests;
use std::collections::{BTreeSet, HashSet};

/// Imports from `genl`, in the order of rustfmt.
const GENL: [&str; 23] = [
    "AttributeInfo",
    "AttributeSet",
    "Attrs",
    "Bitfield32",
    "Decode",
    "DecodeError",
    "DecodeEvent",
    "DoRequest",
    "DumpRequest",
    "Encode",
    "Encoder",
    "FamilyInfo",
    "FromAttr",
    "Kind",
    "MacAddr",
    "MultiAttr",
    "Nested",
    "OperationInfo",
    "OwnedNest",
    "Reader",
    "Request",
    "Struct",
    "TypeValue",
];

/// Other imports.
const TYPES: [&str; 8] = [
    "Attr",
    "Text",
    "IpAddr",
    "Ipv4Addr",
    "Ipv6Addr",
    "SocketAddr",
    "Serialize",
    "Serializer",
];

/// Options of the Rust for user space.
#[derive(Clone, Copy, Debug)]
pub struct UserOptions<'a> {
    /// Path of the crate `genl` in Rust.
    pub genl: &'a str,
    /// Whether messages from the kernel implement serde's `Serialize`.
    pub serde: bool,
}

/// Writes Rust for user space. `origin` is the name of the spec.
///
/// # Errors
///
/// The user side does not support a feature of the spec, or rustfmt fails.
pub fn user(family: &Family, origin: &str, options: UserOptions<'_>) -> Result<String, EmitError> {
    rustfmt(user_unformatted(family, origin, options)?, "2024")
}

/// Writes Rust for user space without running rustfmt. `origin` is the name of the spec.
///
/// # Errors
///
/// The user side does not support a feature of the spec.
pub fn user_unformatted(
    family: &Family,
    origin: &str,
    options: UserOptions<'_>,
) -> Result<String, EmitError> {
    let side = Side::new(family, options)?;
    let mut body = Writer::default();
    side.version(&mut body);
    side.family(&mut body);
    side.definitions(&mut body)?;
    side.groups(&mut body);
    side.tables(&mut body)?;
    side.operations(&mut body);
    side.requests(&mut body)?;
    side.replies(&mut body)?;
    side.nests(&mut body)?;
    side.events(&mut body)?;
    let body = body.finish();

    let mut out = Writer::default();
    out.line(format!("// SPDX-License-Identifier: {}", family.licence));
    let command = if options.serde {
        "--user --serde"
    } else {
        "--user"
    };
    out.line(format!("// {}", generated_from(origin, command)));
    out.blank();
    rust::front_page(&mut out, family);
    out.line("#![allow(dead_code)] // a program uses a part of the protocol");
    out.blank();
    imports(&mut out, &body, options.genl);
    Ok(out.finish() + &body)
}

/// Writes the imports that `body` needs.
fn imports(out: &mut Writer, body: &str, genl: &str) {
    let words = words_in_use(body);
    let used = |names: &[&'static str]| {
        let names = names.iter().copied();
        names
            .filter(|name| words.contains(name))
            .collect::<Vec<_>>()
    };
    let mut of_genl = [used(&GENL), used(&["Attr", "Text"])].concat();
    of_genl.sort_unstable();
    out.line(format!("use {genl}::{{{}}};", of_genl.join(", ")));
    if body.lines().any(|line| line.trim() == "bitflags! {") {
        out.line(format!("use {genl}::codegen::bitflags;"));
    }
    let of_serde = used(&["Serialize", "Serializer"]);
    if !of_serde.is_empty() {
        out.line(format!("use serde::{{{}}};", of_serde.join(", ")));
    }
    if !used(&["fmt"]).is_empty() {
        out.line("use std::fmt;");
    }
    let of_net = used(&["IpAddr", "Ipv4Addr", "Ipv6Addr", "SocketAddr"]);
    if !of_net.is_empty() {
        out.line(format!("use std::net::{{{}}};", of_net.join(", ")));
    }
    out.blank();
}

/// Returns the words of code, except text, enum variants and members of other paths.
fn words_in_use(body: &str) -> HashSet<&str> {
    let is_part = |c: char| c.is_alphanumeric() || c == '_';
    let lines = body.lines().map(str::trim);
    let lines = lines.filter(|line| !line.starts_with("//"));
    lines
        .flat_map(|line| {
            let code = line.split('"').step_by(2);
            let words = code.flat_map(move |code| code.split(move |c: char| !is_part(c)));
            words.filter(move |word| {
                // Offset of the word in the line.
                let start = word.as_ptr().addr() - line.as_ptr().addr();
                let is_variant = start == 0 && line[word.len()..].starts_with(['(', ',']);
                !line[..start].ends_with("::") && !is_variant
            })
        })
        .collect()
}

/// Writes `Debug` for a type.
fn debug(out: &mut Writer, name: &str, body: impl FnOnce(&mut Writer)) {
    rust::block(out, format!("impl fmt::Debug for {name}"), |out| {
        let signature = "fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result";
        rust::block(out, signature, body);
    });
    out.blank();
}

/// The user side of a family.
pub(super) struct Side<'a> {
    family: &'a Family,
    options: UserOptions<'a>,
    messages: Messages,
    reach: Reach,
    /// Sets whose nests are decoded: nests from the kernel, and nests in lists of requests, which
    /// are readable in both directions.
    decoded: BTreeSet<SetId>,
    names: Names,
    carriers: Carriers<'a>,
    nests: Nests,
}

impl<'a> Side<'a> {
    fn new(family: &'a Family, options: UserOptions<'a>) -> Result<Self, EmitError> {
        let messages = Messages::of(family);
        let reach = reach(family);
        let carriers = Carriers::of(family);
        let names = Names::of(family, &messages, &reach, &carriers)?;
        let mut side = Self {
            family,
            options,
            messages,
            decoded: reach.replies.clone(),
            reach,
            names,
            carriers,
            nests: Nests::of(family),
        };
        side.check_attributes()?;
        side.decode_lists();
        side.find_references();
        Ok(side)
    }

    /// Rejects attributes that the user side does not support.
    fn check_attributes(&self) -> Result<(), EmitError> {
        for request in &self.messages.requests {
            let attributes = request.attributes(self.family);
            check_support(&self.carriers, attributes, Usage::User)?;
        }
        for reply in &self.messages.replies {
            let attributes = reply.attributes(self.family);
            check_support(&self.carriers, attributes, Usage::User)?;
        }
        for &set in self.reach.requests.union(&self.reach.replies) {
            check_support(&self.carriers, self.in_use(set), Usage::User)?;
        }
        Ok(())
    }

    /// Finds the sets whose nests are in lists of requests.
    fn decode_lists(&mut self) {
        let mut found = Vec::new();
        for request in &self.messages.requests {
            if let Some(set) = self.family.operation(request.op).set {
                for attribute in request.attributes(self.family) {
                    found.extend(self.listed(set, attribute));
                }
            }
        }
        for &set in &self.reach.requests {
            for attribute in self.in_use(set) {
                found.extend(self.listed(set, attribute));
            }
        }
        while let Some(set) = found.pop() {
            if self.decoded.insert(set) {
                found.extend(self.in_use(set).filter_map(Attribute::nested_set));
            }
        }
    }

    /// Returns the set of an attribute's nests, if it has several or decodes them on demand.
    fn listed(&self, set: SetId, attribute: &Attribute) -> Option<SetId> {
        let nested = attribute.nested_set()?;
        let one = attribute.kind.item().is_none() && !attribute.multi;
        (!one || self.nests.is_lazy(set, nested)).then_some(nested)
    }

    /// Returns the path of the crate `genl`.
    pub(super) fn genl(&self) -> &str {
        self.options.genl
    }

    /// Returns the type of a value of an enum.
    pub(super) fn enum_type(&self, id: EnumId) -> &str {
        &self.names.enums[&id]
    }

    /// Returns the type of a set of flags.
    pub(super) fn flags_type(&self, id: EnumId) -> &str {
        &self.names.flags[&id]
    }

    /// Returns the type of a struct.
    pub(super) fn struct_type(&self, id: StructId) -> &str {
        &self.names.structs[id.0]
    }

    /// Returns the length of a struct in bytes.
    pub(super) fn struct_len(&self, id: StructId) -> i128 {
        self.family.struct_len(id) as i128
    }

    /// Returns the set that a subset belongs to; for other sets, the set itself.
    pub(super) fn whole(&self, set: SetId) -> SetId {
        self.family.whole(set)
    }

    /// Returns the table of a set.
    pub(super) fn table(&self, set: SetId) -> &str {
        &self.names.set_tables[&self.family.whole(set)]
    }

    /// Returns the type of a nest without its lifetime.
    pub(super) fn nest_stem(&self, set: SetId) -> &str {
        &self.names.nests[&set]
    }

    /// Returns the type of a nest.
    pub(super) fn nest_type(&self, set: SetId) -> String {
        let name = self.nest_stem(set);
        match self.nests.borrows(set) {
            true => format!("{name}<'a>"),
            false => name.to_owned(),
        }
    }

    /// Returns whether nests of `inner` in `outer` are decoded on demand.
    pub(super) fn is_lazy(&self, outer: SetId, inner: SetId) -> bool {
        self.nests.is_lazy(outer, inner)
    }

    /// Returns the widest number that contains values of an enum, or its flags.
    pub(super) fn carrier(&self, meaning: Meaning) -> IntKind {
        self.carriers.carrier(meaning)
    }

    /// Returns the conversion of a number to the widest number of its meaning, if there is one.
    pub(super) fn widening(&self, int: &Int) -> Option<Widening> {
        self.carriers.widening(int)
    }

    fn unsupported(&self, of: &impl Named, what: &str, expected: &str) -> EmitError {
        of.unsupported("user", what, expected)
    }

    /// Returns the number of an attribute as an expression.
    fn number(&self, set: SetId, attribute: &Attribute) -> String {
        let module = &self.names.set_modules[&self.family.whole(set)];
        format!("{module}::{}", names::number(attribute))
    }

    /// Returns the attributes of a set that messages can contain.
    fn in_use(&self, set: SetId) -> impl Iterator<Item = &'a Attribute> {
        let attributes = self.family.set(set).attributes.iter();
        attributes.filter(|attribute| attribute.carries())
    }
}
