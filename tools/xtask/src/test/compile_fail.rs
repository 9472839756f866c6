// SPDX-License-Identifier: MIT OR Apache-2.0

//! Families that must not compile, and what the compiler must say.

use super::tally::Tally;
use crate::cache::Scratch;
use crate::module;
use crate::paths::Paths;
use crate::setup::Kernel;
use crate::tool;
use anyhow::{Result, bail, ensure};
use std::fs;
use std::path::Path;

/// What a case's second line says.
#[derive(Debug, PartialEq, Eq)]
enum Expected<'a> {
    Compiles,
    Fails(&'a str),
}

pub(crate) fn run(paths: &Paths, kernel: &Kernel) -> Result<Tally> {
    let folder = Scratch::new(paths, "compile-fail")?;
    let folder = folder.path();
    module::copy_tree(&paths.checkout.join("tests/compile-fail"), folder)?;
    let mut tally = Tally::default();
    for (name, source) in cases(folder)? {
        if let Some(expected) = expected(&source) {
            let result = try_case(paths, kernel, folder, &name, &expected);
            tally.count(&format!("compile_fail::{name}"), result);
        }
    }
    ensure!(tally.passed + tally.failed > 1, "there are no cases");
    Ok(tally)
}

/// The sources in the folder, by name.
fn cases(folder: &Path) -> Result<Vec<(String, String)>> {
    let mut cases = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if let (Some("rs"), Some(name)) = (
            path.extension().and_then(|end| end.to_str()),
            path.file_stem().and_then(|name| name.to_str()),
        ) {
            cases.push((name.to_owned(), fs::read_to_string(&path)?));
        }
    }
    cases.sort();
    Ok(cases)
}

/// `None` for a file that is a part of cases.
fn expected(source: &str) -> Option<Expected<'_>> {
    let line = source.lines().nth(1)?.strip_prefix("// ")?;
    match line.strip_prefix("fails: ") {
        Some(text) => Some(Expected::Fails(text)),
        None => (line == "compiles").then_some(Expected::Compiles),
    }
}

fn try_case(
    paths: &Paths,
    kernel: &Kernel,
    folder: &Path,
    name: &str,
    expected: &Expected<'_>,
) -> Result<()> {
    let log = paths.log(&format!("compile-fail-{name}"));
    tool::fresh_log(&log)?;
    let mut make = kernel.make_modules(folder);
    make.arg(format!("CASE={name}")).arg(format!("{name}.o"));
    match (tool::logged(&mut make, &log), expected) {
        (result, Expected::Compiles) => result,
        (Ok(()), Expected::Fails(_)) => bail!("it compiles"),
        (Err(error), Expected::Fails(text)) => {
            if tool::read(&log).contains(text) {
                return Ok(());
            }
            Err(error.context(format!("the compiler does not say \"{text}\"")))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_second_line_says_what_is_expected() {
        let case = |line: &'static str| format!("// SPDX\n{line}\nmod x;\n");
        assert_eq!(
            expected(&case("// fails: too long")),
            Some(Expected::Fails("too long"))
        );
        assert_eq!(expected(&case("// compiles")), Some(Expected::Compiles));
        assert_eq!(expected(&case("")), None);
    }
}
