// SPDX-License-Identifier: MIT OR Apache-2.0

//! Runs the tasks of a group in turn, on the host or in a guest.

use crate::paths::Paths;
use crate::plan::{COUNT, Group, Kind, Sample, Series, Task};
use crate::xtask;
use anyhow::{Context, Result, bail, ensure};
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

/// Prefix of each result.
const RESULT: &str = "result ";

/// Runs a group and calls `report` with the results of each task.
pub(crate) fn run(group: &Group, mut report: impl FnMut(Series)) -> Result<()> {
    for line in &group.before {
        let status = Command::new("sh")
            .args(["-c", line])
            .stdout(Stdio::null())
            .status()?;
        ensure!(status.success(), "{line}: {status}");
    }
    let start = Instant::now();
    let mut runs: Vec<Run<'_>> = group.tasks.iter().map(Run::new).collect();
    for round in 0..group.rounds {
        // Each round starts with another task, so that no task always follows the same one.
        for index in 0..runs.len() {
            let index = (index + round) % runs.len();
            runs[index].run();
        }
    }
    for run in runs {
        report(run.series);
    }
    if let Some(task) = group.tasks.first() {
        eprintln!(
            "  {} and related: {} s",
            task.benchmark,
            start.elapsed().as_secs()
        );
    }
    Ok(())
}

/// Runs a plan in a guest: the plan is passed as a file, and the results return as lines.
pub(crate) fn run_in_guest(
    paths: &Paths,
    kind: xtask::Kind,
    plan: &[Group],
    with_twin: bool,
    mut report: impl FnMut(Series),
) -> Result<()> {
    let path = paths.cache.join("plan.json");
    fs::write(&path, serde_json::to_vec(plan)?)?;
    let line = format!("{} run-plan {}", paths.program.display(), path.display());
    xtask::command(paths, kind, &line, with_twin, |line| {
        match line.strip_prefix(RESULT).map(serde_json::from_str) {
            Some(Ok(series)) => report(series),
            _ => eprintln!("{line}"),
        }
    })
}

/// Runs a plan and prints the results as lines. This runs in the guest.
pub(crate) fn run_plan(plan: &Path) -> Result<()> {
    let plan = fs::read(plan).with_context(|| plan.display().to_string())?;
    let plan: Vec<Group> = serde_json::from_slice(&plan)?;
    for group in &plan {
        run(group, |series| match serde_json::to_string(&series) {
            Ok(text) => println!("{RESULT}{text}"),
            Err(error) => println!("{error}"),
        })?;
    }
    Ok(())
}

/// A task and its results so far.
struct Run<'a> {
    task: &'a Task,
    count: u64,
    series: Series,
}

impl<'a> Run<'a> {
    /// Determines the count for a run of the requested time.
    fn new(task: &'a Task) -> Self {
        let mut series = Series {
            benchmark: task.benchmark.clone(),
            client: task.client.clone(),
            samples: Vec::new(),
            failure: None,
        };
        let count = match calibrate(task) {
            Ok(count) => count,
            Err(error) => {
                eprintln!("{}, {}: {error:#}", task.benchmark, task.client);
                series.failure = Some(format!("{error:#}"));
                0
            }
        };
        Self {
            task,
            count,
            series,
        }
    }

    fn run(&mut self) {
        if self.series.failure.is_some() {
            return;
        }
        match once(self.task, self.count) {
            Ok(sample) => self.series.samples.push(sample),
            Err(error) => self.series.failure = Some(format!("{error:#}")),
        }
    }
}

fn calibrate(task: &Task) -> Result<u64> {
    let target = task.millis * 1_000_000;
    let mut count = 1;
    // The first runs load files and fill caches.
    loop {
        let sample = once(task, count)?;
        if sample.ns * 8 >= target || count >= 1 << 24 {
            let repeats = target as f64 / sample.ns.max(1) as f64;
            return Ok(((count as f64 * repeats) as u64).max(1));
        }
        count *= 8;
    }
}

/// Runs a task once.
pub(crate) fn once(task: &Task, count: u64) -> Result<Sample> {
    match task.kind {
        Kind::SelfMeasured => self_measured(task, count),
        Kind::Process => processes(task, count),
    }
}

/// Returns the command of a task.
pub(crate) fn command(task: &Task, count: u64) -> Result<Command> {
    let words: Vec<_> = task
        .command
        .iter()
        .map(|word| word.replace(COUNT, &count.to_string()))
        .collect();
    let (program, args) = words.split_first().context("expected a command")?;
    let mut command = Command::new(program);
    command
        .args(args)
        .envs(task.environment.iter().cloned())
        .stdin(Stdio::null());
    Ok(command)
}

fn self_measured(task: &Task, count: u64) -> Result<Sample> {
    let output = command(task, count)?
        .output()
        .context("cannot run the program")?;
    if !output.status.success() {
        let message = String::from_utf8_lossy(&output.stderr);
        bail!("{}: {}", output.status, message.trim());
    }
    serde_json::from_slice(&output.stdout).context("cannot parse the output of the program")
}

fn processes(task: &Task, count: u64) -> Result<Sample> {
    let mut command = command(task, count)?;
    command.stdout(Stdio::null());
    let start = Instant::now();
    for _ in 0..count {
        let status = command.status().context("cannot run the program")?;
        ensure!(status.success(), "{status}");
    }
    Ok(Sample {
        count,
        ns: start.elapsed().as_nanos() as u64,
        ..Sample::default()
    })
}
