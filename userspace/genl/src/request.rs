// SPDX-License-Identifier: MIT OR Apache-2.0

//! Traits of requests.

use crate::schema::{FamilyInfo, OperationInfo, Target};
use crate::wire::encode::Encoder;
use crate::wire::traits::Decode;
use nix::libc;

/// The request of an operation.
pub trait Request {
    /// The family.
    const FAMILY: &'static FamilyInfo;

    /// The operation.
    const OPERATION: &'static OperationInfo;

    /// Writes the attributes to `to`.
    fn encode(&self, to: &mut Encoder<'_>);

    /// Returns the family and the operation. Only [`RawRequest`](crate::RawRequest) has others than
    /// [`Self::FAMILY`] and [`Self::OPERATION`].
    #[doc(hidden)]
    fn target(&self) -> Target {
        Target::Static(Self::FAMILY, Self::OPERATION)
    }

    /// Returns whether requests of this type can be for an operation.
    #[doc(hidden)]
    fn is_for(target: &Target) -> bool {
        matches!(target, Target::Static(_, operation) if std::ptr::eq(*operation, Self::OPERATION))
    }

    /// Returns the flags of [`Request::with_flags`].
    #[doc(hidden)]
    fn added_flags(&self) -> RequestFlags {
        RequestFlags::empty()
    }

    /// Returns whether the limits of the spec are checked before the request is sent.
    #[doc(hidden)]
    fn is_checked(&self) -> bool {
        true
    }

    /// Returns the request without the checks that otherwise fail with
    /// [`Error::Invalid`](crate::Error::Invalid), for tests of the kernel's own checks.
    fn unchecked(self) -> Unchecked<Self>
    where
        Self: Sized,
    {
        Unchecked(self)
    }

    /// Returns the request with more flags in its `nlmsghdr`. For a request without an ACK, see
    /// [`Connection::request_unacknowledged`](crate::Connection::request_unacknowledged).
    ///
    /// The kernel rejects flags except [`RequestFlags::ECHO`] with `EINVAL` if the family's operations
    /// are strict, as in all new families.
    ///
    /// ```no_run
    /// use genl::{Connection, RawRequest, Request, RequestFlags};
    ///
    /// let request = RawRequest::new("MPLS", 1).attributes(|to| to.put_u32(1, 7));
    /// let request = request.with_flags(RequestFlags::CREATE | RequestFlags::EXCL);
    /// Connection::open()?.request(&request)?;
    /// # Ok::<(), genl::Error>(())
    /// ```
    fn with_flags(self, flags: RequestFlags) -> WithFlags<Self>
    where
        Self: Sized,
    {
        WithFlags {
            request: self,
            flags,
        }
    }
}

bitflags::bitflags! {
    /// Flags of a request, from [`Request::with_flags`].
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
    pub struct RequestFlags: u16 {
        /// Replaces an existing object (`NLM_F_REPLACE`).
        const REPLACE = libc::NLM_F_REPLACE as u16;
        /// Fails if the object exists (`NLM_F_EXCL`).
        const EXCL = libc::NLM_F_EXCL as u16;
        /// Creates the object if it does not exist (`NLM_F_CREATE`).
        const CREATE = libc::NLM_F_CREATE as u16;
        /// Adds the object at the end of a list (`NLM_F_APPEND`).
        const APPEND = libc::NLM_F_APPEND as u16;
        /// Sends the notification of the change to the sender, too (`NLM_F_ECHO`).
        const ECHO = libc::NLM_F_ECHO as u16;
    }
}

/// A request with more flags, from [`Request::with_flags`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WithFlags<R> {
    request: R,
    flags: RequestFlags,
}

/// A request without checks of the spec's limits, from [`Request::unchecked`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unchecked<R>(R);

/// Implements the methods of a request that contains another.
macro_rules! same_as {
    ($field:tt) => {
        const FAMILY: &'static FamilyInfo = R::FAMILY;
        const OPERATION: &'static OperationInfo = R::OPERATION;

        fn encode(&self, to: &mut Encoder<'_>) {
            self.$field.encode(to);
        }

        fn target(&self) -> Target {
            self.$field.target()
        }

        fn is_for(target: &Target) -> bool {
            R::is_for(target)
        }
    };
}

impl<R: Request> Request for WithFlags<R> {
    same_as!(request);

    fn added_flags(&self) -> RequestFlags {
        self.request.added_flags() | self.flags
    }

    fn is_checked(&self) -> bool {
        self.request.is_checked()
    }
}

impl<R: Request> Request for Unchecked<R> {
    same_as!(0);

    fn added_flags(&self) -> RequestFlags {
        self.0.added_flags()
    }

    fn is_checked(&self) -> bool {
        false
    }
}

/// Dump requests have no flags: the kernel reads them as parts of `NLM_F_DUMP`.
impl<R: DoRequest> DoRequest for WithFlags<R> {
    type Reply<'a> = R::Reply<'a>;
}

impl<R: DoRequest> DoRequest for Unchecked<R> {
    type Reply<'a> = R::Reply<'a>;
}

impl<R: DumpRequest> DumpRequest for Unchecked<R> {
    type Item<'a> = R::Item<'a>;
}

/// The `do` request of an operation: one reply at most.
pub trait DoRequest: Request {
    /// The reply, `()` if there is none.
    type Reply<'a>: Decode<'a>;
}

/// The `dump` request of an operation: a list of items.
pub trait DumpRequest: Request {
    /// An item of the list.
    type Item<'a>: Decode<'a>;
}
