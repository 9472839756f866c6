// SPDX-License-Identifier: MIT OR Apache-2.0

//! Paths of the checkout, the cache and the built programs.

use anyhow::{Context, Result};
use std::env;
use std::path::{Path, PathBuf};

/// File that identifies a checkout.
const SPEC: &str = "policy/greet.yaml";

#[derive(Clone, Debug)]
pub(crate) struct Paths {
    /// The checkout of the project.
    pub(crate) checkout: PathBuf,
    /// Directory for built files and results, also visible in the guest.
    pub(crate) cache: PathBuf,
    /// Directory of the clients in Rust.
    pub(crate) rust: PathBuf,
    /// This program. The path is read at start, because /proc reports a deleted file once cargo has
    /// rebuilt the program.
    pub(crate) program: PathBuf,
}

impl Paths {
    pub(crate) fn find() -> Result<Self> {
        let here = env::current_dir().context("cannot read the current directory")?;
        let checkout = here
            .ancestors()
            .find(|dir| dir.join(SPEC).is_file())
            .with_context(|| {
                format!("no {SPEC} in this or a parent directory; run this in the checkout")
            })?;
        let program = env::current_exe()?;
        Ok(Self {
            checkout: checkout.to_owned(),
            cache: user_cache()?.join("greet/bench"),
            rust: program
                .parent()
                .context("expected a directory of the program")?
                .to_owned(),
            program,
        })
    }

    pub(crate) fn bench(&self) -> PathBuf {
        self.checkout.join("bench")
    }

    pub(crate) fn spec(&self) -> PathBuf {
        self.checkout.join(SPEC)
    }

    /// Directory of the clients in C.
    pub(crate) fn c(&self) -> PathBuf {
        self.cache.join("c")
    }

    /// Directory of the Python packages.
    pub(crate) fn python(&self) -> PathBuf {
        self.cache.join("python")
    }

    /// Directory of the sources of the module in C.
    pub(crate) fn twin(&self) -> PathBuf {
        self.cache.join("twin")
    }

    /// Path of greetctl, built as for users.
    pub(crate) fn greetctl(&self) -> PathBuf {
        self.rust.join("greetctl")
    }

    /// Target directory of cargo.
    pub(crate) fn target(&self) -> PathBuf {
        self.rust.join("..")
    }

    pub(crate) fn results(&self) -> PathBuf {
        self.cache.join("results.json")
    }
}

/// Returns `$XDG_CACHE_HOME`, or `~/.cache`.
fn user_cache() -> Result<PathBuf> {
    let xdg = env::var_os("XDG_CACHE_HOME").map(PathBuf::from);
    if let Some(dir) = xdg.filter(|dir| dir.is_absolute()) {
        return Ok(dir);
    }
    let home = env::var_os("HOME").context("neither XDG_CACHE_HOME nor HOME is set")?;
    Ok(Path::new(&home).join(".cache"))
}
