// SPDX-License-Identifier: MIT OR Apache-2.0

//! Builds a kernel outside its source tree.

use super::bindgen::Bindgen;
use super::root::Root;
use super::rust::Toolchain;
use super::source::Source;
use crate::cache::{Lock, Stage};
use crate::machine::Machine;
use crate::paths::Paths;
use crate::progress;
use crate::tool::{self, Run};
use anyhow::{Context, Result, bail};
use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;

#[derive(Clone, Debug)]
pub(crate) struct Kernel {
    /// The name in the cache.
    pub(crate) name: String,
    pub(crate) machine: Machine,
    /// The sources.
    pub(crate) tree: PathBuf,
    /// The objects (`O=`).
    pub(crate) build: PathBuf,
    pub(crate) toolchain: Toolchain,
    /// All inputs of its build.
    pub(crate) identity: String,
    bindgen: PathBuf,
    /// The Debian whose compilers build it, if not the host.
    root: Option<Root>,
    /// Arguments for `make`, in addition to the machine's.
    args: &'static [&'static str],
}

impl Kernel {
    /// Creates a `make` in the kernel's tree.
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

    /// Adds the host's tools, which may not be on the `PATH`.
    fn add_tools(&self, make: &mut Command) {
        make.arg(format!("BINDGEN={}", self.bindgen.display()))
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

    /// Creates a `make` for modules in a directory outside the kernel's tree.
    pub(crate) fn make_modules(&self, dir: &Path) -> Command {
        let mut make = self.make_outside();
        make.arg(format!("M={}", dir.display()));
        make
    }

    /// Creates a `make` for modules outside the kernel's tree, without their directory (`M=`).
    pub(crate) fn make_outside(&self) -> Command {
        let mut make = self.make();
        make.args(self.machine.make_args_outside());
        make
    }

    /// Passes the command line and the environment of [`Self::make_outside`] to a program, as its
    /// last arguments.
    pub(crate) fn pass_make(&self, program: &mut Command) {
        let make = self.make_outside();
        program.arg("--").arg(make.get_program());
        program.args(make.get_args());
        for (name, value) in make.get_envs() {
            if let Some(value) = value {
                program.env(name, value);
            }
        }
    }

    /// Returns the release, which must match the modules'.
    pub(crate) fn release(&self) -> Result<String> {
        let file = self.build.join("include/config/kernel.release");
        let release = fs::read_to_string(&file).with_context(|| file.display().to_string())?;
        Ok(release.trim().to_owned())
    }

    /// Returns the path of the kernel image.
    pub(crate) fn program(&self) -> PathBuf {
        self.build.join(self.machine.image())
    }

    /// Builds the kernel with the fragments; `wanted` is their text.
    fn build(&self, fragments: &[PathBuf], wanted: &str, log: &Path) -> Result<()> {
        self.configure(fragments, log)?;
        self.has_all(wanted)?;
        self.make().arg("rustavailable").log_to(log)?;
        self.compile(log)
    }

    /// Configures the kernel with the fragments; a later one wins. Unknown options are ignored.
    fn configure(&self, fragments: &[PathBuf], log: &Path) -> Result<()> {
        self.make().arg("tinyconfig").log_to(log)?;
        let config = self.build.join(".config");
        tool::command(self.tree.join("scripts/kconfig/merge_config.sh"))
            .args(["-m", "-O"])
            .args([&self.build, &config])
            .args(fragments)
            .current_dir(&self.build)
            .log_to(log)?;
        self.make().arg("olddefconfig").log_to(log)
    }

    /// Fails with the options of `wanted` that the configuration does not follow.
    fn has_all(&self, wanted: &str) -> Result<()> {
        let config = fs::read_to_string(self.build.join(".config"))?;
        let lost = lost_options(wanted, &config);
        if !lost.is_empty() {
            bail!(
                "this kernel does not support options of tools/xtask/*.config: {}",
                lost.join(", ")
            );
        }
        Ok(())
    }

    fn compile(&self, log: &Path) -> Result<()> {
        let jobs = thread::available_parallelism().map_or(2, usize::from);
        let mut make = self.make();
        make.arg(format!("-j{jobs}")).log_to(log)
    }
}

/// The inputs of a kernel's build.
pub(crate) struct Order {
    pub(crate) name: String,
    pub(crate) machine: Machine,
    pub(crate) source: Source,
    pub(crate) tools: Tools,
    /// Fragments of the configuration, in addition to the machine's.
    pub(crate) fragments: &'static [&'static str],
    /// Arguments for `make`, in addition to the machine's.
    pub(crate) args: &'static [&'static str],
}

/// The compilers of a kernel.
pub(crate) enum Tools {
    /// The host's C compiler, and these.
    Host {
        toolchain: Toolchain,
        bindgen: Bindgen,
    },
    /// The compilers of another Debian.
    Root(Root),
}

pub(crate) fn get(paths: &Paths, lock: &Lock, order: Order) -> Result<Kernel> {
    let Order {
        name,
        machine,
        source,
        tools,
        fragments,
        args,
    } = order;
    let fragments: Vec<_> = [machine.config(), fragments]
        .concat()
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
            let c = tool::command(machine.compiler()).arg("--version").read()?;
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
    let make_args = [machine.make_args(), args].concat().join(" ");
    let identity = [&source.identity, &compilers, &make_args, &wanted]
        .map(|input| input.trim())
        .join("\n\n");
    let stage = Stage::new(paths.cache.join(format!("kernel-{name}")), identity.clone());
    let kernel = Kernel {
        name,
        machine,
        tree: source.tree,
        build: stage.dir.clone(),
        toolchain,
        identity,
        bindgen,
        root,
        args,
    };
    let log = format!("kernel-{}", kernel.name);
    if source.is_users_tree && stage.is_done() {
        progress::step("Building the changes in KERNEL_SRC", "10 s", || {
            lock.to_replace()?;
            kernel.compile(&paths.new_log(&log)?)
        })?;
    }
    let (name, about) = machine.kernel();
    stage.build(lock, &format!("Building {name}"), about, || {
        kernel.build(&fragments, &wanted, &paths.new_log(&log)?)
    })?;
    Ok(kernel)
}

/// Returns the lines of `wanted` that the configuration does not follow. The last line for an option
/// counts.
fn lost_options<'a>(wanted: &'a str, config: &str) -> Vec<&'a str> {
    let asked: BTreeMap<_, _> = wanted
        .lines()
        .filter_map(|line| Some((option(line)?, line)))
        .collect();
    let is_followed = |name: &str, line: &str| match line.starts_with('#') {
        // An option with unmet dependencies has no line.
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

/// Returns the option that a line sets or unsets.
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
