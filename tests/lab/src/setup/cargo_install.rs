// SPDX-License-Identifier: MIT OR Apache-2.0

//! Programs that cargo builds, each in a folder of the cache.

use crate::cache::{Lock, Stage};
use crate::paths::Paths;
use crate::progress::Progress;
use crate::tool;
use anyhow::Result;
use std::path::PathBuf;

pub(super) struct Program {
    /// The package that has it.
    pub(super) package: &'static str,
    pub(super) name: &'static str,
    pub(super) version: &'static str,
    /// `release`, or `dev` for one that works less than it takes to optimise it.
    pub(super) profile: &'static str,
    /// How long it takes to build.
    pub(super) about: &'static str,
}

/// Builds it unless that was done, and tells where it is.
pub(super) fn get(
    paths: &Paths,
    progress: &Progress,
    lock: &Lock,
    program: &Program,
) -> Result<PathBuf> {
    let Program { name, version, .. } = *program;
    let stage = Stage::new(paths.cache.join(name), version.to_owned());
    if !stage.is_done() {
        let log = paths.log(name);
        tool::fresh_log(&log)?;
        let target = stage.folder.join("target");
        progress.step(&format!("Building {name} {version}"), program.about, || {
            stage.make(lock, || {
                let mut cargo = tool::cargo();
                cargo
                    .args(["install", program.package, "--version", version, "--locked"])
                    .args(["--profile", program.profile])
                    .arg("--root")
                    .arg(&stage.folder)
                    .env("CARGO_TARGET_DIR", &target)
                    .env("CARGO_PROFILE_DEV_DEBUG", "false")
                    // Not the checkout, whose settings are for the project.
                    .current_dir(&paths.cache);
                tool::logged(&mut cargo, &log)?;
                Ok(std::fs::remove_dir_all(&target)?)
            })
        })?;
    }
    Ok(stage.folder.join("bin").join(name))
}
