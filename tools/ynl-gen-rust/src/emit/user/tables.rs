// SPDX-License-Identifier: MIT OR Apache-2.0

//! Writes the tables of attributes and operations, for errors and logs.

use super::super::rust::{block, doc};
use super::super::writer::Writer;
use super::super::{EmitError, prose};
use super::{Side, names};
use crate::model::{AttributeSet, SetId};

impl Side<'_> {
    /// Writes the numbers and the tables of all sets.
    pub(super) fn tables(&self, out: &mut Writer) -> Result<(), EmitError> {
        for (index, set) in self.family.sets.iter().enumerate() {
            if set.subset_of.is_none() {
                self.attribute_numbers(out, SetId(index), set);
                self.attribute_table(out, SetId(index), set);
            }
        }
        Ok(())
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

    fn attribute_table(&self, out: &mut Writer, id: SetId, set: &AttributeSet) {
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
        out.line(");");
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
