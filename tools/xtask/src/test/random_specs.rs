// SPDX-License-Identifier: MIT OR Apache-2.0

//! Compiles the kernel code that our compiler generates from random specs. The user
//! side is tested by `tests/random-specs`.

use super::tally::Tally;
use crate::cache::Scratch;
use crate::machine::Machine;
use crate::paths::Paths;
use crate::setup::{self, Kernel};
use crate::tool::{self, Run};
use anyhow::Result;
use std::process::{Command, ExitCode};

/// Specs from fixed seeds that together use every feature.
const FIXED: &str = "--all --seed=1 --seconds=0 --batch=100 --shrink=120";

pub(crate) fn run(paths: &Paths, kernel: &Kernel) -> Result<Tally> {
    let log = paths.new_log("random-specs")?;
    let dir = Scratch::new(paths, "random-specs")?;
    let args = FIXED.split(' ').map(str::to_owned).collect();
    let result = program(paths, kernel, &dir, args).log_to(&log);
    let mut tally = Tally::default();
    tally.count("random_specs::generated_kernel_code_compiles", result);
    Ok(tally)
}

/// Compiles new specs for a number of seconds.
pub(crate) fn fuzz(paths: &Paths, seconds: u64, seed: Option<u64>) -> Result<ExitCode> {
    let locked = setup::kernel(paths, Machine::Uml)?;
    locked.share_cache()?;
    let dir = Scratch::new(paths, "fuzz-specs")?;
    let mut args = vec![format!("--seconds={seconds}")];
    args.extend(seed.map(|seed| format!("--seed={seed}")));
    let status = program(paths, &locked.kernel, &dir, args).status()?;
    Ok(match status.success() {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    })
}

fn program(paths: &Paths, kernel: &Kernel, dir: &Scratch, args: Vec<String>) -> Command {
    let mut program = tool::cargo();
    program
        .args(["run", "--quiet", "--profile", "xtask"])
        .args(["-p", "random-specs", "--", "--directory"])
        .arg(dir.path())
        .args(args)
        .arg("kernel")
        .current_dir(&paths.checkout);
    kernel.pass_make(&mut program);
    program
}
