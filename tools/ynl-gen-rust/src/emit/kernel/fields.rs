// SPDX-License-Identifier: MIT OR Apache-2.0

//! Writes the tables of attributes in types of messages, one line for each attribute.

use super::super::naming::{camel, check_methods, snake, unless_taken};
use super::super::rust::STEP;
use super::super::writer::Writer;
use super::super::{EmitError, unsupported_type};
use super::Side;
use crate::model::{Attribute, SetId, Usage};

/// An attribute in a type of message.
pub(in crate::emit) struct At<'a> {
    /// Set of the attribute.
    pub(in crate::emit) set: SetId,
    pub(in crate::emit) attribute: &'a Attribute,
    /// Whether the kernel reads it; otherwise, it writes it.
    pub(in crate::emit) is_read: bool,
}

impl At<'_> {
    /// Writes `start { fields }`.
    pub(super) fn table(out: &mut Writer, start: &str, fields: &[String]) {
        if fields.is_empty() {
            return out.line(format!("{start} {{}}").trim_start());
        }
        out.line(format!("{start} {{").trim_start());
        out.indented(STEP, |out| out.lines(fields));
        out.line("}");
    }
}

impl Side<'_> {
    /// Returns the type of a nest or an array in a table: `flagged`, or the type for both without
    /// `NLA_F_NESTED`.
    pub(in crate::emit) fn nest_kind(&self, at: &At<'_>, flagged: &'static str) -> &'static str {
        match self.family.options.unflagged_nests.contains(&at.set) {
            true => "unflagged",
            false => flagged,
        }
    }
}

/// Returns the lines of a table.
pub(super) fn fields(
    side: &Side<'_>,
    set: SetId,
    attributes: &[&Attribute],
    is_read: bool,
    taken: &[&str],
) -> Result<Vec<String>, EmitError> {
    let attributes = attributes.iter().filter(|attribute| attribute.carries());
    let method = |one: &Attribute| unless_taken(snake(&one.name), taken);
    check_methods(attributes.clone().copied(), method)?;
    attributes
        .map(|attribute| {
            let at = At {
                set,
                attribute,
                is_read,
            };
            let usage = match is_read {
                true => Usage::KernelRequest,
                false => Usage::KernelReply,
            };
            let kind = attribute.kind.describe().kernel_type(side, &at);
            let kind = kind.ok_or_else(|| unsupported_type(attribute, usage))?;
            let kind = match attribute.multi {
                true => format!("many({kind})"),
                false => kind,
            };
            let number = camel(&attribute.name);
            Ok(format!("{}: {number} => {kind},", method(attribute)))
        })
        .collect()
}
