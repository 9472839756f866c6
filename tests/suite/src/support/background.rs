// SPDX-License-Identifier: MIT OR Apache-2.0

//! Processes and load in the background of a test.

use super::join;
use super::tool::Run;
use crate::raw::Client;
use anyhow::{Context, Result, bail, ensure};
use rustix::process::{Pid, Signal, kill_process};
use std::fs::{self, File};
use std::process::{Child, Command};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::thread;
use std::time::{Duration, Instant};

/// Limit of each wait.
const TIMEOUT: Duration = Duration::from_secs(20);

/// A process whose output goes to files, so that it never blocks on a pipe. Dropping it kills the
/// process.
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
        let pid =
            Pid::from_raw(i32::try_from(self.child.id())?).context("expected a process id")?;
        Ok(kill_process(pid, signal)?)
    }

    /// Waits until it has printed `count` lines.
    pub(crate) fn wait_for_lines(&self, count: usize) -> Result<()> {
        wait_until(|| Ok(fs::read_to_string(&self.stdout)?.lines().count() >= count))
            .with_context(|| format!("expected {count} lines of output"))
    }

    /// Waits until it has printed `text`.
    pub(crate) fn wait_for_text(&self, text: &str) -> Result<()> {
        wait_until(|| Ok(fs::read_to_string(&self.stdout)?.contains(text)))
            .with_context(|| format!("expected {text:?} in the output"))
    }

    /// Returns the result of the process, which must have ended.
    pub(crate) fn try_wait(mut self) -> Result<Run> {
        ensure!(
            self.child.try_wait()?.is_some(),
            "expected the process to have ended"
        );
        self.wait()
    }

    /// Waits until the process ends and returns its result.
    pub(crate) fn wait(mut self) -> Result<Run> {
        wait_until(|| Ok(self.child.try_wait()?.is_some()))
            .context("expected the process to end")?;
        let status = self.child.wait()?;
        Ok(Run {
            code: status.code().context("killed by a signal")?,
            stdout: fs::read_to_string(&self.stdout)?,
            stderr: fs::read_to_string(&self.stderr)?,
        })
    }
}

impl Drop for Background {
    fn drop(&mut self) {
        // Fails if the process has ended.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Waits until a socket of this namespace has joined a multicast group of generic netlink.
pub(crate) fn wait_for_listener(group: u32) -> Result<()> {
    ensure!(
        (1..=32).contains(&group),
        "/proc/net/netlink does not show group {group}"
    );
    wait_until(|| has_listener(1 << (group - 1))).context("expected a listener")
}

/// Returns whether a socket of this namespace has joined one of the groups.
fn has_listener(groups: u32) -> Result<bool> {
    const GENERIC: &str = "16";

    let sockets = fs::read_to_string("/proc/thread-self/net/netlink")?;
    for line in sockets.lines().skip(1) {
        let mut columns = line.split_whitespace().skip(1);
        let (Some(protocol), Some(_port), Some(mask)) =
            (columns.next(), columns.next(), columns.next())
        else {
            bail!("expected a socket, got the line {line}");
        };
        if protocol == GENERIC && u32::from_str_radix(mask, 16)? & groups != 0 {
            return Ok(true);
        }
    }
    Ok(false)
}

fn wait_until(mut condition: impl FnMut() -> Result<bool>) -> Result<()> {
    let start = Instant::now();
    while !condition()? {
        ensure!(start.elapsed() < TIMEOUT, "timeout after {TIMEOUT:?}");
        thread::sleep(Duration::from_millis(5));
    }
    Ok(())
}

/// A job to repeat, with the number of the round, which is unique among all threads.
pub(crate) type Job<'a> = &'a (dyn Fn(&mut Client, u64) -> Result<()> + Sync);

/// Threads in the namespace of the test, each of which repeats a job with its own client.
pub(crate) struct Load<'a> {
    jobs: &'a [Job<'a>],
}

impl<'a> Load<'a> {
    pub(crate) fn new(jobs: &'a [Job<'a>]) -> Self {
        Self { jobs }
    }

    /// Runs `test` under load, once each thread has completed a round. Returns the result of the
    /// test and the number of rounds.
    pub(crate) fn during<T>(&self, test: impl FnOnce() -> Result<T>) -> Result<(T, u64)> {
        let (rounds, begun, done) = (AtomicU64::new(0), AtomicU64::new(0), AtomicBool::new(false));
        let repeat_until_done = |job: Job<'_>| {
            let mut client = Client::open()?;
            job(&mut client, rounds.fetch_add(1, Relaxed))?;
            begun.fetch_add(1, Relaxed);
            while !done.load(Relaxed) {
                job(&mut client, rounds.fetch_add(1, Relaxed))?;
            }
            anyhow::Ok(())
        };
        let result = thread::scope(|scope| {
            let threads: Vec<_> = self
                .jobs
                .iter()
                .map(|job| scope.spawn(|| repeat_until_done(*job)))
                .collect();
            while begun.load(Relaxed) < threads.len() as u64
                && !threads.iter().any(|thread| thread.is_finished())
            {
                thread::yield_now();
            }
            let result = test();
            done.store(true, Relaxed);
            for thread in threads {
                join(thread)?;
            }
            result
        })?;
        Ok((result, rounds.into_inner()))
    }
}
