// SPDX-License-Identifier: GPL-2.0

//! Writing attributes.
//!
//! C header: [`include/net/netlink.h`](srctree/include/net/netlink.h)

use super::{
    attr::HEADER_LEN,
    ffi, //
};
use core::{
    marker::PhantomData,
    ptr::NonNull, //
};
use kernel::{
    bindings,
    error::to_result,
    prelude::*,
    transmute::AsBytes, //
};

/// The largest payload of an attribute: `nla_len` has 16 bits and counts the header.
const MAX_PAYLOAD_LEN: usize = u16::MAX as usize - HEADER_LEN;

/// Bytes that an attribute with a payload of `payload` bytes takes in a message,
/// `nla_total_size()`.
pub const fn attr_size(payload: usize) -> usize {
    (HEADER_LEN + payload).next_multiple_of(bindings::NLA_ALIGNTO as usize)
}

/// A buffer that attributes can be put into.
///
/// # Safety
///
/// [`Self::skb`] must return a pointer to a valid `sk_buff` to which nobody else writes while `self`
/// is borrowed.
pub unsafe trait Buffer {
    /// The buffer.
    #[doc(hidden)]
    fn skb(&mut self) -> *mut bindings::sk_buff;
}

/// Puts attributes into a message or a nest.
///
/// Each method fails with `EMSGSIZE` if there is no room for the attribute; what was written before
/// is then as it was.
pub trait PutAttr: Buffer {
    /// Puts an attribute with the bytes of `value`.
    #[doc(hidden)]
    fn put<T>(&mut self, attrtype: u16, value: &T) -> Result
    where
        T: ?Sized + AsBytes,
    {
        let len = size_of_val(value);
        if len > MAX_PAYLOAD_LEN {
            return Err(EMSGSIZE);
        }
        let value = core::ptr::from_ref(value).cast::<c_void>();
        // SAFETY: The buffer is valid and ours by the contract of `Buffer`, and the provided value
        // is readable and initialized for its `len` bytes.
        to_result(unsafe {
            bindings::nla_put(self.skb(), c_int::from(attrtype), len as c_int, value)
        })
    }

    /// Puts a flag attribute, which says something by being there.
    fn put_flag(&mut self, attrtype: u16) -> Result {
        self.put::<[u8]>(attrtype, &[])
    }

    /// Puts a `u8` attribute.
    fn put_u8(&mut self, attrtype: u16, value: u8) -> Result {
        self.put(attrtype, &value)
    }

    /// Puts a `u16` attribute.
    fn put_u16(&mut self, attrtype: u16, value: u16) -> Result {
        self.put(attrtype, &value)
    }

    /// Puts a `u32` attribute.
    fn put_u32(&mut self, attrtype: u16, value: u32) -> Result {
        self.put(attrtype, &value)
    }

    /// Puts a `u64` attribute.
    fn put_u64(&mut self, attrtype: u16, value: u64) -> Result {
        self.put(attrtype, &value)
    }

    /// Puts a `u64` attribute, behind an empty one with number `padattr` where the architecture
    /// wants its value aligned to eight bytes.
    fn put_u64_64bit(&mut self, attrtype: u16, value: u64, padattr: u16) -> Result {
        // SAFETY: The buffer is valid and ours by the contract of `Buffer`, and `value` has eight
        // bytes.
        to_result(unsafe {
            bindings::nla_put_64bit(
                self.skb(),
                c_int::from(attrtype),
                size_of::<u64>() as c_int,
                (&raw const value).cast(),
                c_int::from(padattr),
            )
        })
    }

    /// Puts a `uint` attribute: four bytes where they suffice, otherwise eight.
    fn put_uint(&mut self, attrtype: u16, value: u64) -> Result {
        match u32::try_from(value) {
            Ok(value) => self.put(attrtype, &value),
            Err(_) => self.put(attrtype, &value),
        }
    }

    /// Puts an `s8` attribute.
    fn put_s8(&mut self, attrtype: u16, value: i8) -> Result {
        self.put(attrtype, &value)
    }

    /// Puts an `s16` attribute.
    fn put_s16(&mut self, attrtype: u16, value: i16) -> Result {
        self.put(attrtype, &value)
    }

    /// Puts an `s32` attribute.
    fn put_s32(&mut self, attrtype: u16, value: i32) -> Result {
        self.put(attrtype, &value)
    }

    /// Puts an `s64` attribute.
    fn put_s64(&mut self, attrtype: u16, value: i64) -> Result {
        self.put(attrtype, &value)
    }

    /// Puts an `s64` attribute as [`Self::put_u64_64bit`] puts a `u64`.
    fn put_s64_64bit(&mut self, attrtype: u16, value: i64, padattr: u16) -> Result {
        self.put_u64_64bit(attrtype, value as u64, padattr)
    }

    /// Puts a `sint` attribute: four bytes where they suffice, otherwise eight.
    fn put_sint(&mut self, attrtype: u16, value: i64) -> Result {
        match i32::try_from(value) {
            Ok(value) => self.put(attrtype, &value),
            Err(_) => self.put(attrtype, &value),
        }
    }

    /// Puts a `u16` attribute in network byte order.
    fn put_be16(&mut self, attrtype: u16, value: u16) -> Result {
        self.put(attrtype, &value.to_be())
    }

    /// Puts a `u32` attribute in network byte order.
    fn put_be32(&mut self, attrtype: u16, value: u32) -> Result {
        self.put(attrtype, &value.to_be())
    }

    /// Puts a `u64` attribute in network byte order.
    fn put_be64(&mut self, attrtype: u16, value: u64) -> Result {
        self.put(attrtype, &value.to_be())
    }

    /// Puts a `u16` attribute in little-endian byte order.
    fn put_le16(&mut self, attrtype: u16, value: u16) -> Result {
        self.put(attrtype, &value.to_le())
    }

    /// Puts a `u32` attribute in little-endian byte order.
    fn put_le32(&mut self, attrtype: u16, value: u32) -> Result {
        self.put(attrtype, &value.to_le())
    }

    /// Puts a `u64` attribute in little-endian byte order.
    fn put_le64(&mut self, attrtype: u16, value: u64) -> Result {
        self.put(attrtype, &value.to_le())
    }

    /// Puts a `bitfield32` attribute: of the bits in `selector`, those in `value` are set.
    fn put_bitfield32(&mut self, attrtype: u16, value: u32, selector: u32) -> Result {
        self.put(attrtype, &[value, selector])
    }

    /// Puts a string attribute.
    fn put_string(&mut self, attrtype: u16, value: &CStr) -> Result {
        self.put(attrtype, value.to_bytes_with_nul())
    }

    /// Puts a string attribute from bytes without a NUL, which is added.
    fn put_str(&mut self, attrtype: u16, value: &[u8]) -> Result {
        let len = value.len() + 1;
        if len > MAX_PAYLOAD_LEN {
            return Err(EMSGSIZE);
        }
        // SAFETY: The buffer is valid and ours by the contract of `Buffer`.
        let attr =
            unsafe { bindings::nla_reserve(self.skb(), c_int::from(attrtype), len as c_int) };
        let attr = NonNull::new(attr).ok_or(EMSGSIZE)?;
        // SAFETY: `nla_reserve` made room for `len` bytes behind the header, which nobody else knows
        // of; `value` has one less.
        unsafe {
            let payload = attr.as_ptr().cast::<u8>().add(HEADER_LEN);
            payload.copy_from_nonoverlapping(value.as_ptr(), value.len());
            payload.add(value.len()).write(0);
        }
        Ok(())
    }

    /// Puts a binary attribute.
    fn put_bytes(&mut self, attrtype: u16, value: &[u8]) -> Result {
        self.put(attrtype, value)
    }

    /// Starts an attribute that holds attributes. They are put into what is returned, and
    /// [`Nest::end`] completes it.
    fn put_nested(&mut self, attrtype: u16) -> Result<Nest<'_>> {
        let skb = NonNull::new(self.skb()).ok_or(EINVAL)?;
        // SAFETY: The buffer is valid and ours by the contract of `Buffer`.
        let start = unsafe { ffi::genl_helper_nest_start(skb.as_ptr(), c_int::from(attrtype)) };
        let start = NonNull::new(start).ok_or(EMSGSIZE)?;
        // INVARIANT: `start` was just put into `skb`, to which nobody else writes while `self` is
        // borrowed.
        Ok(Nest {
            skb,
            start,
            _outer: PhantomData,
        })
    }
}

impl<B: Buffer> PutAttr for B {}

/// An attribute that holds attributes, being written.
///
/// One that is dropped instead of ended is taken back, with all that it holds.
///
/// # Invariants
///
/// `skb` is a valid buffer to which nobody else writes during `'m`, and `start` is in it.
#[must_use]
pub struct Nest<'m> {
    skb: NonNull<bindings::sk_buff>,
    start: NonNull<bindings::nlattr>,
    _outer: PhantomData<&'m mut ()>,
}

// SAFETY: By the type invariants.
unsafe impl Buffer for Nest<'_> {
    fn skb(&mut self) -> *mut bindings::sk_buff {
        self.skb.as_ptr()
    }
}

impl Nest<'_> {
    /// Completes the nest. Fails with `EMSGSIZE`, and takes it back, if it holds more than an
    /// attribute can.
    pub fn end(self) -> Result {
        // SAFETY: By the type invariants, `start` is in the valid buffer `skb`.
        let result = unsafe { ffi::genl_helper_nest_end(self.skb.as_ptr(), self.start.as_ptr()) };
        if result < 0 {
            return Err(EMSGSIZE);
        }
        core::mem::forget(self);
        Ok(())
    }
}

impl Drop for Nest<'_> {
    fn drop(&mut self) {
        // SAFETY: By the type invariants, `start` is in the valid buffer `skb`.
        unsafe { ffi::genl_helper_nest_cancel(self.skb.as_ptr(), self.start.as_ptr()) };
    }
}
