// SPDX-License-Identifier: MIT OR Apache-2.0

//! The guest's first process: mounts file systems, loads the module, runs the command, writes its
//! outcome and powers off.

use super::job::{Job, Outcome};
use super::launch::{dir_mount, end};
use anyhow::{Context, Result};
use rustix::fd::OwnedFd;
use rustix::fs::CWD;
use rustix::mount::{MountFlags, MoveMountFlags, OpenTreeFlags, mount, move_mount, open_tree};
use rustix::system::{RebootCommand, finit_module, reboot, sethostname};
use rustix::termios::{OptionalActions, tcdrain, tcgetattr, tcsetattr};
use std::fs::{self, File};
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Command, ExitCode, ExitStatus};

/// The mount point of the host's directory of this guest, which is writable.
const RUN: &str = "/run/xtask";

/// The mount point of debugfs, in a kernel that has it.
const DEBUGFS: &str = "/sys/kernel/debug";

/// Mount points of tmpfs, which hide the host's directories.
const OWN: [&str; 3] = ["/tmp", "/run", "/dev/shm"];

/// Runs the job in a directory of the host. Returns only if the guest cannot power off.
pub(crate) fn run(dir: &Path) -> Result<ExitCode> {
    let job = Job::read(dir);
    let end = job
        .as_ref()
        .map_or(RebootCommand::PowerOff, |job| end(job.machine));
    let outcome = job
        .and_then(|job| {
            mount_all(&job, dir)?;
            work(&job)
        })
        .unwrap_or_else(|error| Outcome::Failed(format!("{error:#}")));
    if let Err(error) = outcome.write(Path::new(RUN)) {
        eprintln!("cannot write the outcome {outcome:?}: {error:#}");
    }
    reboot(end)?;
    Ok(ExitCode::FAILURE)
}

fn work(job: &Job) -> Result<Outcome> {
    sethostname(b"guest").context("the host name")?;
    // The command may not need the loopback device.
    let _ = Command::new("ip")
        .args(["link", "set", "lo", "up"])
        .status();
    for module in &job.modules {
        load(module)?;
    }
    let terminal = job.machine.terminal();
    let terminal = File::options()
        .read(true)
        .write(true)
        .open(terminal)
        .context(terminal)?;
    if !job.is_interactive {
        make_raw(&terminal)?;
    }
    let status = command(job, &terminal)?.status();
    // Waits until the host has received the output.
    let _ = tcdrain(&terminal);
    let name = job.command.first().map_or("", String::as_str);
    Ok(Outcome::Status(code(
        status.with_context(|| format!("cannot run {name}"))?,
    )))
}

fn command(job: &Job, terminal: &File) -> Result<Command> {
    let mut command = match job.is_interactive {
        // Job control needs a session that owns the terminal.
        true => {
            let mut command = Command::new("setsid");
            command.args(["--ctty", "--wait"]).args(&job.command);
            command
        }
        false => {
            let (program, args) = job.command.split_first().context("no command")?;
            let mut command = Command::new(program);
            command.args(args);
            command
        }
    };
    command
        .env_clear()
        .envs(&job.environment)
        .current_dir(&job.dir)
        .stdin(terminal.try_clone()?)
        .stdout(terminal.try_clone()?)
        .stderr(terminal.try_clone()?);
    Ok(command)
}

/// Mounts the usual file systems, and then the host's needed directories, which these would hide.
fn mount_all(job: &Job, dir: &Path) -> Result<()> {
    let kept = job
        .needed
        .iter()
        .filter(|path| OWN.iter().any(|own| path.starts_with(own)))
        .map(|path| Ok((path, keep(path)?)))
        .collect::<Result<Vec<_>>>()?;
    for (kind, target) in [("proc", "/proc"), ("sysfs", "/sys"), ("devtmpfs", "/dev")] {
        mount_one(kind, kind, target, "")?;
    }
    if Path::new(DEBUGFS).exists() {
        mount_one("debugfs", "debugfs", DEBUGFS, "")?;
    }
    for own in OWN {
        fs::create_dir_all(own).with_context(|| own.to_owned())?;
        mount_one("tmpfs", "tmpfs", own, "mode=1777")?;
    }
    for (path, tree) in kept {
        fs::create_dir_all(path)?;
        move_mount(tree, "", CWD, path, MoveMountFlags::MOVE_MOUNT_F_EMPTY_PATH)
            .with_context(|| format!("cannot mount {}", path.display()))?;
    }
    fs::create_dir_all(RUN)?;
    let dir = dir.to_str().context("not UTF-8")?;
    let [kind, source, data] = dir_mount(job.machine, dir);
    mount_one(kind, source, RUN, data)
}

fn mount_one(kind: &str, source: &str, target: &str, data: &str) -> Result<()> {
    let data = std::ffi::CString::new(data)?;
    mount(source, target, kind, MountFlags::empty(), data.as_c_str())
        .with_context(|| format!("cannot mount {target}"))
}

fn keep(path: &Path) -> Result<OwnedFd> {
    let flags = OpenTreeFlags::OPEN_TREE_CLONE | OpenTreeFlags::OPEN_TREE_CLOEXEC;
    open_tree(CWD, path, flags)
        .with_context(|| format!("cannot clone the mount of {}", path.display()))
}

fn load(module: &Path) -> Result<()> {
    let file = File::open(module).with_context(|| format!("cannot open {}", module.display()))?;
    finit_module(file, c"", 0).with_context(|| format!("cannot load {}", module.display()))
}

/// Turns off the processing of bytes.
fn make_raw(terminal: &File) -> Result<()> {
    let mut attributes = tcgetattr(terminal)?;
    attributes.make_raw();
    Ok(tcsetattr(terminal, OptionalActions::Now, &attributes)?)
}

/// Returns the status as a shell does.
fn code(status: ExitStatus) -> i32 {
    status
        .code()
        .unwrap_or_else(|| 128 + status.signal().unwrap_or(0))
}
