// SPDX-License-Identifier: MIT OR Apache-2.0

//! Runs the suite in one guest, with the KUnit tests that it starts there.

use super::tally::Tally;
use super::{kunit, oracle};
use crate::guest::{self, Output};
use crate::machine::Machine;
use crate::paths::Paths;
use crate::setup::Ready;
use anyhow::{Context, Result, ensure};
use std::time::Duration;

/// Ends a suite that hangs. A slow machine needs most of it.
const DEADLINE: Duration = Duration::from_secs(35 * 60);

/// Divides the numbers of repetitions in a slow machine.
const SLOWNESS: u32 = 30;

pub(crate) fn run(paths: &Paths, ready: &Ready) -> Result<Tally> {
    let kernel = &ready.locked.kernel;
    let mut command = vec!["env".to_owned()];
    let modules = oracle::modules(paths, kernel.machine);
    if modules.exists() {
        command.push(format!("GREET_ORACLE={}", modules.display()));
    }
    if kernel.machine == Machine::Debug {
        command.push(format!("GREET_SUITE_SCALE={SLOWNESS}"));
    }
    command.extend(["suite", "--test-threads=1", "--color=never"].map(str::to_owned));
    let name = format!("suite-{}", kernel.machine.name());
    let report = guest::run(paths, ready, &name, &command, Output::ShowAndKeep, DEADLINE)?;
    let mut tally = Tally::of_output(&report.output)
        .with_context(|| format!("the suite has no result; {:?}", report.status()))?;
    // The guest's console counts as a test.
    let failed = tally.failed;
    tally.count("console::holds_no_fault", check(&report, failed));
    kunit::count(&mut tally, &kernel.tree, &report.console);
    Ok(tally)
}

fn check(report: &guest::Report, failed: u32) -> Result<()> {
    let status = report.status()?;
    ensure!(
        (status == 0) == (failed == 0),
        "the suite counts {failed} failures but exits with {status}"
    );
    Ok(())
}
