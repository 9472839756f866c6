// SPDX-License-Identifier: MIT OR Apache-2.0

//! Replies and items that own their bytes.

use crate::error::{Error, Result};
use crate::request::{DoRequest, DumpRequest};
use crate::wire::attr::Attrs;
use crate::wire::traits::Decode;
use std::fmt;
use std::marker::PhantomData;

macro_rules! owned {
    ($(#[$meta:meta])* $name:ident, $request:ident::$message:ident) => {
        $(#[$meta])*
        pub struct $name<R> {
            attributes: Vec<u8>,
            _request: PhantomData<fn(R)>,
        }

        impl<R> $name<R> {
            pub(super) fn new(attributes: Vec<u8>) -> Self {
                Self {
                    attributes,
                    _request: PhantomData,
                }
            }

            /// Returns the attributes.
            pub fn attrs(&self) -> Attrs<'_> {
                Attrs::new(&self.attributes)
            }
        }

        impl<R: $request> $name<R> {
            /// Decodes the message.
            ///
            /// # Errors
            ///
            /// Fails with [`Error::Decode`] if an attribute has a length that its type cannot have.
            pub fn get(&self) -> Result<R::$message<'_>> {
                R::$message::decode(self.attrs()).map_err(Error::decode(R::OPERATION.name))
            }
        }

        impl<R> Clone for $name<R> {
            fn clone(&self) -> Self {
                Self::new(self.attributes.clone())
            }
        }

        impl<R> PartialEq for $name<R> {
            fn eq(&self, other: &Self) -> bool {
                self.attributes == other.attributes
            }
        }

        impl<R> Eq for $name<R> {}

        /// Shows the numbers and lengths of the attributes.
        impl<R> fmt::Debug for $name<R> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_tuple(stringify!($name)).field(&self.attrs()).finish()
            }
        }
    };
}

owned! {
    /// A reply that owns its bytes, so that it can be kept while the connection is used.
    OwnedReply, DoRequest::Reply
}

owned! {
    /// An item of a dump that owns its bytes.
    OwnedItem, DumpRequest::Item
}
