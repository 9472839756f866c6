// SPDX-License-Identifier: MIT OR Apache-2.0

//! Tests that run on the host.

use super::tally::Tally;
use crate::paths::Paths;
use crate::setup::Kernel;
use crate::tool::{self, Run};
use anyhow::{Context, Result, bail, ensure};

pub(crate) fn run(paths: &Paths, kernel: &Kernel) -> Result<Tally> {
    let log = paths.new_log("host-tests")?;
    let result = tool::cargo()
        .args(["test", "--workspace", "--exclude", "suite"])
        .args(["--profile", "xtask", "--no-fail-fast"])
        .env("GREET_KERNEL_SRC", &kernel.tree)
        .current_dir(&paths.checkout)
        .log_to(&log);
    let output = tool::read_log(&log);
    let tally =
        Tally::of_output(&output).with_context(|| format!("no results in {}", log.display()))?;
    for line in output.lines().filter(|line| is_shown(line)) {
        println!("{line}");
    }
    match result {
        // A program that did not compile, or crashed, has no result.
        Err(error) if tally.failed == 0 => Err(error),
        Err(error) => {
            println!("{error:#}");
            Ok(tally)
        }
        Ok(()) if tally.failed != 0 => bail!("cargo succeeds although tests failed"),
        Ok(()) => Ok(tally),
    }
}

/// Runs the tests of `tools/rust-metadata`.
pub(crate) fn rust_metadata(paths: &Paths) -> Result<Tally> {
    let output = tool::command(paths.checkout.join("tests/rust-metadata/run")).output()?;
    let results = String::from_utf8_lossy(&output.stdout);
    print!("{results}");
    let count = |end| results.lines().filter(|line| line.ends_with(end)).count();
    let tally = Tally {
        passed: u32::try_from(count("... ok"))?,
        failed: u32::try_from(count("... FAILED"))?,
    };
    let is_success = tally.passed > 0 && tally.failed == 0;
    ensure!(output.status.success() == is_success, "{}", output.status);
    Ok(tally)
}

/// Returns whether a line names a program, a failure, a sum, or a row of the table of specs.
fn is_shown(line: &str) -> bool {
    let line = line.trim_start();
    ["Running ", "Doc-tests ", "test result: ", "| "]
        .iter()
        .any(|start| line.starts_with(start))
        || (line.starts_with("test ") && line.ends_with("FAILED"))
}
