// SPDX-License-Identifier: MIT OR Apache-2.0

//! Versions.

/// The first three numbers of a version.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Version(pub(crate) u32, pub(crate) u32, pub(crate) u32);

impl Version {
    /// Parses `1.95.0`, `7.3` or `0.72.1-rc1`, and ignores a suffix.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let end = text
            .find(|c: char| !c.is_ascii_digit() && c != '.')
            .unwrap_or(text.len());
        let mut numbers = text[..end].split('.');
        let major = numbers.next()?.parse().ok()?;
        let mut next = || numbers.next().map_or(Some(0), |number| number.parse().ok());
        Some(Self(major, next()?, next()?))
    }

    /// Parses the first word that is a version.
    pub(crate) fn find_in(text: &str) -> Option<Self> {
        text.split_whitespace().find_map(Self::parse)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_parse_and_compare_as_numbers() {
        let cases = [
            ("1.95.0", Some(Version(1, 95, 0))),
            ("7.3", Some(Version(7, 3, 0))),
            ("1.85.1+dfsg1-1", Some(Version(1, 85, 1))),
            ("x7.3", None),
            ("", None),
        ];
        for (text, expected) in cases {
            assert_eq!(Version::parse(text), expected, "{text}");
        }
        assert_eq!(Version::find_in("bindgen 0.72.1"), Some(Version(0, 72, 1)));
        assert!(Version::parse("6.12") < Version::parse("7.3"));
    }
}
