// SPDX-License-Identifier: MIT OR Apache-2.0

//! The suite, in a guest or several, and the kernel's tests of the module that it has run there.

use super::tally::Tally;
use super::{ktap, oracle};
use crate::guest::{self, Output, Report};
use crate::machine::Machine;
use crate::paths::Paths;
use crate::setup::Ready;
use anyhow::{Context, Result, anyhow, ensure};
use std::thread;
use std::time::Duration;

/// It takes about half of it, on a machine that does other things as well a whole one.
const DEADLINE: Duration = Duration::from_secs(30 * 60);

/// How much less often is done, in a machine that is slow, what the suite does very often.
const SLOWNESS: u32 = 20;

/// In how many guests at once it is run, a part of it in each. A test keeps one processor of an
/// emulated PC busy, and waits for little else.
fn parts(machine: Machine) -> usize {
    match machine {
        Machine::Uml | Machine::Plain | Machine::Pc | Machine::Arm64 => 1,
        Machine::Debug => 2,
    }
}

pub(crate) fn run(paths: &Paths, ready: &Ready) -> Result<Tally> {
    let parts = parts(ready.lab.kernel.machine);
    thread::scope(|scope| {
        let start = |part| {
            let part = Part { part, parts };
            scope.spawn(move || part.run(paths, ready, Output::Keep))
        };
        let others: Vec<_> = (2..=parts).map(start).collect();
        let first = Part { part: 1, parts }.run(paths, ready, Output::ShowAndKeep)?;
        let mut tally = count(&first)?;
        for other in others {
            let report = other
                .join()
                .map_err(|_| anyhow!("a guest's thread ended"))??;
            print!("{}", report.output);
            tally += count(&report)?;
        }
        Ok(tally)
    })
}

/// One of so many parts of the suite.
#[derive(Clone, Copy)]
struct Part {
    part: usize,
    parts: usize,
}

impl Part {
    fn run(self, paths: &Paths, ready: &Ready, output: Output) -> Result<Report> {
        let machine = ready.lab.kernel.machine;
        let name = match self.part {
            1 => format!("suite-{}", machine.name()),
            part => format!("suite-{}-{part}", machine.name()),
        };
        guest::run(
            paths,
            ready,
            &name,
            &self.command(paths, machine),
            output,
            DEADLINE,
        )
    }

    fn command(self, paths: &Paths, machine: Machine) -> Vec<String> {
        let modules = oracle::modules(paths, machine);
        let oracle = modules
            .exists()
            .then(|| format!("GREET_ORACLE={}", modules.display()));
        let slowness = match machine {
            Machine::Uml | Machine::Plain | Machine::Pc | Machine::Arm64 => None,
            Machine::Debug => Some(format!("GREET_SUITE_SCALE={SLOWNESS}")),
        };
        let part = format!("GREET_SUITE_PART={}/{}", self.part, self.parts);
        ["env".to_owned(), part]
            .into_iter()
            .chain(oracle)
            .chain(slowness)
            .chain(["suite", "--test-threads=1", "--color=never"].map(str::to_owned))
            .collect()
    }
}

/// What the suite counts in a guest, and what the guest tells of itself.
fn count(report: &Report) -> Result<Tally> {
    let mut tally = Tally::of_output(&report.output)
        .with_context(|| format!("the suite has no result; {:?}", report.status()))?;
    // The guest's end and its console are a test of their own.
    let failed = tally.failed;
    tally.count("console::holds_no_fault", judge(report, failed));
    for (name, result) in ktap::results(&report.console) {
        tally.count(&format!("kunit::{name}"), result);
    }
    Ok(tally)
}

fn judge(report: &Report, failed: u32) -> Result<()> {
    let status = report.status()?;
    ensure!(
        (status == 0) == (failed == 0),
        "the suite counts {failed} failures and ends with status {status}"
    );
    Ok(())
}
