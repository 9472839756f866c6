// SPDX-License-Identifier: MIT OR Apache-2.0

//! Writes types of messages and of their nests.

use super::super::messages::{ReplyType, RequestType, Use};
use super::super::rust::{block, doc, method_doc, or};
use super::super::writer::Writer;
use super::super::{EmitError, prose};
use super::fields::Field;
use super::{Side, debug};
use crate::model::{Attribute, Operation, Role, SetId, StructId};

/// Documentation of the field with the first error.
const INVALID: &str = "The first attribute with a length that its type cannot have. It is missing in \
                       the other fields. Nests have their own.";

/// Documentation of the field with all attributes.
const ATTRS: &str =
    "All attributes as received, including those unknown to this version of the protocol.";

/// The type of a message or of a nest.
struct Type<'a> {
    /// Name without parameters.
    name: &'a str,
    doc: String,
    /// Set of its attributes.
    set: Option<SetId>,
    header: Option<&'a str>,
    fields: Vec<Field<'a>>,
    /// Whether the kernel sends it.
    received: bool,
}

impl<'a> Side<'a> {
    /// Writes the requests.
    pub(super) fn requests(&self, out: &mut Writer) -> Result<(), EmitError> {
        for (index, request) in self.messages.requests.iter().enumerate() {
            self.request(out, index, request)?;
        }
        Ok(())
    }

    fn request(
        &self,
        out: &mut Writer,
        index: usize,
        request: &RequestType,
    ) -> Result<(), EmitError> {
        let operation = self.family.operation(request.op);
        let attributes = self.family.attributes(operation, &request.message);
        let new = self.message(
            &self.names.requests[index],
            request_doc(request, operation),
            operation.set,
            attributes,
            operation.fixed_header,
            false,
        )?;
        new.structure(out, self);
        new.debug(out, self, true);
        new.equality(out, self, true);
        new.builder(out, "Creates a request without attributes.", None);
        block(out, format!("impl Request for {}", new.anywhere()), |out| {
            out.line("const FAMILY: &'static FamilyInfo = &FAMILY;");
            let info = &self.names.operations[&request.op];
            out.line(format!(
                "const OPERATION: &'static OperationInfo = &{info};"
            ));
            out.blank();
            new.encode(out);
        });
        out.blank();
        self.answers(out, index, &new);
        Ok(())
    }

    /// Writes the types of the replies to a request.
    fn answers(&self, out: &mut Writer, index: usize, request: &Type<'_>) {
        for call in &self.messages.calls {
            let doit = ("DoRequest", "Reply", &call.doit);
            let dumpit = ("DumpRequest", "Item", &call.dumpit);
            for (name, answer, half) in [doit, dumpit] {
                let Some(half) = half.as_ref().filter(|half| half.request == index) else {
                    continue;
                };
                let reply = match half.reply {
                    Some(reply) => format!("{}<'a>", self.names.replies[reply]),
                    None => "()".to_owned(),
                };
                block(
                    out,
                    format!("impl {name} for {}", request.anywhere()),
                    |out| {
                        out.line(format!("type {answer}<'a> = {reply};"));
                    },
                );
                out.blank();
            }
        }
    }

    /// Writes the messages from the kernel.
    pub(super) fn replies(&self, out: &mut Writer) -> Result<(), EmitError> {
        for (index, reply) in self.messages.replies.iter().enumerate() {
            let operation = self.family.operation(reply.op);
            let attributes = self.family.attributes(operation, &reply.message);
            let new = self.message(
                &self.names.replies[index],
                reply_doc(reply, &operation.doc, &operation.name),
                operation.set,
                attributes,
                operation.fixed_header,
                true,
            )?;
            new.structure(out, self);
            new.debug(out, self, false);
            new.equality(out, self, false);
            let variable = match reply.uses.first() {
                Some(Use::Event(_)) => "event",
                Some(Use::Item) => "item",
                _ => "reply",
            };
            new.decode(out, self, variable);
        }
        Ok(())
    }

    /// Writes the nests.
    pub(super) fn nests(&self, out: &mut Writer) -> Result<(), EmitError> {
        for (&set, name) in &self.names.nests {
            let nested = self.family.set(set);
            let received = self.decoded.contains(&set);
            let sent = self.reach.requests.contains(&set);
            let new = Type {
                name,
                doc: or(
                    &nested.doc,
                    &format!("A nest of the set `{}`.", nested.name),
                ),
                set: Some(set),
                header: None,
                fields: self.fields(set, self.in_use(set), false)?,
                received,
            };
            new.structure(out, self);
            new.debug(out, self, sent);
            new.equality(out, self, sent);
            if sent {
                let owned = received.then_some(self);
                new.builder(out, "Creates a nest without attributes.", owned);
                block(out, format!("impl Encode for {}", new.anywhere()), |out| {
                    new.encode(out);
                });
                out.blank();
            }
            if received {
                new.decode(out, self, "nest");
            }
        }
        Ok(())
    }

    fn message<'s>(
        &'s self,
        name: &'s str,
        doc: String,
        set: Option<SetId>,
        attributes: impl Iterator<Item = &'a Attribute>,
        header: Option<StructId>,
        received: bool,
    ) -> Result<Type<'s>, EmitError> {
        let mut fields = Vec::new();
        if let Some(set) = set {
            fields = self.fields(set, attributes, header.is_some())?;
        }
        Ok(Type {
            name,
            doc,
            set,
            header: header.map(|id| self.names.structs[id.0].as_str()),
            fields,
            received,
        })
    }
}

fn request_doc(request: &RequestType, operation: &Operation) -> String {
    let name = &operation.name;
    let only_dump = matches!(operation.role, Role::Call { doit: None, .. });
    match (request.doit || only_dump, operation.doc.as_str()) {
        (true, "") => format!("The `{name}` request."),
        (true, doc) => doc.to_owned(),
        (false, _) => format!("The `{name}` dump request."),
    }
}

fn reply_doc(reply: &ReplyType, doc: &str, name: &str) -> String {
    match (reply.uses.first(), doc) {
        (Some(Use::Event(_)), "") => format!("The event `{name}`."),
        (Some(Use::Event(_)), doc) => doc.to_owned(),
        (Some(Use::Item), _) => format!("An item of the dump of `{name}`."),
        _ if reply.uses.contains(&Use::Item) => {
            format!("The reply to `{name}`, and an item of its dump.")
        }
        _ => format!("The reply to `{name}`."),
    }
}

impl Type<'_> {
    /// Returns its name with a lifetime.
    fn with_lifetime(&self, lifetime: &str) -> String {
        match self.borrows() {
            true => format!("{}<{lifetime}>", self.name),
            false => self.name.to_owned(),
        }
    }

    /// Returns its name with an anonymous lifetime.
    fn anywhere(&self) -> String {
        self.with_lifetime("'_")
    }

    fn borrows(&self) -> bool {
        self.received || self.fields.iter().any(|field| field.kind.contains("'a"))
    }

    fn is_empty(&self) -> bool {
        self.fields.is_empty() && self.header.is_none() && !self.received
    }

    /// Writes the struct.
    fn structure(&self, out: &mut Writer, side: &Side<'_>) {
        doc(out, &self.doc, "");
        let comparable = if self.received { "" } else { ", PartialEq" };
        let serde = self.received && side.options.serde;
        let serialize = if serde { ", Serialize" } else { "" };
        let debug = if self.is_empty() { ", Debug" } else { "" };
        out.line(format!(
            "#[derive(Clone, Copy{debug}, Default{comparable}{serialize})]"
        ));
        if serde {
            side.rename_all(out);
        }
        if self.is_empty() {
            out.line(format!("pub struct {};", self.name));
            out.blank();
            return;
        }
        block(
            out,
            format!("pub struct {}", self.with_lifetime("'a")),
            |out| {
                if let Some(header) = self.header {
                    doc(out, "The fixed header of the family.", "");
                    if serde {
                        out.line("#[serde(flatten)]");
                    }
                    out.line(format!("pub header: {header},"));
                }
                for field in &self.fields {
                    field.doc(out);
                    if serde {
                        let (name, with) = (&field.attribute.name, field.serialize_with());
                        side.serde_field(out, &field.name, name, Some(field.skip()), with);
                    }
                    out.line(format!("pub {}: {},", field.name, field.kind));
                }
                if self.received {
                    doc(out, ATTRS, "");
                    if serde {
                        out.line("#[serde(skip)]");
                    }
                    out.line("pub attrs: Attrs<'a>,");
                    doc(out, INVALID, "");
                    if serde {
                        out.line("#[serde(skip)]");
                    }
                    out.line("pub invalid: Option<DecodeError>,");
                }
            },
        );
        out.blank();
    }

    /// Writes `Debug`: a request shows the attributes that it would send, a reply those that it
    /// received.
    fn debug(&self, out: &mut Writer, side: &Side<'_>, sent: bool) {
        if self.is_empty() {
            return;
        }
        let set = match self.set {
            Some(set) => {
                let table = &side.names.set_tables[&side.family.whole(set)];
                format!("Some(&{table})")
            }
            None => "None".to_owned(),
        };
        let (how, header, what) = match (sent, self.header) {
            (true, Some(header)) => {
                let header = format!("Some((&self.header, {header}::LEN))");
                ("sent", header, "|to| self.encode(to)")
            }
            (true, None) => ("sent", "None".to_owned(), "|to| self.encode(to)"),
            (false, Some(_)) => ("received", "Some(&self.header)".to_owned(), "self.attrs"),
            (false, None) => ("received", "None".to_owned(), "self.attrs"),
        };
        let (name, genl) = (self.name, side.options.genl);
        debug(out, &self.anywhere(), |out| {
            out.line(format!(
                "{genl}::codegen::{how}(f, \"{name}\", {set}, {header}, {what})"
            ));
        });
    }

    /// Writes the constructor and the setters.
    fn builder(&self, out: &mut Writer, new: &str, owned: Option<&Side<'_>>) {
        if self.is_empty() {
            return;
        }
        let parameter = if self.borrows() { "<'a>" } else { "" };
        let name = self.with_lifetime("'a");
        block(out, format!("impl{parameter} {name}"), |out| {
            doc(out, new, "");
            block(out, "pub fn new() -> Self", |out| {
                out.line("Self::default()")
            });
            if let Some(header) = self.header {
                out.blank();
                doc(out, "Sets the fixed header of the family.", "");
                let signature = format!("pub fn header(mut self, value: {header}) -> Self");
                block(out, signature, |out| {
                    out.line("self.header = value;");
                    out.line("self");
                });
            }
            for field in &self.fields {
                out.blank();
                field.setter_doc(out);
                let (kind, value) = &field.set;
                let name = &field.name;
                let signature = format!("pub fn {name}(mut self, value: {kind}) -> Self");
                block(out, signature, |out| {
                    out.line(format!("self.{name} = {value};"));
                    out.line("self");
                });
            }
            if owned.is_some() {
                out.blank();
                doc(
                    out,
                    "Returns the nest with its own bytes. It borrows nothing.",
                    "",
                );
                let name = self.with_lifetime("'static");
                block(
                    out,
                    format!("pub fn owned(&self) -> OwnedNest<{name}>"),
                    |out| {
                        out.line("OwnedNest::new(|to| self.encode(to))");
                    },
                );
            }
        });
        out.blank();
    }

    /// Writes `PartialEq` of a type with its source, which equals others with the same bytes.
    fn equality(&self, out: &mut Writer, side: &Side<'_>, sent: bool) {
        if !self.received {
            return;
        }
        let same = match sent {
            true => format!(
                "{}::codegen::same(|to| self.encode(to), |to| other.encode(to))",
                side.options.genl
            ),
            false if self.header.is_some() => {
                "self.header == other.header && self.attrs == other.attrs".to_owned()
            }
            false => "self.attrs == other.attrs".to_owned(),
        };
        block(
            out,
            format!("impl PartialEq for {}", self.anywhere()),
            |out| {
                block(out, "fn eq(&self, other: &Self) -> bool", |out| {
                    out.line(same)
                });
            },
        );
        out.blank();
    }

    /// Writes the method that encodes it.
    fn encode(&self, out: &mut Writer) {
        if self.fields.is_empty() && self.header.is_none() && !self.received {
            out.line("fn encode(&self, _to: &mut Encoder<'_>) {}");
            return;
        }
        block(out, "fn encode(&self, to: &mut Encoder<'_>)", |out| {
            if self.header.is_some() {
                out.line("to.put_header(&self.header);");
            }
            for field in &self.fields {
                out.line(&field.write);
            }
            if self.received {
                let known: Vec<_> = self.fields.iter().map(|one| one.number.as_str()).collect();
                out.line(format!(
                    "to.put_others(self.attrs, &[{}]);",
                    known.join(", ")
                ));
            }
        });
    }

    /// Writes the decoder, with a variable of this name.
    fn decode(&self, out: &mut Writer, side: &Side<'_>, variable: &str) {
        let genl = side.options.genl;
        let name = self.with_lifetime("'a");
        block(out, format!("impl<'a> Decode<'a> for {name}"), |out| {
            let signature = "fn decode(attrs: Attrs<'a>) -> Result<Self, DecodeError>";
            block(out, signature, |out| {
                let header = if self.header.is_some() {
                    "header, "
                } else {
                    ""
                };
                if self.header.is_some() {
                    out.line("let (header, attrs) = attrs.split_header()?;");
                }
                if self.fields.is_empty() {
                    out.line(format!("Ok(Self {{ {header}attrs, invalid: None }})"));
                    return;
                }
                out.line(format!(
                    "let mut {variable} = Self {{ {header}attrs, ..Self::default() }};"
                ));
                out.line(format!(
                    "{variable}.invalid = {genl}::codegen::each(attrs, |attr| {{"
                ));
                self.store(out, variable);
                out.line("Ok(())");
                out.line("});");
                out.line(format!("Ok({variable})"));
            });
        });
        out.blank();
    }

    /// Writes the statement that stores `attr`.
    fn store(&self, out: &mut Writer, variable: &str) {
        let read = |field: &Field<'_>| field.read.replace('$', variable);
        if let [field] = self.fields.as_slice() {
            let is = format!("if attr.number() == {}", field.number);
            block(out, is, |out| out.line(format!("{};", read(field))));
            return;
        }
        block(out, "match attr.number()", |out| {
            for field in &self.fields {
                out.line(format!("{} => {},", field.number, read(field)));
            }
            out.line("_ => {}");
        });
    }
}

impl Field<'_> {
    fn doc(&self, out: &mut Writer) {
        let name = format!("`{}`.", self.attribute.name);
        self.doc_with_keys(out, &or(&self.attribute.doc, &name));
    }

    fn setter_doc(&self, out: &mut Writer) {
        self.doc_with_keys(out, &method_doc("Sets", self.attribute));
    }

    /// Writes `text`, and the names of the keys if the attribute has keys.
    fn doc_with_keys(&self, out: &mut Writer, text: &str) {
        let levels = self.attribute.kind.levels().iter();
        let keys: Vec<_> = levels.map(|level| format!("`{level}`")).collect();
        let are = match keys.as_slice() {
            [] => return doc(out, text, ""),
            [_] => "key is",
            _ => "keys are",
        };
        let keys = prose::listed(&keys);
        doc(out, &format!("{text} The {are} {keys}."), "");
    }
}
