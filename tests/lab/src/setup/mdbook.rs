// SPDX-License-Identifier: MIT OR Apache-2.0

//! mdBook, which makes the guide out of `docs/`.

use crate::cache::{Lock, Stage};
use crate::paths::Paths;
use crate::progress::Progress;
use crate::tool;
use anyhow::Result;
use std::path::PathBuf;

/// One version, so that the guide looks the same wherever it is built.
const VERSION: &str = "0.5.4";

/// Builds it unless it is there.
pub(crate) fn get(paths: &Paths, progress: &Progress) -> Result<PathBuf> {
    let stage = Stage::new(paths.cache.join("mdbook"), VERSION.to_owned());
    if !stage.is_done() {
        let lock = Lock::to_set_up(paths)?;
        let log = paths.log("mdbook");
        tool::fresh_log(&log)?;
        let target = stage.folder.join("target");
        progress.step(&format!("Building mdBook {VERSION}"), "3 min", || {
            stage.make(&lock, || {
                let mut cargo = tool::cargo();
                cargo
                    .args(["install", "mdbook", "--version", VERSION, "--locked"])
                    .args(["--no-default-features", "--features", "search"])
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
    Ok(stage.folder.join("bin/mdbook"))
}
