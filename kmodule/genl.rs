// SPDX-License-Identifier: GPL-2.0

//! Generic netlink families with operations.
//!
//! [`kernel::net::netlink`] lets a module announce multicast groups. This module adds what a family
//! needs to be asked something: operations, each with its own policy, typed access to the validated
//! attributes of a request, replies, lists, refusals that user space can read (extack), events that
//! stay in their network namespace, and state kept per network namespace. Names are those of
//! [`kernel::net::netlink`] where it has the same thing.
//!
//! The parts, in the order in which a request meets them:
//!
//! - [`Family`] and its [`Registration`]: what the core knows about the family;
//! - [`SplitOp`], [`Doit`] and [`Dumpit`]: one operation and the method that carries it out;
//! - [`PolicyTable`] and [`Policy`]: what the core checks before the method is called;
//! - [`Net`], [`PerNet`] and [`NetSlot`]: the network namespace and the family's state in it;
//! - [`Info`], [`Attrs`], [`AttrStream`] and [`Attr`]: the request;
//! - [`Refusal`]: an error, with what user space is told about it;
//! - [`GenlMsg`], [`PutAttr`] and [`Nest`]: a reply or an event, and an item of a [`Dump`].
//!
//! Not supported: user headers (`hdrsize`), `pre_doit`/`post_doit`, private data of sockets, and
//! `bind`/`unbind`.
//!
//! All of the family's unsafe code is in this module. What a family's author writes on top of it is
//! safe.
//!
//! C header: [`include/net/genetlink.h`](srctree/include/net/genetlink.h)
//!
//! Reference: <https://docs.kernel.org/userspace-api/netlink/intro.html>

mod attr;
mod dump;
mod extack;
mod family;
mod ffi;
mod info;
mod msg;
mod net;
mod ops;
mod policy;
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
    extack::Refusal,
    family::{
        Family,
        MulticastGroup,
        Registration, //
    },
    info::Info,
    msg::{
        GenlMsg,
        GENLMSG_DEFAULT_SIZE, //
    },
    net::{
        HasNetSlot,
        Net,
        NetSlot,
        PerNet, //
    },
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
    put::{
        attr_size,
        Nest,
        PutAttr, //
    },
};

pub(crate) use self::net::net_slot;
