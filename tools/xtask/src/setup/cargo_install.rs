// SPDX-License-Identifier: MIT OR Apache-2.0

//! Programs that cargo builds, each in a directory of the cache.

use crate::cache::{Lock, Stage};
use crate::paths::Paths;
use crate::tool::{self, Run};
use anyhow::Result;
use std::path::PathBuf;

struct Program {
    package: &'static str,
    name: &'static str,
    version: &'static str,
    /// Further arguments of `cargo install`, separated by blanks.
    args: &'static str,
    /// The optimization level: low for a program whose build takes longer than its runs.
    opt_level: &'static str,
    /// The usual duration of the build.
    about: &'static str,
}

/// Generates the kernel's Rust bindings.
const BINDGEN: Program = Program {
    package: "bindgen-cli",
    name: "bindgen",
    version: "0.72.1",
    args: "--locked",
    opt_level: "3",
    about: "2 min",
};

/// Collects the licences of dependencies.
const CARGO_ABOUT: Program = Program {
    package: "cargo-about",
    name: "cargo-about",
    version: "0.8.4",
    args: "--locked",
    opt_level: "2",
    about: "4 min",
};

/// Checks dependencies.
const CARGO_DENY: Program = Program {
    package: "cargo-deny",
    name: "cargo-deny",
    version: "0.20.2",
    args: "--locked",
    opt_level: "0",
    about: "2 min",
};

/// Builds the book.
const MDBOOK: Program = Program {
    package: "mdbook",
    name: "mdbook",
    version: "0.5.4",
    args: "--locked --no-default-features --features search",
    opt_level: "3",
    about: "3 min",
};

/// Builds bindgen, and returns its path and version.
pub(super) fn bindgen(paths: &Paths, lock: &Lock) -> Result<(PathBuf, &'static str)> {
    Ok((BINDGEN.get(paths, lock)?, BINDGEN.version))
}

/// Returns whether the cache has the bindgen that [`bindgen`] builds.
pub(super) fn has_bindgen(paths: &Paths) -> bool {
    BINDGEN.stage(paths).is_done()
}

/// Returns the installed cargo-deny, or builds one.
pub(crate) fn cargo_deny(paths: &Paths) -> Result<PathBuf> {
    CARGO_DENY.find_or_get(paths)
}

/// Returns the installed cargo-about, or builds one.
pub(crate) fn cargo_about(paths: &Paths) -> Result<PathBuf> {
    CARGO_ABOUT.find_or_get(paths)
}

/// Builds mdBook: always this version, so that the book looks the same everywhere.
pub(crate) fn mdbook(paths: &Paths) -> Result<PathBuf> {
    MDBOOK.get(paths, &Lock::to_set_up(paths)?)
}

impl Program {
    fn find_or_get(&self, paths: &Paths) -> Result<PathBuf> {
        match tool::find(self.name) {
            Some(program) => Ok(program),
            None => self.get(paths, &Lock::to_set_up(paths)?),
        }
    }

    fn stage(&self, paths: &Paths) -> Stage {
        Stage::new(paths.cache.join(self.name), self.version.to_owned())
    }

    /// Builds the program unless the cache has it, and returns its path.
    fn get(&self, paths: &Paths, lock: &Lock) -> Result<PathBuf> {
        let Self { name, version, .. } = *self;
        let stage = self.stage(paths);
        let step = format!("Building {name} {version}");
        stage.build(lock, &step, self.about, || {
            let target = stage.dir.join("target");
            tool::cargo()
                .args(["install", self.package, "--version", version])
                .args(self.args.split(' '))
                .args(["--profile", "dev", "--root"])
                .arg(&stage.dir)
                .env("CARGO_TARGET_DIR", &target)
                .env("CARGO_PROFILE_DEV_DEBUG", "false")
                .env("CARGO_PROFILE_DEV_OPT_LEVEL", self.opt_level)
                // Not in the checkout, whose settings are for the project.
                .current_dir(&paths.cache)
                .log_to(&paths.new_log(name)?)?;
            Ok(std::fs::remove_dir_all(&target)?)
        })?;
        Ok(stage.dir.join("bin").join(name))
    }
}
