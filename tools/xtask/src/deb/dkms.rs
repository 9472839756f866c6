// SPDX-License-Identifier: MIT OR Apache-2.0

//! The packaged sources with the packaged `dkms.conf`, by Debian's dkms, for xtask's kernel.

use super::trial::{LIST, Trial, VERSION};
use crate::guest::{self, Output};
use crate::setup::Kernel;
use crate::tool;
use anyhow::{Context, Result, bail, ensure};
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The administrator's, who has the last word on how the module is made.
const OVERRIDE: &str = "/etc/dkms/greet.conf";

const DEADLINE: Duration = Duration::from_secs(60);

/// What a build needs of the host: the kernel, and the compiler that built it. Those of C come with
/// dkms.
pub(super) fn lendable(kernel: &Kernel) -> Result<Vec<PathBuf>> {
    let mut folders = vec![kernel.tree.clone(), kernel.build.clone()];
    if !is_packaged(kernel) {
        let toolchain = kernel.toolchain.bin.parent();
        folders.push(toolchain.context("rustc's folder")?.to_owned());
    }
    Ok(folders)
}

/// The package of a compiler that cannot be lent, for the chroot has the same folders.
pub(super) fn compiler(kernel: &Kernel) -> Result<String> {
    if !is_packaged(kernel) {
        return Ok(String::new());
    }
    let owner = tool::output(tool::command("dpkg-query").args(["--search", "/usr/bin/rustc"]))?;
    let (package, _) = owner.split_once(':').context("whose rustc is")?;
    Ok(package.to_owned())
}

fn is_packaged(kernel: &Kernel) -> bool {
    kernel.toolchain.bin == Path::new("/usr/bin")
}

/// Installed beside kernels that do not fit, the package gets one that does.
pub(super) fn installs_for_a_kernel_that_fits(trial: &Trial<'_>) -> Result<()> {
    let kernel = &trial.ready.locked.kernel;
    let release = kernel.release()?;
    put_kernel(trial, kernel, &release)?;
    trial.chroot.output_with_lent(&format!(
        "dkms install greet/{VERSION} -k {release} ||
         {{ cat /var/lib/dkms/greet/{VERSION}/build/make.log; false; }}"
    ))?;
    let status = trial
        .chroot
        .output(&format!("dkms status greet/{VERSION} -k {release}"))?;
    ensure!(status.trim_end().ends_with(": installed"), "{status}");
    is_made_as_overridden(trial, kernel, &release)?;
    greets(trial)
}

/// What is there of it before dkms is no matter of our packages.
fn put_kernel(trial: &Trial<'_>, kernel: &Kernel, release: &str) -> Result<()> {
    let folder = format!("/usr/lib/modules/{release}");
    fs::create_dir(trial.chroot.inside(&folder))?;
    symlink(&kernel.build, trial.chroot.inside(&folder).join("build"))?;
    let make = format!("MAKE[0]=\"${{MAKE[0]}} V=1 {}\"\n", make_variables(kernel));
    fs::write(trial.chroot.inside(OVERRIDE), make)?;
    trial.chroot.output(&format!(
        "depmod {release}; find {folder} {OVERRIDE} >>{LIST}; sort -o {LIST} {LIST}"
    ))?;
    Ok(())
}

/// What this kernel's `make` must be told, its compiler among it.
fn make_variables(kernel: &Kernel) -> String {
    let make = kernel.make_outside();
    let variables = make
        .get_args()
        .map(|argument| argument.to_string_lossy().into_owned())
        .filter(|argument| argument.contains('=') && !argument.starts_with("O="));
    let variables: Vec<_> = variables.collect();
    variables.join(" ")
}

/// The log has the commands, for `V=1` is a part of the override.
fn is_made_as_overridden(trial: &Trial<'_>, kernel: &Kernel, release: &str) -> Result<()> {
    let log = trial.chroot.output(&format!(
        "cat /var/lib/dkms/greet/{VERSION}/{release}/*/log/make.log"
    ))?;
    let rustc = kernel.toolchain.tool("rustc").context("no rustc")?;
    let command = format!(" {} ", rustc.display());
    ensure!(log.contains(&command), "no{command}in:\n{log}");
    Ok(())
}

/// Loads it in place of xtask's own. Modprobe knows of it by depmod alone.
fn greets(trial: &Trial<'_>) -> Result<()> {
    let line = format!(
        "rmmod greet && modprobe -d {} greet && greetctl greet World",
        trial.chroot.path().display()
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
