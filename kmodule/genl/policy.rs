// SPDX-License-Identifier: GPL-2.0

//! Policies: the core's validation of the attributes of a request.
//!
//! The core rejects every attribute without an entry in the operation's table.
//!
//! C header: [`include/net/netlink.h`](srctree/include/net/netlink.h)

use super::Attr;
use core::ptr::NonNull;
use kernel::{
    bindings,
    prelude::*, //
};

/// The policy of one attribute, a `struct nla_policy`.
///
/// # Examples
///
/// ```
/// # use crate::genl::*;
/// # use kernel::prelude::*;
/// /// Values of an attribute.
/// struct Colour(u32);
///
/// impl TryFrom<u32> for Colour {
///     type Error = Error;
///
///     fn try_from(value: u32) -> Result<Self> {
///         match value {
///             0..=2 => Ok(Self(value)),
///             _ => Err(EINVAL),
///         }
///     }
/// }
///
/// static SIZE: PolicyTable<3> = PolicyTable::new()
///     .with(1, Policy::u32().range(1, 1000))
///     .with(2, Policy::u32().range(1, 1000));
///
/// static WORTH: RangeUnsigned = RangeUnsigned::new(1, 1 << 40);
///
/// static POLICY: PolicyTable<6> = PolicyTable::new()
///     .with(1, Policy::nul_string().len(64))
///     .with(2, Policy::u32().one_of::<Colour>())
///     .with(3, Policy::nested(SIZE.as_slice()))
///     .with(4, Policy::uint().full_range(&WORTH))
///     .with(5, Policy::flag());
/// ```
#[derive(Clone, Copy)]
#[repr(transparent)]
pub struct Policy {
    inner: bindings::nla_policy,
}

// SAFETY: A policy and the data that it points to do not change.
unsafe impl Send for Policy {}
// SAFETY: As above.
unsafe impl Sync for Policy {}

impl Policy {
    /// An unset entry, which rejects the attribute.
    const UNSPEC: Self = Self {
        inner: pin_init::zeroed(),
    };

    /// The policies of an operation that ignores all attributes. They apply only without strict
    /// validation: see [`Doit::STRICT`](super::Doit::STRICT).
    pub const ANYTHING: &'static [Self] = &[Self::UNSPEC; 2];

    /// Creates the policy of an attribute of type `attrtype`, without further validation.
    #[inline]
    const fn of_type(attrtype: u32) -> Self {
        let mut policy = Self::UNSPEC;
        policy.inner.type_ = attrtype as u8;
        policy
    }

    /// Accepts a flag, which has no payload.
    #[inline]
    pub const fn flag() -> Self {
        Self::of_type(bindings::NLA_FLAG)
    }

    /// Accepts a `u8`.
    #[inline]
    pub const fn u8() -> Self {
        Self::of_type(bindings::NLA_U8)
    }

    /// Accepts a `u16`.
    #[inline]
    pub const fn u16() -> Self {
        Self::of_type(bindings::NLA_U16)
    }

    /// Accepts a `u32`.
    #[inline]
    pub const fn u32() -> Self {
        Self::of_type(bindings::NLA_U32)
    }

    /// Accepts a `u64`.
    #[inline]
    pub const fn u64() -> Self {
        Self::of_type(bindings::NLA_U64)
    }

    /// Accepts an unsigned number of four or eight bytes.
    #[inline]
    pub const fn uint() -> Self {
        Self::of_type(bindings::NLA_UINT)
    }

    /// Accepts an `s8`.
    #[inline]
    pub const fn s8() -> Self {
        Self::of_type(bindings::NLA_S8)
    }

    /// Accepts an `s16`.
    #[inline]
    pub const fn s16() -> Self {
        Self::of_type(bindings::NLA_S16)
    }

    /// Accepts an `s32`.
    #[inline]
    pub const fn s32() -> Self {
        Self::of_type(bindings::NLA_S32)
    }

    /// Accepts an `s64`.
    #[inline]
    pub const fn s64() -> Self {
        Self::of_type(bindings::NLA_S64)
    }

    /// Accepts a signed number of four or eight bytes.
    #[inline]
    pub const fn sint() -> Self {
        Self::of_type(bindings::NLA_SINT)
    }

    /// Accepts a `u16` in network byte order. Its limits are compared in this byte order.
    #[inline]
    pub const fn be16() -> Self {
        Self::of_type(bindings::NLA_BE16)
    }

    /// Accepts a `u32` in network byte order. Its limits are compared in this byte order.
    #[inline]
    pub const fn be32() -> Self {
        Self::of_type(bindings::NLA_BE32)
    }

    /// Accepts a string with a NUL at its end (`NLA_NUL_STRING`).
    #[inline]
    pub const fn nul_string() -> Self {
        Self::of_type(bindings::NLA_NUL_STRING)
    }

    /// Accepts a string with or without a NUL at its end (`NLA_STRING`).
    #[inline]
    pub const fn string() -> Self {
        Self::of_type(bindings::NLA_STRING)
    }

    /// Accepts any bytes (`NLA_BINARY`).
    #[inline]
    pub const fn binary() -> Self {
        Self::of_type(bindings::NLA_BINARY)
    }

    /// Accepts a value and a selector with bits of `valid` only (`NLA_POLICY_BITFIELD32`).
    #[inline]
    pub const fn bitfield32(valid: u32) -> Self {
        let mut policy = Self::of_type(bindings::NLA_BITFIELD32);
        policy.inner.__bindgen_anon_1.bitfield32_valid = valid;
        policy
    }

    /// Accepts a nest of attributes that satisfy `policy` (`NLA_POLICY_NESTED`).
    #[inline]
    pub const fn nested(policy: &'static [Policy]) -> Self {
        Self::of_type(bindings::NLA_NESTED).with_nested(policy)
    }

    /// Accepts a nest of attributes with any number, each a nest of attributes that satisfy `policy`
    /// (`NLA_POLICY_NESTED_ARRAY`).
    #[inline]
    pub const fn nested_array(policy: &'static [Policy]) -> Self {
        Self::of_type(bindings::NLA_NESTED_ARRAY).with_nested(policy)
    }

    /// Accepts a nest without validating its attributes.
    #[inline]
    pub const fn nested_unchecked() -> Self {
        Self::of_type(bindings::NLA_NESTED)
    }

    /// Rejects the attribute (`NLA_REJECT`).
    #[inline]
    pub const fn reject() -> Self {
        Self::of_type(bindings::NLA_REJECT)
    }

    /// Sets the policy of the attributes in a nest.
    #[inline]
    const fn with_nested(mut self, policy: &'static [Policy]) -> Self {
        self.inner.__bindgen_anon_1.nested_policy = policy.as_ptr().cast();
        self.inner.len = max_attr(policy) as u16;
        self
    }

    /// Sets the maximum length of a string, without the NUL, or of a binary attribute, in bytes
    /// (`.len`).
    ///
    /// # Panics
    ///
    /// For other types.
    #[inline]
    pub const fn len(mut self, len: u16) -> Self {
        if !matches!(self.class(), Class::Text | Class::Binary) {
            panic!("only a string or a binary attribute has a length");
        }
        self.inner.len = len;
        self
    }

    /// Sets the minimum value of a number, or the minimum length of a binary attribute
    /// (`NLA_POLICY_MIN`).
    ///
    /// # Panics
    ///
    /// - For other types.
    /// - If the attribute already has a limit, mask or enum.
    /// - If the limit is negative and the type is not signed.
    /// - If the limit does not fit in the `i16` of `struct nla_policy`.
    #[inline]
    pub const fn min(self, min: i64) -> Self {
        self.limits(bindings::nla_policy_validation_NLA_VALIDATE_MIN, min, 0)
    }

    /// Sets the maximum value of a number, or the maximum length of a binary attribute
    /// (`NLA_POLICY_MAX`).
    ///
    /// # Panics
    ///
    /// As [`Self::min`].
    #[inline]
    pub const fn max(self, max: i64) -> Self {
        self.limits(bindings::nla_policy_validation_NLA_VALIDATE_MAX, 0, max)
    }

    /// Sets the minimum and maximum value of a number, or length of a binary attribute
    /// (`NLA_POLICY_RANGE`).
    ///
    /// # Panics
    ///
    /// As [`Self::min`], and if `min` exceeds `max`.
    #[inline]
    pub const fn range(self, min: i64, max: i64) -> Self {
        if min > max {
            panic!("the minimum of a policy exceeds its maximum");
        }
        self.limits(bindings::nla_policy_validation_NLA_VALIDATE_RANGE, min, max)
    }

    /// Sets the exact length of a binary attribute (`NLA_POLICY_EXACT_LEN`).
    ///
    /// # Panics
    ///
    /// As [`Self::min`], and for numbers.
    #[inline]
    pub const fn exact_len(self, len: u16) -> Self {
        if !matches!(self.class(), Class::Binary) {
            panic!("only a binary attribute has an exact length");
        }
        self.range(len as i64, len as i64)
    }

    /// Sets limits of an unsigned number that do not fit in [`Self::range`]
    /// (`NLA_POLICY_FULL_RANGE`).
    ///
    /// # Panics
    ///
    /// For other types, and if the attribute already has a limit, mask or enum.
    #[inline]
    pub const fn full_range(self, range: &'static RangeUnsigned) -> Self {
        if !matches!(self.class(), Class::Unsigned) {
            panic!("only an unsigned number has an unsigned range");
        }
        let mut me = self.with_check(bindings::nla_policy_validation_NLA_VALIDATE_RANGE_PTR);
        me.inner.__bindgen_anon_1.range = &range.inner;
        me
    }

    /// Sets limits of a signed number that do not fit in [`Self::range`]
    /// (`NLA_POLICY_FULL_RANGE_SIGNED`).
    ///
    /// # Panics
    ///
    /// As [`Self::full_range`].
    #[inline]
    pub const fn full_range_signed(self, range: &'static RangeSigned) -> Self {
        if !matches!(self.class(), Class::Signed) {
            panic!("only a signed number has a signed range");
        }
        let mut me = self.with_check(bindings::nla_policy_validation_NLA_VALIDATE_RANGE_PTR);
        me.inner.__bindgen_anon_1.range_signed = &range.inner;
        me
    }

    /// Sets the bits that an unsigned number may have (`NLA_POLICY_MASK`).
    ///
    /// # Panics
    ///
    /// As [`Self::full_range`], and if the mask does not fit in the `u32` of `struct nla_policy`.
    #[inline]
    pub const fn mask(self, mask: u64) -> Self {
        if !matches!(self.class(), Class::Unsigned) {
            panic!("only an unsigned number has a mask");
        }
        if mask > u32::MAX as u64 {
            panic!("the mask of a policy does not fit in 32 bits");
        }
        let mut me = self.with_check(bindings::nla_policy_validation_NLA_VALIDATE_MASK);
        me.inner.__bindgen_anon_1.mask = mask as u32;
        me
    }

    /// Accepts only the values of the enum `T` (`NLA_POLICY_VALIDATE_FN`).
    ///
    /// # Panics
    ///
    /// If the type is not a number, and if the attribute already has a limit, mask or enum.
    pub const fn one_of<T: TryFrom<u32>>(self) -> Self {
        if !matches!(self.class(), Class::Unsigned | Class::Signed) {
            panic!("only a number can have an enum");
        }
        let mut me = self.with_check(bindings::nla_policy_validation_NLA_VALIDATE_FUNCTION);
        me.inner.__bindgen_anon_1.validate = Some(validate_one_of::<T>);
        me
    }

    #[inline]
    const fn limits(self, validation: u32, min: i64, max: i64) -> Self {
        match self.class() {
            Class::Signed => {}
            Class::Unsigned | Class::Binary if min >= 0 && max >= 0 => {}
            Class::Unsigned | Class::Binary => panic!("the limit of a policy is negative"),
            Class::Text | Class::Other => panic!("only a number or a binary attribute has limits"),
        }
        let mut me = self.with_check(validation);
        me.inner.__bindgen_anon_1.__bindgen_anon_1 =
            bindings::nla_policy__bindgen_ty_1__bindgen_ty_1 {
                min: limit(min),
                max: limit(max),
            };
        me
    }

    /// Returns a raw pointer to the underlying `struct nla_policy`.
    #[inline]
    pub(super) const fn as_raw(&self) -> *const bindings::nla_policy {
        &raw const self.inner
    }

    /// Sets the validation in addition to the type's. The caller sets the corresponding field of the
    /// union.
    #[inline]
    const fn with_check(mut self, validation: u32) -> Self {
        if self.inner.validation_type != bindings::nla_policy_validation_NLA_VALIDATE_NONE as u8 {
            panic!("the attribute already has a limit, mask or enum");
        }
        self.inner.validation_type = validation as u8;
        self
    }

    /// Returns the class of the type, which determines the possible validations. The core reads the
    /// union of `struct nla_policy` by the type, so a limit must not overwrite the policy of a nest.
    #[inline]
    const fn class(&self) -> Class {
        match self.inner.type_ as u32 {
            bindings::NLA_U8
            | bindings::NLA_U16
            | bindings::NLA_U32
            | bindings::NLA_U64
            | bindings::NLA_UINT
            | bindings::NLA_BE16
            | bindings::NLA_BE32 => Class::Unsigned,
            bindings::NLA_S8
            | bindings::NLA_S16
            | bindings::NLA_S32
            | bindings::NLA_S64
            | bindings::NLA_SINT => Class::Signed,
            bindings::NLA_STRING | bindings::NLA_NUL_STRING => Class::Text,
            bindings::NLA_BINARY => Class::Binary,
            _ => Class::Other,
        }
    }
}

/// Types, by their possible validations.
enum Class {
    Unsigned,
    Signed,
    Text,
    Binary,
    /// No validation.
    Other,
}

/// Strict validation, `NL_VALIDATE_STRICT`.
pub(super) const STRICT: c_uint = bindings::netlink_validation_NL_VALIDATE_TRAILING
    | bindings::netlink_validation_NL_VALIDATE_MAXTYPE
    | bindings::netlink_validation_NL_VALIDATE_UNSPEC
    | bindings::netlink_validation_NL_VALIDATE_STRICT_ATTRS
    | bindings::netlink_validation_NL_VALIDATE_NESTED;

/// Converts a limit to the type in `struct nla_policy`.
#[inline]
const fn limit(value: i64) -> i16 {
    if value < i16::MIN as i64 || value > i16::MAX as i64 {
        panic!("the limit of a policy does not fit in 16 bits");
    }
    value as i16
}

/// Returns the highest attribute number of a policy that is not empty.
#[inline]
pub(super) const fn max_attr(policy: &[Policy]) -> u32 {
    // The core counts attributes in a `u16`, and its table has an additional entry.
    if policy.len() < 2 || policy.len() > u16::MAX as usize {
        panic!("a policy table has between 1 and 65534 attributes");
    }
    (policy.len() - 1) as u32
}

/// Accepts an attribute if its value belongs to the enum `T`.
///
/// # Safety
///
/// Must only be called by the core, to validate an attribute whose type is a number.
unsafe extern "C" fn validate_one_of<T: TryFrom<u32>>(
    attr: *const bindings::nlattr,
    extack: *mut bindings::netlink_ext_ack,
) -> c_int {
    let Some(header) = NonNull::new(attr.cast_mut()) else {
        return EINVAL.to_errno();
    };
    // SAFETY: The core passes an attribute whose length it has checked, and which does not change until
    // this callback returns.
    let attr = unsafe { Attr::from_raw(header) };
    let checked = match attr.payload().len() {
        1 => attr.u8_enum::<T>(),
        2 => attr.u16_enum::<T>(),
        4 => attr.u32_enum::<T>(),
        _ => attr.u64_enum::<T>(),
    };
    match checked {
        Ok(_) => 0,
        // SAFETY: The core passes the extended ack of the request, or null.
        Err(error) => unsafe { error.report(extack) },
    }
}

/// Limits of an unsigned number, a `struct netlink_range_validation`.
pub struct RangeUnsigned {
    inner: bindings::netlink_range_validation,
}

impl RangeUnsigned {
    /// Creates a range from `min` to `max`.
    ///
    /// # Panics
    ///
    /// If `min` exceeds `max`.
    #[inline]
    pub const fn new(min: u64, max: u64) -> Self {
        if min > max {
            panic!("the minimum of a policy exceeds its maximum");
        }
        Self {
            inner: bindings::netlink_range_validation { min, max },
        }
    }
}

/// Limits of a signed number, a `struct netlink_range_validation_signed`.
pub struct RangeSigned {
    inner: bindings::netlink_range_validation_signed,
}

impl RangeSigned {
    /// Creates a range from `min` to `max`.
    ///
    /// # Panics
    ///
    /// If `min` exceeds `max`.
    #[inline]
    pub const fn new(min: i64, max: i64) -> Self {
        if min > max {
            panic!("the minimum of a policy exceeds its maximum");
        }
        Self {
            inner: bindings::netlink_range_validation_signed { min, max },
        }
    }
}

/// The policies of an operation, one entry for each attribute number below `N`.
///
/// # Examples
///
/// ```
/// # use crate::genl::*;
/// static POLICY: PolicyTable<3> = PolicyTable::new()
///     .with(1, Policy::nul_string().len(64))
///     .with(2, Policy::u32().max(2));
/// ```
///
/// A table that is too short for one of its attributes does not compile, nor does one that sets an
/// attribute twice:
///
/// ```compile_fail
/// # use crate::genl::*;
/// static POLICY: PolicyTable<2> = PolicyTable::new()
///     .with(1, Policy::nul_string().len(64))
///     .with(2, Policy::u32().max(2)); // error: the attribute is beyond the end of its policy table
/// ```
pub struct PolicyTable<const N: usize> {
    entries: [Policy; N],
}

impl<const N: usize> PolicyTable<N> {
    /// Creates a table that rejects every attribute.
    #[allow(clippy::new_without_default)]
    pub const fn new() -> Self {
        Self {
            entries: [Policy::UNSPEC; N],
        }
    }

    /// Creates a table with a policy for each attribute number in `entries`. For large tables this
    /// compiles faster than a chain of [`Self::with`], which copies the table for each entry.
    ///
    /// Intended to be used from const context only.
    ///
    /// # Panics
    ///
    /// As [`Self::with`].
    pub const fn from_entries(entries: &[(u16, Policy)]) -> Self {
        let mut table = Self::new();
        let mut index = 0;
        while index < entries.len() {
            let (attrtype, policy) = entries[index];
            table.set(attrtype, policy);
            index += 1;
        }
        table
    }

    /// Sets the policy of the attribute with number `attrtype`.
    ///
    /// Intended to be used from const context only.
    ///
    /// # Panics
    ///
    /// If `attrtype` is 0, already has a policy, or is not less than `N`.
    pub const fn with(mut self, attrtype: u16, policy: Policy) -> Self {
        self.set(attrtype, policy);
        self
    }

    /// Validates attributes from `attrtype` on strictly even if the operation does not
    /// ([`Doit::STRICT`](super::Doit::STRICT); `strict_start_type`). An old family sets it to the first
    /// attribute that it adds:
    ///
    /// ```
    /// # use crate::genl::*;
    /// static OLD: PolicyTable<3> = PolicyTable::new()
    ///     .with(1, Policy::u32())
    ///     .with(2, Policy::u32())
    ///     .strict_from(2);
    /// ```
    ///
    /// Intended to be used from const context only.
    pub const fn strict_from(mut self, attrtype: u16) -> Self {
        self.entries[0].inner.__bindgen_anon_1.strict_start_type = attrtype;
        self
    }

    /// Sets an entry, see [`Self::with`].
    const fn set(&mut self, attrtype: u16, policy: Policy) {
        if attrtype == 0 {
            panic!("attributes are numbered from 1");
        }
        if attrtype as usize >= N {
            panic!("the attribute is beyond the end of its policy table");
        }
        if self.entries[attrtype as usize].inner.type_ != Policy::UNSPEC.inner.type_ {
            panic!("the attribute has two policies");
        }
        self.entries[attrtype as usize] = policy;
    }

    /// Returns the table for [`Doit::POLICY`](super::Doit::POLICY).
    pub const fn as_slice(&self) -> &[Policy] {
        &self.entries
    }
}

#[kunit_tests(genl_policy)]
mod tests {
    use super::*;
    use crate::genl::testing::{
        Attributes,
        ExtAck,
        NUMBER, //
    };

    static INNER: PolicyTable<3> = PolicyTable::new()
        .with(1, Policy::u8().max(7))
        .with(2, Policy::flag());

    static WIDE: RangeUnsigned = RangeUnsigned::new(1, 1 << 40);
    static WIDE_SIGNED: RangeSigned = RangeSigned::new(-1 << 40, -1);

    /// An enum with three values.
    struct UpToTwo;

    impl TryFrom<u32> for UpToTwo {
        type Error = Error;

        fn try_from(value: u32) -> Result<Self> {
            match value {
                0..=2 => Ok(Self),
                _ => Err(EINVAL),
            }
        }
    }

    /// Returns the core's answer for an attribute with this payload: 0, or an errno for exactly this
    /// attribute.
    fn validate(policy: Policy, payload: &[u8]) -> Result<c_int> {
        let attributes = Attributes::one(NUMBER, payload);
        let ext_ack = ExtAck::from_core(&[Policy::UNSPEC, policy], &attributes);
        let culprit = match ext_ack.errno {
            0 => core::ptr::null(),
            _ => attributes.bytes().as_ptr(),
        };
        match ext_ack.bad_attr == culprit {
            true => Ok(ext_ack.errno),
            false => Err(EBADMSG),
        }
    }

    fn accepts(policy: Policy, payload: &[u8]) -> Result<bool> {
        Ok(validate(policy, payload)? == 0)
    }

    fn rejects(policy: Policy, payload: &[u8], errno: Error) -> Result<bool> {
        Ok(validate(policy, payload)? == errno.to_errno())
    }

    #[test]
    fn number_policies_accept_one_length() -> Result {
        let all = [
            (Policy::flag(), 0),
            (Policy::u8(), 1),
            (Policy::s8(), 1),
            (Policy::u16(), 2),
            (Policy::s16(), 2),
            (Policy::be16(), 2),
            (Policy::u32(), 4),
            (Policy::s32(), 4),
            (Policy::be32(), 4),
            (Policy::u64(), 8),
            (Policy::s64(), 8),
        ];
        for (policy, wanted) in all {
            for len in [0, 1, 2, 3, 4, 5, 7, 8, 9] {
                assert_eq!(accepts(policy, &[0; 9][..len])?, len == wanted);
            }
        }
        Ok(())
    }

    #[test]
    fn uint_and_sint_policies_accept_four_or_eight_bytes() -> Result {
        for policy in [Policy::uint(), Policy::sint()] {
            for len in 0..=9 {
                let is_length = len == 4 || len == 8;
                assert_eq!(accepts(policy, &[0; 9][..len])?, is_length);
            }
        }
        Ok(())
    }

    #[test]
    fn min_max_and_range_limit_the_value() -> Result {
        let of_u32 = |policy: Policy, value: u32| validate(policy, &value.to_ne_bytes());
        let of_s32 = |policy: Policy, value: i32| validate(policy, &value.to_ne_bytes());
        let out = ERANGE.to_errno();

        for (value, errno) in [(2, out), (3, 0), (u32::MAX, 0)] {
            assert_eq!(of_u32(Policy::u32().min(3), value)?, errno);
        }
        for (value, errno) in [(0, 0), (3, 0), (4, out), (u32::MAX, out)] {
            assert_eq!(of_u32(Policy::u32().max(3), value)?, errno);
        }
        for (value, errno) in [(0, out), (1, 0), (3, 0), (4, out)] {
            assert_eq!(of_u32(Policy::u32().range(1, 3), value)?, errno);
        }
        for (value, errno) in [(-4, out), (-3, 0), (-1, 0), (0, out), (i32::MIN, out)] {
            assert_eq!(of_s32(Policy::s32().range(-3, -1), value)?, errno);
        }
        let widest = i64::from(i16::MAX);
        assert_eq!(of_u32(Policy::u32().max(widest), 32_767)?, 0);
        assert_eq!(of_u32(Policy::u32().max(widest), 32_768)?, out);
        Ok(())
    }

    #[test]
    fn limits_apply_in_network_byte_order() -> Result {
        assert!(accepts(Policy::be16().max(256), &[1, 0])?);
        assert!(rejects(Policy::be16().max(256), &[1, 1], ERANGE)?);
        assert!(accepts(Policy::be32().min(256), &[0, 0, 1, 0])?);
        assert!(rejects(Policy::be32().min(256), &[0, 0, 0, 255], ERANGE)?);
        Ok(())
    }

    #[test]
    fn full_range_limits_the_value() -> Result {
        let unsigned = Policy::u64().full_range(&WIDE);
        for (value, is_in) in [
            (0, false),
            (1, true),
            (1 << 40, true),
            ((1 << 40) + 1, false),
        ] {
            let value: u64 = value;
            assert_eq!(accepts(unsigned, &value.to_ne_bytes())?, is_in);
        }
        let signed = Policy::s64().full_range_signed(&WIDE_SIGNED);
        for (value, is_in) in [
            (0, false),
            (-1, true),
            (-1 << 40, true),
            ((-1 << 40) - 1, false),
        ] {
            let value: i64 = value;
            assert_eq!(accepts(signed, &value.to_ne_bytes())?, is_in);
        }
        Ok(())
    }

    #[test]
    fn a_mask_rejects_other_bits() -> Result {
        let policy = Policy::u8().mask(0b101);
        for (value, is_in) in [(0, true), (0b101, true), (0b010, false), (0b111, false)] {
            assert_eq!(accepts(policy, &[value])?, is_in);
        }
        Ok(())
    }

    #[test]
    fn an_unknown_enum_value_is_rejected_with_a_message() -> Result {
        let policy = Policy::u32().one_of::<UpToTwo>();
        for value in 0..=2u32 {
            assert!(accepts(policy, &value.to_ne_bytes())?);
        }
        let attributes = Attributes::one(NUMBER, &3u32.to_ne_bytes());
        let ext_ack = ExtAck::from_core(&[Policy::UNSPEC, policy], &attributes);
        assert_eq!(ext_ack.errno, EINVAL.to_errno());
        assert_eq!(ext_ack.message, Some(c"attribute has an unknown value"));
        assert_eq!(ext_ack.bad_attr, attributes.bytes().as_ptr());

        assert!(accepts(Policy::u8().one_of::<UpToTwo>(), &[2])?);
        assert!(rejects(Policy::u8().one_of::<UpToTwo>(), &[3], EINVAL)?);
        let beyond = (1u64 << 32 | 1).to_ne_bytes();
        assert!(rejects(Policy::u64().one_of::<UpToTwo>(), &beyond, EINVAL)?);
        Ok(())
    }

    #[test]
    fn len_limits_strings() -> Result {
        let policy = Policy::nul_string().len(3);
        assert!(accepts(policy, b"abc\0")?);
        assert!(rejects(policy, b"abcd\0", EINVAL)?);
        assert!(rejects(policy, b"abc", EINVAL)?);
        let policy = Policy::string().len(3);
        assert!(accepts(policy, b"abc")?);
        assert!(accepts(policy, b"abc\0")?);
        assert!(rejects(policy, b"abcd", ERANGE)?);
        Ok(())
    }

    #[test]
    fn limits_apply_to_the_length_of_binary_attributes() -> Result {
        let lengths = |policy: Policy| {
            (0..=5).try_fold(0, |lengths, len| {
                let is_in = accepts(policy, &[1; 5][..len])?;
                Ok::<_, Error>(lengths | usize::from(is_in) << len)
            })
        };
        assert_eq!(lengths(Policy::binary())?, 0b111111);
        assert_eq!(lengths(Policy::binary().len(3))?, 0b001111);
        assert_eq!(lengths(Policy::binary().min(3))?, 0b111000);
        assert_eq!(lengths(Policy::binary().max(3))?, 0b001111);
        assert_eq!(lengths(Policy::binary().range(2, 3))?, 0b001100);
        assert_eq!(lengths(Policy::binary().exact_len(3))?, 0b001000);
        Ok(())
    }

    #[test]
    fn a_bitfield_policy_rejects_unknown_bits() -> Result {
        let field = |value: u32, selector: u32| {
            let mut bytes = [0; 8];
            bytes[..4].copy_from_slice(&value.to_ne_bytes());
            bytes[4..].copy_from_slice(&selector.to_ne_bytes());
            bytes
        };
        let policy = Policy::bitfield32(0b101);
        assert!(accepts(policy, &field(0b001, 0b101))?);
        assert!(rejects(policy, &field(0b010, 0b010), EINVAL)?);
        assert!(rejects(policy, &field(0b000, 0b010), EINVAL)?);
        // A bit that is set and not selected.
        assert!(rejects(policy, &field(0b100, 0b001), EINVAL)?);
        assert!(rejects(policy, &[0; 4], ERANGE)?);
        Ok(())
    }

    #[test]
    fn a_nested_policy_applies_to_the_inner_attributes() -> Result {
        let nested = NUMBER | bindings::NLA_F_NESTED as u16;
        let table = [Policy::UNSPEC, Policy::nested(INNER.as_slice())];
        let ext_ack = |attrtype, inner: &Attributes| {
            ExtAck::from_core(&table, &Attributes::one(attrtype, inner.bytes()))
        };
        let right = || Attributes::one(1, &[7]).and(2, b"");
        assert_eq!(ext_ack(nested, &Attributes::none()).errno, 0);
        assert_eq!(ext_ack(nested, &right()).errno, 0);
        assert_eq!(
            ext_ack(nested, &right().and(3, b"")).errno,
            EINVAL.to_errno()
        );
        let over = Attributes::one(1, &[8]);
        assert_eq!(ext_ack(nested, &over).errno, ERANGE.to_errno());
        // A nest without NLA_F_NESTED is rejected.
        assert_eq!(ext_ack(NUMBER, &right()).errno, EINVAL.to_errno());

        let unchecked = [Policy::UNSPEC, Policy::nested_unchecked()];
        let anything = Attributes::one(nested, Attributes::one(77, b"").bytes());
        assert_eq!(ExtAck::from_core(&unchecked, &anything).errno, 0);
        Ok(())
    }

    #[test]
    fn a_policy_can_contain_itself() {
        static TREE: PolicyTable<3> = PolicyTable::new()
            .with(1, Policy::u8().max(7))
            .with(2, Policy::nested(TREE.as_slice()));

        let nested = 2 | bindings::NLA_F_NESTED as u16;
        for (value, errno) in [(7, 0), (8, ERANGE.to_errno())] {
            let leaf = Attributes::one(1, &[value]);
            let tree = Attributes::one(nested, Attributes::one(nested, leaf.bytes()).bytes());
            assert_eq!(ExtAck::from_core(TREE.as_slice(), &tree).errno, errno);
        }
    }

    #[test]
    fn a_nested_array_policy_applies_to_each_item() {
        let flag = bindings::NLA_F_NESTED as u16;
        let table = [Policy::UNSPEC, Policy::nested_array(INNER.as_slice())];
        for (value, errno) in [(7, 0), (8, ERANGE.to_errno())] {
            let inner = Attributes::one(1, &[value]);
            let items = Attributes::one(1 | flag, Attributes::one(1, &[0]).bytes())
                .and(77 | flag, inner.bytes());
            let array = Attributes::one(NUMBER | flag, items.bytes());
            assert_eq!(ExtAck::from_core(&table, &array).errno, errno);
        }
    }

    #[test]
    fn strict_from_applies_to_lax_validation() {
        static LAX: PolicyTable<3> = PolicyTable::new()
            .with(1, Policy::u8())
            .with(2, Policy::u8());
        static PARTLY: PolicyTable<3> = PolicyTable::new()
            .with(1, Policy::u8())
            .with(2, Policy::u8())
            .strict_from(2);

        let long = [Attributes::one(1, &[0; 4]), Attributes::one(2, &[0; 4])];
        for (table, errnos) in [(&LAX, [0, 0]), (&PARTLY, [0, EINVAL.to_errno()])] {
            let found = long
                .each_ref()
                .map(|attributes| ExtAck::from_lax_core(table.as_slice(), attributes).errno);
            assert_eq!(found, errnos);
        }
    }

    #[test]
    fn attributes_without_a_policy_are_rejected() {
        static TABLE: PolicyTable<4> = PolicyTable::new()
            .with(1, Policy::u8())
            .with(3, Policy::reject());

        // Unset, rejected, and beyond the end.
        for attrtype in [0, 2, 3, 4, 5, 1000] {
            let attributes = Attributes::one(1, &[0]).and(attrtype, &[0]);
            let ext_ack = ExtAck::from_core(TABLE.as_slice(), &attributes);
            assert_eq!(ext_ack.errno, EINVAL.to_errno());
            assert_eq!(ext_ack.bad_attr, attributes.bytes()[8..].as_ptr());
        }
        let known = Attributes::one(1, &[0]).and(1, &[1]);
        assert_eq!(ExtAck::from_core(TABLE.as_slice(), &known).errno, 0);
        assert_eq!(max_attr(TABLE.as_slice()), 3);
    }
}
