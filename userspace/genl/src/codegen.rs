// SPDX-License-Identifier: MIT OR Apache-2.0

//! Items for code from `ynl-gen-rust` only. They may change in any version.

pub use crate::debug::{mac_member, member, received, sent, structure, text_member};
pub use crate::schema::Target;
pub use bitflags::bitflags;

use crate::wire::attr::{Attr, Attrs, DecodeError};
use crate::wire::encode::Encoder;

/// Serialization of fields.
#[cfg(feature = "serde")]
pub mod serialize {
    pub use crate::serialize::*;
}

/// The version of what generated code uses.
pub const VERSION: u32 = 1;

/// Fails to compile unless this library fits code that was generated for `version`.
pub const fn require(version: u32) {
    assert!(
        version == VERSION,
        "this module fits another version of genl; generate it with ynl-gen-rust of the same version"
    );
}

/// Calls `decode` with each attribute. Returns the first error, after the others were decoded.
pub fn each<'a>(
    attrs: Attrs<'a>,
    mut decode: impl FnMut(Attr<'a>) -> Result<(), DecodeError>,
) -> Option<DecodeError> {
    let mut invalid = None;
    for attr in attrs {
        if let Err(error) = decode(attr) {
            log::warn!("a message from the kernel: {error}");
            invalid.get_or_insert(error);
        }
    }
    invalid
}

/// Returns whether two messages have the same attributes.
pub fn same(one: impl FnOnce(&mut Encoder<'_>), other: impl FnOnce(&mut Encoder<'_>)) -> bool {
    let (mut bytes, mut others) = (Vec::new(), Vec::new());
    Encoder::append(&mut bytes, one) == Encoder::append(&mut others, other) && bytes == others
}
