// SPDX-License-Identifier: GPL-2.0

//! Messages from the kernel.
//!
//! C headers: [`include/net/genetlink.h`](srctree/include/net/genetlink.h),
//! [`include/net/netlink.h`](srctree/include/net/netlink.h)

use super::{
    ffi,
    Family,
    Info, //
};
use core::{
    mem::ManuallyDrop,
    ptr::NonNull, //
};
use kernel::{
    alloc::AllocError,
    bindings,
    error::to_result,
    prelude::*,
    transmute::AsBytes, //
};

/// Bytes of an attribute's header, `NLA_HDRLEN`.
const HEADER_LEN: usize = size_of::<bindings::nlattr>();

/// The largest payload of an attribute: `nla_len` has 16 bits and counts the header.
const MAX_PAYLOAD_LEN: usize = u16::MAX as usize - HEADER_LEN;

/// Bytes that an attribute with a payload of `payload` bytes takes in a message,
/// `nla_total_size()`.
pub const fn attr_size(payload: usize) -> usize {
    (HEADER_LEN + payload).next_multiple_of(bindings::NLA_ALIGNTO as usize)
}

/// A wrapper around `struct sk_buff` for generic netlink messages.
///
/// # Invariants
///
/// The pointer has ownership over a valid `sk_buff`.
pub struct NetlinkSkBuff {
    skb: NonNull<bindings::sk_buff>,
}

impl NetlinkSkBuff {
    /// Creates a new `NetlinkSkBuff` with room for `size` bytes of attributes. May sleep.
    // Upstream's takes the allocation's flags; their value cannot be read outside the kernel crate.
    pub fn new(size: usize) -> Result<NetlinkSkBuff, AllocError> {
        // SAFETY: `genlmsg_new` only requires its arguments to be valid integers.
        let skb = unsafe { bindings::genlmsg_new(size, bindings::GFP_KERNEL) };
        let skb = NonNull::new(skb).ok_or(AllocError)?;
        // INVARIANT: `genlmsg_new` returned a buffer that is the caller's.
        Ok(NetlinkSkBuff { skb })
    }

    /// Puts a generic netlink header into the `NetlinkSkBuff`.
    pub fn genlmsg_put(
        self,
        portid: u32,
        seq: u32,
        family: &'static Family,
        cmd: u8,
    ) -> Result<GenlMsg, AllocError> {
        let skb = self.skb.as_ptr();
        // SAFETY: The skb and family pointers are valid.
        let hdr = unsafe { bindings::genlmsg_put(skb, portid, seq, family.as_raw(), 0, cmd) };
        let hdr = NonNull::new(hdr).ok_or(AllocError)?;
        // INVARIANT: `genlmsg_put` returned the header that it put into `self`.
        Ok(GenlMsg { skb: self, hdr })
    }
}

impl Drop for NetlinkSkBuff {
    fn drop(&mut self) {
        // SAFETY: We have ownership over the `sk_buff`, so we may free it.
        unsafe { bindings::nlmsg_free(self.skb.as_ptr()) }
    }
}

/// A generic netlink message being constructed.
///
/// Sending consumes it. One that is dropped instead is freed, and nobody sees it.
///
/// # Invariants
///
/// `hdr` references the header in this netlink message.
pub struct GenlMsg {
    skb: NetlinkSkBuff,
    hdr: NonNull<c_void>,
}

impl GenlMsg {
    /// Starts the reply to `info`, with room for `size` bytes of attributes: to the same port, with
    /// the same sequence number.
    pub fn new_reply(
        info: &Info<'_>,
        family: &'static Family,
        cmd: u8,
        size: usize,
    ) -> Result<GenlMsg, AllocError> {
        NetlinkSkBuff::new(size)?.genlmsg_put(info.portid(), info.seq(), family, cmd)
    }

    /// Puts an attribute into the message.
    ///
    /// Fails with `EMSGSIZE` if the message has no room for it; the message is then as before.
    fn put<T>(&mut self, attrtype: u16, value: &T) -> Result
    where
        T: ?Sized + AsBytes,
    {
        let len = size_of_val(value);
        if len > MAX_PAYLOAD_LEN {
            return Err(EMSGSIZE);
        }
        let skb = self.skb.skb.as_ptr();
        let value = core::ptr::from_ref(value).cast::<c_void>();
        // SAFETY: `skb` is valid by `NetlinkSkBuff` type invariants, and the provided value is
        // readable and initialized for its `len` bytes.
        to_result(unsafe { bindings::nla_put(skb, c_int::from(attrtype), len as c_int, value) })
    }

    /// Puts a `u32` attribute into the message.
    pub fn put_u32(&mut self, attrtype: u16, value: u32) -> Result {
        self.put(attrtype, &value)
    }

    /// Puts a `uint` attribute into the message: 4 bytes where they suffice, otherwise 8.
    pub fn put_uint(&mut self, attrtype: u16, value: u64) -> Result {
        match u32::try_from(value) {
            Ok(value) => self.put(attrtype, &value),
            Err(_) => self.put(attrtype, &value),
        }
    }

    /// Puts a string attribute into the message.
    pub fn put_string(&mut self, attrtype: u16, value: &CStr) -> Result {
        self.put(attrtype, value.to_bytes_with_nul())
    }

    /// Puts a binary attribute into the message.
    pub fn put_bytes(&mut self, attrtype: u16, value: &[u8]) -> Result {
        self.put(attrtype, value)
    }

    /// Sends the message to the sender of the request `info`.
    ///
    /// Fails with `EAGAIN` if the receiving socket has no room, and with `ECONNREFUSED` if it is
    /// gone. The message is freed in any case: `netlink_unicast()` consumes the buffer also when it
    /// fails.
    pub fn reply(self, info: &Info<'_>) -> Result {
        let me = ManuallyDrop::new(self);
        let skb = me.skb.skb.as_ptr();
        // SAFETY: `hdr` references the header of the message in `skb`.
        unsafe { bindings::genlmsg_end(skb, me.hdr.as_ptr()) };
        // SAFETY: `skb` and `info` are valid. We pass ownership of the `skb` by not dropping `self`.
        to_result(unsafe { ffi::genl_helper_reply(skb, info.as_raw()) })
    }
}

impl Drop for GenlMsg {
    fn drop(&mut self) {
        // SAFETY: The `hdr` pointer references the header of this generic netlink message.
        unsafe { bindings::genlmsg_cancel(self.skb.skb.as_ptr(), self.hdr.as_ptr()) };
    }
}
