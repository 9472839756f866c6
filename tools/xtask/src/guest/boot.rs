// SPDX-License-Identifier: MIT OR Apache-2.0

//! Runs one guest from its start to the end of its last process.

use super::job::{Job, Outcome};
use super::launch::Launch;
use crate::cache::Scratch;
use crate::paths::Paths;
use crate::setup::Kernel;
use crate::tool;
use anyhow::{Context, Result, bail};
use rustix::process::{Pid, Signal, kill_process_group, test_kill_process_group};
use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitCode, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// Handling of the command's output.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Output {
    Show,
    ShowAndKeep,
    Keep,
}

/// A guest to boot.
#[derive(Debug)]
pub(crate) struct Boot<'a> {
    /// The kernel image.
    kernel: PathBuf,
    /// The directory of this guest only.
    dir: &'a Path,
    /// The log for the console.
    log: PathBuf,
    job: Job,
    /// The guest's first process: an xtask for its architecture.
    pub(crate) xtask: PathBuf,
}

/// The result of a guest.
#[derive(Debug)]
pub(crate) struct Report {
    /// `None` if the guest ended, or was killed, without an outcome.
    pub(crate) outcome: Option<Outcome>,
    /// Whether it was killed at its deadline.
    pub(crate) timed_out: bool,
    pub(crate) output: String,
    pub(crate) console: String,
    pub(crate) log: PathBuf,
}

impl<'a> Boot<'a> {
    /// Creates a guest with the log `console-NAME`, whose first process is the running xtask.
    pub(super) fn new(
        paths: &Paths,
        kernel: &Kernel,
        dir: &'a Scratch,
        name: &str,
        job: Job,
    ) -> Self {
        Self {
            kernel: kernel.program(),
            dir: dir.path(),
            log: paths.log(&format!("console-{name}")),
            job,
            xtask: "/proc/self/exe".into(),
        }
    }

    /// Runs the guest without standard input.
    pub(crate) fn run(&self, output: Output, deadline: Duration) -> Result<Report> {
        let mut child = self
            .prepare()?
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .process_group(0)
            .spawn()
            .context("cannot start the kernel")?;
        let stdout = child.stdout.take().context("the guest has no output")?;
        let reader = thread::spawn(move || pump(stdout, output));
        let timed_out = wait(&mut child, deadline)?;
        end_group(&child)?;
        let output = reader.join().unwrap_or_default();
        self.report(timed_out, output)
    }

    /// Runs the guest on our terminal, without a deadline.
    pub(crate) fn run_on_terminal(&self) -> Result<Report> {
        let stdin = io::stdin();
        let saved = rustix::termios::tcgetattr(&stdin).context("the shell needs a terminal")?;
        // In our process group, since only the terminal's foreground group may read from it.
        let status = self.prepare()?.status();
        rustix::termios::tcsetattr(&stdin, rustix::termios::OptionalActions::Now, &saved)?;
        status.context("cannot start the kernel")?;
        self.report(false, String::new())
    }

    fn prepare(&self) -> Result<Command> {
        self.job.write(self.dir)?;
        let console = self.console();
        File::create(&console).with_context(|| format!("cannot write {}", console.display()))?;
        // A copy, since cargo may replace this xtask during the run.
        let init = self.dir.join("init");
        fs::copy(&self.xtask, &init).context("cannot copy xtask into the guest's directory")?;
        let launch = Launch {
            machine: self.job.machine,
            kernel: &self.kernel,
            dir: self.dir,
            init: &init,
        };
        Ok(launch.command(&console)?)
    }

    fn report(&self, timed_out: bool, output: String) -> Result<Report> {
        let console = tool::read_log(&self.console());
        fs::write(&self.log, &console)
            .with_context(|| format!("cannot write {}", self.log.display()))?;
        Ok(Report {
            outcome: Outcome::read(self.dir),
            timed_out,
            output,
            console,
            log: self.log.clone(),
        })
    }

    /// Returns the path of this guest's console.
    fn console(&self) -> PathBuf {
        self.dir.join("console")
    }
}

impl Report {
    /// Returns the command's exit status. Fails without one, or if the console holds a fault.
    pub(crate) fn status(&self) -> Result<i32> {
        let log = self.log.display();
        if self.timed_out {
            bail!(
                "the guest was killed at its deadline; the last lines of {log}:\n{}",
                tool::last_lines(&self.console)
            );
        }
        klog::check(&self.console).with_context(|| format!("see {log}"))?;
        match &self.outcome {
            Some(Outcome::Status(status)) => Ok(*status),
            Some(Outcome::Failed(error)) => bail!("the guest could not run the command: {error}"),
            None => bail!(
                "the guest ended without a result; the last lines of {log}:\n{}",
                tool::last_lines(&self.console)
            ),
        }
    }

    pub(crate) fn exit_code(&self) -> Result<ExitCode> {
        Ok(ExitCode::from(u8::try_from(self.status()?).unwrap_or(1)))
    }
}

/// Waits for the guest's end, and kills it at the deadline. Returns whether it was killed.
fn wait(child: &mut Child, deadline: Duration) -> Result<bool> {
    const INTERVAL: Duration = Duration::from_millis(10);

    let start = Instant::now();
    while child.try_wait()?.is_none() {
        if start.elapsed() >= deadline {
            kill_group(child)?;
            child.wait()?;
            return Ok(true);
        }
        thread::sleep(INTERVAL);
    }
    Ok(false)
}

/// Kills the guest's processes until none is left.
fn end_group(child: &Child) -> Result<()> {
    const PATIENCE: Duration = Duration::from_secs(5);

    let start = Instant::now();
    while test_kill_process_group(group(child)?).is_ok() {
        if start.elapsed() > PATIENCE {
            bail!("cannot kill the guest's process group {}", child.id());
        }
        kill_group(child)?;
        thread::sleep(Duration::from_millis(10));
    }
    Ok(())
}

fn kill_group(child: &Child) -> Result<()> {
    match kill_process_group(group(child)?, Signal::KILL) {
        Ok(()) | Err(rustix::io::Errno::SRCH) => Ok(()),
        Err(error) => Err(error).context("cannot kill the guest"),
    }
}

fn group(child: &Child) -> Result<Pid> {
    Pid::from_raw(i32::try_from(child.id())?).context("the guest has no process id")
}

/// Reads the command's output to its end. Output that cannot be shown is dropped, so that the guest
/// does not wait.
fn pump(mut from: impl Read, output: Output) -> String {
    let mut kept = Vec::new();
    let mut buffer = [0; 4096];
    let mut stdout = io::stdout();
    while let Ok(len @ 1..) = from.read(&mut buffer) {
        if output != Output::Keep {
            let _ = stdout
                .write_all(&buffer[..len])
                .and_then(|()| stdout.flush());
        }
        if output != Output::Show {
            kept.extend_from_slice(&buffer[..len]);
        }
    }
    String::from_utf8_lossy(&kept).into_owned()
}
