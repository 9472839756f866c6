// SPDX-License-Identifier: MIT OR Apache-2.0

//! Guests, by xtask: those with a kernel for measurements.

use crate::machine;
use crate::places::Places;
use crate::setup::cargo;
use anyhow::{Context, Result, ensure};
use std::env;
use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

/// xtask's variable for the kind of machine.
const MACHINE: &str = "GREET_MACHINE";

/// xtask's names for machines that look for no faults.
#[derive(Clone, Copy)]
pub(crate) enum Kind {
    /// User-Mode Linux, or another if the user wants it.
    Process,
    /// A PC that is emulated, with two processors that work at once.
    Pc,
}

/// After how many seconds a guest is ended.
const DEADLINE: &str = "1200";

/// The kernel's sources, after the set-up by xtask.
pub(crate) fn tree(places: &Places) -> Result<PathBuf> {
    let mut tree = None;
    let line = r#"echo "tree $GREET_KERNEL_SRC""#;
    command(places, Kind::Process, line, false, |line| {
        if let Some(path) = line.strip_prefix("tree ") {
            tree = Some(PathBuf::from(path));
        }
    })?;
    tree.context("xtask has no kernel's sources")
}

/// Runs a command line in a guest, and calls `see` with each line that it prints.
pub(crate) fn command(
    places: &Places,
    kind: Kind,
    line: &str,
    with_twin: bool,
    see: impl FnMut(&str),
) -> Result<()> {
    let mut guest = Guest::start(places, kind, line, with_twin)?;
    guest.lines(see)?;
    guest.end()
}

/// A guest that runs a command.
pub(crate) struct Guest {
    pub(crate) child: Child,
}

impl Guest {
    pub(crate) fn start(places: &Places, kind: Kind, line: &str, with_twin: bool) -> Result<Self> {
        let mut xtask = preferred(&cargo());
        xtask.args(["xtask", "guest"]);
        match kind {
            Kind::Process if env::var_os(MACHINE).is_some() => &mut xtask,
            Kind::Process => xtask.env(MACHINE, "plain"),
            Kind::Pc => xtask.env(MACHINE, "pc"),
        };
        if with_twin {
            xtask.arg("--family").arg(places.twin());
        }
        xtask
            .arg(line)
            .env("GREET_DEADLINE", DEADLINE)
            .current_dir(&places.checkout)
            .stdin(Stdio::null())
            .stdout(Stdio::piped());
        let child = xtask.spawn().context("cannot run xtask")?;
        Ok(Self { child })
    }

    /// Reads what the command prints, to its end.
    pub(crate) fn lines(&mut self, mut see: impl FnMut(&str)) -> Result<()> {
        let stdout = self.child.stdout.take().context("no output")?;
        for line in BufReader::new(stdout).lines() {
            see(line?.trim_end());
        }
        Ok(())
    }

    pub(crate) fn end(mut self) -> Result<()> {
        let status = self.child.wait()?;
        ensure!(status.success(), "the guest: {status}");
        Ok(())
    }
}

/// A program that comes before other processes, if that is allowed: among those of its session, and
/// its session among others. Not in real time, in which a guest's two processors would wait for each
/// other in vain on one of the host's.
fn preferred(program: &Command) -> Command {
    if !machine::may_be_preferred() {
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
