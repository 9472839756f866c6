// SPDX-License-Identifier: MIT OR Apache-2.0

//! What is measured in the guest: the plan goes there as a file, and its results come back as lines.

use crate::places::Places;
use crate::plan::{Group, Series};
use crate::rounds;
use crate::xtask;
use anyhow::{Context, Result};
use std::fs;
use std::path::Path;

/// Before each result.
const RESULT: &str = "result ";

/// Runs a plan in a guest with both modules.
pub(crate) fn run(
    places: &Places,
    kind: xtask::Kind,
    plan: &[Group],
    mut tell: impl FnMut(Series),
) -> Result<()> {
    let path = places.cache.join("plan.json");
    fs::write(&path, serde_json::to_vec(plan)?)?;
    let line = format!("{} inside {}", places.program.display(), path.display());
    xtask::command(places, kind, &line, true, |line| {
        match line.strip_prefix(RESULT).map(serde_json::from_str) {
            Some(Ok(series)) => tell(series),
            _ => eprintln!("{line}"),
        }
    })
}

/// Runs a plan here, and tells by lines; here is in the guest.
pub(crate) fn inside(plan: &Path) -> Result<()> {
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
