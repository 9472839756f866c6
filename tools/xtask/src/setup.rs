// SPDX-License-Identifier: MIT OR Apache-2.0

//! Sets up all that a guest needs: packages, sources, compilers, the kernel, modules and programs.

mod apt;
mod bindgen;
mod cargo_install;
mod debian;
mod kernel;
mod packages;
mod root;
mod rust;
mod source;
mod version;

pub(crate) use apt::Found;
pub(crate) use cargo_install::{cargo_about, cargo_deny, mdbook};
pub(crate) use debian::{archive as debian, packages_of_host as packages_of_debian};
pub(crate) use kernel::Kernel;
pub(crate) use packages::install_for_stock as packages_of_stock;
pub(crate) use root::{Root, with_kernels as stock_debian};
pub(crate) use source::{get as sources, of_suites as kernels_of_suites};

use crate::cache::Lock;
use crate::machine::Machine;
use crate::module::{self, Module};
use crate::paths::Paths;
use crate::progress;
use crate::tool::{self, Run};
use anyhow::{Context, Result, anyhow};
use kernel::{Order, Tools};
use std::env;
use std::path::{Path, PathBuf};
use std::thread::{self, ScopedJoinHandle};

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
    /// The modules of the tests.
    pub(crate) fixtures: Vec<Module>,
    /// The module of a user's family.
    pub(crate) family: Option<Module>,
    /// The directory of `greetctl`, `suite` and the client of the second family, with a
    /// subdirectory of examples.
    pub(crate) programs: PathBuf,
}

/// Sets up a kernel. Other runs wait until [`LockedKernel::share_cache`].
pub(crate) fn kernel(paths: &Paths, machine: Machine) -> Result<LockedKernel> {
    let (order, lock) = order(paths, machine)?;
    let kernel = kernel::get(paths, &lock, order)?;
    Ok(LockedKernel { kernel, lock })
}

/// Sets up sources and compilers of xtask's own kernel. Other runs wait for the lock.
fn order(paths: &Paths, machine: Machine) -> Result<(Order, Lock)> {
    packages::install_missing(paths, machine)?;
    let lock = Lock::to_set_up(paths)?;
    // In parallel, as downloads wait for the network, and building bindgen for the processor.
    let (bindgen, sources) = thread::scope(|scope| {
        let bindgen = scope.spawn(|| bindgen::get(paths, &lock));
        let sources =
            source::get(paths, &lock).and_then(|source| Ok((source, rust::get(paths, &lock)?)));
        (join(bindgen), sources)
    });
    let (source, toolchain) = sources?;
    let bindgen = bindgen?;
    let order = Order {
        name: machine.name().to_owned(),
        machine,
        source,
        tools: Tools::Host { toolchain, bindgen },
        fragments: &[],
        args: &[],
    };
    Ok((order, lock))
}

/// A kernel that differs from xtask's own.
pub(crate) struct Variant<'a> {
    /// The name in the cache.
    pub(crate) name: String,
    /// The sources, if not xtask's.
    pub(crate) sources: Option<&'a Found>,
    /// The Debian suite of the compilers, if not the host's.
    pub(crate) compilers: Option<&'a str>,
    /// Fragments of the configuration, in addition to the machine's.
    pub(crate) fragments: &'static [&'static str],
    /// Arguments for `make`, in addition to the machine's.
    pub(crate) args: &'static [&'static str],
}

/// Sets up a kernel that differs from xtask's own. Other runs wait until [`LockedKernel::share_cache`].
pub(crate) fn variant(
    paths: &Paths,
    machine: Machine,
    variant: Variant<'_>,
) -> Result<LockedKernel> {
    let (mut order, lock) = order(paths, machine)?;
    order.name = variant.name;
    order.fragments = variant.fragments;
    order.args = variant.args;
    if let Some(found) = variant.sources {
        order.source = source::of_suite(paths, &lock, found)?;
    }
    if let Some(suite) = variant.compilers {
        order.tools = Tools::Root(root::get(paths, &lock, suite)?);
    }
    let kernel = kernel::get(paths, &lock, order)?;
    Ok(LockedKernel { kernel, lock })
}

/// The programs and modules to set up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Extent {
    /// `greetctl` and its module.
    Session,
    /// Also the programs and modules of the tests.
    Tests,
}

/// Sets up a kernel and everything that the tests need.
pub(crate) fn all(paths: &Paths, machine: Machine) -> Result<Ready> {
    guest(paths, machine, Extent::Tests, None)
}

/// Sets up a kernel, modules and programs; also the module of a user's family.
pub(crate) fn guest(
    paths: &Paths,
    machine: Machine,
    extent: Extent,
    family: Option<&Path>,
) -> Result<Ready> {
    let family = family
        .map(|dir| module::Source::family(paths, dir))
        .transpose()?;
    // Reports missing packages before anything is built.
    packages::install_missing(paths, machine)?;
    // In parallel, as downloads and parts of the kernel's build use only one processor.
    thread::scope(|scope| {
        let session = || scope.spawn(|| programs(paths, None));
        let session = (extent == Extent::Session).then(session);
        let (order, lock) = order(paths, machine)?;
        let sources = order.source.tree.clone();
        let tests = || scope.spawn(move || programs(paths, Some(&sources)));
        let programs = session.unwrap_or_else(tests);
        let kernel = kernel::get(paths, &lock, order)?;
        let locked = LockedKernel { kernel, lock };
        finish(paths, locked, extent, family.as_ref(), || join(programs))
    })
}

/// Sets up everything that the tests need, for an existing kernel.
pub(crate) fn around(paths: &Paths, locked: LockedKernel) -> Result<Ready> {
    let sources = locked.kernel.tree.clone();
    finish(paths, locked, Extent::Tests, None, || {
        programs(paths, Some(&sources))
    })
}

/// Builds the modules, and gets the programs.
fn finish(
    paths: &Paths,
    locked: LockedKernel,
    extent: Extent,
    family: Option<&module::Source>,
    programs: impl FnOnce() -> Result<PathBuf>,
) -> Result<Ready> {
    let build = |source: &module::Source| source.build(paths, &locked.kernel);
    let module = build(&module::Source::greet(paths))?;
    let fixtures = match extent {
        Extent::Session => Vec::new(),
        Extent::Tests => module::Source::fixtures(paths),
    };
    let fixtures = fixtures.iter().map(build).collect::<Result<_>>()?;
    let family = family.map(build).transpose()?;
    locked.share_cache()?;
    Ok(Ready {
        locked,
        module,
        fixtures,
        family,
        programs: programs()?,
    })
}

fn join<T>(thread: ScopedJoinHandle<'_, Result<T>>) -> Result<T> {
    thread.join().map_err(|_| anyhow!("a thread panicked"))?
}

impl LockedKernel {
    /// Lets other runs build parts of the cache. They do not replace the kernel before this is dropped.
    pub(crate) fn share_cache(&self) -> Result<()> {
        self.lock.to_use()
    }
}

/// Builds the programs that run in the guest: `greetctl`, and with the kernel's sources also the tests'
/// programs.
pub(crate) fn programs(paths: &Paths, sources: Option<&Path>) -> Result<PathBuf> {
    const SESSION: &str = "--bin greetctl";
    const TESTS: &str = "--bin greetctl --bin shelf --bin suite --bin differential --examples \
                         --features suite/kernel-tree";

    let log = paths.new_log("programs")?;
    let (name, about, targets) = match sources {
        None => ("greetctl", "1 s, first 20 s", SESSION),
        Some(_) => ("greetctl and the tests", "1 s, first 40 s", TESTS),
    };
    progress::step(&format!("Building {name}"), about, || {
        // With the features of the workspace, as the Makefile builds xtask: their dependencies are shared.
        tool::cargo()
            .args(["build", "--profile", "xtask", "--workspace"])
            .args(targets.split_whitespace())
            .envs(sources.map(|sources| ("GREET_KERNEL_SRC", sources)))
            .current_dir(&paths.checkout)
            .log_to(&log)
    })?;
    // Cargo puts them in xtask's directory.
    let program = env::current_exe()?;
    Ok(program.parent().context("xtask's directory")?.to_owned())
}

/// Builds greetctl and xtask for arm64, statically linked, and returns their directory. A rustup
/// toolchain has the standard library for its own architecture only, so cargo builds it from the
/// sources that the kernel's build uses.
pub(crate) fn cross_programs(paths: &Paths, kernel: &Kernel) -> Result<PathBuf> {
    const TARGET: &str = "aarch64-unknown-linux-gnu";
    /// The prefix of cargo's variables for the target.
    const VARIABLES: &str = "CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU";
    const LINKER: &str = "aarch64-linux-gnu-gcc";

    let log = paths.new_log("programs-arm64")?;
    progress::step("Building greetctl and xtask for arm64", "3 min", || {
        tool::cargo()
            .args(["build", "--profile", "xtask", "-p", "greetctl"])
            .args(["-p", "xtask", "--target", TARGET])
            .arg("-Zbuild-std=std,panic_unwind")
            // Allows `-Z` in a stable toolchain.
            .env("RUSTC_BOOTSTRAP", "1")
            // The directory in which cargo searches for the library.
            .env("__CARGO_TESTS_ONLY_SRC_ROOT", &kernel.toolchain.library)
            .env(format!("{VARIABLES}_LINKER"), LINKER)
            .env(
                format!("{VARIABLES}_RUSTFLAGS"),
                "-Ctarget-feature=+crt-static",
            )
            .current_dir(&paths.checkout)
            .log_to(&log)
    })?;
    Ok(paths.checkout.join("target").join(TARGET).join("xtask"))
}
