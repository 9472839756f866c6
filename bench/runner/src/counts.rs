// SPDX-License-Identifier: MIT OR Apache-2.0

//! Counts system calls, allocations and instructions of a request.
//!
//! Each is counted in a short and in a long run; the difference belongs to the requests.

use crate::clients::{Client, Language, OURS};
use crate::paths::Paths;
use crate::plan::Task;
use crate::rounds::command;
use anyhow::{Context, Result, ensure};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

/// Costs of one request. A value is missing if it cannot be counted.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
pub(crate) struct Counts {
    pub(crate) client: String,
    pub(crate) syscalls: Option<f64>,
    pub(crate) allocations: Option<f64>,
    pub(crate) instructions: Option<f64>,
    /// Instructions by function, in descending order.
    pub(crate) profile: Vec<(String, f64)>,
}

/// Clients whose instructions are listed by function.
pub(crate) const PROFILED: [&str; 2] = [OURS, "mnl"];

/// Counts the costs of one client.
pub(crate) fn count(client: &Client, paths: &Paths, tree: &Path) -> Counts {
    let task = client.task(paths, tree, "counts", &["getfamily"]);
    let or_report = |name: &str, result: Result<f64>| match result {
        Ok(value) => Some(value),
        Err(error) => {
            eprintln!("cannot count {name} of {}: {error:#}", client.id);
            None
        }
    };
    let is_interpreted = client.language == Language::Python;
    let allocations = || {
        let library = paths.c().join("libcount_allocations.so");
        difference(1024, |count| allocations(&task, count, &library))
    };
    Counts {
        client: client.id.to_owned(),
        syscalls: or_report(
            "system calls",
            difference(1024, |count| syscalls(&task, count)),
        ),
        // An interpreter allocates for everything it does.
        allocations: (!is_interpreted)
            .then(|| or_report("allocations", allocations()))
            .flatten(),
        instructions: {
            let requests = if is_interpreted { 64 } else { 1024 };
            or_report(
                "instructions",
                difference(requests, |count| instructions(&task, count)),
            )
        },
        profile: match PROFILED.contains(&client.id) {
            true => profile(&task, &paths.cache, 1024).unwrap_or_default(),
            false => Vec::new(),
        },
    }
}

fn difference(requests: u64, count: impl Fn(u64) -> Result<u64>) -> Result<f64> {
    let (short, long) = (count(requests)?, count(3 * requests)?);
    Ok((long as f64 - short as f64) / (2 * requests) as f64)
}

fn syscalls(task: &Task, count: u64) -> Result<u64> {
    let text = stderr_of(
        Command::new("strace").args(["-f", "-c", "-U", "calls,name"]),
        task,
        count,
    )?;
    let total = text.lines().find(|line| line.trim().ends_with("total"));
    first_number(total.context("expected a total in the output of strace")?)
}

fn allocations(task: &Task, count: u64, library: &Path) -> Result<u64> {
    let mut env = Command::new("env");
    env.arg(format!("LD_PRELOAD={}", library.display()));
    let text = stderr_of(&mut env, task, count)?;
    let line = text
        .lines()
        .find_map(|line| line.strip_prefix("allocations: "));
    first_number(line.context("expected a number of allocations")?)
}

fn instructions(task: &Task, count: u64) -> Result<u64> {
    let mut valgrind = Command::new("valgrind");
    valgrind.args(["--tool=callgrind", "--callgrind-out-file=/dev/null"]);
    let text = stderr_of(&mut valgrind, task, count)?;
    let line = text
        .lines()
        .find_map(|line| line.split_once("Collected : "));
    first_number(line.context("expected a number of instructions")?.1)
}

/// Returns the instructions of one request by function.
fn profile(task: &Task, dir: &Path, requests: u64) -> Result<Vec<(String, f64)>> {
    let before = functions(task, dir, requests)?;
    let after = functions(task, dir, 3 * requests)?;
    let mut profile: Vec<_> = after
        .into_iter()
        .map(|(name, count)| {
            let more = count - before.get(&name).copied().unwrap_or_default();
            (name, more / (2 * requests) as f64)
        })
        .filter(|(_, count)| *count >= 1.0)
        .collect();
    profile.sort_by(|(_, a), (_, b)| b.total_cmp(a));
    Ok(profile)
}

/// Returns the instructions of a run by function.
fn functions(task: &Task, dir: &Path, count: u64) -> Result<BTreeMap<String, f64>> {
    let out = dir.join("callgrind.out");
    let mut valgrind = Command::new("valgrind");
    valgrind
        .arg("--tool=callgrind")
        .arg(format!("--callgrind-out-file={}", out.display()));
    stderr_of(&mut valgrind, task, count)?;
    let annotated = Command::new("callgrind_annotate")
        .args(["--threshold=100", "--auto=no"])
        .arg(&out)
        .output()?;
    let text = String::from_utf8_lossy(&annotated.stdout).into_owned();
    let mut functions = BTreeMap::new();
    let is_function = |(name, _): &(String, f64)| name != "PROGRAM TOTALS";
    for (name, count) in text.lines().filter_map(function).filter(is_function) {
        *functions.entry(name).or_default() += count;
    }
    Ok(functions)
}

/// Parses a line such as `1,234 (5.67%)  file:function [object]`.
fn function(line: &str) -> Option<(String, f64)> {
    let (count, rest) = line.trim().split_once(" (")?;
    let count = count.replace(',', "").parse().ok()?;
    let (_, location) = rest.split_once("%)")?;
    let location = location.split(" [").next()?.trim();
    let (_, name) = location.split_once(':').unwrap_or(("", location));
    Some((name.to_owned(), count))
}

/// Runs a task in another program and returns its standard error.
fn stderr_of(outer: &mut Command, task: &Task, count: u64) -> Result<String> {
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
        .with_context(|| format!("expected a number at the start of {line:?}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_callgrind_line_is_parsed() {
        let line = "2,265,755 (39.88%)  ???:<genl::nlctrl::Reply as genl::Decode>::decode [/ours]";
        let name = "<genl::nlctrl::Reply as genl::Decode>::decode".to_owned();
        assert_eq!(function(line), Some((name, 2_265_755.0)));
        assert_eq!(
            function("381,750 (100.0%)  PROGRAM TOTALS"),
            Some(("PROGRAM TOTALS".to_owned(), 381_750.0))
        );
        assert_eq!(function("Ir"), None);
    }
}
