// SPDX-License-Identifier: MIT OR Apache-2.0

//! Runs guests with xtask, with kernels for measurements.

use crate::machine;
use crate::paths::Paths;
use crate::setup::cargo;
use anyhow::{Context, Result, ensure};
use std::env;
use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

/// Environment variable of xtask for the kind of machine.
const MACHINE: &str = "GREET_MACHINE";

/// Kinds of machines without debug options.
#[derive(Clone, Copy)]
pub(crate) enum Kind {
    /// User-Mode Linux, or the machine in `GREET_MACHINE`.
    Process,
    /// An emulated PC with two parallel CPUs.
    Pc,
    /// User-Mode Linux with the families of `tests/families` in C.
    FamiliesInC,
}

/// Timeout of a guest in seconds.
const TIMEOUT: &str = "1200";

/// Sets up xtask and returns the kernel tree.
pub(crate) fn tree(paths: &Paths) -> Result<PathBuf> {
    let mut tree = None;
    let line = r#"echo "tree $GREET_KERNEL_SRC""#;
    command(paths, Kind::Process, line, false, |line| {
        if let Some(path) = line.strip_prefix("tree ") {
            tree = Some(PathBuf::from(path));
        }
    })?;
    tree.context("expected the kernel tree in the output of xtask")
}

/// Runs a command line in a guest and calls `on_line` with each line of its output.
pub(crate) fn command(
    paths: &Paths,
    kind: Kind,
    line: &str,
    with_twin: bool,
    on_line: impl FnMut(&str),
) -> Result<()> {
    let mut guest = Guest::start(paths, kind, line, with_twin)?;
    guest.lines(on_line)?;
    guest.wait()
}

/// A guest that runs a command.
pub(crate) struct Guest {
    pub(crate) child: Child,
}

impl Guest {
    pub(crate) fn start(paths: &Paths, kind: Kind, line: &str, with_twin: bool) -> Result<Self> {
        let mut xtask = prioritized(&cargo());
        xtask.args(["xtask", "guest"]);
        match kind {
            Kind::Process if env::var_os(MACHINE).is_some() => &mut xtask,
            Kind::Process => xtask.env(MACHINE, "plain"),
            Kind::Pc => xtask.env(MACHINE, "pc"),
            Kind::FamiliesInC => xtask.arg("--families-in-c"),
        };
        if with_twin {
            xtask.arg("--family").arg(paths.twin());
        }
        xtask
            .arg(line)
            .env("GREET_DEADLINE", TIMEOUT)
            .current_dir(&paths.checkout)
            .stdin(Stdio::null())
            .stdout(Stdio::piped());
        let child = xtask.spawn().context("cannot run xtask")?;
        Ok(Self { child })
    }

    /// Reads the output of the command to its end.
    pub(crate) fn lines(&mut self, mut on_line: impl FnMut(&str)) -> Result<()> {
        let stdout = self.child.stdout.take().context("expected an output")?;
        for line in BufReader::new(stdout).lines() {
            on_line(line?.trim_end());
        }
        Ok(())
    }

    pub(crate) fn wait(mut self) -> Result<()> {
        let status = self.child.wait()?;
        ensure!(status.success(), "the guest failed: {status}");
        Ok(())
    }
}

/// Runs a program with priority, if permitted: within its session, and its session among others.
/// Real-time priority does not work, because the guest's two CPUs would block each other on one of
/// the host's.
fn prioritized(program: &Command) -> Command {
    if !machine::can_set_priority() {
        return Command::new(program.get_program());
    }
    let script = r#"echo -20 2>/dev/null >/proc/self/autogroup; exec nice -n -20 "$@""#;
    let mut command = Command::new("setsid");
    command.env_remove("MAKEFLAGS");
    command
        .args(["--wait", "sh", "-c", script, "sh"])
        .arg(program.get_program());
    command
}
