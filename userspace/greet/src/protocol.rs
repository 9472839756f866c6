// SPDX-License-Identifier: ((GPL-2.0 WITH Linux-syscall-note) OR BSD-3-Clause)
// Generated from greet.yaml by `ynl-gen-rust --user`. Do not edit.

//! The protocol of the family `greet`: greetings from the kernel.
//!
//! A program sends a name, and the kernel replies with a greeting.

#![allow(dead_code)] // a program uses a part of the protocol

use genl::{
    AttributeInfo, AttributeSet, Attrs, Decode, DecodeError, DecodeEvent, DoRequest, DumpRequest,
    Encoder, FamilyInfo, Kind, OperationInfo, Request, Text,
};
use std::fmt;

const _: () = genl::codegen::require(1);

/// The family.
pub static FAMILY: FamilyInfo = FamilyInfo::new("greet", 1);

/// Maximum length of a name in bytes, not counting the NUL.
pub const NAME_MAX: usize = 64;

/// Maximum length of a cookie in bytes.
pub const COOKIE_MAX: usize = 32;

/// Maximum length of a message in bytes, not counting the NUL.
pub const MESSAGE_MAX: usize = 255;

/// Highest peer-limit that can be set.
pub const PEER_LIMIT_MAX: usize = 65536;

/// Initial peer-limit of a network namespace.
pub const PEER_LIMIT_DEFAULT: usize = 1024;

/// Style of a greeting.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Style {
    /// Opens with "Hello".
    Casual,
    /// Opens with "Good day".
    Formal,
    /// Opens with "Hooray".
    Enthusiastic,
    /// A value without a name in this version of the protocol.
    Unknown(u32),
}

impl Style {
    /// All values with a name.
    pub const ALL: [Self; 3] = [Self::Casual, Self::Formal, Self::Enthusiastic];

    const NAMES: [(u64, &'static str); 3] = [(0, "casual"), (1, "formal"), (2, "enthusiastic")];

    /// Returns the name in the spec, if the value has one.
    pub fn name(self) -> Option<&'static str> {
        match self {
            Self::Casual => Some("casual"),
            Self::Formal => Some("formal"),
            Self::Enthusiastic => Some("enthusiastic"),
            Self::Unknown(_) => None,
        }
    }
}

impl From<u32> for Style {
    fn from(value: u32) -> Self {
        match value {
            0 => Self::Casual,
            1 => Self::Formal,
            2 => Self::Enthusiastic,
            _ => Self::Unknown(value),
        }
    }
}

impl From<Style> for u32 {
    fn from(value: Style) -> u32 {
        match value {
            Style::Casual => 0,
            Style::Formal => 1,
            Style::Enthusiastic => 2,
            Style::Unknown(value) => value,
        }
    }
}

/// Names of the multicast groups.
pub mod groups {
    /// The group `greetings`.
    pub const GREETINGS: &str = "greetings";
    /// The group `config`.
    pub const CONFIG: &str = "config";
}

/// Numbers of the attributes of the set `greeting`: a greeting, as requested, sent or announced.
pub mod greeting {
    /// Name to greet. Must be valid UTF-8 of at least one byte, without control characters.
    pub const NAME: u16 = 1;
    /// Style of the greeting. Defaults to default-style.
    pub const STYLE: u16 = 2;
    /// Opaque bytes, returned unchanged in the reply.
    pub const COOKIE: u16 = 3;
    /// Text of the greeting.
    pub const MESSAGE: u16 = 4;
    /// Number of the greeting in its network namespace, counted from 1 and never reused.
    pub const ID: u16 = 5;
    /// Netlink port of the request's sender.
    pub const PORTID: u16 = 6;
}

/// The attributes of the set `greeting`.
pub static GREETING: AttributeSet = AttributeSet::new(
    "greeting",
    &[
        AttributeInfo::new(greeting::NAME, "name", Kind::Text),
        AttributeInfo::new(greeting::STYLE, "style", Kind::Enum(&Style::NAMES)),
        AttributeInfo::new(greeting::COOKIE, "cookie", Kind::Binary),
        AttributeInfo::new(greeting::MESSAGE, "message", Kind::Text),
        AttributeInfo::new(greeting::ID, "id", Kind::Unsigned),
        AttributeInfo::new(greeting::PORTID, "portid", Kind::Unsigned),
    ],
)
.with_limits(&[
    (greeting::NAME, genl::Limit::NulString(64)),
    (greeting::COOKIE, genl::Limit::Binary(0..=32)),
]);

/// Numbers of the attributes of the set `peer`: a name that was greeted in this network namespace.
pub mod peer {
    /// Name of the peer. Names are compared byte for byte.
    pub const NAME: u16 = 1;
    /// Number of greetings of this name.
    pub const GREETINGS: u16 = 2;
    /// Netlink port of the last greeting.
    pub const LAST_PORTID: u16 = 3;
    /// Style of the last greeting.
    pub const LAST_STYLE: u16 = 4;
    /// Time of the last greeting, in nanoseconds of CLOCK_BOOTTIME.
    pub const LAST_SEEN: u16 = 5;
}

/// The attributes of the set `peer`.
pub static PEER: AttributeSet = AttributeSet::new(
    "peer",
    &[
        AttributeInfo::new(peer::NAME, "name", Kind::Text),
        AttributeInfo::new(peer::GREETINGS, "greetings", Kind::Unsigned),
        AttributeInfo::new(peer::LAST_PORTID, "last-portid", Kind::Unsigned),
        AttributeInfo::new(peer::LAST_STYLE, "last-style", Kind::Enum(&Style::NAMES)),
        AttributeInfo::new(peer::LAST_SEEN, "last-seen", Kind::Unsigned),
    ],
)
.with_limits(&[(peer::NAME, genl::Limit::NulString(64))]);

/// Numbers of the attributes of the set `stats`: counters of this network namespace since its
/// creation.
pub mod stats {
    /// Greetings processed.
    pub const GREETINGS: u16 = 1;
    /// Replies queued to the socket of the sender.
    pub const REPLIES: u16 = 2;
    /// Greetings without NLM_F_ACK, which get no reply.
    pub const UNACKED: u16 = 3;
    /// Greetings announced to at least one listener.
    pub const EVENTS: u16 = 4;
    /// Requests that passed the policy and were rejected by the module.
    pub const REFUSED: u16 = 5;
    /// Current number of peers.
    pub const PEERS: u16 = 6;
    /// Peers evicted because the limit was reached.
    pub const EVICTED: u16 = 7;
}

/// The attributes of the set `stats`.
pub static STATS: AttributeSet = AttributeSet::new(
    "stats",
    &[
        AttributeInfo::new(stats::GREETINGS, "greetings", Kind::Unsigned),
        AttributeInfo::new(stats::REPLIES, "replies", Kind::Unsigned),
        AttributeInfo::new(stats::UNACKED, "unacked", Kind::Unsigned),
        AttributeInfo::new(stats::EVENTS, "events", Kind::Unsigned),
        AttributeInfo::new(stats::REFUSED, "refused", Kind::Unsigned),
        AttributeInfo::new(stats::PEERS, "peers", Kind::Unsigned),
        AttributeInfo::new(stats::EVICTED, "evicted", Kind::Unsigned),
    ],
);

/// Numbers of the attributes of the set `settings`: settings of this network namespace.
pub mod settings {
    /// Style of greetings without the style attribute. Initially casual.
    pub const DEFAULT_STYLE: u16 = 1;
    /// Maximum number of peers. Initially peer-limit-default. At the limit, a new peer evicts the
    /// peer that was greeted longest ago.
    pub const PEER_LIMIT: u16 = 2;
}

/// The attributes of the set `settings`.
pub static SETTINGS: AttributeSet = AttributeSet::new(
    "settings",
    &[
        AttributeInfo::new(
            settings::DEFAULT_STYLE,
            "default-style",
            Kind::Enum(&Style::NAMES),
        ),
        AttributeInfo::new(settings::PEER_LIMIT, "peer-limit", Kind::Unsigned),
    ],
)
.with_limits(&[(settings::PEER_LIMIT, genl::Limit::Unsigned(1..=65536))]);

/// The operation `greet`.
pub static GREET: OperationInfo = OperationInfo::new(1, "greet").with_attributes(&GREETING);

/// The operation `peer-get`.
pub static PEER_GET: OperationInfo = OperationInfo::new(2, "peer-get").with_attributes(&PEER);

/// The operation `peer-del`.
pub static PEER_DEL: OperationInfo = OperationInfo::new(3, "peer-del").with_attributes(&PEER);

/// The operation `stats-get`.
pub static STATS_GET: OperationInfo = OperationInfo::new(4, "stats-get").with_attributes(&STATS);

/// The operation `settings-get`.
pub static SETTINGS_GET: OperationInfo =
    OperationInfo::new(5, "settings-get").with_attributes(&SETTINGS);

/// The operation `settings-set`.
pub static SETTINGS_SET: OperationInfo =
    OperationInfo::new(6, "settings-set").with_attributes(&SETTINGS);

/// All operations, for lookup by command number.
pub static OPERATIONS: [&OperationInfo; 6] = [
    &GREET,
    &PEER_GET,
    &PEER_DEL,
    &STATS_GET,
    &SETTINGS_GET,
    &SETTINGS_SET,
];

/// Greet a name. The kernel replies only if the request carries NLM_F_ACK. Without it, the greeting
/// is only counted and announced.
#[derive(Clone, Copy, Default, PartialEq)]
pub struct GreetRequest<'a> {
    /// Name to greet. Must be valid UTF-8 of at least one byte, without control characters.
    pub name: Option<Text<'a>>,
    /// Style of the greeting. Defaults to default-style.
    pub style: Option<Style>,
    /// Opaque bytes, returned unchanged in the reply.
    pub cookie: Option<&'a [u8]>,
}

impl fmt::Debug for GreetRequest<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        genl::codegen::sent(f, "GreetRequest", Some(&GREETING), None, |to| {
            self.encode(to)
        })
    }
}

impl<'a> GreetRequest<'a> {
    /// Creates a request without attributes.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets `name`: name to greet. Must be valid UTF-8 of at least one byte, without control
    /// characters.
    pub fn name(mut self, value: impl Into<Text<'a>>) -> Self {
        self.name = Some(value.into());
        self
    }

    /// Sets `style`: style of the greeting. Defaults to default-style.
    pub fn style(mut self, value: Style) -> Self {
        self.style = Some(value);
        self
    }

    /// Sets `cookie`: opaque bytes, returned unchanged in the reply.
    pub fn cookie(mut self, value: &'a [u8]) -> Self {
        self.cookie = Some(value);
        self
    }
}

impl Request for GreetRequest<'_> {
    const FAMILY: &'static FamilyInfo = &FAMILY;
    const OPERATION: &'static OperationInfo = &GREET;

    fn encode(&self, to: &mut Encoder<'_>) {
        if let Some(value) = self.name {
            to.put_text(greeting::NAME, value);
        }
        if let Some(value) = self.style {
            to.put_u32(greeting::STYLE, u32::from(value));
        }
        if let Some(value) = self.cookie {
            to.put_bytes(greeting::COOKIE, value);
        }
    }
}

impl DoRequest for GreetRequest<'_> {
    type Reply<'a> = GreetReply<'a>;
}

/// Get the counters of one peer, or of all peers.
#[derive(Clone, Copy, Default, PartialEq)]
pub struct PeerGetRequest<'a> {
    /// Name of the peer. Names are compared byte for byte.
    pub name: Option<Text<'a>>,
}

impl fmt::Debug for PeerGetRequest<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        genl::codegen::sent(f, "PeerGetRequest", Some(&PEER), None, |to| self.encode(to))
    }
}

impl<'a> PeerGetRequest<'a> {
    /// Creates a request without attributes.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets `name`: name of the peer. Names are compared byte for byte.
    pub fn name(mut self, value: impl Into<Text<'a>>) -> Self {
        self.name = Some(value.into());
        self
    }
}

impl Request for PeerGetRequest<'_> {
    const FAMILY: &'static FamilyInfo = &FAMILY;
    const OPERATION: &'static OperationInfo = &PEER_GET;

    fn encode(&self, to: &mut Encoder<'_>) {
        if let Some(value) = self.name {
            to.put_text(peer::NAME, value);
        }
    }
}

impl DoRequest for PeerGetRequest<'_> {
    type Reply<'a> = PeerGetReply<'a>;
}

/// The `peer-get` dump request.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct PeerGetDumpRequest;

impl Request for PeerGetDumpRequest {
    const FAMILY: &'static FamilyInfo = &FAMILY;
    const OPERATION: &'static OperationInfo = &PEER_GET;

    fn encode(&self, _to: &mut Encoder<'_>) {}
}

impl DumpRequest for PeerGetDumpRequest {
    type Item<'a> = PeerGetReply<'a>;
}

/// Forget a peer.
#[derive(Clone, Copy, Default, PartialEq)]
pub struct PeerDelRequest<'a> {
    /// Name of the peer. Names are compared byte for byte.
    pub name: Option<Text<'a>>,
}

impl fmt::Debug for PeerDelRequest<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        genl::codegen::sent(f, "PeerDelRequest", Some(&PEER), None, |to| self.encode(to))
    }
}

impl<'a> PeerDelRequest<'a> {
    /// Creates a request without attributes.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets `name`: name of the peer. Names are compared byte for byte.
    pub fn name(mut self, value: impl Into<Text<'a>>) -> Self {
        self.name = Some(value.into());
        self
    }
}

impl Request for PeerDelRequest<'_> {
    const FAMILY: &'static FamilyInfo = &FAMILY;
    const OPERATION: &'static OperationInfo = &PEER_DEL;

    fn encode(&self, to: &mut Encoder<'_>) {
        if let Some(value) = self.name {
            to.put_text(peer::NAME, value);
        }
    }
}

impl DoRequest for PeerDelRequest<'_> {
    type Reply<'a> = ();
}

/// Get the counters.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct StatsGetRequest;

impl Request for StatsGetRequest {
    const FAMILY: &'static FamilyInfo = &FAMILY;
    const OPERATION: &'static OperationInfo = &STATS_GET;

    fn encode(&self, _to: &mut Encoder<'_>) {}
}

impl DoRequest for StatsGetRequest {
    type Reply<'a> = StatsGetReply<'a>;
}

/// Get the settings.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct SettingsGetRequest;

impl Request for SettingsGetRequest {
    const FAMILY: &'static FamilyInfo = &FAMILY;
    const OPERATION: &'static OperationInfo = &SETTINGS_GET;

    fn encode(&self, _to: &mut Encoder<'_>) {}
}

impl DoRequest for SettingsGetRequest {
    type Reply<'a> = SettingsGetReply<'a>;
}

/// Change the settings that the request contains. If peer-limit drops below the number of peers,
/// the peers greeted longest ago are evicted.
#[derive(Clone, Copy, Default, PartialEq)]
pub struct SettingsSetRequest {
    /// Style of greetings without the style attribute. Initially casual.
    pub default_style: Option<Style>,
    /// Maximum number of peers. Initially peer-limit-default. At the limit, a new peer evicts the
    /// peer that was greeted longest ago.
    pub peer_limit: Option<u32>,
}

impl fmt::Debug for SettingsSetRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        genl::codegen::sent(f, "SettingsSetRequest", Some(&SETTINGS), None, |to| {
            self.encode(to)
        })
    }
}

impl SettingsSetRequest {
    /// Creates a request without attributes.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets `default-style`: style of greetings without the style attribute. Initially casual.
    pub fn default_style(mut self, value: Style) -> Self {
        self.default_style = Some(value);
        self
    }

    /// Sets `peer-limit`: maximum number of peers. Initially peer-limit-default. At the limit, a
    /// new peer evicts the peer that was greeted longest ago.
    pub fn peer_limit(mut self, value: u32) -> Self {
        self.peer_limit = Some(value);
        self
    }
}

impl Request for SettingsSetRequest {
    const FAMILY: &'static FamilyInfo = &FAMILY;
    const OPERATION: &'static OperationInfo = &SETTINGS_SET;

    fn encode(&self, to: &mut Encoder<'_>) {
        if let Some(value) = self.default_style {
            to.put_u32(settings::DEFAULT_STYLE, u32::from(value));
        }
        if let Some(value) = self.peer_limit {
            to.put_u32(settings::PEER_LIMIT, value);
        }
    }
}

impl DoRequest for SettingsSetRequest {
    type Reply<'a> = ();
}

/// The reply to `greet`.
#[derive(Clone, Copy, Default)]
pub struct GreetReply<'a> {
    /// Number of the greeting in its network namespace, counted from 1 and never reused.
    pub id: Option<u64>,
    /// Text of the greeting.
    pub message: Option<Text<'a>>,
    /// Netlink port of the request's sender.
    pub portid: Option<u32>,
    /// Style of the greeting. Defaults to default-style.
    pub style: Option<Style>,
    /// Opaque bytes, returned unchanged in the reply.
    pub cookie: Option<&'a [u8]>,
    /// All attributes as received, including those unknown to this version of the protocol.
    pub attrs: Attrs<'a>,
    /// The first attribute with a length that its type cannot have. It is missing in the other
    /// fields. Nests have their own.
    pub invalid: Option<DecodeError>,
}

impl fmt::Debug for GreetReply<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        genl::codegen::received(f, "GreetReply", Some(&GREETING), None, self.attrs)
    }
}

impl PartialEq for GreetReply<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.attrs == other.attrs
    }
}

impl<'a> Decode<'a> for GreetReply<'a> {
    fn decode(attrs: Attrs<'a>) -> Result<Self, DecodeError> {
        let mut reply = Self {
            attrs,
            ..Self::default()
        };
        reply.invalid = genl::codegen::each(attrs, |attr| {
            match attr.number() {
                greeting::ID => reply.id = Some(attr.uint()?),
                greeting::MESSAGE => reply.message = Some(attr.text()),
                greeting::PORTID => reply.portid = Some(attr.u32()?),
                greeting::STYLE => reply.style = Some(Style::from(attr.u32()?)),
                greeting::COOKIE => reply.cookie = Some(attr.payload()),
                _ => {}
            }
            Ok(())
        });
        Ok(reply)
    }
}

/// The reply to `peer-get`, and an item of its dump.
#[derive(Clone, Copy, Default)]
pub struct PeerGetReply<'a> {
    /// Name of the peer. Names are compared byte for byte.
    pub name: Option<Text<'a>>,
    /// Number of greetings of this name.
    pub greetings: Option<u64>,
    /// Netlink port of the last greeting.
    pub last_portid: Option<u32>,
    /// Style of the last greeting.
    pub last_style: Option<Style>,
    /// Time of the last greeting, in nanoseconds of CLOCK_BOOTTIME.
    pub last_seen: Option<u64>,
    /// All attributes as received, including those unknown to this version of the protocol.
    pub attrs: Attrs<'a>,
    /// The first attribute with a length that its type cannot have. It is missing in the other
    /// fields. Nests have their own.
    pub invalid: Option<DecodeError>,
}

impl fmt::Debug for PeerGetReply<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        genl::codegen::received(f, "PeerGetReply", Some(&PEER), None, self.attrs)
    }
}

impl PartialEq for PeerGetReply<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.attrs == other.attrs
    }
}

impl<'a> Decode<'a> for PeerGetReply<'a> {
    fn decode(attrs: Attrs<'a>) -> Result<Self, DecodeError> {
        let mut reply = Self {
            attrs,
            ..Self::default()
        };
        reply.invalid = genl::codegen::each(attrs, |attr| {
            match attr.number() {
                peer::NAME => reply.name = Some(attr.text()),
                peer::GREETINGS => reply.greetings = Some(attr.uint()?),
                peer::LAST_PORTID => reply.last_portid = Some(attr.u32()?),
                peer::LAST_STYLE => reply.last_style = Some(Style::from(attr.u32()?)),
                peer::LAST_SEEN => reply.last_seen = Some(attr.uint()?),
                _ => {}
            }
            Ok(())
        });
        Ok(reply)
    }
}

/// The reply to `stats-get`.
#[derive(Clone, Copy, Default)]
pub struct StatsGetReply<'a> {
    /// Greetings processed.
    pub greetings: Option<u64>,
    /// Replies queued to the socket of the sender.
    pub replies: Option<u64>,
    /// Greetings without NLM_F_ACK, which get no reply.
    pub unacked: Option<u64>,
    /// Greetings announced to at least one listener.
    pub events: Option<u64>,
    /// Requests that passed the policy and were rejected by the module.
    pub refused: Option<u64>,
    /// Current number of peers.
    pub peers: Option<u64>,
    /// Peers evicted because the limit was reached.
    pub evicted: Option<u64>,
    /// All attributes as received, including those unknown to this version of the protocol.
    pub attrs: Attrs<'a>,
    /// The first attribute with a length that its type cannot have. It is missing in the other
    /// fields. Nests have their own.
    pub invalid: Option<DecodeError>,
}

impl fmt::Debug for StatsGetReply<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        genl::codegen::received(f, "StatsGetReply", Some(&STATS), None, self.attrs)
    }
}

impl PartialEq for StatsGetReply<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.attrs == other.attrs
    }
}

impl<'a> Decode<'a> for StatsGetReply<'a> {
    fn decode(attrs: Attrs<'a>) -> Result<Self, DecodeError> {
        let mut reply = Self {
            attrs,
            ..Self::default()
        };
        reply.invalid = genl::codegen::each(attrs, |attr| {
            match attr.number() {
                stats::GREETINGS => reply.greetings = Some(attr.uint()?),
                stats::REPLIES => reply.replies = Some(attr.uint()?),
                stats::UNACKED => reply.unacked = Some(attr.uint()?),
                stats::EVENTS => reply.events = Some(attr.uint()?),
                stats::REFUSED => reply.refused = Some(attr.uint()?),
                stats::PEERS => reply.peers = Some(attr.uint()?),
                stats::EVICTED => reply.evicted = Some(attr.uint()?),
                _ => {}
            }
            Ok(())
        });
        Ok(reply)
    }
}

/// The reply to `settings-get`.
#[derive(Clone, Copy, Default)]
pub struct SettingsGetReply<'a> {
    /// Style of greetings without the style attribute. Initially casual.
    pub default_style: Option<Style>,
    /// Maximum number of peers. Initially peer-limit-default. At the limit, a new peer evicts the
    /// peer that was greeted longest ago.
    pub peer_limit: Option<u32>,
    /// All attributes as received, including those unknown to this version of the protocol.
    pub attrs: Attrs<'a>,
    /// The first attribute with a length that its type cannot have. It is missing in the other
    /// fields. Nests have their own.
    pub invalid: Option<DecodeError>,
}

impl fmt::Debug for SettingsGetReply<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        genl::codegen::received(f, "SettingsGetReply", Some(&SETTINGS), None, self.attrs)
    }
}

impl PartialEq for SettingsGetReply<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.attrs == other.attrs
    }
}

impl<'a> Decode<'a> for SettingsGetReply<'a> {
    fn decode(attrs: Attrs<'a>) -> Result<Self, DecodeError> {
        let mut reply = Self {
            attrs,
            ..Self::default()
        };
        reply.invalid = genl::codegen::each(attrs, |attr| {
            match attr.number() {
                settings::DEFAULT_STYLE => reply.default_style = Some(Style::from(attr.u32()?)),
                settings::PEER_LIMIT => reply.peer_limit = Some(attr.u32()?),
                _ => {}
            }
            Ok(())
        });
        Ok(reply)
    }
}

/// A name was greeted. The event does not contain the cookie.
#[derive(Clone, Copy, Default)]
pub struct Greeted<'a> {
    /// Number of the greeting in its network namespace, counted from 1 and never reused.
    pub id: Option<u64>,
    /// Name to greet. Must be valid UTF-8 of at least one byte, without control characters.
    pub name: Option<Text<'a>>,
    /// Style of the greeting. Defaults to default-style.
    pub style: Option<Style>,
    /// Text of the greeting.
    pub message: Option<Text<'a>>,
    /// Netlink port of the request's sender.
    pub portid: Option<u32>,
    /// All attributes as received, including those unknown to this version of the protocol.
    pub attrs: Attrs<'a>,
    /// The first attribute with a length that its type cannot have. It is missing in the other
    /// fields. Nests have their own.
    pub invalid: Option<DecodeError>,
}

impl fmt::Debug for Greeted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        genl::codegen::received(f, "Greeted", Some(&GREETING), None, self.attrs)
    }
}

impl PartialEq for Greeted<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.attrs == other.attrs
    }
}

impl<'a> Decode<'a> for Greeted<'a> {
    fn decode(attrs: Attrs<'a>) -> Result<Self, DecodeError> {
        let mut event = Self {
            attrs,
            ..Self::default()
        };
        event.invalid = genl::codegen::each(attrs, |attr| {
            match attr.number() {
                greeting::ID => event.id = Some(attr.uint()?),
                greeting::NAME => event.name = Some(attr.text()),
                greeting::STYLE => event.style = Some(Style::from(attr.u32()?)),
                greeting::MESSAGE => event.message = Some(attr.text()),
                greeting::PORTID => event.portid = Some(attr.u32()?),
                _ => {}
            }
            Ok(())
        });
        Ok(event)
    }
}

/// An event or a notification of the family.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Event<'a> {
    /// A name was greeted. The event does not contain the cookie.
    Greeted(Greeted<'a>),
    /// The settings changed.
    SettingsNtf(SettingsGetReply<'a>),
}

impl<'a> DecodeEvent<'a> for Event<'a> {
    fn decode(command: u8, attrs: Attrs<'a>) -> Result<Option<Self>, DecodeError> {
        Ok(Some(match command {
            7 => Self::Greeted(Greeted::decode(attrs)?),
            8 => Self::SettingsNtf(SettingsGetReply::decode(attrs)?),
            _ => return Ok(None),
        }))
    }
}
