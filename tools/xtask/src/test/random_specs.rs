// SPDX-License-Identifier: MIT OR Apache-2.0

//! Rust for the kernel that our compiler writes for random specs: whether the kernel's compiler
//! accepts it. The user side is a test of `tests/random-specs` itself.

use super::tally::Tally;
use crate::cache::Scratch;
use crate::machine::Machine;
use crate::paths::Paths;
use crate::progress::Progress;
use crate::setup::{self, Kernel};
use crate::tool;
use anyhow::Result;
use std::process::{Command, ExitCode};

/// Specs from fixed seeds, together with all kinds of things that they can have.
const FIXED: [&str; 6] = [
    "--all",
    "--seed=1",
    "--seconds=0",
    "--batch=100",
    "--shrink=120",
    "kernel",
];

pub(crate) fn run(paths: &Paths, kernel: &Kernel) -> Result<Tally> {
    let log = paths.log("random-specs");
    tool::fresh_log(&log)?;
    let folder = Scratch::new(paths, "random-specs")?;
    let mut program = program(paths, kernel);
    program.arg("--folder").arg(folder.path()).args(FIXED);
    add_make(&mut program, kernel);
    let mut tally = Tally::default();
    let result = tool::logged(&mut program, &log);
    tally.count("random_specs::rust_for_the_kernel_compiles", result);
    Ok(tally)
}

/// Compiles other specs each time, for so many seconds.
pub(crate) fn fuzz(
    paths: &Paths,
    progress: &Progress,
    seconds: u64,
    seed: Option<u64>,
) -> Result<ExitCode> {
    let locked = setup::kernel(paths, progress, Machine::Uml)?;
    locked.release()?;
    let folder = Scratch::new(paths, "fuzz-specs")?;
    let mut program = program(paths, &locked.kernel);
    program.arg("--folder").arg(folder.path());
    program.arg(format!("--seconds={seconds}"));
    program
        .args(seed.map(|seed| format!("--seed={seed}")))
        .arg("kernel");
    add_make(&mut program, &locked.kernel);
    Ok(match program.status()?.success() {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    })
}

fn program(paths: &Paths, kernel: &Kernel) -> Command {
    let mut program = tool::cargo();
    program
        .args([
            "run",
            "--quiet",
            "--profile",
            "xtask",
            "-p",
            "random-specs",
            "--",
        ])
        .current_dir(&paths.checkout);
    for (name, value) in kernel.make_outside().get_envs() {
        if let Some(value) = value {
            program.env(name, value);
        }
    }
    program
}

/// Adds the kernel's `make` to the arguments, as the last of them.
fn add_make(program: &mut Command, kernel: &Kernel) {
    let make = kernel.make_outside();
    program
        .arg("--")
        .arg(make.get_program())
        .args(make.get_args());
}
