// SPDX-License-Identifier: MIT OR Apache-2.0

//! Runs programs, also netlink clients without code of this project and as the unprivileged user
//! `nobody`, and locates files.

use anyhow::{Context, Result, anyhow, bail, ensure};
use rustix::process::{Pid, Signal, kill_process_group};
use serde_json::Value;
use std::env;
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

/// The distribution's Python, which has the packages that the tests need. `PATH` may list another
/// one first.
pub(crate) const PYTHON: &str = "/usr/bin/python3";

/// Limit of a program's run time.
const LIMIT: Duration = Duration::from_secs(60);

/// The result of a program.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Run {
    /// Returns the output, or an error if the program failed.
    pub(crate) fn output(self) -> Result<String> {
        match self.code {
            0 => Ok(self.stdout),
            code => bail!("exit code {code}; {}{}", self.stdout, self.stderr),
        }
    }
}

/// Runs a program for up to a minute and returns its result. A missing program is an error.
pub(crate) fn run(program: &str, args: &[&str]) -> Result<Run> {
    run_command(Command::new(program).args(args)).with_context(|| format!("{program} {args:?}"))
}

/// Runs a command for up to a minute and returns its result.
///
/// It starts no further process, because a start takes half a second on a slow machine.
pub(crate) fn run_command(command: &mut Command) -> Result<Run> {
    run_within(LIMIT, command)
}

/// Runs a command for up to `limit` and returns its result.
pub(crate) fn run_within(limit: Duration, command: &mut Command) -> Result<Run> {
    let child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        // The process and its children are a group, which can be killed at once.
        .process_group(0)
        .spawn()
        .with_context(|| format!("cannot run {:?}", command.get_program()))?;
    let group = Pid::from_child(&child);
    let (sender, receiver) = mpsc::channel();
    // A thread reads the output, so that the process never blocks on a pipe.
    let reader = thread::spawn(move || {
        let output = child.wait_with_output();
        // Fails after the receiver gave up waiting.
        let _ = sender.send(());
        output
    });
    let is_late = receiver.recv_timeout(limit).is_err();
    if is_late {
        // Fails if the process has just ended.
        let _ = kill_process_group(group, Signal::KILL);
    }
    let Output {
        status,
        stdout,
        stderr,
    } = reader
        .join()
        .map_err(|_| anyhow!("the reading thread panicked"))??;
    let (stdout, stderr) = (String::from_utf8(stdout)?, String::from_utf8(stderr)?);
    ensure!(!is_late, "timeout after {limit:?}; {stdout}{stderr}");
    Ok(Run {
        code: status.code().context("killed by a signal")?,
        stdout,
        stderr,
    })
}

/// Runs `greetctl`.
pub(crate) fn greetctl(args: &[&str]) -> Result<Run> {
    run("greetctl", args)
}

/// Returns the path in an environment variable that xtask sets.
pub(crate) fn path_in(variable: &str) -> Result<PathBuf> {
    let path = env::var_os(variable)
        .with_context(|| format!("{variable} is not set; run this by `make test`"))?;
    Ok(PathBuf::from(path))
}

/// Returns the path in an environment variable as text.
pub(crate) fn text_in(variable: &str) -> Result<String> {
    let path = path_in(variable)?;
    Ok(path.to_str().context("the path is not UTF-8")?.to_owned())
}

/// Returns the path of a file of the project.
pub(crate) fn project_file(relative: &str) -> Result<String> {
    let spec = path_in("GREET_SPEC")?;
    let project = spec
        .parent()
        .and_then(|policy| policy.parent())
        .context("GREET_SPEC is not in policy/")?;
    let path = project.join(relative);
    Ok(path.to_str().context("the path is not UTF-8")?.to_owned())
}

/// Returns the path of a file in the kernel tree.
pub(crate) fn kernel_file(relative: &str) -> Result<String> {
    let path = path_in("GREET_KERNEL_SRC")?.join(relative);
    Ok(path.to_str().context("the path is not UTF-8")?.to_owned())
}

/// Runs `cli.py` of the kernel tree, the YNL client for any family.
pub(crate) fn pyynl(args: &[&str]) -> Result<Run> {
    let program = kernel_file("tools/net/ynl/pyynl/cli.py")?;
    run(PYTHON, &[&[program.as_str()], args].concat())
}

/// Runs pyynl with a spec and returns its output as JSON.
pub(crate) fn pyynl_json(spec: &str, args: &[&str]) -> Result<Value> {
    let output = pyynl_text(spec, args)?;
    serde_json::from_str(&output).with_context(|| output)
}

/// Runs pyynl with a spec and returns its output, which may have several values.
pub(crate) fn pyynl_text(spec: &str, args: &[&str]) -> Result<String> {
    // The topic `spec` validates the specs.
    let common = ["--spec", spec, "--no-schema", "--output-json"];
    pyynl(&[&common, args].concat())?.output()
}

/// Runs pyynl with the spec of `greet` and returns its output as JSON.
pub(crate) fn pyynl_greet(args: &[&str]) -> Result<Value> {
    pyynl_json(&text_in("GREET_SPEC")?, args)
}

/// Returns the path of the client that uses pyroute2.
pub(crate) fn pyroute2_client() -> Result<String> {
    project_file("tests/interop/greet_pyroute2.py")
}

/// Compiles the client in C against the family's uapi header and returns its path.
pub(crate) fn libmnl_client() -> Result<String> {
    const PROGRAM: &str = "/tmp/greet_mnl";

    let source = project_file("tests/interop/greet_mnl.c")?;
    let include = format!("-I{}", project_file("policy")?);
    let strict = ["-Wall", "-Wextra", "-Werror"];
    let rest = [&include, &source, "-lmnl", "-o", PROGRAM];
    run("cc", &[&strict, &rest[..]].concat())?.output()?;
    Ok(PROGRAM.to_owned())
}

/// The user id of `nobody`.
pub(crate) const NOBODY: u32 = 65_534;

/// Command that starts a program as `nobody`, with its user and group id and without supplementary
/// groups.
pub(crate) const AS_NOBODY: [&str; 4] = [
    "setpriv",
    "--reuid=65534",
    "--regid=65534",
    "--clear-groups",
];

/// Copies a program to where every user can run it, because the directory of the original may be
/// private.
pub(crate) fn public_copy(name: &str, original: &str) -> Result<String> {
    let copy = format!("/tmp/{name}");
    run("install", &["-m", "755", original, &copy])?.output()?;
    Ok(copy)
}

/// Returns the path of a `greetctl` that every user can run.
pub(crate) fn public_greetctl() -> Result<String> {
    let original = run("which", &["greetctl"])?.output()?;
    public_copy("greetctl", original.trim_end())
}

/// Runs `program` as `nobody`.
pub(crate) fn run_as_nobody(program: &str, args: &[&str]) -> Result<Run> {
    run_command(as_nobody(program).args(args))
}

/// Creates a command that runs as `nobody`. `uid()` also clears the other groups, because the suite
/// is root.
pub(crate) fn as_nobody(program: &str) -> Command {
    let mut command = Command::new(program);
    command.uid(NOBODY).gid(NOBODY);
    command
}
