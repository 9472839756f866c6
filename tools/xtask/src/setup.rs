// SPDX-License-Identifier: MIT OR Apache-2.0

//! Sets up all that a guest needs: packages, sources, compilers, the kernel, modules and programs.

mod apt;
mod cargo_install;
mod cross;
mod debian;
mod kernel;
mod packages;
mod root;
mod rust;
mod source;
mod version;

pub(crate) use apt::Found;
pub(crate) use cargo_install::{cargo_about, cargo_deny, mdbook};
pub(crate) use cross::programs as cross_programs;
pub(crate) use debian::{archive as debian, packages_of_host as packages_of_debian};
pub(crate) use kernel::Kernel;
pub(crate) use root::{Root, with_kernels as stock_debian};
pub(crate) use source::{OLDEST, of_suites as kernels_of_suites};
pub(crate) use version::Version;

use crate::cache::Lock;
use crate::machine::Machine;
use crate::module::{self, Module};
use crate::paths::Paths;
use crate::progress::Progress;
use crate::tool::{self, Run};
use anyhow::{Context, Result, anyhow};
use cargo_install::Bindgen;
use kernel::{Order, Tools};
use rust::Toolchain;
use source::Source;
use std::env;
use std::path::{Path, PathBuf};
use std::thread;

/// A kernel that can build modules and boot, with the lock of the cache.
#[derive(Debug)]
pub(crate) struct LockedKernel {
    pub(crate) kernel: Kernel,
    lock: Lock,
}

/// A kernel, modules for it, and the programs.
#[derive(Debug)]
pub(crate) struct Ready {
    pub(crate) locked: LockedKernel,
    pub(crate) module: Module,
    /// The module of the tests' second family.
    pub(crate) shelf: Module,
    pub(crate) fixtures: Vec<Module>,
    /// The module of a user's family.
    pub(crate) family: Option<Module>,
    /// The directory of `greetctl`, `suite` and the client of the second family, with a
    /// subdirectory of examples.
    pub(crate) programs: PathBuf,
}

/// Sets up a kernel. Other runs wait until [`LockedKernel::share_cache`].
pub(crate) fn kernel(paths: &Paths, progress: &Progress, machine: Machine) -> Result<LockedKernel> {
    let (base, lock) = base(paths, progress, machine)?;
    let kernel = kernel::get(paths, progress, &lock, base.order(machine))?;
    Ok(LockedKernel { kernel, lock })
}

/// Sources and compilers of xtask's own kernels.
struct Base {
    source: Source,
    toolchain: Toolchain,
    bindgen: Bindgen,
}

impl Base {
    fn order(self, machine: Machine) -> Order {
        Order {
            name: machine.name().to_owned(),
            machine,
            source: self.source,
            tools: Tools::Host {
                toolchain: self.toolchain,
                bindgen: self.bindgen,
            },
            args: &[],
        }
    }
}

/// Sets up sources and compilers. Other runs wait for the lock.
fn base(paths: &Paths, progress: &Progress, machine: Machine) -> Result<(Base, Lock)> {
    packages::install_missing(paths, progress, machine)?;
    let lock = Lock::to_set_up(paths)?;
    // In parallel, as downloads wait for the network and bindgen for the processor.
    let (bindgen, sources) = thread::scope(|scope| {
        let bindgen = scope.spawn(|| cargo_install::bindgen(paths, progress, &lock));
        let sources = source::get(paths, progress, &lock)
            .and_then(|source| Ok((source, rust::get(paths, progress, &lock)?)));
        (bindgen.join(), sources)
    });
    let (source, toolchain) = sources?;
    let bindgen = bindgen.map_err(|_| anyhow!("the installation of bindgen panicked"))??;
    let base = Base {
        source,
        toolchain,
        bindgen,
    };
    Ok((base, lock))
}

/// A kernel that differs from xtask's own.
pub(crate) struct Variant<'a> {
    /// The name in the cache.
    pub(crate) name: String,
    /// The sources, if not xtask's.
    pub(crate) sources: Option<&'a Found>,
    /// The Debian suite of the compilers, if not the host's.
    pub(crate) compilers: Option<&'a str>,
    /// Arguments for `make`, in addition to the machine's.
    pub(crate) args: &'static [&'static str],
}

/// Sets up a kernel that differs from xtask's own. Other runs wait until [`LockedKernel::share_cache`].
pub(crate) fn variant(
    paths: &Paths,
    progress: &Progress,
    machine: Machine,
    variant: Variant<'_>,
) -> Result<LockedKernel> {
    let (base, lock) = base(paths, progress, machine)?;
    let mut order = base.order(machine);
    order.name = variant.name;
    order.args = variant.args;
    if let Some(found) = variant.sources {
        order.source = source::of_suite(paths, progress, &lock, found)?;
    }
    if let Some(suite) = variant.compilers {
        order.tools = Tools::Root(root::get(paths, progress, &lock, suite)?);
    }
    let kernel = kernel::get(paths, progress, &lock, order)?;
    Ok(LockedKernel { kernel, lock })
}

/// Sets up a kernel, the modules and the programs.
pub(crate) fn all(paths: &Paths, progress: &Progress, machine: Machine) -> Result<Ready> {
    with_family(paths, progress, machine, None)
}

/// Sets up everything, and the module of a user's family.
pub(crate) fn with_family(
    paths: &Paths,
    progress: &Progress,
    machine: Machine,
    family: Option<&Path>,
) -> Result<Ready> {
    let family = family.map(module::Source::family).transpose()?;
    let locked = kernel(paths, progress, machine)?;
    around(paths, progress, locked, family.as_ref())
}

/// Builds the modules for a kernel, and the programs.
pub(crate) fn around(
    paths: &Paths,
    progress: &Progress,
    locked: LockedKernel,
    family: Option<&module::Source>,
) -> Result<Ready> {
    let build = |source: &module::Source| source.build(paths, progress, &locked.kernel);
    let module = build(&module::Source::greet(paths))?;
    let shelf = build(&module::Source::shelf(paths)?)?;
    let fixtures = module::Source::fixtures(paths)?;
    let fixtures = fixtures.iter().map(build).collect::<Result<_>>()?;
    let family = family.map(build).transpose()?;
    locked.share_cache()?;
    let programs = programs(paths, progress, &locked.kernel)?;
    Ok(Ready {
        locked,
        module,
        shelf,
        fixtures,
        family,
        programs,
    })
}

impl LockedKernel {
    /// Lets other runs build parts of the cache. They do not replace the kernel before this is dropped.
    pub(crate) fn share_cache(&self) -> Result<()> {
        self.lock.to_use()
    }
}

/// Builds the programs that run in the guest.
fn programs(paths: &Paths, progress: &Progress, kernel: &Kernel) -> Result<PathBuf> {
    let log = paths.new_log("programs")?;
    let about = "1 s, first 40 s";
    progress.step("Building greetctl and the tests", about, || {
        tool::cargo()
            .args(["build", "--profile", "xtask"])
            .args(["-p", "greetctl", "-p", "shelf", "-p", "suite"])
            .args(["-p", "greet", "--bins", "--examples"])
            .args(["--features", "suite/kernel-tree"])
            .env("GREET_KERNEL_SRC", &kernel.tree)
            .current_dir(&paths.checkout)
            .log_to(&log)
    })?;
    // Cargo puts them in xtask's directory.
    let program = env::current_exe()?;
    Ok(program.parent().context("xtask's directory")?.to_owned())
}
