// SPDX-License-Identifier: MIT OR Apache-2.0

//! The names at the top level of the file.

use super::super::EmitError;
use super::super::messages::Messages;
use super::super::naming::{camel, same_name, screaming, snake};
use super::{GENL, TYPES};
use crate::model::{Attribute, Carriers, EnumId, Family, Meaning, OpId, Place, Reach, Role, SetId};
use std::collections::{BTreeMap, HashMap};

/// Names in scope with another meaning.
const PRELUDE: [&str; 26] = [
    "AsMut",
    "AsRef",
    "Box",
    "Clone",
    "Copy",
    "Debug",
    "Default",
    "Drop",
    "Eq",
    "Err",
    "Fn",
    "From",
    "Hash",
    "Into",
    "IntoIterator",
    "Iterator",
    "None",
    "Ok",
    "Option",
    "PartialEq",
    "Result",
    "Send",
    "Some",
    "String",
    "TryFrom",
    "Vec",
];

/// Names of all items at the top level of the file.
#[derive(Debug, Default)]
pub(super) struct Names {
    /// Types of single enum values.
    pub(super) enums: BTreeMap<EnumId, String>,
    /// Types of sets of flags.
    pub(super) flags: BTreeMap<EnumId, String>,
    pub(super) structs: Vec<String>,
    pub(super) requests: Vec<String>,
    pub(super) replies: Vec<String>,
    /// Sets that are nested.
    pub(super) nests: BTreeMap<SetId, String>,
    pub(super) event: String,
    pub(super) constants: Vec<String>,
    pub(super) operations: BTreeMap<OpId, String>,
    /// Tables of sets.
    pub(super) set_tables: BTreeMap<SetId, String>,
    /// Modules with the attribute numbers of sets.
    pub(super) set_modules: BTreeMap<SetId, String>,
}

impl Names {
    /// Finds a name for every item.
    pub(super) fn of(
        family: &Family,
        messages: &Messages,
        reach: &Reach,
        carriers: &Carriers<'_>,
    ) -> Result<Self, EmitError> {
        let mut top = Top::new(family);
        let mut me = Self::default();
        me.name_messages(&mut top, messages)?;
        me.name_definitions(&mut top, family, carriers)?;
        for &set in reach.requests.union(&reach.replies) {
            let name = &family.set(set).name;
            let wanted = camel(name);
            let other = format!("{wanted}Nest");
            let what = format!("the nest `{name}`");
            let place = family.set(set).place;
            me.nests.insert(set, top.take(wanted, other, what, place)?);
        }
        for (index, set) in family.sets.iter().enumerate() {
            if set.subset_of.is_none() {
                let id = SetId(index);
                let what = format!("the set `{}`", set.name);
                let wanted = screaming(&set.name);
                let table = top.take(
                    wanted.clone(),
                    format!("{wanted}_SET"),
                    what.clone(),
                    set.place,
                )?;
                let wanted = snake(&set.name);
                let module = top.take(wanted.clone(), format!("{wanted}_set"), what, set.place)?;
                me.set_tables.insert(id, table);
                me.set_modules.insert(id, module);
            }
        }
        Ok(me)
    }

    fn name_messages(&mut self, top: &mut Top<'_>, messages: &Messages) -> Result<(), EmitError> {
        let family = top.family;
        for request in &messages.requests {
            let what = request.title(family);
            let place = family.operation(request.op).place;
            self.requests
                .push(top.take_type(&request.name(), what, place)?);
        }
        for reply in &messages.replies {
            let what = format!("a message of `{}`", family.operation(reply.op).name);
            let place = family.operation(reply.op).place;
            self.replies.push(top.take_type(&reply.name, what, place)?);
        }
        for call in &messages.calls {
            let name = &family.operation(call.op).name;
            let wanted = screaming(name);
            let what = format!("the operation `{name}`");
            let place = family.operation(call.op).place;
            let other = format!("{wanted}_OPERATION");
            let taken = top.take(wanted, other, what, place)?;
            self.operations.insert(call.op, taken);
        }
        let tells = |role: &Role| matches!(role, Role::Notify { .. } | Role::Event { .. });
        if family.operations.iter().any(|one| tells(&one.role)) {
            self.event =
                top.take_type("Event", "the enum of the events".to_owned(), family.place)?;
        }
        Ok(())
    }

    fn name_definitions(
        &mut self,
        top: &mut Top<'_>,
        family: &Family,
        carriers: &Carriers<'_>,
    ) -> Result<(), EmitError> {
        for (index, one) in family.enums.iter().enumerate() {
            let id = EnumId(index);
            let is_set = carriers.has(Meaning::Flags(id));
            // An enum without attributes has the type of a single value.
            if !one.flags && (carriers.has(Meaning::Enum(id)) || !is_set) {
                let what = format!("the enum `{}`", one.name);
                self.enums
                    .insert(id, top.take_type(&camel(&one.name), what, one.place)?);
            }
            if one.flags || is_set {
                let what = format!("the flags `{}`", one.name);
                self.flags
                    .insert(id, top.take_type(&flags_type(&one.name), what, one.place)?);
            }
        }
        for one in &family.structs {
            let what = format!("the struct `{}`", one.name);
            self.structs
                .push(top.take_type(&camel(&one.name), what, one.place)?);
        }
        for one in &family.consts {
            let wanted = screaming(&one.name);
            let what = format!("the constant `{}`", one.name);
            let name = top.take(wanted.clone(), format!("{wanted}_CONST"), what, one.place)?;
            self.constants.push(name);
        }
        Ok(())
    }
}

/// Returns the name of an attribute number's constant.
pub(super) fn number(attribute: &Attribute) -> String {
    screaming(&attribute.name)
}

/// Returns the type of a set of flags.
fn flags_type(name: &str) -> String {
    let name = camel(name);
    match name.ends_with("Flags") {
        true => name,
        false => format!("{name}Flags"),
    }
}

/// The names so far, with their owners.
struct Top<'a> {
    family: &'a Family,
    taken: HashMap<String, String>,
}

impl<'a> Top<'a> {
    fn new(family: &'a Family) -> Self {
        let own = ["FAMILY", "OPERATIONS", "groups", "bitflags", "fmt"];
        // A module with the name of a crate would shadow it.
        let crates = ["genl", "serde", "std", "core"];
        let reserved = GENL.iter().chain(&TYPES).chain(&PRELUDE);
        let reserved = reserved.chain(&own).chain(&crates);
        let taken = reserved.map(|&name| (name.to_owned(), format!("`{name}`")));
        Self {
            family,
            taken: taken.collect(),
        }
    }

    /// Adds the name of a type, with the family's name as a prefix if the name is already used.
    fn take_type(&mut self, name: &str, what: String, place: Place) -> Result<String, EmitError> {
        let other = format!("{}{name}", camel(&self.family.name));
        self.take(name.to_owned(), other, what, place)
    }

    /// Adds a name, or the alternative if the name is already used.
    fn take(
        &mut self,
        name: String,
        other: String,
        what: String,
        place: Place,
    ) -> Result<String, EmitError> {
        let free = |name: &String| !self.taken.contains_key(name);
        let Some(name) = [&name, &other].into_iter().find(|name| free(name)).cloned() else {
            return Err(same_name(&name, &what, &self.taken[&name], place));
        };
        self.taken.insert(name.clone(), what);
        Ok(name)
    }
}
