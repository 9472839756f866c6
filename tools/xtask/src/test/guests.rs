// SPDX-License-Identifier: MIT OR Apache-2.0

//! Guests that do not end well: xtask must end and report them.

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
    ("tells_the_status", tells_the_status),
    ("keeps_output_whole", keeps_output_whole),
    ("changes_no_file", changes_no_file),
    ("misses_a_command", misses_a_command),
    ("ends_one_that_hangs", ends_one_that_hangs),
    ("reports_a_panic", reports_a_panic),
    (
        "reports_an_end_without_result",
        reports_an_end_without_result,
    ),
    ("sees_a_warning_although_the_command_passed", sees_a_warning),
];

/// What boots guests.
struct Guests<'a> {
    paths: &'a Paths,
    ready: &'a Ready,
}

pub(crate) fn run(paths: &Paths, ready: &Ready) -> Result<Tally> {
    let guests = Guests { paths, ready };
    let mut tally = Tally::default();
    for (name, test) in TESTS {
        let result = test(&guests).and_then(|()| guests.leave_nothing());
        tally.count(&format!("guests::{name}"), result);
    }
    Ok(tally)
}

impl Guests<'_> {
    /// Runs a shell's command line.
    fn run(&self, line: &str, deadline: Duration) -> Result<Report> {
        let words = ["sh", "-c", line].map(str::to_owned);
        self.run_words(&words, deadline)
    }

    fn run_words(&self, words: &[String], deadline: Duration) -> Result<Report> {
        guest::run(
            self.paths,
            self.ready,
            "guests",
            words,
            Output::Keep,
            deadline,
        )
    }

    /// No process runs our kernel, and no guest has left its folder.
    fn leave_nothing(&self) -> Result<()> {
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
        let folder = Scratch::place(self.paths, guest::SCRATCH);
        ensure!(!folder.exists(), "{} is left", folder.display());
        Ok(())
    }
}

/// The error of a report that must be one.
fn error_of(report: &Report) -> Result<String> {
    match report.status() {
        Ok(status) => bail!("it is taken for well, with status {status}"),
        Err(error) => Ok(format!("{error:#}")),
    }
}

fn tells_the_status(guests: &Guests<'_>) -> Result<()> {
    for (line, expected) in [("exit 0", 0), ("exit 7", 7), ("kill -TERM $$", 128 + 15)] {
        let status = guests.run(line, DEADLINE)?.status()?;
        ensure!(status == expected, "`{line}` has the status {status}");
    }
    Ok(())
}

fn keeps_output_whole(guests: &Guests<'_>) -> Result<()> {
    let report = guests.run("seq 20000; printf 'a\\tb\\r\\377\\n' >&2", DEADLINE)?;
    report.status()?;
    let mut expected: String = (1..=20_000).map(|line| format!("{line}\n")).collect();
    expected.push_str("a\tb\r\u{fffd}\n");
    ensure!(
        report.output == expected,
        "{} bytes for {}",
        report.output.len(),
        expected.len()
    );
    Ok(())
}

fn changes_no_file(guests: &Guests<'_>) -> Result<()> {
    let line = "test -r \"$GREET_SPEC\" && test -r \"$GREET_MODULE\" && ! touch \"$GREET_SPEC\" \
                && touch /tmp/a-new-file /run/a-new-file /dev/shm/a-new-file && greetctl --version";
    let status = guests.run(line, DEADLINE)?.status()?;
    ensure!(status == 0, "status {status}");
    Ok(())
}

fn misses_a_command(guests: &Guests<'_>) -> Result<()> {
    let report = guests.run_words(&["no-such-command".to_owned()], DEADLINE)?;
    let error = error_of(&report)?;
    ensure!(error.contains("cannot run no-such-command"), "{error}");
    Ok(())
}

fn ends_one_that_hangs(guests: &Guests<'_>) -> Result<()> {
    let start = Instant::now();
    let report = guests.run("echo before; sleep 1000", Duration::from_secs(5))?;
    let took = start.elapsed();
    let error = error_of(&report)?;
    ensure!(report.output == "before\n", "output: {}", report.output);
    ensure!(took < Duration::from_secs(10), "it took {took:?}");
    ensure!(error.contains("ended at its deadline"), "{error}");
    Ok(())
}

fn reports_a_panic(guests: &Guests<'_>) -> Result<()> {
    let report = guests.run("echo c > /proc/sysrq-trigger", DEADLINE)?;
    let error = error_of(&report)?;
    ensure!(error.contains("sysrq triggered crash"), "{error}");
    Ok(())
}

fn reports_an_end_without_result(guests: &Guests<'_>) -> Result<()> {
    let report = guests.run("echo o > /proc/sysrq-trigger; sleep 1000", DEADLINE)?;
    let error = error_of(&report)?;
    ensure!(error.contains("ended without a result"), "{error}");
    Ok(())
}

/// The kernel's log takes lines of programs, too; one is as good as the kernel's own here.
fn sees_a_warning(guests: &Guests<'_>) -> Result<()> {
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
