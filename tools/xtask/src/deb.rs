// SPDX-License-Identifier: MIT OR Apache-2.0

//! Builds the Debian packages, and tests them in a minimal Debian.

mod chroot;
mod dkms;
mod trial;

use crate::machine::Machine;
use crate::paths::Paths;
use crate::progress;
use crate::setup::{self, Extent};
use crate::tool::{self, Run};
use anyhow::{Context, Result, ensure};
use chroot::Chroot;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Copyright notices of the standard library, in the compiler's directory if it is a release of
/// rust-lang.org.
const LIBRARY_NOTICES: &str = "share/doc/rust/COPYRIGHT-library.html";

pub(crate) fn run(paths: &Paths) -> Result<ExitCode> {
    setup::packages_of_debian(paths)?;
    let cargo_about = setup::cargo_about(paths)?;
    let debs = progress::step("Building greetctl.deb and greet-dkms.deb", "10 s", || {
        packages(paths, &cargo_about)
    })?;
    for deb in &debs {
        println!("{}", deb.display());
    }
    if !rustix::process::geteuid().is_root() {
        progress::say("Not tested: run as root to test the packages in a chroot");
        return Ok(ExitCode::SUCCESS);
    }
    // Before a kernel is in use, because a download waits for runs that use one.
    let archive = setup::debian(paths)?;
    let ready = setup::guest(paths, Machine::Uml, Extent::Session, None)?;
    let shared = dkms::shared_dirs(&ready.locked.kernel)?;
    let tally = trial::run(&trial::Trial {
        paths,
        ready: &ready,
        chroot: Chroot::new(paths, &archive, &debs, shared)?,
    });
    Ok(tally.finish(""))
}

/// Builds the packages from `packaging/debian` and from cargo's greetctl. Debhelper writes to a copy
/// of the directory, not to the checkout.
fn packages(paths: &Paths, cargo_about: &Path) -> Result<Vec<PathBuf>> {
    let log = paths.new_log("deb")?;
    let dir = paths.checkout.join("target/deb");
    if dir.exists() {
        fs::remove_dir_all(&dir)?;
    }
    let build = dir.join("build");
    fs::create_dir_all(&build)?;
    tool::command("cp")
        .arg("-r")
        .arg(paths.checkout.join("packaging/debian"))
        .arg(&build)
        .log_to(&log)?;
    write_notices(paths, cargo_about, &build)?;
    tool::command("debian/rules")
        .arg("binary")
        .current_dir(&build)
        .log_to(&log)?;
    let debs = tool::files(&dir, "deb", false)?;
    ensure!(debs.len() == 2, "{} packages", debs.len());
    Ok(debs)
}

/// Writes the copyright notices of the crates and of the standard library, as their licences
/// require.
fn write_notices(paths: &Paths, cargo_about: &Path, build: &Path) -> Result<()> {
    let packaging = paths.checkout.join("packaging");
    tool::command(cargo_about)
        .args(["generate", "--locked", "--fail", "--config"])
        .arg(packaging.join("about.toml"))
        .arg("--output-file")
        .arg(build.join("NOTICES"))
        .arg(packaging.join("notices.hbs"))
        .current_dir(paths.checkout.join("userspace/greetctl"))
        .read()
        .context("cargo-about reports a licence that packaging/about.toml lacks")?;
    let sysroot = tool::command("rustc").args(["--print", "sysroot"]).read()?;
    let library = Path::new(sysroot.trim()).join(LIBRARY_NOTICES);
    if library.exists() {
        fs::copy(library, build.join("COPYRIGHT-library.html"))?;
    }
    Ok(())
}
