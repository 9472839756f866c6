// SPDX-License-Identifier: ((GPL-2.0 WITH Linux-syscall-note) OR BSD-3-Clause)
// Made from greet.yaml by `ynl-gen-rust --user`. Do not edit.

//! The protocol of the family `greet`: greetings from the kernel.
//!
//! A program names somebody to greet, and the kernel answers with a greeting.

use genl::{
    AttributeInfo, AttributeSet, Attrs, Decode, DecodeError, DecodeEvent, DoRequest, DumpRequest,
    Encoder, FamilyInfo, Kind, OperationInfo, Request, Text,
};
use std::fmt;

/// The family.
pub static FAMILY: FamilyInfo = FamilyInfo {
    name: "greet",
    version: 1,
    id: None,
};

/// Longest name, in bytes, not counting the NUL.
pub const NAME_MAX: usize = 64;

/// Longest cookie, in bytes.
pub const COOKIE_MAX: usize = 32;

/// Longest message, in bytes, not counting the NUL.
pub const MESSAGE_MAX: usize = 255;

/// Most peers that a network namespace can be told to remember.
pub const PEER_LIMIT_MAX: usize = 65536;

/// Most peers that a network namespace remembers unless it is told otherwise.
pub const PEER_LIMIT_DEFAULT: usize = 1024;

/// How a greeting opens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Style {
    /// As friends do.
    Casual,
    /// As strangers do.
    Formal,
    /// As nobody does before noon.
    Enthusiastic,
    /// A value that this version of the protocol does not know.
    Unknown(u32),
}

impl Style {
    /// The values that have a name.
    pub const ALL: [Self; 3] = [Self::Casual, Self::Formal, Self::Enthusiastic];

    const NAMES: [(u64, &'static str); 3] = [(0, "casual"), (1, "formal"), (2, "enthusiastic")];

    /// Its name in the spec, if it has one.
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

/// Numbers of the attributes of the set `greeting`: one greeting, asked for or given.
pub mod greeting {
    /// Who is greeted: valid UTF-8, at least one byte, no control characters.
    pub const NAME: u16 = 1;
    /// How the greeting opens; when absent, the default style.
    pub const STYLE: u16 = 2;
    /// Bytes of the sender's choice, returned unchanged.
    pub const COOKIE: u16 = 3;
    /// The kernel's greeting.
    pub const MESSAGE: u16 = 4;
    /// Number of this greeting in its network namespace, counted from 1 and never used twice.
    pub const ID: u16 = 5;
    /// Netlink port from which the greeting was asked for.
    pub const PORTID: u16 = 6;
}

/// The attributes of the set `greeting`.
pub static GREETING: AttributeSet = AttributeSet {
    name: "greeting",
    attributes: &[
        AttributeInfo {
            number: greeting::NAME,
            name: "name",
            kind: Kind::Text,
        },
        AttributeInfo {
            number: greeting::STYLE,
            name: "style",
            kind: Kind::Enum(&Style::NAMES),
        },
        AttributeInfo {
            number: greeting::COOKIE,
            name: "cookie",
            kind: Kind::Binary,
        },
        AttributeInfo {
            number: greeting::MESSAGE,
            name: "message",
            kind: Kind::Text,
        },
        AttributeInfo {
            number: greeting::ID,
            name: "id",
            kind: Kind::Unsigned,
        },
        AttributeInfo {
            number: greeting::PORTID,
            name: "portid",
            kind: Kind::Unsigned,
        },
    ],
};

/// Numbers of the attributes of the set `peer`: who was greeted in this network namespace.
pub mod peer {
    /// The name that was greeted; names are compared byte for byte.
    pub const NAME: u16 = 1;
    /// How often.
    pub const GREETINGS: u16 = 2;
    /// Netlink port of the last greeting.
    pub const LAST_PORTID: u16 = 3;
    /// Style of the last greeting.
    pub const LAST_STYLE: u16 = 4;
    /// When the last greeting was, in nanoseconds of CLOCK_BOOTTIME.
    pub const LAST_SEEN: u16 = 5;
}

/// The attributes of the set `peer`.
pub static PEER: AttributeSet = AttributeSet {
    name: "peer",
    attributes: &[
        AttributeInfo {
            number: peer::NAME,
            name: "name",
            kind: Kind::Text,
        },
        AttributeInfo {
            number: peer::GREETINGS,
            name: "greetings",
            kind: Kind::Unsigned,
        },
        AttributeInfo {
            number: peer::LAST_PORTID,
            name: "last-portid",
            kind: Kind::Unsigned,
        },
        AttributeInfo {
            number: peer::LAST_STYLE,
            name: "last-style",
            kind: Kind::Enum(&Style::NAMES),
        },
        AttributeInfo {
            number: peer::LAST_SEEN,
            name: "last-seen",
            kind: Kind::Unsigned,
        },
    ],
};

/// Numbers of the attributes of the set `stats`: counters of this network namespace, from when it
/// was made.
pub mod stats {
    /// Greetings carried out.
    pub const GREETINGS: u16 = 1;
    /// Replies that their receiver had room for.
    pub const REPLIES: u16 = 2;
    /// Greetings that asked for no acknowledgement, and so for no reply.
    pub const UNACKED: u16 = 3;
    /// Greetings that were announced to listeners.
    pub const EVENTS: u16 = 4;
    /// Requests that followed the policy and were refused all the same.
    pub const REFUSED: u16 = 5;
    /// Peers remembered now.
    pub const PEERS: u16 = 6;
    /// Peers forgotten to make room for others.
    pub const EVICTED: u16 = 7;
}

/// The attributes of the set `stats`.
pub static STATS: AttributeSet = AttributeSet {
    name: "stats",
    attributes: &[
        AttributeInfo {
            number: stats::GREETINGS,
            name: "greetings",
            kind: Kind::Unsigned,
        },
        AttributeInfo {
            number: stats::REPLIES,
            name: "replies",
            kind: Kind::Unsigned,
        },
        AttributeInfo {
            number: stats::UNACKED,
            name: "unacked",
            kind: Kind::Unsigned,
        },
        AttributeInfo {
            number: stats::EVENTS,
            name: "events",
            kind: Kind::Unsigned,
        },
        AttributeInfo {
            number: stats::REFUSED,
            name: "refused",
            kind: Kind::Unsigned,
        },
        AttributeInfo {
            number: stats::PEERS,
            name: "peers",
            kind: Kind::Unsigned,
        },
        AttributeInfo {
            number: stats::EVICTED,
            name: "evicted",
            kind: Kind::Unsigned,
        },
    ],
};

/// Numbers of the attributes of the set `settings`: settings of this network namespace.
pub mod settings {
    /// Style of a greeting whose request names none; casual at first.
    pub const DEFAULT_STYLE: u16 = 1;
    /// Most peers that are remembered; peer-limit-default at first. When one more is greeted, the
    /// one seen longest ago is forgotten.
    pub const PEER_LIMIT: u16 = 2;
}

/// The attributes of the set `settings`.
pub static SETTINGS: AttributeSet = AttributeSet {
    name: "settings",
    attributes: &[
        AttributeInfo {
            number: settings::DEFAULT_STYLE,
            name: "default-style",
            kind: Kind::Enum(&Style::NAMES),
        },
        AttributeInfo {
            number: settings::PEER_LIMIT,
            name: "peer-limit",
            kind: Kind::Unsigned,
        },
    ],
};

/// The operation `greet`.
pub static GREET: OperationInfo = OperationInfo {
    command: 1,
    name: "greet",
    attributes: Some(&GREETING),
    header_len: 0,
};

/// The operation `peer-get`.
pub static PEER_GET: OperationInfo = OperationInfo {
    command: 2,
    name: "peer-get",
    attributes: Some(&PEER),
    header_len: 0,
};

/// The operation `peer-del`.
pub static PEER_DEL: OperationInfo = OperationInfo {
    command: 3,
    name: "peer-del",
    attributes: Some(&PEER),
    header_len: 0,
};

/// The operation `stats-get`.
pub static STATS_GET: OperationInfo = OperationInfo {
    command: 4,
    name: "stats-get",
    attributes: Some(&STATS),
    header_len: 0,
};

/// The operation `settings-get`.
pub static SETTINGS_GET: OperationInfo = OperationInfo {
    command: 5,
    name: "settings-get",
    attributes: Some(&SETTINGS),
    header_len: 0,
};

/// The operation `settings-set`.
pub static SETTINGS_SET: OperationInfo = OperationInfo {
    command: 6,
    name: "settings-set",
    attributes: Some(&SETTINGS),
    header_len: 0,
};

/// The operations, for who has only a command's number.
pub static OPERATIONS: [&OperationInfo; 6] = [
    &GREET,
    &PEER_GET,
    &PEER_DEL,
    &STATS_GET,
    &SETTINGS_GET,
    &SETTINGS_SET,
];

/// Greet somebody. The reply is sent only if the request carries NLM_F_ACK; without it the greeting
/// is counted and nothing comes back.
#[derive(Clone, Copy, Default, PartialEq)]
pub struct GreetRequest<'a> {
    /// Who is greeted: valid UTF-8, at least one byte, no control characters.
    pub name: Option<Text<'a>>,
    /// How the greeting opens; when absent, the default style.
    pub style: Option<Style>,
    /// Bytes of the sender's choice, returned unchanged.
    pub cookie: Option<&'a [u8]>,
}

impl fmt::Debug for GreetRequest<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        genl::debug::sent(f, "GreetRequest", Some(&GREETING), None, |to| {
            self.encode(to)
        })
    }
}

impl<'a> GreetRequest<'a> {
    /// A request without attributes.
    pub fn new() -> Self {
        Self::default()
    }

    /// Who is greeted: valid UTF-8, at least one byte, no control characters.
    pub fn name(mut self, value: impl Into<Text<'a>>) -> Self {
        self.name = Some(value.into());
        self
    }

    /// How the greeting opens; when absent, the default style.
    pub fn style(mut self, value: Style) -> Self {
        self.style = Some(value);
        self
    }

    /// Bytes of the sender's choice, returned unchanged.
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

/// Tell how often somebody was greeted, or list everybody who was.
#[derive(Clone, Copy, Default, PartialEq)]
pub struct PeerGetRequest<'a> {
    /// The name that was greeted; names are compared byte for byte.
    pub name: Option<Text<'a>>,
}

impl fmt::Debug for PeerGetRequest<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        genl::debug::sent(f, "PeerGetRequest", Some(&PEER), None, |to| self.encode(to))
    }
}

impl<'a> PeerGetRequest<'a> {
    /// A request without attributes.
    pub fn new() -> Self {
        Self::default()
    }

    /// The name that was greeted; names are compared byte for byte.
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

/// The request for the dump of `peer-get`.
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

/// Forget somebody.
#[derive(Clone, Copy, Default, PartialEq)]
pub struct PeerDelRequest<'a> {
    /// The name that was greeted; names are compared byte for byte.
    pub name: Option<Text<'a>>,
}

impl fmt::Debug for PeerDelRequest<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        genl::debug::sent(f, "PeerDelRequest", Some(&PEER), None, |to| self.encode(to))
    }
}

impl<'a> PeerDelRequest<'a> {
    /// A request without attributes.
    pub fn new() -> Self {
        Self::default()
    }

    /// The name that was greeted; names are compared byte for byte.
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

/// Read the counters.
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

/// Read the settings.
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

/// Change those settings that the request names. A limit lower than the number of peers forgets
/// those seen longest ago.
#[derive(Clone, Copy, Default, PartialEq)]
pub struct SettingsSetRequest {
    /// Style of a greeting whose request names none; casual at first.
    pub default_style: Option<Style>,
    /// Most peers that are remembered; peer-limit-default at first. When one more is greeted, the
    /// one seen longest ago is forgotten.
    pub peer_limit: Option<u32>,
}

impl fmt::Debug for SettingsSetRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        genl::debug::sent(f, "SettingsSetRequest", Some(&SETTINGS), None, |to| {
            self.encode(to)
        })
    }
}

impl SettingsSetRequest {
    /// A request without attributes.
    pub fn new() -> Self {
        Self::default()
    }

    /// Style of a greeting whose request names none; casual at first.
    pub fn default_style(mut self, value: Style) -> Self {
        self.default_style = Some(value);
        self
    }

    /// Most peers that are remembered; peer-limit-default at first. When one more is greeted, the
    /// one seen longest ago is forgotten.
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

/// The reply of `greet`.
#[derive(Clone, Copy, Default)]
pub struct GreetReply<'a> {
    /// Number of this greeting in its network namespace, counted from 1 and never used twice.
    pub id: Option<u64>,
    /// The kernel's greeting.
    pub message: Option<Text<'a>>,
    /// Netlink port from which the greeting was asked for.
    pub portid: Option<u32>,
    /// How the greeting opens; when absent, the default style.
    pub style: Option<Style>,
    /// Bytes of the sender's choice, returned unchanged.
    pub cookie: Option<&'a [u8]>,
    /// All attributes as they came, also those that this version of the protocol does not know.
    pub attrs: Attrs<'a>,
}

impl fmt::Debug for GreetReply<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        genl::debug::received(f, "GreetReply", Some(&GREETING), None, self.attrs)
    }
}

impl<'a> Decode<'a> for GreetReply<'a> {
    fn decode(attrs: Attrs<'a>) -> Result<Self, DecodeError> {
        let mut reply = Self {
            attrs,
            ..Self::default()
        };
        for attr in attrs {
            match attr.number() {
                greeting::ID => reply.id = Some(attr.uint()?),
                greeting::MESSAGE => reply.message = Some(attr.text()),
                greeting::PORTID => reply.portid = Some(attr.u32()?),
                greeting::STYLE => reply.style = Some(Style::from(attr.u32()?)),
                greeting::COOKIE => reply.cookie = Some(attr.payload()),
                _ => {}
            }
        }
        Ok(reply)
    }
}

/// The reply of `peer-get`, and an item of its dump.
#[derive(Clone, Copy, Default)]
pub struct PeerGetReply<'a> {
    /// The name that was greeted; names are compared byte for byte.
    pub name: Option<Text<'a>>,
    /// How often.
    pub greetings: Option<u64>,
    /// Netlink port of the last greeting.
    pub last_portid: Option<u32>,
    /// Style of the last greeting.
    pub last_style: Option<Style>,
    /// When the last greeting was, in nanoseconds of CLOCK_BOOTTIME.
    pub last_seen: Option<u64>,
    /// All attributes as they came, also those that this version of the protocol does not know.
    pub attrs: Attrs<'a>,
}

impl fmt::Debug for PeerGetReply<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        genl::debug::received(f, "PeerGetReply", Some(&PEER), None, self.attrs)
    }
}

impl<'a> Decode<'a> for PeerGetReply<'a> {
    fn decode(attrs: Attrs<'a>) -> Result<Self, DecodeError> {
        let mut reply = Self {
            attrs,
            ..Self::default()
        };
        for attr in attrs {
            match attr.number() {
                peer::NAME => reply.name = Some(attr.text()),
                peer::GREETINGS => reply.greetings = Some(attr.uint()?),
                peer::LAST_PORTID => reply.last_portid = Some(attr.u32()?),
                peer::LAST_STYLE => reply.last_style = Some(Style::from(attr.u32()?)),
                peer::LAST_SEEN => reply.last_seen = Some(attr.uint()?),
                _ => {}
            }
        }
        Ok(reply)
    }
}

/// The reply of `stats-get`.
#[derive(Clone, Copy, Default)]
pub struct StatsGetReply<'a> {
    /// Greetings carried out.
    pub greetings: Option<u64>,
    /// Replies that their receiver had room for.
    pub replies: Option<u64>,
    /// Greetings that asked for no acknowledgement, and so for no reply.
    pub unacked: Option<u64>,
    /// Greetings that were announced to listeners.
    pub events: Option<u64>,
    /// Requests that followed the policy and were refused all the same.
    pub refused: Option<u64>,
    /// Peers remembered now.
    pub peers: Option<u64>,
    /// Peers forgotten to make room for others.
    pub evicted: Option<u64>,
    /// All attributes as they came, also those that this version of the protocol does not know.
    pub attrs: Attrs<'a>,
}

impl fmt::Debug for StatsGetReply<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        genl::debug::received(f, "StatsGetReply", Some(&STATS), None, self.attrs)
    }
}

impl<'a> Decode<'a> for StatsGetReply<'a> {
    fn decode(attrs: Attrs<'a>) -> Result<Self, DecodeError> {
        let mut reply = Self {
            attrs,
            ..Self::default()
        };
        for attr in attrs {
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
        }
        Ok(reply)
    }
}

/// The reply of `settings-get`.
#[derive(Clone, Copy, Default)]
pub struct SettingsGetReply<'a> {
    /// Style of a greeting whose request names none; casual at first.
    pub default_style: Option<Style>,
    /// Most peers that are remembered; peer-limit-default at first. When one more is greeted, the
    /// one seen longest ago is forgotten.
    pub peer_limit: Option<u32>,
    /// All attributes as they came, also those that this version of the protocol does not know.
    pub attrs: Attrs<'a>,
}

impl fmt::Debug for SettingsGetReply<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        genl::debug::received(f, "SettingsGetReply", Some(&SETTINGS), None, self.attrs)
    }
}

impl<'a> Decode<'a> for SettingsGetReply<'a> {
    fn decode(attrs: Attrs<'a>) -> Result<Self, DecodeError> {
        let mut reply = Self {
            attrs,
            ..Self::default()
        };
        for attr in attrs {
            match attr.number() {
                settings::DEFAULT_STYLE => reply.default_style = Some(Style::from(attr.u32()?)),
                settings::PEER_LIMIT => reply.peer_limit = Some(attr.u32()?),
                _ => {}
            }
        }
        Ok(reply)
    }
}

/// Somebody was greeted. The cookie stays between sender and kernel.
#[derive(Clone, Copy, Default)]
pub struct Greeted<'a> {
    /// Number of this greeting in its network namespace, counted from 1 and never used twice.
    pub id: Option<u64>,
    /// Who is greeted: valid UTF-8, at least one byte, no control characters.
    pub name: Option<Text<'a>>,
    /// How the greeting opens; when absent, the default style.
    pub style: Option<Style>,
    /// The kernel's greeting.
    pub message: Option<Text<'a>>,
    /// Netlink port from which the greeting was asked for.
    pub portid: Option<u32>,
    /// All attributes as they came, also those that this version of the protocol does not know.
    pub attrs: Attrs<'a>,
}

impl fmt::Debug for Greeted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        genl::debug::received(f, "Greeted", Some(&GREETING), None, self.attrs)
    }
}

impl<'a> Decode<'a> for Greeted<'a> {
    fn decode(attrs: Attrs<'a>) -> Result<Self, DecodeError> {
        let mut event = Self {
            attrs,
            ..Self::default()
        };
        for attr in attrs {
            match attr.number() {
                greeting::ID => event.id = Some(attr.uint()?),
                greeting::NAME => event.name = Some(attr.text()),
                greeting::STYLE => event.style = Some(Style::from(attr.u32()?)),
                greeting::MESSAGE => event.message = Some(attr.text()),
                greeting::PORTID => event.portid = Some(attr.u32()?),
                _ => {}
            }
        }
        Ok(event)
    }
}

/// What the family tells its multicast groups.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Event<'a> {
    /// Somebody was greeted. The cookie stays between sender and kernel.
    Greeted(Greeted<'a>),
    /// The settings were changed.
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
