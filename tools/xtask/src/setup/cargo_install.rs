// SPDX-License-Identifier: MIT OR Apache-2.0

//! Programs that cargo builds, each in a directory of the cache.

use crate::cache::{Lock, Stage};
use crate::paths::Paths;
use crate::progress::Progress;
use crate::tool;
use anyhow::Result;
use std::path::PathBuf;

pub(super) struct Program {
    package: &'static str,
    name: &'static str,
    pub(super) version: &'static str,
    /// What `cargo install` gets besides. `--profile dev` is for a program whose build takes longer
    /// than its runs.
    args: &'static [&'static str],
    /// How long the build takes.
    about: &'static str,
}

/// Makes the kernel's Rust bindings.
pub(super) const BINDGEN: Program = Program {
    package: "bindgen-cli",
    name: "bindgen",
    version: "0.72.1",
    args: &[],
    about: "2 min",
};

const CARGO_DENY: Program = Program {
    package: "cargo-deny",
    name: "cargo-deny",
    version: "0.20.2",
    args: &["--profile", "dev"],
    about: "2 min",
};

/// One version, so that the guide looks the same wherever it is built.
const MDBOOK: Program = Program {
    package: "mdbook",
    name: "mdbook",
    version: "0.5.4",
    args: &["--no-default-features", "--features", "search"],
    about: "3 min",
};

/// Returns the installed cargo-deny, which judges the dependencies, or builds it.
pub(crate) fn cargo_deny(paths: &Paths, progress: &Progress) -> Result<PathBuf> {
    match tool::find(CARGO_DENY.name) {
        Some(program) => Ok(program),
        None => get(paths, progress, &Lock::to_set_up(paths)?, &CARGO_DENY),
    }
}

/// Returns mdBook, which makes the guide out of `docs/`.
pub(crate) fn mdbook(paths: &Paths, progress: &Progress) -> Result<PathBuf> {
    get(paths, progress, &Lock::to_set_up(paths)?, &MDBOOK)
}

/// Builds a program unless the cache has it, and returns its path.
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
                    .args(program.args)
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
