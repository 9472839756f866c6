// SPDX-License-Identifier: MIT OR Apache-2.0

//! Results of KUnit, as the kernel tree's `kunit.py parse` reads them from a log in KTAP.

use anyhow::{Context, Result, bail, ensure};
use rustix::fs::{MemfdFlags, memfd_create};
use serde::Deserialize;
use std::fs::File;
use std::io::{Seek, Write};
use std::path::Path;
use std::process::{Command, Stdio};

const PARSER: &str = "tools/testing/kunit/kunit.py";

/// Begins a report, and each suite in it.
const HEADER: &str = "KTAP version ";

/// The last report of KUnit in a log.
#[derive(Debug)]
pub struct Report {
    /// The tests of all suites.
    pub tests: Vec<Test>,
    /// What keeps the report from being complete; `None` if it is.
    pub problem: Option<String>,
}

/// A test, and how it ended.
#[derive(Debug, Deserialize, PartialEq, Eq)]
pub struct Test {
    /// `suite::test`. A test that the plan announces and the log lacks has the name `missing`.
    pub name: String,
    /// How it ended.
    pub status: Status,
}

/// How a test ended.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "UPPERCASE")]
pub enum Status {
    /// It passed.
    Pass,
    /// It failed.
    Fail,
    /// It did not end, or the log does not say how.
    Error,
    /// It did not run.
    Skip,
}

/// What `kunit.py` writes of a group: all suites, a suite, or a test with parameters.
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
    /// Reads the last report in a log; `tree` is the kernel's.
    ///
    /// Fails if the log has no report, or if the parser cannot be run.
    pub fn read(tree: &Path, log: &str) -> Result<Self> {
        let report = last_report(log).context("the log holds no report of KUnit")?;
        let output = parse(tree, &report)?;
        let json = output.find("\n{\n").context("kunit.py wrote no JSON")?;
        let all: Group = serde_json::from_str(&output[json..]).context("the JSON of kunit.py")?;
        Ok(Self {
            problem: problem(&all, &report, &output[..json]),
            tests: all.tests(""),
        })
    }

    /// Fails unless the log holds a result for each test that was announced.
    pub fn check_complete(&self) -> Result<()> {
        match &self.problem {
            Some(problem) => bail!("the report of KUnit is not complete:\n{problem}"),
            None => Ok(()),
        }
    }

    /// Fails unless the report is complete and no test failed. A test that was skipped has not.
    pub fn check_passed(&self) -> Result<()> {
        let is_bad = |test: &&Test| matches!(test.status, Status::Fail | Status::Error);
        let failed: Vec<_> = self.tests.iter().filter(is_bad).collect();
        ensure!(failed.is_empty(), "tests failed: {failed:?}");
        self.check_complete()
    }
}

impl Group {
    /// All tests below, each by the name of its suite and its own.
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

/// Runs the parser and returns what it prints: a summary, then JSON.
fn parse(tree: &Path, report: &str) -> Result<String> {
    // The parser prints while it reads, so a pipe on either side could block us both.
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
    // Its exit status is 1 if a test failed, and if it fell over itself: then there is no JSON.
    String::from_utf8(output.stdout).context("the output of kunit.py")
}

/// The last report from its header on, without the times at which its lines were logged.
fn last_report(log: &str) -> Option<String> {
    let lines: Vec<&str> = log.lines().map(without_time).collect();
    // Headers of suites are indented.
    let start = lines.iter().rposition(|line| line.starts_with(HEADER))?;
    Some(lines[start..].join("\n"))
}

/// A line of the console without the time at which it was logged.
fn without_time(line: &str) -> &str {
    let end = line
        .strip_prefix('[')
        .and_then(|rest| rest.split_once("] "));
    end.map_or(line, |(_, text)| text)
}

/// Says what is wrong with the report's form, if anything is.
fn problem(all: &Group, report: &str, summary: &str) -> Option<String> {
    let errors: Vec<&str> = summary
        .lines()
        .map(without_time)
        .filter(|line| line.starts_with("[ERROR]"))
        .collect();
    if all.misc.errors > 0 {
        return Some(errors.join("\n"));
    }
    // A suite that fails although its tests pass is counted as one more test.
    let tests = all.test_count();
    if all.misc.tests != tests {
        return Some(format!("{} results for {tests} tests", all.misc.tests));
    }
    // The parser does without a plan, and stops at the end of the outermost one.
    let groups = all.group_count();
    let count = |start| {
        let lines = report.lines().map(str::trim_start);
        lines.filter(|line| line.starts_with(start)).count()
    };
    let [headers, plans] = [HEADER, "1.."].map(count);
    (headers != groups || plans != groups)
        .then(|| format!("{headers} headers and {plans} plans for {groups} groups of tests"))
}
