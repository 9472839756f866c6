// SPDX-License-Identifier: MIT OR Apache-2.0

//! Where things are.

use anyhow::{Context, Result};
use std::env;
use std::path::{Path, PathBuf};

/// The file by which a checkout is known.
const SPEC: &str = "policy/greet.yaml";

#[derive(Clone, Debug)]
pub(crate) struct Places {
    /// The project.
    pub(crate) checkout: PathBuf,
    /// What the bench makes and keeps; the guest sees it, too.
    pub(crate) cache: PathBuf,
    /// The contenders in Rust.
    pub(crate) rust: PathBuf,
    /// This program. Asked for early: once cargo has written it anew, it is said to be deleted.
    pub(crate) program: PathBuf,
}

impl Places {
    pub(crate) fn find() -> Result<Self> {
        let here = env::current_dir().context("the current folder")?;
        let checkout = here
            .ancestors()
            .find(|folder| folder.join(SPEC).is_file())
            .with_context(|| format!("no {SPEC} here or above; run this in the checkout"))?;
        let program = env::current_exe()?;
        Ok(Self {
            checkout: checkout.to_owned(),
            cache: user_cache()?.join("greet/bench"),
            rust: program
                .parent()
                .context("the bench's own folder")?
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

    /// The contenders in C.
    pub(crate) fn c(&self) -> PathBuf {
        self.cache.join("c")
    }

    /// Where the packages of the contenders in Python are.
    pub(crate) fn python(&self) -> PathBuf {
        self.cache.join("python")
    }

    /// The sources of the family in C.
    pub(crate) fn twin(&self) -> PathBuf {
        self.cache.join("twin")
    }

    /// The tool, as users have it.
    pub(crate) fn greetctl(&self) -> PathBuf {
        self.rust.join("greetctl")
    }

    /// Where cargo has put this program, and puts the others.
    pub(crate) fn target(&self) -> PathBuf {
        self.rust.join("..")
    }

    pub(crate) fn results(&self) -> PathBuf {
        self.cache.join("results.json")
    }
}

/// `$XDG_CACHE_HOME`, or `~/.cache`.
fn user_cache() -> Result<PathBuf> {
    let xdg = env::var_os("XDG_CACHE_HOME").map(PathBuf::from);
    if let Some(folder) = xdg.filter(|folder| folder.is_absolute()) {
        return Ok(folder);
    }
    let home = env::var_os("HOME").context("neither XDG_CACHE_HOME nor HOME is set")?;
    Ok(Path::new(&home).join(".cache"))
}
