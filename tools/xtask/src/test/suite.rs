// SPDX-License-Identifier: MIT OR Apache-2.0

//! The suite, in one guest, and the kernel's tests of the module that it has run there.

use super::tally::Tally;
use super::{kunit, oracle};
use crate::guest::{self, Output};
use crate::machine::Machine;
use crate::paths::Paths;
use crate::setup::Ready;
use anyhow::{Context, Result, ensure};
use std::time::Duration;

/// It takes a third of it, and in an emulated PC more than half.
const DEADLINE: Duration = Duration::from_secs(25 * 60);

/// How much less often is done, in a machine that is slow, what the suite does very often.
const SLOWNESS: u32 = 30;

pub(crate) fn run(paths: &Paths, ready: &Ready) -> Result<Tally> {
    let machine = ready.locked.kernel.machine;
    let modules = oracle::modules(paths, machine);
    let oracle = modules
        .exists()
        .then(|| format!("GREET_ORACLE={}", modules.display()));
    let slowness = match machine {
        Machine::Uml | Machine::Plain | Machine::Pc | Machine::Arm64 => None,
        Machine::Debug => Some(format!("GREET_SUITE_SCALE={SLOWNESS}")),
    };
    let command: Vec<_> = ["env".to_owned()]
        .into_iter()
        .chain(oracle)
        .chain(slowness)
        .chain(["suite", "--test-threads=1", "--color=never"].map(str::to_owned))
        .collect();
    let report = guest::run(
        paths,
        ready,
        &format!("suite-{}", machine.name()),
        &command,
        Output::ShowAndKeep,
        DEADLINE,
    )?;
    let mut tally = Tally::of_output(&report.output)
        .with_context(|| format!("the suite has no result; {:?}", report.status()))?;
    // The guest's end and its console are a test of their own.
    let failed = tally.failed;
    tally.count("console::holds_no_fault", judge(&report, failed));
    kunit::count(&mut tally, &ready.locked.kernel.tree, &report.console);
    Ok(tally)
}

fn judge(report: &guest::Report, failed: u32) -> Result<()> {
    let status = report.status()?;
    ensure!(
        (status == 0) == (failed == 0),
        "the suite counts {failed} failures and ends with status {status}"
    );
    Ok(())
}
