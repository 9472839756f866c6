// SPDX-License-Identifier: ((GPL-2.0 WITH Linux-syscall-note) OR BSD-3-Clause)
// Generated from shelf.yaml by `ynl-gen-rust --kernel`. Do not edit.

//! The protocol of the family `shelf`: a shelf of things.

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

/// Maximum length of a name or tag in bytes, not counting the NUL.
pub const NAME_MAX: usize = 32;

/// Maximum number of tags of a thing.
pub const TAGS_MAX: usize = 8;

/// Maximum length in millimetres.
pub const LENGTH_MAX: usize = 100000;

/// Maximum worth in cents.
pub const WORTH_MAX: usize = 1000000;

/// Sort of a thing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum Sort {
    /// A book.
    Book = 0,
    /// A box.
    Box = 1,
    /// A bottle.
    Bottle = 2,
}

impl Sort {
    /// The maximum value.
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
    /// Handling instructions.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
    pub struct CareFlags(u32);

    /// One of \[`CareFlags`\].
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub enum Care {
        /// Do not drop.
        Fragile = bit_u32(0),
        /// Keep dry.
        Dry = bit_u32(1),
        /// Keep in the dark.
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
    /// The thing at this place.
    Thing = 2,
}

/// Attributes of the set `thing`: a thing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u16)]
pub enum ThingAttr {
    /// Name of the thing.
    Name = 1,
    /// Sort of the thing. Defaults to box.
    Sort = 2,
    /// Handling instructions. Defaults to none.
    Care = 3,
    /// Size of the thing.
    Size = 4,
    /// Worth in cents. Negative if its disposal costs money.
    Worth = 5,
    /// Search terms, at most tags-max.
    Tag = 6,
}

/// Attributes of the set `size`: size of a thing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u16)]
pub enum SizeAttr {
    /// Width in millimetres.
    Width = 1,
    /// Height in millimetres.
    Height = 2,
    /// Depth in millimetres.
    Depth = 3,
}

/// Commands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Cmd {
    /// Put a thing on the shelf.
    Put = 1,
    /// Get one thing, or dump all things in the order of their places.
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

/// The operations of the family, which its author implements.
///
/// The implementing type holds the family's state. Each network namespace has its own value.
/// Requests run in parallel.
pub trait Operations: PerNet {
    /// Position of a dump of `get`, where its next call continues.
    type GetCursor: Copy + Default + Send + 'static;

    /// Put a thing on the shelf.
    ///
    /// Returns the reply to send, or `None` to send no reply.
    fn put<'a>(
        self: Pin<&Self>,
        request: &PutRequest<'a>,
    ) -> Result<Option<PutReply<'a>>, ExtAckError<'a>>;

    /// Get one thing, or dump all things in the order of their places.
    ///
    /// Returns the reply to send, or `None` to send no reply.
    fn get<'a>(
        self: Pin<&Self>,
        request: &GetRequest<'a>,
    ) -> Result<Option<GetReply<'a>>, ExtAckError<'a>>;

    /// Adds the items of `get` to `dump`, starting at its cursor.
    fn get_dump<'a>(
        self: Pin<&Self>,
        request: &GetDumpRequest<'a>,
        dump: &mut Dump<'a, Self::GetCursor>,
    ) -> Result<(), ExtAckError<'a>>;
}

net_slot!(Shelf);

/// The family. The module registers it.
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

/// Range of `worth`.
static THING_WORTH_RANGE: RangeSigned = RangeSigned::new(i32::MIN as i64, WORTH_MAX as i64);

/// Range of `width`.
static SIZE_WIDTH_RANGE: RangeUnsigned = RangeUnsigned::new(1, LENGTH_MAX as u64);

/// Range of `height`.
static SIZE_HEIGHT_RANGE: RangeUnsigned = RangeUnsigned::new(1, LENGTH_MAX as u64);

/// Range of `depth`.
static SIZE_DEPTH_RANGE: RangeUnsigned = RangeUnsigned::new(1, LENGTH_MAX as u64);

/// Policy of nests of the set `thing`.
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

/// Policy of nests of the set `size`.
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

/// Policy of the `put` request.
static PUT_POLICY: PolicyTable<3> = PolicyTable::from_entries(&[(
    PlaceAttr::Thing as u16,
    Policy::nested(THING_NEST_POLICY.as_slice()),
)]);

/// Policy of the `get` request.
static GET_POLICY: PolicyTable<2> =
    PolicyTable::from_entries(&[(PlaceAttr::Id as u16, Policy::u32().min(1))]);

/// The do of `put`.
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

/// The do of `get`.
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

/// The dump of `get`.
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

/// The `put` request.
pub struct PutRequest<'a> {
    info: Info<'a>,
}

impl<'a> PutRequest<'a> {
    /// Returns the metadata of the request: sender, headers and network namespace.
    pub fn info(&self) -> Info<'a> {
        self.info
    }

    /// Returns `thing`: the thing at this place.
    pub fn thing(&self) -> Option<ThingAttrs<'a>> {
        self.attr(PlaceAttr::Thing).map(|nest| ThingAttrs { nest })
    }

    /// Returns an error that refuses the request because `attr` is invalid.
    pub fn bad(&self, attr: PlaceAttr, errno: Error, message: &'static CStr) -> ExtAckError<'a> {
        self.info.bad_attr(attr as u16, errno, message)
    }

    /// Returns an error that refuses the request because it lacks `attr`.
    pub fn missing(&self, attr: PlaceAttr, message: &'static CStr) -> ExtAckError<'a> {
        ExtAckError::missing_attr(attr as u16, message)
    }

    fn attr(&self, attr: PlaceAttr) -> Option<Attr<'a>> {
        self.info.attrs().get(attr as u16)
    }
}

/// The `get` request.
pub struct GetRequest<'a> {
    info: Info<'a>,
}

impl<'a> GetRequest<'a> {
    /// Returns the metadata of the request: sender, headers and network namespace.
    pub fn info(&self) -> Info<'a> {
        self.info
    }

    /// Returns `id`: number of the place, counted from 1.
    ///
    /// # Errors
    ///
    /// `EINVAL` if the length or the value of the attribute is invalid.
    pub fn id(&self) -> Result<Option<u32>, ExtAckError<'a>> {
        self.attr(PlaceAttr::Id).map(Attr::u32).transpose()
    }

    /// Returns an error that refuses the request because `attr` is invalid.
    pub fn bad(&self, attr: PlaceAttr, errno: Error, message: &'static CStr) -> ExtAckError<'a> {
        self.info.bad_attr(attr as u16, errno, message)
    }

    /// Returns an error that refuses the request because it lacks `attr`.
    pub fn missing(&self, attr: PlaceAttr, message: &'static CStr) -> ExtAckError<'a> {
        ExtAckError::missing_attr(attr as u16, message)
    }

    fn attr(&self, attr: PlaceAttr) -> Option<Attr<'a>> {
        self.info.attrs().get(attr as u16)
    }
}

/// The `get` dump request.
pub struct GetDumpRequest<'a> {
    info: Info<'a>,
}

impl<'a> GetDumpRequest<'a> {
    /// Returns the metadata of the request: sender, headers and network namespace.
    pub fn info(&self) -> Info<'a> {
        self.info
    }
}

/// The attributes of a nest of the set `thing`.
#[derive(Clone, Copy)]
pub struct ThingAttrs<'a> {
    nest: Attr<'a>,
}

impl<'a> ThingAttrs<'a> {
    /// Returns the nest itself.
    pub fn nest(&self) -> Attr<'a> {
        self.nest
    }

    /// Returns `name`: name of the thing.
    ///
    /// The policy has checked the length, not the bytes.
    pub fn name(&self) -> Option<&'a [u8]> {
        self.attr(ThingAttr::Name).map(Attr::string)
    }

    /// Returns `sort`: sort of the thing. Defaults to box.
    ///
    /// # Errors
    ///
    /// `EINVAL` if the length or the value of the attribute is invalid.
    pub fn sort(&self) -> Result<Option<Sort>, ExtAckError<'a>> {
        self.attr(ThingAttr::Sort).map(Attr::u32_enum).transpose()
    }

    /// Returns `care`: handling instructions. Defaults to none.
    ///
    /// # Errors
    ///
    /// `EINVAL` if the length or the value of the attribute is invalid.
    pub fn care(&self) -> Result<Option<CareFlags>, ExtAckError<'a>> {
        self.attr(ThingAttr::Care).map(Attr::u32_enum).transpose()
    }

    /// Returns `size`: size of the thing.
    pub fn size(&self) -> Option<SizeAttrs<'a>> {
        self.attr(ThingAttr::Size).map(|nest| SizeAttrs { nest })
    }

    /// Returns `worth`: worth in cents. Negative if its disposal costs money.
    ///
    /// # Errors
    ///
    /// `EINVAL` if the length or the value of the attribute is invalid.
    pub fn worth(&self) -> Result<Option<i32>, ExtAckError<'a>> {
        self.attr(ThingAttr::Worth).map(Attr::s32).transpose()
    }

    /// Returns `tag`: search terms, at most tags-max.
    ///
    /// The policy has checked the length, not the bytes.
    pub fn tag(&self) -> impl Iterator<Item = &'a [u8]> {
        self.nest
            .nested()
            .all(ThingAttr::Tag as u16)
            .map(Attr::string)
    }

    /// Returns an error that refuses the request because `attr` is invalid.
    pub fn bad(&self, attr: ThingAttr, errno: Error, message: &'static CStr) -> ExtAckError<'a> {
        match self.attr(attr) {
            Some(attr) => ExtAckError::bad_attr(errno, attr, message),
            None => ExtAckError::bad_attr(errno, self.nest, message),
        }
    }

    /// Returns an error that refuses the request because the nest lacks `attr`.
    pub fn missing(&self, attr: ThingAttr, message: &'static CStr) -> ExtAckError<'a> {
        ExtAckError::missing_in(self.nest, attr as u16, message)
    }

    fn attr(&self, attr: ThingAttr) -> Option<Attr<'a>> {
        self.nest.nested().get(attr as u16)
    }
}

/// The attributes of a nest of the set `size`.
#[derive(Clone, Copy)]
pub struct SizeAttrs<'a> {
    nest: Attr<'a>,
}

impl<'a> SizeAttrs<'a> {
    /// Returns the nest itself.
    pub fn nest(&self) -> Attr<'a> {
        self.nest
    }

    /// Returns `width`: width in millimetres.
    ///
    /// # Errors
    ///
    /// `EINVAL` if the length or the value of the attribute is invalid.
    pub fn width(&self) -> Result<Option<u32>, ExtAckError<'a>> {
        self.attr(SizeAttr::Width).map(Attr::u32).transpose()
    }

    /// Returns `height`: height in millimetres.
    ///
    /// # Errors
    ///
    /// `EINVAL` if the length or the value of the attribute is invalid.
    pub fn height(&self) -> Result<Option<u32>, ExtAckError<'a>> {
        self.attr(SizeAttr::Height).map(Attr::u32).transpose()
    }

    /// Returns `depth`: depth in millimetres.
    ///
    /// # Errors
    ///
    /// `EINVAL` if the length or the value of the attribute is invalid.
    pub fn depth(&self) -> Result<Option<u32>, ExtAckError<'a>> {
        self.attr(SizeAttr::Depth).map(Attr::u32).transpose()
    }

    /// Returns an error that refuses the request because `attr` is invalid.
    pub fn bad(&self, attr: SizeAttr, errno: Error, message: &'static CStr) -> ExtAckError<'a> {
        match self.attr(attr) {
            Some(attr) => ExtAckError::bad_attr(errno, attr, message),
            None => ExtAckError::bad_attr(errno, self.nest, message),
        }
    }

    /// Returns an error that refuses the request because the nest lacks `attr`.
    pub fn missing(&self, attr: SizeAttr, message: &'static CStr) -> ExtAckError<'a> {
        ExtAckError::missing_in(self.nest, attr as u16, message)
    }

    fn attr(&self, attr: SizeAttr) -> Option<Attr<'a>> {
        self.nest.nested().get(attr as u16)
    }
}

/// The reply to `put`.
///
/// Adding an attribute fails with `EMSGSIZE` if the message has no room for it.
pub struct PutReply<'a> {
    msg: GenlMsg<'a>,
}

impl<'a> PutReply<'a> {
    /// Maximum size of the attributes of a message, in bytes.
    const SIZE: usize = attr_size(size_of::<u32>());

    /// Creates the reply to the request of `info`.
    ///
    /// # Errors
    ///
    /// `ENOMEM` if memory is exhausted.
    pub fn new(info: Info<'a>) -> Result<Self> {
        let msg = GenlMsg::new_reply(&info, &FAMILY, Cmd::Put as u8, Self::SIZE)?;
        Ok(Self { msg })
    }

    /// Adds `id`: number of the place, counted from 1.
    pub fn id(&mut self, value: u32) -> Result {
        self.msg.put_u32(PlaceAttr::Id as u16, value)
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

/// The reply to `get`, and an item of its dump.
///
/// Adding an attribute fails with `EMSGSIZE` if the message has no room for it.
pub struct GetReply<'a> {
    msg: GenlMsg<'a>,
}

impl<'a> GetReply<'a> {
    /// Creates the reply to the request of `info`.
    ///
    /// # Errors
    ///
    /// `ENOMEM` if memory is exhausted.
    pub fn new(info: Info<'a>) -> Result<Self> {
        Self::with_size(info, GENLMSG_DEFAULT_SIZE)
    }

    /// Creates the reply to the request of `info`, with room for `size` bytes of attributes. Use it for
    /// attributes that exceed the default size, since the spec does not limit them.
    ///
    /// # Errors
    ///
    /// `ENOMEM` if memory is exhausted.
    pub fn with_size(info: Info<'a>, size: usize) -> Result<Self> {
        let msg = GenlMsg::new_reply(&info, &FAMILY, Cmd::Get as u8, size)?;
        Ok(Self { msg })
    }

    /// Creates an item of a dump.
    ///
    /// # Errors
    ///
    /// `EMSGSIZE` if the dump's buffer is full.
    pub fn item<C: Copy>(dump: &'a mut Dump<'_, C>) -> Result<Self> {
        let msg = dump.item(&FAMILY, Cmd::Get as u8)?;
        Ok(Self { msg })
    }

    /// Creates the notification `put-ntf` for the listeners in `net`.
    ///
    /// # Errors
    ///
    /// `ENOMEM` if memory is exhausted.
    pub fn put_ntf(net: &'a Net) -> Result<Self> {
        Self::put_ntf_with_size(net, GENLMSG_DEFAULT_SIZE)
    }

    /// Creates the notification `put-ntf` for the listeners in `net`, with room for `size` bytes of
    /// attributes. Use it for attributes that exceed the default size, since the spec does not limit
    /// them.
    ///
    /// # Errors
    ///
    /// `ENOMEM` if memory is exhausted.
    pub fn put_ntf_with_size(net: &'a Net, size: usize) -> Result<Self> {
        let msg = GenlMsg::new_event(net, &FAMILY, Cmd::PutNtf as u8, Group::Changes as u32, size)?;
        Ok(Self { msg })
    }

    /// Returns whether the group has listeners in `net`.
    pub fn put_ntf_has_listeners(net: &Net) -> bool {
        FAMILY.has_listeners(net, Group::Changes as u32)
    }

    /// Adds `id`: number of the place, counted from 1.
    pub fn id(&mut self, value: u32) -> Result {
        self.msg.put_u32(PlaceAttr::Id as u16, value)
    }

    /// Starts the nest `thing`: the thing at this place.
    pub fn thing(&mut self) -> Result<ThingNest<'_>> {
        let nest = self.msg.put_nested(PlaceAttr::Thing as u16)?;
        Ok(ThingNest { nest })
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

/// Writer of a nest of the set `thing`.
pub struct ThingNest<'m> {
    nest: Nest<'m>,
}

impl ThingNest<'_> {
    /// Adds `name`: name of the thing.
    pub fn name(&mut self, value: &[u8]) -> Result {
        self.nest.put_str(ThingAttr::Name as u16, value)
    }

    /// Adds `sort`: sort of the thing. Defaults to box.
    pub fn sort(&mut self, value: Sort) -> Result {
        self.nest.put_u32(ThingAttr::Sort as u16, value as u32)
    }

    /// Adds `care`: handling instructions. Defaults to none.
    pub fn care(&mut self, value: CareFlags) -> Result {
        self.nest.put_u32(ThingAttr::Care as u16, value.into())
    }

    /// Starts the nest `size`: size of the thing.
    pub fn size(&mut self) -> Result<SizeNest<'_>> {
        let nest = self.nest.put_nested(ThingAttr::Size as u16)?;
        Ok(SizeNest { nest })
    }

    /// Adds `worth`: worth in cents. Negative if its disposal costs money.
    pub fn worth(&mut self, value: i32) -> Result {
        self.nest.put_s32(ThingAttr::Worth as u16, value)
    }

    /// Adds `tag`: search terms, at most tags-max.
    ///
    /// May be called several times.
    pub fn tag(&mut self, value: &[u8]) -> Result {
        self.nest.put_str(ThingAttr::Tag as u16, value)
    }

    /// Ends the writing. A drop without it removes the attribute.
    pub fn end(self) -> Result {
        self.nest.end()
    }
}

/// Writer of a nest of the set `size`.
pub struct SizeNest<'m> {
    nest: Nest<'m>,
}

impl SizeNest<'_> {
    /// Adds `width`: width in millimetres.
    pub fn width(&mut self, value: u32) -> Result {
        self.nest.put_u32(SizeAttr::Width as u16, value)
    }

    /// Adds `height`: height in millimetres.
    pub fn height(&mut self, value: u32) -> Result {
        self.nest.put_u32(SizeAttr::Height as u16, value)
    }

    /// Adds `depth`: depth in millimetres.
    pub fn depth(&mut self, value: u32) -> Result {
        self.nest.put_u32(SizeAttr::Depth as u16, value)
    }

    /// Ends the writing. A drop without it removes the attribute.
    pub fn end(self) -> Result {
        self.nest.end()
    }
}
