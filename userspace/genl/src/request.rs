// SPDX-License-Identifier: MIT OR Apache-2.0

//! Traits of requests.

use crate::schema::{FamilyInfo, OperationInfo};
use crate::wire::encode::Encoder;
use crate::wire::traits::Decode;

/// The request of an operation.
pub trait Request {
    /// The family.
    const FAMILY: &'static FamilyInfo;

    /// The operation.
    const OPERATION: &'static OperationInfo;

    /// Writes the attributes to `to`.
    fn encode(&self, to: &mut Encoder<'_>);

    /// Returns the family. Only [`RawRequest`](crate::RawRequest) has another than [`Self::FAMILY`].
    #[doc(hidden)]
    fn target_family(&self) -> &'static FamilyInfo {
        Self::FAMILY
    }

    /// Returns the operation. Only [`RawRequest`](crate::RawRequest) has another than
    /// [`Self::OPERATION`].
    #[doc(hidden)]
    fn target_operation(&self) -> &'static OperationInfo {
        Self::OPERATION
    }

    /// Returns whether requests of this type can be for an operation.
    #[doc(hidden)]
    fn is_for(operation: &'static OperationInfo) -> bool {
        std::ptr::eq(operation, Self::OPERATION)
    }
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
