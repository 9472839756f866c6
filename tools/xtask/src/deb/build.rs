// SPDX-License-Identifier: MIT OR Apache-2.0

//! The packages, by debhelper.

use super::notices;
use crate::paths::Paths;
use crate::tool;
use anyhow::{Result, ensure};
use std::fs;
use std::path::PathBuf;

/// Builds them from `packaging/debian` and the greetctl that cargo has built. The checkout has no
/// folder `debian`, and must not get one: what debhelper writes would be in it.
pub(crate) fn packages(paths: &Paths) -> Result<Vec<PathBuf>> {
    let log = paths.log("deb");
    tool::fresh_log(&log)?;
    let folder = paths.checkout.join("target/deb");
    if folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    let build = folder.join("build");
    fs::create_dir_all(&build)?;
    tool::logged(
        tool::command("cp")
            .arg("-r")
            .arg(paths.checkout.join("packaging/debian"))
            .arg(&build),
        &log,
    )?;
    notices::write(paths, &build.join("NOTICES"))?;
    let mut rules = tool::command("debian/rules");
    rules.arg("binary").current_dir(&build);
    tool::logged(&mut rules, &log)?;
    let mut debs = Vec::new();
    for entry in fs::read_dir(&folder)? {
        let path = entry?.path();
        if path.extension().is_some_and(|end| end == "deb") {
            debs.push(path);
        }
    }
    debs.sort();
    ensure!(debs.len() == 2, "{} packages", debs.len());
    Ok(debs)
}
