// SPDX-License-Identifier: MIT OR Apache-2.0

//! Runs the suite in one guest, with the KUnit tests that it starts there.

use super::oracle;
use super::tally::Tally;
use crate::guest::{self, Output};
use crate::machine::Machine;
use crate::paths::Paths;
use crate::setup::Ready;
use anyhow::{Context, Result, anyhow, ensure};
use klog::kunit::{self, Status};
use std::path::Path;
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
    count_kunit(&mut tally, &kernel.tree, &report.console);
    Ok(tally)
}

/// Counts the tests of the last report on a console, and checks that it is complete. `tree` is the
/// kernel's source tree.
fn count_kunit(tally: &mut Tally, tree: &Path, console: &str) {
    let result = kunit::Report::read(tree, console).and_then(|report| {
        for test in &report.tests {
            let name = format!("kunit::{}", test.name);
            match test.status {
                Status::Pass => tally.count(&name, Ok(())),
                // A skipped test has neither passed nor failed.
                Status::Skip => println!("test {name} ... skipped"),
                Status::Fail | Status::Error => {
                    tally.count(&name, Err(anyhow!("see the kernel's console")));
                }
            }
        }
        report.check_complete()
    });
    tally.count("kunit::report_is_complete", result);
}

fn check(report: &guest::Report, failed: u32) -> Result<()> {
    let status = report.status()?;
    ensure!(
        (status == 0) == (failed == 0),
        "the suite counts {failed} failures but exits with {status}"
    );
    Ok(())
}
