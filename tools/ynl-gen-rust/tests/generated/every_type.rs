// SPDX-License-Identifier: MIT OR Apache-2.0
// Generated from every_type.yaml by `ynl-gen-rust --user`. Do not edit.

//! The protocol of the family `every-type`: one attribute of each type.
//!
//! No family uses this protocol. Tests compare its outputs with snapshots.

#![allow(dead_code)] // a program uses a part of the protocol

use genl::codegen::bitflags;
use genl::{
    AttributeInfo, AttributeSet, Attrs, Decode, DecodeError, DecodeEvent, DoRequest, DumpRequest,
    Encode, Encoder, FamilyInfo, Kind, MultiAttr, Nested, OperationInfo, OwnedNest, Request, Text,
};
use std::fmt;
use std::net::Ipv4Addr;

const _: () = genl::codegen::require(1);

/// The family.
pub static FAMILY: FamilyInfo = FamilyInfo::new("every-type", 1);

/// Maximum length of a label.
pub const LABEL_MAX: usize = 16;

/// The constant `key-len`.
pub const KEY_LEN: usize = 8;

/// A colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Colour {
    /// Like a rose.
    Red,
    /// `green`.
    Green,
    /// `2nd-green`.
    _2ndGreen,
    /// A value without a name in this version of the protocol.
    Unknown(u32),
}

impl Colour {
    /// All values with a name.
    pub const ALL: [Self; 3] = [Self::Red, Self::Green, Self::_2ndGreen];

    const NAMES: [(u64, &'static str); 3] = [(0, "red"), (1, "green"), (2, "2nd-green")];

    /// Returns the name in the spec, if the value has one.
    pub fn name(self) -> Option<&'static str> {
        match self {
            Self::Red => Some("red"),
            Self::Green => Some("green"),
            Self::_2ndGreen => Some("2nd-green"),
            Self::Unknown(_) => None,
        }
    }
}

impl From<u32> for Colour {
    fn from(value: u32) -> Self {
        match value {
            0 => Self::Red,
            1 => Self::Green,
            2 => Self::_2ndGreen,
            _ => Self::Unknown(value),
        }
    }
}

impl From<Colour> for u32 {
    fn from(value: Colour) -> u32 {
        match value {
            Colour::Red => 0,
            Colour::Green => 1,
            Colour::_2ndGreen => 2,
            Colour::Unknown(value) => value,
        }
    }
}

/// The enum `level`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Level {
    /// `low`.
    Low,
    /// `high`.
    High,
    /// A value without a name in this version of the protocol.
    Unknown(u8),
}

impl Level {
    /// All values with a name.
    pub const ALL: [Self; 2] = [Self::Low, Self::High];

    const NAMES: [(u64, &'static str); 2] = [(1, "low"), (2, "high")];

    /// Returns the name in the spec, if the value has one.
    pub fn name(self) -> Option<&'static str> {
        match self {
            Self::Low => Some("low"),
            Self::High => Some("high"),
            Self::Unknown(_) => None,
        }
    }
}

impl From<u8> for Level {
    fn from(value: u8) -> Self {
        match value {
            1 => Self::Low,
            2 => Self::High,
            _ => Self::Unknown(value),
        }
    }
}

impl From<Level> for u8 {
    fn from(value: Level) -> u8 {
        match value {
            Level::Low => 1,
            Level::High => 2,
            Level::Unknown(value) => value,
        }
    }
}

bitflags! {
    /// The flags `level`.
    ///
    /// Bits unknown to this version of the protocol are kept.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
    pub struct LevelFlags: u64 {
        /// `low`.
        const LOW = 1 << 1;
        /// `high`.
        const HIGH = 1 << 2;
        const _ = !0;
    }
}

impl LevelFlags {
    const NAMES: [(u64, &'static str); 2] = [(1 << 1, "low"), (1 << 2, "high")];
}

/// The enum `odd`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Odd {
    /// `one`.
    One,
    /// `three`.
    Three,
    /// A value without a name in this version of the protocol.
    Unknown(u16),
}

impl Odd {
    /// All values with a name.
    pub const ALL: [Self; 2] = [Self::One, Self::Three];

    const NAMES: [(u64, &'static str); 2] = [(1, "one"), (3, "three")];

    /// Returns the name in the spec, if the value has one.
    pub fn name(self) -> Option<&'static str> {
        match self {
            Self::One => Some("one"),
            Self::Three => Some("three"),
            Self::Unknown(_) => None,
        }
    }
}

impl From<u16> for Odd {
    fn from(value: u16) -> Self {
        match value {
            1 => Self::One,
            3 => Self::Three,
            _ => Self::Unknown(value),
        }
    }
}

impl From<Odd> for u16 {
    fn from(value: Odd) -> u16 {
        match value {
            Odd::One => 1,
            Odd::Three => 3,
            Odd::Unknown(value) => value,
        }
    }
}

bitflags! {
    /// Options.
    ///
    /// Bits unknown to this version of the protocol are kept.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
    pub struct OptionFlags: u32 {
        /// In a hurry.
        const FAST = 1 << 0;
        /// `quiet`.
        const QUIET = 1 << 4;
        const _ = !0;
    }
}

impl OptionFlags {
    const NAMES: [(u64, &'static str); 2] = [(1 << 0, "fast"), (1 << 4, "quiet")];
}

/// Names of the multicast groups.
pub mod groups {
    /// The group `news`.
    pub const NEWS: &str = "news";
    /// The group `secrets`.
    pub const SECRETS: &str = "secrets";
}

/// Numbers of the attributes of the set `thing`: a thing.
pub mod thing {
    /// Whether the thing has a type.
    pub const TYPE: u16 = 2;
    /// `bytes`.
    pub const BYTES: u16 = 3;
    /// `at-least`.
    pub const AT_LEAST: u16 = 4;
    /// `at-most`.
    pub const AT_MOST: u16 = 5;
    /// `between`.
    pub const BETWEEN: u16 = 6;
    /// `key`.
    pub const KEY: u16 = 7;
    /// `row`.
    pub const ROW: u16 = 8;
    /// `label`.
    pub const LABEL: u16 = 9;
    /// `small`.
    pub const SMALL: u16 = 10;
    /// `medium`.
    pub const MEDIUM: u16 = 11;
    /// `number`.
    pub const NUMBER: u16 = 12;
    /// `wide`.
    pub const WIDE: u16 = 13;
    /// `large`.
    pub const LARGE: u16 = 14;
    /// `signed8`.
    pub const SIGNED8: u16 = 15;
    /// `signed16`.
    pub const SIGNED16: u16 = 16;
    /// `signed32`.
    pub const SIGNED32: u16 = 17;
    /// `signed64`.
    pub const SIGNED64: u16 = 18;
    /// `any`.
    pub const ANY: u16 = 19;
    /// `any-signed`.
    pub const ANY_SIGNED: u16 = 20;
    /// `port`.
    pub const PORT: u16 = 21;
    /// `address`.
    pub const ADDRESS: u16 = 22;
    /// `colour`.
    pub const COLOUR: u16 = 23;
    /// `level`.
    pub const LEVEL: u16 = 24;
    /// `odd`.
    pub const ODD: u16 = 25;
    /// `options`.
    pub const OPTIONS: u16 = 26;
    /// `level-set`.
    pub const LEVEL_SET: u16 = 27;
    /// `inner`.
    pub const INNER: u16 = 28;
    /// `numbers`.
    pub const NUMBERS: u16 = 29;
    /// `parts`.
    pub const PARTS: u16 = 30;
    /// `list`.
    pub const LIST: u16 = 31;
}

/// The attributes of the set `thing`.
pub static THING: AttributeSet = AttributeSet::new(
    "thing",
    &[
        AttributeInfo::new(thing::TYPE, "type", Kind::Flag),
        AttributeInfo::new(thing::BYTES, "bytes", Kind::Binary),
        AttributeInfo::new(thing::AT_LEAST, "at-least", Kind::Binary),
        AttributeInfo::new(thing::AT_MOST, "at-most", Kind::Binary),
        AttributeInfo::new(thing::BETWEEN, "between", Kind::Binary),
        AttributeInfo::new(thing::KEY, "key", Kind::Binary),
        AttributeInfo::new(thing::ROW, "row", Kind::Numbers(4, &Kind::Unsigned)),
        AttributeInfo::new(thing::LABEL, "label", Kind::Text),
        AttributeInfo::new(thing::SMALL, "small", Kind::Unsigned),
        AttributeInfo::new(thing::MEDIUM, "medium", Kind::Unsigned),
        AttributeInfo::new(thing::NUMBER, "number", Kind::Unsigned),
        AttributeInfo::new(thing::WIDE, "wide", Kind::Unsigned),
        AttributeInfo::new(thing::LARGE, "large", Kind::Unsigned),
        AttributeInfo::new(thing::SIGNED8, "signed8", Kind::Signed),
        AttributeInfo::new(thing::SIGNED16, "signed16", Kind::Signed),
        AttributeInfo::new(thing::SIGNED32, "signed32", Kind::Signed),
        AttributeInfo::new(thing::SIGNED64, "signed64", Kind::Signed),
        AttributeInfo::new(thing::ANY, "any", Kind::Unsigned),
        AttributeInfo::new(thing::ANY_SIGNED, "any-signed", Kind::Signed),
        AttributeInfo::new(thing::PORT, "port", Kind::BigEndian),
        AttributeInfo::new(thing::ADDRESS, "address", Kind::Address),
        AttributeInfo::new(thing::COLOUR, "colour", Kind::Enum(&Colour::NAMES)),
        AttributeInfo::new(thing::LEVEL, "level", Kind::Enum(&Level::NAMES)),
        AttributeInfo::new(thing::ODD, "odd", Kind::Enum(&Odd::NAMES)),
        AttributeInfo::new(thing::OPTIONS, "options", Kind::Flags(&OptionFlags::NAMES)),
        AttributeInfo::new(
            thing::LEVEL_SET,
            "level-set",
            Kind::Flags(&LevelFlags::NAMES),
        ),
        AttributeInfo::new(thing::INNER, "inner", Kind::Nest(&PART)),
        AttributeInfo::new(thing::NUMBERS, "numbers", Kind::Unsigned),
        AttributeInfo::new(thing::PARTS, "parts", Kind::Nest(&PART)),
        AttributeInfo::new(thing::LIST, "list", Kind::Array(&Kind::Nest(&PART))),
    ],
)
.with_limits(&[
    (thing::AT_LEAST, genl::Limit::Binary(2..=65535)),
    (thing::AT_MOST, genl::Limit::Binary(0..=8)),
    (thing::BETWEEN, genl::Limit::Binary(2..=8)),
    (thing::LABEL, genl::Limit::NulString(16)),
    (thing::SMALL, genl::Limit::Unsigned(0..=100)),
    (thing::MEDIUM, genl::Limit::Unsigned(3..=65535)),
    (thing::NUMBER, genl::Limit::Unsigned(1..=10)),
    (thing::WIDE, genl::Limit::Unsigned(0..=65536)),
    (thing::SIGNED32, genl::Limit::Signed(-5..=2147483647)),
    (thing::SIGNED64, genl::Limit::Signed(-70000..=70000)),
]);

/// Numbers of the attributes of the set `part`.
pub mod part {
    /// `label`.
    pub const LABEL: u16 = 1;
    /// `colour`.
    pub const COLOUR: u16 = 2;
    /// `deeper`.
    pub const DEEPER: u16 = 3;
}

/// The attributes of the set `part`.
pub static PART: AttributeSet = AttributeSet::new(
    "part",
    &[
        AttributeInfo::new(part::LABEL, "label", Kind::Text),
        AttributeInfo::new(part::COLOUR, "colour", Kind::Enum(&Colour::NAMES)),
        AttributeInfo::new(part::DEEPER, "deeper", Kind::Nest(&PART)),
    ],
);

/// The operation `get`.
pub static GET: OperationInfo = OperationInfo::new(1, "get").with_attributes(&THING);

/// The operation `set`.
pub static SET: OperationInfo = OperationInfo::new(2, "set").with_attributes(&THING);

/// All operations, for lookup by command number.
pub static OPERATIONS: [&OperationInfo; 2] = [&GET, &SET];

/// Get one thing, or all things.
#[derive(Clone, Copy, Default, PartialEq)]
pub struct GetRequest<'a> {
    /// Whether the thing has a type.
    pub r#type: bool,
    /// `bytes`.
    pub bytes: Option<&'a [u8]>,
    /// `at-least`.
    pub at_least: Option<&'a [u8]>,
    /// `at-most`.
    pub at_most: Option<&'a [u8]>,
    /// `between`.
    pub between: Option<&'a [u8]>,
    /// `key`.
    pub key: Option<&'a [u8; 8]>,
    /// `row`.
    pub row: Option<MultiAttr<'a, u32>>,
    /// `label`.
    pub label: Option<Text<'a>>,
    /// `small`.
    pub small: Option<u8>,
    /// `medium`.
    pub medium: Option<u16>,
    /// `number`.
    pub number: Option<u32>,
    /// `wide`.
    pub wide: Option<u32>,
    /// `large`.
    pub large: Option<u64>,
    /// `signed8`.
    pub signed8: Option<i8>,
    /// `signed16`.
    pub signed16: Option<i16>,
    /// `signed32`.
    pub signed32: Option<i32>,
    /// `signed64`.
    pub signed64: Option<i64>,
    /// `any`.
    pub any: Option<u64>,
    /// `any-signed`.
    pub any_signed: Option<i64>,
    /// `port`.
    pub port: Option<u16>,
    /// `address`.
    pub address: Option<Ipv4Addr>,
    /// `colour`.
    pub colour: Option<Colour>,
    /// `level`.
    pub level: Option<Level>,
    /// `odd`.
    pub odd: Option<Odd>,
    /// `options`.
    pub options: Option<OptionFlags>,
    /// `level-set`.
    pub level_set: Option<LevelFlags>,
    /// `inner`.
    pub inner: Option<Part<'a>>,
    /// `numbers`.
    pub numbers: MultiAttr<'a, u32>,
    /// `parts`.
    pub parts: MultiAttr<'a, Part<'a>>,
    /// `list`.
    pub list: Option<MultiAttr<'a, Part<'a>>>,
}

impl fmt::Debug for GetRequest<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        genl::codegen::sent(f, "GetRequest", Some(&THING), None, |to| self.encode(to))
    }
}

impl<'a> GetRequest<'a> {
    /// Creates a request without attributes.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets `type`: whether the thing has a type.
    pub fn r#type(mut self, value: bool) -> Self {
        self.r#type = value;
        self
    }

    /// Sets `bytes`.
    pub fn bytes(mut self, value: &'a [u8]) -> Self {
        self.bytes = Some(value);
        self
    }

    /// Sets `at-least`.
    pub fn at_least(mut self, value: &'a [u8]) -> Self {
        self.at_least = Some(value);
        self
    }

    /// Sets `at-most`.
    pub fn at_most(mut self, value: &'a [u8]) -> Self {
        self.at_most = Some(value);
        self
    }

    /// Sets `between`.
    pub fn between(mut self, value: &'a [u8]) -> Self {
        self.between = Some(value);
        self
    }

    /// Sets `key`.
    pub fn key(mut self, value: &'a [u8; 8]) -> Self {
        self.key = Some(value);
        self
    }

    /// Sets `row`.
    pub fn row(mut self, value: impl Into<MultiAttr<'a, u32>>) -> Self {
        self.row = Some(value.into());
        self
    }

    /// Sets `label`.
    pub fn label(mut self, value: impl Into<Text<'a>>) -> Self {
        self.label = Some(value.into());
        self
    }

    /// Sets `small`.
    pub fn small(mut self, value: u8) -> Self {
        self.small = Some(value);
        self
    }

    /// Sets `medium`.
    pub fn medium(mut self, value: u16) -> Self {
        self.medium = Some(value);
        self
    }

    /// Sets `number`.
    pub fn number(mut self, value: u32) -> Self {
        self.number = Some(value);
        self
    }

    /// Sets `wide`.
    pub fn wide(mut self, value: u32) -> Self {
        self.wide = Some(value);
        self
    }

    /// Sets `large`.
    pub fn large(mut self, value: u64) -> Self {
        self.large = Some(value);
        self
    }

    /// Sets `signed8`.
    pub fn signed8(mut self, value: i8) -> Self {
        self.signed8 = Some(value);
        self
    }

    /// Sets `signed16`.
    pub fn signed16(mut self, value: i16) -> Self {
        self.signed16 = Some(value);
        self
    }

    /// Sets `signed32`.
    pub fn signed32(mut self, value: i32) -> Self {
        self.signed32 = Some(value);
        self
    }

    /// Sets `signed64`.
    pub fn signed64(mut self, value: i64) -> Self {
        self.signed64 = Some(value);
        self
    }

    /// Sets `any`.
    pub fn any(mut self, value: u64) -> Self {
        self.any = Some(value);
        self
    }

    /// Sets `any-signed`.
    pub fn any_signed(mut self, value: i64) -> Self {
        self.any_signed = Some(value);
        self
    }

    /// Sets `port`.
    pub fn port(mut self, value: u16) -> Self {
        self.port = Some(value);
        self
    }

    /// Sets `address`.
    pub fn address(mut self, value: Ipv4Addr) -> Self {
        self.address = Some(value);
        self
    }

    /// Sets `colour`.
    pub fn colour(mut self, value: Colour) -> Self {
        self.colour = Some(value);
        self
    }

    /// Sets `level`.
    pub fn level(mut self, value: Level) -> Self {
        self.level = Some(value);
        self
    }

    /// Sets `odd`.
    pub fn odd(mut self, value: Odd) -> Self {
        self.odd = Some(value);
        self
    }

    /// Sets `options`.
    pub fn options(mut self, value: OptionFlags) -> Self {
        self.options = Some(value);
        self
    }

    /// Sets `level-set`.
    pub fn level_set(mut self, value: LevelFlags) -> Self {
        self.level_set = Some(value);
        self
    }

    /// Sets `inner`.
    pub fn inner(mut self, value: Part<'a>) -> Self {
        self.inner = Some(value);
        self
    }

    /// Sets `numbers`.
    pub fn numbers(mut self, value: impl Into<MultiAttr<'a, u32>>) -> Self {
        self.numbers = value.into();
        self
    }

    /// Sets `parts`.
    pub fn parts(mut self, value: impl Into<MultiAttr<'a, Part<'a>>>) -> Self {
        self.parts = value.into();
        self
    }

    /// Sets `list`.
    pub fn list(mut self, value: impl Into<MultiAttr<'a, Part<'a>>>) -> Self {
        self.list = Some(value.into());
        self
    }
}

impl Request for GetRequest<'_> {
    const FAMILY: &'static FamilyInfo = &FAMILY;
    const OPERATION: &'static OperationInfo = &GET;

    fn encode(&self, to: &mut Encoder<'_>) {
        if self.r#type {
            to.put_flag(thing::TYPE);
        }
        if let Some(value) = self.bytes {
            to.put_bytes(thing::BYTES, value);
        }
        if let Some(value) = self.at_least {
            to.put_bytes(thing::AT_LEAST, value);
        }
        if let Some(value) = self.at_most {
            to.put_bytes(thing::AT_MOST, value);
        }
        if let Some(value) = self.between {
            to.put_bytes(thing::BETWEEN, value);
        }
        if let Some(value) = self.key {
            to.put_bytes(thing::KEY, value);
        }
        if let Some(value) = self.row {
            to.put_numbers(thing::ROW, value.iter().map(u32::to_ne_bytes));
        }
        if let Some(value) = self.label {
            to.put_text(thing::LABEL, value);
        }
        if let Some(value) = self.small {
            to.put_u8(thing::SMALL, value);
        }
        if let Some(value) = self.medium {
            to.put_u16(thing::MEDIUM, value);
        }
        if let Some(value) = self.number {
            to.put_u32(thing::NUMBER, value);
        }
        if let Some(value) = self.wide {
            to.put_u32(thing::WIDE, value);
        }
        if let Some(value) = self.large {
            to.put_u64(thing::LARGE, value);
        }
        if let Some(value) = self.signed8 {
            to.put_s8(thing::SIGNED8, value);
        }
        if let Some(value) = self.signed16 {
            to.put_s16(thing::SIGNED16, value);
        }
        if let Some(value) = self.signed32 {
            to.put_s32(thing::SIGNED32, value);
        }
        if let Some(value) = self.signed64 {
            to.put_s64(thing::SIGNED64, value);
        }
        if let Some(value) = self.any {
            to.put_uint(thing::ANY, value);
        }
        if let Some(value) = self.any_signed {
            to.put_sint(thing::ANY_SIGNED, value);
        }
        if let Some(value) = self.port {
            to.put_be16(thing::PORT, value);
        }
        if let Some(value) = self.address {
            to.put_ipv4(thing::ADDRESS, value);
        }
        if let Some(value) = self.colour {
            to.put_u32(thing::COLOUR, u32::from(value));
        }
        if let Some(value) = self.level {
            to.put_u8(thing::LEVEL, u8::from(value));
        }
        if let Some(value) = self.odd {
            to.put_u16(thing::ODD, u16::from(value));
        }
        if let Some(value) = self.options {
            to.put_u32(thing::OPTIONS, value.bits());
        }
        if let Some(value) = self.level_set {
            to.put_uint(thing::LEVEL_SET, value.bits());
        }
        if let Some(value) = self.inner {
            to.nest(thing::INNER, |to| value.encode(to));
        }
        for value in self.numbers {
            to.put_u32(thing::NUMBERS, value);
        }
        to.put_nests(thing::PARTS, self.parts);
        if let Some(value) = self.list {
            to.put_nest_array(thing::LIST, value);
        }
    }
}

impl DoRequest for GetRequest<'_> {
    type Reply<'a> = GetReply<'a>;
}

/// The `get` dump request.
#[derive(Clone, Copy, Default, PartialEq)]
pub struct GetDumpRequest<'a> {
    /// `label`.
    pub label: Option<Text<'a>>,
}

impl fmt::Debug for GetDumpRequest<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        genl::codegen::sent(f, "GetDumpRequest", Some(&THING), None, |to| {
            self.encode(to)
        })
    }
}

impl<'a> GetDumpRequest<'a> {
    /// Creates a request without attributes.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets `label`.
    pub fn label(mut self, value: impl Into<Text<'a>>) -> Self {
        self.label = Some(value.into());
        self
    }
}

impl Request for GetDumpRequest<'_> {
    const FAMILY: &'static FamilyInfo = &FAMILY;
    const OPERATION: &'static OperationInfo = &GET;

    fn encode(&self, to: &mut Encoder<'_>) {
        if let Some(value) = self.label {
            to.put_text(thing::LABEL, value);
        }
    }
}

impl DumpRequest for GetDumpRequest<'_> {
    type Item<'a> = GetReply<'a>;
}

/// Change a thing.
#[derive(Clone, Copy, Default, PartialEq)]
pub struct SetRequest<'a> {
    /// `label`.
    pub label: Option<Text<'a>>,
    /// `large`.
    pub large: Option<u64>,
}

impl fmt::Debug for SetRequest<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        genl::codegen::sent(f, "SetRequest", Some(&THING), None, |to| self.encode(to))
    }
}

impl<'a> SetRequest<'a> {
    /// Creates a request without attributes.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets `label`.
    pub fn label(mut self, value: impl Into<Text<'a>>) -> Self {
        self.label = Some(value.into());
        self
    }

    /// Sets `large`.
    pub fn large(mut self, value: u64) -> Self {
        self.large = Some(value);
        self
    }
}

impl Request for SetRequest<'_> {
    const FAMILY: &'static FamilyInfo = &FAMILY;
    const OPERATION: &'static OperationInfo = &SET;

    fn encode(&self, to: &mut Encoder<'_>) {
        if let Some(value) = self.label {
            to.put_text(thing::LABEL, value);
        }
        if let Some(value) = self.large {
            to.put_u64(thing::LARGE, value);
        }
    }
}

impl DoRequest for SetRequest<'_> {
    type Reply<'a> = ();
}

/// The reply to `get`, and an item of its dump.
#[derive(Clone, Copy, Default)]
pub struct GetReply<'a> {
    /// Whether the thing has a type.
    pub r#type: bool,
    /// `bytes`.
    pub bytes: Option<&'a [u8]>,
    /// `at-least`.
    pub at_least: Option<&'a [u8]>,
    /// `at-most`.
    pub at_most: Option<&'a [u8]>,
    /// `between`.
    pub between: Option<&'a [u8]>,
    /// `key`.
    pub key: Option<&'a [u8; 8]>,
    /// `row`.
    pub row: Option<MultiAttr<'a, u32>>,
    /// `label`.
    pub label: Option<Text<'a>>,
    /// `small`.
    pub small: Option<u8>,
    /// `medium`.
    pub medium: Option<u16>,
    /// `number`.
    pub number: Option<u32>,
    /// `wide`.
    pub wide: Option<u32>,
    /// `large`.
    pub large: Option<u64>,
    /// `signed8`.
    pub signed8: Option<i8>,
    /// `signed16`.
    pub signed16: Option<i16>,
    /// `signed32`.
    pub signed32: Option<i32>,
    /// `signed64`.
    pub signed64: Option<i64>,
    /// `any`.
    pub any: Option<u64>,
    /// `any-signed`.
    pub any_signed: Option<i64>,
    /// `port`.
    pub port: Option<u16>,
    /// `address`.
    pub address: Option<Ipv4Addr>,
    /// `colour`.
    pub colour: Option<Colour>,
    /// `level`.
    pub level: Option<Level>,
    /// `odd`.
    pub odd: Option<Odd>,
    /// `options`.
    pub options: Option<OptionFlags>,
    /// `level-set`.
    pub level_set: Option<LevelFlags>,
    /// `inner`.
    pub inner: Option<Part<'a>>,
    /// `numbers`.
    pub numbers: MultiAttr<'a, u32>,
    /// `parts`.
    pub parts: MultiAttr<'a, Part<'a>>,
    /// `list`.
    pub list: Option<MultiAttr<'a, Part<'a>>>,
    /// All attributes as received, including those unknown to this version of the protocol.
    pub attrs: Attrs<'a>,
    /// The first attribute with a length that its type cannot have. It is missing in the other
    /// fields. Nests have their own.
    pub invalid: Option<DecodeError>,
}

impl fmt::Debug for GetReply<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        genl::codegen::received(f, "GetReply", Some(&THING), None, self.attrs)
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
                thing::TYPE => reply.r#type = true,
                thing::BYTES => reply.bytes = Some(attr.payload()),
                thing::AT_LEAST => reply.at_least = Some(attr.payload()),
                thing::AT_MOST => reply.at_most = Some(attr.payload()),
                thing::BETWEEN => reply.between = Some(attr.payload()),
                thing::KEY => reply.key = Some(attr.exact()?),
                thing::ROW => reply.row = Some(MultiAttr::numbers(attr, 4)?),
                thing::LABEL => reply.label = Some(attr.text()),
                thing::SMALL => reply.small = Some(attr.u8()?),
                thing::MEDIUM => reply.medium = Some(attr.u16()?),
                thing::NUMBER => reply.number = Some(attr.u32()?),
                thing::WIDE => reply.wide = Some(attr.u32()?),
                thing::LARGE => reply.large = Some(attr.u64()?),
                thing::SIGNED8 => reply.signed8 = Some(attr.s8()?),
                thing::SIGNED16 => reply.signed16 = Some(attr.s16()?),
                thing::SIGNED32 => reply.signed32 = Some(attr.s32()?),
                thing::SIGNED64 => reply.signed64 = Some(attr.s64()?),
                thing::ANY => reply.any = Some(attr.uint()?),
                thing::ANY_SIGNED => reply.any_signed = Some(attr.sint()?),
                thing::PORT => reply.port = Some(attr.be16()?),
                thing::ADDRESS => reply.address = Some(attr.ipv4()?),
                thing::COLOUR => reply.colour = Some(Colour::from(attr.u32()?)),
                thing::LEVEL => reply.level = Some(Level::from(attr.u8()?)),
                thing::ODD => reply.odd = Some(Odd::from(attr.u16()?)),
                thing::OPTIONS => reply.options = Some(OptionFlags::from_bits_retain(attr.u32()?)),
                thing::LEVEL_SET => {
                    reply.level_set = Some(LevelFlags::from_bits_retain(attr.uint()?))
                }
                thing::INNER => reply.inner = Some(Part::decode(attr.nested())?),
                thing::NUMBERS => reply.numbers.add(attrs, attr)?,
                thing::PARTS => reply.parts.add(attrs, attr)?,
                thing::LIST => reply.list = Some(MultiAttr::array(attr)?),
                _ => {}
            }
            Ok(())
        });
        Ok(reply)
    }
}

/// A thing was removed.
#[derive(Clone, Copy, Default)]
pub struct Lost<'a> {
    /// `label`.
    pub label: Option<Text<'a>>,
    /// All attributes as received, including those unknown to this version of the protocol.
    pub attrs: Attrs<'a>,
    /// The first attribute with a length that its type cannot have. It is missing in the other
    /// fields. Nests have their own.
    pub invalid: Option<DecodeError>,
}

impl fmt::Debug for Lost<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        genl::codegen::received(f, "Lost", Some(&THING), None, self.attrs)
    }
}

impl PartialEq for Lost<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.attrs == other.attrs
    }
}

impl<'a> Decode<'a> for Lost<'a> {
    fn decode(attrs: Attrs<'a>) -> Result<Self, DecodeError> {
        let mut event = Self {
            attrs,
            ..Self::default()
        };
        event.invalid = genl::codegen::each(attrs, |attr| {
            if attr.number() == thing::LABEL {
                event.label = Some(attr.text());
            }
            Ok(())
        });
        Ok(event)
    }
}

/// A nest of the set `part`.
#[derive(Clone, Copy, Default)]
pub struct Part<'a> {
    /// `label`.
    pub label: Option<Text<'a>>,
    /// `colour`.
    pub colour: Option<Colour>,
    /// `deeper`.
    pub deeper: Option<Nested<'a, Part<'a>>>,
    /// All attributes as received, including those unknown to this version of the protocol.
    pub attrs: Attrs<'a>,
    /// The first attribute with a length that its type cannot have. It is missing in the other
    /// fields. Nests have their own.
    pub invalid: Option<DecodeError>,
}

impl fmt::Debug for Part<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        genl::codegen::sent(f, "Part", Some(&PART), None, |to| self.encode(to))
    }
}

impl PartialEq for Part<'_> {
    fn eq(&self, other: &Self) -> bool {
        genl::codegen::same(|to| self.encode(to), |to| other.encode(to))
    }
}

impl<'a> Part<'a> {
    /// Creates a nest without attributes.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets `label`.
    pub fn label(mut self, value: impl Into<Text<'a>>) -> Self {
        self.label = Some(value.into());
        self
    }

    /// Sets `colour`.
    pub fn colour(mut self, value: Colour) -> Self {
        self.colour = Some(value);
        self
    }

    /// Sets `deeper`.
    pub fn deeper(mut self, value: impl Into<Nested<'a, Part<'a>>>) -> Self {
        self.deeper = Some(value.into());
        self
    }

    /// Returns the nest with its own bytes. It borrows nothing.
    pub fn owned(&self) -> OwnedNest<Part<'static>> {
        OwnedNest::new(|to| self.encode(to))
    }
}

impl Encode for Part<'_> {
    fn encode(&self, to: &mut Encoder<'_>) {
        if let Some(value) = self.label {
            to.put_text(part::LABEL, value);
        }
        if let Some(value) = self.colour {
            to.put_u32(part::COLOUR, u32::from(value));
        }
        if let Some(value) = self.deeper {
            to.nest(part::DEEPER, |to| value.encode(to));
        }
        to.put_others(self.attrs, &[part::LABEL, part::COLOUR, part::DEEPER]);
    }
}

impl<'a> Decode<'a> for Part<'a> {
    fn decode(attrs: Attrs<'a>) -> Result<Self, DecodeError> {
        let mut nest = Self {
            attrs,
            ..Self::default()
        };
        nest.invalid = genl::codegen::each(attrs, |attr| {
            match attr.number() {
                part::LABEL => nest.label = Some(attr.text()),
                part::COLOUR => nest.colour = Some(Colour::from(attr.u32()?)),
                part::DEEPER => nest.deeper = Some(attr.into()),
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
#[allow(clippy::large_enum_variant)] // short-lived, decoded in place
pub enum Event<'a> {
    /// A thing was changed.
    ChangedNtf(GetReply<'a>),
    /// A thing was removed.
    Lost(Lost<'a>),
}

impl<'a> DecodeEvent<'a> for Event<'a> {
    fn decode(command: u8, attrs: Attrs<'a>) -> Result<Option<Self>, DecodeError> {
        Ok(Some(match command {
            3 => Self::ChangedNtf(GetReply::decode(attrs)?),
            4 => Self::Lost(Lost::decode(attrs)?),
            _ => return Ok(None),
        }))
    }
}
