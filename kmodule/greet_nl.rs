// SPDX-License-Identifier: ((GPL-2.0 WITH Linux-syscall-note) OR BSD-3-Clause)
// Made from greet.yaml by `ynl-gen-rust --kernel`. Do not edit.

//! The protocol of the family `greet`: greetings from the kernel.
//!
//! A program names somebody to greet, and the kernel answers with a greeting.

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
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum Style {
    /// As friends do.
    Casual = 0,
    /// As strangers do.
    Formal = 1,
    /// As nobody does before noon.
    Enthusiastic = 2,
}

impl Style {
    /// The greatest value.
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

/// Attributes of the set `greeting`: one greeting, asked for or given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u16)]
pub enum GreetingAttr {
    /// Who is greeted: valid UTF-8, at least one byte, no control characters.
    Name = 1,
    /// How the greeting opens; when absent, the default style.
    Style = 2,
    /// Bytes of the sender's choice, returned unchanged.
    Cookie = 3,
    /// The kernel's greeting.
    Message = 4,
    /// Number of this greeting in its network namespace, counted from 1 and never used twice.
    Id = 5,
    /// Netlink port from which the greeting was asked for.
    Portid = 6,
}

/// Attributes of the set `peer`: who was greeted in this network namespace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u16)]
pub enum PeerAttr {
    /// The name that was greeted; names are compared byte for byte.
    Name = 1,
    /// How often.
    Greetings = 2,
    /// Netlink port of the last greeting.
    LastPortid = 3,
    /// Style of the last greeting.
    LastStyle = 4,
    /// When the last greeting was, in nanoseconds of CLOCK_BOOTTIME.
    LastSeen = 5,
}

/// Attributes of the set `stats`: counters of this network namespace, from when it was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u16)]
pub enum StatsAttr {
    /// Greetings carried out.
    Greetings = 1,
    /// Replies that their receiver had room for.
    Replies = 2,
    /// Greetings that asked for no acknowledgement, and so for no reply.
    Unacked = 3,
    /// Greetings that were announced to listeners.
    Events = 4,
    /// Requests that followed the policy and were refused all the same.
    Refused = 5,
    /// Peers remembered now.
    Peers = 6,
    /// Peers forgotten to make room for others.
    Evicted = 7,
}

/// Attributes of the set `settings`: settings of this network namespace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u16)]
pub enum SettingsAttr {
    /// Style of a greeting whose request names none; casual at first.
    DefaultStyle = 1,
    /// Most peers that are remembered; peer-limit-default at first. When one more is greeted, the
    /// one seen longest ago is forgotten.
    PeerLimit = 2,
}

/// Commands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Cmd {
    /// Greet somebody.
    Greet = 1,
    /// Tell how often somebody was greeted, or list everybody who was.
    PeerGet = 2,
    /// Forget somebody.
    PeerDel = 3,
    /// Read the counters.
    StatsGet = 4,
    /// Read the settings.
    SettingsGet = 5,
    /// Change those settings that the request names.
    SettingsSet = 6,
    /// Somebody was greeted.
    Greeted = 7,
    /// The settings were changed.
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

/// The operations of the family: what its author writes.
///
/// The implementing type is also what the family keeps in each network namespace. Requests are
/// carried out in parallel.
pub trait Operations: PerNet {
    /// Where a dump of `peer-get` goes on.
    type PeerGetCursor: Copy + Default + Send + 'static;

    /// Greet somebody. The reply is sent only if the request carries NLM_F_ACK; without it the
    /// greeting is counted and nothing comes back.
    ///
    /// Returns the reply that is to be sent, if any.
    fn greet<'a>(
        self: Pin<&Self>,
        request: &GreetRequest<'a>,
    ) -> Result<Option<GreetReply<'a>>, ExtAckError<'a>>;

    /// Tell how often somebody was greeted, or list everybody who was.
    ///
    /// Returns the reply that is to be sent, if any.
    fn peer_get<'a>(
        self: Pin<&Self>,
        request: &PeerGetRequest<'a>,
    ) -> Result<Option<PeerGetReply<'a>>, ExtAckError<'a>>;

    /// Adds the items of `peer-get` to a dump, from its cursor on.
    fn peer_get_dump<'a>(
        self: Pin<&Self>,
        request: &PeerGetDumpRequest<'a>,
        dump: &mut Dump<'a, Self::PeerGetCursor>,
    ) -> Result<(), ExtAckError<'a>>;

    /// Forget somebody.
    fn peer_del<'a>(self: Pin<&Self>, request: &PeerDelRequest<'a>) -> Result<(), ExtAckError<'a>>;

    /// Read the counters.
    ///
    /// Returns the reply that is to be sent, if any.
    fn stats_get<'a>(
        self: Pin<&Self>,
        request: &StatsGetRequest<'a>,
    ) -> Result<Option<StatsGetReply<'a>>, ExtAckError<'a>>;

    /// Read the settings.
    ///
    /// Returns the reply that is to be sent, if any.
    fn settings_get<'a>(
        self: Pin<&Self>,
        request: &SettingsGetRequest<'a>,
    ) -> Result<Option<SettingsGetReply<'a>>, ExtAckError<'a>>;

    /// Change those settings that the request names. A limit lower than the number of peers forgets
    /// those seen longest ago.
    fn settings_set<'a>(
        self: Pin<&Self>,
        request: &SettingsSetRequest<'a>,
    ) -> Result<(), ExtAckError<'a>>;
}

net_slot!(Greet);

/// The family; to be registered by the module.
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

/// The values of `peer-limit`.
static SETTINGS_PEER_LIMIT_RANGE: RangeUnsigned = RangeUnsigned::new(1, PEER_LIMIT_MAX as u64);

/// What the request of `greet` may carry.
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

/// What the request of `peer-get` may carry.
static PEER_GET_POLICY: PolicyTable<2> = PolicyTable::from_entries(&[(
    PeerAttr::Name as u16,
    Policy::nul_string().len(NAME_MAX as u16),
)]);

/// What the request of `peer-del` may carry.
static PEER_DEL_POLICY: PolicyTable<2> = PolicyTable::from_entries(&[(
    PeerAttr::Name as u16,
    Policy::nul_string().len(NAME_MAX as u16),
)]);

/// What the request of `settings-set` may carry.
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

/// `greet`, do.
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

/// `peer-get`, do.
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

/// `peer-get`, dump.
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

/// `peer-del`, do.
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

/// `stats-get`, do.
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

/// `settings-get`, do.
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

/// `settings-set`, do.
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

/// The request of `greet`.
pub struct GreetRequest<'a> {
    info: Info<'a>,
}

impl<'a> GreetRequest<'a> {
    /// Who sent the request, and what for beside its attributes.
    pub fn info(&self) -> Info<'a> {
        self.info
    }

    /// Who is greeted: valid UTF-8, at least one byte, no control characters.
    ///
    /// The policy has checked the length; the bytes are the sender's.
    pub fn name(&self) -> Option<&'a [u8]> {
        self.attr(GreetingAttr::Name).map(Attr::string)
    }

    /// How the greeting opens; when absent, the default style.
    pub fn style(&self) -> Result<Option<Style>, ExtAckError<'a>> {
        self.attr(GreetingAttr::Style)
            .map(Attr::u32_enum)
            .transpose()
    }

    /// Bytes of the sender's choice, returned unchanged.
    pub fn cookie(&self) -> Option<&'a [u8]> {
        self.attr(GreetingAttr::Cookie).map(Attr::payload)
    }

    /// Refuses the request because `attr` is bad.
    pub fn bad(&self, attr: GreetingAttr, errno: Error, message: &'static CStr) -> ExtAckError<'a> {
        self.info.bad_attr(attr as u16, errno, message)
    }

    /// Refuses the request because it lacks `attr`.
    pub fn missing(&self, attr: GreetingAttr, message: &'static CStr) -> ExtAckError<'a> {
        ExtAckError::missing_attr(attr as u16, message)
    }

    fn attr(&self, attr: GreetingAttr) -> Option<Attr<'a>> {
        self.info.attrs().get(attr as u16)
    }
}

/// The request of `peer-get`.
pub struct PeerGetRequest<'a> {
    info: Info<'a>,
}

impl<'a> PeerGetRequest<'a> {
    /// Who sent the request, and what for beside its attributes.
    pub fn info(&self) -> Info<'a> {
        self.info
    }

    /// The name that was greeted; names are compared byte for byte.
    ///
    /// The policy has checked the length; the bytes are the sender's.
    pub fn name(&self) -> Option<&'a [u8]> {
        self.attr(PeerAttr::Name).map(Attr::string)
    }

    /// Refuses the request because `attr` is bad.
    pub fn bad(&self, attr: PeerAttr, errno: Error, message: &'static CStr) -> ExtAckError<'a> {
        self.info.bad_attr(attr as u16, errno, message)
    }

    /// Refuses the request because it lacks `attr`.
    pub fn missing(&self, attr: PeerAttr, message: &'static CStr) -> ExtAckError<'a> {
        ExtAckError::missing_attr(attr as u16, message)
    }

    fn attr(&self, attr: PeerAttr) -> Option<Attr<'a>> {
        self.info.attrs().get(attr as u16)
    }
}

/// The dump request of `peer-get`.
pub struct PeerGetDumpRequest<'a> {
    info: Info<'a>,
}

impl<'a> PeerGetDumpRequest<'a> {
    /// Who sent the request, and what for beside its attributes.
    pub fn info(&self) -> Info<'a> {
        self.info
    }
}

/// The request of `peer-del`.
pub struct PeerDelRequest<'a> {
    info: Info<'a>,
}

impl<'a> PeerDelRequest<'a> {
    /// Who sent the request, and what for beside its attributes.
    pub fn info(&self) -> Info<'a> {
        self.info
    }

    /// The name that was greeted; names are compared byte for byte.
    ///
    /// The policy has checked the length; the bytes are the sender's.
    pub fn name(&self) -> Option<&'a [u8]> {
        self.attr(PeerAttr::Name).map(Attr::string)
    }

    /// Refuses the request because `attr` is bad.
    pub fn bad(&self, attr: PeerAttr, errno: Error, message: &'static CStr) -> ExtAckError<'a> {
        self.info.bad_attr(attr as u16, errno, message)
    }

    /// Refuses the request because it lacks `attr`.
    pub fn missing(&self, attr: PeerAttr, message: &'static CStr) -> ExtAckError<'a> {
        ExtAckError::missing_attr(attr as u16, message)
    }

    fn attr(&self, attr: PeerAttr) -> Option<Attr<'a>> {
        self.info.attrs().get(attr as u16)
    }
}

/// The request of `stats-get`.
pub struct StatsGetRequest<'a> {
    info: Info<'a>,
}

impl<'a> StatsGetRequest<'a> {
    /// Who sent the request, and what for beside its attributes.
    pub fn info(&self) -> Info<'a> {
        self.info
    }
}

/// The request of `settings-get`.
pub struct SettingsGetRequest<'a> {
    info: Info<'a>,
}

impl<'a> SettingsGetRequest<'a> {
    /// Who sent the request, and what for beside its attributes.
    pub fn info(&self) -> Info<'a> {
        self.info
    }
}

/// The request of `settings-set`.
pub struct SettingsSetRequest<'a> {
    info: Info<'a>,
}

impl<'a> SettingsSetRequest<'a> {
    /// Who sent the request, and what for beside its attributes.
    pub fn info(&self) -> Info<'a> {
        self.info
    }

    /// Style of a greeting whose request names none; casual at first.
    pub fn default_style(&self) -> Result<Option<Style>, ExtAckError<'a>> {
        self.attr(SettingsAttr::DefaultStyle)
            .map(Attr::u32_enum)
            .transpose()
    }

    /// Most peers that are remembered; peer-limit-default at first. When one more is greeted, the
    /// one seen longest ago is forgotten.
    pub fn peer_limit(&self) -> Result<Option<u32>, ExtAckError<'a>> {
        self.attr(SettingsAttr::PeerLimit)
            .map(Attr::u32)
            .transpose()
    }

    /// Refuses the request because `attr` is bad.
    pub fn bad(&self, attr: SettingsAttr, errno: Error, message: &'static CStr) -> ExtAckError<'a> {
        self.info.bad_attr(attr as u16, errno, message)
    }

    /// Refuses the request because it lacks `attr`.
    pub fn missing(&self, attr: SettingsAttr, message: &'static CStr) -> ExtAckError<'a> {
        ExtAckError::missing_attr(attr as u16, message)
    }

    fn attr(&self, attr: SettingsAttr) -> Option<Attr<'a>> {
        self.info.attrs().get(attr as u16)
    }
}

/// The reply of `greet`.
pub struct GreetReply<'a> {
    msg: GenlMsg<'a>,
}

impl<'a> GreetReply<'a> {
    /// Bytes of attributes that a message has at the most.
    const SIZE: usize = attr_size(size_of::<u64>())
        + attr_size(MESSAGE_MAX + 1)
        + attr_size(size_of::<u32>())
        + attr_size(size_of::<u32>())
        + attr_size(COOKIE_MAX);

    /// Starts the reply to the request with the given `info`.
    pub fn new(info: Info<'a>) -> Result<Self> {
        let msg = GenlMsg::new_reply(&info, &FAMILY, Cmd::Greet as u8, Self::SIZE)?;
        Ok(Self { msg })
    }

    /// Number of this greeting in its network namespace, counted from 1 and never used twice.
    pub fn id(&mut self, value: u64) -> Result {
        self.msg.put_uint(GreetingAttr::Id as u16, value)
    }

    /// The kernel's greeting.
    pub fn message(&mut self, value: &[u8]) -> Result {
        self.msg.put_str(GreetingAttr::Message as u16, value)
    }

    /// Netlink port from which the greeting was asked for.
    pub fn portid(&mut self, value: u32) -> Result {
        self.msg.put_u32(GreetingAttr::Portid as u16, value)
    }

    /// How the greeting opens; when absent, the default style.
    pub fn style(&mut self, value: Style) -> Result {
        self.msg.put_u32(GreetingAttr::Style as u16, value as u32)
    }

    /// Bytes of the sender's choice, returned unchanged.
    pub fn cookie(&mut self, value: &[u8]) -> Result {
        self.msg.put_bytes(GreetingAttr::Cookie as u16, value)
    }

    /// Sends the reply to where the request came from.
    pub fn send(self) -> Result {
        self.msg.send()
    }
}

/// The reply of `peer-get`, and an item of its dump.
pub struct PeerGetReply<'a> {
    msg: GenlMsg<'a>,
}

impl<'a> PeerGetReply<'a> {
    /// Bytes of attributes that a message has at the most.
    const SIZE: usize = attr_size(NAME_MAX + 1)
        + attr_size(size_of::<u64>())
        + attr_size(size_of::<u32>())
        + attr_size(size_of::<u32>())
        + attr_size(size_of::<u64>());

    /// Starts the reply to the request with the given `info`.
    pub fn new(info: Info<'a>) -> Result<Self> {
        let msg = GenlMsg::new_reply(&info, &FAMILY, Cmd::PeerGet as u8, Self::SIZE)?;
        Ok(Self { msg })
    }

    /// Starts an item of a dump. Fails with `EMSGSIZE` if the dump's buffer is full.
    pub fn item<C: Copy>(dump: &'a mut Dump<'_, C>) -> Result<Self> {
        let msg = dump.item(&FAMILY, Cmd::PeerGet as u8)?;
        Ok(Self { msg })
    }

    /// The name that was greeted; names are compared byte for byte.
    pub fn name(&mut self, value: &[u8]) -> Result {
        self.msg.put_str(PeerAttr::Name as u16, value)
    }

    /// How often.
    pub fn greetings(&mut self, value: u64) -> Result {
        self.msg.put_uint(PeerAttr::Greetings as u16, value)
    }

    /// Netlink port of the last greeting.
    pub fn last_portid(&mut self, value: u32) -> Result {
        self.msg.put_u32(PeerAttr::LastPortid as u16, value)
    }

    /// Style of the last greeting.
    pub fn last_style(&mut self, value: Style) -> Result {
        self.msg.put_u32(PeerAttr::LastStyle as u16, value as u32)
    }

    /// When the last greeting was, in nanoseconds of CLOCK_BOOTTIME.
    pub fn last_seen(&mut self, value: u64) -> Result {
        self.msg.put_uint(PeerAttr::LastSeen as u16, value)
    }

    /// Sends it to where it was started for.
    pub fn send(self) -> Result {
        self.msg.send()
    }
}

/// The reply of `stats-get`.
pub struct StatsGetReply<'a> {
    msg: GenlMsg<'a>,
}

impl<'a> StatsGetReply<'a> {
    /// Bytes of attributes that a message has at the most.
    const SIZE: usize = 7 * attr_size(size_of::<u64>());

    /// Starts the reply to the request with the given `info`.
    pub fn new(info: Info<'a>) -> Result<Self> {
        let msg = GenlMsg::new_reply(&info, &FAMILY, Cmd::StatsGet as u8, Self::SIZE)?;
        Ok(Self { msg })
    }

    /// Greetings carried out.
    pub fn greetings(&mut self, value: u64) -> Result {
        self.msg.put_uint(StatsAttr::Greetings as u16, value)
    }

    /// Replies that their receiver had room for.
    pub fn replies(&mut self, value: u64) -> Result {
        self.msg.put_uint(StatsAttr::Replies as u16, value)
    }

    /// Greetings that asked for no acknowledgement, and so for no reply.
    pub fn unacked(&mut self, value: u64) -> Result {
        self.msg.put_uint(StatsAttr::Unacked as u16, value)
    }

    /// Greetings that were announced to listeners.
    pub fn events(&mut self, value: u64) -> Result {
        self.msg.put_uint(StatsAttr::Events as u16, value)
    }

    /// Requests that followed the policy and were refused all the same.
    pub fn refused(&mut self, value: u64) -> Result {
        self.msg.put_uint(StatsAttr::Refused as u16, value)
    }

    /// Peers remembered now.
    pub fn peers(&mut self, value: u64) -> Result {
        self.msg.put_uint(StatsAttr::Peers as u16, value)
    }

    /// Peers forgotten to make room for others.
    pub fn evicted(&mut self, value: u64) -> Result {
        self.msg.put_uint(StatsAttr::Evicted as u16, value)
    }

    /// Sends the reply to where the request came from.
    pub fn send(self) -> Result {
        self.msg.send()
    }
}

/// The reply of `settings-get`.
pub struct SettingsGetReply<'a> {
    msg: GenlMsg<'a>,
}

impl<'a> SettingsGetReply<'a> {
    /// Bytes of attributes that a message has at the most.
    const SIZE: usize = attr_size(size_of::<u32>()) + attr_size(size_of::<u32>());

    /// Starts the reply to the request with the given `info`.
    pub fn new(info: Info<'a>) -> Result<Self> {
        let msg = GenlMsg::new_reply(&info, &FAMILY, Cmd::SettingsGet as u8, Self::SIZE)?;
        Ok(Self { msg })
    }

    /// Starts the notification `settings-ntf`, for the listeners in `net`.
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

    /// Whether anybody in `net` would get it.
    pub fn settings_ntf_has_listeners(net: &Net) -> bool {
        FAMILY.has_listeners(net, Group::Config as u32)
    }

    /// Style of a greeting whose request names none; casual at first.
    pub fn default_style(&mut self, value: Style) -> Result {
        self.msg
            .put_u32(SettingsAttr::DefaultStyle as u16, value as u32)
    }

    /// Most peers that are remembered; peer-limit-default at first. When one more is greeted, the
    /// one seen longest ago is forgotten.
    pub fn peer_limit(&mut self, value: u32) -> Result {
        self.msg.put_u32(SettingsAttr::PeerLimit as u16, value)
    }

    /// Sends it to where it was started for.
    pub fn send(self) -> Result {
        self.msg.send()
    }
}

/// The event `greeted`.
pub struct Greeted<'a> {
    msg: GenlMsg<'a>,
}

impl<'a> Greeted<'a> {
    /// Bytes of attributes that a message has at the most.
    const SIZE: usize = attr_size(size_of::<u64>())
        + attr_size(NAME_MAX + 1)
        + attr_size(size_of::<u32>())
        + attr_size(MESSAGE_MAX + 1)
        + attr_size(size_of::<u32>());

    /// Starts the event, for the listeners in `net`.
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

    /// Whether anybody in `net` would get it.
    pub fn has_listeners(net: &Net) -> bool {
        FAMILY.has_listeners(net, Group::Greetings as u32)
    }

    /// Number of this greeting in its network namespace, counted from 1 and never used twice.
    pub fn id(&mut self, value: u64) -> Result {
        self.msg.put_uint(GreetingAttr::Id as u16, value)
    }

    /// Who is greeted: valid UTF-8, at least one byte, no control characters.
    pub fn name(&mut self, value: &[u8]) -> Result {
        self.msg.put_str(GreetingAttr::Name as u16, value)
    }

    /// How the greeting opens; when absent, the default style.
    pub fn style(&mut self, value: Style) -> Result {
        self.msg.put_u32(GreetingAttr::Style as u16, value as u32)
    }

    /// The kernel's greeting.
    pub fn message(&mut self, value: &[u8]) -> Result {
        self.msg.put_str(GreetingAttr::Message as u16, value)
    }

    /// Netlink port from which the greeting was asked for.
    pub fn portid(&mut self, value: u32) -> Result {
        self.msg.put_u32(GreetingAttr::Portid as u16, value)
    }

    /// Sends the event.
    pub fn send(self) -> Result {
        self.msg.send()
    }
}
