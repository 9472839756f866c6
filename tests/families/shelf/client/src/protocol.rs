// SPDX-License-Identifier: ((GPL-2.0 WITH Linux-syscall-note) OR BSD-3-Clause)
// Generated from shelf.yaml by `ynl-gen-rust --user`. Do not edit.

//! The protocol of the family `shelf`: a shelf of things.

#![allow(dead_code)] // a program uses a part of the protocol

use genl::codegen::bitflags;
use genl::{
    AttributeInfo, AttributeSet, Attrs, Decode, DecodeError, DecodeEvent, DoRequest, DumpRequest,
    Encode, Encoder, FamilyInfo, Kind, MultiAttr, OperationInfo, OwnedNest, Request, Text,
};
use std::fmt;

const _: () = genl::codegen::require(1);

/// The family.
pub static FAMILY: FamilyInfo = FamilyInfo::new("shelf", 1);

/// Maximum length of a name or tag in bytes, not counting the NUL.
pub const NAME_MAX: usize = 32;

/// Maximum number of tags of a thing.
pub const TAGS_MAX: usize = 8;

/// Maximum length in millimetres.
pub const LENGTH_MAX: usize = 100000;

/// Maximum worth in cents.
pub const WORTH_MAX: usize = 1000000;

/// Sort of a thing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Sort {
    /// A book.
    Book,
    /// A box.
    Box,
    /// A bottle.
    Bottle,
    /// A value without a name in this version of the protocol.
    Unknown(u32),
}

impl Sort {
    /// All values with a name.
    pub const ALL: [Self; 3] = [Self::Book, Self::Box, Self::Bottle];

    const NAMES: [(u64, &'static str); 3] = [(0, "book"), (1, "box"), (2, "bottle")];

    /// Returns the name in the spec, if the value has one.
    pub fn name(self) -> Option<&'static str> {
        match self {
            Self::Book => Some("book"),
            Self::Box => Some("box"),
            Self::Bottle => Some("bottle"),
            Self::Unknown(_) => None,
        }
    }
}

impl From<u32> for Sort {
    fn from(value: u32) -> Self {
        match value {
            0 => Self::Book,
            1 => Self::Box,
            2 => Self::Bottle,
            _ => Self::Unknown(value),
        }
    }
}

impl From<Sort> for u32 {
    fn from(value: Sort) -> u32 {
        match value {
            Sort::Book => 0,
            Sort::Box => 1,
            Sort::Bottle => 2,
            Sort::Unknown(value) => value,
        }
    }
}

bitflags! {
    /// Handling instructions.
    ///
    /// Bits unknown to this version of the protocol are kept.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
    pub struct CareFlags: u32 {
        /// Do not drop.
        const FRAGILE = 1 << 0;
        /// Keep dry.
        const DRY = 1 << 1;
        /// Keep in the dark.
        const DARK = 1 << 2;
        const _ = !0;
    }
}

impl CareFlags {
    const NAMES: [(u64, &'static str); 3] =
        [(1 << 0, "fragile"), (1 << 1, "dry"), (1 << 2, "dark")];
}

/// Names of the multicast groups.
pub mod groups {
    /// The group `changes`.
    pub const CHANGES: &str = "changes";
}

/// Numbers of the attributes of the set `place`: a place on the shelf.
pub mod place {
    /// Number of the place, counted from 1.
    pub const ID: u16 = 1;
    /// The thing at this place.
    pub const THING: u16 = 2;
}

/// The attributes of the set `place`.
pub static PLACE: AttributeSet = AttributeSet::new(
    "place",
    &[
        AttributeInfo::new(place::ID, "id", Kind::Unsigned),
        AttributeInfo::new(place::THING, "thing", Kind::Nest(&THING)),
    ],
)
.with_limits(&[
    (place::ID, genl::Limit::Unsigned(1..=4294967295)),
    (place::THING, genl::Limit::Nest(&THING)),
]);

/// Numbers of the attributes of the set `thing`: a thing.
pub mod thing {
    /// Name of the thing.
    pub const NAME: u16 = 1;
    /// Sort of the thing. Defaults to box.
    pub const SORT: u16 = 2;
    /// Handling instructions. Defaults to none.
    pub const CARE: u16 = 3;
    /// Size of the thing.
    pub const SIZE: u16 = 4;
    /// Worth in cents. Negative if its disposal costs money.
    pub const WORTH: u16 = 5;
    /// Search terms, at most tags-max.
    pub const TAG: u16 = 6;
}

/// The attributes of the set `thing`.
pub static THING: AttributeSet = AttributeSet::new(
    "thing",
    &[
        AttributeInfo::new(thing::NAME, "name", Kind::Text),
        AttributeInfo::new(thing::SORT, "sort", Kind::Enum(&Sort::NAMES)),
        AttributeInfo::new(thing::CARE, "care", Kind::Flags(&CareFlags::NAMES)),
        AttributeInfo::new(thing::SIZE, "size", Kind::Nest(&SIZE)),
        AttributeInfo::new(thing::WORTH, "worth", Kind::Signed),
        AttributeInfo::new(thing::TAG, "tag", Kind::Text),
    ],
)
.with_limits(&[
    (thing::NAME, genl::Limit::NulString(32)),
    (thing::SIZE, genl::Limit::Nest(&SIZE)),
    (thing::WORTH, genl::Limit::Signed(-2147483648..=1000000)),
    (thing::TAG, genl::Limit::NulString(32)),
]);

/// Numbers of the attributes of the set `size`: size of a thing.
pub mod size {
    /// Width in millimetres.
    pub const WIDTH: u16 = 1;
    /// Height in millimetres.
    pub const HEIGHT: u16 = 2;
    /// Depth in millimetres.
    pub const DEPTH: u16 = 3;
}

/// The attributes of the set `size`.
pub static SIZE: AttributeSet = AttributeSet::new(
    "size",
    &[
        AttributeInfo::new(size::WIDTH, "width", Kind::Unsigned),
        AttributeInfo::new(size::HEIGHT, "height", Kind::Unsigned),
        AttributeInfo::new(size::DEPTH, "depth", Kind::Unsigned),
    ],
)
.with_limits(&[
    (size::WIDTH, genl::Limit::Unsigned(1..=100000)),
    (size::HEIGHT, genl::Limit::Unsigned(1..=100000)),
    (size::DEPTH, genl::Limit::Unsigned(1..=100000)),
]);

/// The operation `put`.
pub static PUT: OperationInfo = OperationInfo::new(1, "put").with_attributes(&PLACE);

/// The operation `get`.
pub static GET: OperationInfo = OperationInfo::new(2, "get").with_attributes(&PLACE);

/// All operations, for lookup by command number.
pub static OPERATIONS: [&OperationInfo; 2] = [&PUT, &GET];

/// Put a thing on the shelf.
#[derive(Clone, Copy, Default, PartialEq)]
pub struct PutRequest<'a> {
    /// The thing at this place.
    pub thing: Option<Thing<'a>>,
}

impl fmt::Debug for PutRequest<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        genl::codegen::sent(f, "PutRequest", Some(&PLACE), None, |to| self.encode(to))
    }
}

impl<'a> PutRequest<'a> {
    /// Creates a request without attributes.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets `thing`: the thing at this place.
    pub fn thing(mut self, value: Thing<'a>) -> Self {
        self.thing = Some(value);
        self
    }
}

impl Request for PutRequest<'_> {
    const FAMILY: &'static FamilyInfo = &FAMILY;
    const OPERATION: &'static OperationInfo = &PUT;

    fn encode(&self, to: &mut Encoder<'_>) {
        if let Some(value) = self.thing {
            to.nest(place::THING, |to| value.encode(to));
        }
    }
}

impl DoRequest for PutRequest<'_> {
    type Reply<'a> = PutReply<'a>;
}

/// Get one thing, or dump all things in the order of their places.
#[derive(Clone, Copy, Default, PartialEq)]
pub struct GetRequest {
    /// Number of the place, counted from 1.
    pub id: Option<u32>,
}

impl fmt::Debug for GetRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        genl::codegen::sent(f, "GetRequest", Some(&PLACE), None, |to| self.encode(to))
    }
}

impl GetRequest {
    /// Creates a request without attributes.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets `id`: number of the place, counted from 1.
    pub fn id(mut self, value: u32) -> Self {
        self.id = Some(value);
        self
    }
}

impl Request for GetRequest {
    const FAMILY: &'static FamilyInfo = &FAMILY;
    const OPERATION: &'static OperationInfo = &GET;

    fn encode(&self, to: &mut Encoder<'_>) {
        if let Some(value) = self.id {
            to.put_u32(place::ID, value);
        }
    }
}

impl DoRequest for GetRequest {
    type Reply<'a> = GetReply<'a>;
}

/// The `get` dump request.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct GetDumpRequest;

impl Request for GetDumpRequest {
    const FAMILY: &'static FamilyInfo = &FAMILY;
    const OPERATION: &'static OperationInfo = &GET;

    fn encode(&self, _to: &mut Encoder<'_>) {}
}

impl DumpRequest for GetDumpRequest {
    type Item<'a> = GetReply<'a>;
}

/// The reply to `put`.
#[derive(Clone, Copy, Default)]
pub struct PutReply<'a> {
    /// Number of the place, counted from 1.
    pub id: Option<u32>,
    /// All attributes as received, including those unknown to this version of the protocol.
    pub attrs: Attrs<'a>,
    /// The first attribute with a length that its type cannot have. It is missing in the other
    /// fields. Nests have their own.
    pub invalid: Option<DecodeError>,
}

impl fmt::Debug for PutReply<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        genl::codegen::received(f, "PutReply", Some(&PLACE), None, self.attrs)
    }
}

impl PartialEq for PutReply<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.attrs == other.attrs
    }
}

impl<'a> Decode<'a> for PutReply<'a> {
    fn decode(attrs: Attrs<'a>) -> Result<Self, DecodeError> {
        let mut reply = Self {
            attrs,
            ..Self::default()
        };
        reply.invalid = genl::codegen::each(attrs, |attr| {
            if attr.number() == place::ID {
                reply.id = Some(attr.u32()?);
            }
            Ok(())
        });
        Ok(reply)
    }
}

/// The reply to `get`, and an item of its dump.
#[derive(Clone, Copy, Default)]
pub struct GetReply<'a> {
    /// Number of the place, counted from 1.
    pub id: Option<u32>,
    /// The thing at this place.
    pub thing: Option<Thing<'a>>,
    /// All attributes as received, including those unknown to this version of the protocol.
    pub attrs: Attrs<'a>,
    /// The first attribute with a length that its type cannot have. It is missing in the other
    /// fields. Nests have their own.
    pub invalid: Option<DecodeError>,
}

impl fmt::Debug for GetReply<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        genl::codegen::received(f, "GetReply", Some(&PLACE), None, self.attrs)
    }
}

impl PartialEq for GetReply<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.attrs == other.attrs
    }
}

impl<'a> Decode<'a> for GetReply<'a> {
    fn decode(attrs: Attrs<'a>) -> Result<Self, DecodeError> {
        let mut reply = Self {
            attrs,
            ..Self::default()
        };
        reply.invalid = genl::codegen::each(attrs, |attr| {
            match attr.number() {
                place::ID => reply.id = Some(attr.u32()?),
                place::THING => reply.thing = Some(Thing::decode(attr.nested())?),
                _ => {}
            }
            Ok(())
        });
        Ok(reply)
    }
}

/// A thing.
#[derive(Clone, Copy, Default)]
pub struct Thing<'a> {
    /// Name of the thing.
    pub name: Option<Text<'a>>,
    /// Sort of the thing. Defaults to box.
    pub sort: Option<Sort>,
    /// Handling instructions. Defaults to none.
    pub care: Option<CareFlags>,
    /// Size of the thing.
    pub size: Option<Size<'a>>,
    /// Worth in cents. Negative if its disposal costs money.
    pub worth: Option<i32>,
    /// Search terms, at most tags-max.
    pub tag: MultiAttr<'a, Text<'a>>,
    /// All attributes as received, including those unknown to this version of the protocol.
    pub attrs: Attrs<'a>,
    /// The first attribute with a length that its type cannot have. It is missing in the other
    /// fields. Nests have their own.
    pub invalid: Option<DecodeError>,
}

impl fmt::Debug for Thing<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        genl::codegen::sent(f, "Thing", Some(&THING), None, |to| self.encode(to))
    }
}

impl PartialEq for Thing<'_> {
    fn eq(&self, other: &Self) -> bool {
        genl::codegen::same(|to| self.encode(to), |to| other.encode(to))
    }
}

impl<'a> Thing<'a> {
    /// Creates a nest without attributes.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets `name`: name of the thing.
    pub fn name(mut self, value: impl Into<Text<'a>>) -> Self {
        self.name = Some(value.into());
        self
    }

    /// Sets `sort`: sort of the thing. Defaults to box.
    pub fn sort(mut self, value: Sort) -> Self {
        self.sort = Some(value);
        self
    }

    /// Sets `care`: handling instructions. Defaults to none.
    pub fn care(mut self, value: CareFlags) -> Self {
        self.care = Some(value);
        self
    }

    /// Sets `size`: size of the thing.
    pub fn size(mut self, value: Size<'a>) -> Self {
        self.size = Some(value);
        self
    }

    /// Sets `worth`: worth in cents. Negative if its disposal costs money.
    pub fn worth(mut self, value: i32) -> Self {
        self.worth = Some(value);
        self
    }

    /// Sets `tag`: search terms, at most tags-max.
    pub fn tag(mut self, value: impl Into<MultiAttr<'a, Text<'a>>>) -> Self {
        self.tag = value.into();
        self
    }

    /// Returns the nest with its own bytes. It borrows nothing.
    pub fn owned(&self) -> OwnedNest<Thing<'static>> {
        OwnedNest::new(|to| self.encode(to))
    }
}

impl Encode for Thing<'_> {
    fn encode(&self, to: &mut Encoder<'_>) {
        if let Some(value) = self.name {
            to.put_text(thing::NAME, value);
        }
        if let Some(value) = self.sort {
            to.put_u32(thing::SORT, u32::from(value));
        }
        if let Some(value) = self.care {
            to.put_u32(thing::CARE, value.bits());
        }
        if let Some(value) = self.size {
            to.nest(thing::SIZE, |to| value.encode(to));
        }
        if let Some(value) = self.worth {
            to.put_s32(thing::WORTH, value);
        }
        for value in self.tag {
            to.put_text(thing::TAG, value);
        }
        to.put_others(
            self.attrs,
            &[
                thing::NAME,
                thing::SORT,
                thing::CARE,
                thing::SIZE,
                thing::WORTH,
                thing::TAG,
            ],
        );
    }
}

impl<'a> Decode<'a> for Thing<'a> {
    fn decode(attrs: Attrs<'a>) -> Result<Self, DecodeError> {
        let mut nest = Self {
            attrs,
            ..Self::default()
        };
        nest.invalid = genl::codegen::each(attrs, |attr| {
            match attr.number() {
                thing::NAME => nest.name = Some(attr.text()),
                thing::SORT => nest.sort = Some(Sort::from(attr.u32()?)),
                thing::CARE => nest.care = Some(CareFlags::from_bits_retain(attr.u32()?)),
                thing::SIZE => nest.size = Some(Size::decode(attr.nested())?),
                thing::WORTH => nest.worth = Some(attr.s32()?),
                thing::TAG => nest.tag.add(attrs, attr)?,
                _ => {}
            }
            Ok(())
        });
        Ok(nest)
    }
}

/// Size of a thing.
#[derive(Clone, Copy, Default)]
pub struct Size<'a> {
    /// Width in millimetres.
    pub width: Option<u32>,
    /// Height in millimetres.
    pub height: Option<u32>,
    /// Depth in millimetres.
    pub depth: Option<u32>,
    /// All attributes as received, including those unknown to this version of the protocol.
    pub attrs: Attrs<'a>,
    /// The first attribute with a length that its type cannot have. It is missing in the other
    /// fields. Nests have their own.
    pub invalid: Option<DecodeError>,
}

impl fmt::Debug for Size<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        genl::codegen::sent(f, "Size", Some(&SIZE), None, |to| self.encode(to))
    }
}

impl PartialEq for Size<'_> {
    fn eq(&self, other: &Self) -> bool {
        genl::codegen::same(|to| self.encode(to), |to| other.encode(to))
    }
}

impl<'a> Size<'a> {
    /// Creates a nest without attributes.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets `width`: width in millimetres.
    pub fn width(mut self, value: u32) -> Self {
        self.width = Some(value);
        self
    }

    /// Sets `height`: height in millimetres.
    pub fn height(mut self, value: u32) -> Self {
        self.height = Some(value);
        self
    }

    /// Sets `depth`: depth in millimetres.
    pub fn depth(mut self, value: u32) -> Self {
        self.depth = Some(value);
        self
    }

    /// Returns the nest with its own bytes. It borrows nothing.
    pub fn owned(&self) -> OwnedNest<Size<'static>> {
        OwnedNest::new(|to| self.encode(to))
    }
}

impl Encode for Size<'_> {
    fn encode(&self, to: &mut Encoder<'_>) {
        if let Some(value) = self.width {
            to.put_u32(size::WIDTH, value);
        }
        if let Some(value) = self.height {
            to.put_u32(size::HEIGHT, value);
        }
        if let Some(value) = self.depth {
            to.put_u32(size::DEPTH, value);
        }
        to.put_others(self.attrs, &[size::WIDTH, size::HEIGHT, size::DEPTH]);
    }
}

impl<'a> Decode<'a> for Size<'a> {
    fn decode(attrs: Attrs<'a>) -> Result<Self, DecodeError> {
        let mut nest = Self {
            attrs,
            ..Self::default()
        };
        nest.invalid = genl::codegen::each(attrs, |attr| {
            match attr.number() {
                size::WIDTH => nest.width = Some(attr.u32()?),
                size::HEIGHT => nest.height = Some(attr.u32()?),
                size::DEPTH => nest.depth = Some(attr.u32()?),
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
    /// A thing was put on the shelf.
    PutNtf(GetReply<'a>),
}

impl<'a> DecodeEvent<'a> for Event<'a> {
    fn decode(command: u8, attrs: Attrs<'a>) -> Result<Option<Self>, DecodeError> {
        Ok(Some(match command {
            3 => Self::PutNtf(GetReply::decode(attrs)?),
            _ => return Ok(None),
        }))
    }
}
