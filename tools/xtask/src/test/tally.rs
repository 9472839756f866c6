// SPDX-License-Identifier: MIT OR Apache-2.0

//! Counts tests.

use anyhow::Result;
use std::ops::AddAssign;
use std::process::ExitCode;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    pub(crate) passed: u32,
    pub(crate) failed: u32,
}

impl AddAssign for Tally {
    fn add_assign(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
    }
}

impl Tally {
    /// Counts and prints a test.
    pub(crate) fn count(&mut self, name: &str, result: Result<()>) {
        self.count_as("test", name, result);
    }

    pub(crate) fn count_as(&mut self, kind: &str, name: &str, result: Result<()>) {
        match result {
            Ok(()) => {
                self.passed += 1;
                println!("{kind} {name} ... ok");
            }
            Err(error) => {
                self.failed += 1;
                println!("{kind} {name} ... FAILED\n{error:#}");
            }
        }
    }

    /// Prints the last line of a run, and returns its exit code.
    pub(crate) fn finish(self, kind: &str) -> ExitCode {
        println!("\n{} {kind}passed, {} failed", self.passed, self.failed);
        match self.failed {
            0 => ExitCode::SUCCESS,
            _ => ExitCode::FAILURE,
        }
    }

    /// Adds up the `test result:` lines of a run. Returns `None` if there is none, or an incomplete
    /// one.
    pub(crate) fn of_output(output: &str) -> Option<Self> {
        let mut sum = None;
        for line in output.lines() {
            if let Some(result) = line.trim_start().strip_prefix("test result: ") {
                *sum.get_or_insert_with(Self::default) += Self {
                    passed: number_before(result, " passed")?,
                    failed: number_before(result, " failed")?,
                };
            }
        }
        sum
    }
}

fn number_before(text: &str, word: &str) -> Option<u32> {
    text.split(['.', ';'])
        .find_map(|part| part.strip_suffix(word))?
        .trim()
        .parse()
        .ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_add_up() {
        let output = "running 2 tests\n\
            test result: ok. 2 passed; 0 failed; 1 ignored; 0 measured; finished in 0.01s\n\
            test result: FAILED. 3 passed; 1 failed; 0 ignored\n";
        let expected = Tally {
            passed: 5,
            failed: 1,
        };
        assert_eq!(Tally::of_output(output), Some(expected));
    }

    #[test]
    fn a_missing_or_incomplete_result_is_none() {
        assert_eq!(Tally::of_output("running 2 tests\n"), None);
        assert_eq!(Tally::of_output("test result: aborted\n"), None);
    }
}
