// SPDX-License-Identifier: MIT OR Apache-2.0

//! Values that several layers need: numbers of any length, bits with a mask, C structs.

use std::fmt;

/// Bits, and a mask of the valid ones.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Bitfield32<T = u32> {
    /// The bits.
    pub value: T,
    /// The mask of valid bits.
    pub selector: T,
}

impl<T> Bitfield32<T> {
    /// Applies `with` to both.
    pub fn map<O>(self, mut with: impl FnMut(T) -> O) -> Bitfield32<O> {
        Bitfield32 {
            value: with(self.value),
            selector: with(self.selector),
        }
    }
}

/// A C struct.
pub trait Struct: Default {
    /// Its length in bytes.
    const LEN: usize;

    /// Reads the members.
    fn read(from: &mut Reader<'_>) -> Self;

    /// Appends the members to `to`.
    fn write(&self, to: &mut Vec<u8>);
}

/// A reader of the members of a struct. Missing bytes at the end are 0.
pub struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    /// Creates a reader that starts at the first byte.
    pub fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    /// Returns the next bytes.
    pub fn take<const N: usize>(&mut self) -> [u8; N] {
        let mut bytes = [0; N];
        let (here, rest) = self.rest.split_at(N.min(self.rest.len()));
        bytes[..here.len()].copy_from_slice(here);
        self.rest = rest;
        bytes
    }
}

impl fmt::Debug for Reader<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Reader({} bytes left)", self.rest.len())
    }
}

/// Returns an unsigned number of any length.
pub(crate) fn number(payload: &[u8]) -> Option<u64> {
    match *payload {
        [a] => Some(a.into()),
        [a, b] => Some(u16::from_ne_bytes([a, b]).into()),
        [a, b, c, d] => Some(u32::from_ne_bytes([a, b, c, d]).into()),
        _ => payload.try_into().ok().map(u64::from_ne_bytes),
    }
}

/// Returns a signed number of `bytes` bytes.
pub(crate) fn signed(number: u64, bytes: usize) -> i64 {
    let unused = u64::BITS - 8 * bytes.clamp(1, 8) as u32;
    ((number << unused) as i64) >> unused
}

/// Returns a big-endian number of at most eight bytes.
pub(crate) fn big_endian(bytes: &[u8]) -> u64 {
    let mut wide = [0; 8];
    for (to, from) in wide.iter_mut().rev().zip(bytes.iter().rev()) {
        *to = *from;
    }
    u64::from_be_bytes(wide)
}
