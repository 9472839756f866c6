// SPDX-License-Identifier: GPL-2.0

//! Messages from the kernel.
//!
//! C headers: [`include/net/genetlink.h`](srctree/include/net/genetlink.h),
//! [`include/net/netlink.h`](srctree/include/net/netlink.h)

use super::{
    ffi::{
        self,
        genl_helper_multicast as multicast, //
    },
    put::Buffer,
    Family,
    Info,
    MsgFlags,
    Net,
    RequestHeader,
    SocketId, //
};
use core::{
    mem::ManuallyDrop,
    ptr::NonNull, //
};
use kernel::{
    alloc::{
        AllocError,
        Flags, //
    },
    bindings,
    error::to_result,
    prelude::*,
    transmute::{
        AsBytes,
        FromBytes, //
    },
};

/// Size of the attributes of a message if it is not known in advance: a page without the headers.
pub const GENLMSG_DEFAULT_SIZE: usize = bindings::GENLMSG_DEFAULT_SIZE;

/// A wrapper around `struct sk_buff` for generic netlink messages.
///
/// # Invariants
///
/// The pointer has ownership over a valid `sk_buff`.
struct NetlinkSkBuff {
    skb: NonNull<bindings::sk_buff>,
}

impl NetlinkSkBuff {
    /// Creates a new `NetlinkSkBuff` with space for `size` bytes of attributes.
    #[inline]
    fn new(size: usize, gfp: Gfp) -> Result<NetlinkSkBuff, AllocError> {
        // SAFETY: `genlmsg_new` only requires its arguments to be valid integers.
        let skb = unsafe { bindings::genlmsg_new(size, gfp.0) };
        let skb = NonNull::new(skb).ok_or(AllocError)?;
        // INVARIANT: The caller owns the buffer that `genlmsg_new` returned.
        Ok(NetlinkSkBuff { skb })
    }
}

/// How a message is allocated and sent: [`Flags`] of the kernel crate, or flags that it lacks.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Gfp(bindings::gfp_t);

impl Gfp {
    /// May sleep, and does not write to a file system (`GFP_NOFS`): for a sender that a file system
    /// may wait for.
    #[inline]
    pub fn nofs() -> Self {
        // SAFETY: May be called in any context.
        Self(unsafe { ffi::genl_helper_gfp_nofs() })
    }

    /// May sleep, and does no I/O (`GFP_NOIO`): for a sender that a block device may wait for.
    #[inline]
    pub fn noio() -> Self {
        // SAFETY: May be called in any context.
        Self(unsafe { ffi::genl_helper_gfp_noio() })
    }
}

impl From<Flags> for Gfp {
    // `Flags::as_raw` is private to the kernel crate.
    #[inline]
    fn from(flags: Flags) -> Self {
        Self(if flags.contains(GFP_KERNEL_ACCOUNT) {
            bindings::GFP_KERNEL_ACCOUNT
        } else if flags.contains(GFP_KERNEL) {
            bindings::GFP_KERNEL
        } else if flags.contains(GFP_ATOMIC) {
            bindings::GFP_ATOMIC
        } else {
            bindings::GFP_NOWAIT
        })
    }
}

impl Drop for NetlinkSkBuff {
    #[inline]
    fn drop(&mut self) {
        // SAFETY: We have ownership over the `sk_buff`, so we may free it.
        unsafe { bindings::nlmsg_free(self.skb.as_ptr()) }
    }
}

/// The destination of a message.
enum Target<'a> {
    /// To the sender of a request.
    Reply(Info<'a>),
    /// To a socket or a group of the family.
    Family(Dest<'a>, Gfp),
    /// Into the buffer of a dump, after its other items.
    Item,
}

/// The destination of a message that is not a reply: see [`GenlMsg::new_to`]. A group is an index in
/// the family's groups.
///
/// # Examples
///
/// A notification of a change, also for a sender that wants an echo:
///
/// ```
/// # use crate::{genl::*, FAMILY};
/// # use kernel::prelude::*;
/// fn notify(info: Info<'_>, value: u32) -> Result {
///     let size = attr_size(size_of::<u32>());
///     let mut event = GenlMsg::new_to(Dest::Notify(info, 0), &FAMILY, 3, size, GFP_KERNEL)?;
///     event.put_u32(1, value)?;
///     event.send()
/// }
/// ```
///
/// An event to all namespaces from a block device's error handler, which may sleep but not wait for
/// I/O:
///
/// ```
/// # use crate::{genl::*, FAMILY};
/// # use kernel::prelude::*;
/// fn notify_all() -> Result {
///     GenlMsg::new_to(Dest::AllNets(0), &FAMILY, 3, 0, Gfp::noio())?.send()
/// }
/// ```
///
/// An event that one listener does not want:
///
/// ```
/// # use crate::{genl::*, FAMILY};
/// # use kernel::prelude::*;
/// fn notify_others(net: &Net, not_to: SocketId) -> Result {
///     let wants = |socket| socket != not_to;
///     let event = GenlMsg::new_to(Dest::GroupIf(net, 0, &wants), &FAMILY, 3, 0, GFP_KERNEL)?;
///     event.send()
/// }
/// ```
#[derive(Clone, Copy)]
pub enum Dest<'a> {
    /// The listeners of a group in a namespace.
    Group(&'a Net, u32),
    /// Those listeners of [`Self::Group`] for which the function returns true
    /// (`genlmsg_multicast_netns_filtered()`). The function must not sleep.
    GroupIf(&'a Net, u32, &'a dyn Fn(SocketId) -> bool),
    /// The listeners of a group in all namespaces (`genlmsg_multicast_allns()`).
    AllNets(u32),
    /// The listeners of a group in the namespace of a request (`genl_notify()`), and with `NLM_F_ECHO`
    /// also the sender of the request, once, even if it does not listen. The message has the port and
    /// the sequence number of the request.
    Notify(Info<'a>, u32),
    /// The socket with a port in a namespace.
    Port(&'a Net, u32),
}

impl Dest<'_> {
    /// Returns the error for a destination that does not exist.
    #[inline]
    fn check(&self, family: &Family) -> Result {
        match *self {
            Dest::Group(_, group)
            | Dest::GroupIf(_, group, _)
            | Dest::AllNets(group)
            | Dest::Notify(_, group) => family.has_group(group).then_some(()).ok_or(EINVAL),
            // The kernel itself, which would read the message as a request.
            Dest::Port(_, 0) => Err(ECONNREFUSED),
            Dest::Port(..) => Ok(()),
        }
    }

    #[inline]
    fn header(&self) -> Header {
        let (portid, seq) = match self {
            Dest::Notify(info, _) => (info.portid(), info.seq()),
            Dest::Port(_, portid) => (*portid, 0),
            Dest::Group(..) | Dest::GroupIf(..) | Dest::AllNets(_) => (0, 0),
        };
        Header {
            portid,
            seq,
            flags: 0,
        }
    }

    /// Sends `skb` if the family is registered, and frees it otherwise.
    ///
    /// # Safety
    ///
    /// As for [`Self::send`], except that the family need not be registered.
    // Not inlined, because all events share it.
    #[inline(never)]
    unsafe fn send_while_open(
        &self,
        family: &'static Family,
        skb: *mut bindings::sk_buff,
        gfp: Gfp,
    ) -> c_int {
        // SAFETY: The caller's promise; the family is registered during the call.
        match family.while_open(|| unsafe { self.send(family, skb, gfp) }) {
            Some(sent) => sent,
            None => {
                // SAFETY: The caller owned the buffer, and does not use it any more.
                unsafe { bindings::nlmsg_free(skb) };
                ESRCH.to_errno()
            }
        }
    }

    /// Sends `skb`.
    ///
    /// # Safety
    ///
    /// `skb` must be a valid message of the family, and the caller must own it and not use it any more.
    /// [`Self::check`] must have accepted the destination, and the family must be registered.
    #[inline]
    unsafe fn send(&self, family: &Family, skb: *mut bindings::sk_buff, gfp: Gfp) -> c_int {
        // SAFETY: The caller's promise; `Net` and `Info` are valid.
        unsafe {
            match *self {
                Dest::Group(net, group) => {
                    let filter = core::ptr::null_mut();
                    multicast(
                        family.as_raw(),
                        net.as_raw(),
                        skb,
                        group,
                        gfp.0,
                        None,
                        filter,
                    )
                }
                Dest::GroupIf(net, group, filter) => {
                    let filter = (&raw const filter).cast_mut().cast();
                    let callback: Option<ffi::Filter> = Some(filter_callback);
                    multicast(
                        family.as_raw(),
                        net.as_raw(),
                        skb,
                        group,
                        gfp.0,
                        callback,
                        filter,
                    )
                }
                Dest::AllNets(group) => {
                    bindings::genlmsg_multicast_allns(family.as_raw(), skb, 0, group)
                }
                Dest::Notify(info, group) => {
                    bindings::genl_notify(family.as_raw(), skb, info.as_raw(), group, gfp.0);
                    0
                }
                Dest::Port(net, portid) => ffi::genl_helper_unicast(net.as_raw(), skb, portid),
            }
        }
    }
}

/// Returns 0 if the socket is to receive a message to [`Dest::GroupIf`].
///
/// # Safety
///
/// Must only be called by the core, with the filter that was passed to it.
unsafe extern "C" fn filter_callback(
    socket: *mut bindings::sock,
    _skb: *mut bindings::sk_buff,
    filter: *mut c_void,
) -> c_int {
    // SAFETY: `Dest::send` passes a pointer to the filter, which lives until the core has returned.
    let filter = unsafe { *filter.cast::<&dyn Fn(SocketId) -> bool>() };
    match filter(SocketId(socket.addr())) {
        true => 0,
        false => 1,
    }
}

/// The parts of a message's header that differ.
struct Header {
    portid: u32,
    seq: u32,
    flags: u32,
}

/// A new buffer, which the receiver of this value owns, and the end of the headers in it.
type Started = (NonNull<bindings::sk_buff>, NonNull<c_void>);

/// Starts a reply, or returns `None` if memory is exhausted. All replies share this function.
///
/// # Safety
///
/// `info` must point to a valid `struct genl_info`.
#[inline(never)]
unsafe fn start_reply(
    info: *const bindings::genl_info,
    family: &'static Family,
    cmd: u8,
    size: usize,
    flags: u32,
) -> Option<Started> {
    // SAFETY: The caller's promise.
    let info = unsafe { &*info };
    let header = Header {
        portid: info.snd_portid,
        seq: info.snd_seq,
        flags,
    };
    header.start(family, cmd, size, GFP_KERNEL.into())
}

/// Starts a message that is not a reply. All of them share this function.
///
/// # Errors
///
/// As for [`GenlMsg::new_to`].
#[inline(never)]
fn start_to(
    dest: &Dest<'_>,
    family: &'static Family,
    cmd: u8,
    size: usize,
    gfp: impl Into<Gfp>,
) -> Result<Started> {
    dest.check(family)?;
    let header = dest.header();
    header.start(family, cmd, size, gfp.into()).ok_or(ENOMEM)
}

impl Header {
    /// Starts a message in a new buffer, or returns `None` if memory is exhausted.
    #[inline]
    fn start(self, family: &'static Family, cmd: u8, size: usize, gfp: Gfp) -> Option<Started> {
        let buffer = NetlinkSkBuff::new(size, gfp).ok()?;
        // SAFETY: The buffer is valid and new. It has room for the headers.
        let hdr = unsafe { self.genlmsg_put(buffer.skb, family, cmd)? };
        Some((ManuallyDrop::new(buffer).skb, hdr))
    }

    /// Puts a generic netlink header into a buffer, or returns `None` if the buffer is full.
    ///
    /// # Safety
    ///
    /// `skb` must be a valid and exclusive buffer.
    #[inline]
    unsafe fn genlmsg_put(
        self,
        skb: NonNull<bindings::sk_buff>,
        family: &'static Family,
        cmd: u8,
    ) -> Option<NonNull<c_void>> {
        // SAFETY: The skb and family pointers are valid.
        let hdr = NonNull::new(unsafe {
            bindings::genlmsg_put(
                skb.as_ptr(),
                self.portid,
                self.seq,
                family.as_raw(),
                self.flags as c_int,
                cmd,
            )
        })?;
        // SAFETY: `genlmsg_put` has reserved `hdrsize` bytes there, which it does not initialize.
        unsafe {
            let hdrsize = (*family.as_raw()).hdrsize as usize;
            hdr.cast::<u8>().write_bytes(0, hdrsize);
        }
        Some(hdr)
    }

    /// Creates a message of the netlink protocol itself.
    #[inline]
    fn control_message(self, kind: u32, payload: &[u8], gfp: Gfp) -> Result<NetlinkSkBuff> {
        let buffer = NetlinkSkBuff::new(payload.len(), gfp)?;
        // SAFETY: The buffer is valid.
        let hdr = unsafe {
            ffi::genl_helper_nlmsg_put(
                buffer.skb.as_ptr(),
                self.portid,
                self.seq,
                kind as c_int,
                payload.len() as c_int,
                self.flags as c_int,
            )
        };
        let hdr = NonNull::new(hdr).ok_or(EMSGSIZE)?;
        // SAFETY: `nlmsg_put` has put the header and the space for the payload into the buffer.
        unsafe {
            let to = hdr.add(1).cast::<u8>();
            to.copy_from_nonoverlapping(NonNull::from(payload).cast(), payload.len());
        }
        Ok(buffer)
    }

    /// Sends a message of the netlink protocol itself.
    #[inline]
    fn send_control(
        self,
        dest: Dest<'_>,
        family: &'static Family,
        kind: u32,
        payload: &[u8],
        gfp: Gfp,
    ) -> Result {
        dest.check(family)?;
        let buffer = self.control_message(kind, payload, gfp)?;
        let skb = ManuallyDrop::new(buffer).skb.as_ptr();
        // SAFETY: The message is complete, and the destination was checked. We pass ownership of the
        // `skb` by not dropping `buffer`.
        to_result(unsafe { dest.send_while_open(family, skb, gfp) })
    }
}

/// A generic netlink message being constructed: a reply, an item of a dump, or an event.
///
/// [`Self::send`] consumes it. Dropping it cancels the message.
///
/// # Invariants
///
/// - `skb` is a valid buffer. The message owns it, or it is the buffer of a dump, which only this message
///   is written to during `'a`.
/// - `hdr` references the header of this message in `skb`.
///
/// # Examples
///
/// ```
/// # use crate::{genl::*, FAMILY, SUM};
/// # use kernel::prelude::*;
/// fn answer(info: &Info<'_>, sum: u64, name: &CStr) -> Result {
///     const NAME: u16 = 3;
///
///     let size = attr_size(size_of::<u64>()) + attr_size(name.to_bytes_with_nul().len());
///     let mut reply = GenlMsg::new_reply(info, &FAMILY, 1, size)?;
///     reply.put_uint(SUM, sum)?;
///     reply.put_string(NAME, name)?;
///     reply.send()
/// }
/// ```
///
/// [`MulticastGroup`](super::MulticastGroup) has an example of an event, and
/// [`Dumpit`](super::Dumpit) one of an item.
pub struct GenlMsg<'a> {
    skb: NonNull<bindings::sk_buff>,
    hdr: NonNull<c_void>,
    family: &'static Family,
    target: Target<'a>,
}

impl<'a> GenlMsg<'a> {
    /// Creates the reply to `info`, with space for `size` bytes of attributes. It has the port and the
    /// sequence number of the request.
    ///
    /// # Errors
    ///
    /// `ENOMEM` if the buffer cannot be allocated.
    ///
    /// # Context
    ///
    /// Process context. May sleep, so no spinlock may be held.
    #[inline]
    pub fn new_reply(
        info: &Info<'a>,
        family: &'static Family,
        cmd: u8,
        size: usize,
    ) -> Result<Self> {
        Self::reply(info, family, cmd, size, 0)
    }

    /// Creates one of several replies to `info` (`NLM_F_MULTI`). Send [`Self::send_done`] after the
    /// last one.
    ///
    /// # Errors
    ///
    /// As for [`Self::new_reply`].
    ///
    /// # Context
    ///
    /// As for [`Self::new_reply`].
    ///
    /// # Examples
    ///
    /// ```
    /// # use crate::{genl::*, FAMILY, SUM};
    /// # use kernel::prelude::*;
    /// fn answer(info: &Info<'_>, sums: &[u64]) -> Result {
    ///     for sum in sums {
    ///         let size = attr_size(size_of::<u64>());
    ///         let mut reply = GenlMsg::new_reply_part(info, &FAMILY, 1, size)?;
    ///         reply.put_uint(SUM, *sum)?;
    ///         reply.send()?;
    ///     }
    ///     GenlMsg::send_done(info)
    /// }
    /// ```
    #[inline]
    pub fn new_reply_part(
        info: &Info<'a>,
        family: &'static Family,
        cmd: u8,
        size: usize,
    ) -> Result<Self> {
        Self::reply(info, family, cmd, size, bindings::NLM_F_MULTI)
    }

    #[inline]
    fn reply(
        info: &Info<'a>,
        family: &'static Family,
        cmd: u8,
        size: usize,
        flags: u32,
    ) -> Result<Self> {
        // SAFETY: By the type invariants of `Info`.
        let started = unsafe { start_reply(info.as_raw(), family, cmd, size, flags) };
        let (skb, hdr) = started.ok_or(ENOMEM)?;
        // INVARIANT: The message owns the new buffer, which contains its header.
        Ok(Self {
            skb,
            hdr,
            family,
            target: Target::Reply(*info),
        })
    }

    /// Ends the replies of [`Self::new_reply_part`] (`NLMSG_DONE`).
    ///
    /// # Errors
    ///
    /// As for [`Self::new_reply`] and for [`Self::send`] of a reply.
    ///
    /// # Context
    ///
    /// As for [`Self::new_reply`].
    #[inline]
    pub fn send_done(info: &Info<'_>) -> Result {
        let header = Header {
            portid: info.portid(),
            seq: info.seq(),
            flags: bindings::NLM_F_MULTI,
        };
        let buffer = header.control_message(bindings::NLMSG_DONE, &[], GFP_KERNEL.into())?;
        let skb = ManuallyDrop::new(buffer).skb.as_ptr();
        // SAFETY: `skb` and `info` are valid. We pass ownership of the `skb` by not dropping `buffer`.
        to_result(unsafe { ffi::genl_helper_reply(skb, info.as_raw()) })
    }

    /// Ends several messages to a group or a port (`NLMSG_DONE`), to which [`Self::add_flags`] has added
    /// [`MsgFlags::MULTI`].
    ///
    /// # Errors
    ///
    /// As for [`Self::new_to`] and [`Self::send`].
    ///
    /// # Context
    ///
    /// As for [`Self::new_to`].
    pub fn send_done_to(dest: Dest<'_>, family: &'static Family, gfp: impl Into<Gfp>) -> Result {
        let header = Header {
            flags: bindings::NLM_F_MULTI,
            ..dest.header()
        };
        header.send_control(dest, family, bindings::NLMSG_DONE, &[], gfp.into())
    }

    /// Sends the error of a request whose operation has returned `Ok` before (`NLMSG_ERROR`), or its
    /// acknowledgement. `net` is the namespace of the request.
    ///
    /// # Errors
    ///
    /// As for [`Self::new_to`] and [`Self::send`] of a message to a port.
    ///
    /// # Context
    ///
    /// As for [`Self::new_to`].
    ///
    /// # Examples
    ///
    /// ```
    /// # use crate::{genl::*, FAMILY};
    /// # use kernel::{prelude::*, sync::aref::ARef};
    /// /// A request that waits for a device.
    /// struct Pending {
    ///     net: ARef<Net>,
    ///     request: RequestHeader,
    /// }
    ///
    /// fn timed_out(pending: &Pending) -> Result {
    ///     let result = Err(ETIMEDOUT);
    ///     GenlMsg::send_result(&pending.net, &FAMILY, &pending.request, result, GFP_ATOMIC)
    /// }
    /// ```
    pub fn send_result(
        net: &Net,
        family: &'static Family,
        request: &RequestHeader,
        result: Result,
        gfp: impl Into<Gfp>,
    ) -> Result {
        const ERRNO_LEN: usize = size_of::<c_int>();

        let errno = result.err().map_or(0, Error::to_errno);
        let mut error = [0; size_of::<bindings::nlmsgerr>()];
        error[..ERRNO_LEN].copy_from_slice(&errno.to_ne_bytes());
        error[ERRNO_LEN..].copy_from_slice(&request.bytes());
        let header = Header {
            portid: request.portid,
            seq: request.header.nlmsg_seq,
            flags: bindings::NLM_F_CAPPED,
        };
        let dest = Dest::Port(net, request.portid);
        header.send_control(dest, family, bindings::NLMSG_ERROR, &error, gfp.into())
    }

    /// Creates a message to the listeners of a multicast group in `net`, with space for `size` bytes of
    /// attributes. It has port and sequence number 0. `group` is an index in the family's groups.
    ///
    /// # Errors
    ///
    /// `EINVAL` if the family does not have the group, or `ENOMEM` if the buffer cannot be allocated.
    ///
    /// # Context
    ///
    /// Process context. May sleep, so no spinlock may be held.
    #[inline]
    pub fn new_event(
        net: &'a Net,
        family: &'static Family,
        cmd: u8,
        group: u32,
        size: usize,
    ) -> Result<Self> {
        Self::new_to(Dest::Group(net, group), family, cmd, size, GFP_KERNEL)
    }

    /// Creates a message to a group or a port, with space for `size` bytes of attributes. `gfp` says
    /// whether creating and sending it may sleep: [`Flags`] or a [`Gfp`]. The sequence number is 0
    /// except for [`Dest::Notify`].
    ///
    /// # Errors
    ///
    /// `EINVAL` if the family does not have the group, `ECONNREFUSED` for port 0, or `ENOMEM` if the
    /// buffer cannot be allocated.
    ///
    /// # Context
    ///
    /// With [`GFP_KERNEL`] or a [`Gfp`], process context; may sleep. With [`GFP_ATOMIC`] or
    /// [`GFP_NOWAIT`], any context except hard interrupts and NMI: also softirqs, timers, and under a
    /// spinlock.
    ///
    /// # Examples
    ///
    /// ```
    /// # use crate::{genl::*, FAMILY, SUM};
    /// # use kernel::{prelude::*, sync::SpinLock};
    /// const SUM_CHANGED: u8 = 3;
    ///
    /// fn notify(listener: &SpinLock<u32>, sum: u64) -> Result {
    ///     let portid = listener.lock();
    ///     let size = attr_size(size_of::<u64>());
    ///     let to = Dest::Port(Net::init(), *portid);
    ///     let mut message = GenlMsg::new_to(to, &FAMILY, SUM_CHANGED, size, GFP_ATOMIC)?;
    ///     message.put_uint(SUM, sum)?;
    ///     message.send()
    /// }
    /// ```
    pub fn new_to(
        dest: Dest<'a>,
        family: &'static Family,
        cmd: u8,
        size: usize,
        gfp: impl Into<Gfp>,
    ) -> Result<Self> {
        let gfp = gfp.into();
        let (skb, hdr) = start_to(&dest, family, cmd, size, gfp)?;
        // INVARIANT: The message owns the new buffer, which contains its header.
        Ok(Self {
            skb,
            hdr,
            family,
            target: Target::Family(dest, gfp),
        })
    }

    /// Creates an item of the dump that `info` has asked for, in the dump's buffer.
    ///
    /// # Errors
    ///
    /// `EMSGSIZE` if the buffer is full.
    ///
    /// # Safety
    ///
    /// `skb` must be a valid buffer that starts aligned to four bytes and that only the returned message
    /// is written to during `'a`.
    #[inline]
    pub(super) unsafe fn new_item(
        skb: NonNull<bindings::sk_buff>,
        info: &Info<'_>,
        family: &'static Family,
        cmd: u8,
    ) -> Result<Self> {
        let header = Header {
            portid: info.portid(),
            seq: info.seq(),
            flags: bindings::NLM_F_MULTI,
        };
        // SAFETY: The caller's promise.
        let hdr = unsafe { header.genlmsg_put(skb, family, cmd) }.ok_or(EMSGSIZE)?;
        // INVARIANT: The buffer of the dump contains the header, and the caller promises the rest.
        Ok(Self {
            skb,
            hdr,
            family,
            target: Target::Item,
        })
    }

    /// Returns the user header of the message, which is 0 at first, or `None` if `T` is not the type
    /// that [`FamilyOptions::user_header`](super::FamilyOptions::user_header) has set, or is aligned to
    /// more than four bytes.
    ///
    /// # Examples
    ///
    /// ```
    /// # use crate::genl::*;
    /// # use kernel::{prelude::*, transmute::{AsBytes, FromBytes}};
    /// #[repr(transparent)]
    /// struct Ifindex(u32);
    ///
    /// // SAFETY: It is a `u32`.
    /// unsafe impl FromBytes for Ifindex {}
    ///
    /// // SAFETY: It is a `u32`.
    /// unsafe impl AsBytes for Ifindex {}
    ///
    /// fn copy_header(info: &Info<'_>, reply: &mut GenlMsg<'_>) -> Option<()> {
    ///     reply.user_header_mut::<Ifindex>()?.0 = info.user_header::<Ifindex>()?.0;
    ///     Some(())
    /// }
    /// ```
    pub fn user_header_mut<T: FromBytes + AsBytes>(&mut self) -> Option<&mut T> {
        // SAFETY: The family is valid, and its `hdrsize` does not change.
        let hdrsize = unsafe { (*self.family.as_raw()).hdrsize as usize };
        // SAFETY: The header has `hdrsize` initialized bytes in the buffer, which is exclusive while
        // `self` is borrowed.
        let bytes =
            unsafe { core::slice::from_raw_parts_mut(self.hdr.cast::<u8>().as_ptr(), hdrsize) };
        T::from_bytes_mut(bytes)
    }

    /// Sets port and sequence number in the header of the message, for an old family that numbers its
    /// events, or takes both from the request that causes the event. Does not change the destination.
    #[inline]
    pub fn set_port_and_seq(&mut self, portid: u32, seq: u32) {
        let header = self.header_mut();
        header.nlmsg_pid = portid;
        header.nlmsg_seq = seq;
    }

    /// Adds flags to the header of the message.
    #[inline]
    pub fn add_flags(&mut self, flags: MsgFlags) {
        self.header_mut().nlmsg_flags |= flags.bits();
    }

    #[inline]
    fn header_mut(&mut self) -> &mut bindings::nlmsghdr {
        const HEADERS_LEN: usize =
            size_of::<bindings::nlmsghdr>() + size_of::<bindings::genlmsghdr>();

        // SAFETY: `genlmsg_put` has put both headers before `hdr`, and the buffer is exclusive while
        // `self` is borrowed. They are aligned: the buffer starts aligned, and so does each message.
        unsafe { self.hdr.byte_sub(HEADERS_LEN).cast().as_mut() }
    }

    /// Returns a raw pointer to the end of the headers.
    #[inline]
    pub(super) fn user_hdr(&self) -> *mut c_void {
        self.hdr.as_ptr()
    }

    /// Sends the message. An item of a dump is sent together with the other items when the buffer is
    /// full.
    ///
    /// # Errors
    ///
    /// A reply or a message to a port:
    /// - `EAGAIN` if the receive buffer of the socket is full;
    /// - `ECONNREFUSED` if the socket is closed.
    ///
    /// A message to a group:
    /// - `ESRCH` if no socket received it: the group has no listener in the namespace, or the receive
    ///   buffers of all listeners are full;
    /// - `ENOBUFS` if the receive buffer of a listener with `NETLINK_BROADCAST_ERROR` is full. Other
    ///   listeners may have received it.
    /// - `ENOMEM` if copying it to all namespaces fails. Some of them may have received it.
    ///
    /// [`Dest::Notify`] returns none of these.
    ///
    /// A message to a group or a port fails with `ESRCH` if the family is not registered. The buffer is
    /// freed in any case.
    ///
    /// # Context
    ///
    /// As for [`Self::new_to`]. A reply and an item of a dump do not sleep. Unregistering the family
    /// waits until the message has been sent.
    #[inline]
    pub fn send(self) -> Result {
        let me = ManuallyDrop::new(self);
        let skb = me.skb.as_ptr();
        // SAFETY: `hdr` references the header of the message in `skb`.
        unsafe { bindings::genlmsg_end(skb, me.hdr.as_ptr()) };
        let sent = match &me.target {
            // SAFETY: `skb` and `info` are valid. We pass ownership of the `skb` by not dropping
            // `self`.
            Target::Reply(info) => unsafe { ffi::genl_helper_reply(skb, info.as_raw()) },
            // SAFETY: The message is complete, and `new_to` has checked the destination. We pass ownership
            // of the `skb` by not dropping `self`.
            Target::Family(dest, gfp) => unsafe { dest.send_while_open(me.family, skb, *gfp) },
            Target::Item => 0,
        };
        to_result(sent)
    }
}

// SAFETY: The buffer of each target is valid, and exclusive while the message is borrowed.
unsafe impl Buffer for GenlMsg<'_> {
    #[inline]
    fn skb(&mut self) -> *mut bindings::sk_buff {
        self.skb.as_ptr()
    }
}

impl Drop for GenlMsg<'_> {
    #[inline]
    fn drop(&mut self) {
        let skb = self.skb.as_ptr();
        match self.target {
            // SAFETY: The `hdr` pointer references the header of this generic netlink message.
            Target::Item => unsafe { bindings::genlmsg_cancel(skb, self.hdr.as_ptr()) },
            // SAFETY: By the type invariants, we have ownership over the `sk_buff`, so we may free it.
            Target::Reply(_) | Target::Family(..) => unsafe { bindings::nlmsg_free(skb) },
        }
    }
}

#[kunit_tests(genl_msg)]
mod tests {
    use super::*;
    use crate::genl::{
        family::Registrations,
        net_slot,
        testing::{
            Attributes,
            TestSkb, //
        },
        MulticastGroup,
        PerNet,
        PutAttr,
        WeakNet, //
    };

    const COMMAND: u8 = 3;
    const VERSION: u32 = 5;
    const PORT: u32 = 7;
    const SEQ: u32 = 9;

    /// The family's state, which is empty.
    #[pin_data]
    struct Nothing {}

    impl PerNet for Nothing {
        fn new(_net: WeakNet) -> impl PinInit<Self, Error> {
            try_pin_init!(Nothing {})
        }
    }

    net_slot!(Nothing);

    /// A family that is never registered, so its id is 0.
    static FAMILY: Family = Family::const_new::<Nothing>(
        kernel::module::this_module::<crate::LocalModule>(),
        c"test".to_bytes_with_nul(),
        VERSION,
        &[],
        &GROUPS,
    );

    static GROUPS: [MulticastGroup; 1] = [MulticastGroup::const_new(c"events")];

    /// Returns both headers of a message with `len` bytes of attributes.
    fn headers(len: usize, flags: u32) -> [u8; 20] {
        let mut bytes = [0; 20];
        bytes[..4].copy_from_slice(&(20 + len as u32).to_ne_bytes());
        bytes[6..8].copy_from_slice(&(flags as u16).to_ne_bytes());
        bytes[8..12].copy_from_slice(&SEQ.to_ne_bytes());
        bytes[12..16].copy_from_slice(&PORT.to_ne_bytes());
        bytes[16] = COMMAND;
        bytes[17] = VERSION as u8;
        bytes
    }

    /// Creates an item of a dump in `skb` and passes it to `write`.
    fn item(skb: &TestSkb, write: impl FnOnce(GenlMsg<'_>) -> Result) -> Result {
        let mut raw: bindings::genl_info = pin_init::zeroed();
        raw.snd_portid = PORT;
        raw.snd_seq = SEQ;
        // SAFETY: Only port and sequence number of the request are read, which outlives `info`.
        let info = unsafe { Info::from_raw(NonNull::from(&mut raw), None, 0) };
        // SAFETY: The buffer is valid, and only the item is written to it.
        write(unsafe { GenlMsg::new_item(skb.as_raw(), &info, &FAMILY, COMMAND)? })
    }

    #[test]
    fn an_item_has_port_and_sequence_number_of_the_dump() -> Result {
        let skb = TestSkb::new(GENLMSG_DEFAULT_SIZE)?;
        item(&skb, |mut item| {
            item.put_u32(1, 11)?;
            item.send()
        })?;
        let (found, attributes) = skb.bytes().split_at(20);
        assert_eq!(found, headers(8, bindings::NLM_F_MULTI));
        assert_eq!(attributes, Attributes::one(1, &11u32.to_ne_bytes()).bytes());
        Ok(())
    }

    #[test]
    fn port_sequence_number_and_flags_can_be_set() -> Result {
        let skb = TestSkb::new(GENLMSG_DEFAULT_SIZE)?;
        item(&skb, |mut item| {
            item.set_port_and_seq(PORT + 1, SEQ + 1);
            item.add_flags(MsgFlags::DUMP_FILTERED);
            item.send()
        })?;
        let mut expected = headers(0, bindings::NLM_F_MULTI | bindings::NLM_F_DUMP_FILTERED);
        expected[8] += 1;
        expected[12] += 1;
        if cfg!(target_endian = "little") {
            assert_eq!(skb.bytes(), expected);
        }
        Ok(())
    }

    #[test]
    fn gfp_keeps_the_flags() {
        assert!(Gfp::from(GFP_KERNEL) == Gfp(bindings::GFP_KERNEL));
        assert!(Gfp::from(GFP_ATOMIC) == Gfp(bindings::GFP_ATOMIC));
        assert!(Gfp::from(GFP_NOWAIT) == Gfp(bindings::GFP_NOWAIT));
        assert!(Gfp::from(GFP_KERNEL_ACCOUNT) == Gfp(bindings::GFP_KERNEL_ACCOUNT));
        let kernel = bindings::GFP_KERNEL;
        for gfp in [Gfp::nofs(), Gfp::noio()] {
            assert!(gfp.0 != kernel && gfp.0 & kernel == gfp.0 && gfp.0 != 0);
        }
        assert!(Gfp::nofs() != Gfp::noio());
    }

    #[test]
    fn dropping_an_item_cancels_it() -> Result {
        let skb = TestSkb::new(GENLMSG_DEFAULT_SIZE)?;
        item(&skb, |item| item.send())?;
        item(&skb, |mut item| item.put_u32(1, 11))?;
        assert_eq!(skb.bytes(), headers(0, bindings::NLM_F_MULTI));
        Ok(())
    }

    #[test]
    fn a_full_buffer_rejects_an_item() -> Result {
        let skb = TestSkb::new(0)?;
        let mut sent = 0;
        while item(&skb, |item| item.send()).is_ok() {
            sent += 1;
        }
        assert_eq!(item(&skb, |item| item.send()), Err(EMSGSIZE));
        assert_eq!(skb.bytes().len(), sent * 20);
        Ok(())
    }

    #[test]
    fn an_event_needs_a_group_of_the_family() {
        let event = |group| GenlMsg::new_event(Net::init(), &FAMILY, COMMAND, group, 0);
        assert_eq!(event(1).err(), Some(EINVAL));
        assert_eq!(event(u32::MAX).err(), Some(EINVAL));
        assert!(!FAMILY.has_listeners(Net::init(), 1));
        // Its group is not registered.
        assert!(!FAMILY.has_listeners(Net::init(), 0));
        assert_eq!(event(0).and_then(GenlMsg::send), Err(ESRCH));
    }

    /// A family that tests register for a moment.
    static REGISTERED: Family = Family::const_new::<Nothing>(
        kernel::module::this_module::<crate::LocalModule>(),
        c"test".to_bytes_with_nul(),
        VERSION,
        &[],
        &GROUPS,
    );

    static ONCE: &[&Family] = &[&REGISTERED];

    #[test]
    fn an_event_is_sent_only_while_its_family_is_registered() -> Result {
        let reaches_core = || REGISTERED.while_open(|| ()).is_some();
        let before = reaches_core();
        // SAFETY: It is dropped below, and the family has no dumps.
        let registrations = unsafe { Registrations::new(ONCE)? };
        let event = GenlMsg::new_event(Net::init(), &REGISTERED, COMMAND, 0, 0);
        let while_registered = reaches_core();
        // Before the first assertion: one that fails drops nothing.
        drop(registrations);
        assert_eq!(
            (before, while_registered, reaches_core()),
            (false, true, false)
        );
        assert_eq!(event?.send(), Err(ESRCH));
        Ok(())
    }

    #[test]
    fn a_family_cannot_be_registered_twice() {
        static TWICE: &[&Family] = &[&REGISTERED, &REGISTERED];
        static WITH_ONE_STATE: &[&Family] = &[&REGISTERED, &FAMILY];

        for (families, expected) in [
            (TWICE, Err(EBUSY)),
            (WITH_ONE_STATE, Err(EBUSY)),
            (ONCE, Ok(())),
        ] {
            // SAFETY: They are dropped immediately, and the families have no dumps.
            let registrations = unsafe { Registrations::new(families) };
            assert_eq!(registrations.map(drop), expected);
        }
    }
}
