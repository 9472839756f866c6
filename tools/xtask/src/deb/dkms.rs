// SPDX-License-Identifier: MIT OR Apache-2.0

//! Builds the packaged module for xtask's kernel, with Debian's dkms.

use super::trial::{LIST, Trial, VERSION};
use crate::guest::{self, Output};
use crate::setup::Kernel;
use crate::tool::{self, Run};
use anyhow::{Context, Result, ensure};
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The administrator's settings, which override the package's.
const OVERRIDE: &str = "/etc/dkms/greet.conf";

const DEADLINE: Duration = Duration::from_secs(60);

/// Returns the host's directories that a build needs: the kernel and its Rust compiler. The C
/// compiler is a dependency of dkms.
pub(super) fn shared_dirs(kernel: &Kernel) -> Result<Vec<PathBuf>> {
    let mut dirs = vec![kernel.tree.clone(), kernel.build.clone()];
    if !is_packaged(kernel) {
        let toolchain = kernel.toolchain.bin.parent();
        dirs.push(toolchain.context("rustc's directory")?.to_owned());
    }
    Ok(dirs)
}

/// Returns the package of the Rust compiler, or an empty name if the chroot shares the compiler.
pub(super) fn compiler(kernel: &Kernel) -> Result<String> {
    if !is_packaged(kernel) {
        return Ok(String::new());
    }
    let owner = tool::command("dpkg-query")
        .args(["--search", "/usr/bin/rustc"])
        .read()?;
    let (package, _) = owner.split_once(':').context("the package of rustc")?;
    Ok(package.to_owned())
}

fn is_packaged(kernel: &Kernel) -> bool {
    kernel.toolchain.bin == Path::new("/usr/bin")
}

/// Adds a supported kernel next to the unsupported ones, and installs the module for it.
pub(super) fn installs_for_a_supported_kernel(trial: &Trial<'_>) -> Result<()> {
    let kernel = &trial.ready.locked.kernel;
    let release = kernel.release()?;
    add_kernel(trial, kernel, &release)?;
    trial.chroot.read_with_shared(&format!(
        "dkms install greet/{VERSION} -k {release} ||
         {{ cat /var/lib/dkms/greet/{VERSION}/build/make.log; false; }}"
    ))?;
    let status = format!("dkms status greet/{VERSION} -k {release}");
    let status = trial.chroot.read(&status)?;
    ensure!(status.trim_end().ends_with(": installed"), "{status}");

    // The log has the commands, because the override sets `V=1`.
    let log = trial.chroot.read(&format!(
        "cat /var/lib/dkms/greet/{VERSION}/{release}/*/log/make.log"
    ))?;
    let rustc = kernel.toolchain.tool("rustc").context("no rustc")?;
    let command = format!(" {} ", rustc.display());
    ensure!(log.contains(&command), "no{command}in:\n{log}");
    greets(trial)
}

fn add_kernel(trial: &Trial<'_>, kernel: &Kernel, release: &str) -> Result<()> {
    let dir = format!("/usr/lib/modules/{release}");
    fs::create_dir(trial.chroot.inside(&dir))?;
    symlink(&kernel.build, trial.chroot.inside(&dir).join("build"))?;
    // The variables that this kernel's `make` needs, such as its compiler.
    let make = kernel.make_outside();
    let arguments = make.get_args().map(|argument| argument.to_string_lossy());
    let variables: Vec<_> = arguments
        .filter(|argument| argument.contains('=') && !argument.starts_with("O="))
        .collect();
    let make = format!("MAKE[0]=\"${{MAKE[0]}} V=1 {}\"\n", variables.join(" "));
    fs::write(trial.chroot.inside(OVERRIDE), make)?;
    // These files are not the packages'.
    trial.chroot.read(&format!(
        "depmod {release}; find {dir} {OVERRIDE} >>{LIST}; sort -o {LIST} {LIST}"
    ))?;
    Ok(())
}

/// Loads the installed module with modprobe, which finds it by depmod's files.
fn greets(trial: &Trial<'_>) -> Result<()> {
    let root = trial.chroot.path().display();
    let line = format!("rmmod greet && modprobe -d {root} greet && greetctl greet World");
    let words = ["sh", "-c", &line].map(str::to_owned);
    let (paths, ready) = (trial.paths, trial.ready);
    let report = guest::run(paths, ready, "dkms", &words, Output::Keep, DEADLINE)?;
    ensure!(
        report.status()? == 0 && report.output.starts_with("Hello, World!"),
        "{}",
        report.output
    );
    Ok(())
}
