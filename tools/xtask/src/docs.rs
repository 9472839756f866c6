// SPDX-License-Identifier: MIT OR Apache-2.0

//! Builds the book, checks its links and runs its examples.

mod book;
mod console;
mod host;
mod kernel_side;
mod page;

pub(crate) use kernel_side::make as of_kernel_side;

use crate::machine::Machine;
use crate::paths::Paths;
use crate::setup;
use crate::test::{Tally, group};
use anyhow::{Result, anyhow};
use snapbox::{Assert, IntoData};
use std::process::ExitCode;

/// Ends the output of a command or block in a session.
const END: char = '\u{1e}';

pub(crate) fn run(paths: &Paths) -> Result<ExitCode> {
    let mdbook = setup::mdbook(paths)?;
    let ready = setup::all(paths, Machine::Uml)?;
    let pages = page::all(&paths.checkout)?;
    let mut all = Tally::default();
    all += group("Book", || book::build(paths, &mdbook, &pages));
    all += group("Examples in a guest", || {
        console::run(paths, &ready, &pages)
    });
    all += group("Examples on the host", || host::run(paths, &pages));
    all += group("Documentation of the kernel side", || {
        kernel_side::build(paths, &ready.locked.kernel)
    });
    let code = all.finish("");
    println!("Book: {}", book::dir(paths).join("index.html").display());
    println!(
        "Documentation of the kernel side: {}",
        kernel_side::dir(paths).join("greet/index.html").display()
    );
    Ok(code)
}

/// Compares the output in a page with the real one. `[..]` matches anything in a line, and a line of
/// `...` matches any lines.
fn compare(expected: &str, output: &str) -> Result<()> {
    // Ignores trailing line breaks.
    let [expected, output] = [expected, output].map(|text| text.trim_end().to_owned() + "\n");
    Assert::new()
        // A backslash is not a path separator.
        .normalize_paths(false)
        .try_eq(None, output.into_data(), expected.into_data())
        .map_err(|difference| anyhow!("{difference}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn compare_accepts_placeholders_only() {
        assert!(compare("port [..] is it", "port 37 is it\n").is_ok());
        assert!(compare("a\n...\nd\n", "a\nb\nc\nd\n").is_ok());
        assert!(compare("...\nb\n...\n", "a\nb\nc\n").is_ok());
        for (expected, output) in [("a", "b"), ("a\nb", "a"), ("a", "a\nb"), ("x[..]", "y")] {
            assert!(compare(expected, output).is_err(), "{expected}: {output}");
        }
    }
}
