// SPDX-License-Identifier: GPL-2.0

//! Policies: what the core checks before an operation sees a request.
//!
//! Every attribute without an entry in the operation's table is refused, and so is one beyond the
//! table's end.
//!
//! C header: [`include/net/netlink.h`](srctree/include/net/netlink.h)

use super::Attr;
use core::ptr::NonNull;
use kernel::{
    bindings,
    prelude::*, //
};

/// The check of one attribute, a `struct nla_policy`.
#[derive(Clone, Copy)]
#[repr(transparent)]
pub struct Policy {
    inner: bindings::nla_policy,
}

// SAFETY: A policy is plain data to which nobody writes, and what it points to is as well.
unsafe impl Send for Policy {}
// SAFETY: As above.
unsafe impl Sync for Policy {}

impl Policy {
    /// No attribute: an entry that nothing has set.
    const UNSPEC: Self = Self {
        inner: pin_init::zeroed(),
    };

    /// An attribute of type `attrtype`, with no check but that of its type.
    const fn of_type(attrtype: u32) -> Self {
        let mut policy = Self::UNSPEC;
        policy.inner.type_ = attrtype as u8;
        policy
    }

    /// A flag, which has no payload.
    pub const fn flag() -> Self {
        Self::of_type(bindings::NLA_FLAG)
    }

    /// A `u8`.
    pub const fn u8() -> Self {
        Self::of_type(bindings::NLA_U8)
    }

    /// A `u16`.
    pub const fn u16() -> Self {
        Self::of_type(bindings::NLA_U16)
    }

    /// A `u32`.
    pub const fn u32() -> Self {
        Self::of_type(bindings::NLA_U32)
    }

    /// A `u64`.
    pub const fn u64() -> Self {
        Self::of_type(bindings::NLA_U64)
    }

    /// An unsigned number of four bytes or eight.
    pub const fn uint() -> Self {
        Self::of_type(bindings::NLA_UINT)
    }

    /// An `s8`.
    pub const fn s8() -> Self {
        Self::of_type(bindings::NLA_S8)
    }

    /// An `s16`.
    pub const fn s16() -> Self {
        Self::of_type(bindings::NLA_S16)
    }

    /// An `s32`.
    pub const fn s32() -> Self {
        Self::of_type(bindings::NLA_S32)
    }

    /// An `s64`.
    pub const fn s64() -> Self {
        Self::of_type(bindings::NLA_S64)
    }

    /// A signed number of four bytes or eight.
    pub const fn sint() -> Self {
        Self::of_type(bindings::NLA_SINT)
    }

    /// A `u16` in network byte order, in which its limits are meant too.
    pub const fn be16() -> Self {
        Self::of_type(bindings::NLA_BE16)
    }

    /// A `u32` in network byte order, in which its limits are meant too.
    pub const fn be32() -> Self {
        Self::of_type(bindings::NLA_BE32)
    }

    /// A string that a NUL ends (`NLA_NUL_STRING`).
    pub const fn nul_string() -> Self {
        Self::of_type(bindings::NLA_NUL_STRING)
    }

    /// A string that a NUL may end (`NLA_STRING`).
    pub const fn string() -> Self {
        Self::of_type(bindings::NLA_STRING)
    }

    /// Bytes.
    pub const fn binary() -> Self {
        Self::of_type(bindings::NLA_BINARY)
    }

    /// A value and a selector, with no bits but those of `valid` (`NLA_POLICY_BITFIELD32`).
    pub const fn bitfield32(valid: u32) -> Self {
        let mut policy = Self::of_type(bindings::NLA_BITFIELD32);
        policy.inner.__bindgen_anon_1.bitfield32_valid = valid;
        policy
    }

    /// Attributes that follow `policy` (`NLA_POLICY_NESTED`).
    pub const fn nested(policy: &'static [Policy]) -> Self {
        Self::of_type(bindings::NLA_NESTED).with_nested(policy)
    }

    /// Attributes of any number, each of which holds attributes that follow `policy`
    /// (`NLA_POLICY_NESTED_ARRAY`).
    pub const fn nested_array(policy: &'static [Policy]) -> Self {
        Self::of_type(bindings::NLA_NESTED_ARRAY).with_nested(policy)
    }

    /// Attributes that are not checked.
    pub const fn nested_unchecked() -> Self {
        Self::of_type(bindings::NLA_NESTED)
    }

    /// Nothing: the attribute is refused (`NLA_REJECT`).
    pub const fn reject() -> Self {
        Self::of_type(bindings::NLA_REJECT)
    }

    /// Sets the policy of what a nest holds.
    const fn with_nested(mut self, policy: &'static [Policy]) -> Self {
        self.inner.__bindgen_anon_1.nested_policy = policy.as_ptr().cast();
        self.inner.len = max_attr(policy) as u16;
        self
    }

    /// Sets the greatest length, in bytes: of a string without the NUL, of what is binary as well
    /// (`.len`). Panics if this is neither.
    pub const fn len(mut self, len: u16) -> Self {
        if !matches!(self.class(), Class::Text | Class::Binary) {
            panic!("only a string or what is binary has a length");
        }
        self.inner.len = len;
        self
    }

    /// Sets a least value, or length if this is binary (`NLA_POLICY_MIN`). Panics if this is no
    /// number and not binary, if it has a check already, if the value is negative and the number
    /// unsigned, and if `struct nla_policy` has no room for it, which is that of an `i16`.
    pub const fn min(self, min: i64) -> Self {
        self.limits(bindings::nla_policy_validation_NLA_VALIDATE_MIN, min, 0)
    }

    /// Sets a greatest value, or length if this is binary (`NLA_POLICY_MAX`). Panics as
    /// [`Self::min`].
    pub const fn max(self, max: i64) -> Self {
        self.limits(bindings::nla_policy_validation_NLA_VALIDATE_MAX, 0, max)
    }

    /// Sets a least and a greatest value, or length if this is binary (`NLA_POLICY_RANGE`). Panics
    /// as [`Self::min`], and if there is nothing between them.
    pub const fn range(self, min: i64, max: i64) -> Self {
        if min > max {
            panic!("the least value of a policy is greater than the greatest");
        }
        self.limits(bindings::nla_policy_validation_NLA_VALIDATE_RANGE, min, max)
    }

    /// Sets the only length that this, which must be binary, may have (`NLA_POLICY_EXACT_LEN`).
    pub const fn exact_len(self, len: u16) -> Self {
        if !matches!(self.class(), Class::Binary) {
            panic!("only what is binary has an exact length");
        }
        self.range(len as i64, len as i64)
    }

    /// Sets limits of an unsigned number that [`Self::range`] has no room for
    /// (`NLA_POLICY_FULL_RANGE`).
    pub const fn full_range(self, range: &'static RangeUnsigned) -> Self {
        if !matches!(self.class(), Class::Unsigned) {
            panic!("only an unsigned number has an unsigned range");
        }
        let mut me = self.with_check(bindings::nla_policy_validation_NLA_VALIDATE_RANGE_PTR);
        me.inner.__bindgen_anon_1.range = &range.inner;
        me
    }

    /// Sets limits of a signed number that [`Self::range`] has no room for
    /// (`NLA_POLICY_FULL_RANGE_SIGNED`).
    pub const fn full_range_signed(self, range: &'static RangeSigned) -> Self {
        if !matches!(self.class(), Class::Signed) {
            panic!("only a signed number has a signed range");
        }
        let mut me = self.with_check(bindings::nla_policy_validation_NLA_VALIDATE_RANGE_PTR);
        me.inner.__bindgen_anon_1.range_signed = &range.inner;
        me
    }

    /// Sets the bits of an unsigned number that may be set (`NLA_POLICY_MASK`). Panics if `struct
    /// nla_policy` has no room for them, which is that of a `u32`.
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
    pub const fn one_of<T: TryFrom<u32>>(self) -> Self {
        if !matches!(self.class(), Class::Unsigned | Class::Signed) {
            panic!("only a number can be one of an enum's");
        }
        let mut me = self.with_check(bindings::nla_policy_validation_NLA_VALIDATE_FUNCTION);
        me.inner.__bindgen_anon_1.validate = Some(validate_one_of::<T>);
        me
    }

    const fn limits(self, validation: u32, min: i64, max: i64) -> Self {
        match self.class() {
            Class::Signed => {}
            Class::Unsigned | Class::Binary if min >= 0 && max >= 0 => {}
            Class::Unsigned | Class::Binary => panic!("the limit of a policy is negative"),
            Class::Text | Class::Other => panic!("only a number or what is binary has limits"),
        }
        let mut me = self.with_check(validation);
        me.inner.__bindgen_anon_1.__bindgen_anon_1 =
            bindings::nla_policy__bindgen_ty_1__bindgen_ty_1 {
                min: limit(min),
                max: limit(max),
            };
        me
    }

    /// Sets which check there is beside that of the type. The caller sets the field of the union
    /// that belongs to it.
    const fn with_check(mut self, validation: u32) -> Self {
        if self.inner.validation_type != bindings::nla_policy_validation_NLA_VALIDATE_NONE as u8 {
            panic!("the attribute has a check already");
        }
        self.inner.validation_type = validation as u8;
        self
    }

    /// What kind of check this can have. The core reads the union of `struct nla_policy` by it, so
    /// a nest's policy must not be overwritten by a limit.
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

/// Kinds of types, by the checks that they can have.
enum Class {
    Unsigned,
    Signed,
    Text,
    Binary,
    /// None.
    Other,
}

/// A limit as `struct nla_policy` has it.
const fn limit(value: i64) -> i16 {
    if value < i16::MIN as i64 || value > i16::MAX as i64 {
        panic!("the limit of a policy does not fit in 16 bits");
    }
    value as i16
}

/// The last attribute number of a policy that is not empty.
pub(super) const fn max_attr(policy: &[Policy]) -> u32 {
    // The core counts attributes in a `u16`, and its table has one entry more.
    if policy.len() < 2 || policy.len() > u16::MAX as usize {
        panic!("a policy has room for at least one attribute and at most 65534");
    }
    (policy.len() - 1) as u32
}

/// Accepts an attribute if its value is one of `T`'s.
///
/// # Safety
///
/// Must only be called by the core, as the check of an attribute whose type is a number.
unsafe extern "C" fn validate_one_of<T: TryFrom<u32>>(
    attr: *const bindings::nlattr,
    extack: *mut bindings::netlink_ext_ack,
) -> c_int {
    let Some(header) = NonNull::new(attr.cast_mut()) else {
        return EINVAL.to_errno();
    };
    // SAFETY: The core passes an attribute whose length it has checked, and nobody writes to it
    // meanwhile.
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
        Err(refusal) => unsafe { refusal.report(extack) },
    }
}

/// Limits of an unsigned number, a `struct netlink_range_validation`.
pub struct RangeUnsigned {
    inner: bindings::netlink_range_validation,
}

impl RangeUnsigned {
    /// From `min` to `max`. Panics if there is nothing between them.
    pub const fn new(min: u64, max: u64) -> Self {
        if min > max {
            panic!("the least value of a policy is greater than the greatest");
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
    /// From `min` to `max`. Panics if there is nothing between them.
    pub const fn new(min: i64, max: i64) -> Self {
        if min > max {
            panic!("the least value of a policy is greater than the greatest");
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
/// ```ignore
/// static POLICY: PolicyTable<3> = PolicyTable::new()
///     .with(1, Policy::nul_string().len(64))
///     .with(2, Policy::u32().max(2));
/// ```
///
/// A table without room for one of its attributes does not compile, nor does one that sets an
/// attribute twice:
///
/// ```compile_fail
/// static POLICY: PolicyTable<2> = PolicyTable::new()
///     .with(1, Policy::nul_string().len(64))
///     .with(2, Policy::u32().max(2)); // error: the attribute is beyond the end of its policy table
/// ```
pub struct PolicyTable<const N: usize> {
    entries: [Policy; N],
}

impl<const N: usize> PolicyTable<N> {
    /// Creates a table that refuses every attribute.
    #[allow(clippy::new_without_default)]
    pub const fn new() -> Self {
        Self {
            entries: [Policy::UNSPEC; N],
        }
    }

    /// Accepts the attribute with number `attrtype` if it follows `policy`.
    ///
    /// Intended to be used from const context only. Panics if `attrtype` is 0, has an entry already,
    /// or is not below `N`.
    pub const fn with(mut self, attrtype: u16, policy: Policy) -> Self {
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
        self
    }

    /// The table as an operation takes it.
    pub const fn as_slice(&self) -> &[Policy] {
        &self.entries
    }
}
