// SPDX-License-Identifier: MIT OR Apache-2.0

//! A User-Mode Linux kernel, built outside of its sources.

use super::bindgen::Bindgen;
use super::packages;
use super::rust::Toolchain;
use super::source::Source;
use crate::cache::{Lock, Stage};
use crate::paths::Paths;
use crate::progress::Progress;
use crate::tool;
use anyhow::{Result, bail};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;

/// What the configuration has beyond the smallest one.
const FRAGMENT: &str = "uml.config";

#[derive(Debug)]
pub(crate) struct Kernel {
    /// The sources.
    pub(crate) tree: PathBuf,
    /// The objects (`O=`).
    pub(crate) build: PathBuf,
    pub(crate) toolchain: Toolchain,
    /// What tells this kernel from another.
    pub(crate) identity: String,
    bindgen: PathBuf,
    libclang: PathBuf,
}

impl Kernel {
    /// The kernel's `make`.
    pub(crate) fn make(&self) -> Command {
        let mut make = tool::command("make");
        make.arg("-C")
            .arg(&self.tree)
            .arg(format!("O={}", self.build.display()))
            .arg("ARCH=um")
            .arg(format!("BINDGEN={}", self.bindgen.display()))
            .env("LIBCLANG_PATH", &self.libclang)
            .env("RUST_LIB_SRC", &self.toolchain.library);
        let tools = [
            ("RUSTC", "rustc"),
            ("RUSTDOC", "rustdoc"),
            ("RUSTFMT", "rustfmt"),
            ("CLIPPY_DRIVER", "clippy-driver"),
        ];
        for (variable, name) in tools {
            if let Some(path) = self.toolchain.tool(name) {
                make.arg(format!("{variable}={}", path.display()));
            }
        }
        make
    }

    /// The same for modules of a folder outside of the kernel.
    pub(crate) fn make_modules(&self, folder: &Path) -> Command {
        let mut make = self.make_outside();
        make.arg(format!("M={}", folder.display()));
        make
    }

    /// The same for modules outside of the kernel; it lacks their folder, `M=`.
    pub(crate) fn make_outside(&self) -> Command {
        let mut make = self.make();
        // A relocation that the loader of User-Mode Linux does not know would be used otherwise.
        make.arg("RUSTFLAGS_MODULE=-Zdirect-access-external-data=yes");
        make
    }

    /// The program that is the kernel.
    pub(crate) fn program(&self) -> PathBuf {
        self.build.join("linux")
    }

    fn build(&self, fragment: &Path, log: &Path) -> Result<()> {
        tool::logged(self.make().arg("tinyconfig"), log)?;
        let config = self.build.join(".config");
        tool::logged(
            tool::command(self.tree.join("scripts/kconfig/merge_config.sh"))
                .args(["-m", "-O"])
                .args([&self.build, &config, fragment])
                .current_dir(&self.build),
            log,
        )?;
        tool::logged(self.make().arg("olddefconfig"), log)?;
        let wanted = fs::read_to_string(fragment)?;
        let lost = lost_options(&wanted, &fs::read_to_string(config)?);
        if !lost.is_empty() {
            bail!(
                "this kernel cannot have {}, which {} asks for",
                lost.join(" "),
                fragment.display()
            );
        }
        tool::logged(self.make().arg("rustavailable"), log)?;
        self.compile(log)
    }

    fn compile(&self, log: &Path) -> Result<()> {
        let jobs = thread::available_parallelism().map_or(2, usize::from);
        tool::logged(self.make().arg(format!("-j{jobs}")), log)
    }
}

pub(crate) fn get(
    paths: &Paths,
    progress: &Progress,
    lock: &Lock,
    source: Source,
    toolchain: Toolchain,
    bindgen: Bindgen,
) -> Result<Kernel> {
    let fragment = paths.lab(FRAGMENT);
    let identity = [
        &source.identity,
        &toolchain.identity,
        &toolchain.library.display().to_string(),
        &bindgen.version,
        &tool::output(tool::command("gcc").arg("--version"))?,
        &fs::read_to_string(&fragment)?,
    ]
    .map(|input| input.trim())
    .join("\n\n");
    let stage = Stage::new(paths.cache.join("kernel-uml"), identity.clone());
    let kernel = Kernel {
        tree: source.tree,
        build: stage.folder.clone(),
        toolchain,
        identity,
        bindgen: bindgen.program,
        libclang: packages::libclang()?,
    };
    let log = paths.log("kernel");
    if !stage.is_done() {
        tool::fresh_log(&log)?;
        progress.step(
            "Building a User-Mode Linux kernel",
            "4 min on 2 cores",
            || stage.make(lock, || kernel.build(&fragment, &log)),
        )?;
    } else if source.is_users_tree {
        tool::fresh_log(&log)?;
        progress.step("Building what KERNEL_SRC has changed", "10 s", || {
            lock.to_replace()?;
            kernel.compile(&log)
        })?;
    }
    Ok(kernel)
}

/// The options that a fragment asks for and the configuration lacks.
fn lost_options<'a>(fragment: &'a str, config: &str) -> Vec<&'a str> {
    let is_set = |option: &str| config.lines().any(|line| line == option);
    fragment
        .lines()
        .filter(|line| line.starts_with("CONFIG_"))
        .filter(|line| !is_set(line))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lost_option_is_found() {
        let fragment = "# why\nCONFIG_A=y\nCONFIG_B=y\n# CONFIG_C is not set\n";
        let config = "CONFIG_A=y\n# CONFIG_B is not set\n";
        assert_eq!(lost_options(fragment, config), ["CONFIG_B=y"]);
    }
}
