// SPDX-License-Identifier: MIT OR Apache-2.0

//! Loads and unloads kernel modules.

use super::tool::{path_in, run, text_in};
use anyhow::{Context, Result};
use nix::errno::Errno;
use nix::kmod::{DeleteModuleFlags, ModuleInitFlags, delete_module, finit_module};
use std::ffi::CString;
use std::fs::File;
use std::time::{Duration, Instant};
use std::{fs, thread};

/// Loads the module of `greet`.
pub(crate) fn load() -> Result<()> {
    run("insmod", &[&text_in("GREET_MODULE")?])?.output()?;
    Ok(())
}

/// Error of an unload while the module is in use.
pub(crate) const IN_USE: Errno = Errno::EWOULDBLOCK;

/// Guard while the module is unloaded. Dropping it, even in a failing test, loads the module again.
pub(crate) struct Unloaded(());

impl Unloaded {
    /// Unloads the module once it is not in use.
    pub(crate) fn unload() -> Result<Self> {
        Ok(Self::unload_counting_retries()?.0)
    }

    /// Unloads the module once it is not in use. Also returns the number of retries.
    pub(crate) fn unload_counting_retries() -> Result<(Self, u32)> {
        const TIMEOUT: Duration = Duration::from_secs(10);

        let start = Instant::now();
        let mut retries = 0;
        loop {
            match Self::try_unload() {
                Err(IN_USE) if start.elapsed() < TIMEOUT => {
                    retries += 1;
                    thread::sleep(Duration::from_millis(1));
                }
                result => return Ok((result.context("cannot unload the module")?, retries)),
            }
        }
    }

    /// Unloads the module, or returns [`IN_USE`].
    pub(crate) fn try_unload() -> Result<Self, Errno> {
        delete_module(c"greet", DeleteModuleFlags::O_NONBLOCK)?;
        Ok(Self(()))
    }

    /// Loads the module again.
    pub(crate) fn reload(self) -> Result<()> {
        std::mem::forget(self);
        load()
    }
}

impl Drop for Unloaded {
    fn drop(&mut self) {
        if let Err(error) = load() {
            eprintln!("cannot load the module again, later tests will fail: {error:#}");
        }
    }
}

/// Unloads the module of the second family.
pub(crate) fn unload_shelf() -> Result<()> {
    delete_module(c"shelf", DeleteModuleFlags::empty()).context("cannot unload shelf")
}

/// Loads the module of the second family, unless it is loaded. It stays loaded.
pub(crate) fn load_shelf() -> Result<()> {
    if !fs::exists("/sys/module/shelf")? {
        run("insmod", &[&text_in("GREET_SHELF_MODULE")?])?.output()?;
    }
    Ok(())
}

/// Runs `job` while the kernel runs a shell script as modprobe.
pub(crate) fn with_modprobe<T>(script: &str, job: impl FnOnce() -> T) -> Result<T> {
    const SETTING: &str = "/proc/sys/kernel/modprobe";
    const SCRIPT: &str = "/tmp/modprobe";

    fs::write(SCRIPT, format!("#!/bin/sh\n{script}\n"))?;
    run("chmod", &["+x", SCRIPT])?.output()?;
    let before = fs::read_to_string(SETTING).context(SETTING)?;
    fs::write(SETTING, SCRIPT)?;
    let result = job();
    fs::write(SETTING, before)?;
    Ok(result)
}

/// Loads one of the modules that misuse the API.
pub(crate) fn load_fixture(name: &str) -> Result<(), Errno> {
    let path = path_in("GREET_FIXTURES").map_err(|_| Errno::ENOENT)?;
    let file = File::open(path.join(name).with_extension("ko")).map_err(|_| Errno::ENOENT)?;
    finit_module(&file, c"", ModuleInitFlags::empty())
}

/// Loads the module of a family of the kernel, unless it is loaded. It stays loaded.
pub(crate) fn load_in_tree(name: &str) -> Result<()> {
    match load_fixture(name) {
        Ok(()) | Err(Errno::EEXIST) => Ok(()),
        Err(error) => Err(error).context(format!("cannot load {name}")),
    }
}

/// Unloads a module that [`load_fixture`] has loaded.
pub(crate) fn unload_fixture(name: &str) -> Result<()> {
    let name = CString::new(name)?;
    delete_module(&name, DeleteModuleFlags::empty()).context("cannot unload it")
}
