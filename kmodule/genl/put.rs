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

/// The maximum length of a payload: `nla_len` has 16 bits and counts the header.
const MAX_PAYLOAD_LEN: usize = u16::MAX as usize - HEADER_LEN;

/// Returns the number of bytes that an attribute with a payload of `payload` bytes takes in a message,
/// `nla_total_size()`.
#[inline]
pub const fn attr_size(payload: usize) -> usize {
    (HEADER_LEN + payload).next_multiple_of(bindings::NLA_ALIGNTO as usize)
}

/// A buffer that attributes can be put into.
///
/// # Safety
///
/// [`Self::skb`] must return a pointer to a valid `sk_buff` that is not accessed by any other means
/// while `self` is borrowed.
pub unsafe trait Buffer {
    /// Returns the buffer.
    #[doc(hidden)]
    fn skb(&mut self) -> *mut bindings::sk_buff;
}

/// Puts attributes into a message or a nest.
///
/// # Errors
///
/// Each method fails with `EMSGSIZE` if the attribute does not fit in the buffer. The attributes
/// before it do not change.
pub trait PutAttr: Buffer {
    /// Puts an attribute with the bytes of `value`.
    #[doc(hidden)]
    fn put<T>(&mut self, attrtype: u16, value: &T) -> Result
    where
        T: ?Sized + AsBytes,
    {
        let bytes = core::ptr::from_ref(value).cast();
        // SAFETY: The buffer is valid and exclusive by the contract of `Buffer`, and the provided value
        // is readable and initialized for its size.
        unsafe { put_raw(self.skb(), attrtype, bytes, size_of_val(value)) }
    }

    /// Puts a flag attribute, which has no payload.
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

    /// Puts a `u64` attribute. On architectures that need it, an empty attribute with number `padattr`
    /// goes before it to align the value to eight bytes.
    fn put_u64_64bit(&mut self, attrtype: u16, value: u64, padattr: u16) -> Result {
        self.put_bytes_64bit(attrtype, &value.to_ne_bytes(), padattr)
    }

    /// Puts a binary attribute, aligned as by [`Self::put_u64_64bit`] (`nla_put_64bit()`).
    fn put_bytes_64bit(&mut self, attrtype: u16, value: &[u8], padattr: u16) -> Result {
        if value.len() > MAX_PAYLOAD_LEN {
            return Err(EMSGSIZE);
        }
        // SAFETY: The buffer is valid and exclusive by the contract of `Buffer`, and `value` can be read
        // for its length.
        to_result(unsafe {
            bindings::nla_put_64bit(
                self.skb(),
                c_int::from(attrtype),
                value.len() as c_int,
                value.as_ptr().cast(),
                c_int::from(padattr),
            )
        })
    }

    /// Puts a `uint` attribute: four bytes if the value fits, otherwise eight.
    fn put_uint(&mut self, attrtype: u16, value: u64) -> Result {
        // SAFETY: The buffer is valid and exclusive by the contract of `Buffer`.
        unsafe { put_uint_raw(self.skb(), attrtype, value) }
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

    /// Puts an `s64` attribute, aligned as by [`Self::put_u64_64bit`].
    fn put_s64_64bit(&mut self, attrtype: u16, value: i64, padattr: u16) -> Result {
        self.put_u64_64bit(attrtype, value as u64, padattr)
    }

    /// Puts a `sint` attribute: four bytes if the value fits, otherwise eight.
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

    /// Puts a string attribute from bytes without a NUL, and adds the NUL.
    fn put_str(&mut self, attrtype: u16, value: &[u8]) -> Result {
        // SAFETY: The buffer is valid and exclusive by the contract of `Buffer`.
        unsafe { put_str_raw(self.skb(), attrtype, value) }
    }

    /// Puts a binary attribute.
    fn put_bytes(&mut self, attrtype: u16, value: &[u8]) -> Result {
        self.put(attrtype, value)
    }

    /// Puts a binary attribute of `len` bytes, which are 0 at first, and calls `fill` with them
    /// (`nla_reserve()`). Use it for data that is not in one piece.
    ///
    /// # Examples
    ///
    /// ```
    /// # use crate::genl::*;
    /// # use kernel::prelude::*;
    /// fn put_joined(to: &mut impl PutAttr, attrtype: u16, parts: [&[u8]; 2]) -> Result {
    ///     to.put_bytes_with(attrtype, parts[0].len() + parts[1].len(), |bytes| {
    ///         let (first, second) = bytes.split_at_mut(parts[0].len());
    ///         first.copy_from_slice(parts[0]);
    ///         second.copy_from_slice(parts[1]);
    ///     })
    /// }
    /// ```
    fn put_bytes_with(
        &mut self,
        attrtype: u16,
        len: usize,
        fill: impl FnOnce(&mut [u8]),
    ) -> Result {
        // SAFETY: The buffer is valid and exclusive by the contract of `Buffer`.
        let payload = unsafe { reserve(self.skb(), attrtype, len)? };
        // SAFETY: `reserve` has returned `len` bytes, which are initialized first, and the buffer is
        // exclusive while `self` is borrowed.
        fill(unsafe {
            payload.write_bytes(0, len);
            core::slice::from_raw_parts_mut(payload.as_ptr(), len)
        });
        Ok(())
    }

    /// Puts bytes without an attribute's header, and pads them to four bytes (`nla_put_nohdr()`). Only
    /// for old protocols with data that is not in attributes.
    fn put_nohdr(&mut self, value: &[u8]) -> Result {
        if value.len() > MAX_PAYLOAD_LEN {
            return Err(EMSGSIZE);
        }
        // SAFETY: The buffer is valid and exclusive by the contract of `Buffer`, and `value` can be read
        // for its length.
        to_result(unsafe {
            bindings::nla_put_nohdr(self.skb(), value.len() as c_int, value.as_ptr().cast())
        })
    }

    /// Starts a nest, an attribute that contains attributes. Put them into the returned [`Nest`];
    /// [`Nest::end`] completes it.
    fn put_nested(&mut self, attrtype: u16) -> Result<Nest<'_>> {
        self.put_nested_noflag(attrtype | bindings::NLA_F_NESTED as u16)
    }

    /// Starts a nest without `NLA_F_NESTED` (`nla_nest_start_noflag()`), for old families whose clients
    /// do not mask the flag.
    fn put_nested_noflag(&mut self, attrtype: u16) -> Result<Nest<'_>> {
        let skb = NonNull::new(self.skb()).ok_or(EINVAL)?;
        // SAFETY: The buffer is valid and exclusive by the contract of `Buffer`.
        let start =
            unsafe { ffi::genl_helper_nest_start_noflag(skb.as_ptr(), c_int::from(attrtype)) };
        let start = NonNull::new(start).ok_or(EMSGSIZE)?;
        // INVARIANT: `start` was just put into `skb`, which is exclusive while `self` is borrowed.
        Ok(Nest {
            skb,
            start,
            _outer: PhantomData,
        })
    }
}

impl<B: Buffer> PutAttr for B {}

/// Puts an attribute. All types share this function, because a message puts many attributes.
///
/// # Errors
///
/// `EMSGSIZE` if the attribute does not fit.
///
/// # Safety
///
/// `skb` must be a valid and exclusive buffer, and `value` must be valid for reads of `len` initialized
/// bytes.
#[inline(never)]
unsafe fn put_raw(
    skb: *mut bindings::sk_buff,
    attrtype: u16,
    value: *const c_void,
    len: usize,
) -> Result {
    if len > MAX_PAYLOAD_LEN {
        return Err(EMSGSIZE);
    }
    // SAFETY: The caller's promise.
    match unsafe { bindings::nla_put(skb, c_int::from(attrtype), len as c_int, value) } {
        0 => Ok(()),
        _ => Err(EMSGSIZE),
    }
}

/// Puts a `uint` attribute. All types share this function, too.
///
/// # Errors
///
/// `EMSGSIZE` if the attribute does not fit.
///
/// # Safety
///
/// `skb` must be a valid and exclusive buffer.
#[inline(never)]
unsafe fn put_uint_raw(skb: *mut bindings::sk_buff, attrtype: u16, value: u64) -> Result {
    let short = value as u32;
    let (bytes, len) = match u64::from(short) == value {
        true => ((&raw const short).cast(), size_of::<u32>()),
        false => ((&raw const value).cast(), size_of::<u64>()),
    };
    // SAFETY: The caller's promise. `bytes` points to a number with this length.
    unsafe { put_raw(skb, attrtype, bytes, len) }
}

/// Puts a string attribute, and adds the NUL. All types share this function, too.
///
/// # Errors
///
/// `EMSGSIZE` if the attribute does not fit.
///
/// # Safety
///
/// `skb` must be a valid and exclusive buffer.
#[inline(never)]
unsafe fn put_str_raw(skb: *mut bindings::sk_buff, attrtype: u16, value: &[u8]) -> Result {
    // SAFETY: The caller's promise.
    let payload = unsafe { reserve(skb, attrtype, value.len() + 1)? };
    // SAFETY: `reserve` has returned one byte more than `value` has.
    unsafe {
        payload.copy_from_nonoverlapping(NonNull::from(value).cast(), value.len());
        payload.add(value.len()).write(0);
    }
    Ok(())
}

/// Reserves an attribute of `len` bytes, and returns a pointer to the bytes, which are not initialized.
///
/// # Errors
///
/// `EMSGSIZE` if the attribute does not fit.
///
/// # Safety
///
/// `skb` must be a valid and exclusive buffer.
#[inline]
unsafe fn reserve(skb: *mut bindings::sk_buff, attrtype: u16, len: usize) -> Result<NonNull<u8>> {
    if len > MAX_PAYLOAD_LEN {
        return Err(EMSGSIZE);
    }
    // SAFETY: The caller's promise.
    let attr = unsafe { bindings::nla_reserve(skb, c_int::from(attrtype), len as c_int) };
    let attr = NonNull::new(attr).ok_or(EMSGSIZE)?;
    // SAFETY: `nla_reserve` has reserved `len` bytes after the header.
    Ok(unsafe { attr.cast::<u8>().add(HEADER_LEN) })
}

/// A nest under construction: an attribute that contains attributes.
///
/// Dropping it instead of calling [`Self::end`] removes it and its attributes from the message.
///
/// # Invariants
///
/// `skb` is a valid buffer that is exclusive during `'m`, and `start` is in it.
///
/// # Examples
///
/// A nest with two attributes, in a message or in another nest:
///
/// ```
/// # use crate::genl::*;
/// # use kernel::prelude::*;
/// const SIZE: u16 = 1;
/// const WIDTH: u16 = 1;
/// const HEIGHT: u16 = 2;
///
/// fn put_size(to: &mut impl PutAttr, width: u32, height: u32) -> Result {
///     let mut size = to.put_nested(SIZE)?;
///     size.put_u32(WIDTH, width)?;
///     size.put_u32(HEIGHT, height)?;
///     size.end()
/// }
/// ```
#[must_use]
pub struct Nest<'m> {
    skb: NonNull<bindings::sk_buff>,
    start: NonNull<bindings::nlattr>,
    _outer: PhantomData<&'m mut ()>,
}

// SAFETY: By the type invariants.
unsafe impl Buffer for Nest<'_> {
    #[inline]
    fn skb(&mut self) -> *mut bindings::sk_buff {
        self.skb.as_ptr()
    }
}

impl Nest<'_> {
    /// Completes the nest.
    ///
    /// # Errors
    ///
    /// `EMSGSIZE` if the nest is longer than an attribute can be. It is then removed from the message.
    #[inline]
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
    #[inline]
    fn drop(&mut self) {
        // SAFETY: By the type invariants, `start` is in the valid buffer `skb`.
        unsafe { ffi::genl_helper_nest_cancel(self.skb.as_ptr(), self.start.as_ptr()) };
    }
}

#[kunit_tests(genl_put)]
mod tests {
    use super::*;
    use crate::genl::testing::{
        Attributes,
        TestSkb,
        NUMBER, //
    };

    /// The size of a buffer that is large enough for the attributes of a test.
    const LARGE: usize = 256;

    /// Returns whether `put` writes one attribute with this payload, and zeros as padding.
    fn writes(payload: &[u8], put: impl FnOnce(&mut TestSkb) -> Result) -> Result<bool> {
        let mut skb = TestSkb::new(LARGE)?;
        put(&mut skb)?;
        Ok(skb.bytes() == Attributes::one(NUMBER, payload).bytes())
    }

    #[test]
    fn put_numbers_writes_their_bytes() -> Result {
        assert!(writes(&[], |to| to.put_flag(NUMBER))?);
        assert!(writes(&[7], |to| to.put_u8(NUMBER, 7))?);
        assert!(writes(&0x0102u16.to_ne_bytes(), |to| to.put_u16(NUMBER, 0x0102))?);
        assert!(writes(&7u32.to_ne_bytes(), |to| to.put_u32(NUMBER, 7))?);
        assert!(writes(&7u64.to_ne_bytes(), |to| to.put_u64(NUMBER, 7))?);
        assert!(writes(&[0xff], |to| to.put_s8(NUMBER, -1))?);
        assert!(writes(&(-2i16).to_ne_bytes(), |to| to.put_s16(NUMBER, -2))?);
        assert!(writes(&(-2i32).to_ne_bytes(), |to| to.put_s32(NUMBER, -2))?);
        assert!(writes(&(-2i64).to_ne_bytes(), |to| to.put_s64(NUMBER, -2))?);
        Ok(())
    }

    #[test]
    fn put_uint_and_put_sint_write_four_bytes_if_the_value_fits() -> Result {
        for value in [0, 1, u64::from(u32::MAX)] {
            let short = (value as u32).to_ne_bytes();
            assert!(writes(&short, |to| to.put_uint(NUMBER, value))?);
        }
        for value in [u64::from(u32::MAX) + 1, u64::MAX] {
            assert!(writes(&value.to_ne_bytes(), |to| to.put_uint(NUMBER, value))?);
        }
        for value in [0, -1, i64::from(i32::MAX), i64::from(i32::MIN)] {
            let short = (value as i32).to_ne_bytes();
            assert!(writes(&short, |to| to.put_sint(NUMBER, value))?);
        }
        for value in [i64::from(i32::MAX) + 1, i64::from(i32::MIN) - 1, i64::MIN] {
            assert!(writes(&value.to_ne_bytes(), |to| to.put_sint(NUMBER, value))?);
        }
        Ok(())
    }

    #[test]
    fn put_be_and_put_le_write_their_byte_order() -> Result {
        let value = 0x0102_0304_0506_0708;
        assert!(writes(&[7, 8], |to| to.put_be16(NUMBER, value as u16))?);
        assert!(writes(&[5, 6, 7, 8], |to| to.put_be32(NUMBER, value as u32))?);
        assert!(writes(&[1, 2, 3, 4, 5, 6, 7, 8], |to| to.put_be64(NUMBER, value))?);
        assert!(writes(&[8, 7], |to| to.put_le16(NUMBER, value as u16))?);
        assert!(writes(&[8, 7, 6, 5], |to| to.put_le32(NUMBER, value as u32))?);
        assert!(writes(&[8, 7, 6, 5, 4, 3, 2, 1], |to| to.put_le64(NUMBER, value))?);
        Ok(())
    }

    #[test]
    fn put_str_appends_one_nul() -> Result {
        for text in [&b""[..], b"a", b"abc", b"abcd"] {
            let mut payload = [0; 8];
            payload[..text.len()].copy_from_slice(text);
            assert!(writes(&payload[..=text.len()], |to| to.put_str(NUMBER, text))?);
        }
        assert!(writes(b"abc\0", |to| to.put_string(NUMBER, c"abc"))?);
        assert!(writes(b"a\0c", |to| to.put_bytes(NUMBER, b"a\0c"))?);
        Ok(())
    }

    #[test]
    fn put_bytes_with_clears_the_bytes_and_passes_them_on() -> Result {
        for len in [0, 1, 3, 4, 5] {
            let mut expected = [0; 5];
            expected[..len].fill(7);
            let fill = |bytes: &mut [u8]| {
                assert!(bytes.len() == len && bytes.iter().all(|byte| *byte == 0));
                bytes.fill(7);
            };
            assert!(writes(&expected[..len], |to| to.put_bytes_with(NUMBER, len, fill))?);
        }
        Ok(())
    }

    #[test]
    fn put_nohdr_pads_the_bytes() -> Result {
        let mut skb = TestSkb::new(LARGE)?;
        skb.put_nohdr(&[1, 2, 3, 4, 5])?;
        assert_eq!(skb.bytes(), [1, 2, 3, 4, 5, 0, 0, 0]);
        Ok(())
    }

    #[test]
    fn only_put_nested_sets_the_flag() -> Result {
        let nested = NUMBER | bindings::NLA_F_NESTED as u16;
        let inner = Attributes::one(NUMBER, b"inner");
        let mut skb = TestSkb::new(LARGE)?;
        for with_flag in [true, false] {
            let mut nest = match with_flag {
                true => skb.put_nested(NUMBER)?,
                false => skb.put_nested_noflag(NUMBER)?,
            };
            nest.put_bytes(NUMBER, b"inner")?;
            nest.end()?;
        }
        let both = Attributes::one(nested, inner.bytes()).and(NUMBER, inner.bytes());
        assert_eq!(skb.bytes(), both.bytes());
        Ok(())
    }

    #[test]
    fn getters_read_64bit_and_bitfield_attributes() -> Result {
        let mut skb = TestSkb::new(LARGE)?;
        skb.put_u64_64bit(1, u64::MAX - 1, 9)?;
        skb.put_s64_64bit(2, -3, 9)?;
        skb.put_bitfield32(3, 5, 7)?;
        skb.put_bytes_64bit(4, b"twelve bytes", 9)?;
        let bytes = skb.stream().get(4).map(|attr| attr.payload());
        assert_eq!(bytes, Some(&b"twelve bytes"[..]));
        let read = |attrtype| skb.stream().get(attrtype);
        assert_eq!(read(1).and_then(|attr| attr.u64().ok()), Some(u64::MAX - 1));
        assert_eq!(read(2).and_then(|attr| attr.s64().ok()), Some(-3));
        assert_eq!(
            read(3).and_then(|attr| attr.bitfield32().ok()),
            Some((5, 7))
        );
        Ok(())
    }

    #[test]
    fn a_full_buffer_rejects_attributes_and_keeps_its_contents() -> Result {
        let mut skb = TestSkb::new(16)?;
        while skb.put_u32(NUMBER, 7).is_ok() {}
        let len = skb.bytes().len();
        assert!(len >= 16 && len % 8 == 0);
        assert_eq!(skb.put_u32(NUMBER, 7), Err(EMSGSIZE));
        assert_eq!(skb.put_str(NUMBER, b"abc"), Err(EMSGSIZE));
        assert_eq!(skb.put_u64_64bit(NUMBER, 7, 9), Err(EMSGSIZE));
        assert_eq!(skb.bytes().len(), len);
        let mut stream = skb.stream();
        assert!(Iterator::all(&mut stream, |attr| matches!(
            attr.u32(),
            Ok(7)
        )));
        Ok(())
    }

    #[test]
    fn put_rejects_a_payload_longer_than_nla_len_can_express() -> Result {
        let bytes = KVVec::from_elem(1u8, MAX_PAYLOAD_LEN + 1, GFP_KERNEL)?;
        let mut skb = TestSkb::new(attr_size(MAX_PAYLOAD_LEN) + LARGE)?;
        assert_eq!(skb.put_bytes(NUMBER, &bytes), Err(EMSGSIZE));
        assert_eq!(skb.put_str(NUMBER, &bytes[1..]), Err(EMSGSIZE));
        assert_eq!(skb.put_bytes_64bit(NUMBER, &bytes, 9), Err(EMSGSIZE));
        assert_eq!(skb.bytes().len(), 0);
        skb.put_bytes(NUMBER, &bytes[1..])?;
        let attr = skb.stream().next().ok_or(ENOENT)?;
        assert_eq!(attr.payload().len(), MAX_PAYLOAD_LEN);
        Ok(())
    }

    #[test]
    fn attr_size_includes_header_and_padding() {
        for (payload, size) in [(0, 4), (1, 8), (4, 8), (5, 12), (8, 12)] {
            assert_eq!(attr_size(payload), size);
        }
    }

    #[test]
    fn a_nest_contains_its_attributes() -> Result {
        let mut skb = TestSkb::new(LARGE)?;
        let mut nest = skb.put_nested(1)?;
        nest.put_u8(2, 7)?;
        nest.put_nested(3)?.end()?;
        nest.end()?;
        skb.put_u8(4, 8)?;

        let nested = bindings::NLA_F_NESTED as u16;
        let inner = Attributes::one(2, &[7]).and(3 | nested, b"");
        let expected = Attributes::one(1 | nested, inner.bytes()).and(4, &[8]);
        assert_eq!(skb.bytes(), expected.bytes());
        Ok(())
    }

    #[test]
    fn dropping_a_nest_removes_it() -> Result {
        let mut skb = TestSkb::new(LARGE)?;
        skb.put_u8(1, 7)?;
        let mut nest = skb.put_nested(2)?;
        nest.put_u32(3, 8)?;
        drop(nest);
        assert_eq!(skb.bytes(), Attributes::one(1, &[7]).bytes());
        Ok(())
    }

    #[test]
    fn ending_a_nest_that_is_too_long_removes_it() -> Result {
        let half = KVVec::from_elem(0u8, MAX_PAYLOAD_LEN / 2 + 1, GFP_KERNEL)?;
        let mut skb = TestSkb::new(2 * attr_size(half.len()) + LARGE)?;
        let mut nest = skb.put_nested(1)?;
        nest.put_bytes(2, &half)?;
        nest.put_bytes(2, &half)?;
        assert_eq!(nest.end(), Err(EMSGSIZE));
        assert_eq!(skb.bytes().len(), 0);
        Ok(())
    }
}
