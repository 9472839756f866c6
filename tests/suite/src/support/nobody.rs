// SPDX-License-Identifier: MIT OR Apache-2.0

//! A user without rights.

use super::tool::{Run, run, run_command};
use anyhow::Result;
use std::os::unix::process::CommandExt;
use std::process::Command;

/// Its number.
pub(crate) const NOBODY: u32 = 65_534;

/// What a program is started by as this user: its user and group ids change, its other groups are
/// gone.
pub(crate) const AS_NOBODY: [&str; 4] = [
    "setpriv",
    "--reuid=65534",
    "--regid=65534",
    "--clear-groups",
];

/// A copy that every user may run, since the folder of the original may be closed to them.
pub(crate) fn public_copy(name: &str, original: &str) -> Result<String> {
    let copy = format!("/tmp/{name}");
    run("install", &["-m", "755", original, &copy])?.output()?;
    Ok(copy)
}

/// The path of `greetctl` for every user.
pub(crate) fn public_greetctl() -> Result<String> {
    let original = run("which", &["greetctl"])?.output()?;
    public_copy("greetctl", original.trim_end())
}

/// Runs `program`, which every user may run, as this one.
pub(crate) fn run_as_nobody(program: &str, args: &[&str]) -> Result<Run> {
    run_command(as_nobody(program).args(args))
}

/// The same, to be given arguments and run. `uid()` also clears the other groups, since we are root.
pub(crate) fn as_nobody(program: &str) -> Command {
    let mut command = Command::new(program);
    command.uid(NOBODY).gid(NOBODY);
    command
}
