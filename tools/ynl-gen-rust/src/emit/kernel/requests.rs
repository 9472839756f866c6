// SPDX-License-Identifier: MIT OR Apache-2.0

//! Writes types of requests, and of their nests, with getters for attributes.

use super::super::naming::{camel, check_methods, snake, unless_taken};
use super::super::rust::{block, doc, method_doc};
use super::super::writer::Writer;
use super::super::{EmitError, unsupported_type};
use super::Side;
use crate::model::{Attribute, SetId, Usage};

/// Methods of all types, in addition to the getters.
const TAKEN: [&str; 6] = ["info", "nest", "bad", "missing", "attr", "attrs"];

impl Side<'_> {
    /// Writes the types.
    pub(super) fn requests(&self, out: &mut Writer) -> Result<(), EmitError> {
        for request in &self.messages.requests {
            let name = request.name();
            let attributes: Vec<_> = self.readable(request.attributes(self.family)).collect();
            doc(
                out,
                &capitalised(&format!("{}.", request.title(self.family))),
                "",
            );
            block(out, format!("pub struct {name}<'a>"), |out| {
                out.line("info: Info<'a>,")
            });
            out.blank();
            let set = self.family.operation(request.op).set;
            let source = Source::Request;
            self.reader(out, &name, set, &attributes, source)?;
        }
        for &set in &self.reach.requests {
            let name = self.attrs_type(set);
            let attributes: Vec<_> = self.in_use(set).collect();
            let title = format!(
                "The attributes of a nest of the set `{}`.",
                self.family.set(set).name
            );
            doc(out, &title, "");
            out.line("#[derive(Clone, Copy)]");
            block(out, format!("pub struct {name}<'a>"), |out| {
                out.line("nest: Attr<'a>,")
            });
            out.blank();
            self.reader(out, &name, Some(set), &attributes, Source::Nest)?;
        }
        Ok(())
    }

    /// Returns the type of a nest in a request.
    pub(in crate::emit) fn attrs_type(&self, set: SetId) -> String {
        self.free(format!("{}Attrs", camel(&self.family.set(set).name)))
    }

    fn readable<'s>(
        &self,
        attributes: impl Iterator<Item = &'s Attribute>,
    ) -> impl Iterator<Item = &'s Attribute> {
        attributes.filter(|attribute| attribute.carries())
    }

    fn reader(
        &self,
        out: &mut Writer,
        name: &str,
        set: Option<SetId>,
        attributes: &[&Attribute],
        source: Source,
    ) -> Result<(), EmitError> {
        let mut getters = Vec::new();
        check_methods(attributes.iter().copied(), method)?;
        if let Some(set) = set {
            for attribute in attributes {
                getters.push((*attribute, self.getter(set, attribute, source)?));
            }
        }
        block(out, format!("impl<'a> {name}<'a>"), |out| {
            match source {
                Source::Request => {
                    doc(
                        out,
                        "Returns the metadata of the request: sender, headers and network namespace.",
                        "",
                    );
                    out.line("pub fn info(&self) -> Info<'a> { self.info }");
                }
                Source::Nest => {
                    doc(out, "Returns the nest itself.", "");
                    out.line("pub fn nest(&self) -> Attr<'a> { self.nest }");
                }
            }
            out.blank();
            for (attribute, getter) in &getters {
                self.write_getter(out, attribute, getter);
            }
            if let (Some(set), false) = (set, getters.is_empty()) {
                self.refusals(out, set, source);
                let looked_up = getters.iter().any(|(_, getter)| !getter.all);
                if looked_up || source == Source::Nest {
                    self.look_up(out, set, source);
                }
            }
        });
        out.blank();
        Ok(())
    }

    fn write_getter(&self, out: &mut Writer, attribute: &Attribute, getter: &Getter) {
        let text = method_doc("Returns", attribute);
        let text = match attribute.kind.describe().kernel_remark() {
            Some(remark) => format!("{text}\n\n{remark}"),
            None => text,
        };
        let errors = match getter.returns.contains("Result<") {
            true => {
                "\n\n# Errors\n\n`EINVAL` if the length or the value of the attribute is invalid."
            }
            false => "",
        };
        doc(out, &format!("{text}{errors}"), "");
        let name = method(attribute);
        block(
            out,
            format!("pub fn {name}(&self) -> {}", getter.returns),
            |out| {
                out.line(&getter.body);
            },
        );
        out.blank();
    }

    fn refusals(&self, out: &mut Writer, set: SetId, source: Source) {
        let numbers = self.numbers(set);
        let (whole, bad, missing) = match source {
            Source::Request => (
                "it",
                "self.info.bad_attr(attr as u16, errno, message)",
                "ExtAckError::missing_attr(attr as u16, message)",
            ),
            Source::Nest => (
                "the nest",
                "match self.attr(attr) {
                    Some(attr) => ExtAckError::bad_attr(errno, attr, message),
                    None => ExtAckError::bad_attr(errno, self.nest, message),
                }",
                "ExtAckError::missing_in(self.nest, attr as u16, message)",
            ),
        };
        doc(
            out,
            "Returns an error that refuses the request because `attr` is invalid.",
            "",
        );
        let signature = format!(
            "pub fn bad(&self, attr: {numbers}, errno: Error, message: &'static CStr) -> ExtAckError<'a>"
        );
        block(out, signature, |out| out.line(bad));
        out.blank();
        doc(
            out,
            &format!("Returns an error that refuses the request because {whole} lacks `attr`."),
            "",
        );
        let signature = format!(
            "pub fn missing(&self, attr: {numbers}, message: &'static CStr) -> ExtAckError<'a>"
        );
        block(out, signature, |out| out.line(missing));
        out.blank();
    }

    fn look_up(&self, out: &mut Writer, set: SetId, source: Source) {
        let found = match source {
            Source::Request => "self.info.attrs().get(attr as u16)",
            Source::Nest => "self.nest.nested().get(attr as u16)",
        };
        let signature = format!(
            "fn attr(&self, attr: {}) -> Option<Attr<'a>>",
            self.numbers(set)
        );
        block(out, signature, |out| out.line(found));
    }

    fn getter(
        &self,
        set: SetId,
        attribute: &Attribute,
        source: Source,
    ) -> Result<Getter, EmitError> {
        let variant = format!("{}::{}", self.numbers(set), camel(&attribute.name));
        let Some(value) = attribute.kind.describe().kernel_value(self) else {
            return Err(unsupported_type(attribute, Usage::KernelRequest));
        };
        if attribute.multi {
            let stream = match source {
                Source::Request => "self.info.attr_stream()",
                Source::Nest => "self.nest.nested()",
            };
            return Ok(Getter {
                returns: iterator(&value.each()),
                body: format!("{stream}.all({variant} as u16).map({})", value.convert),
                all: true,
            });
        }
        let one = format!("self.attr({variant})");
        let (returns, body) = match value.shape {
            Shape::Flag => ("bool".to_owned(), format!("{one}.is_some()")),
            Shape::Plain => (
                format!("Option<{}>", value.kind),
                format!("{one}.map({})", value.convert),
            ),
            Shape::Checked => (
                format!("Result<Option<{}>, ExtAckError<'a>>", value.kind),
                format!("{one}.map({}).transpose()", value.convert),
            ),
            Shape::Row(bytes) => (
                format!("Result<{}, ExtAckError<'a>>", iterator(&value.kind)),
                // A policy cannot check the length of the items.
                format!(
                    "let attr = {one};
                    if let Some(attr) = attr.filter(|attr| attr.payload().len() % {bytes} != 0) {{
                        return Err(ExtAckError::bad_attr(
                            EINVAL, attr, c\"attribute has an invalid length\"));
                    }}
                    let row = attr.map(Attr::payload).unwrap_or_default();
                    Ok(row.{})",
                    value.convert
                ),
            ),
            Shape::Several => (
                iterator(&value.kind),
                format!("{one}.into_iter().flat_map({})", value.convert),
            ),
        };
        Ok(Getter {
            returns,
            body,
            all: false,
        })
    }
}

/// Returns the name of the method that reads an attribute.
fn method(attribute: &Attribute) -> String {
    unless_taken(snake(&attribute.name), &TAKEN)
}

/// The source of attributes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Source {
    Request,
    Nest,
}

/// A method that reads an attribute.
struct Getter {
    returns: String,
    body: String,
    /// Whether it iterates over all attributes instead of looking one up.
    all: bool,
}

/// The number of values, and whether reading them can fail.
#[derive(Clone, Copy)]
pub(in crate::emit) enum Shape {
    Flag,
    Plain,
    Checked,
    Several,
    /// Numbers without headers; the length of the payload must be a multiple of this many bytes.
    Row(usize),
}

/// An expression that reads a value.
pub(in crate::emit) struct Value {
    shape: Shape,
    /// Type of the value.
    kind: String,
    /// Function from the attribute to the value.
    convert: String,
}

impl Value {
    pub(in crate::emit) fn new(shape: Shape, kind: &str, convert: &str) -> Self {
        Self {
            shape,
            kind: kind.to_owned(),
            convert: convert.to_owned(),
        }
    }

    /// Returns the item type of an iterator over several attributes.
    fn each(&self) -> String {
        match self.shape {
            Shape::Checked => format!("Result<{}, ExtAckError<'a>>", self.kind),
            _ => self.kind.clone(),
        }
    }
}

/// Returns the type of an iterator that borrows from a request.
fn iterator(item: &str) -> String {
    // If the item has no lifetime, the iterator needs one.
    let borrows = if item.contains("'a") { "" } else { " + 'a" };
    format!("impl Iterator<Item = {item}>{borrows}")
}

fn capitalised(text: &str) -> String {
    let mut chars = text.chars();
    let first = chars.next().map(|c| c.to_ascii_uppercase());
    first.into_iter().chain(chars).collect()
}
