// SPDX-License-Identifier: ((GPL-2.0 WITH Linux-syscall-note) OR BSD-3-Clause)
// Generated from greet.yaml by `ynl-gen-rust --kernel`. Do not edit.

//! The protocol of the family `greet`: greetings from the kernel.
//!
//! A program sends a name, and the kernel replies with a greeting.

use crate::{
    genl::{
        attr_size,
        net_slot,
        Attr,
        Doit,
        Dump,
        Dumpit,
        ExtAckError,
        Family,
        GenlMsg,
        Info,
        MulticastGroup,
        Net,
        PerNet,
        Permission,
        Policy,
        PolicyTable,
        PutAttr,
        RangeUnsigned,
        SplitOp, //
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

/// Style of a greeting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum Style {
    /// Opens with "Hello".
    Casual = 0,
    /// Opens with "Good day".
    Formal = 1,
    /// Opens with "Hooray".
    Enthusiastic = 2,
}

impl Style {
    /// The maximum value.
    pub const MAX: u32 = Style::Enthusiastic as u32;
}

impl TryFrom<u32> for Style {
    type Error = Error;

    fn try_from(value: u32) -> Result<Self> {
        match value {
            0 => Ok(Style::Casual),
            1 => Ok(Style::Formal),
            2 => Ok(Style::Enthusiastic),
            _ => Err(EINVAL),
        }
    }
}

/// Attributes of the set `greeting`: a greeting, as requested, sent or announced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u16)]
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

/// Attributes of the set `peer`: a name that was greeted in this network namespace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u16)]
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

/// Attributes of the set `stats`: counters of this network namespace since its creation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u16)]
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

/// Attributes of the set `settings`: settings of this network namespace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u16)]
pub enum SettingsAttr {
    /// Style of greetings without the style attribute. Initially casual.
    DefaultStyle = 1,
    /// Maximum number of peers. Initially peer-limit-default. At the limit, a new peer evicts the
    /// peer that was greeted longest ago.
    PeerLimit = 2,
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
    /// Position of a dump of `peer-get`, where its next call continues.
    type PeerGetCursor: Copy + Default + Send + 'static;

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

static OPS: &[SplitOp<Greet>] = &[
    SplitOp::new_do::<GreetDo>(),
    SplitOp::new_do::<PeerGetDo>(),
    SplitOp::new_dump::<PeerGetDump>(),
    SplitOp::new_do::<PeerDelDo>(),
    SplitOp::new_do::<StatsGetDo>(),
    SplitOp::new_do::<SettingsGetDo>(),
    SplitOp::new_do::<SettingsSetDo>(),
];

/// Range of `peer-limit`.
static SETTINGS_PEER_LIMIT_RANGE: RangeUnsigned = RangeUnsigned::new(1, PEER_LIMIT_MAX as u64);

/// Policy of the `greet` request.
static GREET_POLICY: PolicyTable<4> = PolicyTable::from_entries(&[
    (
        GreetingAttr::Name as u16,
        Policy::nul_string().len(NAME_MAX as u16),
    ),
    (
        GreetingAttr::Style as u16,
        Policy::u32().max(Style::MAX as i64),
    ),
    (
        GreetingAttr::Cookie as u16,
        Policy::binary().max(COOKIE_MAX as i64),
    ),
]);

/// Policy of the `peer-get` request.
static PEER_GET_POLICY: PolicyTable<2> = PolicyTable::from_entries(&[(
    PeerAttr::Name as u16,
    Policy::nul_string().len(NAME_MAX as u16),
)]);

/// Policy of the `peer-del` request.
static PEER_DEL_POLICY: PolicyTable<2> = PolicyTable::from_entries(&[(
    PeerAttr::Name as u16,
    Policy::nul_string().len(NAME_MAX as u16),
)]);

/// Policy of the `settings-set` request.
static SETTINGS_SET_POLICY: PolicyTable<3> = PolicyTable::from_entries(&[
    (
        SettingsAttr::DefaultStyle as u16,
        Policy::u32().max(Style::MAX as i64),
    ),
    (
        SettingsAttr::PeerLimit as u16,
        Policy::u32().full_range(&SETTINGS_PEER_LIMIT_RANGE),
    ),
]);

/// The do of `greet`.
struct GreetDo;

impl Doit for GreetDo {
    type State = Greet;

    const COMMAND: u8 = Cmd::Greet as u8;
    const POLICY: &'static [Policy] = GREET_POLICY.as_slice();

    #[inline]
    fn doit<'a>(state: Pin<&Greet>, info: Info<'a>) -> Result<(), ExtAckError<'a>> {
        match state.greet(&GreetRequest { info })? {
            Some(reply) => Ok(reply.send()?),
            None => Ok(()),
        }
    }
}

/// The do of `peer-get`.
struct PeerGetDo;

impl Doit for PeerGetDo {
    type State = Greet;

    const COMMAND: u8 = Cmd::PeerGet as u8;
    const POLICY: &'static [Policy] = PEER_GET_POLICY.as_slice();

    #[inline]
    fn doit<'a>(state: Pin<&Greet>, info: Info<'a>) -> Result<(), ExtAckError<'a>> {
        match state.peer_get(&PeerGetRequest { info })? {
            Some(reply) => Ok(reply.send()?),
            None => Ok(()),
        }
    }
}

/// The dump of `peer-get`.
struct PeerGetDump;

impl Dumpit for PeerGetDump {
    type State = Greet;
    type Cursor = <Greet as Operations>::PeerGetCursor;

    const COMMAND: u8 = Cmd::PeerGet as u8;
    const POLICY: &'static [Policy] = &[];

    fn dumpit<'a>(
        state: Pin<&Greet>,
        dump: &mut Dump<'a, Self::Cursor>,
    ) -> Result<(), ExtAckError<'a>> {
        let info = dump.info();
        state.peer_get_dump(&PeerGetDumpRequest { info }, dump)
    }
}

/// The do of `peer-del`.
struct PeerDelDo;

impl Doit for PeerDelDo {
    type State = Greet;

    const COMMAND: u8 = Cmd::PeerDel as u8;
    const PERMISSION: Permission = Permission::NetnsAdmin;
    const POLICY: &'static [Policy] = PEER_DEL_POLICY.as_slice();

    #[inline]
    fn doit<'a>(state: Pin<&Greet>, info: Info<'a>) -> Result<(), ExtAckError<'a>> {
        state.peer_del(&PeerDelRequest { info })
    }
}

/// The do of `stats-get`.
struct StatsGetDo;

impl Doit for StatsGetDo {
    type State = Greet;

    const COMMAND: u8 = Cmd::StatsGet as u8;
    const POLICY: &'static [Policy] = &[];

    #[inline]
    fn doit<'a>(state: Pin<&Greet>, info: Info<'a>) -> Result<(), ExtAckError<'a>> {
        match state.stats_get(&StatsGetRequest { info })? {
            Some(reply) => Ok(reply.send()?),
            None => Ok(()),
        }
    }
}

/// The do of `settings-get`.
struct SettingsGetDo;

impl Doit for SettingsGetDo {
    type State = Greet;

    const COMMAND: u8 = Cmd::SettingsGet as u8;
    const POLICY: &'static [Policy] = &[];

    #[inline]
    fn doit<'a>(state: Pin<&Greet>, info: Info<'a>) -> Result<(), ExtAckError<'a>> {
        match state.settings_get(&SettingsGetRequest { info })? {
            Some(reply) => Ok(reply.send()?),
            None => Ok(()),
        }
    }
}

/// The do of `settings-set`.
struct SettingsSetDo;

impl Doit for SettingsSetDo {
    type State = Greet;

    const COMMAND: u8 = Cmd::SettingsSet as u8;
    const PERMISSION: Permission = Permission::NetnsAdmin;
    const POLICY: &'static [Policy] = SETTINGS_SET_POLICY.as_slice();

    #[inline]
    fn doit<'a>(state: Pin<&Greet>, info: Info<'a>) -> Result<(), ExtAckError<'a>> {
        state.settings_set(&SettingsSetRequest { info })
    }
}

/// The `greet` request.
pub struct GreetRequest<'a> {
    info: Info<'a>,
}

impl<'a> GreetRequest<'a> {
    /// Returns the metadata of the request: sender, headers and network namespace.
    pub fn info(&self) -> Info<'a> {
        self.info
    }

    /// Returns `name`: name to greet. Must be valid UTF-8 of at least one byte, without control
    /// characters.
    ///
    /// The policy has checked the length, not the bytes.
    pub fn name(&self) -> Option<&'a [u8]> {
        self.attr(GreetingAttr::Name).map(Attr::string)
    }

    /// Returns `style`: style of the greeting. Defaults to default-style.
    ///
    /// # Errors
    ///
    /// `EINVAL` if the length or the value of the attribute is invalid.
    pub fn style(&self) -> Result<Option<Style>, ExtAckError<'a>> {
        self.attr(GreetingAttr::Style)
            .map(Attr::u32_enum)
            .transpose()
    }

    /// Returns `cookie`: opaque bytes, returned unchanged in the reply.
    pub fn cookie(&self) -> Option<&'a [u8]> {
        self.attr(GreetingAttr::Cookie).map(Attr::payload)
    }

    /// Returns an error that refuses the request because `attr` is invalid.
    pub fn bad(&self, attr: GreetingAttr, errno: Error, message: &'static CStr) -> ExtAckError<'a> {
        self.info.bad_attr(attr as u16, errno, message)
    }

    /// Returns an error that refuses the request because it lacks `attr`.
    pub fn missing(&self, attr: GreetingAttr, message: &'static CStr) -> ExtAckError<'a> {
        ExtAckError::missing_attr(attr as u16, message)
    }

    fn attr(&self, attr: GreetingAttr) -> Option<Attr<'a>> {
        self.info.attrs().get(attr as u16)
    }
}

/// The `peer-get` request.
pub struct PeerGetRequest<'a> {
    info: Info<'a>,
}

impl<'a> PeerGetRequest<'a> {
    /// Returns the metadata of the request: sender, headers and network namespace.
    pub fn info(&self) -> Info<'a> {
        self.info
    }

    /// Returns `name`: name of the peer. Names are compared byte for byte.
    ///
    /// The policy has checked the length, not the bytes.
    pub fn name(&self) -> Option<&'a [u8]> {
        self.attr(PeerAttr::Name).map(Attr::string)
    }

    /// Returns an error that refuses the request because `attr` is invalid.
    pub fn bad(&self, attr: PeerAttr, errno: Error, message: &'static CStr) -> ExtAckError<'a> {
        self.info.bad_attr(attr as u16, errno, message)
    }

    /// Returns an error that refuses the request because it lacks `attr`.
    pub fn missing(&self, attr: PeerAttr, message: &'static CStr) -> ExtAckError<'a> {
        ExtAckError::missing_attr(attr as u16, message)
    }

    fn attr(&self, attr: PeerAttr) -> Option<Attr<'a>> {
        self.info.attrs().get(attr as u16)
    }
}

/// The `peer-get` dump request.
pub struct PeerGetDumpRequest<'a> {
    info: Info<'a>,
}

impl<'a> PeerGetDumpRequest<'a> {
    /// Returns the metadata of the request: sender, headers and network namespace.
    pub fn info(&self) -> Info<'a> {
        self.info
    }
}

/// The `peer-del` request.
pub struct PeerDelRequest<'a> {
    info: Info<'a>,
}

impl<'a> PeerDelRequest<'a> {
    /// Returns the metadata of the request: sender, headers and network namespace.
    pub fn info(&self) -> Info<'a> {
        self.info
    }

    /// Returns `name`: name of the peer. Names are compared byte for byte.
    ///
    /// The policy has checked the length, not the bytes.
    pub fn name(&self) -> Option<&'a [u8]> {
        self.attr(PeerAttr::Name).map(Attr::string)
    }

    /// Returns an error that refuses the request because `attr` is invalid.
    pub fn bad(&self, attr: PeerAttr, errno: Error, message: &'static CStr) -> ExtAckError<'a> {
        self.info.bad_attr(attr as u16, errno, message)
    }

    /// Returns an error that refuses the request because it lacks `attr`.
    pub fn missing(&self, attr: PeerAttr, message: &'static CStr) -> ExtAckError<'a> {
        ExtAckError::missing_attr(attr as u16, message)
    }

    fn attr(&self, attr: PeerAttr) -> Option<Attr<'a>> {
        self.info.attrs().get(attr as u16)
    }
}

/// The `stats-get` request.
pub struct StatsGetRequest<'a> {
    info: Info<'a>,
}

impl<'a> StatsGetRequest<'a> {
    /// Returns the metadata of the request: sender, headers and network namespace.
    pub fn info(&self) -> Info<'a> {
        self.info
    }
}

/// The `settings-get` request.
pub struct SettingsGetRequest<'a> {
    info: Info<'a>,
}

impl<'a> SettingsGetRequest<'a> {
    /// Returns the metadata of the request: sender, headers and network namespace.
    pub fn info(&self) -> Info<'a> {
        self.info
    }
}

/// The `settings-set` request.
pub struct SettingsSetRequest<'a> {
    info: Info<'a>,
}

impl<'a> SettingsSetRequest<'a> {
    /// Returns the metadata of the request: sender, headers and network namespace.
    pub fn info(&self) -> Info<'a> {
        self.info
    }

    /// Returns `default-style`: style of greetings without the style attribute. Initially casual.
    ///
    /// # Errors
    ///
    /// `EINVAL` if the length or the value of the attribute is invalid.
    pub fn default_style(&self) -> Result<Option<Style>, ExtAckError<'a>> {
        self.attr(SettingsAttr::DefaultStyle)
            .map(Attr::u32_enum)
            .transpose()
    }

    /// Returns `peer-limit`: maximum number of peers. Initially peer-limit-default. At the limit, a
    /// new peer evicts the peer that was greeted longest ago.
    ///
    /// # Errors
    ///
    /// `EINVAL` if the length or the value of the attribute is invalid.
    pub fn peer_limit(&self) -> Result<Option<u32>, ExtAckError<'a>> {
        self.attr(SettingsAttr::PeerLimit)
            .map(Attr::u32)
            .transpose()
    }

    /// Returns an error that refuses the request because `attr` is invalid.
    pub fn bad(&self, attr: SettingsAttr, errno: Error, message: &'static CStr) -> ExtAckError<'a> {
        self.info.bad_attr(attr as u16, errno, message)
    }

    /// Returns an error that refuses the request because it lacks `attr`.
    pub fn missing(&self, attr: SettingsAttr, message: &'static CStr) -> ExtAckError<'a> {
        ExtAckError::missing_attr(attr as u16, message)
    }

    fn attr(&self, attr: SettingsAttr) -> Option<Attr<'a>> {
        self.info.attrs().get(attr as u16)
    }
}

/// The reply to `greet`.
///
/// Adding an attribute fails with `EMSGSIZE` if the message has no room for it.
pub struct GreetReply<'a> {
    msg: GenlMsg<'a>,
}

impl<'a> GreetReply<'a> {
    /// Maximum size of the attributes of a message, in bytes.
    const SIZE: usize = attr_size(size_of::<u64>())
        + attr_size(MESSAGE_MAX + 1)
        + attr_size(size_of::<u32>())
        + attr_size(size_of::<u32>())
        + attr_size(COOKIE_MAX);

    /// Creates the reply to the request of `info`.
    ///
    /// # Errors
    ///
    /// `ENOMEM` if memory is exhausted.
    pub fn new(info: Info<'a>) -> Result<Self> {
        let msg = GenlMsg::new_reply(&info, &FAMILY, Cmd::Greet as u8, Self::SIZE)?;
        Ok(Self { msg })
    }

    /// Adds `id`: number of the greeting in its network namespace, counted from 1 and never reused.
    pub fn id(&mut self, value: u64) -> Result {
        self.msg.put_uint(GreetingAttr::Id as u16, value)
    }

    /// Adds `message`: text of the greeting.
    pub fn message(&mut self, value: &[u8]) -> Result {
        self.msg.put_str(GreetingAttr::Message as u16, value)
    }

    /// Adds `portid`: netlink port of the request's sender.
    pub fn portid(&mut self, value: u32) -> Result {
        self.msg.put_u32(GreetingAttr::Portid as u16, value)
    }

    /// Adds `style`: style of the greeting. Defaults to default-style.
    pub fn style(&mut self, value: Style) -> Result {
        self.msg.put_u32(GreetingAttr::Style as u16, value as u32)
    }

    /// Adds `cookie`: opaque bytes, returned unchanged in the reply.
    pub fn cookie(&mut self, value: &[u8]) -> Result {
        self.msg.put_bytes(GreetingAttr::Cookie as u16, value)
    }

    /// Sends the reply to the sender of the request.
    ///
    /// # Errors
    ///
    /// See `GenlMsg::send`.
    pub fn send(self) -> Result {
        self.msg.send()
    }
}

/// The reply to `peer-get`, and an item of its dump.
///
/// Adding an attribute fails with `EMSGSIZE` if the message has no room for it.
pub struct PeerGetReply<'a> {
    msg: GenlMsg<'a>,
}

impl<'a> PeerGetReply<'a> {
    /// Maximum size of the attributes of a message, in bytes.
    const SIZE: usize = attr_size(NAME_MAX + 1)
        + attr_size(size_of::<u64>())
        + attr_size(size_of::<u32>())
        + attr_size(size_of::<u32>())
        + attr_size(size_of::<u64>());

    /// Creates the reply to the request of `info`.
    ///
    /// # Errors
    ///
    /// `ENOMEM` if memory is exhausted.
    pub fn new(info: Info<'a>) -> Result<Self> {
        let msg = GenlMsg::new_reply(&info, &FAMILY, Cmd::PeerGet as u8, Self::SIZE)?;
        Ok(Self { msg })
    }

    /// Creates an item of a dump.
    ///
    /// # Errors
    ///
    /// `EMSGSIZE` if the dump's buffer is full.
    pub fn item<C: Copy>(dump: &'a mut Dump<'_, C>) -> Result<Self> {
        let msg = dump.item(&FAMILY, Cmd::PeerGet as u8)?;
        Ok(Self { msg })
    }

    /// Adds `name`: name of the peer. Names are compared byte for byte.
    pub fn name(&mut self, value: &[u8]) -> Result {
        self.msg.put_str(PeerAttr::Name as u16, value)
    }

    /// Adds `greetings`: number of greetings of this name.
    pub fn greetings(&mut self, value: u64) -> Result {
        self.msg.put_uint(PeerAttr::Greetings as u16, value)
    }

    /// Adds `last-portid`: netlink port of the last greeting.
    pub fn last_portid(&mut self, value: u32) -> Result {
        self.msg.put_u32(PeerAttr::LastPortid as u16, value)
    }

    /// Adds `last-style`: style of the last greeting.
    pub fn last_style(&mut self, value: Style) -> Result {
        self.msg.put_u32(PeerAttr::LastStyle as u16, value as u32)
    }

    /// Adds `last-seen`: time of the last greeting, in nanoseconds of CLOCK_BOOTTIME.
    pub fn last_seen(&mut self, value: u64) -> Result {
        self.msg.put_uint(PeerAttr::LastSeen as u16, value)
    }

    /// Sends the message to the destination that its constructor chose.
    ///
    /// # Errors
    ///
    /// See `GenlMsg::send`.
    pub fn send(self) -> Result {
        self.msg.send()
    }
}

/// The reply to `stats-get`.
///
/// Adding an attribute fails with `EMSGSIZE` if the message has no room for it.
pub struct StatsGetReply<'a> {
    msg: GenlMsg<'a>,
}

impl<'a> StatsGetReply<'a> {
    /// Maximum size of the attributes of a message, in bytes.
    const SIZE: usize = 7 * attr_size(size_of::<u64>());

    /// Creates the reply to the request of `info`.
    ///
    /// # Errors
    ///
    /// `ENOMEM` if memory is exhausted.
    pub fn new(info: Info<'a>) -> Result<Self> {
        let msg = GenlMsg::new_reply(&info, &FAMILY, Cmd::StatsGet as u8, Self::SIZE)?;
        Ok(Self { msg })
    }

    /// Adds `greetings`: greetings processed.
    pub fn greetings(&mut self, value: u64) -> Result {
        self.msg.put_uint(StatsAttr::Greetings as u16, value)
    }

    /// Adds `replies`: replies queued to the socket of the sender.
    pub fn replies(&mut self, value: u64) -> Result {
        self.msg.put_uint(StatsAttr::Replies as u16, value)
    }

    /// Adds `unacked`: greetings without NLM_F_ACK, which get no reply.
    pub fn unacked(&mut self, value: u64) -> Result {
        self.msg.put_uint(StatsAttr::Unacked as u16, value)
    }

    /// Adds `events`: greetings announced to at least one listener.
    pub fn events(&mut self, value: u64) -> Result {
        self.msg.put_uint(StatsAttr::Events as u16, value)
    }

    /// Adds `refused`: requests that passed the policy and were rejected by the module.
    pub fn refused(&mut self, value: u64) -> Result {
        self.msg.put_uint(StatsAttr::Refused as u16, value)
    }

    /// Adds `peers`: current number of peers.
    pub fn peers(&mut self, value: u64) -> Result {
        self.msg.put_uint(StatsAttr::Peers as u16, value)
    }

    /// Adds `evicted`: peers evicted because the limit was reached.
    pub fn evicted(&mut self, value: u64) -> Result {
        self.msg.put_uint(StatsAttr::Evicted as u16, value)
    }

    /// Sends the reply to the sender of the request.
    ///
    /// # Errors
    ///
    /// See `GenlMsg::send`.
    pub fn send(self) -> Result {
        self.msg.send()
    }
}

/// The reply to `settings-get`.
///
/// Adding an attribute fails with `EMSGSIZE` if the message has no room for it.
pub struct SettingsGetReply<'a> {
    msg: GenlMsg<'a>,
}

impl<'a> SettingsGetReply<'a> {
    /// Maximum size of the attributes of a message, in bytes.
    const SIZE: usize = attr_size(size_of::<u32>()) + attr_size(size_of::<u32>());

    /// Creates the reply to the request of `info`.
    ///
    /// # Errors
    ///
    /// `ENOMEM` if memory is exhausted.
    pub fn new(info: Info<'a>) -> Result<Self> {
        let msg = GenlMsg::new_reply(&info, &FAMILY, Cmd::SettingsGet as u8, Self::SIZE)?;
        Ok(Self { msg })
    }

    /// Creates the notification `settings-ntf` for the listeners in `net`.
    ///
    /// # Errors
    ///
    /// `ENOMEM` if memory is exhausted.
    pub fn settings_ntf(net: &'a Net) -> Result<Self> {
        let msg = GenlMsg::new_event(
            net,
            &FAMILY,
            Cmd::SettingsNtf as u8,
            Group::Config as u32,
            Self::SIZE,
        )?;
        Ok(Self { msg })
    }

    /// Returns whether the group has listeners in `net`.
    pub fn settings_ntf_has_listeners(net: &Net) -> bool {
        FAMILY.has_listeners(net, Group::Config as u32)
    }

    /// Adds `default-style`: style of greetings without the style attribute. Initially casual.
    pub fn default_style(&mut self, value: Style) -> Result {
        self.msg
            .put_u32(SettingsAttr::DefaultStyle as u16, value as u32)
    }

    /// Adds `peer-limit`: maximum number of peers. Initially peer-limit-default. At the limit, a
    /// new peer evicts the peer that was greeted longest ago.
    pub fn peer_limit(&mut self, value: u32) -> Result {
        self.msg.put_u32(SettingsAttr::PeerLimit as u16, value)
    }

    /// Sends the message to the destination that its constructor chose.
    ///
    /// # Errors
    ///
    /// See `GenlMsg::send`.
    pub fn send(self) -> Result {
        self.msg.send()
    }
}

/// The event `greeted`.
///
/// Adding an attribute fails with `EMSGSIZE` if the message has no room for it.
pub struct Greeted<'a> {
    msg: GenlMsg<'a>,
}

impl<'a> Greeted<'a> {
    /// Maximum size of the attributes of a message, in bytes.
    const SIZE: usize = attr_size(size_of::<u64>())
        + attr_size(NAME_MAX + 1)
        + attr_size(size_of::<u32>())
        + attr_size(MESSAGE_MAX + 1)
        + attr_size(size_of::<u32>());

    /// Creates the event for the listeners in `net`.
    ///
    /// # Errors
    ///
    /// `ENOMEM` if memory is exhausted.
    pub fn new(net: &'a Net) -> Result<Self> {
        let msg = GenlMsg::new_event(
            net,
            &FAMILY,
            Cmd::Greeted as u8,
            Group::Greetings as u32,
            Self::SIZE,
        )?;
        Ok(Self { msg })
    }

    /// Returns whether the group has listeners in `net`.
    pub fn has_listeners(net: &Net) -> bool {
        FAMILY.has_listeners(net, Group::Greetings as u32)
    }

    /// Adds `id`: number of the greeting in its network namespace, counted from 1 and never reused.
    pub fn id(&mut self, value: u64) -> Result {
        self.msg.put_uint(GreetingAttr::Id as u16, value)
    }

    /// Adds `name`: name to greet. Must be valid UTF-8 of at least one byte, without control
    /// characters.
    pub fn name(&mut self, value: &[u8]) -> Result {
        self.msg.put_str(GreetingAttr::Name as u16, value)
    }

    /// Adds `style`: style of the greeting. Defaults to default-style.
    pub fn style(&mut self, value: Style) -> Result {
        self.msg.put_u32(GreetingAttr::Style as u16, value as u32)
    }

    /// Adds `message`: text of the greeting.
    pub fn message(&mut self, value: &[u8]) -> Result {
        self.msg.put_str(GreetingAttr::Message as u16, value)
    }

    /// Adds `portid`: netlink port of the request's sender.
    pub fn portid(&mut self, value: u32) -> Result {
        self.msg.put_u32(GreetingAttr::Portid as u16, value)
    }

    /// Sends the event.
    ///
    /// # Errors
    ///
    /// See `GenlMsg::send`.
    pub fn send(self) -> Result {
        self.msg.send()
    }
}
