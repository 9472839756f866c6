// SPDX-License-Identifier: MIT OR Apache-2.0

//! Writes a syzkaller description of a family's requests, in syzlang.
//!
//! It uses definitions of syzkaller's netlink descriptions (`nlattr`, `nlnest`, `netlink_seq`,
//! `netlink_port_id`, `genlmsghdr_t`, `msghdr_netlink`, `sock_nl_generic`, `nl_generic_attr`). It
//! needs no C header, because all numbers are literal. The format is the format of `syz-fmt`.

use super::messages::{Messages, RequestType};
use super::types::{AttributeType as _, Number};
use super::writer::Writer;
use super::{EmitError, Named as _, c, generated_from, prose};
use crate::model::{Attribute, EnumId, Family, MemberKind, Nesting, SetId, StructId};
use std::collections::BTreeSet;

/// Width of a comment.
const WIDTH: usize = 100;

/// One level of indentation.
const STEP: &str = "\t";

/// Number of bytes tried above the minimum, if the spec has no maximum.
pub(super) const MORE: i128 = 64;

/// Maximum number of bytes tried, if the spec has a maximum.
pub(super) const MOST: i128 = 4096;

/// Writes the description. `origin` is the name of the spec.
///
/// # Errors
///
/// The family has no requests.
pub fn syzkaller(family: &Family, origin: &str) -> Result<String, EmitError> {
    let requests = Messages::of(family).requests;
    if requests.is_empty() {
        // syzkaller rejects a resource that no call uses.
        let what = "a family without requests";
        return Err(family.unsupported("syzkaller", what, "an operation with `do` or `dump`"));
    }
    let mut out = Writer::default();
    head(&mut out, family, origin);
    let mut description = Description::of(family);
    for request in &requests {
        for way in Way::of(request) {
            let line = description.call(request, way);
            out.line(line);
        }
    }
    envelope(&mut out, family, &requests);
    for request in &requests {
        description.request(&mut out, request);
    }
    description.what_is_used(&mut out);
    Ok(out.finish().trim_end().to_owned() + "\n")
}

/// The flags of a request.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    Do,
    Dump,
}

impl Way {
    fn of(request: &RequestType) -> impl Iterator<Item = Self> {
        let doit = request.doit.then_some(Self::Do);
        let dumpit = request.dumpit.then_some(Self::Dump);
        doit.into_iter().chain(dumpit)
    }

    fn name(self) -> &'static str {
        match self {
            Self::Do => "do",
            Self::Dump => "dump",
        }
    }

    /// The values of the flags: `NLM_F_REQUEST`, alone and with `NLM_F_ACK`, `NLM_F_ECHO` and
    /// `NLM_F_DUMP`. With syzkaller's own list, few messages would be requests.
    fn flags(self) -> &'static str {
        match self {
            Self::Do => "0x1, 0x5, 0xd",
            Self::Dump => "0x301, 0x305",
        }
    }
}

fn head(out: &mut Writer, family: &Family, origin: &str) {
    out.line(format!("# SPDX-License-Identifier: {}", family.licence));
    out.line(format!("# {}", generated_from(origin, "--syzkaller")));
    out.line("#");
    let text = format!(
        "Describes requests to the generic netlink family {} for syzkaller. Copy it to sys/linux in \
         syzkaller's tree; it uses definitions of the netlink descriptions there.",
        family.name
    );
    for line in prose::wrap(&text, WIDTH - 2) {
        out.line(format!("# {line}"));
    }
    out.blank();
    let stem = identifier(&family.name);
    out.line(format!("resource genl_{stem}_family_id[int16]"));
    out.blank();
    out.line(format!(
        "syz_genetlink_get_family_id${stem}(name ptr[in, string[\"{}\"]], fd sock_nl_generic) \
         genl_{stem}_family_id",
        family.name
    ));
    out.blank();
}

/// Writes the message type that all requests use.
fn envelope(out: &mut Writer, family: &Family, requests: &[RequestType]) {
    let stem = identifier(&family.name);
    out.blank();
    out.line(format!(
        "type msghdr_{stem}[FLAGS, PAYLOAD, ATTRS] \
         msghdr_netlink[{stem}_msg[FLAGS, PAYLOAD, ATTRS]]"
    ));
    let family_id = format!("genl_{stem}_family_id");
    let fields = [
        ("len", "len[parent, int32]"),
        ("type", &family_id),
        ("flags", "flags[FLAGS, int16]"),
        ("seq", "netlink_seq"),
        ("pid", "netlink_port_id"),
        ("payload", "PAYLOAD"),
        ("attrs", "array[ATTRS]"),
    ];
    let start = format!("type {stem}_msg[FLAGS, PAYLOAD, ATTRS] {{");
    block(out, &start, &fields, "} [packed, align[4]]");
    out.blank();
    for way in [Way::Do, Way::Dump] {
        if requests.iter().any(|one| Way::of(one).any(|of| of == way)) {
            out.line(format!("{stem}_{}_flags = {}", way.name(), way.flags()));
        }
    }
}

/// A description with the types that it still has to define.
pub(super) struct Description<'a> {
    family: &'a Family,
    nesting: Nesting,
    stem: String,
    sets: Named<SetId>,
    structs: Named<StructId>,
    headers: Named<StructId>,
    /// Enums, with a flag for lists of bits.
    lists: Named<(EnumId, bool)>,
    parts: BTreeSet<Part>,
}

/// Named types, in the order of their first use.
struct Named<T>(Vec<T>);

impl<T: Copy + PartialEq> Named<T> {
    fn add(&mut self, one: T) {
        if !self.0.contains(&one) {
            self.0.push(one);
        }
    }
}

impl<T> Default for Named<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

/// Types that syzkaller does not have.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Part {
    /// A number of four or eight bytes.
    Uint,
    /// Text of limited length.
    Text,
    /// A bitfield with a selector.
    Bitfield32,
    /// A bitfield with a selector and named bits.
    NamedBits,
}

impl Part {
    fn name(self) -> &'static str {
        match self {
            Self::Uint => "uint",
            Self::Text => "text",
            Self::Bitfield32 => "bitfield32",
            Self::NamedBits => "bits",
        }
    }

    /// Returns its parameters, its fields, and the brackets around the fields.
    fn definition(
        self,
    ) -> (
        &'static str,
        &'static [(&'static str, &'static str)],
        [&'static str; 2],
    ) {
        match self {
            Self::Uint => (
                "",
                &[("short", "int32"), ("long", "int64")],
                ["[", "] [varlen]"],
            ),
            // ASCII, so that attributes with UTF-8 are valid. A template cannot replace one end of
            // a range.
            Self::Text => (
                "[LEN]",
                &[
                    ("text", "array[int8[32:126], LEN]"),
                    ("nul", "const[0, int8]"),
                ],
                ["{", "} [packed]"],
            ),
            Self::Bitfield32 => ("", &[("value", "int32"), ("selector", "int32")], ["{", "}"]),
            Self::NamedBits => (
                "[BITS]",
                &[
                    ("value", "flags[BITS, int32]"),
                    ("selector", "flags[BITS, int32]"),
                ],
                ["{", "}"],
            ),
        }
    }
}

impl<'a> Description<'a> {
    fn of(family: &'a Family) -> Self {
        Self {
            family,
            nesting: Nesting::of(family),
            stem: identifier(&family.name),
            sets: Named::default(),
            structs: Named::default(),
            headers: Named::default(),
            lists: Named::default(),
            parts: BTreeSet::new(),
        }
    }

    /// Writes the call that sends a request.
    fn call(&mut self, request: &RequestType, way: Way) -> String {
        let operation = self.family.operation(request.op);
        let command = operation.request.unwrap_or_default();
        let payload = match operation.fixed_header {
            None => format!("genlmsghdr_t[{command}]"),
            Some(id) => {
                self.structs.add(id);
                self.headers.add(id);
                format!("{}[{command}]", self.header_name(id))
            }
        };
        let attributes = match request.attributes(self.family).any(Attribute::carries) {
            true => self.request_name(request),
            false => "void".to_owned(),
        };
        let stem = &self.stem;
        let dump = if way == Way::Dump { "_dump" } else { "" };
        format!(
            "sendmsg${}{dump}(fd sock_nl_generic, msg ptr[in, \
             msghdr_{stem}[{stem}_{}_flags, {payload}, {attributes}]], f flags[send_flags])",
            identifier(&c::command(self.family, operation)),
            way.name(),
        )
    }

    fn request_name(&self, request: &RequestType) -> String {
        let way = if request.doit { Way::Do } else { Way::Dump };
        self.name(&self.family.operation(request.op).name, way.name())
    }

    fn header_name(&self, id: StructId) -> String {
        self.name(&self.family.structure(id).name, "header")
    }

    /// Returns the attributes of a request.
    fn request(&mut self, out: &mut Writer, request: &RequestType) {
        let family = self.family;
        let operation = family.operation(request.op);
        let name = self.request_name(request);
        let is_empty = !request.attributes(family).any(Attribute::carries);
        if let Some(set) = operation.set.filter(|_| !is_empty) {
            let attributes = family.attributes(operation, &request.message);
            self.union(out, &name, set, attributes, false);
        }
    }

    /// Returns a union of the attributes of a set.
    fn union<'b>(
        &mut self,
        out: &mut Writer,
        name: &str,
        set: SetId,
        attributes: impl IntoIterator<Item = &'b Attribute>,
        is_nest: bool,
    ) {
        let family = self.family;
        let names_of = family.set(family.whole(set));
        let within = is_nest.then_some(set);
        let options: Vec<_> = attributes
            .into_iter()
            .filter(|one| one.carries())
            .map(|one| {
                let name = identifier(&c::attribute(family, names_of, one));
                let payload = one.kind.describe().syzlang(self, one.number, within);
                (name, payload)
            })
            .collect();
        block(out, &format!("{name} ["), &options, "] [varlen]");
    }

    /// Returns a nest. Types cannot contain themselves, so a recursive nest contains any
    /// attributes.
    pub(super) fn nest(&mut self, number: u16, set: SetId, within: Option<SetId>) -> String {
        if !self
            .family
            .set(set)
            .attributes
            .iter()
            .any(Attribute::carries)
        {
            return format!("nlnest[{number}, void]");
        }
        let inside = match within.is_some_and(|within| self.nesting.is_recursive(within, set)) {
            true => "nl_generic_attr".to_owned(),
            false => {
                self.sets.add(set);
                self.set_name(set)
            }
        };
        format!("nlnest[{number}, array[{inside}]]")
    }

    /// Returns the type of a struct.
    pub(super) fn struct_type(&mut self, id: StructId) -> String {
        self.structs.add(id);
        self.struct_name(id)
    }

    pub(super) fn list(&mut self, id: EnumId, bits: bool) -> String {
        self.lists.add((id, bits));
        self.list_name(id, bits)
    }

    fn list_name(&self, id: EnumId, bits: bool) -> String {
        let kind = if bits { "bits" } else { "values" };
        self.name(&self.family.enumeration(id).name, kind)
    }

    fn set_name(&self, id: SetId) -> String {
        self.name(&self.family.set(id).name, "set")
    }

    fn struct_name(&self, id: StructId) -> String {
        self.name(&self.family.structure(id).name, "struct")
    }

    pub(super) fn part(&mut self, part: Part) -> String {
        self.parts.insert(part);
        self.part_name(part)
    }

    fn part_name(&self, part: Part) -> String {
        format!("{}_{}", self.stem, part.name())
    }

    /// Returns the identifier of the definition `name` of this sort.
    fn name(&self, name: &str, kind: &str) -> String {
        format!("{}_{}_{kind}", self.stem, identifier(name))
    }

    /// Writes all named types, and the types that these use.
    fn what_is_used(mut self, out: &mut Writer) {
        let mut next = 0;
        while let Some(&set) = self.sets.0.get(next) {
            let (name, family) = (self.set_name(set), self.family);
            self.union(out, &name, set, &family.set(set).attributes, true);
            next += 1;
        }
        let mut next = 0;
        while let Some(&id) = self.structs.0.get(next) {
            self.structure(out, id);
            next += 1;
        }
        for &id in &self.headers.0 {
            let name = self.header_name(id);
            let fields = [
                ("genl", "genlmsghdr_t[CMD]".to_owned()),
                ("own", self.struct_name(id)),
            ];
            block(out, &format!("type {name}[CMD] {{"), &fields, "} [packed]");
        }
        for part in &self.parts {
            let (parameters, fields, [open, close]) = part.definition();
            let template = if parameters.is_empty() { "" } else { "type " };
            let name = self.part_name(*part);
            block(
                out,
                &format!("{template}{name}{parameters} {open}"),
                fields,
                close,
            );
        }
        for &(id, bits) in &self.lists.0 {
            self.values(out, id, bits);
        }
    }

    fn structure(&mut self, out: &mut Writer, id: StructId) {
        let family = self.family;
        let members: Vec<_> = family
            .structure(id)
            .members
            .iter()
            .map(|member| {
                let kind = match &member.kind {
                    MemberKind::Int(int) => Number(int).syzlang_payload(self),
                    MemberKind::Bytes(len) | MemberKind::Text(len) => {
                        array("int8", *len as i128, *len as i128)
                    }
                    MemberKind::Struct(id) => self.struct_type(*id),
                };
                (field(&member.name), kind)
            })
            .collect();
        block(out, &format!("{} {{", self.struct_name(id)), &members, "}");
    }

    /// Returns the values of an enum, after their names.
    fn values(&self, out: &mut Writer, id: EnumId, bits: bool) {
        let enumeration = self.family.enumeration(id);
        let entries = &enumeration.entries;
        let names: Vec<_> = entries.iter().map(|entry| entry.name.as_str()).collect();
        // Several names may have the same value.
        let values: BTreeSet<_> = entries
            .iter()
            .map(|entry| enumeration.value_of(entry, bits))
            .collect();
        let values: Vec<_> = values.iter().map(i128::to_string).collect();
        out.blank();
        for line in prose::wrap(&names.join(", "), WIDTH - 2) {
            out.line(format!("# {line}"));
        }
        let name = self.list_name(id, bits);
        out.line(format!("{name} = {}", values.join(", ")));
    }
}

/// Writes a type, with one line for each field: a name, tabs, and a type.
fn block<S: AsRef<str>, T: AsRef<str>>(
    out: &mut Writer,
    start: &str,
    fields: &[(S, T)],
    end: &str,
) {
    const TAB: usize = 8;

    let stop = |name: &str| name.len() / TAB + 1;
    let column = fields.iter().map(|(name, _)| stop(name.as_ref())).max();
    out.blank();
    out.line(start);
    out.indented(STEP, |out| {
        for (name, kind) in fields {
            let (name, kind) = (name.as_ref(), kind.as_ref());
            let tabs = column.unwrap_or_default() + 1 - stop(name);
            out.line(format!("{name}{}{kind}", "\t".repeat(tabs)));
        }
    });
    out.line(end);
}

/// Returns an array with a number of items.
pub(super) fn array(item: &str, min: i128, max: i128) -> String {
    let max = max.clamp(1, MOST);
    match min.clamp(0, max) {
        min if min == max => format!("array[{item}, {max}]"),
        min => format!("array[{item}, {min}:{max}]"),
    }
}

/// Returns a name in syzlang.
fn identifier(name: &str) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() { c } else { '_' };
    name.chars().map(plain).collect()
}

/// Returns the name of a member, which must not be a keyword of syzlang.
fn field(name: &str) -> String {
    let name = identifier(name);
    let is_word = name == "parent" || name == "syscall";
    match is_word || name.starts_with(|c: char| c.is_ascii_digit()) {
        true => format!("_{name}"),
        false => name,
    }
}
