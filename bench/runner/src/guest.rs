// SPDX-License-Identifier: MIT OR Apache-2.0

//! Runs plans in a guest: the plan is passed as a file, and the results return as lines.

use crate::paths::Paths;
use crate::plan::{Group, Series};
use crate::rounds;
use crate::xtask;
use anyhow::{Context, Result};
use std::fs;
use std::path::Path;

/// Prefix of each result.
const RESULT: &str = "result ";

/// Runs a plan in a guest.
pub(crate) fn run(
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
        rounds::run(group, |series| match serde_json::to_string(&series) {
            Ok(text) => println!("{RESULT}{text}"),
            Err(error) => println!("{error}"),
        })?;
    }
    Ok(())
}
