// SPDX-License-Identifier: ((GPL-2.0 WITH Linux-syscall-note) OR BSD-3-Clause)
// Made from shelf.yaml by `ynl-gen-rust --kernel`. Do not edit.

//! The protocol of the family `shelf`: a shelf, and the things on it.

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
        Nest,
        Net,
        PerNet,
        Permission,
        Policy,
        PolicyTable,
        PutAttr,
        RangeSigned,
        RangeUnsigned,
        SplitOp,
        GENLMSG_DEFAULT_SIZE, //
    },
    shelf::Shelf, //
};
use kernel::{
    bits::bit_u32,
    impl_flags,
    prelude::*, //
};

/// Name of the family.
pub const FAMILY_NAME: &CStr = c"shelf";

/// Version of the family.
pub const FAMILY_VERSION: u8 = 1;

/// Longest name and longest tag, in bytes, not counting the NUL.
pub const NAME_MAX: usize = 32;

/// Most tags of a thing.
pub const TAGS_MAX: usize = 8;

/// Greatest length, in millimetres.
pub const LENGTH_MAX: usize = 100000;

/// Greatest worth, in cents.
pub const WORTH_MAX: usize = 1000000;

/// What a thing is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum Sort {
    /// To be read.
    Book = 0,
    /// To be opened.
    Box = 1,
    /// To be drunk.
    Bottle = 2,
}

impl Sort {
    /// The greatest value.
    pub const MAX: u32 = Sort::Bottle as u32;
}

impl TryFrom<u32> for Sort {
    type Error = Error;

    fn try_from(value: u32) -> Result<Self> {
        match value {
            0 => Ok(Sort::Book),
            1 => Ok(Sort::Box),
            2 => Ok(Sort::Bottle),
            _ => Err(EINVAL),
        }
    }
}

impl_flags!(
    /// What a thing has to be spared.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
    pub struct CareFlags(u32);

    /// One of \[`CareFlags`\].
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub enum Care {
        /// Falls.
        Fragile = bit_u32(0),
        /// Water.
        Dry = bit_u32(1),
        /// Light.
        Dark = bit_u32(2),
    }
);

impl TryFrom<u32> for CareFlags {
    type Error = Error;

    fn try_from(value: u32) -> Result<Self> {
        match value & !Self::all_bits() {
            0 => Ok(Self(value)),
            _ => Err(EINVAL),
        }
    }
}

/// Attributes of the set `place`: a place on the shelf.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u16)]
pub enum PlaceAttr {
    /// Number of the place, counted from 1.
    Id = 1,
    /// The thing that stands there.
    Thing = 2,
}

/// Attributes of the set `thing`: a thing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u16)]
pub enum ThingAttr {
    /// What it is called.
    Name = 1,
    /// What it is; a box when absent.
    Sort = 2,
    /// What it has to be spared; nothing when absent.
    Care = 3,
    /// How large it is.
    Size = 4,
    /// In cents; below 0 if one has to pay to be rid of it.
    Worth = 5,
    /// Words to find it by, at most tags-max.
    Tag = 6,
}

/// Attributes of the set `size`: lengths in millimetres.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u16)]
pub enum SizeAttr {
    /// From left to right.
    Width = 1,
    /// From bottom to top.
    Height = 2,
    /// From front to back.
    Depth = 3,
}

/// Commands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Cmd {
    /// Put a thing on the shelf.
    Put = 1,
    /// Look at one thing, or at all in the order of their places.
    Get = 2,
    /// A thing was put on the shelf.
    PutNtf = 3,
}

/// Multicast groups.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum Group {
    /// `changes`.
    Changes = 0,
}

/// The operations of the family: what its author writes.
///
/// The implementing type is also what the family keeps in each network namespace. Requests are
/// carried out in parallel.
pub trait Operations: PerNet {
    /// Where a dump of `get` goes on.
    type GetCursor: Copy + Default + Send + 'static;

    /// Put a thing on the shelf.
    ///
    /// Returns the reply that is to be sent, if any.
    fn put<'a>(
        self: Pin<&Self>,
        request: &PutRequest<'a>,
    ) -> Result<Option<PutReply<'a>>, ExtAckError<'a>>;

    /// Look at one thing, or at all in the order of their places.
    ///
    /// Returns the reply that is to be sent, if any.
    fn get<'a>(
        self: Pin<&Self>,
        request: &GetRequest<'a>,
    ) -> Result<Option<GetReply<'a>>, ExtAckError<'a>>;

    /// Adds the items of `get` to a dump, from its cursor on.
    fn get_dump<'a>(
        self: Pin<&Self>,
        request: &GetDumpRequest<'a>,
        dump: &mut Dump<'a, Self::GetCursor>,
    ) -> Result<(), ExtAckError<'a>>;
}

net_slot!(Shelf);

/// The family; to be registered by the module.
pub static FAMILY: Family = Family::const_new(
    kernel::module::this_module::<crate::LocalModule>(),
    FAMILY_NAME.to_bytes_with_nul(),
    FAMILY_VERSION as u32,
    OPS,
    &GROUPS,
);

static GROUPS: [MulticastGroup; 1] = [MulticastGroup::const_new(c"changes")];

static OPS: &[SplitOp<Shelf>] = &[
    SplitOp::new_do::<PutDo>(),
    SplitOp::new_do::<GetDo>(),
    SplitOp::new_dump::<GetDump>(),
];

/// The values of `worth`.
static THING_WORTH_RANGE: RangeSigned = RangeSigned::new(i32::MIN as i64, WORTH_MAX as i64);

/// The values of `width`.
static SIZE_WIDTH_RANGE: RangeUnsigned = RangeUnsigned::new(1, LENGTH_MAX as u64);

/// The values of `height`.
static SIZE_HEIGHT_RANGE: RangeUnsigned = RangeUnsigned::new(1, LENGTH_MAX as u64);

/// The values of `depth`.
static SIZE_DEPTH_RANGE: RangeUnsigned = RangeUnsigned::new(1, LENGTH_MAX as u64);

/// What a nest of the set `thing` may carry.
static THING_NEST_POLICY: PolicyTable<7> = PolicyTable::from_entries(&[
    (
        ThingAttr::Name as u16,
        Policy::nul_string().len(NAME_MAX as u16),
    ),
    (ThingAttr::Sort as u16, Policy::u32().max(Sort::MAX as i64)),
    (
        ThingAttr::Care as u16,
        Policy::u32().mask(CareFlags::all_bits() as u64),
    ),
    (
        ThingAttr::Size as u16,
        Policy::nested(SIZE_NEST_POLICY.as_slice()),
    ),
    (
        ThingAttr::Worth as u16,
        Policy::s32().full_range_signed(&THING_WORTH_RANGE),
    ),
    (
        ThingAttr::Tag as u16,
        Policy::nul_string().len(NAME_MAX as u16),
    ),
]);

/// What a nest of the set `size` may carry.
static SIZE_NEST_POLICY: PolicyTable<4> = PolicyTable::from_entries(&[
    (
        SizeAttr::Width as u16,
        Policy::u32().full_range(&SIZE_WIDTH_RANGE),
    ),
    (
        SizeAttr::Height as u16,
        Policy::u32().full_range(&SIZE_HEIGHT_RANGE),
    ),
    (
        SizeAttr::Depth as u16,
        Policy::u32().full_range(&SIZE_DEPTH_RANGE),
    ),
]);

/// What the request of `put` may carry.
static PUT_POLICY: PolicyTable<3> = PolicyTable::from_entries(&[(
    PlaceAttr::Thing as u16,
    Policy::nested(THING_NEST_POLICY.as_slice()),
)]);

/// What the request of `get` may carry.
static GET_POLICY: PolicyTable<2> =
    PolicyTable::from_entries(&[(PlaceAttr::Id as u16, Policy::u32().min(1))]);

/// `put`, do.
struct PutDo;

impl Doit for PutDo {
    type State = Shelf;

    const COMMAND: u8 = Cmd::Put as u8;
    const PERMISSION: Permission = Permission::NetnsAdmin;
    const POLICY: &'static [Policy] = PUT_POLICY.as_slice();

    #[inline]
    fn doit<'a>(state: Pin<&Shelf>, info: Info<'a>) -> Result<(), ExtAckError<'a>> {
        match state.put(&PutRequest { info })? {
            Some(reply) => Ok(reply.send()?),
            None => Ok(()),
        }
    }
}

/// `get`, do.
struct GetDo;

impl Doit for GetDo {
    type State = Shelf;

    const COMMAND: u8 = Cmd::Get as u8;
    const POLICY: &'static [Policy] = GET_POLICY.as_slice();

    #[inline]
    fn doit<'a>(state: Pin<&Shelf>, info: Info<'a>) -> Result<(), ExtAckError<'a>> {
        match state.get(&GetRequest { info })? {
            Some(reply) => Ok(reply.send()?),
            None => Ok(()),
        }
    }
}

/// `get`, dump.
struct GetDump;

impl Dumpit for GetDump {
    type State = Shelf;
    type Cursor = <Shelf as Operations>::GetCursor;

    const COMMAND: u8 = Cmd::Get as u8;
    const POLICY: &'static [Policy] = &[];

    fn dumpit<'a>(
        state: Pin<&Shelf>,
        dump: &mut Dump<'a, Self::Cursor>,
    ) -> Result<(), ExtAckError<'a>> {
        let info = dump.info();
        state.get_dump(&GetDumpRequest { info }, dump)
    }
}

/// The request of `put`.
pub struct PutRequest<'a> {
    info: Info<'a>,
}

impl<'a> PutRequest<'a> {
    /// Who sent the request, and what for beside its attributes.
    pub fn info(&self) -> Info<'a> {
        self.info
    }

    /// The thing that stands there.
    pub fn thing(&self) -> Option<ThingAttrs<'a>> {
        self.attr(PlaceAttr::Thing).map(|nest| ThingAttrs { nest })
    }

    /// Refuses the request because `attr` is bad.
    pub fn bad(&self, attr: PlaceAttr, errno: Error, message: &'static CStr) -> ExtAckError<'a> {
        self.info.bad_attr(attr as u16, errno, message)
    }

    /// Refuses the request because it lacks `attr`.
    pub fn missing(&self, attr: PlaceAttr, message: &'static CStr) -> ExtAckError<'a> {
        ExtAckError::missing_attr(attr as u16, message)
    }

    fn attr(&self, attr: PlaceAttr) -> Option<Attr<'a>> {
        self.info.attrs().get(attr as u16)
    }
}

/// The request of `get`.
pub struct GetRequest<'a> {
    info: Info<'a>,
}

impl<'a> GetRequest<'a> {
    /// Who sent the request, and what for beside its attributes.
    pub fn info(&self) -> Info<'a> {
        self.info
    }

    /// Number of the place, counted from 1.
    pub fn id(&self) -> Result<Option<u32>, ExtAckError<'a>> {
        self.attr(PlaceAttr::Id).map(Attr::u32).transpose()
    }

    /// Refuses the request because `attr` is bad.
    pub fn bad(&self, attr: PlaceAttr, errno: Error, message: &'static CStr) -> ExtAckError<'a> {
        self.info.bad_attr(attr as u16, errno, message)
    }

    /// Refuses the request because it lacks `attr`.
    pub fn missing(&self, attr: PlaceAttr, message: &'static CStr) -> ExtAckError<'a> {
        ExtAckError::missing_attr(attr as u16, message)
    }

    fn attr(&self, attr: PlaceAttr) -> Option<Attr<'a>> {
        self.info.attrs().get(attr as u16)
    }
}

/// The dump request of `get`.
pub struct GetDumpRequest<'a> {
    info: Info<'a>,
}

impl<'a> GetDumpRequest<'a> {
    /// Who sent the request, and what for beside its attributes.
    pub fn info(&self) -> Info<'a> {
        self.info
    }
}

/// The attributes of the set `thing`, in a nest.
#[derive(Clone, Copy)]
pub struct ThingAttrs<'a> {
    nest: Attr<'a>,
}

impl<'a> ThingAttrs<'a> {
    /// The nest itself.
    pub fn nest(&self) -> Attr<'a> {
        self.nest
    }

    /// What it is called.
    ///
    /// The policy has checked the length; the bytes are the sender's.
    pub fn name(&self) -> Option<&'a [u8]> {
        self.attr(ThingAttr::Name).map(Attr::string)
    }

    /// What it is; a box when absent.
    pub fn sort(&self) -> Result<Option<Sort>, ExtAckError<'a>> {
        self.attr(ThingAttr::Sort).map(Attr::u32_enum).transpose()
    }

    /// What it has to be spared; nothing when absent.
    pub fn care(&self) -> Result<Option<CareFlags>, ExtAckError<'a>> {
        self.attr(ThingAttr::Care).map(Attr::u32_enum).transpose()
    }

    /// How large it is.
    pub fn size(&self) -> Option<SizeAttrs<'a>> {
        self.attr(ThingAttr::Size).map(|nest| SizeAttrs { nest })
    }

    /// In cents; below 0 if one has to pay to be rid of it.
    pub fn worth(&self) -> Result<Option<i32>, ExtAckError<'a>> {
        self.attr(ThingAttr::Worth).map(Attr::s32).transpose()
    }

    /// Words to find it by, at most tags-max.
    ///
    /// The policy has checked the length; the bytes are the sender's.
    pub fn tag(&self) -> impl Iterator<Item = &'a [u8]> {
        self.nest
            .nested()
            .all(ThingAttr::Tag as u16)
            .map(Attr::string)
    }

    /// Refuses the request because `attr` is bad.
    pub fn bad(&self, attr: ThingAttr, errno: Error, message: &'static CStr) -> ExtAckError<'a> {
        match self.attr(attr) {
            Some(attr) => ExtAckError::bad_attr(errno, attr, message),
            None => ExtAckError::bad_attr(errno, self.nest, message),
        }
    }

    /// Refuses the request because the nest lacks `attr`.
    pub fn missing(&self, attr: ThingAttr, message: &'static CStr) -> ExtAckError<'a> {
        ExtAckError::missing_in(self.nest, attr as u16, message)
    }

    fn attr(&self, attr: ThingAttr) -> Option<Attr<'a>> {
        self.nest.nested().get(attr as u16)
    }
}

/// The attributes of the set `size`, in a nest.
#[derive(Clone, Copy)]
pub struct SizeAttrs<'a> {
    nest: Attr<'a>,
}

impl<'a> SizeAttrs<'a> {
    /// The nest itself.
    pub fn nest(&self) -> Attr<'a> {
        self.nest
    }

    /// From left to right.
    pub fn width(&self) -> Result<Option<u32>, ExtAckError<'a>> {
        self.attr(SizeAttr::Width).map(Attr::u32).transpose()
    }

    /// From bottom to top.
    pub fn height(&self) -> Result<Option<u32>, ExtAckError<'a>> {
        self.attr(SizeAttr::Height).map(Attr::u32).transpose()
    }

    /// From front to back.
    pub fn depth(&self) -> Result<Option<u32>, ExtAckError<'a>> {
        self.attr(SizeAttr::Depth).map(Attr::u32).transpose()
    }

    /// Refuses the request because `attr` is bad.
    pub fn bad(&self, attr: SizeAttr, errno: Error, message: &'static CStr) -> ExtAckError<'a> {
        match self.attr(attr) {
            Some(attr) => ExtAckError::bad_attr(errno, attr, message),
            None => ExtAckError::bad_attr(errno, self.nest, message),
        }
    }

    /// Refuses the request because the nest lacks `attr`.
    pub fn missing(&self, attr: SizeAttr, message: &'static CStr) -> ExtAckError<'a> {
        ExtAckError::missing_in(self.nest, attr as u16, message)
    }

    fn attr(&self, attr: SizeAttr) -> Option<Attr<'a>> {
        self.nest.nested().get(attr as u16)
    }
}

/// The reply of `put`.
pub struct PutReply<'a> {
    msg: GenlMsg<'a>,
}

impl<'a> PutReply<'a> {
    /// Bytes of attributes that a message has at the most.
    const SIZE: usize = attr_size(size_of::<u32>());

    /// Starts the reply to the request with the given `info`.
    pub fn new(info: Info<'a>) -> Result<Self> {
        let msg = GenlMsg::new_reply(&info, &FAMILY, Cmd::Put as u8, Self::SIZE)?;
        Ok(Self { msg })
    }

    /// Number of the place, counted from 1.
    pub fn id(&mut self, value: u32) -> Result {
        self.msg.put_u32(PlaceAttr::Id as u16, value)
    }

    /// Sends the reply to where the request came from.
    pub fn send(self) -> Result {
        self.msg.send()
    }
}

/// The reply of `get`, and an item of its dump.
pub struct GetReply<'a> {
    msg: GenlMsg<'a>,
}

impl<'a> GetReply<'a> {
    /// Starts the reply to the request with the given `info`.
    pub fn new(info: Info<'a>) -> Result<Self> {
        Self::with_size(info, GENLMSG_DEFAULT_SIZE)
    }

    /// Starts the reply to the request with the given `info`, with room for `size` bytes of attributes:
    /// their size has no limit, and one for which there is no room is refused with `EMSGSIZE`.
    pub fn with_size(info: Info<'a>, size: usize) -> Result<Self> {
        let msg = GenlMsg::new_reply(&info, &FAMILY, Cmd::Get as u8, size)?;
        Ok(Self { msg })
    }

    /// Starts an item of a dump. Fails with `EMSGSIZE` if the dump's buffer is full.
    pub fn item<C: Copy>(dump: &'a mut Dump<'_, C>) -> Result<Self> {
        let msg = dump.item(&FAMILY, Cmd::Get as u8)?;
        Ok(Self { msg })
    }

    /// Starts the notification `put-ntf`, for the listeners in `net`.
    pub fn put_ntf(net: &'a Net) -> Result<Self> {
        Self::put_ntf_with_size(net, GENLMSG_DEFAULT_SIZE)
    }

    /// Starts the notification `put-ntf`, for the listeners in `net`, with room for `size` bytes of
    /// attributes: their size has no limit, and one for which there is no room is refused with
    /// `EMSGSIZE`.
    pub fn put_ntf_with_size(net: &'a Net, size: usize) -> Result<Self> {
        let msg = GenlMsg::new_event(net, &FAMILY, Cmd::PutNtf as u8, Group::Changes as u32, size)?;
        Ok(Self { msg })
    }

    /// Whether anybody in `net` would get it.
    pub fn put_ntf_has_listeners(net: &Net) -> bool {
        FAMILY.has_listeners(net, Group::Changes as u32)
    }

    /// Number of the place, counted from 1.
    pub fn id(&mut self, value: u32) -> Result {
        self.msg.put_u32(PlaceAttr::Id as u16, value)
    }

    /// The thing that stands there.
    pub fn thing(&mut self) -> Result<ThingNest<'_>> {
        let nest = self.msg.put_nested(PlaceAttr::Thing as u16)?;
        Ok(ThingNest { nest })
    }

    /// Sends it to where it was started for.
    pub fn send(self) -> Result {
        self.msg.send()
    }
}

/// A nest of the set `thing`, being written.
pub struct ThingNest<'m> {
    nest: Nest<'m>,
}

impl ThingNest<'_> {
    /// What it is called.
    pub fn name(&mut self, value: &[u8]) -> Result {
        self.nest.put_str(ThingAttr::Name as u16, value)
    }

    /// What it is; a box when absent.
    pub fn sort(&mut self, value: Sort) -> Result {
        self.nest.put_u32(ThingAttr::Sort as u16, value as u32)
    }

    /// What it has to be spared; nothing when absent.
    pub fn care(&mut self, value: CareFlags) -> Result {
        self.nest.put_u32(ThingAttr::Care as u16, value.into())
    }

    /// How large it is.
    pub fn size(&mut self) -> Result<SizeNest<'_>> {
        let nest = self.nest.put_nested(ThingAttr::Size as u16)?;
        Ok(SizeNest { nest })
    }

    /// In cents; below 0 if one has to pay to be rid of it.
    pub fn worth(&mut self, value: i32) -> Result {
        self.nest.put_s32(ThingAttr::Worth as u16, value)
    }

    /// Words to find it by, at most tags-max.
    ///
    /// May be put several times.
    pub fn tag(&mut self, value: &[u8]) -> Result {
        self.nest.put_str(ThingAttr::Tag as u16, value)
    }

    /// Completes it. Dropped instead, it is taken back.
    pub fn end(self) -> Result {
        self.nest.end()
    }
}

/// A nest of the set `size`, being written.
pub struct SizeNest<'m> {
    nest: Nest<'m>,
}

impl SizeNest<'_> {
    /// From left to right.
    pub fn width(&mut self, value: u32) -> Result {
        self.nest.put_u32(SizeAttr::Width as u16, value)
    }

    /// From bottom to top.
    pub fn height(&mut self, value: u32) -> Result {
        self.nest.put_u32(SizeAttr::Height as u16, value)
    }

    /// From front to back.
    pub fn depth(&mut self, value: u32) -> Result {
        self.nest.put_u32(SizeAttr::Depth as u16, value)
    }

    /// Completes it. Dropped instead, it is taken back.
    pub fn end(self) -> Result {
        self.nest.end()
    }
}
