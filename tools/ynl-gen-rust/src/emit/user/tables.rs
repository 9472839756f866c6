// SPDX-License-Identifier: MIT OR Apache-2.0

//! Writes the tables of attributes and operations, for errors and logs.

use super::super::rust::{block, doc};
use super::super::writer::Writer;
use super::super::{EmitError, prose};
use super::{Side, names};
use crate::model::{
    Attribute, AttributeSet, ByteOrder, Content, DisplayHint, Int, Item, Kind, Meaning, SetId,
};

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
        let start = format!("pub static {table}: AttributeSet = AttributeSet");
        block(out, start, |out| {
            out.line(format!("name: \"{}\",", set.name));
            out.line("attributes: &[");
            for attribute in set.attributes.iter().filter(|one| one.carries()) {
                let number = self.number(id, attribute);
                let (name, kind) = (&attribute.name, self.kind(attribute));
                block(out, "AttributeInfo", |out| {
                    out.line(format!("number: {number}, name: \"{name}\", kind: {kind},"));
                });
                out.line(",");
            }
            out.line("],");
        });
        out.line(";");
        out.blank();
    }

    /// Returns the kind of an attribute as an expression.
    fn kind(&self, attribute: &Attribute) -> String {
        match &attribute.kind {
            Kind::Unused | Kind::Pad | Kind::Flag => "Kind::Flag".to_owned(),
            Kind::Int(int) => self.int_kind(int, attribute.hint),
            Kind::Text(_) => "Kind::Text".to_owned(),
            Kind::Binary(binary) => match (&binary.content, attribute.hint) {
                (Content::Numbers(int), _) => {
                    let (len, kind) = (int.kind.bytes(), self.int_kind(int, None));
                    format!("Kind::Row({len}, &{kind})")
                }
                (Content::Struct(id), _) => {
                    let (genl, name) = (self.options.genl, &self.names.structs[id.0]);
                    format!("Kind::Struct({genl}::debug::structure::<{name}>)")
                }
                (Content::Bytes, hint) => bytes_kind(hint).to_owned(),
            },
            Kind::Bitfield32(bits) => match bits {
                Some(id) => format!("Kind::Bitfield32(&{}::NAMES)", self.names.flags[id]),
                None => "Kind::Bitfield32(&[])".to_owned(),
            },
            Kind::Nest(set) => self.nest_kind(*set),
            Kind::Array(item) => format!("Kind::Array(&{})", self.item_kind(item)),
            Kind::TypeValue { levels, item } => {
                levels.iter().fold(self.item_kind(item), |kind, _| {
                    format!("Kind::Array(&{kind})")
                })
            }
        }
    }

    fn item_kind(&self, item: &Item) -> String {
        match item {
            Item::Nest(set) => self.nest_kind(*set),
            Item::Int(int) => self.int_kind(int, None),
            Item::Binary(_) => "Kind::Binary".to_owned(),
            Item::Text => "Kind::Text".to_owned(),
        }
    }

    fn nest_kind(&self, set: SetId) -> String {
        let whole = self.family.whole(set);
        format!("Kind::Nest(&{})", self.names.set_tables[&whole])
    }

    fn int_kind(&self, int: &Int, hint: Option<DisplayHint>) -> String {
        match (int.meaning, int.order) {
            (_, Some(ByteOrder::BigEndian)) if hint == Some(DisplayHint::Ipv4) => {
                "Kind::Address".to_owned()
            }
            (_, Some(ByteOrder::BigEndian)) => "Kind::BigEndian".to_owned(),
            (_, Some(ByteOrder::LittleEndian)) => "Kind::LittleEndian".to_owned(),
            (Meaning::Enum(id), None) => format!("Kind::Enum(&{}::NAMES)", self.names.enums[&id]),
            (Meaning::Flags(id), None) => format!("Kind::Flags(&{}::NAMES)", self.names.flags[&id]),
            (Meaning::Number, None) if int.kind.is_signed() => "Kind::Signed".to_owned(),
            (Meaning::Number, None) => "Kind::Unsigned".to_owned(),
        }
    }

    /// Writes the table of operations.
    pub(super) fn operations(&self, out: &mut Writer) {
        let mut all = Vec::new();
        for call in &self.messages.calls {
            let operation = self.family.operation(call.op);
            let name = &self.names.operations[&call.op];
            doc(out, &format!("The operation `{}`.", operation.name), "");
            let start = format!("pub static {name}: OperationInfo = OperationInfo");
            block(out, start, |out| {
                out.line(format!(
                    "command: {},",
                    operation.request.unwrap_or_default()
                ));
                out.line(format!("name: \"{}\",", operation.name));
                out.line(match operation.set {
                    Some(set) => {
                        let table = &self.names.set_tables[&self.family.whole(set)];
                        format!("attributes: Some(&{table}),")
                    }
                    None => "attributes: None,".to_owned(),
                });
                out.line(match operation.fixed_header {
                    Some(id) => format!("header_len: {}::LEN,", self.names.structs[id.0]),
                    None => "header_len: 0,".to_owned(),
                });
            });
            out.line(";");
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

fn bytes_kind(hint: Option<DisplayHint>) -> &'static str {
    match hint {
        Some(DisplayHint::Mac | DisplayHint::Fddi) => "Kind::Mac",
        Some(DisplayHint::Ipv4 | DisplayHint::Ipv6 | DisplayHint::Ipv4OrV6) => "Kind::Address",
        Some(DisplayHint::Uuid) => "Kind::Uuid",
        Some(DisplayHint::Hex) | None => "Kind::Binary",
    }
}
