// SPDX-License-Identifier: MIT OR Apache-2.0

//! bindgen, which makes the kernel's Rust bindings.

use super::version::Version;
use crate::cache::{Lock, Stage};
use crate::paths::Paths;
use crate::progress::Progress;
use crate::tool;
use anyhow::Result;
use std::path::PathBuf;

/// The oldest that the kernel takes, and the one that is built if there is none.
const OLDEST: Version = Version(0, 71, 1);
const BUILT: &str = "0.72.1";

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
    let stage = Stage::new(paths.cache.join("bindgen"), BUILT.to_owned());
    if !stage.is_done() {
        let log = paths.log("bindgen");
        tool::fresh_log(&log)?;
        let target = stage.folder.join("target");
        progress.step(&format!("Building bindgen {BUILT}"), "2 min", || {
            stage.make(lock, || {
                let mut cargo = tool::cargo();
                cargo
                    .args(["install", "bindgen-cli", "--version", BUILT, "--locked"])
                    .arg("--root")
                    .arg(&stage.folder)
                    .env("CARGO_TARGET_DIR", &target)
                    // Not the checkout, whose settings are for the project.
                    .current_dir(&paths.cache);
                tool::logged(&mut cargo, &log)?;
                Ok(std::fs::remove_dir_all(&target)?)
            })
        })?;
    }
    Ok(Bindgen {
        program: stage.folder.join("bin/bindgen"),
        version: BUILT.to_owned(),
    })
}
