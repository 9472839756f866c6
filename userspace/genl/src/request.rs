// SPDX-License-Identifier: MIT OR Apache-2.0

//! What a family's protocol says of its operations, in types.

use crate::attr::{Attrs, DecodeError};
use crate::encode::Encoder;
use crate::schema::{FamilyInfo, OperationInfo};

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

/// What can be read from the attributes of a message or of a nest.
///
/// What is read borrows from the message; nothing is copied.
pub trait Decode<'a>: Sized {
    /// Whether there is a message to read. An operation without a reply has none.
    const HAS_MESSAGE: bool = true;

    /// Reads the attributes. Those that it does not know are passed over.
    fn decode(attrs: Attrs<'a>) -> Result<Self, DecodeError>;
}

/// What can be written as the attributes of a nest.
pub trait Encode {
    /// Writes the attributes.
    fn encode(&self, to: &mut Encoder<'_>);
}

impl Decode<'_> for () {
    const HAS_MESSAGE: bool = false;

    fn decode(_attrs: Attrs<'_>) -> Result<Self, DecodeError> {
        Ok(())
    }
}
