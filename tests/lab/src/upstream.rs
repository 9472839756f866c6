// SPDX-License-Identifier: MIT OR Apache-2.0

//! The patches of `docs/upstream`: whether they could be sent.

use crate::guest;
use crate::paths::Paths;
use crate::progress::Progress;
use crate::series::{self, Patch};
use crate::setup::{self, Kernel};
use crate::test::Tally;
use crate::test::kunit;
use crate::tool;
use anyhow::{Result, ensure};
use std::process::ExitCode;
use std::time::Duration;

const FOLDER: &str = "docs/upstream";

/// The tests of what the patches change, by the names of their suites.
const TESTS: &str = "rust_netlink*";

/// What is asked of the family of the patches' sample.
const SCRIPT: &str = "upstream.sh";

/// Tells where new files stand in MAINTAINERS, which only a reader can judge; docs/upstream says it.
const NOT_JUDGED: &str = "FILE_PATH_CHANGES";

pub(crate) fn run(paths: &Paths, progress: &Progress) -> Result<ExitCode> {
    let patches = series::read(&paths.checkout.join(FOLDER))?;
    let lab = setup::patched(paths, progress, &patches)?;
    lab.release()?;
    let mut tally = Tally::default();
    for patch in &patches {
        // Their kernel would not be there otherwise.
        for what in ["applies", "formatted", built(&lab.kernel)] {
            tally.count(&format!("{what}::{}", patch.name), Ok(()));
        }
        let result = checkpatch(paths, &lab.kernel, patch);
        tally.count(&format!("checkpatch::{}", patch.name), result);
    }
    boot(paths, &lab.kernel, &mut tally)?;
    println!("{} passed, {} failed", tally.passed, tally.failed);
    Ok(match tally.failed {
        0 => ExitCode::SUCCESS,
        _ => ExitCode::FAILURE,
    })
}

fn built(kernel: &Kernel) -> &'static str {
    match kernel.toolchain.tool("clippy-driver") {
        Some(_) => "builds_by_clippy",
        None => "builds",
    }
}

fn checkpatch(paths: &Paths, kernel: &Kernel, patch: &Patch) -> Result<()> {
    let log = paths.log("upstream-checkpatch");
    tool::fresh_log(&log)?;
    let mut checkpatch = tool::command(kernel.tree.join("scripts/checkpatch.pl"));
    checkpatch
        .args(["--strict", "--show-types", "--ignore", NOT_JUDGED])
        .arg(&patch.path)
        .current_dir(&kernel.tree);
    tool::logged(&mut checkpatch, &log)
}

/// Lets the kernel test itself, and asks its sample.
fn boot(paths: &Paths, kernel: &Kernel, tally: &mut Tally) -> Result<()> {
    let report = guest::run_bare(
        paths,
        kernel,
        "upstream",
        TESTS,
        &paths.lab(SCRIPT),
        Duration::from_secs(120),
    )?;
    print!("{}", report.output);
    kunit::count(tally, &kernel.tree, &report.console);
    let result = report.status().and_then(|status| {
        ensure!(status == 0, "it did not answer as it should");
        Ok(())
    });
    tally.count("sample::greets_and_refuses", result);
    Ok(())
}
