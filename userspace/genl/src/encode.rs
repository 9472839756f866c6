// SPDX-License-Identifier: MIT OR Apache-2.0

//! Attributes for a request.

use crate::attr::{ALIGN, HEADER_LEN, Text};

/// The flag in an attribute's type that says that it holds attributes.
const NESTED: u16 = libc::NLA_F_NESTED as u16;

/// Writes attributes behind what a buffer holds already.
///
/// An attribute that is too long for its header is left out, and remembered: sending the request
/// then fails.
#[derive(Debug)]
pub struct Encoder<'b> {
    buffer: &'b mut Vec<u8>,
    too_long: Option<u16>,
}

impl<'b> Encoder<'b> {
    /// Writes behind what `buffer` holds.
    pub fn new(buffer: &'b mut Vec<u8>) -> Self {
        Self {
            buffer,
            too_long: None,
        }
    }

    /// The number of the first attribute that was too long.
    pub(crate) fn too_long(&self) -> Option<u16> {
        self.too_long
    }

    /// Adds a `u8` attribute.
    pub fn put_u8(&mut self, number: u16, value: u8) {
        self.put(number, &[&value.to_ne_bytes()]);
    }

    /// Adds a `u16` attribute.
    pub fn put_u16(&mut self, number: u16, value: u16) {
        self.put(number, &[&value.to_ne_bytes()]);
    }

    /// Adds a `u32` attribute.
    pub fn put_u32(&mut self, number: u16, value: u32) {
        self.put(number, &[&value.to_ne_bytes()]);
    }

    /// Adds a `uint` attribute: four bytes where they suffice, otherwise eight.
    pub fn put_uint(&mut self, number: u16, value: u64) {
        match u32::try_from(value) {
            Ok(value) => self.put_u32(number, value),
            Err(_) => self.put(number, &[&value.to_ne_bytes()]),
        }
    }

    /// Adds a string attribute, with the NUL that ends it.
    pub fn put_text<'a>(&mut self, number: u16, value: impl Into<Text<'a>>) {
        let value: Text<'a> = value.into();
        self.put(number, &[value.as_bytes(), b"\0"]);
    }

    /// Adds a binary attribute.
    pub fn put_bytes(&mut self, number: u16, value: &[u8]) {
        self.put(number, &[value]);
    }

    /// Adds an attribute that holds what `inner` adds.
    pub fn nest(&mut self, number: u16, inner: impl FnOnce(&mut Self)) {
        let start = self.buffer.len();
        self.put(number | NESTED, &[]);
        inner(self);
        match u16::try_from(self.buffer.len() - start) {
            Ok(len) => self.buffer[start..start + 2].copy_from_slice(&len.to_ne_bytes()),
            Err(_) => {
                self.too_long.get_or_insert(number);
            }
        }
    }

    fn put(&mut self, number: u16, payload: &[&[u8]]) {
        let len = HEADER_LEN + payload.iter().map(|part| part.len()).sum::<usize>();
        let Ok(len) = u16::try_from(len) else {
            self.too_long.get_or_insert(number);
            return;
        };
        self.buffer.extend_from_slice(&len.to_ne_bytes());
        self.buffer.extend_from_slice(&number.to_ne_bytes());
        for part in payload {
            self.buffer.extend_from_slice(part);
        }
        self.buffer
            .resize(self.buffer.len().next_multiple_of(ALIGN), 0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::attr::Attrs;
    use proptest::prelude::*;

    #[test]
    fn pads_and_counts() {
        let mut buffer = Vec::new();
        let mut encoder = Encoder::new(&mut buffer);
        encoder.put_text(1, "ab");
        encoder.put_u32(2, 3);
        assert_eq!(
            buffer,
            [
                7u16.to_ne_bytes().as_slice(),
                &1u16.to_ne_bytes(),
                b"ab\0\0",
                &8u16.to_ne_bytes(),
                &2u16.to_ne_bytes(),
                &3u32.to_ne_bytes(),
            ]
            .concat()
        );
    }

    #[test]
    fn remembers_what_was_too_long() {
        let mut buffer = Vec::new();
        let mut encoder = Encoder::new(&mut buffer);
        encoder.put_bytes(1, &[0; 65_531]);
        assert_eq!(encoder.too_long(), None);
        encoder.put_bytes(2, &[0; 65_532]);
        encoder.put_bytes(3, &[0; 65_532]);
        assert_eq!(encoder.too_long(), Some(2));
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(number in 1u16..0x3fff, uint: u64, text in "[^\0]{0,99}", bytes: Vec<u8>) {
            let mut buffer = Vec::new();
            let mut encoder = Encoder::new(&mut buffer);
            encoder.put_uint(number, uint);
            encoder.put_text(number, &text);
            encoder.put_bytes(number, &bytes);
            let attrs: Vec<_> = Attrs::new(&buffer).collect();
            prop_assert_eq!(attrs.len(), 3);
            prop_assert!(attrs.iter().all(|attr| attr.number() == number));
            prop_assert_eq!(attrs[0].uint(), Ok(uint));
            prop_assert_eq!(attrs[1].text(), text.as_str());
            prop_assert_eq!(attrs[2].payload(), bytes.as_slice());
        }

        #[test]
        fn any_bytes_are_read_or_refused(bytes: Vec<u8>) {
            for attr in Attrs::new(&bytes) {
                let _ = (attr.number(), attr.u32(), attr.uint(), attr.text().to_string());
                let _ = attr.nested().count();
            }
        }
    }
}
