// SPDX-License-Identifier: MIT OR Apache-2.0

//! The tests that are part of the module, which the kernel runs when it loads it.

use crate::kernel_log;
use crate::support::module::Unloaded;
use crate::support::tool::path_in;
use anyhow::{Context, Result};
use klog::kunit::Report;
use std::fs;

crate::tests![all_pass];

/// xtask counts them one by one, by the console.
fn all_pass() -> Result<()> {
    const FILTER: &str = "/sys/module/kunit/parameters/filter_glob";
    const TESTS: &str = "genl_*.*";

    let filter = fs::read_to_string(FILTER).context(FILTER)?;
    let before = kernel_log::all_records()?.len();
    let unloaded = Unloaded::begin()?;
    fs::write(FILTER, TESTS)?;
    let loaded = unloaded.end();
    fs::write(FILTER, filter)?;
    loaded?;

    let log: Vec<_> = kernel_log::all_records()?
        .into_iter()
        .skip(before)
        .map(|record| record.text)
        .collect();
    let report = Report::read(&path_in("GREET_KERNEL_SRC")?, &log.join("\n"))?;
    report.check_passed()
}
