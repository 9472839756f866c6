// SPDX-License-Identifier: MIT OR Apache-2.0

//! The kernel module, built from a copy, so that the checkout holds no objects.

use crate::paths::Paths;
use crate::progress::Progress;
use crate::setup::Kernel;
use crate::tool;
use anyhow::{Context, Result};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// What the module is built from.
const INPUTS: [&str; 2] = ["Kbuild", "kmodule"];

#[derive(Debug)]
pub(crate) struct Module {
    /// `greet.ko`.
    pub(crate) file: PathBuf,
}

/// Builds the module for the lab's kernel, unless that was done.
pub(crate) fn build(paths: &Paths, progress: &Progress, kernel: &Kernel) -> Result<Module> {
    let folder = paths.cache.join("module-uml");
    let file = folder.join("greet.ko");
    let stamp = folder.join("kernel");
    if fs::read_to_string(&stamp).ok().as_ref() != Some(&kernel.identity) {
        // Objects of another kernel are of no use.
        let _ = fs::remove_dir_all(&folder);
    }
    let is_same = copy(paths, &folder)?;
    if is_same && stamp.exists() && file.exists() {
        return Ok(Module { file });
    }
    let _ = fs::remove_file(&stamp);
    let log = paths.log("module");
    tool::fresh_log(&log)?;
    progress.step("Building the module", "3 s", || {
        tool::logged(kernel.make_modules(&folder).arg("modules"), &log)
    })?;
    fs::write(stamp, &kernel.identity)?;
    Ok(Module { file })
}

/// Builds the module for a kernel tree of the user's; its messages are shown.
pub(crate) fn build_for(paths: &Paths, kdir: &Path) -> Result<ExitCode> {
    let kdir = kdir
        .canonicalize()
        .with_context(|| format!("KDIR={}", kdir.display()))?;
    let folder = paths.checkout.join("target/modules");
    copy(paths, &folder)?;
    let mut make = std::process::Command::new("make");
    make.arg("-C")
        .arg(&kdir)
        .arg(format!("M={}", folder.display()))
        .arg("modules");
    let status = make.status().context("cannot run make")?;
    if !status.success() {
        return Ok(ExitCode::FAILURE);
    }
    println!("{}", folder.join("greet.ko").display());
    Ok(ExitCode::SUCCESS)
}

/// Makes the inputs in a folder the same as in the checkout, and tells whether they were.
pub(crate) fn copy(paths: &Paths, folder: &Path) -> Result<bool> {
    fs::create_dir_all(folder).with_context(|| format!("cannot create {}", folder.display()))?;
    let mut is_same = true;
    for input in INPUTS {
        is_same &= copy_tree(&paths.checkout.join(input), &folder.join(input))?;
    }
    Ok(is_same)
}

/// Copies what differs; links are followed. A source that is gone is removed, objects stay.
pub(crate) fn copy_tree(from: &Path, to: &Path) -> Result<bool> {
    if from.is_file() {
        let wanted = fs::read(from)?;
        if fs::read(to).is_ok_and(|found| found == wanted) {
            return Ok(true);
        }
        fs::write(to, wanted).with_context(|| format!("cannot write {}", to.display()))?;
        return Ok(false);
    }
    fs::create_dir_all(to)?;
    let mut is_same = true;
    for entry in fs::read_dir(from).with_context(|| format!("cannot read {}", from.display()))? {
        let entry = entry?;
        is_same &= copy_tree(&entry.path(), &to.join(entry.file_name()))?;
    }
    for entry in fs::read_dir(to)? {
        let path = entry?.path();
        let is_source = path
            .extension()
            .is_some_and(|end| end == "rs" || end == "c");
        let is_made = path.to_string_lossy().ends_with(".mod.c");
        let name = path.file_name().unwrap_or_default();
        if is_source && !is_made && !from.join(name).exists() {
            fs::remove_file(&path)?;
            is_same = false;
        }
    }
    Ok(is_same)
}
