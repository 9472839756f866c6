// SPDX-License-Identifier: GPL-2.0

//! Errors with an extended ack.
//!
//! C header: [`include/linux/netlink.h`](srctree/include/linux/netlink.h)

use super::{
    Attr,
    Policy, //
};
use kernel::{
    alloc::AllocError,
    bindings,
    prelude::*,
    str::as_char_ptr_in_const_context, //
};

/// An error of an operation: an errno and the extended ack that explains it.
///
/// The sender of a request receives both when the operation's method returns the error.
///
/// # Examples
///
/// ```
/// # use crate::{genl::*, NUMBER};
/// # use kernel::prelude::*;
/// fn half<'a>(info: &Info<'a>) -> Result<u32, ExtAckError<'a>> {
///     let Some(attr) = info.attrs().get(NUMBER) else {
///         return Err(ExtAckError::missing_attr(NUMBER, c"number is required"));
///     };
///     // Fails if the attribute does not have four bytes.
///     let number = attr.u32()?;
///     if number % 2 != 0 {
///         return Err(ExtAckError::bad_attr(EINVAL, attr, c"number is odd"));
///     }
///     Ok(number / 2)
/// }
/// ```
///
/// An [`Error`] converts to an `ExtAckError` without text, so `?` works for functions that allocate,
/// write or send.
#[derive(Clone, Copy)]
#[must_use]
pub struct ExtAckError<'a> {
    errno: Error,
    /// The number of the attribute that is missing (`NLMSGERR_ATTR_MISS_TYPE`), or 0.
    miss_type: u32,
    /// The nest that lacks it (`NLMSGERR_ATTR_MISS_NEST`), or `None` for the top level.
    miss_nest: Option<Attr<'a>>,
    /// The attribute that the error is about (`NLMSGERR_ATTR_OFFS`).
    bad_attr: Option<Attr<'a>>,
    /// The text, which is static, or null.
    message: *const c_char,
    policy: Option<&'static Policy>,
}

impl<'a> ExtAckError<'a> {
    #[inline]
    const fn new(errno: Error, message: *const c_char) -> Self {
        Self {
            errno,
            miss_type: 0,
            miss_nest: None,
            bad_attr: None,
            message,
            policy: None,
        }
    }

    /// Creates an error about the attribute `attr`. `message` gives the reason, in a few words and
    /// without a full stop.
    #[inline]
    pub const fn bad_attr(errno: Error, attr: Attr<'a>, message: &'static CStr) -> Self {
        Self::with_message(errno, message).with_attr(attr)
    }

    /// Creates an error about a request that lacks the attribute with number `attrtype`. The errno is
    /// `EINVAL`.
    #[inline]
    pub const fn missing_attr(attrtype: u16, message: &'static CStr) -> Self {
        Self {
            message: as_char_ptr_in_const_context(message),
            ..Self::required_attr(attrtype)
        }
    }

    /// Creates the error of `GENL_REQ_ATTR_CHECK()`: like [`Self::missing_attr`], but without a message.
    #[inline]
    pub const fn required_attr(attrtype: u16) -> Self {
        Self {
            miss_type: attrtype as u32,
            ..Self::new(EINVAL, core::ptr::null())
        }
    }

    /// Creates an error about the attribute `nest`, which lacks the attribute with number `attrtype`.
    /// The errno is `EINVAL`, as in `NL_REQ_ATTR_CHECK()`.
    #[inline]
    pub const fn missing_in(nest: Attr<'a>, attrtype: u16, message: &'static CStr) -> Self {
        Self {
            miss_nest: Some(nest),
            ..Self::missing_attr(attrtype, message)
        }
    }

    /// Creates an error that is not about a single attribute. `message` gives the reason.
    #[inline]
    pub const fn with_message(errno: Error, message: &'static CStr) -> Self {
        Self::new(errno, as_char_ptr_in_const_context(message))
    }

    /// Adds the attribute that the error is about. Use it with [`Info::format_message`], which sets the
    /// text.
    ///
    /// [`Info::format_message`]: super::Info::format_message
    #[inline]
    pub const fn with_attr(mut self, attr: Attr<'a>) -> Self {
        self.bad_attr = Some(attr);
        self
    }

    /// Adds the policy that the attribute violates (`NLMSGERR_ATTR_POLICY`), as the core does for a
    /// request that it rejects. The sender learns from it which values the attribute can have. Use it if
    /// an operation's own check is stricter than [`Doit::POLICY`](super::Doit::POLICY).
    ///
    /// # Examples
    ///
    /// ```
    /// # use crate::genl::*;
    /// # use kernel::prelude::*;
    /// /// The values while the device is running.
    /// static RUNNING: Policy = Policy::u32().max(10);
    ///
    /// fn check<'a>(speed: Attr<'a>) -> Result<(), ExtAckError<'a>> {
    ///     match speed.u32()? {
    ///         0..=10 => Ok(()),
    ///         _ => {
    ///             let error = ExtAckError::bad_attr(EBUSY, speed, c"the device is running");
    ///             Err(error.with_policy(&RUNNING))
    ///         }
    ///     }
    /// }
    /// ```
    #[inline]
    pub const fn with_policy(mut self, policy: &'static Policy) -> Self {
        self.policy = Some(policy);
        self
    }

    /// Writes this error to `extack` and returns the errno for the core.
    ///
    /// # Safety
    ///
    /// `extack` must be null or point to the `struct netlink_ext_ack` of the request that the
    /// attribute belongs to, and must not be used concurrently.
    // Not inlined, because all operations share it.
    #[inline(never)]
    pub(super) unsafe fn report(self, extack: *mut bindings::netlink_ext_ack) -> c_int {
        // SAFETY: The caller promises that a pointer that is not null is valid and exclusive.
        if let Some(extack) = unsafe { extack.as_mut() } {
            if !self.message.is_null() {
                // The core reads it before the module's text can be freed.
                extack._msg = self.message;
            }
            if let Some(policy) = self.policy {
                // The core reads it before the module's data can be freed.
                extack.policy = policy.as_raw();
            }
            if let Some(attr) = self.bad_attr {
                extack.bad_attr = attr.as_raw();
            }
            if self.miss_type != 0 {
                extack.miss_nest = self.miss_nest.map_or(core::ptr::null(), Attr::as_raw);
                extack.miss_type = self.miss_type as u16;
            }
        }
        self.errno.to_errno()
    }
}

impl From<Error> for ExtAckError<'_> {
    #[inline]
    fn from(errno: Error) -> Self {
        Self::new(errno, core::ptr::null())
    }
}

impl From<AllocError> for ExtAckError<'_> {
    #[inline]
    fn from(_: AllocError) -> Self {
        ENOMEM.into()
    }
}

#[kunit_tests(genl_extack)]
mod tests {
    use super::*;
    use crate::genl::testing::{
        Attributes,
        ExtAck,
        NUMBER, //
    };

    const MESSAGE: &CStr = c"the reason";

    #[test]
    fn an_errno_alone_leaves_the_extack_empty() {
        for errno in [ENOMEM, EMSGSIZE] {
            assert_eq!(
                ExtAck::from_error(errno.into()),
                ExtAck::with_errno(errno.to_errno())
            );
        }
        assert_eq!(
            ExtAck::from_error(AllocError.into()),
            ExtAck::with_errno(ENOMEM.to_errno())
        );
    }

    #[test]
    fn with_message_sets_the_message() {
        let expected = ExtAck {
            message: Some(MESSAGE),
            ..ExtAck::with_errno(EBUSY.to_errno())
        };
        assert_eq!(
            ExtAck::from_error(ExtAckError::with_message(EBUSY, MESSAGE)),
            expected
        );
    }

    #[test]
    fn bad_attr_sets_message_and_attribute() -> Result {
        let attributes = Attributes::one(NUMBER, b"other").and(NUMBER, b"bad");
        let bad = attributes.stream().last().ok_or(ENOENT)?;
        let expected = ExtAck {
            message: Some(MESSAGE),
            bad_attr: attributes.bytes()[12..].as_ptr(),
            ..ExtAck::with_errno(ERANGE.to_errno())
        };
        assert_eq!(
            ExtAck::from_error(ExtAckError::bad_attr(ERANGE, bad, MESSAGE)),
            expected
        );
        Ok(())
    }

    #[test]
    fn with_policy_sets_the_policy() -> Result {
        static POLICY: Policy = Policy::u32().max(1);

        let attributes = Attributes::one(NUMBER, b"");
        let attr = attributes.stream().next().ok_or(ENOENT)?;
        let error = ExtAckError::bad_attr(ERANGE, attr, MESSAGE);
        assert!(ExtAck::from_error(error).policy.is_null());
        let expected = ExtAck {
            policy: POLICY.as_raw(),
            ..ExtAck::from_error(error)
        };
        assert_eq!(ExtAck::from_error(error.with_policy(&POLICY)), expected);
        Ok(())
    }

    #[test]
    fn missing_attr_sets_type_and_nest() -> Result {
        let top_level = ExtAck {
            message: Some(MESSAGE),
            miss_type: 7,
            ..ExtAck::with_errno(EINVAL.to_errno())
        };
        assert_eq!(
            ExtAck::from_error(ExtAckError::missing_attr(7, MESSAGE)),
            top_level
        );

        let attributes = Attributes::one(NUMBER, b"");
        let nest = attributes.stream().next().ok_or(ENOENT)?;
        let inside = ExtAck {
            miss_nest: attributes.bytes().as_ptr(),
            ..top_level
        };
        assert_eq!(
            ExtAck::from_error(ExtAckError::missing_in(nest, 7, MESSAGE)),
            inside
        );
        Ok(())
    }

    #[test]
    fn required_attr_sets_the_type_only() {
        let expected = ExtAck {
            miss_type: 7,
            ..ExtAck::with_errno(EINVAL.to_errno())
        };
        assert_eq!(ExtAck::from_error(ExtAckError::required_attr(7)), expected);
    }

    #[test]
    fn report_accepts_a_null_extack() {
        let error = ExtAckError::with_message(EBUSY, MESSAGE);
        // SAFETY: `report` accepts null.
        let errno = unsafe { error.report(core::ptr::null_mut()) };
        assert_eq!(errno, EBUSY.to_errno());
    }
}
