// SPDX-License-Identifier: GPL-2.0

//! Policies: what the core checks before an operation sees a request.
//!
//! Every attribute without an entry in the operation's table is refused, and so is one beyond the
//! table's end.
//!
//! C header: [`include/net/netlink.h`](srctree/include/net/netlink.h)

use kernel::bindings;

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

    /// A string that a NUL ends, of at most `max_len` bytes before it (`NLA_NUL_STRING`).
    pub const fn nul_string(max_len: u16) -> Self {
        let mut policy = Self::of_type(bindings::NLA_NUL_STRING);
        policy.inner.len = max_len;
        policy
    }

    /// At most `max_len` bytes, `NLA_POLICY_MAX_LEN(max_len)`.
    ///
    /// Intended to be used from const context only. Panics if `max_len` is greater than `i16::MAX`.
    pub const fn binary_max_len(max_len: u16) -> Self {
        Self::of_type(bindings::NLA_BINARY).max(max_len as u32)
    }

    /// A `u32` from 0 to `max`, `NLA_POLICY_MAX(NLA_U32, max)`.
    ///
    /// Intended to be used from const context only. Panics if `max` is greater than `i16::MAX`.
    pub const fn u32_max(max: u32) -> Self {
        Self::of_type(bindings::NLA_U32).max(max)
    }

    /// Adds a greatest value, or length if this is binary (`NLA_VALIDATE_MAX`). Panics if it is
    /// greater than `i16::MAX`, which is all that `struct nla_policy` has room for.
    const fn max(mut self, max: u32) -> Self {
        if max > i16::MAX as u32 {
            panic!("the limit of a policy does not fit in 16 bits");
        }
        self.inner.validation_type = bindings::nla_policy_validation_NLA_VALIDATE_MAX as u8;
        self.inner.__bindgen_anon_1.__bindgen_anon_1 =
            bindings::nla_policy__bindgen_ty_1__bindgen_ty_1 {
                min: 0,
                max: max as i16,
            };
        self
    }
}

/// The policies of an operation, one entry for each attribute number below `N`.
///
/// # Examples
///
/// ```ignore
/// static POLICY: PolicyTable<3> = PolicyTable::new()
///     .with(1, Policy::nul_string(64))
///     .with(2, Policy::u32_max(2));
/// ```
///
/// A table without room for one of its attributes does not compile, nor does one that sets an
/// attribute twice:
///
/// ```compile_fail
/// static POLICY: PolicyTable<2> = PolicyTable::new()
///     .with(1, Policy::nul_string(64))
///     .with(2, Policy::u32_max(2)); // error: the attribute is beyond the end of its policy table
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
