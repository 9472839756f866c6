// SPDX-License-Identifier: MIT OR Apache-2.0

//! The tests that need no kernel of ours.

use super::tally::Tally;
use crate::paths::Paths;
use crate::setup::Kernel;
use crate::tool;
use anyhow::{Context, Result, bail};

pub(crate) fn run(paths: &Paths, kernel: &Kernel) -> Result<Tally> {
    let log = paths.log("host-tests");
    tool::fresh_log(&log)?;
    let mut cargo = tool::cargo();
    cargo
        .args(["test", "--workspace", "--exclude", "suite"])
        .args(["--profile", "xtask", "--no-fail-fast"])
        .env("GREET_KERNEL_SRC", &kernel.tree)
        .current_dir(&paths.checkout);
    let result = tool::logged(&mut cargo, &log);
    let output = tool::read(&log);
    let tally =
        Tally::of_output(&output).with_context(|| format!("no results in {}", log.display()))?;
    for line in output.lines().filter(|line| is_telling(line)) {
        println!("{line}");
    }
    match result {
        // A program that broke, or did not compile, has counted nothing.
        Err(error) if tally.failed == 0 => Err(error),
        Err(error) => {
            println!("{error:#}");
            Ok(tally)
        }
        Ok(()) if tally.failed != 0 => bail!("cargo succeeds although tests failed"),
        Ok(()) => Ok(tally),
    }
}

/// Which program was tested, what failed, the sum, and the rows of the table of specs.
fn is_telling(line: &str) -> bool {
    let line = line.trim_start();
    ["Running ", "Doc-tests ", "test result: ", "| "]
        .iter()
        .any(|start| line.starts_with(start))
        || (line.starts_with("test ") && line.ends_with("FAILED"))
}
