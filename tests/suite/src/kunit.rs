// SPDX-License-Identifier: MIT OR Apache-2.0

//! The tests that are part of the module, which the kernel runs when it loads it.

use crate::kernel_log;
use crate::support::module::Unloaded;
use anyhow::{Context, Result, ensure};
use std::fs;

crate::tests![all_pass];

/// The lab counts them one by one, by what the kernel logs.
fn all_pass() -> Result<()> {
    const FILTER: &str = "/sys/module/kunit/parameters/filter_glob";
    const SUITES: &str = "genl_";

    let filter = fs::read_to_string(FILTER).context(FILTER)?;
    let before = kernel_log::all_records()?.len();
    let unloaded = Unloaded::begin()?;
    fs::write(FILTER, format!("{SUITES}*.*"))?;
    let loaded = unloaded.end();
    fs::write(FILTER, filter)?;
    loaded?;

    let records = kernel_log::all_records()?;
    let lines = records.iter().skip(before).map(|record| record.text.trim());
    let (failed, passed): (Vec<_>, Vec<_>) = lines
        .filter(|line| line.starts_with("ok ") || line.starts_with("not ok "))
        .partition(|line| line.starts_with("not ok "));
    ensure!(failed.is_empty(), "{}", failed.join("\n"));
    let suites = passed.iter().filter(|line| line.contains(SUITES)).count();
    ensure!(suites > 1 && passed.len() > suites, "nothing was tested");
    Ok(())
}
