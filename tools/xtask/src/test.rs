// SPDX-License-Identifier: MIT OR Apache-2.0

//! All tests: on the host, at compile time, in the guest, and of xtask itself.

mod examples;
mod family;
mod guests;
mod host;
mod install;
mod oracle;
pub(crate) mod random_specs;
mod suite;
mod tally;

pub(crate) use tally::Tally;

use crate::machine::Machine;
use crate::paths::Paths;
use crate::progress;
use crate::setup;
use anyhow::Result;
use std::process::ExitCode;

pub(crate) fn run(paths: &Paths) -> Result<ExitCode> {
    let ready = setup::all(paths, Machine::Uml)?;
    let kernel = &ready.locked.kernel;
    let mut all = Tally::default();
    all += group("Host", || host::run(paths, kernel));
    all += group("Rust metadata", || host::rust_metadata(paths));
    all += group("Examples of kmodule/genl", || examples::run(paths, kernel));
    all += group("Random specs", || random_specs::run(paths, kernel));
    all += group("Oracle", || oracle::build(paths, &ready));
    all += group("Booted kernel", || suite::run(paths, &ready));
    all += group("Installation", || install::run(paths, &ready));
    all += group("Family from the template", || family::run(paths, kernel));
    all += group("Guests of xtask", || guests::run(paths, &ready));
    Ok(all.finish(""))
}

/// Runs the in-kernel tests in the debug kernel.
pub(crate) fn run_debug(paths: &Paths) -> Result<ExitCode> {
    let ready = setup::all(paths, Machine::Debug)?;
    let mut all = Tally::default();
    all += group("Oracle", || oracle::build(paths, &ready));
    all += group("Debug kernel", || {
        progress::step("Running the suite", "15 to 20 min", || {
            suite::run(paths, &ready)
        })
    });
    println!("\nTimes:\n{}", progress::summary());
    Ok(all.finish(""))
}

/// Runs a group of tests and prints its sum.
pub(crate) fn group(name: &str, test: impl FnOnce() -> Result<Tally>) -> Tally {
    println!("\n== {name}");
    let tally = test().unwrap_or_else(|error| {
        println!("FAILED: {error:#}");
        Tally {
            passed: 0,
            failed: 1,
        }
    });
    println!("{} passed, {} failed", tally.passed, tally.failed);
    tally
}
