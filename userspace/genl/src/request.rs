// SPDX-License-Identifier: MIT OR Apache-2.0

//! What a family's protocol says of its operations, in types.

use crate::schema::{FamilyInfo, OperationInfo};
use crate::wire::encode::Encoder;
use crate::wire::traits::Decode;

/// The request of an operation.
pub trait Request {
    /// The family that it is for.
    const FAMILY: &'static FamilyInfo;

    /// The operation.
    const OPERATION: &'static OperationInfo;

    /// Writes the attributes.
    fn encode(&self, to: &mut Encoder<'_>);
}

/// A request for one thing, the `do` of an operation.
pub trait DoRequest: Request {
    /// The reply; `()` if there is none.
    type Reply<'a>: Decode<'a>;
}

/// A request for a list, the `dump` of an operation.
pub trait DumpRequest: Request {
    /// One item of the list.
    type Item<'a>: Decode<'a>;
}
