// SPDX-License-Identifier: MIT OR Apache-2.0

//! All tests: those of the host, what must compile or must not, those in the guest, and those of
//! xtask.

mod compile_fail;
mod examples;
mod family;
mod guests;
mod host;
mod install;
mod kunit;
mod oracle;
pub(crate) mod random_specs;
mod suite;
mod tally;

pub(crate) use tally::Tally;

use crate::machine::Machine;
use crate::paths::Paths;
use crate::progress::Progress;
use crate::setup;
use anyhow::Result;
use std::process::ExitCode;

pub(crate) fn run(paths: &Paths, progress: &Progress) -> Result<ExitCode> {
    let ready = setup::all(paths, progress, Machine::Uml)?;
    let mut all = Tally::default();
    all += group("On the host", || host::run(paths, &ready.locked.kernel));
    all += group("What must not compile", || {
        compile_fail::run(paths, &ready.locked.kernel)
    });
    all += group("The examples in the kernel side's documentation", || {
        examples::run(paths, &ready.locked.kernel)
    });
    all += group("Random specs for the kernel", || {
        random_specs::run(paths, &ready.locked.kernel)
    });
    all += group("The oracle", || oracle::build(paths, progress, &ready));
    all += group("In the booted kernel", || suite::run(paths, &ready));
    oracle::print_table(paths);
    all += group("Installing", || install::run(paths, &ready));
    all += group("A family of one's own", || {
        family::run(paths, &ready.locked.kernel)
    });
    all += group("xtask's guests", || guests::run(paths, &ready));
    Ok(verdict(all))
}

/// The tests of the booted kernel, in one that looks for faults in itself.
pub(crate) fn run_debug(paths: &Paths, progress: &Progress) -> Result<ExitCode> {
    let ready = setup::all(paths, progress, Machine::Debug)?;
    let mut all = Tally::default();
    all += group("The oracle", || oracle::build(paths, progress, &ready));
    all += group("In the kernel that looks for faults", || {
        progress.step("Running the suite", "15 to 20 min", || {
            suite::run(paths, &ready)
        })
    });
    println!("\nTimes:\n{}", progress.summary());
    Ok(verdict(all))
}

/// Runs and counts what belongs together.
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

/// The last line, and the status that goes with it.
pub(crate) fn verdict(all: Tally) -> ExitCode {
    println!("\n{} passed, {} failed", all.passed, all.failed);
    match all.failed {
        0 => ExitCode::SUCCESS,
        _ => ExitCode::FAILURE,
    }
}
