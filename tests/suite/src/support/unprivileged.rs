// SPDX-License-Identifier: MIT OR Apache-2.0

//! Runs programs as the unprivileged user `nobody`.

use super::tool::{Run, run, run_command};
use anyhow::Result;
use std::os::unix::process::CommandExt;
use std::process::Command;

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
