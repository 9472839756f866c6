// SPDX-License-Identifier: MIT OR Apache-2.0

//! Which kernels and compilers the module is built with: each is built, booted and greeted.

mod case;
mod page;

use crate::paths::Paths;
use crate::progress::Progress;
use crate::setup;
use anyhow::{Context, Result, ensure};
use case::{Built, Case};
use std::process::ExitCode;

pub(crate) fn run(paths: &Paths, progress: &Progress) -> Result<ExitCode> {
    ensure!(
        rustix::process::geteuid().is_root(),
        "only root can enter the Debians whose compilers are tried"
    );
    let suites = setup::kernels_of_suites(paths)?;
    let mut rows = Vec::new();
    for case in case::of_the_lab() {
        rows.push(row(paths, progress, case));
    }
    for found in &suites {
        // The lab's own sources are known by now.
        if setup::is_new_enough(found) && !setup::is_of_tree(found, &paths.cache.join("source"))? {
            rows.push(row(paths, progress, case::of_suite(found)));
        }
    }
    let failed = rows.iter().filter(|(_, built)| built.is_err()).count();
    let table = page::table(&rows, &suites);
    println!("{table}");
    page::write(paths, &table)?;
    println!("{} passed, {failed} failed", rows.len() - failed);
    Ok(match failed {
        0 => ExitCode::SUCCESS,
        _ => ExitCode::FAILURE,
    })
}

fn row(paths: &Paths, progress: &Progress, case: Case) -> (Case, Result<Built>) {
    progress.say(&format!("{case}:"));
    let built = try_one(paths, progress, &case);
    if let Err(error) = &built {
        progress.say(&format!("{error:#}"));
    }
    (case, built)
}

/// Builds the kernel and the module, boots both and greets.
fn try_one(paths: &Paths, progress: &Progress, case: &Case) -> Result<Built> {
    let built = case.build(paths, progress)?;
    let greeting = built.greet(paths, progress)?;
    let message = greeting.lines().next().context("no greeting")?;
    ensure!(message.starts_with("Hello, World!"), "{greeting}");
    Ok(built)
}
