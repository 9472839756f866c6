// SPDX-License-Identifier: MIT OR Apache-2.0

//! Lists that were received.

use crate::attr::Attrs;
use crate::error::{Error, Result};
use crate::message::Message;
use crate::request::{Decode, DumpRequest};
use std::fmt;
use std::marker::PhantomData;

/// Bytes of the length before each item.
const LEN_LEN: usize = size_of::<usize>();

/// The items of a dump, as they were received.
///
/// ```
/// use genl::Connection;
/// use genl::nlctrl::GetfamilyDumpRequest;
///
/// let mut connection = Connection::open()?;
/// let families = connection.dump(&GetfamilyDumpRequest)?;
/// for family in &families {
///     println!("{}", family?.family_name.unwrap_or_default());
/// }
/// # assert!(!families.is_empty());
/// # Ok::<(), genl::Error>(())
/// ```
pub struct Dump<R> {
    /// The attributes of one message after the other, each behind its length in bytes.
    items: Vec<u8>,
    count: usize,
    _request: PhantomData<fn(R)>,
}

impl<R> Dump<R> {
    pub(crate) fn new() -> Self {
        Self {
            items: Vec::new(),
            count: 0,
            _request: PhantomData,
        }
    }

    /// Adds a message of the dump.
    pub(crate) fn push(&mut self, message: &Message<'_>) {
        let attributes = message.attrs().as_bytes();
        self.items
            .extend_from_slice(&attributes.len().to_ne_bytes());
        self.items.extend_from_slice(attributes);
        self.count += 1;
    }

    /// How many items there are.
    pub fn len(&self) -> usize {
        self.count
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// The items in the order in which they came. One that cannot be decoded is an error in its
    /// place.
    pub fn iter(&self) -> Items<'_, R> {
        Items {
            rest: &self.items,
            _request: PhantomData,
        }
    }
}

impl<R> fmt::Debug for Dump<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Dump").field("len", &self.count).finish()
    }
}

impl<'a, R: DumpRequest> IntoIterator for &'a Dump<R> {
    type Item = Result<R::Item<'a>>;
    type IntoIter = Items<'a, R>;

    fn into_iter(self) -> Items<'a, R> {
        self.iter()
    }
}

/// The items of a [`Dump`], decoded one at a time.
pub struct Items<'a, R> {
    rest: &'a [u8],
    _request: PhantomData<fn(R)>,
}

impl<R> fmt::Debug for Items<'_, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Items({} bytes left)", self.rest.len())
    }
}

impl<'a, R: DumpRequest> Iterator for Items<'a, R> {
    type Item = Result<R::Item<'a>>;

    fn next(&mut self) -> Option<Self::Item> {
        let (len, rest) = self.rest.split_first_chunk::<LEN_LEN>()?;
        let (attributes, rest) = rest.split_at_checked(usize::from_ne_bytes(*len))?;
        self.rest = rest;
        Some(R::Item::decode(Attrs::new(attributes)).map_err(Error::decode(R::OPERATION.name)))
    }
}
