// SPDX-License-Identifier: MIT OR Apache-2.0

//! What a request takes that can be counted: system calls, allocations, instructions.
//!
//! Each is counted in a short run and in a long one; the difference is that of the requests alone.

use crate::contenders::{Contender, Language, OURS};
use crate::places::Places;
use crate::plan::Task;
use crate::rounds::command;
use anyhow::{Context, Result, ensure};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

/// What one request takes. What cannot be counted is absent.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
pub(crate) struct Counts {
    pub(crate) contender: String,
    pub(crate) syscalls: Option<f64>,
    pub(crate) allocations: Option<f64>,
    pub(crate) instructions: Option<f64>,
    /// In which functions those are, the most first.
    pub(crate) profile: Vec<(String, f64)>,
}

/// Of which it is told where the instructions are.
pub(crate) const PROFILED: [&str; 2] = [OURS, "mnl"];

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
        profile: match PROFILED.contains(&contender.id) {
            true => profile(&task, &places.cache, 1024).unwrap_or_default(),
            false => Vec::new(),
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

/// The instructions of one request by functions.
fn profile(task: &Task, folder: &Path, requests: u64) -> Result<Vec<(String, f64)>> {
    let before = functions(task, folder, requests)?;
    let after = functions(task, folder, 3 * requests)?;
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

/// The instructions of a whole run by functions.
fn functions(task: &Task, folder: &Path, count: u64) -> Result<BTreeMap<String, f64>> {
    let out = folder.join("callgrind.out");
    let mut valgrind = Command::new("valgrind");
    valgrind
        .arg("--tool=callgrind")
        .arg(format!("--callgrind-out-file={}", out.display()));
    told_by(&mut valgrind, task, count)?;
    let annotated = Command::new("callgrind_annotate")
        .args(["--threshold=100", "--auto=no"])
        .arg(&out)
        .output()?;
    let text = String::from_utf8_lossy(&annotated.stdout).into_owned();
    let mut functions = BTreeMap::new();
    let of_functions = |(name, _): &(String, f64)| name != "PROGRAM TOTALS";
    for (name, count) in text.lines().filter_map(function).filter(of_functions) {
        *functions.entry(name).or_default() += count;
    }
    Ok(functions)
}

/// A line like `1,234 (5.67%)  file:function [object]`.
fn function(line: &str) -> Option<(String, f64)> {
    let (count, rest) = line.trim().split_once(" (")?;
    let count = count.replace(',', "").parse().ok()?;
    let (_, place) = rest.split_once("%)")?;
    let place = place.split(" [").next()?.trim();
    let (_, name) = place.split_once(':').unwrap_or(("", place));
    Some((name.to_owned(), count))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_of_a_profile_is_read() {
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
