// SPDX-License-Identifier: MIT OR Apache-2.0

//! Writes the tables of attributes and operations, for errors, logs and checks.

use super::super::rust::{block, doc};
use super::super::writer::Writer;
use super::super::{EmitError, prose};
use super::{Side, names};
use crate::model::{Attribute, AttributeSet, SetId};
use std::collections::{BTreeMap, BTreeSet};

impl Side<'_> {
    /// Writes the numbers and the tables of all sets.
    pub(super) fn tables(&self, out: &mut Writer) -> Result<(), EmitError> {
        let limits = self.limits();
        for (index, set) in self.family.sets.iter().enumerate() {
            if set.subset_of.is_none() {
                self.attribute_numbers(out, SetId(index), set);
                let limits = limits.get(&SetId(index)).map_or(&[][..], Vec::as_slice);
                self.attribute_table(out, SetId(index), set, limits);
            }
        }
        Ok(())
    }

    /// Returns the limits in the tables of sets.
    fn limits(&self) -> BTreeMap<SetId, Vec<String>> {
        let mut limited = BTreeSet::new();
        loop {
            let limits = self.limits_with(&limited);
            // The limits of outer nests depend on the inner ones, which may be the same.
            if limits.len() == limited.len() {
                return limits;
            }
            limited = limits.into_keys().collect();
        }
    }

    /// Returns the limits in the tables of sets, if the `limited` sets have limits.
    fn limits_with(&self, limited: &BTreeSet<SetId>) -> BTreeMap<SetId, Vec<String>> {
        let mut limits: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for (set, attribute) in self.requested() {
            let (description, hint) = (attribute.kind.describe(), attribute.hint);
            if let Some(limit) = description.user_limit(self, limited, hint) {
                let (number, genl) = (self.number(set, attribute), self.genl());
                let limit = format!("({number}, {genl}::Limit::{limit}),");
                limits.entry(set).or_default().push(limit);
            }
        }
        limits
    }

    /// Returns the attributes of requests and their nests, with the whole set of each.
    fn requested(&self) -> impl Iterator<Item = (SetId, &Attribute)> {
        let direct = self.messages.requests.iter().flat_map(|request| {
            let set = self.family.operation(request.op).set;
            let attributes = request.attributes(self.family);
            attributes.filter_map(move |attribute| Some((set?, attribute)))
        });
        let nested = self.reach.requests.iter();
        let nested = nested.flat_map(|&set| self.in_use(set).map(move |one| (set, one)));
        let all = direct.chain(nested);
        let all = all.map(|(set, one)| ((self.whole(set), one.number), one));
        let all: BTreeMap<_, _> = all.collect();
        all.into_iter().map(|((set, _), one)| (set, one))
    }

    fn attribute_numbers(&self, out: &mut Writer, id: SetId, set: &AttributeSet) {
        let title = format!("Numbers of the attributes of the set `{}`", set.name);
        let title = match set.doc.as_str() {
            "" => format!("{title}."),
            text => format!("{title}: {}", prose::uncapitalised(text)),
        };
        doc(out, &title, "");
        let module = &self.names.set_modules[&id];
        block(out, format!("pub mod {module}"), |out| {
            for attribute in &set.attributes {
                if attribute.carries() {
                    doc(out, &attribute.doc, &format!("`{}`.", attribute.name));
                    let (name, number) = (names::number(attribute), attribute.number);
                    out.line(format!("pub const {name}: u16 = {number};"));
                }
            }
        });
        out.blank();
    }

    fn attribute_table(&self, out: &mut Writer, id: SetId, set: &AttributeSet, limits: &[String]) {
        let table = &self.names.set_tables[&id];
        doc(
            out,
            &format!("The attributes of the set `{}`.", set.name),
            "",
        );
        out.line(format!(
            "pub static {table}: AttributeSet = AttributeSet::new("
        ));
        out.line(format!("\"{}\",", set.name));
        out.line("&[");
        for attribute in set.attributes.iter().filter(|one| one.carries()) {
            let number = self.number(id, attribute);
            let name = &attribute.name;
            let kind = attribute.kind.describe().user_kind(self, attribute.hint);
            out.line(format!("AttributeInfo::new({number}, \"{name}\", {kind}),"));
        }
        out.line("],");
        if limits.is_empty() {
            out.line(");");
        } else {
            out.line(").with_limits(&[");
            out.lines(limits);
            out.line("]);");
        }
        out.blank();
    }

    /// Writes the table of operations.
    pub(super) fn operations(&self, out: &mut Writer) {
        let mut all = Vec::new();
        for call in &self.messages.calls {
            let operation = self.family.operation(call.op);
            let name = &self.names.operations[&call.op];
            doc(out, &format!("The operation `{}`.", operation.name), "");
            let command = operation.request.unwrap_or_default();
            let attributes = operation.set.map(|set| {
                let table = &self.names.set_tables[&self.family.whole(set)];
                format!(".with_attributes(&{table})")
            });
            let header = operation
                .fixed_header
                .map(|id| format!(".with_header({}::LEN)", self.names.structs[id.0]));
            out.line(format!(
                "pub static {name}: OperationInfo = OperationInfo::new({command}, \"{}\"){}{};",
                operation.name,
                attributes.unwrap_or_default(),
                header.unwrap_or_default()
            ));
            out.blank();
            all.push(format!("&{name}"));
        }
        doc(out, "All operations, for lookup by command number.", "");
        let (len, list) = (all.len(), all.join(", "));
        out.line(format!(
            "pub static OPERATIONS: [&OperationInfo; {len}] = [{list}];"
        ));
        out.blank();
    }
}
