// SPDX-License-Identifier: MIT OR Apache-2.0

//! Counts the module's KUnit tests.

use super::Tally;
use anyhow::anyhow;
use klog::kunit::{Report, Status};
use std::path::Path;

/// Counts the tests of the last report on a console, and checks that it is complete. `tree` is the
/// kernel's source tree.
pub(crate) fn count(tally: &mut Tally, tree: &Path, console: &str) {
    let result = Report::read(tree, console).and_then(|report| {
        for test in &report.tests {
            let name = format!("kunit::{}", test.name);
            match test.status {
                Status::Pass => tally.count(&name, Ok(())),
                // A skipped test has neither passed nor failed.
                Status::Skip => println!("test {name} ... skipped"),
                Status::Fail | Status::Error => {
                    tally.count(&name, Err(anyhow!("see the kernel's console")));
                }
            }
        }
        report.check_complete()
    });
    tally.count("kunit::report_is_complete", result);
}
