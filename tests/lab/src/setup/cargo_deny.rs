// SPDX-License-Identifier: MIT OR Apache-2.0

//! cargo-deny, which judges what the programs depend on.

use super::cargo_install::{self, Program};
use crate::cache::Lock;
use crate::paths::Paths;
use crate::progress::Progress;
use crate::tool;
use anyhow::Result;
use std::path::PathBuf;

const BUILT: Program = Program {
    package: "cargo-deny",
    name: "cargo-deny",
    version: "0.20.2",
    profile: "dev",
    about: "2 min",
};

/// The installed one, or else one that is built.
pub(crate) fn get(paths: &Paths, progress: &Progress) -> Result<PathBuf> {
    match tool::find(BUILT.name) {
        Some(program) => Ok(program),
        None => cargo_install::get(paths, progress, &Lock::to_set_up(paths)?, &BUILT),
    }
}
