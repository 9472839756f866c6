// SPDX-License-Identifier: MIT OR Apache-2.0

//! Parses complete and incomplete KUnit reports.
//!
//! The parser is part of the kernel tree. The tests pass without effect if `GREET_KERNEL_SRC` is
//! not set.

use klog::kunit::{Report, Status};
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
