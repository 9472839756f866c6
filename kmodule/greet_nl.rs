// SPDX-License-Identifier: ((GPL-2.0 WITH Linux-syscall-note) OR BSD-3-Clause)
// Generated from greet.yaml by `ynl-gen-rust --kernel`. Do not edit.

//! The protocol of the family `greet`: greetings from the kernel.
//!
//! A program sends a name, and the kernel replies with a greeting.

use crate::{
    genl::{
        attributes,
        message,
        net_slot,
        operations,
        policy,
        request,
        values,
        Dump,
        ExtAckError,
        Family,
        MulticastGroup,
        NoAttr,
        PerNet,
        RangeUnsigned, //
    },
    greet::Greet, //
};
use kernel::prelude::*;

/// Name of the family.
pub const FAMILY_NAME: &CStr = c"greet";

/// Version of the family.
pub const FAMILY_VERSION: u8 = 1;

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

values! {
    /// Style of a greeting.
    pub enum Style {
        /// Opens with "Hello".
        Casual = 0,
        /// Opens with "Good day".
        Formal = 1,
        /// Opens with "Hooray".
        Enthusiastic = 2,
    }
}

attributes! {
    /// Attributes of the set `greeting`: a greeting, as requested, sent or announced.
    pub enum GreetingAttr {
        /// Name to greet. Must be valid UTF-8 of at least one byte, without control characters.
        Name = 1,
        /// Style of the greeting. Defaults to default-style.
        Style = 2,
        /// Opaque bytes, returned unchanged in the reply.
        Cookie = 3,
        /// Text of the greeting.
        Message = 4,
        /// Number of the greeting in its network namespace, counted from 1 and never reused.
        Id = 5,
        /// Netlink port of the request's sender.
        Portid = 6,
    }
}

attributes! {
    /// Attributes of the set `peer`: a name that was greeted in this network namespace.
    pub enum PeerAttr {
        /// Name of the peer. Names are compared byte for byte.
        Name = 1,
        /// Number of greetings of this name.
        Greetings = 2,
        /// Netlink port of the last greeting.
        LastPortid = 3,
        /// Style of the last greeting.
        LastStyle = 4,
        /// Time of the last greeting, in nanoseconds of CLOCK_BOOTTIME.
        LastSeen = 5,
    }
}

attributes! {
    /// Attributes of the set `stats`: counters of this network namespace since its creation.
    pub enum StatsAttr {
        /// Greetings processed.
        Greetings = 1,
        /// Replies queued to the socket of the sender.
        Replies = 2,
        /// Greetings without NLM_F_ACK, which get no reply.
        Unacked = 3,
        /// Greetings announced to at least one listener.
        Events = 4,
        /// Requests that passed the policy and were rejected by the module.
        Refused = 5,
        /// Current number of peers.
        Peers = 6,
        /// Peers evicted because the limit was reached.
        Evicted = 7,
    }
}

attributes! {
    /// Attributes of the set `settings`: settings of this network namespace.
    pub enum SettingsAttr {
        /// Style of greetings without the style attribute. Initially casual.
        DefaultStyle = 1,
        /// Maximum number of peers. Initially peer-limit-default. At the limit, a new peer evicts
        /// the peer that was greeted longest ago.
        PeerLimit = 2,
    }
}

/// Commands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Cmd {
    /// Greet a name.
    Greet = 1,
    /// Get the counters of one peer, or of all peers.
    PeerGet = 2,
    /// Forget a peer.
    PeerDel = 3,
    /// Get the counters.
    StatsGet = 4,
    /// Get the settings.
    SettingsGet = 5,
    /// Change the settings that the request contains.
    SettingsSet = 6,
    /// A name was greeted.
    Greeted = 7,
    /// The settings changed.
    SettingsNtf = 8,
}

/// Multicast groups.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum Group {
    /// `greetings`.
    Greetings = 0,
    /// `config`.
    Config = 1,
}

/// The operations of the family, which its author implements.
///
/// The implementing type holds the family's state. Each network namespace has its own value.
/// Requests run in parallel.
pub trait Operations: PerNet {
    /// Position of a dump of `peer-get`, where its next part continues.
    type PeerGetCursor: Default + Send + 'static;

    /// Greet a name. The kernel replies only if the request carries NLM_F_ACK. Without it, the
    /// greeting is only counted and announced.
    ///
    /// Returns the reply to send, or `None` to send no reply.
    fn greet<'a>(
        self: Pin<&Self>,
        request: &GreetRequest<'a>,
    ) -> Result<Option<GreetReply<'a>>, ExtAckError<'a>>;

    /// Get the counters of one peer, or of all peers.
    ///
    /// Returns the reply to send, or `None` to send no reply.
    fn peer_get<'a>(
        self: Pin<&Self>,
        request: &PeerGetRequest<'a>,
    ) -> Result<Option<PeerGetReply<'a>>, ExtAckError<'a>>;

    /// Starts a dump of `peer-get`: returns its cursor.
    fn peer_get_start<'a>(
        self: Pin<&Self>,
        _request: &PeerGetDumpRequest<'a>,
    ) -> Result<Self::PeerGetCursor, ExtAckError<'a>> {
        Ok(Default::default())
    }

    /// Adds the items of `peer-get` to `dump`, starting at its cursor.
    fn peer_get_dump<'a>(
        self: Pin<&Self>,
        request: &PeerGetDumpRequest<'a>,
        dump: &mut Dump<'a, Self::PeerGetCursor>,
    ) -> Result<(), ExtAckError<'a>>;

    /// Forget a peer.
    fn peer_del<'a>(self: Pin<&Self>, request: &PeerDelRequest<'a>) -> Result<(), ExtAckError<'a>>;

    /// Get the counters.
    ///
    /// Returns the reply to send, or `None` to send no reply.
    fn stats_get<'a>(
        self: Pin<&Self>,
        request: &StatsGetRequest<'a>,
    ) -> Result<Option<StatsGetReply<'a>>, ExtAckError<'a>>;

    /// Get the settings.
    ///
    /// Returns the reply to send, or `None` to send no reply.
    fn settings_get<'a>(
        self: Pin<&Self>,
        request: &SettingsGetRequest<'a>,
    ) -> Result<Option<SettingsGetReply<'a>>, ExtAckError<'a>>;

    /// Change the settings that the request contains. If peer-limit drops below the number of
    /// peers, the peers greeted longest ago are evicted.
    fn settings_set<'a>(
        self: Pin<&Self>,
        request: &SettingsSetRequest<'a>,
    ) -> Result<(), ExtAckError<'a>>;
}

net_slot!(Greet);

/// The family. The module registers it.
pub static FAMILY: Family = Family::const_new(
    kernel::module::this_module::<crate::LocalModule>(),
    FAMILY_NAME.to_bytes_with_nul(),
    FAMILY_VERSION as u32,
    OPS,
    &GROUPS,
);

static GROUPS: [MulticastGroup; 2] = [
    MulticastGroup::const_new(c"greetings"),
    MulticastGroup::const_new(c"config"),
];

operations! {
    static OPS: Greet = {
        GreetDo: do greet(GreetRequest) = Greet, policy GREET_POLICY.as_slice();
        PeerGetDo: do peer_get(PeerGetRequest) = PeerGet, policy PEER_GET_POLICY.as_slice();
        PeerGetDump: dump peer_get_dump(PeerGetDumpRequest) = PeerGet,
            cursor PeerGetCursor from peer_get_start;
        PeerDelDo: do peer_del(PeerDelRequest) = PeerDel,
            policy PEER_DEL_POLICY.as_slice(), permission NetnsAdmin;
        StatsGetDo: do stats_get(StatsGetRequest) = StatsGet;
        SettingsGetDo: do settings_get(SettingsGetRequest) = SettingsGet;
        SettingsSetDo: do settings_set(SettingsSetRequest) = SettingsSet,
            policy SETTINGS_SET_POLICY.as_slice(), permission NetnsAdmin;
    }
}

/// Range of `peer-limit`.
static SETTINGS_PEER_LIMIT_RANGE: RangeUnsigned = RangeUnsigned::new(1, PEER_LIMIT_MAX as u64);

policy! {
    /// Policy of the `greet` request.
    static GREET_POLICY: [GreetingAttr; 4] = {
        Name: nul_string().len(NAME_MAX as u16),
        Style: u32().max(Style::Enthusiastic as i64),
        Cookie: binary().max(COOKIE_MAX as i64),
    }
}

policy! {
    /// Policy of the `peer-get` request.
    static PEER_GET_POLICY: [PeerAttr; 2] = {
        Name: nul_string().len(NAME_MAX as u16),
    }
}

policy! {
    /// Policy of the `peer-del` request.
    static PEER_DEL_POLICY: [PeerAttr; 2] = {
        Name: nul_string().len(NAME_MAX as u16),
    }
}

policy! {
    /// Policy of the `settings-set` request.
    static SETTINGS_SET_POLICY: [SettingsAttr; 3] = {
        DefaultStyle: u32().max(Style::Enthusiastic as i64),
        PeerLimit: u32().full_range(&SETTINGS_PEER_LIMIT_RANGE),
    }
}

request! {
    /// The `greet` request.
    pub struct GreetRequest(GreetingAttr) {
        name: Name => text,
        style: Style => u32(Style),
        cookie: Cookie => bytes,
    }
}

request! {
    /// The `peer-get` request.
    pub struct PeerGetRequest(PeerAttr) {
        name: Name => text,
    }
}

request! {
    /// The `peer-get` dump request.
    pub struct PeerGetDumpRequest(NoAttr) {}
}

request! {
    /// The `peer-del` request.
    pub struct PeerDelRequest(PeerAttr) {
        name: Name => text,
    }
}

request! {
    /// The `stats-get` request.
    pub struct StatsGetRequest(NoAttr) {}
}

request! {
    /// The `settings-get` request.
    pub struct SettingsGetRequest(NoAttr) {}
}

request! {
    /// The `settings-set` request.
    pub struct SettingsSetRequest(SettingsAttr) {
        default_style: DefaultStyle => u32(Style),
        peer_limit: PeerLimit => u32,
    }
}

message! {
    /// The reply to `greet`.
    pub struct GreetReply(GreetingAttr), 324 bytes:
        reply (new) = Cmd::Greet;
    {
        id: Id => uint,
        message: Message => text,
        portid: Portid => u32,
        style: Style => u32(Style),
        cookie: Cookie => bytes,
    }
}

message! {
    /// The reply to `peer-get`, and an item of its dump.
    pub struct PeerGetReply(PeerAttr), 112 bytes:
        reply (new) = Cmd::PeerGet;
        item (item) = Cmd::PeerGet;
    {
        name: Name => text,
        greetings: Greetings => uint,
        last_portid: LastPortid => u32,
        last_style: LastStyle => u32(Style),
        last_seen: LastSeen => uint,
    }
}

message! {
    /// The reply to `stats-get`.
    pub struct StatsGetReply(StatsAttr), 84 bytes:
        reply (new) = Cmd::StatsGet;
    {
        greetings: Greetings => uint,
        replies: Replies => uint,
        unacked: Unacked => uint,
        events: Events => uint,
        refused: Refused => uint,
        peers: Peers => uint,
        evicted: Evicted => uint,
    }
}

message! {
    /// The reply to `settings-get`.
    pub struct SettingsGetReply(SettingsAttr), 16 bytes:
        reply (new) = Cmd::SettingsGet;
        event (settings_ntf, settings_ntf_to, settings_ntf_has_listeners) = Cmd::SettingsNtf => Group::Config;
    {
        default_style: DefaultStyle => u32(Style),
        peer_limit: PeerLimit => u32,
    }
}

message! {
    /// The event `greeted`.
    pub struct Greeted(GreetingAttr), 360 bytes:
        event (new, new_to, has_listeners) = Cmd::Greeted => Group::Greetings;
    {
        id: Id => uint,
        name: Name => text,
        style: Style => u32(Style),
        message: Message => text,
        portid: Portid => u32,
    }
}
