// SPDX-License-Identifier: MIT OR Apache-2.0

//! The Debian packages: built, and tried in a Debian that has nothing else.

mod build;
mod chroot;
mod dkms;
mod notices;
mod trial;

use crate::machine::Machine;
use crate::paths::Paths;
use crate::progress::Progress;
use crate::setup;
use crate::test;
use anyhow::Result;
use chroot::Chroot;
use std::process::ExitCode;

pub(crate) fn run(paths: &Paths, progress: &Progress) -> Result<ExitCode> {
    setup::packages_of_debian(paths, progress)?;
    let debs = progress.step("Building greetctl.deb and greet-dkms.deb", "5 s", || {
        build::packages(paths)
    })?;
    for deb in &debs {
        println!("{}", deb.display());
    }
    if !rustix::process::geteuid().is_root() {
        progress.say("Only root can try them in a chroot");
        return Ok(ExitCode::SUCCESS);
    }
    // First, for it may be fetched, which waits for who uses a kernel.
    let archive = setup::debian(paths, progress)?;
    let ready = setup::all(paths, progress, Machine::Uml)?;
    let lendable = dkms::lendable(&ready.locked.kernel)?;
    let tally = trial::run(&trial::Trial {
        paths,
        ready: &ready,
        chroot: Chroot::new(paths, &archive, &debs, lendable)?,
    });
    Ok(test::verdict(tally))
}
