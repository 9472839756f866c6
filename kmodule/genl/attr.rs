// SPDX-License-Identifier: GPL-2.0

//! Received attributes.
//!
//! C header: [`include/net/netlink.h`](srctree/include/net/netlink.h)

use super::Refusal;
use core::{
    marker::PhantomData,
    ptr::NonNull, //
};
use kernel::{
    bindings,
    prelude::*, //
};

/// Bytes of an attribute's header, `NLA_HDRLEN`.
const HEADER_LEN: usize = size_of::<bindings::nlattr>();

/// An attribute of a request.
///
/// The getters check the payload's length themselves, so that they are right whatever the policy
/// says; a length that does not fit is a [`Refusal`] that names the attribute.
///
/// # Invariants
///
/// `header` points to a `struct nlattr` whose `nla_len` is at least `NLA_HDRLEN`; that many bytes
/// from its start on are initialised, and nobody writes to them during `'a`.
#[derive(Clone, Copy)]
pub struct Attr<'a> {
    header: NonNull<bindings::nlattr>,
    _request: PhantomData<&'a [u8]>,
}

impl<'a> Attr<'a> {
    /// Wraps an attribute that the core has parsed.
    ///
    /// # Safety
    ///
    /// `header` must point to an attribute that passed `__nla_parse()`, in a buffer to which nobody
    /// writes during `'a`.
    unsafe fn from_raw(header: NonNull<bindings::nlattr>) -> Self {
        // INVARIANT: The parser takes no attribute that is shorter than its header or longer than
        // its message; the rest is the caller's promise.
        Self {
            header,
            _request: PhantomData,
        }
    }

    /// Returns a raw pointer to the underlying `struct nlattr`.
    pub(super) fn as_raw(self) -> *const bindings::nlattr {
        self.header.as_ptr()
    }

    /// The payload: what stands behind the attribute's header, without padding.
    pub fn payload(self) -> &'a [u8] {
        // SAFETY: By the type invariants, the header can be read.
        let len = usize::from(unsafe { (*self.as_raw()).nla_len });
        // SAFETY: By the type invariants, `len` bytes from the header on can be read during `'a`,
        // and `len` is no smaller than the header.
        unsafe {
            core::slice::from_raw_parts(
                self.as_raw().cast::<u8>().add(HEADER_LEN),
                len - HEADER_LEN,
            )
        }
    }

    /// The payload of an attribute that has exactly `N` bytes.
    fn array<const N: usize>(self) -> Result<[u8; N], Refusal<'a>> {
        self.payload()
            .try_into()
            .map_err(|_| Refusal::bad_attr(EINVAL, self, c"attribute has an invalid length"))
    }

    /// The value of a `u32` attribute.
    pub fn u32(self) -> Result<u32, Refusal<'a>> {
        self.array().map(u32::from_ne_bytes)
    }

    /// The value of a `u32` attribute that is one of an enum's.
    pub fn u32_enum<T: TryFrom<u32>>(self) -> Result<T, Refusal<'a>> {
        T::try_from(self.u32()?)
            .map_err(|_| Refusal::bad_attr(EINVAL, self, c"attribute has an unknown value"))
    }

    /// The bytes of a string attribute, without the NUL that ends it.
    ///
    /// The core's check of a string looks for one NUL; further ones, and bytes behind them, are
    /// returned as they are.
    pub fn string(self) -> &'a [u8] {
        let payload = self.payload();
        payload.strip_suffix(b"\0").unwrap_or(payload)
    }
}

/// The attributes of a request, by their number.
///
/// # Invariants
///
/// Every entry of `table` is null or points to an attribute as [`Attr`]'s invariants have it.
#[derive(Clone, Copy)]
pub struct Attrs<'a> {
    table: &'a [*mut bindings::nlattr],
}

impl<'a> Attrs<'a> {
    /// Wraps the table that the core filled.
    ///
    /// # Safety
    ///
    /// If `len` is not 0, `table` must point to `len` entries as `__nla_parse()` leaves them; nobody
    /// writes to them or to the buffer that they point into during `'a`.
    pub(super) unsafe fn from_raw(table: *const *mut bindings::nlattr, len: usize) -> Self {
        if len == 0 {
            // INVARIANT: There is no entry.
            return Self { table: &[] };
        }
        // SAFETY: The caller promises `len` entries that can be read during `'a`.
        let table = unsafe { core::slice::from_raw_parts(table, len) };
        // INVARIANT: `__nla_parse()` leaves null or a parsed attribute in each entry.
        Self { table }
    }

    /// The attribute with number `attrtype`, if the request carries it; the last one, if it carries
    /// several.
    pub fn get(&self, attrtype: u16) -> Option<Attr<'a>> {
        let header = NonNull::new(*self.table.get(usize::from(attrtype))?)?;
        // SAFETY: By the type invariants, an entry that is not null is a parsed attribute in a buffer
        // that does not change during `'a`.
        Some(unsafe { Attr::from_raw(header) })
    }
}
