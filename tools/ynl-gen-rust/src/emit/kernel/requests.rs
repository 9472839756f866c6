// SPDX-License-Identifier: MIT OR Apache-2.0

//! Writes types of requests, and of their nests, with getters for attributes.

use super::super::EmitError;
use super::super::naming::camel;
use super::super::rust::doc;
use super::super::writer::Writer;
use super::fields::{At, fields};
use super::{NO_ATTR, Side};
use crate::model::{Attribute, SetId};

/// Methods of all types, in addition to the getters.
const TAKEN: [&str; 9] = [
    "info",
    "nest",
    "bad",
    "missing",
    "attr",
    "all",
    "user_header",
    "deref",
    "clone",
];

impl Side<'_> {
    /// Writes the types.
    pub(super) fn requests(&self, out: &mut Writer) -> Result<(), EmitError> {
        for request in &self.messages.requests {
            let text = capitalised(&format!("{}.", request.title(self.family)));
            let attributes: Vec<_> = request.attributes(self.family).collect();
            let set = self.family.operation(request.op).set;
            let reader = ("request!", request.name());
            self.reader(out, &text, reader, set, &attributes)?;
        }
        for &set in &self.reach.requests {
            let name = &self.family.set(set).name;
            let text = format!("The attributes of a nest of the set `{name}`.");
            let attributes: Vec<_> = self.in_use(set).collect();
            let reader = ("nested!", self.attrs_type(set));
            self.reader(out, &text, reader, Some(set), &attributes)?;
        }
        Ok(())
    }

    /// Returns the type of a nest in a request.
    pub(in crate::emit) fn attrs_type(&self, set: SetId) -> String {
        self.free(format!("{}Attrs", camel(&self.stem(set))))
    }

    fn reader(
        &self,
        out: &mut Writer,
        text: &str,
        (makro, name): (&str, String),
        set: Option<SetId>,
        attributes: &[&Attribute],
    ) -> Result<(), EmitError> {
        let fields = match set {
            Some(set) => fields(self, set, attributes, true, &TAKEN)?,
            None => Vec::new(),
        };
        let numbers = match set {
            Some(set) if !fields.is_empty() => self.numbers(set),
            _ => NO_ATTR.to_owned(),
        };
        self.table_macro(out, makro, |out| {
            doc(out, text, "");
            At::table(out, &format!("pub struct {name}({numbers})"), &fields);
        });
        Ok(())
    }
}

fn capitalised(text: &str) -> String {
    let mut chars = text.chars();
    let first = chars.next().map(|c| c.to_ascii_uppercase());
    first.into_iter().chain(chars).collect()
}
