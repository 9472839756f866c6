// SPDX-License-Identifier: MIT OR Apache-2.0

//! Which kernels and compilers the module is built with: each is built, booted and greeted.

mod case;
mod page;

use crate::machine::Machine;
use crate::paths::Paths;
use crate::progress::Progress;
use crate::setup;
use anyhow::{Context, Result, ensure};
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
    let mut cases = case::of_the_lab();
    for found in &suites {
        if setup::is_new_enough(found) && !setup::is_of_tree(found, &paths.cache.join("source"))? {
            cases.push(case::of_suite(found));
        }
    }
    let wants_all = names.iter().all(String::is_empty);
    cases.retain(|case| wants_all || names.contains(&case.name()));
    let rows: Vec<_> = cases
        .into_iter()
        .map(|case| row(paths, progress, case))
        .collect();
    let failed = rows
        .iter()
        .filter(|(_, versions)| versions.is_err())
        .count();
    let table = page::table(&rows, &suites);
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

fn row(paths: &Paths, progress: &Progress, case: Case) -> (Case, Result<Versions>) {
    progress.say(&format!("{case}:"));
    let versions = try_one(paths, progress, &case);
    if let Err(error) = &versions {
        progress.say(&format!("{error:#}"));
    }
    (case, versions)
}

/// Builds the kernel and the module, boots both and greets.
fn try_one(paths: &Paths, progress: &Progress, case: &Case) -> Result<Versions> {
    let built = case.build(paths, progress)?;
    let greeting = built.greet(paths, progress)?;
    let message = greeting.lines().next().context("no greeting")?;
    ensure!(message.starts_with("Hello, World!"), "{greeting}");
    Ok(built.versions)
}
