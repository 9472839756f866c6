// SPDX-License-Identifier: MIT OR Apache-2.0

//! Compares our compiler's output with the kernel's generator: `tests/oracle` builds
//! modules with both, and the suite loads them.

use super::tally::Tally;
use crate::machine::Machine;
use crate::paths::Paths;
use crate::progress;
use crate::setup::Ready;
use crate::tool::{self, Run};
use anyhow::Result;
use std::fs;
use std::path::PathBuf;

/// Returns the directory of the modules.
pub(crate) fn modules(paths: &Paths, machine: Machine) -> PathBuf {
    dir(paths, machine).join("result")
}

fn dir(paths: &Paths, machine: Machine) -> PathBuf {
    paths.cache.join(format!("oracle-{}", machine.name()))
}

/// Builds the modules. The suite reports one that failed to build.
pub(crate) fn build(paths: &Paths, ready: &Ready) -> Result<Tally> {
    let kernel = &ready.locked.kernel;
    let log = paths.new_log("oracle")?;
    // Modules of an earlier run say nothing about this one.
    let _ = fs::remove_dir_all(modules(paths, kernel.machine));
    let about = "5 s, first 1 min or more";
    let result = progress::step("Building the oracle's modules", about, || {
        tool::cargo()
            .args(["build", "--profile", "xtask", "-p", "oracle"])
            .current_dir(&paths.checkout)
            .log_to(&log)?;
        let mut oracle = tool::command(ready.programs.join("oracle"));
        oracle
            .arg("--tree")
            .arg(&kernel.tree)
            .arg("--identity")
            .arg(&kernel.identity)
            .arg("--checkout")
            .arg(&paths.checkout)
            .arg("--directory")
            .arg(dir(paths, kernel.machine));
        // The tables in C do not depend on the machine.
        if kernel.machine == Machine::Uml {
            oracle.arg("--with-sources");
        }
        kernel.pass_make(&mut oracle);
        oracle.log_to(&log)
    });
    let mut tally = Tally::default();
    tally.count("oracle::modules_build", result);
    Ok(tally)
}
