// SPDX-License-Identifier: MIT OR Apache-2.0

//! Runs the KUnit tests of the module, which the kernel starts when it loads the module.

use crate::kernel_log;
use crate::support::module::Unloaded;
use crate::support::tool::path_in;
use anyhow::{Context, Result};
use klog::kunit::Report;
use std::fs;

crate::tests![module_tests_pass];

/// xtask counts the single tests in the console output.
fn module_tests_pass() -> Result<()> {
    const FILTER: &str = "/sys/module/kunit/parameters/filter_glob";
    const TESTS: &str = "genl_*.*";

    let filter = fs::read_to_string(FILTER).context(FILTER)?;
    let before = kernel_log::all_records()?.len();
    let unloaded = Unloaded::unload()?;
    fs::write(FILTER, TESTS)?;
    let loaded = unloaded.reload();
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
