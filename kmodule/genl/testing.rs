// SPDX-License-Identifier: GPL-2.0

//! Helpers of the tests: the attributes of a request, a buffer for messages, and the core's validation.

use super::{
    attr::AttrStream,
    policy::STRICT,
    put::Buffer,
    ExtAckError, //
    Policy,
};
use core::ptr::NonNull;
use kernel::{
    bindings,
    prelude::*, //
};

/// The number of an attribute in tests that need only one.
pub(super) const NUMBER: u16 = 1;

/// Consecutive aligned attributes, as in the buffer of a request.
#[repr(align(4))]
pub(super) struct Attributes {
    bytes: [u8; 256],
    len: usize,
}

impl Attributes {
    /// Creates an empty list of attributes.
    pub(super) const fn none() -> Self {
        Self {
            bytes: [0; 256],
            len: 0,
        }
    }

    /// Creates a list of one attribute.
    pub(super) fn one(attrtype: u16, payload: &[u8]) -> Self {
        Self::none().and(attrtype, payload)
    }

    /// Appends an attribute.
    pub(super) fn and(self, attrtype: u16, payload: &[u8]) -> Self {
        self.and_with_len(4 + payload.len() as u16, attrtype, payload)
    }

    /// Appends an attribute with `len` in its header.
    pub(super) fn and_with_len(mut self, len: u16, attrtype: u16, payload: &[u8]) -> Self {
        for part in [&len.to_ne_bytes(), &attrtype.to_ne_bytes(), payload] {
            self.bytes[self.len..self.len + part.len()].copy_from_slice(part);
            self.len += part.len();
        }
        self.len = self.len.next_multiple_of(4);
        self
    }

    /// Removes the last `count` bytes.
    pub(super) fn without_last(mut self, count: usize) -> Self {
        self.len -= count;
        self
    }

    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes[..self.len]
    }

    pub(super) fn stream(&self) -> AttrStream<'_> {
        // SAFETY: The bytes start with an attribute, or are empty.
        unsafe { AttrStream::new(self.bytes()) }
    }
}

/// The errno and the extended ack of an error.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct ExtAck {
    pub(super) errno: c_int,
    pub(super) message: Option<&'static CStr>,
    /// The bad attribute.
    pub(super) bad_attr: *const u8,
    /// The nest that lacks an attribute.
    pub(super) miss_nest: *const u8,
    pub(super) miss_type: u16,
    /// The policy that the attribute violates.
    pub(super) policy: *const bindings::nla_policy,
}

impl ExtAck {
    /// Creates an errno with an empty extended ack.
    pub(super) fn with_errno(errno: c_int) -> Self {
        Self {
            errno,
            message: None,
            bad_attr: core::ptr::null(),
            miss_nest: core::ptr::null(),
            miss_type: 0,
            policy: core::ptr::null(),
        }
    }

    /// Returns the errno and the extended ack that the core receives for `error`.
    pub(super) fn from_error(error: ExtAckError<'_>) -> Self {
        // SAFETY: The extended ack is exclusive.
        Self::in_extack(|extack| unsafe { error.report(extack) })
    }

    /// Returns the core's answer for attributes that `policy` describes, with the same strict
    /// validation as for a request.
    pub(super) fn from_core(policy: &[Policy], attributes: &Attributes) -> Self {
        Self::validate(policy, attributes, STRICT)
    }

    /// Returns the core's answer with lax validation.
    pub(super) fn from_lax_core(policy: &[Policy], attributes: &Attributes) -> Self {
        Self::validate(policy, attributes, 0)
    }

    fn validate(policy: &[Policy], attributes: &Attributes, validation: c_uint) -> Self {
        let bytes = attributes.bytes();
        // SAFETY: The bytes can be read, and the table has a policy for each number up to the last.
        // `Policy` is transparent.
        Self::in_extack(|extack| unsafe {
            bindings::__nla_validate(
                bytes.as_ptr().cast(),
                bytes.len() as c_int,
                policy.len() as c_int - 1,
                policy.as_ptr().cast(),
                validation,
                extack,
            )
        })
    }

    fn in_extack(report: impl FnOnce(*mut bindings::netlink_ext_ack) -> c_int) -> Self {
        let mut extack: bindings::netlink_ext_ack = pin_init::zeroed();
        let errno = report(&mut extack);
        let message = NonNull::new(extack._msg.cast_mut());
        Self {
            errno,
            // SAFETY: The core and `ExtAckError` point to strings that are not freed.
            message: message.map(|message| unsafe { CStr::from_char_ptr(message.as_ptr()) }),
            bad_attr: extack.bad_attr.cast(),
            miss_nest: extack.miss_nest.cast(),
            miss_type: extack.miss_type,
            policy: extack.policy,
        }
    }
}

/// A buffer whose message is not sent.
///
/// # Invariants
///
/// The pointer has ownership over a valid `sk_buff`.
pub(super) struct TestSkb {
    skb: NonNull<bindings::sk_buff>,
}

impl TestSkb {
    /// Creates a buffer with space for at least `size` bytes of attributes.
    pub(super) fn new(size: usize) -> Result<Self> {
        // SAFETY: `genlmsg_new` only requires its arguments to be valid integers.
        let skb = unsafe { bindings::genlmsg_new(size, bindings::GFP_KERNEL) };
        // INVARIANT: The caller owns the buffer that `genlmsg_new` returned.
        Ok(Self {
            skb: NonNull::new(skb).ok_or(ENOMEM)?,
        })
    }

    pub(super) fn as_raw(&self) -> NonNull<bindings::sk_buff> {
        self.skb
    }

    /// Returns the written bytes.
    pub(super) fn bytes(&self) -> &[u8] {
        // SAFETY: By the type invariants, the buffer is valid; it holds `len` bytes from `data` on.
        unsafe {
            let skb = self.skb.as_ref();
            core::slice::from_raw_parts(skb.data, skb.len as usize)
        }
    }

    /// Returns the written attributes.
    pub(super) fn stream(&self) -> AttrStream<'_> {
        // SAFETY: The tests that call this write attributes only.
        unsafe { AttrStream::new(self.bytes()) }
    }
}

// SAFETY: By the type invariants.
unsafe impl Buffer for TestSkb {
    fn skb(&mut self) -> *mut bindings::sk_buff {
        self.skb.as_ptr()
    }
}

impl Drop for TestSkb {
    fn drop(&mut self) {
        // SAFETY: We have ownership over the `sk_buff`, so we may free it.
        unsafe { bindings::nlmsg_free(self.skb.as_ptr()) }
    }
}
