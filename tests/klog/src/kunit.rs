// SPDX-License-Identifier: MIT OR Apache-2.0

//! KUnit results, parsed from a KTAP log by `kunit.py parse` of the kernel tree.

use anyhow::{Context, Result, bail, ensure};
use rustix::fs::{MemfdFlags, memfd_create};
use serde::Deserialize;
use std::fs::File;
use std::io::{Seek, Write};
use std::path::Path;
use std::process::{Command, Stdio};

const PARSER: &str = "tools/testing/kunit/kunit.py";

/// First line of a report and of each suite in it.
const HEADER: &str = "KTAP version ";

/// The last KUnit report in a log.
#[derive(Debug)]
pub struct Report {
    /// The tests of all suites.
    pub tests: Vec<Test>,
    /// Why the report is incomplete; `None` if it is complete.
    pub problem: Option<String>,
}

/// A test and its result.
#[derive(Debug, Deserialize, PartialEq, Eq)]
pub struct Test {
    /// `suite::test`. A test in the plan without a result has the name `missing`.
    pub name: String,
    /// The result.
    pub status: Status,
}

/// The result of a test.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "UPPERCASE")]
pub enum Status {
    /// It passed.
    Pass,
    /// It failed.
    Fail,
    /// It did not end, or the log lacks its result.
    Error,
    /// It was skipped.
    Skip,
}

/// A group in the output of `kunit.py`: all suites, a suite, or a parameterized test.
#[derive(Deserialize)]
struct Group {
    name: String,
    sub_groups: Vec<Group>,
    test_cases: Vec<Test>,
    misc: Counts,
}

#[derive(Deserialize)]
struct Counts {
    tests: usize,
    errors: usize,
}

impl Report {
    /// Parses the last report in a log with the parser in the kernel tree `tree`.
    ///
    /// # Errors
    ///
    /// Fails if the log has no report, or if the parser fails.
    pub fn read(tree: &Path, log: &str) -> Result<Self> {
        let report = last_report(log).context("no KUnit report in the log")?;
        let output = parse(tree, &report)?;
        let json = output.find("\n{\n").context("kunit.py printed no JSON")?;
        let all: Group =
            serde_json::from_str(&output[json..]).context("cannot parse the JSON of kunit.py")?;
        Ok(Self {
            problem: problem(&all, &report, &output[..json]),
            tests: all.tests(""),
        })
    }

    /// Checks that the log has a result for each test in the plans.
    ///
    /// # Errors
    ///
    /// Fails if the report is incomplete.
    pub fn check_complete(&self) -> Result<()> {
        match &self.problem {
            Some(problem) => bail!("the KUnit report is incomplete:\n{problem}"),
            None => Ok(()),
        }
    }

    /// Checks that the report is complete and no test failed. Skipped tests are accepted.
    ///
    /// # Errors
    ///
    /// Fails if the report is incomplete or a test failed.
    pub fn check_passed(&self) -> Result<()> {
        let is_bad = |test: &&Test| matches!(test.status, Status::Fail | Status::Error);
        let failed: Vec<_> = self.tests.iter().filter(is_bad).collect();
        ensure!(failed.is_empty(), "tests failed: {failed:?}");
        self.check_complete()
    }
}

impl Group {
    /// Returns all tests in the group with the names of their suites.
    fn tests(self, path: &str) -> Vec<Test> {
        let named = |name: &str| match name {
            "" => format!("{path}missing"),
            name => format!("{path}{name}"),
        };
        let groups = self.sub_groups.into_iter().flat_map(|group| {
            let path = format!("{}::", named(&group.name));
            group.tests(&path)
        });
        let tests = self.test_cases.into_iter().map(|test| Test {
            name: named(&test.name),
            ..test
        });
        groups.chain(tests).collect()
    }

    fn test_count(&self) -> usize {
        let groups: usize = self.sub_groups.iter().map(Self::test_count).sum();
        groups + self.test_cases.len()
    }

    fn group_count(&self) -> usize {
        1 + self.sub_groups.iter().map(Self::group_count).sum::<usize>()
    }
}

/// Runs the parser and returns its output: a summary, then JSON.
fn parse(tree: &Path, report: &str) -> Result<String> {
    // The parser prints while it reads, so pipes on both sides could deadlock.
    let mut input = File::from(memfd_create("ktap", MemfdFlags::CLOEXEC)?);
    input.write_all(report.as_bytes())?;
    input.rewind()?;
    let parser = tree.join(PARSER);
    let output = Command::new("python3")
        .arg(&parser)
        .args(["parse", "--json"])
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .stdin(Stdio::from(input))
        .stderr(Stdio::inherit())
        .output()
        .with_context(|| format!("cannot run python3 {}", parser.display()))?;
    // The exit status is 1 after failed tests and after a crash, but a crash prints no JSON.
    String::from_utf8(output.stdout).context("the output of kunit.py is not UTF-8")
}

/// Returns the last report in a log without timestamps.
fn last_report(log: &str) -> Option<String> {
    let lines: Vec<&str> = log.lines().map(without_time).collect();
    // Suites have indented headers.
    let start = lines.iter().rposition(|line| line.starts_with(HEADER))?;
    Some(lines[start..].join("\n"))
}

/// Removes the timestamp of a console line.
fn without_time(line: &str) -> &str {
    let end = line
        .strip_prefix('[')
        .and_then(|rest| rest.split_once("] "));
    end.map_or(line, |(_, text)| text)
}

/// Returns why the report is malformed, if it is.
fn problem(all: &Group, report: &str, summary: &str) -> Option<String> {
    let errors: Vec<&str> = summary
        .lines()
        .map(without_time)
        .filter(|line| line.starts_with("[ERROR]"))
        .collect();
    if all.misc.errors > 0 {
        return Some(errors.join("\n"));
    }
    // The parser counts a failed suite with passed tests as one more test.
    let tests = all.test_count();
    if all.misc.tests != tests {
        return Some(format!("{} results for {tests} tests", all.misc.tests));
    }
    // The parser accepts a missing plan, and stops at the end of the outermost one.
    let groups = all.group_count();
    let count = |start| {
        let lines = report.lines().map(str::trim_start);
        lines.filter(|line| line.starts_with(start)).count()
    };
    let [headers, plans] = [HEADER, "1.."].map(count);
    (headers != groups || plans != groups)
        .then(|| format!("{headers} headers and {plans} plans for {groups} groups of tests"))
}

/// The parser is part of the kernel tree. Most tests pass without effect if `GREET_KERNEL_SRC` is not
/// set.
#[cfg(test)]
mod tests {
    use super::*;
    use std::path::PathBuf;

    /// Console output with two suites, an earlier report and other lines.
    const COMPLETE: &str = "\
[    0.1] KTAP version 1
[    0.1] 1..0
[    1.0] KTAP version 1
[    1.0] 1..2
[    1.0]     KTAP version 1
[    1.0]     # Subtest: first
[    1.0]     # module: greet
[    1.0]     1..2
[    1.0]     ok 1 one
[    1.0]     ok 2 two
[    1.0] # first: pass:2 fail:0 skip:0 total:2
[    1.0] # Totals: pass:2 fail:0 skip:0 total:2
[    1.0] ok 1 first
[    1.0]     KTAP version 1
[    1.0]     # Subtest: second
[    1.0]     # module: greet
[    1.0]     1..1
[    1.0]     ok 1 three
[    1.0] ok 2 second
[    9.0] greet: unloaded
";

    /// Parses [`COMPLETE`] with a part of it replaced. Returns `None` without a kernel tree.
    fn read(part: &str, with: &str) -> Option<Report> {
        let Some(tree) = std::env::var_os("GREET_KERNEL_SRC") else {
            println!("GREET_KERNEL_SRC is not set");
            return None;
        };
        assert_eq!(COMPLETE.matches(part).count(), 1, "expected {part} once");
        let log = COMPLETE.replace(part, with);
        Some(Report::read(&PathBuf::from(tree), &log).expect("read"))
    }

    /// Returns names and results.
    fn statuses(report: &Report) -> Vec<(&str, Status)> {
        let tests = report.tests.iter();
        tests.map(|test| (&*test.name, test.status)).collect()
    }

    /// Asserts that a report is incomplete, with an error that contains `words`.
    #[track_caller]
    fn assert_incomplete(part: &str, with: &str, words: &str) {
        let Some(report) = read(part, with) else {
            return;
        };
        let error = format!("{:#}", report.check_complete().expect_err("incomplete"));
        assert!(error.contains(words), "{error}");
        report.check_passed().expect_err("incomplete");
    }

    #[test]
    fn a_complete_report_passes() {
        let Some(report) = read("greet: unloaded", "greet: gone") else {
            return;
        };
        let expected = [
            ("first::one", Status::Pass),
            ("first::two", Status::Pass),
            ("second::three", Status::Pass),
        ];
        assert_eq!(statuses(&report), expected);
        report.check_passed().expect("passed");
    }

    #[test]
    fn a_skipped_test_is_accepted() {
        let Some(report) = read("ok 2 two", "ok 2 two # SKIP no memory") else {
            return;
        };
        assert_eq!(statuses(&report)[1], ("first::two", Status::Skip));
        report.check_passed().expect("passed");
    }

    #[test]
    fn a_failed_test_fails_check_passed() {
        let Some(report) = read("ok 2 two", "not ok 2 two") else {
            return;
        };
        assert_eq!(statuses(&report)[1], ("first::two", Status::Fail));
        report.check_complete().expect("complete");
        let error = report.check_passed().expect_err("failed").to_string();
        assert!(error.contains("first::two"), "{error}");
    }

    #[test]
    fn a_failed_suite_with_passed_tests_is_incomplete() {
        assert_incomplete("ok 1 first", "not ok 1 first", "4 results for 3 tests");
    }

    #[test]
    fn a_report_cut_by_a_panic_is_incomplete() {
        let (crashed, _) = COMPLETE.split_once("ok 2 two").expect("a test");
        let (_, rest) = COMPLETE.split_at(crashed.len());
        let panic = "Kernel panic - not syncing: Segfault with no mm\n";
        assert_incomplete(rest, panic, "first: missing expected subtest!");
        let Some(report) = read(rest, panic) else {
            return;
        };
        let expected = [
            ("first::one", Status::Pass),
            ("first::missing", Status::Error),
            ("missing", Status::Error),
        ];
        assert_eq!(statuses(&report), expected);
    }

    #[test]
    fn a_truncated_report_is_incomplete() {
        for (last, words) in [
            ("# Subtest: second", "second: missing subtest result line!"),
            ("ok 1 first", "main: missing expected subtest!"),
            ("ok 1 one", "first: missing expected subtest!"),
            (
                "1..2\n[    1.0]     KTAP",
                "main: missing expected subtest!",
            ),
        ] {
            let (_, rest) = COMPLETE.split_once(last).expect("a line");
            assert_incomplete(rest, "\n", words);
        }
    }

    #[test]
    fn a_plan_with_more_tests_than_results_is_incomplete() {
        let last = "1..2\n[    1.0]     ok";
        assert_incomplete(last, "1..3\n[    1.0]     ok", "missing expected subtest!");
        let outer = "1..2\n[    1.0]     KTAP";
        assert_incomplete(
            outer,
            "1..3\n[    1.0]     KTAP",
            "main: missing expected subtest!",
        );
    }

    #[test]
    fn a_plan_with_fewer_tests_than_results_is_incomplete() {
        let inner = "1..2\n[    1.0]     ok";
        assert_incomplete(
            inner,
            "1..1\n[    1.0]     ok",
            "missing subtest result line!",
        );
        let outer = "1..2\n[    1.0]     KTAP";
        assert_incomplete(
            outer,
            "1..1\n[    1.0]     KTAP",
            "3 headers and 3 plans for 2 groups",
        );
    }

    #[test]
    fn a_missing_plan_is_incomplete() {
        for plan in [
            "[    1.0] 1..2\n[    1.0]     KTAP",
            "[    1.0]     1..1\n[    1.0]     ok",
        ] {
            let (_, next) = plan.split_once('\n').expect("two lines");
            assert_incomplete(plan, next, "3 headers and 2 plans for 3 groups");
        }
    }

    #[test]
    fn a_report_without_tests_is_incomplete() {
        let (_, rest) = COMPLETE.split_once("1..0").expect("the first report");
        assert_incomplete(rest, "\n", "0 tests run!");
    }

    #[test]
    fn a_log_without_a_report_is_an_error() {
        let error = Report::read(&PathBuf::new(), "greet: loaded\n    KTAP version 1\n");
        let error = error.expect_err("no report").to_string();
        assert_eq!(error, "no KUnit report in the log");
    }

    #[test]
    fn a_tree_without_the_parser_is_an_error() {
        let error = Report::read(&PathBuf::from("/nowhere"), COMPLETE).expect_err("no parser");
        assert_eq!(error.to_string(), "kunit.py printed no JSON");
    }
}
