// SPDX-License-Identifier: MIT OR Apache-2.0

//! Programs that run while a test goes on.

use super::tool::Run;
use anyhow::{Context, Result, bail, ensure};
use rustix::process::{Pid, Signal, kill_process};
use std::fs::{self, File};
use std::process::{Child, Command};
use std::thread;
use std::time::{Duration, Instant};

/// No program here needs longer for what it is waited for.
const PATIENCE: Duration = Duration::from_secs(20);

/// A program whose output goes into files, so that it never waits for its reader. It is ended when
/// this is dropped.
pub(crate) struct Background {
    child: Child,
    stdout: String,
    stderr: String,
}

impl Background {
    pub(crate) fn start(program: &str, args: &[&str]) -> Result<Self> {
        Self::start_command(Command::new(program).args(args))
    }

    pub(crate) fn start_command(command: &mut Command) -> Result<Self> {
        const STDOUT: &str = "/tmp/background.out";
        const STDERR: &str = "/tmp/background.err";

        let child = command
            .stdout(File::create(STDOUT)?)
            .stderr(File::create(STDERR)?)
            .spawn()
            .with_context(|| format!("cannot run {:?}", command.get_program()))?;
        Ok(Self {
            child,
            stdout: STDOUT.to_owned(),
            stderr: STDERR.to_owned(),
        })
    }

    pub(crate) fn signal(&self, signal: Signal) -> Result<()> {
        let pid = Pid::from_raw(i32::try_from(self.child.id())?).context("no process")?;
        Ok(kill_process(pid, signal)?)
    }

    /// Waits until it has printed so many lines.
    pub(crate) fn await_lines(&self, count: usize) -> Result<()> {
        await_that(|| Ok(fs::read_to_string(&self.stdout)?.lines().count() >= count))
            .with_context(|| format!("it did not print {count} lines"))
    }

    /// Waits until it has printed a text.
    pub(crate) fn await_text(&self, text: &str) -> Result<()> {
        await_that(|| Ok(fs::read_to_string(&self.stdout)?.contains(text)))
            .with_context(|| format!("it did not print {text:?}"))
    }

    /// What it did, if it has ended.
    pub(crate) fn end_now(mut self) -> Result<Run> {
        ensure!(self.child.try_wait()?.is_some(), "it has not ended");
        self.end()
    }

    /// Waits for its end.
    pub(crate) fn end(mut self) -> Result<Run> {
        await_that(|| Ok(self.child.try_wait()?.is_some())).context("it did not end")?;
        let status = self.child.wait()?;
        Ok(Run {
            code: status.code().context("ended by a signal")?,
            stdout: fs::read_to_string(&self.stdout)?,
            stderr: fs::read_to_string(&self.stderr)?,
        })
    }
}

impl Drop for Background {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Waits until somebody in this namespace listens to a multicast group of generic netlink.
pub(crate) fn await_listener(group: u32) -> Result<()> {
    ensure!(
        (1..=32).contains(&group),
        "the kernel lists no group {group}"
    );
    await_that(|| has_listener(1 << (group - 1))).context("nobody listens")
}

/// Whether a socket of this namespace has joined one of the groups.
fn has_listener(groups: u32) -> Result<bool> {
    const GENERIC: &str = "16";

    let sockets = fs::read_to_string("/proc/thread-self/net/netlink")?;
    for line in sockets.lines().skip(1) {
        let mut columns = line.split_whitespace().skip(1);
        let (Some(protocol), Some(_port), Some(mask)) =
            (columns.next(), columns.next(), columns.next())
        else {
            bail!("not the line of a socket: {line}");
        };
        if protocol == GENERIC && u32::from_str_radix(mask, 16)? & groups != 0 {
            return Ok(true);
        }
    }
    Ok(false)
}

fn await_that(mut condition: impl FnMut() -> Result<bool>) -> Result<()> {
    let start = Instant::now();
    while !condition()? {
        ensure!(start.elapsed() < PATIENCE, "not within {PATIENCE:?}");
        thread::sleep(Duration::from_millis(5));
    }
    Ok(())
}
