// SPDX-License-Identifier: MIT OR Apache-2.0

//! The packaged sources with the packaged `dkms.conf`, by Debian's dkms, for the lab's kernel.

use super::trial::{Trial, VERSION};
use crate::cache::Scratch;
use crate::guest::{self, Output};
use crate::setup::Kernel;
use crate::tool;
use anyhow::{Context, Result, bail, ensure};
use std::path::{Path, PathBuf};
use std::time::Duration;

const DEADLINE: Duration = Duration::from_secs(60);

/// Dkms is a script. It runs on the host, which has the compilers, with the sources of the chroot.
pub(super) fn builds_for_a_kernel_that_fits(trial: &Trial<'_>) -> Result<()> {
    let kernel = &trial.ready.lab.kernel;
    let scratch = Scratch::new(trial.paths, "dkms")?;
    let tree = scratch.path().join("tree");
    std::fs::create_dir(&tree)?;
    let mut dkms = tool::command("bash");
    dkms.arg(trial.chroot.inside("/usr/sbin/dkms"))
        .args(["build", &format!("greet/{VERSION}")])
        .args(["-k", &kernel.release()?, "--kernelsourcedir"])
        .arg(&kernel.build)
        .arg("--dkmstree")
        .arg(&tree)
        .arg("--sourcetree")
        .arg(trial.chroot.inside("/usr/src"))
        .arg("--installtree")
        .arg(scratch.path().join("installed"))
        .env("MAKEFLAGS", make_flags(kernel));
    tool::output(&mut dkms)?;
    greets(trial, &module_in(&tree)?)
}

/// What this kernel's `make` must be told, in the way that reaches a `make` that others call.
fn make_flags(kernel: &Kernel) -> String {
    let make = kernel.make_outside();
    let variables = make
        .get_args()
        .map(|argument| argument.to_string_lossy().into_owned())
        .filter(|argument| argument.contains('=') && !argument.starts_with("O="));
    let variables: Vec<_> = variables.collect();
    format!("-- {}", variables.join(" "))
}

fn module_in(tree: &Path) -> Result<PathBuf> {
    let found = tool::output(tool::command("find").arg(tree).args(["-name", "greet.ko"]))?;
    let first = found.lines().next().context("dkms has built no greet.ko")?;
    Ok(PathBuf::from(first))
}

/// Loads it in place of the lab's own.
fn greets(trial: &Trial<'_>, module: &Path) -> Result<()> {
    let line = format!(
        "rmmod greet && insmod {} && greetctl greet World",
        module.display()
    );
    let words = ["sh", "-c", &line].map(str::to_owned);
    let report = guest::run(
        trial.paths,
        trial.ready,
        "dkms",
        &words,
        Output::Keep,
        DEADLINE,
    )?;
    if report.status()? != 0 {
        bail!("{}", report.output);
    }
    ensure!(
        report.output.starts_with("Hello, World!"),
        "{}",
        report.output
    );
    Ok(())
}
