// SPDX-License-Identifier: MIT OR Apache-2.0

//! Supplements: what a family of the kernel has, and its spec lacks.

use super::{At, Document, Exchange, McastGroups, Message, Operation, Problem};
use serde::Deserialize;

/// The line between a spec and its supplement. It ends a document of YAML.
const SEPARATOR: &str = "\n...\n";

/// The keys of a supplement, with the meanings that they have in a spec.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct Supplement {
    operations: Option<Operations>,
    mcast_groups: Option<McastGroups>,
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
    /// Adds the groups, the operations, and the attributes to messages of operations that the spec
    /// has.
    pub(super) fn add_to(self, document: &mut Document) -> Result<(), Problem> {
        if let Some(mut groups) = self.mcast_groups {
            match &mut document.mcast_groups {
                Some(present) => present.list.append(&mut groups.list),
                None => document.mcast_groups = Some(groups),
            }
        }
        let added = self.operations.map(|operations| operations.list);
        for operation in added.unwrap_or_default() {
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

/// Adds the attributes of messages.
fn extend(present: &mut Operation, added: Operation) -> Result<(), Problem> {
    let place = added.name.place;
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
