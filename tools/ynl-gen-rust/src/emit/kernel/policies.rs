// SPDX-License-Identifier: MIT OR Apache-2.0

//! Writes policies, one for each type of request and one for each set that requests nest.

use super::super::messages::Half;
use super::super::naming::{Top, camel, screaming};
use super::super::rust::{STEP, doc};
use super::super::writer::Writer;
use super::super::{EmitError, unsupported_type};
use super::{NO_ATTR, Side};
use crate::model::{
    Attribute, Check, IntKind, Limit, Meaning, NlaType, OpId, Place, PolicyEntry, SetId, Usage,
};
use std::collections::{BTreeSet, HashMap, hash_map::Entry};

/// Statics and constants of all files, and errnos that their authors use.
const STATICS: [&str; 7] = [
    "EINVAL",
    "EMSGSIZE",
    "FAMILY",
    "FAMILY_NAME",
    "FAMILY_VERSION",
    "GROUPS",
    "OPS",
];

impl Side<'_> {
    /// Writes the policies, and ranges that do not fit in a policy.
    pub(super) fn policies(&self, out: &mut Writer) -> Result<(), EmitError> {
        self.ranges(out);
        for &set in &self.reach.requests {
            let name = &self.family.set(set).name;
            let text = format!("Policy of nests of the set `{name}`.");
            let attributes: Vec<_> = self.family.set(set).attributes.iter().collect();
            let (policy, users) = (self.nest_policy(set), self.users_of_nest(set));
            self.table(out, (&text, &policy), set, &attributes, &users)?;
        }
        for (index, request) in self.messages.requests.iter().enumerate() {
            let (Some(set), Some(name)) = (self.set_of(request.op), self.policy(index)) else {
                continue;
            };
            let attributes: Vec<_> = request.attributes(self.family).collect();
            let what = request.title(self.family);
            let text = format!("Policy of {what}.");
            let users = self.users_of_request(index);
            self.table(out, (&text, &name), set, &attributes, &users)?;
        }
        Ok(())
    }

    fn set_of(&self, op: OpId) -> Option<SetId> {
        self.family.operation(op).set
    }

    /// Returns the operations whose requests nest a set.
    fn users_of_nest(&self, set: SetId) -> Vec<OpId> {
        let requests = self.nested.iter().enumerate();
        let users = requests.filter(|(_, nested)| nested.contains(&set));
        users
            .flat_map(|(request, _)| self.users_of_request(request))
            .collect()
    }

    /// Returns the operations with a type of request.
    fn users_of_request(&self, request: usize) -> Vec<OpId> {
        let uses = |half: &Option<Half>| half.is_some_and(|half| half.request == request);
        let calls = self.messages.calls.iter();
        let users = calls.filter(|call| uses(&call.doit) || uses(&call.dumpit));
        users.map(|call| call.op).collect()
    }

    /// Returns the name of the policy of a request, if the request has attributes.
    pub(super) fn policy(&self, request: usize) -> Option<String> {
        let request = &self.messages.requests[request];
        let first = request.attributes(self.family).next();
        first.map(|_| format!("{}_POLICY", screaming(&request.stem)))
    }

    /// Returns the names of all statics in the file, and of constants that are not in the spec.
    pub(super) fn names_of_statics(&self) -> BTreeSet<String> {
        let names = STATICS.into_iter().map(str::to_owned);
        let ranges = self.checked().into_iter();
        let ranges = ranges.map(|(set, attribute, _)| self.range_name(set, attribute));
        let policies = self.policies_of_messages().map(|(name, ..)| name);
        let nests = self.policies_of_nests().map(|(name, ..)| name);
        names.chain(ranges).chain(policies).chain(nests).collect()
    }

    /// Rejects policies that have the same name.
    pub(super) fn check_policies(&self) -> Result<(), EmitError> {
        let mut top = Top::default();
        for (name, what, place) in self.policies_of_messages().chain(self.policies_of_nests()) {
            top.take(&name, what, place)?;
        }
        Ok(())
    }

    /// Returns the names of the policies of requests, with a description and a place for errors.
    fn policies_of_messages(&self) -> impl Iterator<Item = (String, String, Place)> {
        let requests = self.messages.requests.iter().enumerate();
        requests.filter_map(|(index, request)| {
            let place = self.family.operation(request.op).place;
            Some((self.policy(index)?, request.title(self.family), place))
        })
    }

    /// Returns the names of the policies of nests, with a description and a place for errors.
    fn policies_of_nests(&self) -> impl Iterator<Item = (String, String, Place)> {
        self.reach.requests.iter().map(|&id| {
            let set = self.family.set(id);
            let what = format!("the nest `{}`", set.name);
            (self.nest_policy(id), what, set.place)
        })
    }

    /// Returns the name of the policy of a nested set.
    fn nest_policy(&self, set: SetId) -> String {
        format!("{}_NEST_POLICY", screaming(&self.family.set(set).name))
    }

    fn table(
        &self,
        out: &mut Writer,
        (text, name): (&str, &str),
        set: SetId,
        attributes: &[&Attribute],
        users: &[OpId],
    ) -> Result<(), EmitError> {
        let last = attributes.iter().map(|attribute| attribute.number).max();
        // The core ignores a policy with a single entry.
        let size = usize::from(last.unwrap_or_default().max(1)) + 1;
        let mut entries = Vec::new();
        for attribute in attributes {
            // The core rejects or ignores the number 0 in any case.
            if !attribute.carries() || attribute.number == 0 {
                continue;
            }
            let Some(entry) = PolicyEntry::of(self.family, attribute) else {
                return Err(unsupported_type(attribute, Usage::KernelRequest));
            };
            let policy = self.expression(set, attribute, &entry);
            entries.push(format!("{}: {policy},", camel(&attribute.name)));
        }
        let numbers = match entries.is_empty() {
            true => NO_ATTR.to_owned(),
            false => self.numbers(set),
        };
        self.table_macro(out, "policy!", |out| {
            doc(out, text, "");
            self.condition_of_any(out, users);
            out.line(format!("static {name}: [{numbers}; {size}] = {{"));
            out.indented(STEP, |out| out.lines(&entries));
            out.line("}");
        });
        Ok(())
    }

    /// Returns a policy as an expression.
    fn expression(&self, set: SetId, attribute: &Attribute, entry: &PolicyEntry) -> String {
        if let Check::Nested(nested) = entry.check {
            let constructor = match entry.kind {
                NlaType::NestedArray => "nested_array",
                _ => "nested",
            };
            let table = self.nest_policy(nested);
            return format!("{constructor}({table}.as_slice())");
        }
        let kind = match entry.kind {
            NlaType::Flag => "flag",
            NlaType::Int(kind) => kind.name(),
            NlaType::Be16 => "be16",
            NlaType::Be32 => "be32",
            NlaType::NulString => "nul_string",
            NlaType::String => "string",
            _ => "binary",
        };
        if let (NlaType::Bitfield32, Check::Mask(id)) = (entry.kind, entry.check) {
            return format!("bitfield32({}::all_bits())", self.flags_type(id));
        }
        format!("{kind}(){}", self.check_of(set, attribute, entry.check))
    }

    /// Returns the check of a policy as an expression.
    fn check_of(&self, set: SetId, attribute: &Attribute, check: Check) -> String {
        let value = |limit: Limit| self.limit(attribute, limit, "i64");
        let len = |limit: Limit| self.limit(attribute, limit, "u16");
        match check {
            Check::None | Check::Nested(_) => String::new(),
            Check::Min(min) | Check::MinLen(min) => format!(".min({})", value(min)),
            Check::Max(max) | Check::MaxLen(max) => format!(".max({})", value(max)),
            Check::Range(min, max) | Check::LenRange(min, max) => {
                format!(".range({}, {})", value(min), value(max))
            }
            Check::ExactLen(exact) => format!(".exact_len({})", len(exact)),
            Check::Len(max) => format!(".len({})", len(max)),
            Check::Mask(id) => format!(".mask({}::all_bits() as u64)", self.flags_type(id)),
            Check::OneOf(id) => format!(".one_of::<{}>()", self.enum_type(id)),
            Check::FullRange(..) => {
                let signed = if is_signed(attribute) { "_signed" } else { "" };
                format!(".full_range{signed}(&{})", self.range_name(set, attribute))
            }
        }
    }

    /// Returns a limit as an expression, by name if it has one.
    fn limit(&self, attribute: &Attribute, limit: Limit, kind: &str) -> String {
        if let Some(id) = limit.name {
            return format!("{} as {kind}", self.constant_name(id));
        }
        match attribute.kind.int() {
            Some(int) if int.max.is_none() => match int.meaning {
                Meaning::Enum(id)
                    if i128::from(self.family.enumeration(id).range().1) == limit.value =>
                {
                    let enumeration = self.family.enumeration(id);
                    let entries = enumeration.entries.iter();
                    match entries.max_by_key(|entry| entry.value) {
                        Some(highest) => {
                            format!("{}::{} as {kind}", self.enum_type(id), camel(&highest.name))
                        }
                        None => limit.value.to_string(),
                    }
                }
                _ => limit.value.to_string(),
            },
            _ => limit.value.to_string(),
        }
    }

    fn range_name(&self, set: SetId, attribute: &Attribute) -> String {
        let set = self.family.set(self.family.whole(set));
        format!(
            "{}_{}_RANGE",
            screaming(&set.name),
            screaming(&attribute.name)
        )
    }

    /// Writes the ranges that do not fit in a policy.
    fn ranges(&self, out: &mut Writer) {
        let mut ranges: Vec<Range<'_>> = Vec::new();
        let mut by_name: HashMap<String, usize> = HashMap::new();
        for (set, attribute, users) in self.checked() {
            let Some(entry) = PolicyEntry::of(self.family, attribute) else {
                continue;
            };
            let Check::FullRange(min, max) = entry.check else {
                continue;
            };
            let name = self.range_name(set, attribute);
            match by_name.entry(name.clone()) {
                Entry::Occupied(index) => ranges[*index.get()].users.extend(users),
                Entry::Vacant(free) => {
                    free.insert(ranges.len());
                    ranges.push(Range {
                        name,
                        attribute,
                        min,
                        max,
                        users,
                    });
                }
            }
        }
        for range in &ranges {
            self.range(out, range);
        }
    }

    /// Returns the attributes with policies, and the operations of these policies.
    fn checked(&self) -> Vec<(SetId, &Attribute, Vec<OpId>)> {
        let nested = self.reach.requests.iter().flat_map(|&set| {
            let users = self.users_of_nest(set);
            let attributes = self.family.set(set).attributes.iter();
            attributes.map(move |attribute| (set, attribute, users.clone()))
        });
        let direct = self.messages.requests.iter().enumerate();
        let direct = direct.flat_map(|(index, request)| {
            let set = self.set_of(request.op);
            let users = self.users_of_request(index);
            let attributes = request.attributes(self.family);
            attributes.filter_map(move |attribute| Some((set?, attribute, users.clone())))
        });
        nested.chain(direct).collect()
    }

    fn range(&self, out: &mut Writer, range: &Range<'_>) {
        let Some(int) = range.attribute.kind.int() else {
            return;
        };
        let (kind, number) = match int.kind.is_signed() {
            true => ("RangeSigned", "i64"),
            false => ("RangeUnsigned", "u64"),
        };
        let limit = |limit: Option<Limit>, otherwise: &str| match limit {
            Some(limit) => self.limit(range.attribute, limit, number),
            None => type_limit(int.kind, otherwise),
        };
        let (min, max) = (limit(range.min, "MIN"), limit(range.max, "MAX"));
        doc(out, &format!("Range of `{}`.", range.attribute.name), "");
        self.condition_of_any(out, &range.users);
        out.line(format!(
            "static {}: {kind} = {kind}::new({min}, {max});",
            range.name
        ));
        out.blank();
    }
}

/// A range that does not fit in a policy.
struct Range<'a> {
    name: String,
    attribute: &'a Attribute,
    min: Option<Limit>,
    max: Option<Limit>,
    /// Operations whose policies use it.
    users: Vec<OpId>,
}

/// Returns the minimum or maximum of a type as an expression.
fn type_limit(kind: IntKind, which: &str) -> String {
    let number = if kind.is_signed() { "i64" } else { "u64" };
    match (kind.is_signed(), which, kind.rust()) {
        (false, "MIN", _) => "0".to_owned(),
        (_, _, "u64" | "i64") => format!("{}::{which}", kind.rust()),
        _ => format!("{}::{which} as {number}", kind.rust()),
    }
}

fn is_signed(attribute: &Attribute) -> bool {
    let int = attribute.kind.int();
    int.is_some_and(|int| int.kind.is_signed())
}
