// SPDX-License-Identifier: GPL-2.0

//! Generic netlink families with operations.
//!
//! [`kernel::net::netlink`] lets a module send to multicast groups. This module adds the rest of a
//! family: operations with a policy each, typed access to the validated attributes of a request,
//! replies, dumps, errors with an extended ack (extack), events that stay in their network
//! namespace, and state for each network namespace. Names are the same as in
//! [`kernel::net::netlink`] where it has the same thing.
//!
//! The parts, in the order in which a request meets them:
//!
//! - [`Family`] and [`FamilyOptions`]: the family, as the generic netlink core sees it; `module!`
//!   registers it;
//! - [`SplitOp`], [`Doit`] and [`Dumpit`]: an operation and its callbacks;
//! - [`PolicyTable`] and [`Policy`]: the core's validation of the request's attributes;
//! - [`Net`], [`WeakNet`], [`PerNet`] and [`NetSlot`]: the network namespace and the family's state in
//!   it; [`NetDevice`]: its devices;
//! - [`Info`], [`MsgFlags`], [`Capability`], [`Attrs`], [`AttrStream`] and [`Attr`]: the request;
//! - [`ExtAckError`]: an errno and the extended ack that explains it;
//! - [`Request`], [`Nested`] and [`Message`]: the types of the messages of a spec, by macros;
//! - [`GenlMsg`], [`PutAttr`] and [`Nest`]: a reply, an item of a [`Dump`], an event, or a message to
//!   any [`Dest`].
//!
//! Not supported:
//!
//! - private data of sockets, which the kernel does not export: keep it in the family's state by
//!   [`Info::portid`] or [`Info::socket`], until [`PerNet::port_closed`];
//! - capability checks in user namespaces other than the owner of a network namespace.
//!
//! There are no `pre_doit` and `post_doit`. Call a function at the start of [`Doit::doit`], and let the
//! guard that it returns do the work of `post_doit` when it is dropped.
//!
//! This module contains all unsafe code. A family on top of it needs none.
//!
//! Functions without type parameters are `#[inline]`, so that a kernel module contains only those that
//! it uses. A family's functions should be, too: rustc emits every other one that a callback reaches, and
//! copies a handler's result.
//!
//! C header: [`include/net/genetlink.h`](srctree/include/net/genetlink.h)
//!
//! Reference: <https://docs.kernel.org/userspace-api/netlink/intro.html>
//!
//! # Examples
//!
//! A whole module. Its family adds numbers, separately in each network namespace, and replies with
//! their sum:
//!
//! ```
//! //! Adds numbers.
//!
//! use genl::{
//!     attr_size,
//!     net_slot,
//!     Doit,
//!     Family,
//!     GenlMsg,
//!     Info,
//!     WeakNet,
//!     PerNet,
//!     Policy,
//!     PolicyTable,
//!     PutAttr,
//!     ExtAckError,
//!     SplitOp, //
//! };
//! use kernel::{
//!     prelude::*,
//!     sync::atomic::{
//!         ordering,
//!         Atomic, //
//!     }, //
//! };
//!
//! pub mod genl;
//!
//! genl::module! {
//!     families: [FAMILY],
//!     name: "sum",
//!     authors: ["The author"],
//!     description: "Generic netlink family that adds numbers",
//!     license: "GPL",
//! }
//!
//! static FAMILY: Family = Family::const_new(
//!     kernel::module::this_module::<LocalModule>(),
//!     c"sum".to_bytes_with_nul(),
//!     1,
//!     &OPS,
//!     &[],
//! );
//!
//! static OPS: [SplitOp<Sum>; 1] = [SplitOp::new_do::<Add>()];
//!
//! /// State of a network namespace.
//! struct Sum {
//!     sum: Atomic<u64>,
//! }
//!
//! impl PerNet for Sum {
//!     fn new(_net: WeakNet) -> impl PinInit<Self, Error> {
//!         Ok(Self {
//!             sum: Atomic::new(0),
//!         })
//!     }
//! }
//!
//! net_slot!(Sum);
//!
//! /// The attribute of a request.
//! const NUMBER: u16 = 1;
//!
//! /// The attribute of a reply.
//! const SUM: u16 = 2;
//!
//! static POLICY: PolicyTable<2> = PolicyTable::new().with(NUMBER, Policy::u32().max(1000));
//!
//! /// The operation.
//! struct Add;
//!
//! impl Doit for Add {
//!     type State = Sum;
//!     const COMMAND: u8 = 1;
//!     const POLICY: &'static [Policy] = POLICY.as_slice();
//!
//!     fn doit<'a>(state: Pin<&Sum>, info: Info<'a>) -> Result<(), ExtAckError<'a>> {
//!         let Some(number) = info.attrs().get(NUMBER) else {
//!             return Err(ExtAckError::missing_attr(NUMBER, c"number is required"));
//!         };
//!         let number = u64::from(number.u32()?);
//!         let size = attr_size(size_of::<u64>());
//!         let mut reply = GenlMsg::new_reply(&info, &FAMILY, Self::COMMAND, size)?;
//!         let before = state.sum.fetch_add(number, ordering::Relaxed);
//!         reply.put_uint(SUM, before.wrapping_add(number))?;
//!         Ok(reply.send()?)
//!     }
//! }
//! ```
//!
//! The module is linked with `genl/helpers.c`. The examples of the parts continue this family.

mod attr;
mod dump;
mod extack;
mod family;
mod ffi;
mod info;
mod module;
mod msg;
mod net;
mod netdev;
mod ops;
mod policy;
#[allow(unused_imports, unused_macros)]
mod protocol;
mod put;
#[cfg(CONFIG_KUNIT = "y")]
mod testing;

pub use self::{
    attr::{
        Attr,
        AttrStream,
        Attrs, //
    },
    dump::{
        Dump,
        Dumpit, //
    },
    extack::ExtAckError,
    family::{
        Family,
        FamilyOptions,
        Listeners,
        MulticastGroup, //
    },
    info::{
        Capability,
        Info,
        MsgFlags,
        RequestHeader,
        SocketId, //
    },
    module::{
        FamiliesOnly,
        Registered, //
    },
    msg::{
        Dest,
        GenlMsg,
        Gfp,
        GENLMSG_DEFAULT_SIZE, //
    },
    net::{
        HasNetSlot,
        Net,
        NetSlot,
        PerNet,
        WeakNet, //
    },
    netdev::NetDevice,
    ops::{
        Doit,
        Permission,
        SplitOp, //
    },
    policy::{
        Policy,
        PolicyTable,
        RangeSigned,
        RangeUnsigned, //
    },
    protocol::{
        int,
        put_value,
        Answer,
        Message,
        Nested,
        NoAttr,
        Request,
        UserHeader, //
    },
    put::{
        attr_size,
        Nest,
        PutAttr, //
    },
};

pub(crate) use self::{
    module::module,
    net::net_slot, //
};

// The macros, of which a family uses those that its spec needs.
#[allow(unused_imports)]
pub(crate) use self::protocol::*;
