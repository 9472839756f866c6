// SPDX-License-Identifier: MIT OR Apache-2.0

//! Attributes as fields of messages and nests.

use super::super::naming::{check_methods, snake, unless_taken};
use super::super::{EmitError, unsupported_type};
use super::Side;
use crate::model::{Attribute, ByteOrder, DisplayHint, Int, SetId, Usage, Widening};

/// Fields and methods of all types, and methods of the standard library's traits.
const TAKEN: [&str; 16] = [
    "new", "attrs", "invalid", "owned", "header", "default", "decode", "encode", "add", "sub",
    "mul", "div", "rem", "not", "neg", "shl",
];

/// An attribute as a field.
#[derive(Debug)]
pub(super) struct Field<'a> {
    pub(super) attribute: &'a Attribute,
    /// Name in Rust.
    pub(super) name: String,
    /// Number as an expression.
    pub(super) number: String,
    /// Type.
    pub(super) kind: String,
    /// Type of the setter's parameter, and the conversion of `value`.
    pub(super) set: (String, String),
    /// Statement that stores `attr`, one of `attrs`, in the field. `$` is the message.
    pub(super) read: String,
    /// Statement that writes the field of `self` to `to`.
    pub(super) write: String,
}

/// The code of a field.
#[derive(Debug)]
pub(in crate::emit) struct FieldCode {
    kind: String,
    set: (String, String),
    read: String,
    write: String,
}

/// The place of a field.
pub(in crate::emit) struct FieldPlace<'a> {
    /// Set of the attribute.
    pub(in crate::emit) set: SetId,
    pub(in crate::emit) attribute: &'a Attribute,
    /// Name in Rust.
    pub(in crate::emit) name: &'a str,
    /// Number as an expression.
    pub(in crate::emit) number: &'a str,
}

impl FieldPlace<'_> {
    /// Returns the code of a flag.
    pub(in crate::emit) fn flag(&self) -> FieldCode {
        let Self { name, number, .. } = self;
        FieldCode {
            kind: "bool".to_owned(),
            set: ("bool".to_owned(), "value".to_owned()),
            read: format!("$.{name} = true"),
            write: format!("if self.{name} {{ to.put_flag({number}); }}"),
        }
    }

    /// Returns the code of a value that may be missing.
    pub(in crate::emit) fn optional(&self, value: &Value) -> FieldCode {
        let Self { name, number, .. } = self;
        let kind = &value.kind;
        let (parameter, converted) = match value.into {
            true => (format!("impl Into<{kind}>"), "Some(value.into())"),
            false => (kind.clone(), "Some(value)"),
        };
        FieldCode {
            kind: format!("Option<{kind}>"),
            set: (parameter, converted.to_owned()),
            read: format!("$.{name} = Some({})", value.read),
            write: format!(
                "if let Some(value) = self.{name} {{ {} }}",
                value.write(number)
            ),
        }
    }

    /// Returns the code of a value that may occur several times.
    pub(in crate::emit) fn repeated(&self, value: &Value) -> FieldCode {
        let (name, number, write) = (self.name, self.number, value.write(self.number));
        let write = match value.is_nest {
            true => format!("to.put_nests({number}, self.{name});"),
            false => format!("for value in self.{name} {{ {write} }}"),
        };
        self.collection(format!("MultiAttr<'a, {}>", value.kind), write)
    }

    /// Returns the code of a collection of type `kind`.
    pub(in crate::emit) fn collection(&self, kind: String, write: String) -> FieldCode {
        FieldCode {
            set: (format!("impl Into<{kind}>"), "value.into()".to_owned()),
            kind,
            read: format!("$.{}.add(attrs, attr)?", self.name),
            write,
        }
    }
}

/// The place of a value.
#[derive(Clone, Copy)]
pub(in crate::emit) struct At {
    /// Set of the attribute.
    pub(in crate::emit) set: SetId,
    /// Display hint that applies to the value.
    pub(in crate::emit) hint: Option<DisplayHint>,
}

/// One value of an attribute.
pub(in crate::emit) struct Value {
    /// Type.
    pub(in crate::emit) kind: String,
    /// Whether the setter accepts `impl Into`.
    into: bool,
    /// Whether it is a nest that is decoded at once.
    pub(in crate::emit) is_nest: bool,
    /// Expression that reads it from `attr`.
    read: String,
    /// Statement that writes `value` to `to` with the number `$`.
    write: String,
}

impl Value {
    pub(in crate::emit) fn new(kind: &str, read: &str, write: &str) -> Self {
        Self {
            kind: kind.to_owned(),
            into: false,
            is_nest: false,
            read: read.to_owned(),
            write: write.to_owned(),
        }
    }

    /// Returns the value with a setter that accepts `impl Into`.
    pub(in crate::emit) fn with_into(self) -> Self {
        Self { into: true, ..self }
    }

    /// Returns the value as a nest that is decoded at once.
    pub(in crate::emit) fn into_nest(self) -> Self {
        Self {
            is_nest: true,
            ..self
        }
    }

    /// Returns an IPv4 address.
    pub(in crate::emit) fn ipv4() -> Self {
        Self::new("Ipv4Addr", "attr.ipv4()?", "to.put_ipv4($, value);")
    }

    pub(in crate::emit) fn write(&self, number: &str) -> String {
        self.write.replace('$', number)
    }
}

impl<'a> Side<'a> {
    /// Returns the fields of attributes.
    pub(super) fn fields(
        &self,
        set: SetId,
        attributes: impl Iterator<Item = &'a Attribute>,
        header: bool,
    ) -> Result<Vec<Field<'a>>, EmitError> {
        let attributes = attributes.filter(|attribute| attribute.carries());
        let attributes: Vec<_> = attributes.collect();
        check_methods(attributes.iter().copied(), |one| method(one, header))?;
        attributes
            .into_iter()
            .map(|attribute| self.field(set, attribute, header))
            .collect()
    }

    fn field(
        &self,
        set: SetId,
        attribute: &'a Attribute,
        header: bool,
    ) -> Result<Field<'a>, EmitError> {
        let name = method(attribute, header);
        let number = self.number(set, attribute);
        let place = FieldPlace {
            set,
            attribute,
            name: &name,
            number: &number,
        };
        let Some(code) = attribute.kind.describe().user_field(self, &place) else {
            return Err(unsupported_type(attribute, Usage::User));
        };
        Ok(Field {
            attribute,
            name,
            number,
            kind: code.kind,
            set: code.set,
            read: code.read,
            write: code.write,
        })
    }
}

/// Returns the name of an attribute's field and setter.
fn method(attribute: &Attribute, header: bool) -> String {
    let taken = TAKEN.iter().filter(|&&name| header || name != "header");
    let taken: Vec<_> = taken.copied().collect();
    unless_taken(snake(&attribute.name), &taken)
}

/// A number on the wire.
pub(in crate::emit) struct Wire {
    /// Expression that reads it from `attr`, widened.
    pub(in crate::emit) read: String,
    /// Suffix of the method that writes it.
    suffix: String,
    /// Type that it is narrowed to, if any.
    narrowed: Option<&'static str>,
    /// Cast to the parameter type of the method.
    cast: String,
}

impl Wire {
    pub(in crate::emit) fn new(int: &Int, widening: Widening) -> Self {
        let bits = int.kind.bytes() * 8;
        let suffix = match order(int) {
            Some(order) => format!("{order}{bits}"),
            None => int.kind.name().to_owned(),
        };
        let mut read = format!("attr.{suffix}()?");
        let mut cast = String::new();
        if order(int).is_some() && int.kind.is_signed() {
            // For other byte orders, only unsigned methods exist.
            read = format!("{read} as {}", int.kind.rust());
            cast = format!(" as u{bits}");
        }
        let mut narrowed = None;
        if let Widening::To(wide) = widening {
            read = format!("{}::from({read})", wide.rust());
            narrowed = Some(int.kind.rust());
        }
        Self {
            read,
            suffix,
            narrowed,
            cast,
        }
    }

    /// Returns the statement that writes `value` with the number `$`.
    pub(in crate::emit) fn write(&self, value: &str) -> String {
        let Self { suffix, cast, .. } = self;
        match self.narrowed {
            None => format!("to.put_{suffix}($, {value}{cast});"),
            Some(kind) => format!(
                "let value: {kind} = to.narrowed($, {value});\nto.put_{suffix}($, value{cast});"
            ),
        }
    }
}

/// Returns the byte order in method names, if it matters.
pub(super) fn order(int: &Int) -> Option<&'static str> {
    match int.order? {
        _ if int.kind.bytes() == 1 => None,
        ByteOrder::BigEndian => Some("be"),
        ByteOrder::LittleEndian => Some("le"),
    }
}
