// SPDX-License-Identifier: MIT OR Apache-2.0

//! All tests: those of the host, what must not compile, those in the guest, and those of the lab.

mod compile_fail;
mod guests;
mod host;
mod oracle;
mod suite;
mod tally;

use crate::paths::Paths;
use crate::progress::Progress;
use crate::setup;
use anyhow::Result;
use std::process::ExitCode;
use tally::Tally;

pub(crate) fn run(paths: &Paths, progress: &Progress) -> Result<ExitCode> {
    let ready = setup::all(paths, progress)?;
    let mut all = Tally::default();
    let mut group = |name: &str, test: &dyn Fn() -> Result<Tally>| {
        println!("\n== {name}");
        let tally = test().unwrap_or_else(|error| {
            println!("FAILED: {error:#}");
            Tally {
                passed: 0,
                failed: 1,
            }
        });
        println!("{} passed, {} failed", tally.passed, tally.failed);
        all += tally;
    };
    group("On the host", &|| host::run(paths, &ready.lab.kernel));
    group("What must not compile", &|| {
        compile_fail::run(paths, &ready.lab.kernel)
    });
    group("The oracle", &|| oracle::build(paths, progress, &ready));
    group("In the booted kernel", &|| suite::run(paths, &ready));
    oracle::print_table(paths);
    group("The lab's guests", &|| guests::run(paths, &ready));
    println!("\n{} passed, {} failed", all.passed, all.failed);
    Ok(match all.failed {
        0 => ExitCode::SUCCESS,
        _ => ExitCode::FAILURE,
    })
}
