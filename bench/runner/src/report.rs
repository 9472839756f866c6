// SPDX-License-Identifier: MIT OR Apache-2.0

//! Reports the results as text on the terminal, and as text and charts in the documentation.

mod charts;
mod goals;
mod tables;

use crate::paths::Paths;
use crate::results::Results;
use anyhow::{Context, Result};
use std::fs;

const BEGIN: &str = "<!-- Begin: written by `make bench`. -->";
const END: &str = "<!-- End: written by `make bench`. -->";

/// Prints the results, and writes all except the details into docs/explanation/benchmarks.md and
/// its charts.
pub(crate) fn write(results: &Results, paths: &Paths) -> Result<()> {
    let text = tables::all(results);
    println!("{text}\n\n{}", tables::details(results));
    charts::write_all(results, &paths.checkout.join("docs/pictures/bench"))?;
    let path = paths.checkout.join("docs/explanation/benchmarks.md");
    let document = fs::read_to_string(&path).with_context(|| path.display().to_string())?;
    fs::write(&path, replaced(&document, &text)?)?;
    println!("{}", goals::table(results));
    Ok(())
}

/// Replaces the text between the marks in a document.
fn replaced(document: &str, text: &str) -> Result<String> {
    let (before, rest) = document
        .split_once(BEGIN)
        .context("expected a mark at the start")?;
    let (_, after) = rest.split_once(END).context("expected a mark at the end")?;
    Ok(format!(
        "{before}{BEGIN}\n\n{}\n\n{END}{after}",
        text.trim()
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_outside_of_the_marks_is_unchanged() {
        let document = format!("a\n{BEGIN}\nold\n{END}\nb\n");
        let expected = format!("a\n{BEGIN}\n\nnew\n\n{END}\nb\n");
        assert_eq!(replaced(&document, "new\n").expect("marks"), expected);
        assert!(replaced("no marks", "new").is_err());
    }
}
