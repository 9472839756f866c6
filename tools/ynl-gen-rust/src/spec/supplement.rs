// SPDX-License-Identifier: MIT OR Apache-2.0

//! Supplements: parts of a family that its spec lacks.

use super::{
    At, AttributeSet, Definition, Document, Exchange, McastGroups, Message, Operation, Problem,
    Word,
};
use serde::Deserialize;

/// The line between a spec and its supplement. It ends a document of YAML.
const SEPARATOR: &str = "\n...\n";

/// The keys of a supplement, with the meanings that they have in a spec.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct Supplement {
    kernel_family: Option<KernelOptions>,
    #[serde(default)]
    definitions: Vec<At<Definition>>,
    #[serde(default)]
    attribute_sets: Vec<At<AttributeSet>>,
    operations: Option<Operations>,
    mcast_groups: Option<McastGroups>,
}

/// Options of the family in the kernel that the schema does not have.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct KernelOptions {
    /// The first command whose messages the core checks strictly.
    pub resv_start_op: Option<At<u8>>,
    /// Whether operations run one at a time.
    #[serde(default)]
    pub serial: bool,
    /// Whether the family exists in the initial network namespace only.
    #[serde(default)]
    pub initial_netns_only: bool,
    /// Sets whose nests the kernel writes without `NLA_F_NESTED`.
    #[serde(default)]
    pub unflagged_nests: Vec<Word>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Operations {
    list: Vec<At<Operation>>,
}

/// Appends a supplement to the text of a spec.
pub(super) fn append(spec: &str, supplement: &str) -> String {
    format!("{}{SEPARATOR}{supplement}", spec.trim_end())
}

/// Returns a spec, and its supplement after so many blank lines that its places are right.
pub(super) fn split(text: &str) -> (&str, Option<String>) {
    match text.split_once(SEPARATOR) {
        None => (text, None),
        Some((spec, supplement)) => {
            let lines = "\n".repeat(spec.lines().count() + 1);
            (spec, Some(lines + supplement))
        }
    }
}

impl Supplement {
    /// Adds the definitions, sets, groups and operations, the attributes to sets and messages that the
    /// spec has, and the options.
    pub(super) fn add_to(self, document: &mut Document) -> Result<(), Problem> {
        document.kernel_options = self.kernel_family.unwrap_or_default();
        document.definitions.extend(self.definitions);
        for set in self.attribute_sets {
            let mut present = document.attribute_sets.iter_mut();
            match present.find(|one| one.name == set.name) {
                Some(present) => present.value.attributes.extend(set.value.attributes),
                None => document.attribute_sets.push(set),
            }
        }
        if let Some(mut groups) = self.mcast_groups {
            match &mut document.mcast_groups {
                Some(present) => present.list.append(&mut groups.list),
                None => document.mcast_groups = Some(groups),
            }
        }
        let added = self.operations.map(|operations| operations.list);
        for mut operation in added.unwrap_or_default() {
            operation.value.is_numbered_apart =
                operation.event.is_some() && operation.value.value.is_some();
            let list = &mut document.operations.value.list;
            let present = list.iter_mut().find(|one| one.name == operation.name);
            match present {
                Some(present) => extend(&mut present.value, operation.value)?,
                None => list.push(operation),
            }
        }
        Ok(())
    }
}

/// Adds flags, `dont-validate`, and the attributes of messages.
fn extend(present: &mut Operation, added: Operation) -> Result<(), Problem> {
    let place = added.name.place;
    present.flags.extend(added.flags);
    present.dont_validate.extend(added.dont_validate);
    let pairs = [
        (&mut present.doit, added.doit),
        (&mut present.dumpit, added.dumpit),
    ];
    for (present, added) in pairs {
        let Some(added) = added else { continue };
        let Some(present) = present else {
            let problem = "a supplement cannot add a `do` or a `dump` to an operation";
            return Err(Problem::at(place, problem));
        };
        let Exchange { request, reply, .. } = added.value;
        extend_message(&mut present.value.request, request);
        extend_message(&mut present.value.reply, reply);
    }
    Ok(())
}

fn extend_message(present: &mut Option<At<Message>>, added: Option<At<Message>>) {
    match (present, added) {
        (Some(present), Some(added)) => present.value.attributes.extend(added.value.attributes),
        (present @ None, added) => *present = added,
        (Some(_), None) => {}
    }
}
