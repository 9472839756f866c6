// SPDX-License-Identifier: MIT OR Apache-2.0

//! The table, in the README and in the guide.

use super::Row;
use crate::paths::Paths;
use crate::setup::{self, Found};
use anyhow::{Context, Result};
use std::fs;

const BEGIN: &str = "<!-- From here on written by `make matrix`. -->";
const END: &str = "<!-- Up to here written by `make matrix`. -->";

const PAGES: [&str; 2] = ["README.md", "docs/kernels.md"];

/// What was tried, and the suites whose kernels are too old. `labs` is the suite that the lab's
/// sources are of.
pub(super) fn table(rows: &[Row], labs: Option<&str>, suites: &[Found]) -> String {
    let mut table = String::from(
        "| kernel | of Debian's | machine | compiler of C | rustc | |\n|---|---|---|---|---|---|\n",
    );
    for (case, result) in rows {
        let suite = case.suite().or(labs).unwrap_or_default();
        table += &match result {
            Ok(versions) => format!(
                "| {} | {suite} | {} | {} | {} | greets |\n",
                versions.kernel,
                case.machine(),
                versions.c,
                versions.rust
            ),
            Err(what) => format!(
                "| | {suite} | {} | {} | | {what} |\n",
                case.machine(),
                case.tools()
            ),
        };
    }
    for found in suites.iter().filter(|found| !setup::is_new_enough(found)) {
        let Found { suite, version, .. } = found;
        table += &format!("| {version} | {suite} | | | | left out: older than 7.3 |\n");
    }
    table
}

/// Puts the table between the marks of the pages.
pub(super) fn write(paths: &Paths, table: &str) -> Result<()> {
    for name in PAGES {
        let path = paths.checkout.join(name);
        let document = fs::read_to_string(&path).with_context(|| name.to_owned())?;
        let document = replaced(&document, table).with_context(|| name.to_owned())?;
        fs::write(&path, document).with_context(|| name.to_owned())?;
    }
    Ok(())
}

fn replaced(document: &str, table: &str) -> Result<String> {
    let (before, rest) = document.split_once(BEGIN).context("no beginning mark")?;
    let (_, after) = rest.split_once(END).context("no end mark")?;
    Ok(format!("{before}{BEGIN}\n\n{table}\n{END}{after}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_outside_of_the_marks_stays() {
        let document = format!("a\n{BEGIN}\nold\n{END}\nb\n");
        let expected = format!("a\n{BEGIN}\n\nnew\n\n{END}\nb\n");
        assert_eq!(replaced(&document, "new\n").expect("marks"), expected);
        assert!(replaced("no marks", "new").is_err());
    }
}
