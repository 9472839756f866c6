// SPDX-License-Identifier: MIT OR Apache-2.0

//! Attributes as fields of messages and nests.

use super::super::EmitError;
use super::super::naming::{check_methods, snake, unless_taken};
use super::Side;
use super::numbers::Widening;
use crate::model::{
    Attribute, Binary, ByteOrder, Content, DisplayHint, EnumId, Int, IntKind, Item, Kind, Length,
    Meaning, SetId,
};

/// Fields and methods of all types, and methods of the standard library's traits.
const TAKEN: [&str; 14] = [
    "new", "attrs", "header", "default", "decode", "encode", "add", "sub", "mul", "div", "rem",
    "not", "neg", "shl",
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

/// One value of an attribute.
pub(super) struct Value {
    /// Type.
    pub(super) kind: String,
    /// Whether the setter accepts `impl Into`.
    into: bool,
    /// Expression that reads it from `attr`.
    read: String,
    /// Statement that writes `value` to `to` with the number `$`.
    write: String,
}

impl Value {
    fn new(kind: &str, read: &str, write: &str) -> Self {
        Self {
            kind: kind.to_owned(),
            into: false,
            read: read.to_owned(),
            write: write.to_owned(),
        }
    }

    fn write(&self, number: &str) -> String {
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
        let (kind, set, read, write) = self.shape(set, attribute, &name, &number)?;
        Ok(Field {
            attribute,
            name,
            number,
            kind,
            set,
            read,
            write,
        })
    }

    /// Returns the type of a field, its setter, and the statements that read and write it.
    fn shape(
        &self,
        set: SetId,
        attribute: &Attribute,
        name: &str,
        number: &str,
    ) -> Result<(String, (String, String), String, String), EmitError> {
        if let Kind::Flag = attribute.kind {
            return Ok((
                "bool".to_owned(),
                ("bool".to_owned(), "value".to_owned()),
                format!("$.{name} = true"),
                format!("if self.{name} {{ to.put_flag({number}); }}"),
            ));
        }
        if let Kind::TypeValue { levels, item } = &attribute.kind {
            return self.type_value(set, attribute, levels, item, name, number);
        }
        let value = self.value(set, attribute)?;
        if attribute.multi {
            let several = match attribute.kind {
                Kind::Array(_) => Some("arrays or rows"),
                Kind::Bitfield32(Some(_)) => Some("`bitfield32` with `enum`"),
                _ if has_rows(attribute) => Some("arrays or rows"),
                _ => None,
            };
            if let Some(several) = several {
                let what = format!("`multi-attr` of {several}");
                return Err(self.unsupported(attribute, &what, "no `multi-attr`"));
            }
            let kind = format!("MultiAttr<'a, {}>", value.kind);
            return Ok((
                kind.clone(),
                (format!("impl Into<{kind}>"), "value.into()".to_owned()),
                format!("$.{name}.add(attrs, attr)?"),
                format!("for value in self.{name} {{ {} }}", value.write(number)),
            ));
        }
        let set = match value.into {
            true => (format!("impl Into<{}>", value.kind), "Some(value.into())"),
            false => (value.kind.clone(), "Some(value)"),
        };
        Ok((
            format!("Option<{}>", value.kind),
            (set.0, set.1.to_owned()),
            format!("$.{name} = Some({})", value.read),
            format!(
                "if let Some(value) = self.{name} {{ {} }}",
                value.write(number)
            ),
        ))
    }

    /// Returns the same for an attribute with levels.
    fn type_value(
        &self,
        set: SetId,
        attribute: &Attribute,
        levels: &[String],
        item: &Item,
        name: &str,
        number: &str,
    ) -> Result<(String, (String, String), String, String), EmitError> {
        let value = self.item(set, item, attribute)?;
        // Names of other variables in the code below.
        let key = |level: &String| unless_taken(snake(level), &["to", "value"]);
        let keys: Vec<_> = levels.iter().map(key).collect();
        let mut write = value.write(keys.last().map_or(number, String::as_str));
        let outer = keys.iter().rev().skip(1).map(String::as_str);
        for key in outer.chain([number]) {
            let body = write.trim_end_matches(';');
            write = format!("to.nest({key}, |to| {body});");
        }
        let kind = format!("TypeValue<'a, {}, {}>", levels.len(), value.kind);
        Ok((
            kind.clone(),
            (format!("impl Into<{kind}>"), "value.into()".to_owned()),
            format!("$.{name}.add(attrs, attr)?"),
            format!(
                "for ([{}], value) in self.{name} {{ {write} }}",
                keys.join(", ")
            ),
        ))
    }

    /// Returns the value of an attribute; of a repeated attribute, of one occurrence.
    pub(super) fn value(&self, set: SetId, attribute: &Attribute) -> Result<Value, EmitError> {
        Ok(match &attribute.kind {
            Kind::Int(int) => match (attribute.hint, int.kind, int.order) {
                (Some(DisplayHint::Ipv4), IntKind::U32, Some(ByteOrder::BigEndian)) => ipv4(),
                _ => self.int(attribute, int, attribute.multi)?,
            },
            Kind::Text(_) => text(),
            Kind::Binary(binary) => self.binary(attribute, binary)?,
            Kind::Bitfield32(bits) => self.bitfield32(attribute, *bits)?,
            Kind::Nest(nested) => self.nested(set, *nested),
            Kind::Array(item) => {
                let item = self.item(set, item, attribute)?;
                let body = item.write("index");
                Value {
                    kind: format!("MultiAttr<'a, {}>", item.kind),
                    into: true,
                    read: "MultiAttr::array(attr)?".to_owned(),
                    write: format!(
                        "to.nest($, |to| {{ for (index, value) in value.indexed() {{ {body} }} }});"
                    ),
                }
            }
            Kind::Unused | Kind::Pad | Kind::Flag | Kind::TypeValue { .. } => {
                return Err(self.unsupported(
                    attribute,
                    "an attribute without a value",
                    "one with a value",
                ));
            }
        })
    }

    /// Returns the value of an item of an array or of levels.
    fn item(&self, set: SetId, item: &Item, attribute: &Attribute) -> Result<Value, EmitError> {
        Ok(match item {
            Item::Nest(nested) => self.nested(set, *nested),
            Item::Int(int) => self.int(attribute, int, true)?,
            Item::Binary(_) => bytes(),
            Item::Text => text(),
        })
    }

    /// Returns the value of a number. `item` means that it is one of several.
    fn int(&self, attribute: &Attribute, int: &Int, item: bool) -> Result<Value, EmitError> {
        let widening = match self.widening(int) {
            Some(Widening::To(_)) if item => None,
            widening => widening,
        };
        let Some(widening) = widening else {
            return Err(self.unsupported(
                attribute,
                "an enum in numbers of different types",
                "the type of the other attributes and members with this enum",
            ));
        };
        if item && order(int).is_some() {
            return Err(self.unsupported(
                attribute,
                "several numbers in another byte order",
                "numbers in the machine's order",
            ));
        }
        let wire = Wire::new(int, widening);
        Ok(match int.meaning {
            Meaning::Number => Value::new(int.kind.rust(), &wire.read, &wire.write("value")),
            Meaning::Enum(id) => {
                let number = self.carrier(int.meaning).rust();
                Value::new(
                    &self.names.enums[&id],
                    &format!("{}::from({})", self.names.enums[&id], wire.read),
                    &wire.write(&format!("{number}::from(value)")),
                )
            }
            Meaning::Flags(id) => {
                let name = &self.names.flags[&id];
                let read = format!("{name}::from_bits_retain({})", wire.read);
                Value::new(name, &read, &wire.write("value.bits()"))
            }
        })
    }

    fn binary(&self, attribute: &Attribute, binary: &Binary) -> Result<Value, EmitError> {
        let sixteen = |len: &Length| match len {
            Length::Exact(len) | Length::Min(len) => len.value == 16,
            _ => matches!(len, Length::Any),
        };
        Ok(match (&binary.content, attribute.hint) {
            (Content::Struct(id), _) => {
                let name = &self.names.structs[id.0];
                Value::new(name, "attr.structure()?", "to.put_struct($, &value);")
            }
            (Content::Numbers(int), _) => self.row(attribute, int)?,
            (Content::Bytes, Some(DisplayHint::Ipv4)) => ipv4(),
            (Content::Bytes, Some(DisplayHint::Ipv6)) if sixteen(&binary.len) => {
                Value::new("Ipv6Addr", "attr.ipv6()?", "to.put_ipv6($, value);")
            }
            (Content::Bytes, Some(DisplayHint::Ipv4OrV6)) => {
                Value::new("IpAddr", "attr.ip()?", "to.put_ip($, value);")
            }
            (Content::Bytes, _) => bytes(),
        })
    }

    fn row(&self, attribute: &Attribute, int: &Int) -> Result<Value, EmitError> {
        let item = self.int(attribute, int, true)?;
        let rust = int.kind.rust();
        let number = match int.meaning {
            Meaning::Number => format!("{rust}::to_ne_bytes"),
            Meaning::Enum(_) => format!("|value| {rust}::from(value).to_ne_bytes()"),
            Meaning::Flags(_) => "|value| value.bits().to_ne_bytes()".to_owned(),
        };
        Ok(Value {
            kind: format!("MultiAttr<'a, {}>", item.kind),
            into: true,
            read: format!("MultiAttr::row(attr, {})?", int.kind.bytes()),
            write: format!("to.put_row($, value.iter().map({number}));"),
        })
    }

    fn bitfield32(&self, attribute: &Attribute, bits: Option<EnumId>) -> Result<Value, EmitError> {
        let Some(id) = bits else {
            let read = "attr.bitfield32()?";
            return Ok(Value::new(
                "Bitfield32",
                read,
                "to.put_bitfield32($, value);",
            ));
        };
        if self.carrier(Meaning::Flags(id)) != IntKind::U32 {
            return Err(self.unsupported(
                attribute,
                "flags of more than 32 bits",
                "flags up to bit 31",
            ));
        }
        let flags = &self.names.flags[&id];
        Ok(Value::new(
            &format!("Bitfield32<{flags}>"),
            &format!("attr.bitfield32()?.map({flags}::from_bits_retain)"),
            &format!("to.put_bitfield32($, value.map(|bits: {flags}| bits.bits()));"),
        ))
    }

    /// Returns the value of a nest, decoded at once or on demand.
    fn nested(&self, set: SetId, nested: SetId) -> Value {
        let name = self.nest_type(nested);
        if self.nests.is_lazy(set, nested) {
            return Value {
                kind: format!("Nested<'a, {name}>"),
                into: true,
                read: "attr.into()".to_owned(),
                write: "to.nest($, |to| value.encode(to));".to_owned(),
            };
        }
        let stem = &self.names.nests[&nested];
        Value::new(
            &name,
            &format!("{stem}::decode(attr.nested())?"),
            "to.nest($, |to| value.encode(to));",
        )
    }

    /// Returns the type of a nest.
    fn nest_type(&self, set: SetId) -> String {
        let name = &self.names.nests[&set];
        match self.nests.borrows(set) {
            true => format!("{name}<'a>"),
            false => name.clone(),
        }
    }
}

/// Returns the name of an attribute's field and setter.
fn method(attribute: &Attribute, header: bool) -> String {
    let taken = TAKEN.iter().filter(|&&name| header || name != "header");
    let taken: Vec<_> = taken.copied().collect();
    unless_taken(snake(&attribute.name), &taken)
}

/// A number on the wire.
struct Wire {
    /// Expression that reads it from `attr`, widened.
    read: String,
    /// Suffix of the method that writes it.
    suffix: String,
    /// Type that it is narrowed to, if any.
    narrowed: Option<&'static str>,
    /// Cast to the parameter type of the method.
    cast: String,
}

impl Wire {
    fn new(int: &Int, widening: Widening) -> Self {
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
    fn write(&self, value: &str) -> String {
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

fn has_rows(attribute: &Attribute) -> bool {
    matches!(&attribute.kind, Kind::Binary(binary) if matches!(binary.content, Content::Numbers(_)))
}

fn text() -> Value {
    Value {
        into: true,
        ..Value::new("Text<'a>", "attr.text()", "to.put_text($, value);")
    }
}

fn bytes() -> Value {
    Value::new("&'a [u8]", "attr.payload()", "to.put_bytes($, value);")
}

fn ipv4() -> Value {
    Value::new("Ipv4Addr", "attr.ipv4()?", "to.put_ipv4($, value);")
}
