// SPDX-License-Identifier: MIT OR Apache-2.0

//! Writes Rust for the kernel, based on `kmodule/genl`.

mod definitions;
mod fields;
mod operations;
mod policies;
mod replies;
mod requests;
mod skeleton;

pub use skeleton::skeleton;

use super::messages::Messages;
use super::naming::{PRELUDE, Top, camel, screaming, snake};
use super::writer::Writer;
use super::{EmitError, Named, check_support, generated_from, rust, rustfmt};
use crate::model::{
    Attribute, Carriers, ConstId, Family, Group, Int, KernelPolicy, Kind, Limit, Meaning,
    Permission, Protocol, Reach, Role, SetId, Usage, nests, reach,
};
pub(super) use fields::At;
pub(super) use replies::bytes;
use std::collections::{BTreeSet, HashMap, HashSet};

/// Macros, types and functions of `crate::genl` in generated code, in the order of rustfmt.
const GENL: [&str; 25] = [
    "array",
    "attributes",
    "flags",
    "message",
    "nest",
    "nested",
    "net_slot",
    "operations",
    "policy",
    "request",
    "user_header",
    "values",
    "Dump",
    "ExtAckError",
    "Family",
    "FamilyOptions",
    "Info",
    "MulticastGroup",
    "NoAttr",
    "PerNet",
    "Permission",
    "Policy",
    "RangeSigned",
    "RangeUnsigned",
    "SplitOp",
];

/// The numbers of attributes of a message without attributes.
const NO_ATTR: &str = "NoAttr";

/// Writes Rust for the kernel. `origin` is the name of the spec.
///
/// # Errors
///
/// The kernel side does not support a feature of the spec, or rustfmt fails.
pub fn kernel(family: &Family, origin: &str) -> Result<String, EmitError> {
    let side = Side::new(family)?;
    let mut body = Writer::default();
    side.definitions(&mut body)?;
    side.operations(&mut body)?;
    side.policies(&mut body)?;
    side.requests(&mut body)?;
    side.replies(&mut body)?;
    let body = body.finish();

    let mut out = Writer::default();
    out.line(format!("// SPDX-License-Identifier: {}", family.licence));
    out.line(format!("// {}", generated_from(origin, "--kernel")));
    out.blank();
    rust::front_page(&mut out, family);
    side.imports(&mut out, &body);
    rustfmt(out.finish() + &body, "2021")
}

/// Maximum length of a family's tables, as the core counts entries in a `u8`.
const MAX_TABLE: usize = u8::MAX as usize;

/// The kernel side of a family.
pub(super) struct Side<'a> {
    family: &'a Family,
    messages: Messages,
    reach: Reach,
    /// Type that holds the family's state and implements its operations.
    state: String,
    /// Names of statics, and of constants that are not in the spec.
    statics: BTreeSet<String>,
    sizes: replies::Sizes,
    /// Nested sets of each type of request.
    nested: Vec<BTreeSet<SetId>>,
    /// Padding attribute of each set, used before 64-bit numbers.
    pads: HashMap<SetId, &'a Attribute>,
    /// Meanings of the numbers in attributes.
    meanings: HashSet<Meaning>,
}

impl<'a> Side<'a> {
    fn new(family: &'a Family) -> Result<Self, EmitError> {
        let mut side = Self {
            family,
            messages: Messages::in_kernel(family),
            reach: reach(family),
            state: state_name(family),
            statics: BTreeSet::new(),
            sizes: replies::Sizes::default(),
            nested: Vec::new(),
            pads: pads(family),
            meanings: meanings(family),
        };
        side.check()?;
        let names = side.messages.replies.iter();
        let names: Vec<_> = names.map(|reply| side.free(reply.name.clone())).collect();
        for (reply, name) in side.messages.replies.iter_mut().zip(names) {
            reply.name = name;
        }
        let requests = side.messages.requests.iter();
        side.nested = requests
            .map(|one| nests(family, family.operation(one.op), &one.message))
            .collect();
        side.statics = side.names_of_statics();
        side.sizes = replies::Sizes::of(&side);
        Ok(side)
    }

    /// Rejects families that the kernel side does not support.
    fn check(&self) -> Result<(), EmitError> {
        let reject =
            |what: &str, expected: &str| Err(self.unsupported(self.family, what, expected));
        if self.family.sock_priv.is_some() {
            return reject(
                "`sock-priv` (a module cannot reach what belongs to a socket)",
                "no `sock-priv`",
            );
        }
        let headers = self.family.operations.iter();
        let mut headers = headers.filter(|one| !matches!(one.role, Role::Reserved));
        let first = headers.clone().find_map(|one| one.fixed_header);
        if let Some(operation) = headers.find(|one| one.fixed_header != first) {
            let what = "a second `fixed-header`";
            return Err(self.unsupported(operation, what, "one for all operations"));
        }
        self.check_global_policy()?;
        self.check_tables()?;
        let admin = |group: &&Group| group.permission == Permission::Admin;
        if let Some(group) = self.family.groups.iter().find(admin) {
            // The core checks only the user namespace that owns the network namespace.
            let what = "`admin-perm` of a multicast group";
            return Err(self.unsupported(group, what, "`uns-admin-perm`"));
        }
        self.check_attributes()
    }

    /// Rejects a policy for all operations that have attributes of different sets.
    fn check_global_policy(&self) -> Result<(), EmitError> {
        if self.family.kernel_policy != KernelPolicy::Global {
            return Ok(());
        }
        let calls = self.family.operations.iter();
        let mut calls = calls.filter(|one| matches!(one.role, Role::Call { .. }));
        let first = calls.clone().find_map(|one| one.set);
        match calls.find(|one| one.set.is_some() && one.set != first) {
            None => Ok(()),
            Some(operation) => Err(self.unsupported(
                operation,
                "a second `attribute-set` with `kernel-policy: global`",
                "one set, or another `kernel-policy`",
            )),
        }
    }

    /// Rejects attributes that the kernel side does not support.
    fn check_attributes(&self) -> Result<(), EmitError> {
        let carriers = Carriers::of(self.family);
        for request in &self.messages.requests {
            let attributes = request.attributes(self.family);
            check_support(&carriers, attributes, Usage::KernelRequest)?;
        }
        for reply in &self.messages.replies {
            let attributes = reply.attributes(self.family);
            check_support(&carriers, attributes, Usage::KernelReply)?;
        }
        for &set in &self.reach.requests {
            check_support(&carriers, self.in_use(set), Usage::KernelRequest)?;
        }
        for &set in &self.reach.replies {
            check_support(&carriers, self.in_use(set), Usage::KernelReply)?;
        }
        Ok(())
    }

    /// Rejects a name or tables that the core would reject.
    fn check_tables(&self) -> Result<(), EmitError> {
        let Family { name, groups, .. } = self.family;
        if name == "nlctrl" {
            let what = "the name of the core's own family";
            return Err(self.unsupported(self.family, what, "another name"));
        }
        // The other two names with one fixed group have capital letters.
        if name == "pmcraid" && groups.len() > 1 {
            let what = "a second multicast group with this family name";
            return Err(self.unsupported(&groups[1], what, "one group"));
        }
        if let Some(group) = groups.get(MAX_TABLE) {
            return Err(self.unsupported(group, "a table of more groups", "at most 255"));
        }
        let mut callbacks = 0;
        for operation in &self.family.operations {
            if let Role::Call { doit, dumpit } = &operation.role {
                callbacks += usize::from(doit.is_some()) + usize::from(dumpit.is_some());
            }
            if callbacks > MAX_TABLE {
                let what = "a table of more operations, each `do` and `dump` counted,";
                return Err(self.unsupported(operation, what, "at most 255"));
            }
        }
        Ok(())
    }

    fn unsupported(&self, of: &impl Named, what: &str, expected: &str) -> EmitError {
        of.unsupported("kernel", what, expected)
    }

    /// Returns a name for a type, with the family's name as a prefix if the file uses the name
    /// already.
    fn free(&self, name: String) -> String {
        match is_taken(&name) || name == self.state {
            true => camel(&self.family.name) + &name,
            false => name,
        }
    }

    /// Returns the name of a constant.
    fn constant_name(&self, id: ConstId) -> String {
        let name = screaming(&self.family.constant(id).name);
        match self.statics.contains(&name) {
            true => format!("{name}_CONST"),
            false => name,
        }
    }

    /// Returns a limit as an expression, by name if it has one.
    pub(super) fn limit_name(&self, limit: Limit) -> String {
        match limit.name {
            Some(id) => self.constant_name(id),
            None => limit.value.to_string(),
        }
    }

    /// Writes the imports that `body` needs.
    fn imports(&self, out: &mut Writer, body: &str) {
        let code: Vec<_> = body
            .lines()
            .filter(|line| !line.trim().starts_with("//"))
            .collect();
        let code = code.join("\n");
        let is_macro = |name: &str| name.starts_with(char::is_lowercase);
        let used = |name: &&&str| match is_macro(name) {
            true => code.contains(&format!("{name}!")),
            false => has_word(&code, name),
        };
        let names = GENL.iter();
        let used: Vec<_> = names.filter(used).collect();
        if self
            .family
            .operations
            .iter()
            .any(|one| one.config.is_some())
        {
            // Without some kernel options, some imports are unused.
            out.line("#[allow(unused_imports)]");
        }
        rust::block(out, "use crate::", |out| {
            rust::block(out, "genl::", |out| {
                for (index, name) in used.iter().enumerate() {
                    let end = if index + 1 == used.len() { " //" } else { "" };
                    out.line(format!("{name},{end}"));
                }
            });
            if !self.messages.calls.is_empty() {
                let module = snake(&self.family.name);
                out.line(format!(", {module}::{}, //", self.state));
            }
        });
        out.line(";");
        out.line("use kernel::prelude::*;");
        out.blank();
    }

    /// Writes a macro with its table.
    fn table_macro(&self, out: &mut Writer, name: &str, table: impl FnOnce(&mut Writer)) {
        rust::block(out, name, table);
        out.blank();
    }

    /// Returns the stem of the names of a set's types: the set's name without an ending like `-attrs`,
    /// or the family's name if nothing else is left.
    fn stem(&self, set: SetId) -> String {
        const ENDS: [&str; 4] = ["attributes", "attribute", "attrs", "attr"];

        let name = self.family.set(set).name.replace('_', "-");
        let stem = ENDS.iter().find_map(|end| name.strip_suffix(end));
        let stem = match stem.map(|stem| stem.trim_end_matches('-')) {
            None => return name,
            Some("") => self.family.name.replace('_', "-"),
            Some(stem) => stem.to_owned(),
        };
        let mut others = self.family.sets.iter().map(|set| camel(&set.name));
        match others.any(|other| other == camel(&stem)) {
            true => name,
            false => stem,
        }
    }

    /// Returns the enum of a set's attribute numbers.
    fn numbers(&self, set: SetId) -> String {
        let stem = self.stem(self.family.whole(set));
        self.free(format!("{}Attr", camel(&stem)))
    }

    /// Returns the number of an attribute as an expression.
    fn number(&self, set: SetId, attribute: &Attribute) -> String {
        format!("{}::{} as u16", self.numbers(set), camel(&attribute.name))
    }

    /// Returns the type of a number's value.
    pub(super) fn int_type(&self, int: &Int) -> String {
        match int.meaning {
            Meaning::Number => int.kind.rust().to_owned(),
            Meaning::Enum(id) => self.enum_type(id),
            Meaning::Flags(id) => self.flags_type(id),
        }
    }

    /// Returns the attributes of a set that messages can contain.
    fn in_use(&self, set: SetId) -> impl Iterator<Item = &'a Attribute> {
        let attributes = self.family.set(set).attributes.iter();
        attributes.filter(|attribute| attribute.carries())
    }
}

/// Returns the padding attribute of each set that has one. In legacy families, the unused number 0 is
/// padding too, as their C code has it.
fn pads(family: &Family) -> HashMap<SetId, &Attribute> {
    let is_legacy = family.protocol == Protocol::GenetlinkLegacy;
    let is_zero = |one: &&Attribute| is_legacy && one.is_unused() && one.number == 0;
    let sets = family.sets.iter().enumerate();
    sets.filter_map(|(index, set)| {
        let attributes = &set.attributes;
        let pad = attributes.iter().find(|attribute| attribute.is_pad());
        let pad = pad.or_else(|| attributes.iter().find(is_zero));
        Some((SetId(index), pad?))
    })
    .collect()
}

fn meanings(family: &Family) -> HashSet<Meaning> {
    let all = family.sets.iter().flat_map(|set| &set.attributes);
    all.filter_map(|one| match &one.kind {
        Kind::Bitfield32(flags) => flags.map(Meaning::Flags),
        kind => kind.int().map(|int| int.meaning),
    })
    .collect()
}

/// Returns whether `text` contains `word`, not as a part of another word, an enum variant or a
/// method.
fn has_word(text: &str, word: &str) -> bool {
    let part = |c: char| c.is_alphanumeric() || c == '_';
    text.match_indices(word).any(|(start, _)| {
        let (before, after) = (&text[..start], &text[start + word.len()..]);
        let is_entry = [" = ", " =>", ": "]
            .iter()
            .any(|sign| after.starts_with(sign));
        let is_command = before.ends_with(") = ");
        let is_variant = before.ends_with("::") || is_entry || is_command;
        let is_method = before.ends_with("fn ") || before.ends_with('.');
        !before.ends_with(part) && !after.starts_with(part) && !is_variant && !is_method
    })
}

/// Returns the name of the state type: the family's name, with a suffix if Rust or the file uses
/// the name already.
fn state_name(family: &Family) -> String {
    let name = camel(&family.name);
    match PRELUDE.contains(&name.as_str()) || is_taken(&name) || name == "PinInit" {
        true => name + "State",
        false => name,
    }
}

/// Types in all files.
const OWN: [&str; 3] = ["Operations", "Cmd", "Group"];

/// Returns whether a type's name has another meaning in the file.
fn is_taken(name: &str) -> bool {
    GENL.contains(&name) || OWN.contains(&name)
}

/// Returns the names that the file already uses.
fn check_top(side: &Side<'_>) -> Result<Top, EmitError> {
    let mut top = Top::default();
    let state = [side.state.as_str()];
    for name in GENL.into_iter().chain(OWN).chain(state) {
        let what = format!("`{name}`");
        top.take(name, what, side.family.place)?;
    }
    for name in &side.statics {
        top.take(name, format!("the static `{name}`"), side.family.place)?;
    }
    Ok(top)
}
