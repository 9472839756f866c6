// SPDX-License-Identifier: MIT OR Apache-2.0

//! Programs.

use anyhow::{Context, Result, anyhow, bail, ensure};
use rustix::process::{Pid, Signal, kill_process_group};
use std::env;
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

/// The distribution's Python, which has the packages that the tests need. Another one may stand
/// before it on the user's `PATH`.
pub(crate) const PYTHON: &str = "/usr/bin/python3";

/// No program here needs longer, unless it hangs.
const LIMIT: Duration = Duration::from_secs(60);

/// What a program did.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Run {
    /// What it printed, if it succeeded.
    pub(crate) fn output(self) -> Result<String> {
        match self.code {
            0 => Ok(self.stdout),
            code => bail!("exit code {code}; {}{}", self.stdout, self.stderr),
        }
    }
}

/// Runs a program to its end, which comes within a minute. One that is not there is an error.
pub(crate) fn run(program: &str, args: &[&str]) -> Result<Run> {
    run_command(Command::new(program).args(args)).with_context(|| format!("{program} {args:?}"))
}

/// The same of a program that is prepared.
///
/// It is the only process that is started: in a slow machine a start takes half a second.
pub(crate) fn run_command(command: &mut Command) -> Result<Run> {
    let child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        // With what it starts itself it is a group, which can be ended at once.
        .process_group(0)
        .spawn()
        .with_context(|| format!("cannot run {:?}", command.get_program()))?;
    let group = Pid::from_child(&child);
    let (tell, told) = mpsc::channel();
    // What it prints is read meanwhile, so that it never waits for its reader.
    let reader = thread::spawn(move || {
        let output = child.wait_with_output();
        // Nobody listens only if the test has been given up.
        let _ = tell.send(());
        output
    });
    let is_late = told.recv_timeout(LIMIT).is_err();
    if is_late {
        // It may have ended just now.
        let _ = kill_process_group(group, Signal::KILL);
    }
    let Output {
        status,
        stdout,
        stderr,
    } = reader.join().map_err(|_| anyhow!("its reader ended"))??;
    let (stdout, stderr) = (String::from_utf8(stdout)?, String::from_utf8(stderr)?);
    ensure!(!is_late, "no end within {LIMIT:?}; {stdout}{stderr}");
    Ok(Run {
        code: status.code().context("ended by a signal")?,
        stdout,
        stderr,
    })
}

/// Runs `greetctl`.
pub(crate) fn greetctl(args: &[&str]) -> Result<Run> {
    run("greetctl", args)
}

/// The path in an environment variable that xtask sets.
pub(crate) fn path_in(variable: &str) -> Result<PathBuf> {
    let path = env::var_os(variable)
        .with_context(|| format!("{variable} is not set; run this by `make test`"))?;
    Ok(PathBuf::from(path))
}

/// The same as text, for a command line.
pub(crate) fn text_in(variable: &str) -> Result<String> {
    let path = path_in(variable)?;
    Ok(path.to_str().context("a path is not UTF-8")?.to_owned())
}

/// A file of the project's.
pub(crate) fn project_file(relative: &str) -> Result<String> {
    let spec = path_in("GREET_SPEC")?;
    let project = spec
        .parent()
        .and_then(|policy| policy.parent())
        .context("GREET_SPEC names no policy/greet.yaml")?;
    let path = project.join(relative);
    Ok(path.to_str().context("a path is not UTF-8")?.to_owned())
}

/// A file of the kernel's sources.
pub(crate) fn kernel_file(relative: &str) -> Result<String> {
    let path = path_in("GREET_KERNEL_SRC")?.join(relative);
    Ok(path.to_str().context("a path is not UTF-8")?.to_owned())
}

/// Runs the `cli.py` that the kernel's sources bring for any family with a spec.
pub(crate) fn pyynl(args: &[&str]) -> Result<Run> {
    let program = kernel_file("tools/net/ynl/pyynl/cli.py")?;
    run(PYTHON, &[&[program.as_str()], args].concat())
}
