// SPDX-License-Identifier: MIT OR Apache-2.0

//! Values as text.

use std::borrow::Cow;
use std::fmt::{self, Write};

/// Text without control sequences, for terminals: control characters, and characters that change the
/// direction of text, are shown as `\u{…}`.
#[derive(Clone, Debug)]
pub struct Escaped<'a>(Cow<'a, str>);

impl<'a> Escaped<'a> {
    /// Wraps `text`.
    pub fn new(text: impl Into<Cow<'a, str>>) -> Self {
        Self(text.into())
    }

    /// Returns whether a character is shown unchanged.
    pub fn leaves(character: char) -> bool {
        !character.is_control()
            && !matches!(character,
                // Line and paragraph separators.
                '\u{2028}' | '\u{2029}'
                // Marks, embeddings, overrides and isolates of direction (Unicode Standard Annex 9).
                | '\u{061c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}'
                | '\u{2066}'..='\u{2069}')
    }
}

impl fmt::Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for character in self.0.chars() {
            if Self::leaves(character) {
                f.write_char(character)?;
            } else {
                write!(f, "{}", character.escape_unicode())?;
            }
        }
        Ok(())
    }
}

/// Opaque bytes, shown by their number.
pub(crate) struct Opaque<'a>(pub(crate) &'a [u8]);

impl fmt::Debug for Opaque<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.len() {
            1 => f.write_str("[1 byte]"),
            len => write!(f, "[{len} bytes]"),
        }
    }
}

/// A hardware address.
pub(crate) struct Mac<'a>(pub(crate) &'a [u8]);

impl fmt::Display for Mac<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, byte) in self.0.iter().enumerate() {
            let separator = if place == 0 { "" } else { ":" };
            write!(f, "{separator}{byte:02x}")?;
        }
        Ok(())
    }
}

/// A UUID, or other bytes.
pub(crate) struct Uuid<'a>(pub(crate) &'a [u8]);

impl fmt::Display for Uuid<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let is_uuid = self.0.len() == 16;
        for (place, byte) in self.0.iter().enumerate() {
            let separator = if is_uuid && matches!(place, 4 | 6 | 8 | 10) {
                "-"
            } else {
                ""
            };
            write!(f, "{separator}{byte:02x}")?;
        }
        Ok(())
    }
}

/// Bytes as hexadecimal digits.
pub(crate) struct Hex<'a>(pub(crate) &'a [u8]);

impl fmt::Display for Hex<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for byte in self.0 {
            write!(f, "{byte:02x}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn printable_text_is_unchanged() {
        assert_eq!(Escaped::new("Ünï 世界 👋").to_string(), "Ünï 世界 👋");
    }

    #[test]
    fn control_characters_and_overrides_are_escaped() {
        assert_eq!(
            Escaped::new("a\u{1b}[2Jb\u{202e}c\n").to_string(),
            "a\\u{1b}[2Jb\\u{202e}c\\u{a}"
        );
    }
}
