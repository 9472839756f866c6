// SPDX-License-Identifier: MIT OR Apache-2.0

//! Where things are.

use anyhow::{Context, Result};
use std::env;
use std::path::{Path, PathBuf};

/// The file by which a checkout is known.
const SPEC: &str = "policy/greet.yaml";

#[derive(Clone, Debug)]
pub(crate) struct Paths {
    /// The project.
    pub(crate) checkout: PathBuf,
    /// What can be made again.
    pub(crate) cache: PathBuf,
}

impl Paths {
    /// The checkout that holds the current folder, and the user's cache.
    pub(crate) fn find() -> Result<Self> {
        let here = env::current_dir().context("the current folder")?;
        let checkout = here
            .ancestors()
            .find(|folder| folder.join(SPEC).is_file())
            .with_context(|| format!("no {SPEC} here or above; run this in the checkout"))?;
        Ok(Self {
            checkout: checkout.to_owned(),
            cache: user_cache()?.join("greet"),
        })
    }

    pub(crate) fn spec(&self) -> PathBuf {
        self.checkout.join(SPEC)
    }

    /// A log of the name.
    pub(crate) fn log(&self, name: &str) -> PathBuf {
        self.cache.join("log").join(format!("{name}.log"))
    }

    /// The script that rebuilds the metadata of a kernel's Rust crates.
    pub(crate) fn rust_metadata(&self) -> PathBuf {
        self.checkout.join("tools/rust-metadata")
    }

    /// A file of xtask's own.
    pub(crate) fn xtask(&self, name: &str) -> PathBuf {
        self.checkout.join("tools/xtask").join(name)
    }
}

/// `$XDG_CACHE_HOME`, or `~/.cache`. A relative one is ignored, as the XDG specification wants.
fn user_cache() -> Result<PathBuf> {
    let xdg = env::var_os("XDG_CACHE_HOME").map(PathBuf::from);
    if let Some(folder) = xdg.filter(|folder| folder.is_absolute()) {
        return Ok(folder);
    }
    let home = env::var_os("HOME").context("neither XDG_CACHE_HOME nor HOME is set")?;
    Ok(Path::new(&home).join(".cache"))
}
