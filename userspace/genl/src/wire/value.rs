// SPDX-License-Identifier: MIT OR Apache-2.0

//! Values that several layers need: numbers of any length, hardware addresses, bits with a mask, C
//! structs.

use super::display::Mac;
use std::fmt;
use std::str::FromStr;

/// A hardware address of six bytes, such as `02:00:00:00:00:01`.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MacAddr([u8; 6]);

impl MacAddr {
    /// Returns the bytes.
    pub const fn octets(self) -> [u8; 6] {
        self.0
    }
}

impl From<[u8; 6]> for MacAddr {
    fn from(octets: [u8; 6]) -> Self {
        Self(octets)
    }
}

impl fmt::Display for MacAddr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Mac(&self.0).fmt(f)
    }
}

impl fmt::Debug for MacAddr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for MacAddr {
    type Err = ParseMacAddrError;

    /// Parses six pairs of hexadecimal digits, separated by colons.
    fn from_str(text: &str) -> Result<Self, ParseMacAddrError> {
        let mut pairs = text.split(':');
        let mut octets = [0; 6];
        for octet in &mut octets {
            let pair = pairs.next().ok_or(ParseMacAddrError(()))?;
            let is_pair = pair.len() == 2 && pair.bytes().all(|one| one.is_ascii_hexdigit());
            let parsed = u8::from_str_radix(pair, 16).ok().filter(|_| is_pair);
            *octet = parsed.ok_or(ParseMacAddrError(()))?;
        }
        match pairs.next() {
            None => Ok(Self(octets)),
            Some(_) => Err(ParseMacAddrError(())),
        }
    }
}

/// The error of a text that is not a hardware address of six bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not six pairs of hexadecimal digits, separated by colons")]
pub struct ParseMacAddrError(());

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hardware_address_is_parsed_as_it_is_displayed() {
        let address = MacAddr::from([2, 0, 0xab, 0, 0, 0xff]);
        assert_eq!(address.to_string(), "02:00:ab:00:00:ff");
        assert_eq!(format!("{address:?}"), "02:00:ab:00:00:ff");
        assert_eq!("02:00:ab:00:00:ff".parse(), Ok(address));
        assert_eq!("02:00:AB:00:00:FF".parse(), Ok(address));
        for text in [
            "",
            "02:00:ab:00:00",
            "02:00:ab:00:00:ff:",
            "02:00:ab:00:00:ff:00",
            "02-00-ab-00-00-ff",
            "2:0:ab:0:0:ff",
            "+2:00:ab:00:00:ff",
            "02:00:ab:00:00:fg",
        ] {
            assert_eq!(
                text.parse::<MacAddr>(),
                Err(ParseMacAddrError(())),
                "{text}"
            );
        }
    }
}
