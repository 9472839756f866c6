// SPDX-License-Identifier: MIT OR Apache-2.0

//! The table in the documentation.

use super::Row;
use crate::paths::Paths;
use crate::setup::{self, Found};
use anyhow::{Context, Result};
use std::fs;

const BEGIN: &str = "<!-- Begin: written by `make matrix`. -->";
const END: &str = "<!-- End: written by `make matrix`. -->";

const PAGE: &str = "docs/reference/kernels.md";

/// What was tried, and the suites whose kernels are too old. `default` is the suite that
/// xtask's sources come from.
pub(super) fn table(rows: &[Row], default: Option<&str>, suites: &[Found]) -> String {
    let mut table = String::from(
        "| kernel | Debian suite | machine | C compiler | rustc | result |\n|---|---|---|---|---|---|\n",
    );
    for (case, result) in rows {
        let suite = case.suite().or(default).unwrap_or_default();
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
        table += &format!("| {version} | {suite} | | | | not built: older than 7.3 |\n");
    }
    table
}

/// Puts the table between the marks of the page.
pub(super) fn write(paths: &Paths, table: &str) -> Result<()> {
    let path = paths.checkout.join(PAGE);
    let document = fs::read_to_string(&path).context(PAGE)?;
    let document = replaced(&document, table).context(PAGE)?;
    fs::write(&path, document).context(PAGE)
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
