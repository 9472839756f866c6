// SPDX-License-Identifier: MIT OR Apache-2.0

//! A kernel, built outside of its sources.

use super::bindgen::Bindgen;
use super::packages;
use super::root::Root;
use super::rust::Toolchain;
use super::source::Source;
use crate::cache::{Lock, Stage};
use crate::machine::Machine;
use crate::paths::Paths;
use crate::progress::Progress;
use crate::tool;
use anyhow::{Context, Result, bail};
use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;

#[derive(Clone, Debug)]
pub(crate) struct Kernel {
    /// What tells its folders in the cache from those of others.
    pub(crate) name: String,
    pub(crate) machine: Machine,
    /// The sources.
    pub(crate) tree: PathBuf,
    /// The objects (`O=`).
    pub(crate) build: PathBuf,
    pub(crate) toolchain: Toolchain,
    /// What tells this kernel from another.
    pub(crate) identity: String,
    bindgen: PathBuf,
    libclang: PathBuf,
    /// Whose compilers build it, if not the host's.
    root: Option<Root>,
    /// What `make` is told beyond what the machine needs.
    args: &'static [&'static str],
}

impl Kernel {
    /// The kernel's `make`.
    pub(crate) fn make(&self) -> Command {
        let mut make = match &self.root {
            Some(root) => root.command("make"),
            None => tool::command("make"),
        };
        make.arg("-C")
            .arg(&self.tree)
            .arg(format!("O={}", self.build.display()))
            .args(self.machine.make_args())
            .args(self.args);
        if self.root.is_none() {
            self.add_tools(&mut make);
        }
        make
    }

    /// Names the host's tools that are not, or need not be, where `make` looks.
    fn add_tools(&self, make: &mut Command) {
        make.arg(format!("BINDGEN={}", self.bindgen.display()))
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
        make.args(self.machine.make_args_outside());
        make
    }

    /// The version by which it knows its modules.
    pub(crate) fn release(&self) -> Result<String> {
        let file = self.build.join("include/config/kernel.release");
        let release = fs::read_to_string(&file).with_context(|| file.display().to_string())?;
        Ok(release.trim().to_owned())
    }

    /// The program that is the kernel.
    pub(crate) fn program(&self) -> PathBuf {
        self.build.join(self.machine.image())
    }

    /// Builds the kernel as the fragments want it; `wanted` is what they say.
    fn build(&self, fragments: &[PathBuf], wanted: &str, log: &Path) -> Result<()> {
        self.configure(fragments, log)?;
        self.has_all(wanted)?;
        tool::logged(self.make().arg("rustavailable"), log)?;
        self.compile(&[], log)
    }

    /// Configures it as the fragments want it, the later of which win. What the sources do not know
    /// is left out.
    fn configure(&self, fragments: &[PathBuf], log: &Path) -> Result<()> {
        tool::logged(self.make().arg("tinyconfig"), log)?;
        let config = self.build.join(".config");
        tool::logged(
            tool::command(self.tree.join("scripts/kconfig/merge_config.sh"))
                .args(["-m", "-O"])
                .args([&self.build, &config])
                .args(fragments)
                .current_dir(&self.build),
            log,
        )?;
        tool::logged(self.make().arg("olddefconfig"), log)
    }

    /// An error names those options of `wanted` that the configuration lacks, or has in spite of it.
    fn has_all(&self, wanted: &str) -> Result<()> {
        let config = fs::read_to_string(self.build.join(".config"))?;
        let lost = lost_options(wanted, &config);
        if !lost.is_empty() {
            bail!(
                "this kernel does not follow what tools/xtask asks for: {}",
                lost.join(", ")
            );
        }
        Ok(())
    }

    fn compile(&self, args: &[&str], log: &Path) -> Result<()> {
        let jobs = thread::available_parallelism().map_or(2, usize::from);
        tool::logged(self.make().arg(format!("-j{jobs}")).args(args), log)
    }
}

/// What a kernel is built of, and by what.
pub(crate) struct Order {
    pub(crate) name: String,
    pub(crate) machine: Machine,
    pub(crate) source: Source,
    pub(crate) tools: Tools,
    /// What `make` is told beyond what the machine needs.
    pub(crate) args: &'static [&'static str],
}

/// What a kernel is built by.
pub(crate) enum Tools {
    /// The host's compiler of C, and these.
    Host {
        toolchain: Toolchain,
        bindgen: Bindgen,
    },
    /// All that another Debian has.
    Root(Root),
}

pub(crate) fn get(paths: &Paths, progress: &Progress, lock: &Lock, order: Order) -> Result<Kernel> {
    let Order {
        name,
        machine,
        source,
        tools,
        args,
    } = order;
    let fragments: Vec<_> = machine
        .config()
        .iter()
        .map(|name| paths.xtask(name))
        .collect();
    let wanted = fragments
        .iter()
        .map(fs::read_to_string)
        .collect::<io::Result<Vec<_>>>()?
        .concat();
    let (toolchain, bindgen, compilers, root) = match tools {
        Tools::Host { toolchain, bindgen } => {
            let c = tool::output(tool::command(machine.compiler()).arg("--version"))?;
            let compilers = [
                &toolchain.identity,
                &toolchain.library.display().to_string(),
                &bindgen.version,
                &c,
            ]
            .map(|input| input.trim())
            .join("\n\n");
            (toolchain, bindgen.program, compilers, None)
        }
        Tools::Root(root) => (
            root.toolchain(),
            root.bindgen(),
            root.identity.clone(),
            Some(root),
        ),
    };
    let told = [machine.make_args(), args].concat().join(" ");
    let identity = [&source.identity, &compilers, &told, &wanted]
        .map(|input| input.trim())
        .join("\n\n");
    let stage = Stage::new(paths.cache.join(format!("kernel-{name}")), identity.clone());
    let kernel = Kernel {
        name,
        machine,
        tree: source.tree,
        build: stage.folder.clone(),
        toolchain,
        identity,
        bindgen,
        libclang: packages::libclang()?,
        root,
        args,
    };
    let log = paths.log(&format!("kernel-{}", kernel.name));
    if !stage.is_done() {
        tool::fresh_log(&log)?;
        let (name, about) = machine.kernel();
        progress.step(&format!("Building {name}"), about, || {
            stage.make(lock, || kernel.build(&fragments, &wanted, &log))
        })?;
    } else if source.is_users_tree {
        tool::fresh_log(&log)?;
        progress.step("Building what KERNEL_SRC has changed", "10 s", || {
            lock.to_replace()?;
            kernel.compile(&[], &log)
        })?;
    }
    Ok(kernel)
}

/// The lines of `wanted` that the configuration does not follow. Of those for one option the last
/// counts.
fn lost_options<'a>(wanted: &'a str, config: &str) -> Vec<&'a str> {
    let asked: BTreeMap<_, _> = wanted
        .lines()
        .filter_map(|line| Some((option(line)?, line)))
        .collect();
    let is_followed = |name: &str, line: &str| match line.starts_with('#') {
        // What is never asked about is not told as unset either.
        true => !config
            .lines()
            .any(|set| !set.starts_with('#') && option(set) == Some(name)),
        false => config.lines().any(|set| set == line),
    };
    asked
        .into_iter()
        .filter(|(name, line)| !is_followed(name, line))
        .map(|(_, line)| line)
        .collect()
}

/// The option that a line sets or leaves out.
fn option(line: &str) -> Option<&str> {
    if let Some(left_out) = line.strip_prefix("# ") {
        return left_out
            .strip_suffix(" is not set")
            .filter(|name| name.starts_with("CONFIG_"));
    }
    let (name, _) = line.split_once('=')?;
    name.starts_with("CONFIG_").then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lost_option_is_found() {
        let wanted = "# why\nCONFIG_A=y\nCONFIG_B=y\nCONFIG_C=y\n# CONFIG_C is not set\n";
        let config = "CONFIG_A=y\n# CONFIG_B is not set\n";
        assert_eq!(lost_options(wanted, config), ["CONFIG_B=y"]);
    }

    #[test]
    fn an_option_that_came_back_is_found() {
        let wanted = "# CONFIG_A is not set\n# CONFIG_B is not set\n# CONFIG_C is not set\n";
        let config = "# CONFIG_A is not set\nCONFIG_B=m\nCONFIG_CC=y\n";
        assert_eq!(lost_options(wanted, config), ["# CONFIG_B is not set"]);
    }
}
