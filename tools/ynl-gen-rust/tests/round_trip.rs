// SPDX-License-Identifier: MIT OR Apache-2.0

//! Round trips of the generated code for user space, and decoding of arbitrary bytes.

#[allow(unreachable_pub)]
#[path = "generated/every_legacy_type.rs"]
mod every_legacy_type;
#[allow(unreachable_pub)]
#[path = "generated/every_type.rs"]
mod every_type;

use every_legacy_type as legacy;
use every_type::{Colour, GetReply, GetRequest, Level, LevelFlags, Odd, OptionFlags, Part};
use genl::{
    Attrs, Bitfield32, Decode, DecodeEvent, Encode, Encoder, FromAttr, MacAddr, MultiAttr, Nested,
    Request, Text, TypeValue,
};
use proptest::collection::vec;
use proptest::option::of;
use proptest::prelude::*;
use std::fmt::Debug;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

// Requests borrow their values. A test process is short, so the values are leaked.

fn leaked<T>(values: Vec<T>) -> &'static [T] {
    Box::leak(values.into_boxed_slice())
}

fn bytes() -> impl Strategy<Value = &'static [u8]> {
    vec(any::<u8>(), 0..9).prop_map(leaked)
}

fn key_bytes() -> impl Strategy<Value = &'static [u8; 8]> {
    any::<[u8; 8]>().prop_map(|bytes| &*Box::leak(Box::new(bytes)))
}

fn text() -> impl Strategy<Value = Text<'static>> {
    "[^\0]{0,9}".prop_map(|text| leaked(text.into_bytes()).into())
}

fn many<T>(value: impl Strategy<Value = T>) -> impl Strategy<Value = MultiAttr<'static, T>>
where
    T: FromAttr<'static> + Copy + Debug + 'static,
{
    vec(value, 0..4).prop_map(|values| leaked(values).into())
}

fn part() -> impl Strategy<Value = Part<'static>> {
    let flat = |label, colour: Option<u32>| Part {
        label,
        colour: colour.map(Colour::from),
        ..Part::new()
    };
    let leaf = (of(text()), of(0..5u32)).prop_map(move |(label, colour)| flat(label, colour));
    leaf.prop_recursive(5, 8, 1, move |inner| {
        (of(text()), of(any::<u32>()), inner).prop_map(move |(label, colour, deeper)| {
            flat(label, colour).deeper(&*Box::leak(Box::new(deeper)))
        })
    })
}

prop_compose! {
    fn request()(
        (r#type, bytes, at_least, at_most, between) in
            (any::<bool>(), of(bytes()), of(bytes()), of(bytes()), of(bytes())),
        (key, row, label, small, medium) in
            (of(key_bytes()), of(many(any::<u32>())), of(text()), any::<Option<u8>>(), any::<Option<u16>>()),
        (number, wide, large) in any::<(Option<u32>, Option<u32>, Option<u64>)>(),
        (signed8, signed16, signed32, signed64) in
            any::<(Option<i8>, Option<i16>, Option<i32>, Option<i64>)>(),
        (any, any_signed, port, address) in
            any::<(Option<u64>, Option<i64>, Option<u16>, Option<Ipv4Addr>)>(),
        (colour, level, odd) in (of(0..5u32), of(0..5u8), of(0..5u16)),
        (options, level_set) in any::<(Option<u32>, Option<u64>)>(),
        (inner, numbers, parts, list) in
            (of(part()), many(any::<u32>()), many(part()), of(many(part()))),
    ) -> GetRequest<'static> {
        GetRequest {
            r#type,
            bytes,
            at_least,
            at_most,
            between,
            key,
            row,
            label,
            small,
            medium,
            number,
            wide,
            large,
            signed8,
            signed16,
            signed32,
            signed64,
            any,
            any_signed,
            port,
            address,
            colour: colour.map(Colour::from),
            level: level.map(Level::from),
            odd: odd.map(Odd::from),
            options: options.map(OptionFlags::from_bits_retain),
            level_set: level_set.map(LevelFlags::from_bits_retain),
            inner,
            numbers,
            parts,
            list,
        }
    }
}

fn point() -> impl Strategy<Value = legacy::Point> {
    any::<(i32, u16)>().prop_map(|(x, y)| legacy::Point { x, y })
}

fn shape() -> impl Strategy<Value = legacy::Shape> {
    let address = any::<(Ipv6Addr, Ipv4Addr, Ipv4Addr)>();
    let parts = (point(), any::<[u32; 2]>(), vec(any::<u8>(), 40), address);
    (parts, any::<i64>()).prop_map(|((corner, [depth, sides], title, (from, to, via)), late)| {
        legacy::Shape {
            corner,
            depth: depth.into(),
            sides: legacy::SideFlags::from_bits_retain(sides),
            title: title.try_into().expect("40 bytes"),
            from,
            to,
            via,
            late,
        }
    })
}

#[test]
fn address_in_struct_has_network_byte_order() {
    let shape = legacy::Shape {
        via: Ipv4Addr::new(192, 0, 2, 1),
        ..Default::default()
    };
    let mut bytes = Vec::new();
    genl::Struct::write(&shape, &mut bytes);
    let sent = [192, 0, 2, 1];
    assert_eq!(bytes.windows(4).filter(|four| *four == sent).count(), 1);
}

fn cell() -> impl Strategy<Value = legacy::Cell<'static>> {
    any::<Option<u32>>().prop_map(|value| legacy::Cell {
        value,
        ..legacy::Cell::new()
    })
}

fn tree() -> impl Strategy<Value = legacy::Tree<'static>> {
    let leaf = of(text()).prop_map(|name| legacy::Tree {
        name,
        ..legacy::Tree::new()
    });
    leaf.prop_recursive(4, 16, 3, |inner| {
        (of(text()), vec(inner, 0..4)).prop_map(|(name, branches)| {
            let branches = leaked(branches).iter().map(Nested::from).collect();
            legacy::Tree {
                name,
                ..legacy::Tree::new().branches(leaked(branches))
            }
        })
    })
}

/// Returns a valid attribute number: the field has two more bits.
fn key() -> impl Strategy<Value = u16> {
    0..0x4000u16
}

fn sides(bits: u32) -> legacy::SideFlags {
    legacy::SideFlags::from_bits_retain(bits)
}

prop_compose! {
    fn legacy_request()(
        (index, kind, pad) in any::<(u32, u8, [u8; 3])>(),
        (bits, both_sides) in any::<(Option<[u32; 2]>, Option<[u32; 2]>)>(),
        shape in of(shape()),
        (address, sixth, fourth) in
            any::<(Option<IpAddr>, Option<Ipv6Addr>, Option<Ipv4Addr>)>(),
        (mac, uuid, endpoint) in
            (of(any::<[u8; 6]>().prop_map(MacAddr::from)), of(bytes()), any::<Option<SocketAddr>>()),
        (small, middle, large, great) in
            any::<(Option<u16>, Option<u32>, Option<u64>, Option<u64>)>(),
        (plain, below) in any::<(Option<u8>, Option<i32>)>(),
        (depths, side_row) in (
            of(many(any::<u32>().prop_map(legacy::Depth::from))),
            of(many(any::<u32>().prop_map(sides))),
        ),
        (words, blobs) in (of(many(text())), of(many(bytes()))),
        depth_list in of(many((0..5u32).prop_map(legacy::Depth::from))),
        (signs, addresses) in (many(any::<i64>()), many(any::<Ipv4Addr>())),
        by_key in vec(([key(), key()], cell()), 0..4).prop_map(leaked),
        by_id in vec(([key()], any::<u64>()), 0..4).prop_map(leaked),
        tree in of(tree()),
        (few_sides, corners) in (any::<Option<u8>>(), many(point())),
        (attrs_attr, header_attr, new_attr) in
            any::<(Option<u8>, Option<u8>, Option<u8>)>(),
    ) -> legacy::GetRequest<'static> {
        let bitfield = |[value, selector]: [u32; 2]| Bitfield32 { value, selector };
        legacy::GetRequest {
            header: legacy::Head { index, kind, pad },
            bits: bits.map(bitfield),
            sides: both_sides.map(|bits| bitfield(bits).map(sides)),
            shape,
            address,
            sixth,
            fourth,
            mac,
            uuid,
            small,
            middle,
            large,
            great,
            plain,
            below,
            depths,
            side_row,
            words,
            blobs,
            depth_list,
            signs,
            addresses,
            by_key: TypeValue::from(by_key),
            by_id: TypeValue::from(by_id),
            tree,
            few_sides: few_sides.map(|bits| sides(bits.into())),
            corners,
            attrs_attr,
            header_attr,
            new_attr,
            endpoint,
        }
    }
}

/// Returns the bytes of a request after the headers.
fn encoded(request: &impl Request) -> Vec<u8> {
    let mut buffer = Vec::new();
    Encoder::append(&mut buffer, |to| request.encode(to)).expect("it fits");
    buffer
}

/// Returns the bytes of a nest.
fn nest(nest: impl Encode) -> Vec<u8> {
    let mut buffer = Vec::new();
    Encoder::append(&mut buffer, |to| nest.encode(to)).expect("it fits");
    buffer
}

/// Asserts that fields are equal.
macro_rules! same {
    ($one:expr, $other:expr, $($field:ident)*) => {
        $(prop_assert_eq!($one.$field, $other.$field);)*
    };
}

proptest! {
    #[test]
    fn request_round_trip_preserves_all_fields(request in request()) {
        let bytes = encoded(&request);
        let reply = GetReply::decode(Attrs::new(&bytes)).expect("a valid spec");
        same!(request, reply,
            r#type bytes at_least at_most between key row label small medium number wide large
            signed8 signed16 signed32 signed64 any any_signed port address colour level odd options
            level_set numbers);
        prop_assert_eq!(request.inner.map(nest), reply.inner.map(nest));
        let nests = |parts: MultiAttr<'_, Part<'_>>| parts.iter().map(nest).collect::<Vec<_>>();
        prop_assert_eq!(nests(request.parts), nests(reply.parts));
        prop_assert_eq!(request.list.map(nests), reply.list.map(nests));
    }

    #[test]
    fn legacy_request_round_trip_preserves_all_fields(request in legacy_request()) {
        let bytes = encoded(&request);
        let reply = legacy::GetReply::decode(Attrs::new(&bytes)).expect("a valid spec");
        same!(request, reply,
            header bits sides shape address sixth fourth mac uuid small middle large great plain below
            depths side_row words blobs depth_list signs addresses by_id few_sides corners attrs_attr
            header_attr new_attr endpoint);
        let cells = |cells: TypeValue<'_, 2, legacy::Cell<'_>>| {
            let cells = cells.into_iter().map(|(keys, cell)| (keys, cell.value));
            cells.collect::<Vec<_>>()
        };
        prop_assert_eq!(cells(request.by_key), cells(reply.by_key));
        prop_assert_eq!(request.tree.map(nest), reply.tree.map(nest));
    }

    #[test]
    fn decoding_arbitrary_bytes_does_not_panic(command: u8, bytes: Vec<u8>) {
        look(command, &bytes);
    }

    #[test]
    fn decoding_corrupted_messages_does_not_panic(
        // Boxed, because strategies with this many fields overflow the stack.
        request in request().boxed(),
        other in legacy_request().boxed(),
        at: prop::sample::Index,
        byte: u8,
    ) {
        for mut bytes in [encoded(&request), encoded(&other)] {
            if !bytes.is_empty() {
                let at = at.index(bytes.len());
                bytes[at] = byte;
                look(0, &bytes);
                look(0, &bytes[..at]);
            }
        }
    }
}

/// Decodes bytes as each type, and reads all values.
fn look(command: u8, bytes: &[u8]) {
    let attrs = Attrs::new(bytes);
    let _ = format!("{:?}", GetReply::decode(attrs));
    let _ = format!("{:?}", Part::decode(attrs));
    let _ = format!("{:?}", every_type::Event::decode(command, attrs));
    let _ = format!("{:?}", legacy::GetReply::decode(attrs));
    let _ = format!("{:?}", legacy::Event::decode(command, attrs));
    if let Ok(tree) = legacy::Tree::decode(attrs) {
        for branch in tree.branches {
            let _ = format!("{:?}", branch.decode());
        }
    }
}

#[test]
fn deeply_nested_messages_are_decoded() {
    // The maximum depth in a message of 64 KiB, as each level has a header of four bytes.
    let levels = 16_000u16;
    let depth = usize::from(levels);
    let mut bytes = Vec::new();
    for level in 0..levels {
        let len = (levels - level) * 4;
        bytes.extend_from_slice(&len.to_ne_bytes());
        bytes.extend_from_slice(&legacy::tree::BRANCHES.to_ne_bytes());
    }
    let mut tree = legacy::Tree::decode(Attrs::new(&bytes)).expect("a valid spec");
    let mut seen = 0;
    while let Some(branch) = tree.branches.iter().next() {
        tree = branch.decode().expect("a valid spec");
        seen += 1;
    }
    assert_eq!(seen, depth);
    let _ = format!("{tree:?}");
}

/// Raw bytes may be a key, so `Debug` shows only their number. It shows all other values by the
/// names of the spec.
#[test]
fn debug_shows_names_and_values_without_raw_bytes() {
    let key = [0xab; 8];
    let request = GetRequest::new()
        .label("atlas")
        .colour(Colour::Red)
        .number(7)
        .key(&key)
        .inner(Part::new().label("cover"));
    let fields =
        "key: [8 bytes], label: \"atlas\", number: 7, colour: red, inner: {label: \"cover\"}";
    assert_eq!(format!("{request:?}"), format!("GetRequest {{{fields}}}"));

    let bytes = encoded(&request);
    let reply = GetReply::decode(Attrs::new(&bytes)).expect("a valid spec");
    assert_eq!(format!("{reply:?}"), format!("GetReply {{{fields}}}"));
    let lines = format!("{:#?}", reply.inner);
    assert_eq!(
        lines,
        "Some(\n    Part {\n        label: \"cover\",\n    },\n)"
    );
}

#[test]
fn debug_shows_headers_structs_and_nests() {
    let shape = legacy::Shape {
        title: [b'x'; 40],
        ..Default::default()
    };
    let branch = legacy::Tree::new().name("twig");
    let branches = [Nested::from(&branch)];
    let blobs = [&[0xab; 5][..]];
    let request = legacy::GetRequest::new()
        .header(legacy::Head {
            index: 3,
            kind: 1,
            pad: [0xab; 3],
        })
        .shape(shape)
        .blobs(&blobs)
        .tree(legacy::Tree::new().branches(&branches));
    let shown = format!("{request:?}");
    for part in [
        "GetRequest {header: Head { index: 3, kind: 1, pad: [3 bytes] }, ",
        "shape: Shape { corner: Point { x: 0, y: 0 }, depth: ",
        "blobs: [0: [5 bytes]]",
        "tree: {branches: {name: \"twig\"}}",
    ] {
        assert!(shown.contains(part), "no {part} in {shown}");
    }
    assert!(!shown.contains("171") && !shown.contains("120"), "{shown}");

    let bytes = encoded(&request);
    let reply = legacy::GetReply::decode(Attrs::new(&bytes)).expect("a valid spec");
    assert_eq!(
        format!("{reply:?}"),
        shown.replace("GetRequest", "GetReply")
    );
}

#[test]
fn debug_shows_encode_error() {
    let request = GetRequest::new().inner(Part::new().label("a\0b"));
    let expected = "GetRequest {inner.label: the string contains a NUL}";
    assert_eq!(format!("{request:?}"), expected);
}

#[test]
fn unknown_values_and_attributes_are_preserved() {
    let mut bytes = Vec::new();
    Encoder::append(&mut bytes, |to| {
        to.put_u32(every_type::thing::COLOUR, 77);
        to.put_u32(every_type::thing::OPTIONS, 0x8000_0001);
        to.put_text(999, "new");
    })
    .expect("it fits");
    let reply = GetReply::decode(Attrs::new(&bytes)).expect("a valid spec");
    assert_eq!(reply.colour, Some(Colour::Unknown(77)));
    let options = reply.options.expect("it exists");
    assert!(options.contains(OptionFlags::FAST));
    assert_eq!(options.bits(), 0x8000_0001);
    let unknown = reply.attrs.get(999).expect("it exists");
    assert_eq!(unknown.text(), "new");
}
