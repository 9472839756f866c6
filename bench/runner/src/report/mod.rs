// SPDX-License-Identifier: MIT OR Apache-2.0

//! Tells the results: as text on the terminal, and as text and charts in the documentation.

mod charts;
mod goals;
mod tables;

use crate::places::Places;
use crate::results::Results;
use anyhow::{Context, Result};
use std::fs;

const BEGIN: &str = "<!-- Begin: written by `make bench`. -->";
const END: &str = "<!-- End: written by `make bench`. -->";

/// Prints the results, and writes all but the details into docs/explanation/benchmarks.md and its
/// charts.
pub(crate) fn write(results: &Results, places: &Places) -> Result<()> {
    let text = tables::all(results);
    println!("{text}\n\n{}", tables::details(results));
    charts::write_all(results, &places.checkout.join("docs/pictures/bench"))?;
    let path = places.checkout.join("docs/explanation/benchmarks.md");
    let document = fs::read_to_string(&path).with_context(|| path.display().to_string())?;
    fs::write(&path, replaced(&document, &text)?)?;
    println!("{}", goals::table(results));
    Ok(())
}

/// A document with other text between the marks.
fn replaced(document: &str, text: &str) -> Result<String> {
    let (before, rest) = document.split_once(BEGIN).context("no beginning mark")?;
    let (_, after) = rest.split_once(END).context("no end mark")?;
    Ok(format!(
        "{before}{BEGIN}\n\n{}\n\n{END}{after}",
        text.trim()
    ))
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
