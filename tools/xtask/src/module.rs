// SPDX-License-Identifier: MIT OR Apache-2.0

//! Kernel modules, built from copies, so that the checkout holds no objects.

use crate::kdir;
use crate::paths::Paths;
use crate::progress::Progress;
use crate::setup::Kernel;
use crate::tool;
use anyhow::{Context, Result, bail, ensure};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// What a module is built from.
#[derive(Debug)]
pub(crate) struct Source {
    /// What tells it from others in the cache.
    name: String,
    /// The folder of the family.
    family: PathBuf,
    /// The folder of the module, and what of it is needed.
    folder: PathBuf,
    inputs: &'static [&'static str],
}

#[derive(Debug)]
pub(crate) struct Module {
    name: String,
    /// The folder of its family.
    pub(crate) family: PathBuf,
    /// The module itself, such as `greet.ko`.
    file: PathBuf,
}

impl Module {
    /// Where it was built.
    pub(crate) fn folder(&self) -> &Path {
        self.file.parent().unwrap_or(&self.family)
    }

    /// Copies it into a folder.
    pub(crate) fn copy_to(&self, folder: &Path) -> Result<PathBuf> {
        let copy = folder.join(&self.name).with_extension("ko");
        fs::copy(&self.file, &copy)
            .with_context(|| format!("cannot copy {}", self.file.display()))?;
        Ok(copy)
    }
}

impl Source {
    /// The project's module.
    pub(crate) fn greet(paths: &Paths) -> Self {
        Self {
            name: "greet".to_owned(),
            family: paths.checkout.clone(),
            folder: paths.checkout.clone(),
            inputs: &["Kbuild", "kmodule"],
        }
    }

    /// The second family, of the tests.
    pub(crate) fn shelf(paths: &Paths) -> Result<Self> {
        Self::of_family("shelf", &paths.checkout.join("tests/families/shelf"))
    }

    /// Modules that try what must do no harm, of the tests.
    pub(crate) fn fixtures(paths: &Paths) -> Result<Vec<Self>> {
        const NAMES: [&str; 2] = ["misuse", "second_fails"];

        let families = paths.checkout.join("tests/families");
        NAMES
            .iter()
            .map(|name| Self::of_family(name, &families.join(name)))
            .collect()
    }

    /// A family of the user's, which has a folder `kmodule` with a `Kbuild`.
    pub(crate) fn family(folder: &Path) -> Result<Self> {
        Self::of_family("family", folder)
    }

    fn of_family(name: &str, folder: &Path) -> Result<Self> {
        let family = folder
            .canonicalize()
            .with_context(|| folder.display().to_string())?;
        let folder = family.join("kmodule");
        let kbuild = folder.join("Kbuild");
        ensure!(kbuild.is_file(), "there is no {}", kbuild.display());
        Ok(Self {
            name: name.to_owned(),
            family,
            folder,
            inputs: &["."],
        })
    }

    /// Makes the inputs in a folder the same, and tells whether they were.
    pub(crate) fn copy(&self, folder: &Path) -> Result<bool> {
        fs::create_dir_all(folder)
            .with_context(|| format!("cannot create {}", folder.display()))?;
        let mut is_same = true;
        for input in self.inputs {
            is_same &= copy_tree(&self.folder.join(input), &folder.join(input))?;
        }
        Ok(is_same)
    }

    /// Builds it for xtask's kernel, unless that was done.
    pub(crate) fn build(
        &self,
        paths: &Paths,
        progress: &Progress,
        kernel: &Kernel,
    ) -> Result<Module> {
        let modules = format!("modules-{}", kernel.name);
        let folder = paths.cache.join(modules).join(&self.name);
        let stamp = folder.join("stamp");
        let identity = format!("{}\n{}", self.folder.display(), kernel.identity);
        if fs::read_to_string(&stamp).ok().as_ref() != Some(&identity) {
            // Objects of another kernel, or from other sources, are of no use.
            let _ = fs::remove_dir_all(&folder);
        }
        let is_same = self.copy(&folder)?;
        if !is_same || !stamp.exists() {
            let _ = fs::remove_file(&stamp);
            let log = paths.log(&format!("module-{}", self.name));
            tool::fresh_log(&log)?;
            let step = format!("Building the module {}", self.name);
            progress.step(&step, "3 s", || {
                tool::logged(kernel.make_modules(&folder).arg("modules"), &log)
            })?;
            fs::write(stamp, identity)?;
        }
        Ok(Module {
            name: self.name.clone(),
            family: self.family.clone(),
            file: module_in(&folder)?,
        })
    }
}

/// The one module that was built in a folder.
fn module_in(folder: &Path) -> Result<PathBuf> {
    let mut modules = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.extension().is_some_and(|end| end == "ko") {
            modules.push(path);
        }
    }
    match <[PathBuf; 1]>::try_from(modules) {
        Ok([file]) => Ok(file),
        Err(modules) => bail!("{} modules in {}", modules.len(), folder.display()),
    }
}

/// Builds the module for a kernel tree of the user's; its messages are shown.
pub(crate) fn build_for(paths: &Paths, kdir: &Path) -> Result<ExitCode> {
    let kdir = kdir
        .canonicalize()
        .with_context(|| format!("KDIR={}", kdir.display()))?;
    let kdir = kdir::build_directory(&kdir, &paths.rust_metadata())?;
    let folder = paths.checkout.join("target/modules");
    Source::greet(paths).copy(&folder)?;
    let mut make = std::process::Command::new("make");
    make.arg("-C")
        .arg(&kdir.path)
        .arg(format!("M={}", folder.display()))
        .args(kdir.make_args)
        .arg("modules");
    if let Some(rustc) = kdir::rustc() {
        make.arg(format!("RUSTC={}", rustc.to_string_lossy()));
    }
    let status = make.status().context("cannot run make")?;
    if !status.success() {
        return Ok(ExitCode::FAILURE);
    }
    println!("{}", folder.join("greet.ko").display());
    Ok(ExitCode::SUCCESS)
}

/// Copies sources that differ; links are followed. One that is gone is removed, objects stay.
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
        let path = entry?.path();
        if path.is_dir() || is_source(&path) {
            let name = path.file_name().unwrap_or_default();
            is_same &= copy_tree(&path, &to.join(name))?;
        }
    }
    for entry in fs::read_dir(to)? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default();
        if is_source(&path) && !from.join(name).exists() {
            fs::remove_file(&path)?;
            is_same = false;
        }
    }
    Ok(is_same)
}

/// Whether somebody has written the file, and not the kernel's build.
fn is_source(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let ends = [".rs", ".c", ".h"];
    name == "Kbuild" || (ends.iter().any(|end| name.ends_with(end)) && !name.ends_with(".mod.c"))
}
