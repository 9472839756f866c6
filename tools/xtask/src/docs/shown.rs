// SPDX-License-Identifier: MIT OR Apache-2.0

//! What a page shows, beside what was printed.

use anyhow::{Result, anyhow};
use snapbox::{Assert, IntoData};

/// Whether `printed` is what is `shown`, where `[..]` stands for anything in a line, and a line of
/// `...` for any lines.
pub(crate) fn compare(shown: &str, printed: &str) -> Result<()> {
    // As it is compared here, a last line break more or less is no difference.
    let [shown, printed] = [shown, printed].map(|text| text.trim_end().to_owned() + "\n");
    Assert::new()
        // A backslash is none of a path.
        .normalize_paths(false)
        .try_eq(None, printed.into_data(), shown.into_data())
        .map_err(|difference| anyhow!("{difference}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_changes_is_left_out() {
        assert!(compare("port [..] is it", "port 37 is it\n").is_ok());
        assert!(compare("a\n...\nd\n", "a\nb\nc\nd\n").is_ok());
        assert!(compare("...\nb\n...\n", "a\nb\nc\n").is_ok());
    }

    #[test]
    fn what_is_other_is_told() {
        for (shown, printed) in [("a", "b"), ("a\nb", "a"), ("a", "a\nb"), ("x[..]", "y")] {
            assert!(compare(shown, printed).is_err(), "{shown} for {printed}");
        }
    }
}
