// SPDX-License-Identifier: GPL-2.0

//! Received attributes.
//!
//! C header: [`include/net/netlink.h`](srctree/include/net/netlink.h)

use super::{
    policy::STRICT,
    ExtAckError,
    Info,
    Policy, //
};
use core::{
    marker::PhantomData,
    ptr::NonNull, //
};
use kernel::{
    bindings,
    error::to_result,
    prelude::*, //
};

/// Bytes of an attribute's header, `NLA_HDRLEN`.
pub(super) const HEADER_LEN: usize = size_of::<bindings::nlattr>();

/// The bits of an attribute's type that are its number, `NLA_TYPE_MASK`.
const TYPE_MASK: u16 = bindings::NLA_TYPE_MASK as u16;

/// An attribute of a request.
///
/// # Errors
///
/// The getters check the length of the payload, independently of the policy. They fail with `EINVAL`
/// if the payload is too short or, for an enum, if the value is unknown. The error names the attribute.
/// They ignore bytes after the value, as C does; only strict validation rejects these.
///
/// # Invariants
///
/// `header` points to the header of an attribute in the request's buffer, which does not change during
/// `'a`. The length in the header includes the header, and so many bytes can be read.
///
/// # Examples
///
/// A nest with two attributes:
///
/// ```
/// # use crate::genl::*;
/// # use kernel::prelude::*;
/// const WIDTH: u16 = 1;
/// const HEIGHT: u16 = 2;
///
/// fn area<'a>(size: Attr<'a>) -> Result<u64, ExtAckError<'a>> {
///     let length = |attrtype| match size.nested().get(attrtype) {
///         Some(length) => length.u32(),
///         None => Err(ExtAckError::missing_in(size, attrtype, c"a length is missing")),
///     };
///     Ok(u64::from(length(WIDTH)?) * u64::from(length(HEIGHT)?))
/// }
/// ```
#[derive(Clone, Copy)]
pub struct Attr<'a> {
    header: NonNull<bindings::nlattr>,
    _request: PhantomData<&'a [u8]>,
}

impl<'a> Attr<'a> {
    /// Creates an `Attr` from an attribute that the core has parsed.
    ///
    /// # Safety
    ///
    /// `header` must point to an attribute that passed `__nla_parse()`, in a buffer that does not
    /// change during `'a`.
    #[inline]
    pub(super) unsafe fn from_raw(header: NonNull<bindings::nlattr>) -> Self {
        // INVARIANT: The parser accepts no attribute that is shorter than its header or longer than its
        // message.
        Self {
            header,
            _request: PhantomData,
        }
    }

    /// Returns a raw pointer to the underlying `struct nlattr`.
    #[inline]
    pub(super) fn as_raw(self) -> *const bindings::nlattr {
        self.header.as_ptr()
    }

    /// Returns the number and the flags.
    #[inline]
    fn kind(self) -> u16 {
        // SAFETY: By the type invariants, the header can be read.
        unsafe { (*self.as_raw()).nla_type }
    }

    /// Returns the attribute's number, without the flags in the same field.
    #[inline]
    pub fn number(self) -> u16 {
        self.kind() & TYPE_MASK
    }

    /// Returns whether the sender has marked the attribute as a nest (`NLA_F_NESTED`). Strict validation
    /// checks that, except for the items of an array of nests.
    #[inline]
    pub fn is_nest(self) -> bool {
        self.kind() & bindings::NLA_F_NESTED as u16 != 0
    }

    /// Returns the payload, without header and padding.
    #[inline]
    pub fn payload(self) -> &'a [u8] {
        // SAFETY: By the type invariants, `nla_len` bytes, at least a header, can be read during `'a`.
        unsafe {
            let len = usize::from((*self.as_raw()).nla_len);
            let start = self.header.as_ptr().cast::<u8>().add(HEADER_LEN);
            core::slice::from_raw_parts(start, len - HEADER_LEN)
        }
    }

    /// Returns the first `N` bytes of the payload.
    pub fn first_bytes<const N: usize>(self) -> Result<&'a [u8; N], ExtAckError<'a>> {
        self.payload()
            .first_chunk()
            .ok_or_else(|| self.invalid_length())
    }

    /// Returns the error of the getters. All of them share it.
    #[inline]
    fn invalid_length(self) -> ExtAckError<'a> {
        ExtAckError::bad_attr(EINVAL, self, c"attribute has an invalid length")
    }

    /// Returns the payload in chunks of `N` bytes, of which it must be a multiple.
    pub fn chunks<const N: usize>(
        self,
    ) -> Result<impl Iterator<Item = [u8; N]> + 'a, ExtAckError<'a>> {
        match self.payload().len() % N {
            0 => Ok(self
                .payload()
                .chunks_exact(N)
                .filter_map(|bytes| bytes.try_into().ok())),
            _ => Err(self.invalid_length()),
        }
    }

    fn array<const N: usize>(self) -> Result<[u8; N], ExtAckError<'a>> {
        self.first_bytes().copied()
    }

    /// Returns the value of a `u8` attribute.
    #[inline]
    pub fn u8(self) -> Result<u8, ExtAckError<'a>> {
        self.array().map(u8::from_ne_bytes)
    }

    /// Returns the value of a `u16` attribute.
    #[inline]
    pub fn u16(self) -> Result<u16, ExtAckError<'a>> {
        self.array().map(u16::from_ne_bytes)
    }

    /// Returns the value of a `u32` attribute.
    #[inline]
    pub fn u32(self) -> Result<u32, ExtAckError<'a>> {
        self.array().map(u32::from_ne_bytes)
    }

    /// Returns the value of a `u64` attribute.
    #[inline]
    pub fn u64(self) -> Result<u64, ExtAckError<'a>> {
        self.array().map(u64::from_ne_bytes)
    }

    /// Returns the value of a `uint` attribute, which has four bytes or eight.
    #[inline]
    pub fn uint(self) -> Result<u64, ExtAckError<'a>> {
        match self.payload().len() {
            4 => self.u32().map(u64::from),
            _ => self.u64(),
        }
    }

    /// Returns the value of an `s8` attribute.
    #[inline]
    pub fn s8(self) -> Result<i8, ExtAckError<'a>> {
        self.array().map(i8::from_ne_bytes)
    }

    /// Returns the value of an `s16` attribute.
    #[inline]
    pub fn s16(self) -> Result<i16, ExtAckError<'a>> {
        self.array().map(i16::from_ne_bytes)
    }

    /// Returns the value of an `s32` attribute.
    #[inline]
    pub fn s32(self) -> Result<i32, ExtAckError<'a>> {
        self.array().map(i32::from_ne_bytes)
    }

    /// Returns the value of an `s64` attribute.
    #[inline]
    pub fn s64(self) -> Result<i64, ExtAckError<'a>> {
        self.array().map(i64::from_ne_bytes)
    }

    /// Returns the value of a `sint` attribute, which has four bytes or eight.
    #[inline]
    pub fn sint(self) -> Result<i64, ExtAckError<'a>> {
        match self.payload().len() {
            4 => self.s32().map(i64::from),
            _ => self.s64(),
        }
    }

    /// Returns the value of a `u16` attribute in network byte order.
    #[inline]
    pub fn be16(self) -> Result<u16, ExtAckError<'a>> {
        self.array().map(u16::from_be_bytes)
    }

    /// Returns the value of a `u32` attribute in network byte order.
    #[inline]
    pub fn be32(self) -> Result<u32, ExtAckError<'a>> {
        self.array().map(u32::from_be_bytes)
    }

    /// Returns the value of a `u64` attribute in network byte order.
    #[inline]
    pub fn be64(self) -> Result<u64, ExtAckError<'a>> {
        self.array().map(u64::from_be_bytes)
    }

    /// Returns the value of a `u16` attribute in little-endian byte order.
    #[inline]
    pub fn le16(self) -> Result<u16, ExtAckError<'a>> {
        self.array().map(u16::from_le_bytes)
    }

    /// Returns the value of a `u32` attribute in little-endian byte order.
    #[inline]
    pub fn le32(self) -> Result<u32, ExtAckError<'a>> {
        self.array().map(u32::from_le_bytes)
    }

    /// Returns the value of a `u64` attribute in little-endian byte order.
    #[inline]
    pub fn le64(self) -> Result<u64, ExtAckError<'a>> {
        self.array().map(u64::from_le_bytes)
    }

    /// Returns the value of a `u8` attribute as a value of the enum `T`.
    pub fn u8_enum<T: TryFrom<u32>>(self) -> Result<T, ExtAckError<'a>> {
        self.one_of(self.u8()?)
    }

    /// Returns the value of a `u16` attribute as a value of the enum `T`.
    pub fn u16_enum<T: TryFrom<u32>>(self) -> Result<T, ExtAckError<'a>> {
        self.one_of(self.u16()?)
    }

    /// Returns the value of a `u32` attribute as a value of the enum `T`.
    pub fn u32_enum<T: TryFrom<u32>>(self) -> Result<T, ExtAckError<'a>> {
        self.one_of(self.u32()?)
    }

    /// Returns the value of a `u64` attribute as a value of the enum `T`.
    pub fn u64_enum<T: TryFrom<u32>>(self) -> Result<T, ExtAckError<'a>> {
        self.one_of(self.u64()?)
    }

    /// Returns the value of a `uint` attribute as a value of the enum `T`.
    pub fn uint_enum<T: TryFrom<u32>>(self) -> Result<T, ExtAckError<'a>> {
        self.one_of(self.uint()?)
    }

    /// Converts `value`, which a getter has returned, to the enum `T`.
    pub fn one_of<T: TryFrom<u32>>(self, value: impl TryInto<u32>) -> Result<T, ExtAckError<'a>> {
        value
            .try_into()
            .ok()
            .and_then(|value| T::try_from(value).ok())
            .ok_or_else(|| self.unknown_value())
    }

    /// Returns the error of the getters of enums. All of them share it.
    #[inline]
    fn unknown_value(self) -> ExtAckError<'a> {
        ExtAckError::bad_attr(EINVAL, self, c"attribute has an unknown value")
    }

    /// Returns value and selector of a `bitfield32` attribute. Bits outside of the selector are not to
    /// be changed.
    #[inline]
    pub fn bitfield32(self) -> Result<(u32, u32), ExtAckError<'a>> {
        let [a, b, c, d, e, f, g, h] = self.array()?;
        Ok((
            u32::from_ne_bytes([a, b, c, d]),
            u32::from_ne_bytes([e, f, g, h]),
        ))
    }

    /// Returns the bytes of a string attribute, without the NUL at its end.
    ///
    /// A policy checks that the string has a NUL. It can be followed by other bytes and NULs, which are
    /// returned unchanged.
    #[inline]
    pub fn string(self) -> &'a [u8] {
        let payload = self.payload();
        payload.strip_suffix(b"\0").unwrap_or(payload)
    }

    /// Validates the attributes in this nest strictly (`nla_validate_nested()`). Use it if the policy
    /// depends on another attribute; otherwise [`Policy::nested`](super::Policy::nested) is simpler.
    ///
    /// # Errors
    ///
    /// The error of the core. The extended ack of `info`, the request of this attribute, names the
    /// attribute and its policy.
    ///
    /// # Examples
    ///
    /// ```
    /// # use crate::genl::*;
    /// # use kernel::prelude::*;
    /// static CIRCLE: PolicyTable<2> = PolicyTable::new().with(1, Policy::u32().min(1));
    /// static SQUARE: PolicyTable<3> = PolicyTable::new()
    ///     .with(1, Policy::u32().min(1))
    ///     .with(2, Policy::u8().max(3));
    ///
    /// fn check<'a>(info: &Info<'a>, kind: u32, options: Attr<'a>) -> Result<(), ExtAckError<'a>> {
    ///     match kind {
    ///         0 => options.validate_nested(CIRCLE.as_slice(), info),
    ///         _ => options.validate_nested(SQUARE.as_slice(), info),
    ///     }
    /// }
    /// ```
    #[inline]
    pub fn validate_nested(
        self,
        policy: &'static [Policy],
        info: &Info<'a>,
    ) -> Result<(), ExtAckError<'a>> {
        // Without a policy, the core rejects all attributes as beyond 0.
        let max_attr = policy.len().saturating_sub(1).min(u16::MAX.into());
        let payload = self.payload();
        // SAFETY: The payload can be read, and the slice has a policy for each number up to `max_attr`
        // and is static. `Policy` is transparent. The extended ack is null or the request's, which
        // nothing else accesses, because `Info` is not `Send`.
        let result = to_result(unsafe {
            bindings::__nla_validate(
                payload.as_ptr().cast(),
                payload.len() as c_int,
                max_attr as c_int,
                policy.as_ptr().cast(),
                STRICT,
                (*info.as_raw()).extack,
            )
        });
        Ok(result?)
    }

    /// Returns an iterator over the attributes in this nest.
    #[inline]
    pub fn nested(self) -> AttrStream<'a> {
        // INVARIANT: By the type invariants of `Attr`, the payload is in the request's buffer.
        AttrStream {
            bytes: self.payload(),
        }
    }
}

/// The attributes of a nest or of a request, in the order of the message.
///
/// As an iterator, it ends at the first attribute that is truncated. A lookup by number visits all
/// attributes and allocates nothing.
///
/// # Invariants
///
/// `bytes` is in the request's buffer and starts at an attribute, unless it is empty.
#[derive(Clone, Copy)]
pub struct AttrStream<'a> {
    bytes: &'a [u8],
}

impl<'a> AttrStream<'a> {
    /// Creates an `AttrStream` of the attributes in `bytes`.
    ///
    /// # Safety
    ///
    /// `bytes` must be a part of the request's buffer that starts at an attribute, or empty.
    #[inline]
    pub(super) unsafe fn new(bytes: &'a [u8]) -> Self {
        // INVARIANT: By the safety requirements.
        Self { bytes }
    }

    /// Returns the attribute with this number, or the last one if there are several.
    #[inline]
    pub fn get(self, attrtype: u16) -> Option<Attr<'a>> {
        self.all(attrtype).last()
    }

    /// Returns an iterator over the attributes with this number.
    #[inline]
    pub fn all(self, attrtype: u16) -> impl Iterator<Item = Attr<'a>> {
        self.filter(move |attr| attr.number() == attrtype)
    }
}

impl<'a> Iterator for AttrStream<'a> {
    type Item = Attr<'a>;

    #[inline]
    fn next(&mut self) -> Option<Attr<'a>> {
        let len = usize::from(u16::from_ne_bytes(*self.bytes.first_chunk()?));
        if len < HEADER_LEN {
            return None;
        }
        let attr = self.bytes.get(..len)?;
        let next = len.next_multiple_of(bindings::NLA_ALIGNTO as usize);
        // INVARIANT: An attribute starts after the previous one and its padding.
        self.bytes = self.bytes.get(next..).unwrap_or_default();
        // INVARIANT: `len` was checked above, and `attr` starts at an attribute.
        Some(Attr {
            header: NonNull::from(attr).cast(),
            _request: PhantomData,
        })
    }
}

/// The attributes of a request, by number.
///
/// # Invariants
///
/// Every entry of `table` is null or points to an attribute that passed `__nla_parse()`, in a buffer
/// that does not change during `'a`.
#[derive(Clone, Copy)]
pub struct Attrs<'a> {
    table: &'a [*mut bindings::nlattr],
}

impl<'a> Attrs<'a> {
    /// Creates an `Attrs` from the table that the core has filled.
    ///
    /// # Safety
    ///
    /// If `len` is not 0, `table` must point to `len` entries that `__nla_parse()` has written. The
    /// table and the buffer that it points into must not change during `'a`.
    #[inline]
    pub(super) unsafe fn from_raw(table: *const *mut bindings::nlattr, len: usize) -> Self {
        if len == 0 {
            // INVARIANT: The table has no entry.
            return Self { table: &[] };
        }
        // SAFETY: The caller promises `len` entries that can be read during `'a`.
        let table = unsafe { core::slice::from_raw_parts(table, len) };
        // INVARIANT: `__nla_parse()` writes null or a parsed attribute to each entry.
        Self { table }
    }

    /// Returns the attribute with number `attrtype`, or the last one if there are several.
    #[inline]
    pub fn get(&self, attrtype: u16) -> Option<Attr<'a>> {
        let header = NonNull::new(*self.table.get(usize::from(attrtype))?)?;
        // SAFETY: By the type invariants, an entry that is not null is a parsed attribute in a buffer
        // that does not change during `'a`.
        Some(unsafe { Attr::from_raw(header) })
    }
}

#[kunit_tests(genl_attr)]
mod tests {
    use super::*;
    use crate::genl::testing::{
        Attributes,
        ExtAck,
        NUMBER, //
    };

    /// An enum with three values.
    #[derive(PartialEq)]
    struct UpToTwo(u32);

    impl TryFrom<u32> for UpToTwo {
        type Error = Error;

        fn try_from(value: u32) -> Result<Self> {
            match value {
                0..=2 => Ok(Self(value)),
                _ => Err(EINVAL),
            }
        }
    }

    fn first(attributes: &Attributes) -> Result<Attr<'_>> {
        attributes.stream().next().ok_or(ENOENT)
    }

    /// Calls a getter for an attribute with this payload, and returns `None` if it fails.
    macro_rules! read {
        ($payload:expr, $getter:ident $(::<$type:ty>)?) => {
            first(&Attributes::one(NUMBER, $payload))
                .ok()
                .and_then(|attr| attr.$getter$(::<$type>)?().ok())
        };
    }

    #[test]
    fn number_excludes_flags() -> Result {
        let flags = (bindings::NLA_F_NESTED | bindings::NLA_F_NET_BYTEORDER) as u16;
        for attrtype in [1, 255, 256, TYPE_MASK] {
            assert_eq!(first(&Attributes::one(attrtype, b""))?.number(), attrtype);
            let flagged = Attributes::one(attrtype | flags, b"");
            assert_eq!(first(&flagged)?.number(), attrtype);
            assert!(first(&flagged)?.is_nest());
            let other = Attributes::one(attrtype | bindings::NLA_F_NET_BYTEORDER as u16, b"");
            assert!(!first(&other)?.is_nest());
        }
        Ok(())
    }

    #[test]
    fn payload_excludes_padding() -> Result {
        for payload in [&b""[..], b"1", b"12", b"123", b"1234", b"12345"] {
            let attributes = Attributes::one(NUMBER, payload).and(NUMBER, b"other");
            assert_eq!(first(&attributes)?.payload(), payload);
        }
        Ok(())
    }

    #[test]
    fn getters_read_numbers_of_their_type() {
        let high = [0xff; 8];
        assert_eq!(read!(&high[..1], u8), Some(u8::MAX));
        assert_eq!(read!(&high[..2], u16), Some(u16::MAX));
        assert_eq!(read!(&high[..4], u32), Some(u32::MAX));
        assert_eq!(read!(&high, u64), Some(u64::MAX));
        assert_eq!(read!(&high[..1], s8), Some(-1));
        assert_eq!(read!(&high[..2], s16), Some(-1));
        assert_eq!(read!(&high[..4], s32), Some(-1));
        assert_eq!(read!(&high, s64), Some(-1));
        assert_eq!(read!(&0x0102_0304u32.to_ne_bytes(), u32), Some(0x0102_0304));
    }

    #[test]
    fn uint_and_sint_read_four_or_eight_bytes() {
        assert_eq!(read!(&7u32.to_ne_bytes(), uint), Some(7));
        assert_eq!(read!(&(1u64 << 40).to_ne_bytes(), uint), Some(1 << 40));
        assert_eq!(read!(&u32::MAX.to_ne_bytes(), uint), Some(u32::MAX.into()));
        assert_eq!(read!(&(-7i32).to_ne_bytes(), sint), Some(-7));
        assert_eq!(read!(&(-1i64 << 40).to_ne_bytes(), sint), Some(-1 << 40));
        for len in [0, 1, 2, 3, 5, 7] {
            assert!(read!(&[0; 7][..len], uint).is_none());
            assert!(read!(&[0; 7][..len], sint).is_none());
        }
        assert_eq!(read!(&[0; 9], uint), Some(0));
        assert_eq!(read!(&[0; 9], sint), Some(0));
    }

    #[test]
    fn be_and_le_getters_read_their_byte_order() {
        let bytes = [1, 2, 3, 4, 5, 6, 7, 8];
        assert_eq!(read!(&bytes[..2], be16), Some(0x0102));
        assert_eq!(read!(&bytes[..4], be32), Some(0x0102_0304));
        assert_eq!(read!(&bytes, be64), Some(0x0102_0304_0506_0708));
        assert_eq!(read!(&bytes[..2], le16), Some(0x0201));
        assert_eq!(read!(&bytes[..4], le32), Some(0x0403_0201));
        assert_eq!(read!(&bytes, le64), Some(0x0807_0605_0403_0201));
    }

    #[test]
    fn u32_rejects_short_payloads() -> Result {
        for (len, is_u32) in [(0, false), (3, false), (4, true), (5, true), (8, true)] {
            let attributes = Attributes::one(NUMBER, &[0; 8][..len]);
            let result = first(&attributes)?.u32();
            assert_eq!(result.is_ok(), is_u32);
            if let Err(error) = result {
                let ext_ack = ExtAck::from_error(error);
                assert_eq!(ext_ack.errno, EINVAL.to_errno());
                assert_eq!(ext_ack.message, Some(c"attribute has an invalid length"));
                assert_eq!(ext_ack.bad_attr, attributes.bytes().as_ptr());
            }
        }
        Ok(())
    }

    #[test]
    fn enum_getters_reject_unknown_values() -> Result {
        assert!(read!(&2u32.to_ne_bytes(), u32_enum::<UpToTwo>) == Some(UpToTwo(2)));
        assert!(read!(&1u64.to_ne_bytes(), u64_enum::<UpToTwo>) == Some(UpToTwo(1)));

        let attributes = Attributes::one(NUMBER, &3u32.to_ne_bytes());
        let Err(error) = first(&attributes)?.u32_enum::<UpToTwo>() else {
            return Err(EINVAL);
        };
        let ext_ack = ExtAck::from_error(error);
        assert_eq!(ext_ack.errno, EINVAL.to_errno());
        assert_eq!(ext_ack.message, Some(c"attribute has an unknown value"));
        assert_eq!(ext_ack.bad_attr, attributes.bytes().as_ptr());
        // The upper half is not ignored.
        let beyond = (1u64 << 32 | 1).to_ne_bytes();
        assert!(read!(&beyond, u64_enum::<UpToTwo>).is_none());
        Ok(())
    }

    #[test]
    fn bitfield32_returns_value_and_selector() {
        let mut bytes = [0; 8];
        bytes[..4].copy_from_slice(&5u32.to_ne_bytes());
        bytes[4..].copy_from_slice(&7u32.to_ne_bytes());
        assert_eq!(read!(&bytes, bitfield32), Some((5, 7)));
        assert!(read!(&bytes[..4], bitfield32).is_none());
    }

    #[test]
    fn string_removes_one_nul() -> Result {
        let cases: [(&[u8], &[u8]); 5] = [
            (b"", b""),
            (b"\0", b""),
            (b"ab", b"ab"),
            (b"ab\0", b"ab"),
            (b"ab\0\0", b"ab\0"),
        ];
        for (payload, string) in cases {
            assert_eq!(first(&Attributes::one(NUMBER, payload))?.string(), string);
        }
        Ok(())
    }

    #[test]
    fn nested_iterates_over_the_inner_attributes() -> Result {
        let inner = Attributes::one(1, b"one").and(2, b"two");
        let outer = Attributes::one(NUMBER, inner.bytes()).and(2, b"outer");
        let mut nested = first(&outer)?.nested();
        assert_eq!(nested.get(2).ok_or(ENOENT)?.payload(), b"two");
        assert_eq!(nested.next().ok_or(ENOENT)?.payload(), b"one");
        assert_eq!(nested.count(), 1);
        Ok(())
    }

    #[test]
    fn get_returns_the_last_of_several_attributes() -> Result {
        let attributes = Attributes::one(1, b"a").and(2, b"b").and(1, b"c");
        let stream = attributes.stream();
        assert_eq!(stream.get(1).ok_or(ENOENT)?.payload(), b"c");
        assert!(stream.get(3).is_none());
        assert!(stream.all(1).map(Attr::payload).eq([b"a", b"c"]));
        Ok(())
    }

    #[test]
    fn a_stream_ends_at_a_truncated_attribute() {
        let two = || Attributes::one(1, b"1234").and(2, b"5678");
        assert_eq!(Attributes::none().stream().count(), 0);
        assert_eq!(two().stream().count(), 2);
        for missing in 1..8 {
            assert_eq!(two().without_last(missing).stream().count(), 1);
        }
        for missing in 9..16 {
            assert_eq!(two().without_last(missing).stream().count(), 0);
        }
        // Shorter than a header: the iterator would not advance.
        for len in 0..4 {
            let short = Attributes::none().and_with_len(len, NUMBER, b"");
            assert_eq!(short.stream().count(), 0);
        }
        let long = Attributes::none().and_with_len(u16::MAX, NUMBER, b"1234");
        assert_eq!(long.stream().count(), 0);
    }

    #[test]
    fn attrs_returns_entries_of_its_table_only() -> Result {
        let attributes = Attributes::one(NUMBER, b"1234");
        let header = attributes.bytes().as_ptr().cast::<bindings::nlattr>();
        let table = [core::ptr::null_mut(), header.cast_mut()];
        // SAFETY: The table has two entries: null and an attribute.
        let attrs = unsafe { Attrs::from_raw(table.as_ptr(), table.len()) };
        assert_eq!(attrs.get(NUMBER).ok_or(ENOENT)?.payload(), b"1234");
        for absent in [0, 2, u16::MAX] {
            assert!(attrs.get(absent).is_none());
        }
        // SAFETY: An empty table has no requirements.
        let none = unsafe { Attrs::from_raw(core::ptr::null(), 0) };
        assert!(none.get(0).is_none());
        Ok(())
    }
}
