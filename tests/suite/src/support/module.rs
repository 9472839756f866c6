// SPDX-License-Identifier: MIT OR Apache-2.0

//! The kernel modules.

use super::tool::{run, text_in};
use anyhow::Result;
use std::fs;

/// Loads the module.
pub(crate) fn load() -> Result<()> {
    run("insmod", &[&text_in("GREET_MODULE")?])?.output()?;
    Ok(())
}

/// The time without the module; it ends when this is dropped, so that a test that fails leaves the
/// module loaded.
pub(crate) struct Unloaded(());

impl Unloaded {
    /// Unloads the module.
    pub(crate) fn begin() -> Result<Self> {
        run("rmmod", &["greet"])?.output()?;
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

/// Loads the module of the second family, unless an earlier test has. It stays loaded.
pub(crate) fn load_shelf() -> Result<()> {
    if !fs::exists("/sys/module/shelf")? {
        run("insmod", &[&text_in("GREET_SHELF_MODULE")?])?.output()?;
    }
    Ok(())
}
