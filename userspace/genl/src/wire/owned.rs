// SPDX-License-Identifier: MIT OR Apache-2.0

//! Nests that own their bytes.

use super::attr::{Attr, DecodeError};
use super::encode::{EncodeError, Encoder};
use super::traits::FromAttr;
use std::fmt;
use std::marker::PhantomData;

/// A nest that owns its bytes, from the method `owned` of generated nests.
///
/// It borrows nothing, so a function can return it, and a `Vec` of them is the value of an attribute
/// with several nests. An error in it is the error of the request.
pub struct OwnedNest<T> {
    encoded: Result<Vec<u8>, EncodeError>,
    _nest: PhantomData<fn() -> T>,
}

impl<T> OwnedNest<T> {
    /// Encodes the attributes that `write` adds.
    #[doc(hidden)]
    pub fn new(write: impl FnOnce(&mut Encoder<'_>)) -> Self {
        let mut bytes = Vec::new();
        Self {
            encoded: Encoder::append(&mut bytes, write).map(|()| bytes),
            _nest: PhantomData,
        }
    }

    /// Decodes the nest.
    ///
    /// # Errors
    ///
    /// Fails if the nest cannot be decoded.
    pub fn get<'a>(&'a self) -> Result<T, DecodeError>
    where
        T: FromAttr<'a>,
    {
        T::from_attr(Attr::new(0, self.bytes()))
    }

    fn bytes(&self) -> &[u8] {
        self.encoded.as_deref().unwrap_or_default()
    }
}

impl<T> Clone for OwnedNest<T> {
    fn clone(&self) -> Self {
        Self {
            encoded: self.encoded.clone(),
            _nest: PhantomData,
        }
    }
}

impl<T> PartialEq for OwnedNest<T> {
    fn eq(&self, other: &Self) -> bool {
        self.encoded == other.encoded
    }
}

impl<T> fmt::Debug for OwnedNest<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.encoded {
            Ok(bytes) => write!(f, "OwnedNest {:?}", super::attr::Attrs::new(bytes)),
            Err(error) => write!(f, "OwnedNest {{{error}}}"),
        }
    }
}

/// A list of owned nests.
pub(super) trait OwnedNests: Send + Sync {
    /// Returns the bytes of the nest at a position.
    fn get(&self, index: usize) -> Option<&Result<Vec<u8>, EncodeError>>;
}

impl<T> OwnedNests for Vec<OwnedNest<T>> {
    fn get(&self, index: usize) -> Option<&Result<Vec<u8>, EncodeError>> {
        self.as_slice().get(index).map(|nest| &nest.encoded)
    }
}
