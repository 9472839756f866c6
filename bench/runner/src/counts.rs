// SPDX-License-Identifier: MIT OR Apache-2.0

//! What a request takes that can be counted: system calls, allocations, instructions.
//!
//! Each is counted in a short run and in a long one; the difference is that of the requests alone.

use crate::contenders::{Contender, Language};
use crate::places::Places;
use crate::plan::Task;
use crate::rounds::command;
use anyhow::{Context, Result, ensure};
use serde::{Deserialize, Serialize};
use std::path::Path;
use std::process::Command;

/// What one request takes. What cannot be counted is absent.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
pub(crate) struct Counts {
    pub(crate) contender: String,
    pub(crate) syscalls: Option<f64>,
    pub(crate) allocations: Option<f64>,
    pub(crate) instructions: Option<f64>,
}

/// Counts for one contender.
pub(crate) fn count(contender: &Contender, places: &Places, tree: &Path) -> Counts {
    let task = contender.task(places, tree, "counts", &["getfamily"]);
    let say = |what: &str, result: Result<f64>| match result {
        Ok(value) => Some(value),
        Err(error) => {
            eprintln!("{what} of {}: {error:#}", contender.id);
            None
        }
    };
    let is_interpreted = contender.language == Language::Python;
    let allocations = || {
        let library = places.c().join("libcount_allocations.so");
        difference(1024, |count| allocations(&task, count, &library))
    };
    Counts {
        contender: contender.id.to_owned(),
        syscalls: say(
            "system calls",
            difference(1024, |count| syscalls(&task, count)),
        ),
        // An interpreter has memory of its own, of which it takes some for everything.
        allocations: (!is_interpreted)
            .then(|| say("allocations", allocations()))
            .flatten(),
        instructions: {
            let requests = if is_interpreted { 64 } else { 1024 };
            say(
                "instructions",
                difference(requests, |count| instructions(&task, count)),
            )
        },
    }
}

fn difference(requests: u64, count: impl Fn(u64) -> Result<u64>) -> Result<f64> {
    let (short, long) = (count(requests)?, count(3 * requests)?);
    Ok((long as f64 - short as f64) / (2 * requests) as f64)
}

fn syscalls(task: &Task, count: u64) -> Result<u64> {
    let text = told_by(
        Command::new("strace").args(["-f", "-c", "-U", "calls,name"]),
        task,
        count,
    )?;
    let total = text.lines().find(|line| line.trim().ends_with("total"));
    first_number(total.context("no total")?)
}

fn allocations(task: &Task, count: u64, library: &Path) -> Result<u64> {
    let mut env = Command::new("env");
    env.arg(format!("LD_PRELOAD={}", library.display()));
    let text = told_by(&mut env, task, count)?;
    let line = text
        .lines()
        .find_map(|line| line.strip_prefix("allocations: "));
    first_number(line.context("no number of allocations")?)
}

fn instructions(task: &Task, count: u64) -> Result<u64> {
    let mut valgrind = Command::new("valgrind");
    valgrind.args(["--tool=callgrind", "--callgrind-out-file=/dev/null"]);
    let text = told_by(&mut valgrind, task, count)?;
    let line = text
        .lines()
        .find_map(|line| line.split_once("Collected : "));
    first_number(line.context("no number of instructions")?.1)
}

/// Runs a task in another program, and returns what is told on standard error.
fn told_by(outer: &mut Command, task: &Task, count: u64) -> Result<String> {
    let inner = command(task, count)?;
    let output = outer
        .arg(inner.get_program())
        .args(inner.get_args())
        .envs(task.environment.iter().cloned())
        .output()
        .with_context(|| format!("cannot run {:?}", outer.get_program()))?;
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    ensure!(output.status.success(), "{}: {text}", output.status);
    Ok(text)
}

fn first_number(line: &str) -> Result<u64> {
    let word = line.split_whitespace().next().unwrap_or_default();
    word.parse()
        .with_context(|| format!("{line:?} has no number"))
}
