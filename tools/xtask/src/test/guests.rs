// SPDX-License-Identifier: MIT OR Apache-2.0

//! Tests that xtask ends every guest and reports its failure.

use super::tally::Tally;
use crate::cache::Scratch;
use crate::guest::{self, Output, Report};
use crate::paths::Paths;
use crate::setup::Ready;
use anyhow::{Context, Result, bail, ensure};
use std::fs;
use std::time::{Duration, Instant};

const DEADLINE: Duration = Duration::from_secs(60);

type Test = fn(&Guests<'_>) -> Result<()>;

const TESTS: [(&str, Test); 8] = [
    ("exit_status_is_returned", exit_status_is_returned),
    ("output_is_complete", output_is_complete),
    ("host_files_are_read_only", host_files_are_read_only),
    ("unknown_command_is_reported", unknown_command_is_reported),
    ("hanging_guest_is_killed", hanging_guest_is_killed),
    ("panic_is_reported", panic_is_reported),
    ("missing_result_is_reported", missing_result_is_reported),
    ("kernel_warning_is_reported", kernel_warning_is_reported),
];

struct Guests<'a> {
    paths: &'a Paths,
    ready: &'a Ready,
}

pub(crate) fn run(paths: &Paths, ready: &Ready) -> Result<Tally> {
    let guests = Guests { paths, ready };
    let mut tally = Tally::default();
    for (name, test) in TESTS {
        let result = test(&guests).and_then(|()| guests.check_leftovers());
        tally.count(&format!("guests::{name}"), result);
    }
    Ok(tally)
}

impl Guests<'_> {
    /// Runs a shell command line.
    fn run(&self, line: &str, deadline: Duration) -> Result<Report> {
        let words = ["sh", "-c", line].map(str::to_owned);
        self.run_words(&words, deadline)
    }

    fn run_words(&self, words: &[String], deadline: Duration) -> Result<Report> {
        let (paths, ready) = (self.paths, self.ready);
        guest::run(paths, ready, "guests", words, Output::Keep, deadline)
    }

    /// Fails if a process still runs our kernel, or a guest's directory exists.
    fn check_leftovers(&self) -> Result<()> {
        let kernel = self.ready.locked.kernel.program();
        for entry in fs::read_dir("/proc")?.flatten() {
            let program = fs::read_link(entry.path().join("exe"));
            let is_child = fs::read_to_string(entry.path().join("stat"))
                .is_ok_and(|stat| stat.contains(&format!(" {} ", std::process::id())));
            ensure!(
                !(is_child && program.is_ok_and(|program| program == kernel)),
                "process {} is left",
                entry.file_name().to_string_lossy()
            );
        }
        let dir = Scratch::place(self.paths, guest::SCRATCH);
        ensure!(!dir.exists(), "{} is left", dir.display());
        Ok(())
    }
}

/// Returns the error of a report that must be one.
fn error_of(report: &Report) -> Result<String> {
    match report.status() {
        Ok(status) => bail!("no error, but status {status}"),
        Err(error) => Ok(format!("{error:#}")),
    }
}

fn exit_status_is_returned(guests: &Guests<'_>) -> Result<()> {
    for (line, expected) in [("exit 0", 0), ("exit 7", 7), ("kill -TERM $$", 128 + 15)] {
        let status = guests.run(line, DEADLINE)?.status()?;
        ensure!(status == expected, "`{line}` exited with {status}");
    }
    Ok(())
}

fn output_is_complete(guests: &Guests<'_>) -> Result<()> {
    let report = guests.run("seq 20000; printf 'a\\tb\\r\\377\\n' >&2", DEADLINE)?;
    report.status()?;
    let mut expected: String = (1..=20_000).map(|line| format!("{line}\n")).collect();
    expected.push_str("a\tb\r\u{fffd}\n");
    ensure!(
        report.output == expected,
        "{} bytes instead of {}",
        report.output.len(),
        expected.len()
    );
    Ok(())
}

fn host_files_are_read_only(guests: &Guests<'_>) -> Result<()> {
    let line = "test -r \"$GREET_SPEC\" && test -r \"$GREET_MODULE\" && ! touch \"$GREET_SPEC\" \
                && touch /tmp/a-new-file /run/a-new-file /dev/shm/a-new-file && greetctl --version";
    let status = guests.run(line, DEADLINE)?.status()?;
    ensure!(status == 0, "status {status}");
    Ok(())
}

fn unknown_command_is_reported(guests: &Guests<'_>) -> Result<()> {
    let report = guests.run_words(&["no-such-command".to_owned()], DEADLINE)?;
    let error = error_of(&report)?;
    ensure!(error.contains("cannot run no-such-command"), "{error}");
    Ok(())
}

fn hanging_guest_is_killed(guests: &Guests<'_>) -> Result<()> {
    let start = Instant::now();
    let report = guests.run("echo before; sleep 1000", Duration::from_secs(5))?;
    let took = start.elapsed();
    let error = error_of(&report)?;
    ensure!(report.output == "before\n", "output: {}", report.output);
    ensure!(took < Duration::from_secs(10), "it took {took:?}");
    ensure!(error.contains("killed at its deadline"), "{error}");
    Ok(())
}

fn panic_is_reported(guests: &Guests<'_>) -> Result<()> {
    let report = guests.run("echo c > /proc/sysrq-trigger", DEADLINE)?;
    let error = error_of(&report)?;
    ensure!(error.contains("sysrq triggered crash"), "{error}");
    Ok(())
}

fn missing_result_is_reported(guests: &Guests<'_>) -> Result<()> {
    let report = guests.run("echo o > /proc/sysrq-trigger; sleep 1000", DEADLINE)?;
    let error = error_of(&report)?;
    ensure!(error.contains("ended without a result"), "{error}");
    Ok(())
}

/// Writes to the kernel's log, which does not distinguish programs from the kernel.
fn kernel_warning_is_reported(guests: &Guests<'_>) -> Result<()> {
    let report = guests.run("echo 'WARNING: a test' > /dev/kmsg", DEADLINE)?;
    let error = error_of(&report)?;
    ensure!(error.contains("WARNING: a test"), "{error}");
    let log = fs::read_to_string(&report.log).context("the console's log")?;
    ensure!(
        log.contains("WARNING: a test"),
        "not in {}",
        report.log.display()
    );
    Ok(())
}
