// SPDX-License-Identifier: MIT OR Apache-2.0

//! The directories that xtask works in.

use anyhow::{Context, Result};
use std::env;
use std::fs;
use std::path::{Path, PathBuf};

/// A file that only a checkout has.
const SPEC: &str = "policy/greet.yaml";

#[derive(Clone, Debug)]
pub(crate) struct Paths {
    pub(crate) checkout: PathBuf,
    /// Results that xtask can rebuild.
    pub(crate) cache: PathBuf,
}

impl Paths {
    /// Finds the checkout that holds the current directory, and the user's cache.
    pub(crate) fn find() -> Result<Self> {
        let here = env::current_dir().context("the current directory")?;
        let checkout = here
            .ancestors()
            .find(|dir| dir.join(SPEC).is_file())
            .with_context(|| {
                format!("no {SPEC} here or in a parent directory; run this in a checkout of greet")
            })?;
        Ok(Self {
            checkout: checkout.to_owned(),
            cache: user_cache()?.join("greet"),
        })
    }

    pub(crate) fn spec(&self) -> PathBuf {
        self.checkout.join(SPEC)
    }

    /// Returns the path of a log.
    pub(crate) fn log(&self, name: &str) -> PathBuf {
        self.cache.join("log").join(format!("{name}.log"))
    }

    /// Creates a log, or empties it, and returns its path.
    pub(crate) fn new_log(&self, name: &str) -> Result<PathBuf> {
        let log = self.log(name);
        fs::create_dir_all(self.cache.join("log"))?;
        fs::write(&log, "").with_context(|| format!("cannot write {}", log.display()))?;
        Ok(log)
    }

    /// Returns the path of the script that rebuilds the metadata of a kernel's Rust crates.
    pub(crate) fn rust_metadata(&self) -> PathBuf {
        self.checkout.join("tools/rust-metadata")
    }

    /// Returns the path of a file in xtask's own directory.
    pub(crate) fn xtask(&self, name: &str) -> PathBuf {
        self.checkout.join("tools/xtask").join(name)
    }
}

/// Returns `$XDG_CACHE_HOME` or `~/.cache`. A relative path is ignored, as the XDG specification
/// requires.
fn user_cache() -> Result<PathBuf> {
    let xdg = env::var_os("XDG_CACHE_HOME").map(PathBuf::from);
    if let Some(dir) = xdg.filter(|dir| dir.is_absolute()) {
        return Ok(dir);
    }
    let home = env::var_os("HOME").context("neither XDG_CACHE_HOME nor HOME is set")?;
    Ok(Path::new(&home).join(".cache"))
}
