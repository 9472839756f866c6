// SPDX-License-Identifier: MIT OR Apache-2.0

//! `greetctl bench`: counts, durations, output and exit status.

use crate::raw::Client;
use crate::support::background::Background;
use crate::support::module::Unloaded;
use crate::support::tool::{Run, greetctl};
use anyhow::{Context, Result, ensure};
use rustix::process::Signal;
use serde_json::Value;
use std::thread;
use std::time::{Duration, Instant};

crate::tests![
    count_sets_the_number_of_greetings,
    the_last_batch_is_cut_to_the_count,
    more_threads_than_greetings_succeed,
    duration_sets_the_run_time,
    bench_without_options_runs_for_two_seconds,
    text_output_lists_percentiles,
    ctrl_c_prints_the_report_so_far,
    invalid_options_are_usage_errors,
    a_missing_family_has_exit_status_3,
];

const PERCENTILES: [&str; 6] = ["min", "p50", "p90", "p99", "p99_9", "max"];

fn count_sets_the_number_of_greetings() -> Result<()> {
    let report = measured(&["--count", "100"])?;
    assert_greeted(&report, 100)?;
    assert_eq!(
        (&report["batch"], &report["threads"]),
        (&1.into(), &1.into())
    );
    Ok(())
}

fn the_last_batch_is_cut_to_the_count() -> Result<()> {
    let report = measured(&["--count", "1001", "--batch", "100", "--threads", "2"])?;
    assert_greeted(&report, 1001)?;
    assert_eq!(
        (&report["batch"], &report["threads"]),
        (&100.into(), &2.into())
    );
    Ok(())
}

fn more_threads_than_greetings_succeed() -> Result<()> {
    let report = measured(&["--count", "3", "--threads", "8"])?;
    assert_greeted(&report, 3)
}

fn duration_sets_the_run_time() -> Result<()> {
    let report = measured(&["--duration", "500ms", "--batch", "32"])?;
    let seconds = report["seconds"].as_f64().context("seconds")?;
    assert!((0.5..5.0).contains(&seconds), "{report}");
    let greetings = report["greetings"].as_u64().context("greetings")?;
    assert_greeted(&report, greetings)?;
    let per_second = report["per_second"].as_f64().context("per_second")?;
    let expected = greetings as f64 / seconds;
    assert!((per_second / expected - 1.0).abs() < 0.01, "{report}");
    Ok(())
}

fn bench_without_options_runs_for_two_seconds() -> Result<()> {
    let start = Instant::now();
    greetctl(&["bench"])?.output()?;
    let took = start.elapsed();
    let expected = Duration::from_secs(2)..Duration::from_secs(8);
    assert!(
        expected.contains(&took),
        "expected {expected:?}, took {took:?}"
    );
    Ok(())
}

fn text_output_lists_percentiles() -> Result<()> {
    let run = greetctl(&["bench", "--count", "64", "--batch", "32"])?;
    let lines: Vec<_> = run.stdout.lines().collect();
    assert!(lines[0].starts_with("64 greetings in "), "{run:?}");
    assert_eq!(lines[2], "latency of 32 greetings in one batch");
    let names = lines[3..]
        .iter()
        .filter_map(|line| line.split_whitespace().next());
    let expected = ["min", "mean", "p50", "p90", "p99", "p99.9", "max"];
    assert!(names.eq(expected), "{run:?}");
    // Progress is shown only on a terminal.
    assert_eq!((run.code, run.stderr.as_str()), (0, ""));
    Ok(())
}

fn ctrl_c_prints_the_report_so_far() -> Result<()> {
    let bench = Background::start("greetctl", &["bench", "--json", "--duration", "1000s"])?;
    let mut client = Client::open()?;
    wait_for_greetings(&mut client, 100)?;
    bench.signal(Signal::INT)?;
    let report = report(bench.wait()?)?;
    let greeted = client.peer("bench")?.greetings;
    assert_eq!(report["greetings"], greeted);
    assert!(greeted >= 100);
    Ok(())
}

/// Waits until the kernel has counted `count` greetings.
fn wait_for_greetings(client: &mut Client, count: u64) -> Result<()> {
    const TIMEOUT: Duration = Duration::from_secs(10);

    let start = Instant::now();
    while client.stats()?.greetings < count {
        ensure!(
            start.elapsed() < TIMEOUT,
            "fewer than {count} greetings within {TIMEOUT:?}"
        );
        thread::sleep(Duration::from_millis(5));
    }
    Ok(())
}

fn invalid_options_are_usage_errors() -> Result<()> {
    const USAGE: i32 = 2;

    for args in [
        &["--batch", "0"][..],
        &["--threads", "0"],
        &["--count", "0"],
        &["--duration", "-1s"],
        &["--count", "1", "--duration", "1s"],
    ] {
        let run = greetctl(&[&["bench"], args].concat())?;
        assert_eq!((run.code, run.stdout.as_str()), (USAGE, ""), "{args:?}");
    }
    assert_eq!(Client::open()?.stats()?.greetings, 0);
    Ok(())
}

fn a_missing_family_has_exit_status_3() -> Result<()> {
    const ABSENT: i32 = 3;

    let unloaded = Unloaded::unload()?;
    let run = greetctl(&["bench", "--count", "1"])?;
    unloaded.reload()?;
    assert_eq!((run.code, run.stdout.as_str()), (ABSENT, ""));
    assert!(run.stderr.contains("modprobe greet"), "{run:?}");
    Ok(())
}

/// Returns the JSON report of a run with these arguments.
fn measured(args: &[&str]) -> Result<Value> {
    report(greetctl(&[&["bench", "--json"], args].concat())?)
}

fn report(run: Run) -> Result<Value> {
    assert_eq!(run.stderr, "");
    Ok(serde_json::from_str(&run.output()?)?)
}

/// Checks a report against the kernel's counters, and that its percentiles ascend.
fn assert_greeted(report: &Value, greetings: u64) -> Result<()> {
    assert_eq!(report["greetings"], greetings);
    let mut client = Client::open()?;
    assert_eq!(client.peer("bench")?.greetings, greetings);
    let stats = client.stats()?;
    assert_eq!((stats.greetings, stats.replies), (greetings, greetings));
    let latency = PERCENTILES.map(|name| report["latency_ns"][name].as_u64());
    assert!(latency[0] > Some(0) && latency.is_sorted(), "{report}");
    Ok(())
}
