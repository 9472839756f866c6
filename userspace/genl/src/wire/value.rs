// SPDX-License-Identifier: MIT OR Apache-2.0

//! Values that several layers need: bits with a mask, C structs.

use std::fmt;

/// Bits, and which of them count.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Bitfield32<T = u32> {
    /// The bits.
    pub value: T,
    /// Those that count.
    pub selector: T,
}

impl<T> Bitfield32<T> {
    /// Does the same to both.
    pub fn map<O>(self, mut with: impl FnMut(T) -> O) -> Bitfield32<O> {
        Bitfield32 {
            value: with(self.value),
            selector: with(self.selector),
        }
    }
}

/// A struct of C: members that stand one behind the other.
pub trait Struct: Default {
    /// The bytes that it takes.
    const LEN: usize;

    /// Reads it.
    fn read(from: &mut Reader<'_>) -> Self;

    /// Writes it.
    fn write(&self, to: &mut Vec<u8>);
}

/// Reads the members of a struct. What is missing at the end is 0.
pub struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    /// Reads from the first of these bytes on.
    pub fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    /// The next bytes.
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
