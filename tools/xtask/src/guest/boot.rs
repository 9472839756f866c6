// SPDX-License-Identifier: MIT OR Apache-2.0

//! One guest, from its start to the end of its last process.

use super::job::{Job, Outcome};
use super::launch::Launch;
use crate::tool;
use anyhow::{Context, Result, bail};
use rustix::process::{Pid, Signal, kill_process_group, test_kill_process_group};
use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// What the command prints.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Output {
    /// Is shown while it runs.
    Show,
    /// Is shown and kept.
    ShowAndKeep,
    /// Is kept.
    Keep,
}

/// A kernel to boot.
#[derive(Debug)]
pub(crate) struct Boot<'a> {
    /// The program that is the kernel.
    pub(crate) kernel: &'a Path,
    /// The folder of this guest alone.
    pub(crate) folder: &'a Path,
    /// Where the console is kept after the end.
    pub(crate) log: PathBuf,
    pub(crate) job: Job,
    /// The guest's first process: an xtask that its processor understands.
    pub(crate) xtask: &'a Path,
}

/// What became of a guest.
#[derive(Debug)]
pub(crate) struct Report {
    /// `None` if it ended, or was ended, without one.
    pub(crate) outcome: Option<Outcome>,
    /// Whether it had to be ended.
    pub(crate) timed_out: bool,
    pub(crate) output: String,
    pub(crate) console: String,
    pub(crate) log: PathBuf,
}

impl Boot<'_> {
    /// Runs the guest; nobody sits at its terminal.
    pub(crate) fn run(&self, output: Output, deadline: Duration) -> Result<Report> {
        let mut command = self.prepare()?;
        command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .process_group(0);
        let mut child = command.spawn().context("cannot start the kernel")?;
        let stdout = child.stdout.take().context("the guest has no output")?;
        let reader = thread::spawn(move || pump(stdout, output));
        let timed_out = wait(&mut child, deadline)?;
        end_group(&child)?;
        let output = reader.join().unwrap_or_default();
        self.report(timed_out, output)
    }

    /// Runs the guest on our terminal, for as long as its user wants.
    pub(crate) fn run_on_terminal(&self) -> Result<Report> {
        let stdin = io::stdin();
        let saved = rustix::termios::tcgetattr(&stdin).context("a prompt needs a terminal")?;
        // In our process group, since only the terminal's foreground group may read from it.
        let status = self.prepare()?.status();
        rustix::termios::tcsetattr(&stdin, rustix::termios::OptionalActions::Now, &saved)?;
        status.context("cannot start the kernel")?;
        self.report(false, String::new())
    }

    fn prepare(&self) -> Result<Command> {
        self.job.write(self.folder)?;
        let console = self.console();
        let cannot_write = || format!("cannot write {}", console.display());
        File::create(&console).with_context(cannot_write)?;
        // A copy, since an xtask that is built meanwhile takes the place of this one.
        let init = self.folder.join("init");
        fs::copy(self.xtask, &init).context("cannot copy xtask into the guest's folder")?;
        Launch {
            machine: self.job.machine,
            kernel: self.kernel,
            folder: self.folder,
            init: &init,
        }
        .command(&console)
        .with_context(cannot_write)
    }

    fn report(&self, timed_out: bool, output: String) -> Result<Report> {
        let console = tool::read(&self.console());
        fs::write(&self.log, &console)
            .with_context(|| format!("cannot write {}", self.log.display()))?;
        Ok(Report {
            outcome: Outcome::read(self.folder),
            timed_out,
            output,
            console,
            log: self.log.clone(),
        })
    }

    /// In the guest's folder, so that another guest with the same log is not taken for this one.
    fn console(&self) -> PathBuf {
        self.folder.join("console")
    }
}

impl Report {
    /// The command's exit status; an error if there is none, or if the console holds a fault.
    pub(crate) fn status(&self) -> Result<i32> {
        let log = self.log.display();
        if self.timed_out {
            bail!(
                "the guest was ended at its deadline; the last lines of {log}:\n{}",
                tool::last_lines(&self.console)
            );
        }
        let faults = klog::faults(self.console.lines(), |_| false);
        if !faults.is_empty() {
            bail!(
                "the kernel reports faults, see {log}:\n{}",
                tool::last_lines(&faults.join("\n"))
            );
        }
        match &self.outcome {
            Some(Outcome::Status(status)) => Ok(*status),
            Some(Outcome::Failed(error)) => bail!("the guest could not run the command: {error}"),
            None => bail!(
                "the guest ended without a result; the last lines of {log}:\n{}",
                tool::last_lines(&self.console)
            ),
        }
    }
}

/// Waits for the guest's end; at the deadline, ends it. Tells whether that was needed.
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

/// Sees to it that no process of the guest is left.
fn end_group(child: &Child) -> Result<()> {
    const PATIENCE: Duration = Duration::from_secs(5);

    let start = Instant::now();
    while test_kill_process_group(group(child)?).is_ok() {
        if start.elapsed() > PATIENCE {
            bail!(
                "a process of the guest does not end, in group {}",
                child.id()
            );
        }
        kill_group(child)?;
        thread::sleep(Duration::from_millis(10));
    }
    Ok(())
}

fn kill_group(child: &Child) -> Result<()> {
    match kill_process_group(group(child)?, Signal::KILL) {
        Ok(()) | Err(rustix::io::Errno::SRCH) => Ok(()),
        Err(error) => Err(error).context("cannot end the guest"),
    }
}

fn group(child: &Child) -> Result<Pid> {
    Pid::from_raw(i32::try_from(child.id())?).context("a process without a number")
}

/// Reads all that the command prints. What cannot be shown, because the reader is gone, is dropped:
/// the guest must not wait for it.
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
