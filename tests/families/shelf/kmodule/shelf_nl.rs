// SPDX-License-Identifier: ((GPL-2.0 WITH Linux-syscall-note) OR BSD-3-Clause)
// Generated from shelf.yaml by `ynl-gen-rust --kernel`. Do not edit.

//! The protocol of the family `shelf`: a shelf of things.

use crate::{
    genl::{
        attributes,
        flags,
        message,
        nest,
        nested,
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
        RangeSigned,
        RangeUnsigned, //
    },
    shelf::Shelf, //
};
use kernel::prelude::*;

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

values! {
    /// Sort of a thing.
    pub enum Sort {
        /// A book.
        Book = 0,
        /// A box.
        Box = 1,
        /// A bottle.
        Bottle = 2,
    }
}

flags! {
    /// Handling instructions.
    pub struct CareFlags of
    pub enum Care {
        /// Do not drop.
        Fragile = 0,
        /// Keep dry.
        Dry = 1,
        /// Keep in the dark.
        Dark = 2,
    }
}

attributes! {
    /// Attributes of the set `place`: a place on the shelf.
    pub enum PlaceAttr {
        /// Number of the place, counted from 1.
        Id = 1,
        /// The thing at this place.
        Thing = 2,
    }
}

attributes! {
    /// Attributes of the set `thing`: a thing.
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
}

attributes! {
    /// Attributes of the set `size`: size of a thing.
    pub enum SizeAttr {
        /// Width in millimetres.
        Width = 1,
        /// Height in millimetres.
        Height = 2,
        /// Depth in millimetres.
        Depth = 3,
    }
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
    /// Position of a dump of `get`, where its next part continues.
    type GetCursor: Default + Send + 'static;

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

    /// Starts a dump of `get`: returns its cursor.
    fn get_start<'a>(
        self: Pin<&Self>,
        _request: &GetDumpRequest<'a>,
    ) -> Result<Self::GetCursor, ExtAckError<'a>> {
        Ok(Default::default())
    }

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

operations! {
    static OPS: Shelf = {
        PutDo: do put(PutRequest) = Put, policy PUT_POLICY.as_slice(), permission NetnsAdmin;
        GetDo: do get(GetRequest) = Get, policy GET_POLICY.as_slice();
        GetDump: dump get_dump(GetDumpRequest) = Get, cursor GetCursor from get_start;
    }
}

/// Range of `worth`.
static THING_WORTH_RANGE: RangeSigned = RangeSigned::new(i32::MIN as i64, WORTH_MAX as i64);

/// Range of `width`.
static SIZE_WIDTH_RANGE: RangeUnsigned = RangeUnsigned::new(1, LENGTH_MAX as u64);

/// Range of `height`.
static SIZE_HEIGHT_RANGE: RangeUnsigned = RangeUnsigned::new(1, LENGTH_MAX as u64);

/// Range of `depth`.
static SIZE_DEPTH_RANGE: RangeUnsigned = RangeUnsigned::new(1, LENGTH_MAX as u64);

policy! {
    /// Policy of nests of the set `thing`.
    static THING_NEST_POLICY: [ThingAttr; 7] = {
        Name: nul_string().len(NAME_MAX as u16),
        Sort: u32().max(Sort::Bottle as i64),
        Care: u32().mask(CareFlags::all_bits() as u64),
        Size: nested(SIZE_NEST_POLICY.as_slice()),
        Worth: s32().full_range_signed(&THING_WORTH_RANGE),
        Tag: nul_string().len(NAME_MAX as u16),
    }
}

policy! {
    /// Policy of nests of the set `size`.
    static SIZE_NEST_POLICY: [SizeAttr; 4] = {
        Width: u32().full_range(&SIZE_WIDTH_RANGE),
        Height: u32().full_range(&SIZE_HEIGHT_RANGE),
        Depth: u32().full_range(&SIZE_DEPTH_RANGE),
    }
}

policy! {
    /// Policy of the `put` request.
    static PUT_POLICY: [PlaceAttr; 3] = {
        Thing: nested(THING_NEST_POLICY.as_slice()),
    }
}

policy! {
    /// Policy of the `get` request.
    static GET_POLICY: [PlaceAttr; 2] = {
        Id: u32().min(1),
    }
}

request! {
    /// The `put` request.
    pub struct PutRequest(PlaceAttr) {
        thing: Thing => nest(ThingAttrs),
    }
}

request! {
    /// The `get` request.
    pub struct GetRequest(PlaceAttr) {
        id: Id => u32,
    }
}

request! {
    /// The `get` dump request.
    pub struct GetDumpRequest(NoAttr) {}
}

nested! {
    /// The attributes of a nest of the set `thing`.
    pub struct ThingAttrs(ThingAttr) {
        name: Name => text,
        sort: Sort => u32(Sort),
        care: Care => u32(CareFlags),
        size: Size => nest(SizeAttrs),
        worth: Worth => s32,
        tag: Tag => many(text),
    }
}

nested! {
    /// The attributes of a nest of the set `size`.
    pub struct SizeAttrs(SizeAttr) {
        width: Width => u32,
        height: Height => u32,
        depth: Depth => u32,
    }
}

message! {
    /// The reply to `put`.
    pub struct PutReply(PlaceAttr), 8 bytes:
        reply (new) = Cmd::Put;
    {
        id: Id => u32,
    }
}

message! {
    /// The reply to `get`, and an item of its dump.
    pub struct GetReply(PlaceAttr), any bytes:
        reply (new, with_size) = Cmd::Get;
        item (item) = Cmd::Get;
        event (put_ntf, put_ntf_to, put_ntf_has_listeners, put_ntf_with_size) = Cmd::PutNtf => Group::Changes;
    {
        id: Id => u32,
        thing: Thing => nest(ThingNest),
    }
}

nest! {
    /// Writer of a nest of the set `thing`.
    pub struct ThingNest(ThingAttr) {
        name: Name => text,
        sort: Sort => u32(Sort),
        care: Care => u32(CareFlags),
        size: Size => nest(SizeNest),
        worth: Worth => s32,
        tag: Tag => many(text),
    }
}

nest! {
    /// Writer of a nest of the set `size`.
    pub struct SizeNest(SizeAttr) {
        width: Width => u32,
        height: Height => u32,
        depth: Depth => u32,
    }
}
