// SPDX-License-Identifier: MIT OR Apache-2.0

//! The kernel modules.

use super::tool::{path_in, run, text_in};
use anyhow::{Context, Result};
use nix::errno::Errno;
use nix::kmod::{DeleteModuleFlags, ModuleInitFlags, delete_module, finit_module};
use std::fs::File;
use std::time::{Duration, Instant};
use std::{fs, thread};

/// Loads the module.
pub(crate) fn load() -> Result<()> {
    run("insmod", &[&text_in("GREET_MODULE")?])?.output()?;
    Ok(())
}

/// What unloading fails with while something holds the module.
pub(crate) const IN_USE: Errno = Errno::EWOULDBLOCK;

/// The time without the module; it ends when this is dropped, so that a test that fails leaves the
/// module loaded.
pub(crate) struct Unloaded(());

impl Unloaded {
    /// Unloads the module, as soon as it is not in use.
    pub(crate) fn begin() -> Result<Self> {
        Ok(Self::begin_counting()?.0)
    }

    /// The same; also how often it was in use.
    pub(crate) fn begin_counting() -> Result<(Self, u32)> {
        const PATIENCE: Duration = Duration::from_secs(10);

        let start = Instant::now();
        let mut in_use = 0;
        loop {
            match Self::try_begin() {
                Err(IN_USE) if start.elapsed() < PATIENCE => {
                    in_use += 1;
                    thread::sleep(Duration::from_millis(1));
                }
                result => return Ok((result.context("cannot unload the module")?, in_use)),
            }
        }
    }

    /// Unloads the module; fails with [`IN_USE`] if that is so.
    pub(crate) fn try_begin() -> Result<Self, Errno> {
        delete_module(c"greet", DeleteModuleFlags::O_NONBLOCK)?;
        Ok(Self(()))
    }

    /// Loads it again.
    pub(crate) fn end(self) -> Result<()> {
        std::mem::forget(self);
        load()
    }
}

impl Drop for Unloaded {
    fn drop(&mut self) {
        if let Err(error) = load() {
            eprintln!("the module is gone for the tests that follow: {error:#}");
        }
    }
}

/// Unloads the module of the second family.
pub(crate) fn unload_shelf() -> Result<()> {
    delete_module(c"shelf", DeleteModuleFlags::empty()).context("cannot unload shelf")
}

/// Loads the module of the second family, unless an earlier test has. It stays loaded.
pub(crate) fn load_shelf() -> Result<()> {
    if !fs::exists("/sys/module/shelf")? {
        run("insmod", &[&text_in("GREET_SHELF_MODULE")?])?.output()?;
    }
    Ok(())
}

/// Loads one of the modules that try what must do no harm.
pub(crate) fn load_fixture(name: &str) -> Result<(), Errno> {
    let path = path_in("GREET_FIXTURES").map_err(|_| Errno::ENOENT)?;
    let file = File::open(path.join(name).with_extension("ko")).map_err(|_| Errno::ENOENT)?;
    finit_module(&file, c"", ModuleInitFlags::empty())
}
