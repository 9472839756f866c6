// SPDX-License-Identifier: MIT OR Apache-2.0

//! `Debug` of attributes by the names of a schema.

use crate::schema::{Holds, Kind, OwnedKind, Type};
use crate::wire::attr::{Attr, Attrs, Text};
use crate::wire::display::{Mac, Opaque, Uuid};
use crate::wire::value::{big_endian, number, signed};
use std::fmt::{self, Debug as _};

/// The maximum depth of nests. Deeper nests are shown by their length.
const MAX_DEPTH: usize = 8;

/// The maximum length of a hardware address, the kernel's `MAX_ADDR_LEN`.
const MAX_ADDR_LEN: usize = 32;

/// Attributes in braces.
pub(crate) struct Fields<'a> {
    attrs: Attrs<'a>,
    holds: Holds<'a>,
    header: Option<&'a dyn fmt::Debug>,
    depth: usize,
}

impl<'a> Fields<'a> {
    pub(crate) fn new(attrs: Attrs<'a>, holds: Holds<'a>) -> Self {
        Self {
            attrs,
            holds,
            header: None,
            depth: 0,
        }
    }

    /// Returns the attributes with the fixed header before them.
    pub(crate) fn with_header(self, header: Option<&'a dyn fmt::Debug>) -> Self {
        Self { header, ..self }
    }
}

impl fmt::Debug for Fields<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut fields = f.debug_map();
        if let Some(header) = self.header {
            fields.entry(&format_args!("header"), &header);
        }
        for attr in self.attrs {
            match self.holds.attribute(attr.number()) {
                Some((name, kind)) => {
                    let depth = self.depth;
                    let value = Value { attr, kind, depth };
                    fields.entry(&format_args!("{name}"), &value);
                }
                None => {
                    fields.entry(&attr.number(), &Opaque(attr.payload()));
                }
            }
        }
        fields.finish()
    }
}

/// The value of an attribute. A payload that its kind cannot have is shown by its length.
struct Value<'a> {
    attr: Attr<'a>,
    kind: Type<'a>,
    depth: usize,
}

impl fmt::Debug for Value<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let is_deep = self.depth >= MAX_DEPTH;
        match (self.kind.holds(), self.kind) {
            (Holds::Unknown, Type::Static(kind)) => self.fmt_plain(kind, f),
            (Holds::Unknown, Type::Owned(_, kind)) => self.fmt_owned(kind, f),
            _ if is_deep => Opaque(self.attr.payload()).fmt(f),
            (Holds::Items(kind), _) => {
                let items = self.attr.nested();
                let items = items.map(|attr| Item(self.inner(attr, kind)));
                f.debug_list().entries(items).finish()
            }
            (holds, _) => {
                let nested = Fields::new(self.attr.nested(), holds);
                let depth = self.depth + 1;
                Fields { depth, ..nested }.fmt(f)
            }
        }
    }
}

impl<'a> Value<'a> {
    /// Shows a value that contains no attributes.
    fn fmt_plain(&self, kind: Kind, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let payload = self.attr.payload();
        match (kind, number(payload)) {
            (Kind::Flag, _) if payload.is_empty() => f.write_str("true"),
            (Kind::Unsigned, Some(number)) => write!(f, "{number}"),
            (Kind::Signed, Some(number)) => write!(f, "{}", signed(number, payload.len())),
            (Kind::BigEndian, Some(_)) => write!(f, "{}", big_endian(payload)),
            (Kind::LittleEndian, Some(_)) => write!(f, "{}", little_endian(payload)),
            (Kind::Enum(names), Some(number)) => write!(f, "{}", Named(number, names)),
            (Kind::Flags(names), Some(number)) => write!(f, "{}", Bits(number, names)),
            (Kind::Bitfield32(names), _) => match self.attr.bitfield32() {
                Ok(bits) => {
                    let (value, selector) = (bits.value.into(), bits.selector.into());
                    write!(f, "{} of {}", Bits(value, names), Bits(selector, names))
                }
                Err(_) => Opaque(payload).fmt(f),
            },
            (Kind::Text, _) => Quoted(self.attr.text()).fmt(f),
            (Kind::Mac, _) if payload.len() <= MAX_ADDR_LEN => write!(f, "{}", Mac(payload)),
            (Kind::Uuid, _) if payload.len() == 16 => write!(f, "{}", Uuid(payload)),
            (Kind::Address, _) => match self.attr.ip() {
                Ok(address) => write!(f, "{address}"),
                Err(_) => Opaque(payload).fmt(f),
            },
            (Kind::SocketAddr, _) => match self.attr.socket_addr() {
                Ok(address) => write!(f, "{address}"),
                Err(_) => Opaque(payload).fmt(f),
            },
            (Kind::Struct(show), _) => show(payload, f),
            // Numbers of one byte are bytes.
            (Kind::Numbers(width, kind), _) if width > 1 && payload.len() % width == 0 => {
                let numbers = payload.chunks_exact(width);
                let items = numbers.map(|number| Attr::new(self.attr.number(), number));
                let items = items.map(|attr| self.inner(attr, Type::Static(*kind)));
                f.debug_list().entries(items).finish()
            }
            _ => Opaque(payload).fmt(f),
        }
    }

    /// Shows a value that contains no attributes, by the names of a schema.
    fn fmt_owned(&self, kind: &OwnedKind, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let payload = self.attr.payload();
        match (kind, number(payload)) {
            (OwnedKind::Plain(kind), _) => self.fmt_plain(*kind, f),
            (OwnedKind::Enum(names), Some(number)) => write!(f, "{}", Named(number, names)),
            (OwnedKind::Flags(names), Some(number)) => write!(f, "{}", Bits(number, names)),
            _ => Opaque(payload).fmt(f),
        }
    }

    /// Returns a value inside this one.
    fn inner(&self, attr: Attr<'a>, kind: Type<'a>) -> Value<'a> {
        let depth = self.depth + 1;
        Value { attr, kind, depth }
    }
}

/// An item of an array, after its index.
struct Item<'a>(Value<'a>);

impl fmt::Debug for Item<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.0.attr.number())?;
        self.0.fmt(f)
    }
}

/// Text in quotation marks.
pub(crate) struct Quoted<'a>(pub(crate) Text<'a>);

impl fmt::Debug for Quoted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{}\"", self.0.escaped())
    }
}

fn little_endian(bytes: &[u8]) -> u64 {
    let mut wide = [0; 8];
    for (to, from) in wide.iter_mut().zip(bytes) {
        *to = *from;
    }
    u64::from_le_bytes(wide)
}

/// A number by its name, if it has one.
struct Named<'a, N>(u64, &'a [(u64, N)]);

impl<N: fmt::Display> fmt::Display for Named<'_, N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.1.iter().find(|(value, _)| *value == self.0) {
            Some((_, name)) => write!(f, "{name}"),
            None => write!(f, "{}", self.0),
        }
    }
}

/// Bits by their names, and the remaining bits as a number.
struct Bits<'a, N>(u64, &'a [(u64, N)]);

impl<N: fmt::Display> fmt::Display for Bits<'_, N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(bits, names) = *self;
        let mut left = bits;
        let mut separator = "";
        for (bit, name) in names.iter().filter(|(bit, _)| bits & bit != 0) {
            write!(f, "{separator}{name}")?;
            separator = "|";
            left &= !bit;
        }
        match (left, bits) {
            (0, 1..) => Ok(()),
            _ => write!(f, "{separator}{left:#x}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::{self, AttributeSet, Kind as AttributeKind, Schema};
    use crate::wire::value::{Reader, Struct};
    use proptest::prelude::*;

    static INNER: AttributeSet = AttributeSet::new(
        "inner",
        &[schema::AttributeInfo::new(
            1,
            "leaf",
            AttributeKind::Unsigned,
        )],
    );

    static OUTER: AttributeSet = AttributeSet::new(
        "outer",
        &[
            schema::AttributeInfo::new(1, "leaf", AttributeKind::Unsigned),
            schema::AttributeInfo::new(2, "nest", AttributeKind::Nest(&INNER)),
        ],
    );

    /// A struct of C.
    #[derive(Debug, Default)]
    #[allow(dead_code)] // only formatted
    struct Pair {
        left: u16,
        right: u16,
    }

    impl Struct for Pair {
        const LEN: usize = 4;
        fn read(from: &mut Reader<'_>) -> Self {
            Self {
                left: u16::from_ne_bytes(from.take()),
                right: u16::from_ne_bytes(from.take()),
            }
        }
        fn write(&self, _: &mut Vec<u8>) {}
    }

    /// A struct that is longer than the payload.
    #[derive(Debug, Default)]
    struct Large;

    impl Struct for Large {
        const LEN: usize = 65;
        fn read(_: &mut Reader<'_>) -> Self {
            Self
        }
        fn write(&self, _: &mut Vec<u8>) {}
    }

    const NAMES: &[(u64, &str)] = &[(1, "one"), (4, "four")];

    static KINDS: [AttributeKind; 17] = [
        AttributeKind::Flag,
        AttributeKind::Unsigned,
        AttributeKind::Signed,
        AttributeKind::BigEndian,
        AttributeKind::LittleEndian,
        AttributeKind::Enum(NAMES),
        AttributeKind::Flags(NAMES),
        AttributeKind::Bitfield32(NAMES),
        AttributeKind::Text,
        AttributeKind::Binary,
        AttributeKind::Mac,
        AttributeKind::Address,
        AttributeKind::SocketAddr,
        AttributeKind::Uuid,
        AttributeKind::Numbers(2, &AttributeKind::Unsigned),
        AttributeKind::Nest(&INNER),
        AttributeKind::Array(&AttributeKind::Nest(&INNER)),
    ];

    fn shown(kind: AttributeKind, payload: &[u8]) -> String {
        let attr = Attr::new(1, payload);
        let value = Value {
            attr,
            kind: Type::Static(kind),
            depth: 0,
        };
        format!("{value:?}")
    }

    #[test]
    fn values_are_shown_by_kind() {
        use AttributeKind::{
            Address, BigEndian, Binary, Bitfield32, Enum, Flag, Flags, LittleEndian, Mac, Numbers,
            Signed, SocketAddr, Struct, Text, Unsigned, Uuid,
        };

        let uuid: Vec<u8> = (0..16).collect();
        let mut endpoint = [2u16.to_ne_bytes(), [1, 2], [127, 0], [0, 1]].concat();
        endpoint.resize(16, 0);
        let bits = [1u32.to_ne_bytes(), 5u32.to_ne_bytes()].concat();
        let row = [1u16.to_ne_bytes(), 2u16.to_ne_bytes()].concat();
        let cases: [(AttributeKind, &[u8], &str); 25] = [
            (Flag, &[], "true"),
            (Unsigned, &7u64.to_ne_bytes(), "7"),
            (Signed, &(-7i16).to_ne_bytes(), "-7"),
            (Signed, &i64::MIN.to_ne_bytes(), "-9223372036854775808"),
            (BigEndian, &[1, 2], "258"),
            (LittleEndian, &[1, 2], "513"),
            (Enum(NAMES), &4u32.to_ne_bytes(), "four"),
            (Enum(NAMES), &5u32.to_ne_bytes(), "5"),
            (Flags(NAMES), &13u32.to_ne_bytes(), "one|four|0x8"),
            (Flags(NAMES), &0u32.to_ne_bytes(), "0x0"),
            (Bitfield32(NAMES), &bits, "one of one|four"),
            (Text, b"a\x1bb\0", "\"a\\u{1b}b\""),
            (Binary, &[0xab, 1], "[2 bytes]"),
            (Binary, &[7], "[1 byte]"),
            (Binary, &[], "[0 bytes]"),
            (Mac, &[0, 1, 0xff], "00:01:ff"),
            (Address, &[127, 0, 0, 1], "127.0.0.1"),
            (Address, &[127, 0, 0], "[3 bytes]"),
            (SocketAddr, &endpoint, "127.0.0.1:258"),
            (SocketAddr, &endpoint[..15], "[15 bytes]"),
            (Uuid, &uuid, "00010203-0405-0607-0809-0a0b0c0d0e0f"),
            (Numbers(2, &Unsigned), &row, "[1, 2]"),
            (Numbers(2, &Unsigned), &[1, 0, 2], "[3 bytes]"),
            (
                Struct(crate::debug::structure::<Pair>),
                &row,
                "Pair { left: 1, right: 2 }",
            ),
            (
                Struct(crate::debug::structure::<Pair>),
                &row[1..],
                "[3 bytes]",
            ),
        ];
        for (kind, payload, expected) in cases {
            assert_eq!(shown(kind, payload), expected, "{kind:?}");
        }
    }

    #[test]
    fn nests_and_arrays_are_shown_with_their_content() {
        let mut bytes = Vec::new();
        crate::wire::encode::Encoder::append(&mut bytes, |to| {
            to.nest(3, |to| to.put_u32(1, 7));
            to.nest(5, |to| to.put_bytes(2, &[8]));
        })
        .unwrap();
        let [.., array] = KINDS;
        assert_eq!(shown(array, &bytes), "[3: {leaf: 7}, 5: {2: [1 byte]}]");
    }

    #[test]
    fn a_schema_has_the_names_of_nests_arrays_and_values() {
        use crate::schema::{OwnedAttribute as Attribute, OwnedKind as Kind};

        let names = |names: [&str; 2]| (1..).zip(names.map(str::to_owned)).collect();
        let schema = Schema::new("tree", 1)
            .with_operation(1, "grow", "node")
            .with_set(
                "node",
                [
                    Attribute::new(1, "name", AttributeKind::Text),
                    Attribute::new(2, "child", Kind::Nest("node".into())),
                    Attribute::new(3, "list", Kind::Array(Box::new(AttributeKind::Flag.into()))),
                    Attribute::new(4, "kind", Kind::Enum(names(["oak", "elm"]))),
                    Attribute::new(5, "flags", Kind::Flags(names(["old", "high"]))),
                    Attribute::new(6, "lost", Kind::Nest("absent".into())),
                ],
            );
        let mut bytes = Vec::new();
        crate::wire::encode::Encoder::append(&mut bytes, |to| {
            to.nest(2, |to| to.nest(2, |to| to.put_text(1, "leaf")));
            to.nest(3, |to| to.put_bytes(9, &[]));
            to.put_u32(4, 2);
            to.put_u8(5, 7);
            to.nest(6, |to| to.put_u32(1, 1));
        })
        .unwrap();
        let shown = |command| format!("{:?}", schema.show(command, Attrs::new(&bytes)));
        assert_eq!(
            shown(1),
            "{child: {child: {name: \"leaf\"}}, list: [9: true], kind: elm, \
             flags: old|high|0x4, lost: {1: [4 bytes]}}"
        );
        assert!(shown(2).starts_with("{2: [16 bytes], 3:"), "{}", shown(2));
    }

    /// All attributes except numbers, names and addresses may be keys.
    #[test]
    fn keys_are_shown_by_their_length() {
        use AttributeKind::{
            Address, Array, Binary, Bitfield32, Enum, Flag, Flags, Mac, Nest, Numbers, Signed,
            SocketAddr, Struct, Unsigned, Uuid,
        };

        let key = [0xabu8; 64];
        let kinds = [
            Flag,
            Unsigned,
            Signed,
            Enum(NAMES),
            Flags(NAMES),
            Bitfield32(NAMES),
            Binary,
            Mac,
            Address,
            SocketAddr,
            Uuid,
            Numbers(1, &Unsigned),
            Numbers(3, &Unsigned),
            Struct(crate::debug::structure::<Large>),
        ];
        for kind in kinds {
            assert_eq!(shown(kind, &key), "[64 bytes]", "{kind:?}");
        }
        let mut nest = Vec::new();
        crate::wire::encode::Encoder::append(&mut nest, |to| to.put_bytes(9, &key)).unwrap();
        assert_eq!(shown(Nest(&INNER), &nest), "{9: [64 bytes]}");
        assert_eq!(shown(Array(&Binary), &nest), "[9: [64 bytes]]");
    }

    #[test]
    fn deep_nests_are_shown_by_their_length() {
        static DEEP: AttributeSet = AttributeSet::new(
            "deep",
            &[schema::AttributeInfo::new(
                1,
                "deeper",
                AttributeKind::Nest(&DEEP),
            )],
        );
        let mut bytes = vec![0xabu8; 4];
        for _ in 0..20 {
            let inner = std::mem::take(&mut bytes);
            crate::wire::encode::Encoder::append(&mut bytes, |to| to.put_bytes(1, &inner)).unwrap();
        }
        let shown = shown(AttributeKind::Nest(&DEEP), &bytes);
        assert!(shown.ends_with("{deeper: [52 bytes]}}}}}}}}"), "{shown}");
    }

    #[test]
    fn a_message_takes_one_line_or_a_line_for_each_attribute() {
        let mut bytes = Vec::new();
        crate::wire::encode::Encoder::append(&mut bytes, |to| {
            to.put_u32(1, 7);
            to.nest(2, |to| to.put_u32(1, 8));
        })
        .unwrap();
        let fields = Fields::new(Attrs::new(&bytes), Holds::Set(&OUTER));
        assert_eq!(format!("{fields:?}"), "{leaf: 7, nest: {leaf: 8}}");
        let lines = "{\n    leaf: 7,\n    nest: {\n        leaf: 8,\n    },\n}";
        assert_eq!(format!("{fields:#?}"), lines);
    }

    proptest! {
        #[test]
        fn random_bytes_do_not_panic(payload: Vec<u8>) {
            for kind in KINDS {
                let _ = shown(kind, &payload);
            }
        }
    }
}
