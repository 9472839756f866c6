// SPDX-License-Identifier: MIT OR Apache-2.0
// Generated from every_legacy_type.yaml by `ynl-gen-rust --user`. Do not edit.

//! The protocol of the family `every-legacy`: one attribute of each type that only legacy families
//! have.
//!
//! No family uses this protocol.

#![allow(dead_code)] // a program uses a part of the protocol

use genl::codegen::bitflags;
use genl::{
    Attr, AttributeInfo, AttributeSet, Attrs, Bitfield32, Decode, DecodeError, DecodeEvent,
    DoRequest, Encode, Encoder, FamilyInfo, FromAttr, Kind, MacAddr, MultiAttr, Nested,
    OperationInfo, OwnedNest, Reader, Request, Struct, Text, TypeValue,
};
use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

const _: () = genl::codegen::require(1);

/// The family.
pub static FAMILY: FamilyInfo = FamilyInfo::new("every-legacy", 3);

/// The constant `len`.
pub const LEN: usize = 40;

/// The constant `motto`.
pub const MOTTO: &str = "per aspera";

/// Depth.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Depth {
    /// `unknown`.
    Unknown,
    /// The maximum depth.
    Abyss,
    /// A value without a name in this version of the protocol.
    Other(u32),
}

impl Depth {
    /// `bottom`, the same as `Abyss`.
    pub const BOTTOM: Self = Self::Abyss;

    /// All values with a name.
    pub const ALL: [Self; 2] = [Self::Unknown, Self::Abyss];

    const NAMES: [(u64, &'static str); 2] = [(3, "unknown"), (70000, "abyss")];

    /// Returns the name in the spec, if the value has one.
    pub fn name(self) -> Option<&'static str> {
        match self {
            Self::Unknown => Some("unknown"),
            Self::Abyss => Some("abyss"),
            Self::Other(_) => None,
        }
    }
}

impl From<u32> for Depth {
    fn from(value: u32) -> Self {
        match value {
            3 => Self::Unknown,
            70000 => Self::Abyss,
            _ => Self::Other(value),
        }
    }
}

impl From<Depth> for u32 {
    fn from(value: Depth) -> u32 {
        match value {
            Depth::Unknown => 3,
            Depth::Abyss => 70000,
            Depth::Other(value) => value,
        }
    }
}

impl FromAttr<'_> for Depth {
    fn from_attr(attr: Attr<'_>) -> Result<Self, DecodeError> {
        attr.u32().map(Self::from)
    }
}

bitflags! {
    /// The flags `side`.
    ///
    /// Bits unknown to this version of the protocol are kept.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
    pub struct SideFlags: u32 {
        /// `left`.
        const LEFT = 1 << 0;
        /// `right`.
        const RIGHT = 1 << 1;
        const _ = !0;
    }
}

impl SideFlags {
    const NAMES: [(u64, &'static str); 2] = [(1 << 0, "left"), (1 << 1, "right")];
}

impl FromAttr<'_> for SideFlags {
    fn from_attr(attr: Attr<'_>) -> Result<Self, DecodeError> {
        attr.u32().map(Self::from_bits_retain)
    }
}

/// The struct `point`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Point {
    /// `x`.
    pub x: i32,
    /// `y`.
    pub y: u16,
}

impl Struct for Point {
    const LEN: usize = 6;

    fn read(from: &mut Reader<'_>) -> Self {
        Self {
            x: i32::from_ne_bytes(from.take()),
            y: u16::from_be_bytes(from.take()),
        }
    }

    fn write(&self, to: &mut Vec<u8>) {
        to.extend_from_slice(&self.x.to_ne_bytes());
        to.extend_from_slice(&self.y.to_be_bytes());
    }
}

impl FromAttr<'_> for Point {
    fn from_attr(attr: Attr<'_>) -> Result<Self, DecodeError> {
        attr.structure()
    }
}

/// The fixed header.
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct Head {
    /// Index of the thing.
    pub index: u32,
    /// `kind`.
    pub kind: u8,
    /// `pad`.
    pub pad: [u8; 3],
}

impl fmt::Debug for Head {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Head")
            .field("index", &self.index)
            .field("kind", &self.kind)
            .field("pad", &genl::codegen::member(&self.pad))
            .finish()
    }
}

impl Struct for Head {
    const LEN: usize = 8;

    fn read(from: &mut Reader<'_>) -> Self {
        Self {
            index: u32::from_ne_bytes(from.take()),
            kind: u8::from_ne_bytes(from.take()),
            pad: from.take(),
        }
    }

    fn write(&self, to: &mut Vec<u8>) {
        to.extend_from_slice(&self.index.to_ne_bytes());
        to.extend_from_slice(&self.kind.to_ne_bytes());
        to.extend_from_slice(&self.pad);
    }
}

/// The struct `shape`.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Shape {
    /// `corner`.
    pub corner: Point,
    /// `depth`.
    pub depth: Depth,
    /// `sides`.
    pub sides: SideFlags,
    /// `title`.
    pub title: [u8; 40],
    /// `from`.
    pub from: Ipv6Addr,
    /// `to`.
    pub to: Ipv4Addr,
    /// `via`.
    pub via: Ipv4Addr,
    /// `late`.
    pub late: i64,
}

impl Default for Shape {
    /// Returns the struct with all bytes 0.
    fn default() -> Self {
        Self::read(&mut Reader::new(&[]))
    }
}

impl fmt::Debug for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shape")
            .field("corner", &self.corner)
            .field("depth", &self.depth)
            .field("sides", &self.sides)
            .field("title", &genl::codegen::text_member(&self.title))
            .field("from", &self.from)
            .field("to", &self.to)
            .field("via", &self.via)
            .field("late", &self.late)
            .finish()
    }
}

impl Struct for Shape {
    const LEN: usize = 86;

    fn read(from: &mut Reader<'_>) -> Self {
        Self {
            corner: Point::read(from),
            depth: u32::from_ne_bytes(from.take()).into(),
            sides: SideFlags::from_bits_retain(u32::from_ne_bytes(from.take())),
            title: from.take(),
            from: Ipv6Addr::from(from.take::<16>()),
            to: Ipv4Addr::from(from.take::<4>()),
            via: Ipv4Addr::from(from.take::<4>()),
            late: i64::from_le_bytes(from.take()),
        }
    }

    fn write(&self, to: &mut Vec<u8>) {
        self.corner.write(to);
        to.extend_from_slice(&u32::from(self.depth).to_ne_bytes());
        to.extend_from_slice(&self.sides.bits().to_ne_bytes());
        to.extend_from_slice(&self.title);
        to.extend_from_slice(&self.from.octets());
        to.extend_from_slice(&self.to.octets());
        to.extend_from_slice(&self.via.octets());
        to.extend_from_slice(&self.late.to_le_bytes());
    }
}

/// Numbers of the attributes of the set `thing`.
pub mod thing {
    /// `bits`.
    pub const BITS: u16 = 1;
    /// `sides`.
    pub const SIDES: u16 = 2;
    /// `shape`.
    pub const SHAPE: u16 = 3;
    /// `address`.
    pub const ADDRESS: u16 = 4;
    /// `sixth`.
    pub const SIXTH: u16 = 5;
    /// `fourth`.
    pub const FOURTH: u16 = 6;
    /// `mac`.
    pub const MAC: u16 = 7;
    /// `uuid`.
    pub const UUID: u16 = 8;
    /// `small`.
    pub const SMALL: u16 = 9;
    /// `middle`.
    pub const MIDDLE: u16 = 10;
    /// `large`.
    pub const LARGE: u16 = 11;
    /// `great`.
    pub const GREAT: u16 = 12;
    /// `plain`.
    pub const PLAIN: u16 = 13;
    /// `below`.
    pub const BELOW: u16 = 14;
    /// `depths`.
    pub const DEPTHS: u16 = 15;
    /// `side-row`.
    pub const SIDE_ROW: u16 = 16;
    /// `words`.
    pub const WORDS: u16 = 17;
    /// `blobs`.
    pub const BLOBS: u16 = 18;
    /// `depth-list`.
    pub const DEPTH_LIST: u16 = 19;
    /// `signs`.
    pub const SIGNS: u16 = 20;
    /// `addresses`.
    pub const ADDRESSES: u16 = 21;
    /// `by-key`.
    pub const BY_KEY: u16 = 22;
    /// `by-id`.
    pub const BY_ID: u16 = 23;
    /// `tree`.
    pub const TREE: u16 = 24;
    /// `few-sides`.
    pub const FEW_SIDES: u16 = 25;
    /// `corners`.
    pub const CORNERS: u16 = 26;
    /// `attrs`.
    pub const ATTRS: u16 = 27;
    /// `header`.
    pub const HEADER: u16 = 28;
    /// `new`.
    pub const NEW: u16 = 29;
    /// struct sockaddr_in or struct sockaddr_in6.
    pub const ENDPOINT: u16 = 30;
}

/// The attributes of the set `thing`.
pub static THING: AttributeSet = AttributeSet::new(
    "thing",
    &[
        AttributeInfo::new(thing::BITS, "bits", Kind::Bitfield32(&[])),
        AttributeInfo::new(thing::SIDES, "sides", Kind::Bitfield32(&SideFlags::NAMES)),
        AttributeInfo::new(
            thing::SHAPE,
            "shape",
            Kind::Struct(genl::codegen::structure::<Shape>),
        ),
        AttributeInfo::new(thing::ADDRESS, "address", Kind::Address),
        AttributeInfo::new(thing::SIXTH, "sixth", Kind::Address),
        AttributeInfo::new(thing::FOURTH, "fourth", Kind::Address),
        AttributeInfo::new(thing::MAC, "mac", Kind::Mac),
        AttributeInfo::new(thing::UUID, "uuid", Kind::Uuid),
        AttributeInfo::new(thing::SMALL, "small", Kind::LittleEndian),
        AttributeInfo::new(thing::MIDDLE, "middle", Kind::LittleEndian),
        AttributeInfo::new(thing::LARGE, "large", Kind::LittleEndian),
        AttributeInfo::new(thing::GREAT, "great", Kind::BigEndian),
        AttributeInfo::new(thing::PLAIN, "plain", Kind::BigEndian),
        AttributeInfo::new(thing::BELOW, "below", Kind::BigEndian),
        AttributeInfo::new(
            thing::DEPTHS,
            "depths",
            Kind::Numbers(4, &Kind::Enum(&Depth::NAMES)),
        ),
        AttributeInfo::new(
            thing::SIDE_ROW,
            "side-row",
            Kind::Numbers(4, &Kind::Flags(&SideFlags::NAMES)),
        ),
        AttributeInfo::new(thing::WORDS, "words", Kind::Array(&Kind::Text)),
        AttributeInfo::new(thing::BLOBS, "blobs", Kind::Array(&Kind::Binary)),
        AttributeInfo::new(
            thing::DEPTH_LIST,
            "depth-list",
            Kind::Array(&Kind::Enum(&Depth::NAMES)),
        ),
        AttributeInfo::new(thing::SIGNS, "signs", Kind::Signed),
        AttributeInfo::new(thing::ADDRESSES, "addresses", Kind::Address),
        AttributeInfo::new(
            thing::BY_KEY,
            "by-key",
            Kind::Array(&Kind::Array(&Kind::Nest(&CELL))),
        ),
        AttributeInfo::new(thing::BY_ID, "by-id", Kind::Array(&Kind::Unsigned)),
        AttributeInfo::new(thing::TREE, "tree", Kind::Nest(&TREE)),
        AttributeInfo::new(
            thing::FEW_SIDES,
            "few-sides",
            Kind::Flags(&SideFlags::NAMES),
        ),
        AttributeInfo::new(
            thing::CORNERS,
            "corners",
            Kind::Struct(genl::codegen::structure::<Point>),
        ),
        AttributeInfo::new(thing::ATTRS, "attrs", Kind::Unsigned),
        AttributeInfo::new(thing::HEADER, "header", Kind::Unsigned),
        AttributeInfo::new(thing::NEW, "new", Kind::Unsigned),
        AttributeInfo::new(thing::ENDPOINT, "endpoint", Kind::SocketAddr),
    ],
);

/// Numbers of the attributes of the set `cell`.
pub mod cell {
    /// `value`.
    pub const VALUE: u16 = 1;
}

/// The attributes of the set `cell`.
pub static CELL: AttributeSet = AttributeSet::new(
    "cell",
    &[AttributeInfo::new(cell::VALUE, "value", Kind::Unsigned)],
);

/// Numbers of the attributes of the set `tree`.
pub mod tree {
    /// `name`.
    pub const NAME: u16 = 1;
    /// `branches`.
    pub const BRANCHES: u16 = 2;
}

/// The attributes of the set `tree`.
pub static TREE: AttributeSet = AttributeSet::new(
    "tree",
    &[
        AttributeInfo::new(tree::NAME, "name", Kind::Text),
        AttributeInfo::new(tree::BRANCHES, "branches", Kind::Nest(&TREE)),
    ],
);

/// The operation `get`.
pub static GET: OperationInfo = OperationInfo::new(5, "get")
    .with_attributes(&THING)
    .with_header(Head::LEN);

/// All operations, for lookup by command number.
pub static OPERATIONS: [&OperationInfo; 1] = [&GET];

/// Get a thing.
#[derive(Clone, Copy, Default, PartialEq)]
pub struct GetRequest<'a> {
    /// The fixed header of the family.
    pub header: Head,
    /// `bits`.
    pub bits: Option<Bitfield32>,
    /// `sides`.
    pub sides: Option<Bitfield32<SideFlags>>,
    /// `shape`.
    pub shape: Option<Shape>,
    /// `address`.
    pub address: Option<IpAddr>,
    /// `sixth`.
    pub sixth: Option<Ipv6Addr>,
    /// `fourth`.
    pub fourth: Option<Ipv4Addr>,
    /// `mac`.
    pub mac: Option<MacAddr>,
    /// `uuid`.
    pub uuid: Option<&'a [u8]>,
    /// `small`.
    pub small: Option<u16>,
    /// `middle`.
    pub middle: Option<u32>,
    /// `large`.
    pub large: Option<u64>,
    /// `great`.
    pub great: Option<u64>,
    /// `plain`.
    pub plain: Option<u8>,
    /// `below`.
    pub below: Option<i32>,
    /// `depths`.
    pub depths: Option<MultiAttr<'a, Depth>>,
    /// `side-row`.
    pub side_row: Option<MultiAttr<'a, SideFlags>>,
    /// `words`.
    pub words: Option<MultiAttr<'a, Text<'a>>>,
    /// `blobs`.
    pub blobs: Option<MultiAttr<'a, &'a [u8]>>,
    /// `depth-list`.
    pub depth_list: Option<MultiAttr<'a, Depth>>,
    /// `signs`.
    pub signs: MultiAttr<'a, i64>,
    /// `addresses`.
    pub addresses: MultiAttr<'a, Ipv4Addr>,
    /// `by-key`. The keys are `row` and `column`.
    pub by_key: TypeValue<'a, 2, Cell<'a>>,
    /// `by-id`. The key is `id`.
    pub by_id: TypeValue<'a, 1, u64>,
    /// `tree`.
    pub tree: Option<Tree<'a>>,
    /// `few-sides`.
    pub few_sides: Option<SideFlags>,
    /// `corners`.
    pub corners: MultiAttr<'a, Point>,
    /// `attrs`.
    pub attrs_attr: Option<u8>,
    /// `header`.
    pub header_attr: Option<u8>,
    /// `new`.
    pub new_attr: Option<u8>,
    /// struct sockaddr_in or struct sockaddr_in6.
    pub endpoint: Option<SocketAddr>,
}

impl fmt::Debug for GetRequest<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        genl::codegen::sent(
            f,
            "GetRequest",
            Some(&THING),
            Some((&self.header, Head::LEN)),
            |to| self.encode(to),
        )
    }
}

impl<'a> GetRequest<'a> {
    /// Creates a request without attributes.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the fixed header of the family.
    pub fn header(mut self, value: Head) -> Self {
        self.header = value;
        self
    }

    /// Sets `bits`.
    pub fn bits(mut self, value: Bitfield32) -> Self {
        self.bits = Some(value);
        self
    }

    /// Sets `sides`.
    pub fn sides(mut self, value: Bitfield32<SideFlags>) -> Self {
        self.sides = Some(value);
        self
    }

    /// Sets `shape`.
    pub fn shape(mut self, value: Shape) -> Self {
        self.shape = Some(value);
        self
    }

    /// Sets `address`.
    pub fn address(mut self, value: IpAddr) -> Self {
        self.address = Some(value);
        self
    }

    /// Sets `sixth`.
    pub fn sixth(mut self, value: Ipv6Addr) -> Self {
        self.sixth = Some(value);
        self
    }

    /// Sets `fourth`.
    pub fn fourth(mut self, value: Ipv4Addr) -> Self {
        self.fourth = Some(value);
        self
    }

    /// Sets `mac`.
    pub fn mac(mut self, value: impl Into<MacAddr>) -> Self {
        self.mac = Some(value.into());
        self
    }

    /// Sets `uuid`.
    pub fn uuid(mut self, value: &'a [u8]) -> Self {
        self.uuid = Some(value);
        self
    }

    /// Sets `small`.
    pub fn small(mut self, value: u16) -> Self {
        self.small = Some(value);
        self
    }

    /// Sets `middle`.
    pub fn middle(mut self, value: u32) -> Self {
        self.middle = Some(value);
        self
    }

    /// Sets `large`.
    pub fn large(mut self, value: u64) -> Self {
        self.large = Some(value);
        self
    }

    /// Sets `great`.
    pub fn great(mut self, value: u64) -> Self {
        self.great = Some(value);
        self
    }

    /// Sets `plain`.
    pub fn plain(mut self, value: u8) -> Self {
        self.plain = Some(value);
        self
    }

    /// Sets `below`.
    pub fn below(mut self, value: i32) -> Self {
        self.below = Some(value);
        self
    }

    /// Sets `depths`.
    pub fn depths(mut self, value: impl Into<MultiAttr<'a, Depth>>) -> Self {
        self.depths = Some(value.into());
        self
    }

    /// Sets `side-row`.
    pub fn side_row(mut self, value: impl Into<MultiAttr<'a, SideFlags>>) -> Self {
        self.side_row = Some(value.into());
        self
    }

    /// Sets `words`.
    pub fn words(mut self, value: impl Into<MultiAttr<'a, Text<'a>>>) -> Self {
        self.words = Some(value.into());
        self
    }

    /// Sets `blobs`.
    pub fn blobs(mut self, value: impl Into<MultiAttr<'a, &'a [u8]>>) -> Self {
        self.blobs = Some(value.into());
        self
    }

    /// Sets `depth-list`.
    pub fn depth_list(mut self, value: impl Into<MultiAttr<'a, Depth>>) -> Self {
        self.depth_list = Some(value.into());
        self
    }

    /// Sets `signs`.
    pub fn signs(mut self, value: impl Into<MultiAttr<'a, i64>>) -> Self {
        self.signs = value.into();
        self
    }

    /// Sets `addresses`.
    pub fn addresses(mut self, value: impl Into<MultiAttr<'a, Ipv4Addr>>) -> Self {
        self.addresses = value.into();
        self
    }

    /// Sets `by-key`. The keys are `row` and `column`.
    pub fn by_key(mut self, value: impl Into<TypeValue<'a, 2, Cell<'a>>>) -> Self {
        self.by_key = value.into();
        self
    }

    /// Sets `by-id`. The key is `id`.
    pub fn by_id(mut self, value: impl Into<TypeValue<'a, 1, u64>>) -> Self {
        self.by_id = value.into();
        self
    }

    /// Sets `tree`.
    pub fn tree(mut self, value: Tree<'a>) -> Self {
        self.tree = Some(value);
        self
    }

    /// Sets `few-sides`.
    pub fn few_sides(mut self, value: SideFlags) -> Self {
        self.few_sides = Some(value);
        self
    }

    /// Sets `corners`.
    pub fn corners(mut self, value: impl Into<MultiAttr<'a, Point>>) -> Self {
        self.corners = value.into();
        self
    }

    /// Sets `attrs`.
    pub fn attrs_attr(mut self, value: u8) -> Self {
        self.attrs_attr = Some(value);
        self
    }

    /// Sets `header`.
    pub fn header_attr(mut self, value: u8) -> Self {
        self.header_attr = Some(value);
        self
    }

    /// Sets `new`.
    pub fn new_attr(mut self, value: u8) -> Self {
        self.new_attr = Some(value);
        self
    }

    /// Sets `endpoint`: struct sockaddr_in or struct sockaddr_in6.
    pub fn endpoint(mut self, value: SocketAddr) -> Self {
        self.endpoint = Some(value);
        self
    }
}

impl Request for GetRequest<'_> {
    const FAMILY: &'static FamilyInfo = &FAMILY;
    const OPERATION: &'static OperationInfo = &GET;

    fn encode(&self, to: &mut Encoder<'_>) {
        to.put_header(&self.header);
        if let Some(value) = self.bits {
            to.put_bitfield32(thing::BITS, value);
        }
        if let Some(value) = self.sides {
            to.put_bitfield32(thing::SIDES, value.map(|bits: SideFlags| bits.bits()));
        }
        if let Some(value) = self.shape {
            to.put_struct(thing::SHAPE, &value);
        }
        if let Some(value) = self.address {
            to.put_ip(thing::ADDRESS, value);
        }
        if let Some(value) = self.sixth {
            to.put_ipv6(thing::SIXTH, value);
        }
        if let Some(value) = self.fourth {
            to.put_ipv4(thing::FOURTH, value);
        }
        if let Some(value) = self.mac {
            to.put_mac(thing::MAC, value);
        }
        if let Some(value) = self.uuid {
            to.put_bytes(thing::UUID, value);
        }
        if let Some(value) = self.small {
            to.put_le16(thing::SMALL, value);
        }
        if let Some(value) = self.middle {
            to.put_le32(thing::MIDDLE, value);
        }
        if let Some(value) = self.large {
            to.put_le64(thing::LARGE, value);
        }
        if let Some(value) = self.great {
            to.put_be64(thing::GREAT, value);
        }
        if let Some(value) = self.plain {
            to.put_u8(thing::PLAIN, value);
        }
        if let Some(value) = self.below {
            to.put_be32(thing::BELOW, value as u32);
        }
        if let Some(value) = self.depths {
            to.put_numbers(
                thing::DEPTHS,
                value.iter().map(|value| u32::from(value).to_ne_bytes()),
            );
        }
        if let Some(value) = self.side_row {
            to.put_numbers(
                thing::SIDE_ROW,
                value.iter().map(|value| value.bits().to_ne_bytes()),
            );
        }
        if let Some(value) = self.words {
            to.nest(thing::WORDS, |to| {
                for (index, value) in value.indexed() {
                    to.put_text(index, value);
                }
            });
        }
        if let Some(value) = self.blobs {
            to.nest(thing::BLOBS, |to| {
                for (index, value) in value.indexed() {
                    to.put_bytes(index, value);
                }
            });
        }
        if let Some(value) = self.depth_list {
            to.nest(thing::DEPTH_LIST, |to| {
                for (index, value) in value.indexed() {
                    to.put_u32(index, u32::from(value));
                }
            });
        }
        for value in self.signs {
            to.put_sint(thing::SIGNS, value);
        }
        for value in self.addresses {
            to.put_ipv4(thing::ADDRESSES, value);
        }
        for ([row, column], value) in self.by_key {
            to.nest(thing::BY_KEY, |to| {
                to.nest(row, |to| to.nest(column, |to| value.encode(to)))
            });
        }
        for ([id], value) in self.by_id {
            to.nest(thing::BY_ID, |to| to.put_u64(id, value));
        }
        if let Some(value) = self.tree {
            to.nest(thing::TREE, |to| value.encode(to));
        }
        if let Some(value) = self.few_sides {
            let value: u8 = to.narrowed(thing::FEW_SIDES, value.bits());
            to.put_u8(thing::FEW_SIDES, value);
        }
        for value in self.corners {
            to.put_struct(thing::CORNERS, &value);
        }
        if let Some(value) = self.attrs_attr {
            to.put_u8(thing::ATTRS, value);
        }
        if let Some(value) = self.header_attr {
            to.put_u8(thing::HEADER, value);
        }
        if let Some(value) = self.new_attr {
            to.put_u8(thing::NEW, value);
        }
        if let Some(value) = self.endpoint {
            to.put_socket_addr(thing::ENDPOINT, value);
        }
    }
}

impl DoRequest for GetRequest<'_> {
    type Reply<'a> = GetReply<'a>;
}

/// The reply to `get`.
#[derive(Clone, Copy, Default)]
pub struct GetReply<'a> {
    /// The fixed header of the family.
    pub header: Head,
    /// `bits`.
    pub bits: Option<Bitfield32>,
    /// `sides`.
    pub sides: Option<Bitfield32<SideFlags>>,
    /// `shape`.
    pub shape: Option<Shape>,
    /// `address`.
    pub address: Option<IpAddr>,
    /// `sixth`.
    pub sixth: Option<Ipv6Addr>,
    /// `fourth`.
    pub fourth: Option<Ipv4Addr>,
    /// `mac`.
    pub mac: Option<MacAddr>,
    /// `uuid`.
    pub uuid: Option<&'a [u8]>,
    /// `small`.
    pub small: Option<u16>,
    /// `middle`.
    pub middle: Option<u32>,
    /// `large`.
    pub large: Option<u64>,
    /// `great`.
    pub great: Option<u64>,
    /// `plain`.
    pub plain: Option<u8>,
    /// `below`.
    pub below: Option<i32>,
    /// `depths`.
    pub depths: Option<MultiAttr<'a, Depth>>,
    /// `side-row`.
    pub side_row: Option<MultiAttr<'a, SideFlags>>,
    /// `words`.
    pub words: Option<MultiAttr<'a, Text<'a>>>,
    /// `blobs`.
    pub blobs: Option<MultiAttr<'a, &'a [u8]>>,
    /// `depth-list`.
    pub depth_list: Option<MultiAttr<'a, Depth>>,
    /// `signs`.
    pub signs: MultiAttr<'a, i64>,
    /// `addresses`.
    pub addresses: MultiAttr<'a, Ipv4Addr>,
    /// `by-key`. The keys are `row` and `column`.
    pub by_key: TypeValue<'a, 2, Cell<'a>>,
    /// `by-id`. The key is `id`.
    pub by_id: TypeValue<'a, 1, u64>,
    /// `tree`.
    pub tree: Option<Tree<'a>>,
    /// `few-sides`.
    pub few_sides: Option<SideFlags>,
    /// `corners`.
    pub corners: MultiAttr<'a, Point>,
    /// `attrs`.
    pub attrs_attr: Option<u8>,
    /// `header`.
    pub header_attr: Option<u8>,
    /// `new`.
    pub new_attr: Option<u8>,
    /// struct sockaddr_in or struct sockaddr_in6.
    pub endpoint: Option<SocketAddr>,
    /// All attributes as received, including those unknown to this version of the protocol.
    pub attrs: Attrs<'a>,
    /// The first attribute with a length that its type cannot have. It is missing in the other
    /// fields. Nests have their own.
    pub invalid: Option<DecodeError>,
}

impl fmt::Debug for GetReply<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        genl::codegen::received(f, "GetReply", Some(&THING), Some(&self.header), self.attrs)
    }
}

impl PartialEq for GetReply<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.header == other.header && self.attrs == other.attrs
    }
}

impl<'a> Decode<'a> for GetReply<'a> {
    fn decode(attrs: Attrs<'a>) -> Result<Self, DecodeError> {
        let (header, attrs) = attrs.split_header()?;
        let mut reply = Self {
            header,
            attrs,
            ..Self::default()
        };
        reply.invalid = genl::codegen::each(attrs, |attr| {
            match attr.number() {
                thing::BITS => reply.bits = Some(attr.bitfield32()?),
                thing::SIDES => {
                    reply.sides = Some(attr.bitfield32()?.map(SideFlags::from_bits_retain))
                }
                thing::SHAPE => reply.shape = Some(attr.structure()?),
                thing::ADDRESS => reply.address = Some(attr.ip()?),
                thing::SIXTH => reply.sixth = Some(attr.ipv6()?),
                thing::FOURTH => reply.fourth = Some(attr.ipv4()?),
                thing::MAC => reply.mac = Some(attr.mac()?),
                thing::UUID => reply.uuid = Some(attr.payload()),
                thing::SMALL => reply.small = Some(attr.le16()?),
                thing::MIDDLE => reply.middle = Some(attr.le32()?),
                thing::LARGE => reply.large = Some(attr.le64()?),
                thing::GREAT => reply.great = Some(attr.be64()?),
                thing::PLAIN => reply.plain = Some(attr.u8()?),
                thing::BELOW => reply.below = Some(attr.be32()? as i32),
                thing::DEPTHS => reply.depths = Some(MultiAttr::numbers(attr, 4)?),
                thing::SIDE_ROW => reply.side_row = Some(MultiAttr::numbers(attr, 4)?),
                thing::WORDS => reply.words = Some(MultiAttr::array(attr)?),
                thing::BLOBS => reply.blobs = Some(MultiAttr::array(attr)?),
                thing::DEPTH_LIST => reply.depth_list = Some(MultiAttr::array(attr)?),
                thing::SIGNS => reply.signs.add(attrs, attr)?,
                thing::ADDRESSES => reply.addresses.add(attrs, attr)?,
                thing::BY_KEY => reply.by_key.add(attrs, attr)?,
                thing::BY_ID => reply.by_id.add(attrs, attr)?,
                thing::TREE => reply.tree = Some(Tree::decode(attr.nested())?),
                thing::FEW_SIDES => {
                    reply.few_sides = Some(SideFlags::from_bits_retain(u32::from(attr.u8()?)))
                }
                thing::CORNERS => reply.corners.add(attrs, attr)?,
                thing::ATTRS => reply.attrs_attr = Some(attr.u8()?),
                thing::HEADER => reply.header_attr = Some(attr.u8()?),
                thing::NEW => reply.new_attr = Some(attr.u8()?),
                thing::ENDPOINT => reply.endpoint = Some(attr.socket_addr()?),
                _ => {}
            }
            Ok(())
        });
        Ok(reply)
    }
}

/// A thing has grown.
#[derive(Clone, Copy, Default)]
pub struct Grown<'a> {
    /// The fixed header of the family.
    pub header: Head,
    /// `plain`.
    pub plain: Option<u8>,
    /// All attributes as received, including those unknown to this version of the protocol.
    pub attrs: Attrs<'a>,
    /// The first attribute with a length that its type cannot have. It is missing in the other
    /// fields. Nests have their own.
    pub invalid: Option<DecodeError>,
}

impl fmt::Debug for Grown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        genl::codegen::received(f, "Grown", Some(&THING), Some(&self.header), self.attrs)
    }
}

impl PartialEq for Grown<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.header == other.header && self.attrs == other.attrs
    }
}

impl<'a> Decode<'a> for Grown<'a> {
    fn decode(attrs: Attrs<'a>) -> Result<Self, DecodeError> {
        let (header, attrs) = attrs.split_header()?;
        let mut event = Self {
            header,
            attrs,
            ..Self::default()
        };
        event.invalid = genl::codegen::each(attrs, |attr| {
            if attr.number() == thing::PLAIN {
                event.plain = Some(attr.u8()?);
            }
            Ok(())
        });
        Ok(event)
    }
}

/// A nest of the set `cell`.
#[derive(Clone, Copy, Default)]
pub struct Cell<'a> {
    /// `value`.
    pub value: Option<u32>,
    /// All attributes as received, including those unknown to this version of the protocol.
    pub attrs: Attrs<'a>,
    /// The first attribute with a length that its type cannot have. It is missing in the other
    /// fields. Nests have their own.
    pub invalid: Option<DecodeError>,
}

impl fmt::Debug for Cell<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        genl::codegen::sent(f, "Cell", Some(&CELL), None, |to| self.encode(to))
    }
}

impl PartialEq for Cell<'_> {
    fn eq(&self, other: &Self) -> bool {
        genl::codegen::same(|to| self.encode(to), |to| other.encode(to))
    }
}

impl<'a> Cell<'a> {
    /// Creates a nest without attributes.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets `value`.
    pub fn value(mut self, value: u32) -> Self {
        self.value = Some(value);
        self
    }

    /// Returns the nest with its own bytes. It borrows nothing.
    pub fn owned(&self) -> OwnedNest<Cell<'static>> {
        OwnedNest::new(|to| self.encode(to))
    }
}

impl Encode for Cell<'_> {
    fn encode(&self, to: &mut Encoder<'_>) {
        if let Some(value) = self.value {
            to.put_u32(cell::VALUE, value);
        }
        to.put_others(self.attrs, &[cell::VALUE]);
    }
}

impl<'a> Decode<'a> for Cell<'a> {
    fn decode(attrs: Attrs<'a>) -> Result<Self, DecodeError> {
        let mut nest = Self {
            attrs,
            ..Self::default()
        };
        nest.invalid = genl::codegen::each(attrs, |attr| {
            if attr.number() == cell::VALUE {
                nest.value = Some(attr.u32()?);
            }
            Ok(())
        });
        Ok(nest)
    }
}

/// A nest of the set `tree`.
#[derive(Clone, Copy, Default)]
pub struct Tree<'a> {
    /// `name`.
    pub name: Option<Text<'a>>,
    /// `branches`.
    pub branches: MultiAttr<'a, Nested<'a, Tree<'a>>>,
    /// All attributes as received, including those unknown to this version of the protocol.
    pub attrs: Attrs<'a>,
    /// The first attribute with a length that its type cannot have. It is missing in the other
    /// fields. Nests have their own.
    pub invalid: Option<DecodeError>,
}

impl fmt::Debug for Tree<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        genl::codegen::sent(f, "Tree", Some(&TREE), None, |to| self.encode(to))
    }
}

impl PartialEq for Tree<'_> {
    fn eq(&self, other: &Self) -> bool {
        genl::codegen::same(|to| self.encode(to), |to| other.encode(to))
    }
}

impl<'a> Tree<'a> {
    /// Creates a nest without attributes.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets `name`.
    pub fn name(mut self, value: impl Into<Text<'a>>) -> Self {
        self.name = Some(value.into());
        self
    }

    /// Sets `branches`.
    pub fn branches(mut self, value: impl Into<MultiAttr<'a, Nested<'a, Tree<'a>>>>) -> Self {
        self.branches = value.into();
        self
    }

    /// Returns the nest with its own bytes. It borrows nothing.
    pub fn owned(&self) -> OwnedNest<Tree<'static>> {
        OwnedNest::new(|to| self.encode(to))
    }
}

impl Encode for Tree<'_> {
    fn encode(&self, to: &mut Encoder<'_>) {
        if let Some(value) = self.name {
            to.put_text(tree::NAME, value);
        }
        for value in self.branches {
            to.nest(tree::BRANCHES, |to| value.encode(to));
        }
        to.put_others(self.attrs, &[tree::NAME, tree::BRANCHES]);
    }
}

impl<'a> Decode<'a> for Tree<'a> {
    fn decode(attrs: Attrs<'a>) -> Result<Self, DecodeError> {
        let mut nest = Self {
            attrs,
            ..Self::default()
        };
        nest.invalid = genl::codegen::each(attrs, |attr| {
            match attr.number() {
                tree::NAME => nest.name = Some(attr.text()),
                tree::BRANCHES => nest.branches.add(attrs, attr)?,
                _ => {}
            }
            Ok(())
        });
        Ok(nest)
    }
}

/// An event or a notification of the family.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Event<'a> {
    /// A thing has grown.
    Grown(Grown<'a>),
}

impl<'a> DecodeEvent<'a> for Event<'a> {
    fn decode(command: u8, attrs: Attrs<'a>) -> Result<Option<Self>, DecodeError> {
        Ok(Some(match command {
            9 => Self::Grown(Grown::decode(attrs)?),
            _ => return Ok(None),
        }))
    }
}
