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

#[cfg(test)]
mod tests {
    use super::*;

    const CONSOLE: &str = "[    1.0] KTAP version 1\n\
        [    1.0] 1..1\n\
        [    1.0]     KTAP version 1\n\
        [    1.0]     # Subtest: suite\n\
        [    1.0]     1..3\n\
        [    1.0]     ok 1 one\n\
        [    1.0]     ok 2 two # SKIP no memory\n\
        [    1.0]     not ok 3 three\n\
        [    1.0] not ok 1 suite\n";

    #[test]
    fn a_skipped_test_is_not_counted_and_a_truncated_report_fails() {
        let Some(tree) = std::env::var_os("GREET_KERNEL_SRC") else {
            println!("GREET_KERNEL_SRC is not set");
            return;
        };
        let cut = CONSOLE.find("[    1.0]     ok 2").expect("a test");
        // A truncated report fails for its two missing tests and for being incomplete.
        for (console, passed, failed) in [
            (CONSOLE, 2, 1),
            (&CONSOLE[..cut], 1, 3),
            ("greet: loaded\n", 0, 1),
        ] {
            let mut tally = Tally::default();
            count(&mut tally, Path::new(&tree), console);
            assert_eq!(tally, Tally { passed, failed }, "{console}");
        }
    }
}
