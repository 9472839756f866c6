// SPDX-License-Identifier: MIT OR Apache-2.0

//! A kernel with a series of patches, built after each of them.

use super::kernel::Kernel;
use super::{Lab, kernel};
use crate::cache::Stage;
use crate::machine::Machine;
use crate::paths::Paths;
use crate::progress::Progress;
use crate::series::Patch;
use crate::tool;
use anyhow::{Context, Result};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// What this kernel's configuration has, the later file wins.
const CONFIG: [&str; 2] = ["uml.config", "upstream.config"];

/// The one of them that asks for what the patches add.
const ADDED: &str = "upstream.config";

/// Lets no warning pass.
const STRICT: &str = "W=e";

/// Lets clippy compile what is Rust.
const CLIPPY: &str = "CLIPPY=1";

/// Sets up a kernel with the patches. Each of them must apply, be formatted and build without a
/// warning. Nobody else may set up until [`Lab::release`].
pub(crate) fn get(paths: &Paths, progress: &Progress, patches: &[Patch]) -> Result<Lab> {
    let mut lab = kernel(paths, progress, Machine::Uml)?;
    let pristine = lab.kernel.tree.clone();
    let fragments = CONFIG.map(|name| paths.lab(name));
    let identity = [
        lab.kernel.identity.clone(),
        fs::read_to_string(paths.lab(ADDED))?,
    ];
    let base = Stage::new(paths.cache.join("kernel-upstream"), identity.join("\n\n"));
    let series: Vec<_> = patches.iter().map(|patch| patch.text.as_str()).collect();
    // In the other's folder, with which it goes.
    let series = Stage::new(base.folder.join("series"), series.concat());
    lab.kernel = lab
        .kernel
        .beside(base.folder.join("source"), base.folder.join("build"));

    let build = Build {
        paths,
        progress,
        pristine: &pristine,
        kernel: &lab.kernel,
        fragments: &fragments,
        log: paths.log("kernel-upstream"),
    };
    tool::fresh_log(&build.log)?;
    if !base.is_done() {
        base.make(&lab.lock, || build.base())?;
    }
    if !series.is_done() {
        series.make(&lab.lock, || build.series(patches))?;
    }
    Ok(lab)
}

struct Build<'a> {
    paths: &'a Paths,
    progress: &'a Progress,
    /// The sources without patches.
    pristine: &'a Path,
    kernel: &'a Kernel,
    fragments: &'a [PathBuf],
    log: PathBuf,
}

impl Build<'_> {
    /// Builds a kernel without the patches, so that what fails later on is theirs.
    fn base(&self) -> Result<()> {
        fs::create_dir(&self.kernel.build)?;
        self.copy_sources()?;
        self.progress.step(
            "Building a kernel for the patches",
            "5 min on 2 cores",
            || self.build(),
        )
    }

    /// Builds what each patch changes.
    fn series(&self, patches: &[Patch]) -> Result<()> {
        self.take_back()?;
        for patch in patches {
            let what = format!("Applying {}, and building", patch.name);
            self.progress.step(&what, "40 s", || {
                self.one(patch).with_context(|| patch.name.clone())
            })?;
        }
        self.kernel
            .has_all(&fs::read_to_string(self.paths.lab(ADDED))?)
    }

    fn one(&self, patch: &Patch) -> Result<()> {
        tool::logged(self.in_tree("git").arg("apply").arg(&patch.path), &self.log)?;
        self.check_format(patch)?;
        self.build()
    }

    fn build(&self) -> Result<()> {
        self.kernel.configure(self.fragments, &self.log)?;
        let args = match self.kernel.toolchain.tool("clippy-driver") {
            Some(_) => vec![STRICT, CLIPPY],
            None => vec![STRICT],
        };
        self.kernel.compile(&args, &self.log)
    }

    fn check_format(&self, patch: &Patch) -> Result<()> {
        let files: Vec<_> = patch.files().filter(|file| file.ends_with(".rs")).collect();
        if files.is_empty() {
            return Ok(());
        }
        let rustfmt = self
            .kernel
            .toolchain
            .tool("rustfmt")
            .or_else(|| tool::find("rustfmt"))
            .context("there is no rustfmt")?;
        let mut rustfmt = self.in_tree(&rustfmt);
        rustfmt
            .args(["--check", "--config-path", ".rustfmt.toml"])
            .args(files);
        tool::logged(&mut rustfmt, &self.log)
    }

    /// A program in the tree. No repository that the cache may be in has a say in what git does.
    fn in_tree(&self, program: impl AsRef<std::ffi::OsStr>) -> Command {
        let tree = &self.kernel.tree;
        let mut command = tool::command(program);
        command
            .current_dir(tree)
            .env_remove("GIT_DIR")
            .env_remove("GIT_WORK_TREE")
            .env("GIT_CEILING_DIRECTORIES", tree.parent().unwrap_or(tree));
        command
    }

    /// Makes a copy of the sources to which patches can be applied. Its files are the very same if
    /// nobody writes to them, as to those in the cache: git replaces a file that it changes.
    fn copy_sources(&self) -> Result<()> {
        let mut cp = tool::command("cp");
        cp.arg("--archive");
        if self.pristine.starts_with(&self.paths.cache) {
            cp.arg("--link");
        }
        tool::logged(cp.arg(self.pristine).arg(&self.kernel.tree), &self.log)
    }

    /// Takes back what patches have changed. A file that they had changed is as old as before, but
    /// objects were built from the other: it is made the newest, so that they are built again.
    fn take_back(&self) -> Result<()> {
        let mut find = self.in_tree("find");
        find.args([".", "-type", "f", "-links", "1", "-print"]);
        let replaced = tool::output(&mut find)?;
        fs::remove_dir_all(&self.kernel.tree)?;
        self.copy_sources()?;
        for file in replaced.lines() {
            let (from, to) = (self.pristine.join(file), self.kernel.tree.join(file));
            if from.exists() {
                fs::remove_file(&to)?;
                fs::copy(from, to)?;
            }
        }
        Ok(())
    }
}
