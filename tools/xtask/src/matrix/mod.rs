// SPDX-License-Identifier: MIT OR Apache-2.0

//! Which kernels and compilers the module is built with: each is built, booted and greeted.

mod case;
mod page;

use crate::machine::Machine;
use crate::paths::Paths;
use crate::progress::Progress;
use crate::setup;
use anyhow::{Error, Result, anyhow, ensure};
use case::{Case, Versions};
use std::process::ExitCode;

/// Tries the cases of these names, or all, which makes the table anew.
pub(crate) fn run(paths: &Paths, progress: &Progress, names: &[String]) -> Result<ExitCode> {
    ensure!(
        rustix::process::geteuid().is_root(),
        "only root can enter the Debians whose compilers are tried"
    );
    // For the sources, with which those of the suites are compared.
    setup::kernel(paths, progress, Machine::Uml)?.release()?;
    let suites = setup::kernels_of_suites(paths)?;
    let mut cases = case::of_xtask();
    let mut default = None;
    for found in &suites {
        if setup::is_of_tree(found, &paths.cache.join("source"))? {
            default = Some(found.suite);
        } else if setup::is_new_enough(found) {
            cases.push(case::of_suite(found));
        }
    }
    let wants_all = names.iter().all(String::is_empty);
    cases.retain(|case| wants_all || names.contains(&case.name()));
    let rows: Vec<_> = cases
        .into_iter()
        .map(|case| row(paths, progress, case))
        .collect();
    let failed = rows.iter().filter(|(_, result)| result.is_err()).count();
    let table = page::table(&rows, default, &suites);
    println!("{table}");
    // Rows that were not asked for would be lost.
    if wants_all {
        page::write(paths, &table)?;
    }
    println!("{} passed, {failed} failed", rows.len() - failed);
    Ok(match failed {
        0 => ExitCode::SUCCESS,
        _ => ExitCode::FAILURE,
    })
}

/// A row of the table: the versions of what greets, or what it does not do.
type Row = (Case, Result<Versions, &'static str>);

fn row(paths: &Paths, progress: &Progress, case: Case) -> Row {
    progress.say(&format!("{case}:"));
    let result = try_one(paths, progress, &case).map_err(|(what, error)| {
        progress.say(&format!("{case} {what}: {error:#}"));
        what
    });
    (case, result)
}

/// Builds the kernel and the module, boots both and greets.
fn try_one(
    paths: &Paths,
    progress: &Progress,
    case: &Case,
) -> Result<Versions, (&'static str, Error)> {
    let built = case
        .build(paths, progress)
        .map_err(|error| ("does not build", error))?;
    let greeting = built
        .greet(paths, progress)
        .map_err(|error| ("does not greet", error))?;
    if greeting.starts_with("Hello, World!") {
        Ok(built.versions)
    } else {
        Err(("does not greet", anyhow!("it printed {greeting:?}")))
    }
}
