// SPDX-License-Identifier: MIT OR Apache-2.0

//! bindgen, which makes the kernel's Rust bindings.

use super::cargo_install::{self, BINDGEN};
use super::version::Version;
use crate::cache::Lock;
use crate::paths::Paths;
use crate::progress::Progress;
use crate::tool;
use anyhow::Result;
use std::path::PathBuf;

/// The oldest that the kernel takes.
const OLDEST: Version = Version(0, 71, 1);

#[derive(Debug)]
pub(crate) struct Bindgen {
    pub(crate) program: PathBuf,
    pub(crate) version: String,
}

pub(crate) fn get(paths: &Paths, progress: &Progress, lock: &Lock) -> Result<Bindgen> {
    match on_path() {
        Some(bindgen) => Ok(bindgen),
        None => built(paths, progress, lock),
    }
}

fn on_path() -> Option<Bindgen> {
    let program = tool::find("bindgen")?;
    let version = tool::output(tool::command(&program).arg("--version")).ok()?;
    (Version::find_in(&version)? >= OLDEST).then_some(Bindgen { program, version })
}

fn built(paths: &Paths, progress: &Progress, lock: &Lock) -> Result<Bindgen> {
    Ok(Bindgen {
        program: cargo_install::get(paths, progress, lock, &BINDGEN)?,
        version: BINDGEN.version.to_owned(),
    })
}
