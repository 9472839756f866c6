// SPDX-License-Identifier: MIT OR Apache-2.0

//! A Rust compiler with the sources of its standard library, which the kernel's build compiles.
//!
//! In this order: the user's compiler with the sources in its sysroot (rustup's component rust-src);
//! the same compiler with Debian's package of the sources of that version; Debian's own pair.

use super::apt::Apt;
use super::version::Version;
use crate::cache::{Lock, Stage};
use crate::paths::Paths;
use crate::progress;
use crate::tool::{self, Run};
use anyhow::{Context, Result};
use std::env;
use std::fs;
use std::path::{Path, PathBuf};

/// The oldest compiler that the kernel supports.
const OLDEST: Version = Version(1, 85, 0);

/// Debian's packages of a compiler and of its sources, newest first.
const PAIRS: [[&str; 2]; 2] = [["rustc-web", "rust-web-src"], ["rustc", "rust-src"]];

#[derive(Clone, Debug)]
pub(crate) struct Toolchain {
    /// The directory of rustc, rustdoc and perhaps rustfmt and clippy-driver. Not rustup's proxies,
    /// which select a toolchain by the current directory.
    pub(crate) bin: PathBuf,
    /// The sources of the standard library.
    pub(crate) library: PathBuf,
    /// The output of `rustc -vV`.
    pub(crate) identity: String,
}

impl Toolchain {
    /// Returns the path of a tool, if the toolchain has it.
    pub(crate) fn tool(&self, name: &str) -> Option<PathBuf> {
        Some(self.bin.join(name)).filter(|path| path.is_file())
    }
}

#[derive(Debug)]
struct Compiler {
    sysroot: PathBuf,
    identity: String,
    release: String,
}

pub(crate) fn get(paths: &Paths, lock: &Lock) -> Result<Toolchain> {
    let users = Compiler::of(&users_rustc(), &paths.checkout).ok();
    if let Some(compiler) = users.filter(Compiler::is_new_enough) {
        if let Some(library) = library_in(&compiler.sysroot.join("lib/rustlib/src/rust")) {
            return Ok(compiler.with(library));
        }
        match sources_of(&compiler.release, paths, lock) {
            Ok(library) => return Ok(compiler.with(library)),
            Err(error) => progress::say(&format!("  {error:#}; trying Debian's compiler")),
        }
    }
    of_distribution(&paths.checkout).context(
        "no Rust compiler with the sources of its standard library; \
         `rustup component add rust-src` adds them to rustup's compiler",
    )
}

/// Returns the packages of Debian's pair to install, unless the user has a compiler.
pub(crate) fn distribution_packages() -> Vec<&'static str> {
    let has_compiler =
        Compiler::of(&users_rustc(), Path::new("/")).is_ok_and(|compiler| compiler.is_new_enough());
    if has_compiler {
        return Vec::new();
    }
    let is_known = |name: &str| {
        let mut show = tool::command("apt-cache");
        show.args(["show", "--no-all-versions", name])
            .read()
            .is_ok()
    };
    let pair = PAIRS.into_iter().find(|[compiler, _]| is_known(compiler));
    pair.map_or_else(Vec::new, Vec::from)
}

fn users_rustc() -> PathBuf {
    env::var_os("RUSTC").map_or_else(|| "rustc".into(), PathBuf::from)
}

/// Downloads Debian's sources of exactly this release unless the cache has them.
fn sources_of(release: &str, paths: &Paths, lock: &Lock) -> Result<PathBuf> {
    let stage = Stage::new(paths.cache.join("rust-src"), release.to_owned());
    let library = || {
        fs::read_dir(stage.dir.join("usr/src"))?
            .flatten()
            .find_map(|entry| library_in(&entry.path()))
            .with_context(|| format!("Debian's rust-src {release} holds no library"))
    };
    let step = format!("Downloading the sources of Rust's library {release}, 45 MB");
    stage.build(lock, &step, "20 s", || {
        let apt = Apt::open(paths)?;
        let versions = apt.versions("rust-src")?;
        let version = version_of_release(&versions, release)
            .with_context(|| format!("Debian has no rust-src {release}"))?;
        apt.unpack(&format!("rust-src={version}"), &stage.dir)?;
        library().map(drop)
    })?;
    library()
}

/// Returns Debian's installed pair.
fn of_distribution(dir: &Path) -> Result<Toolchain> {
    let compiler = Compiler::of(Path::new("/usr/bin/rustc"), dir)?;
    let sources = format!("/usr/src/rustc-{}", compiler.release);
    let library = library_in(Path::new(&sources))
        .or_else(|| library_in(&compiler.sysroot.join("lib/rustlib/src/rust")))
        .with_context(|| format!("no sources of rustc {}", compiler.release))?;
    Ok(compiler.with(library))
}

fn version_of_release<'a>(versions: &'a [String], release: &str) -> Option<&'a str> {
    versions.iter().map(String::as_str).find(|version| {
        version
            .strip_prefix(release)
            .is_some_and(|rest| rest.starts_with(['+', '-', '~']))
    })
}

fn library_in(dir: &Path) -> Option<PathBuf> {
    let library = dir.join("library");
    library.join("core/src/lib.rs").is_file().then_some(library)
}

impl Compiler {
    /// Asks a compiler for its version. With rustup, the answer depends on the directory.
    fn of(rustc: &Path, dir: &Path) -> Result<Self> {
        let ask = |args: &[&str]| tool::command(rustc).args(args).current_dir(dir).read();
        let identity = ask(&["-vV"])?;
        let release = parse_release(&identity).context("rustc prints no release")?;
        Ok(Self {
            sysroot: ask(&["--print", "sysroot"])?.trim().into(),
            release: release.to_owned(),
            identity,
        })
    }

    fn is_new_enough(&self) -> bool {
        Version::parse(&self.release) >= Some(OLDEST)
    }

    fn with(self, library: PathBuf) -> Toolchain {
        Toolchain {
            bin: self.sysroot.join("bin"),
            library,
            identity: self.identity,
        }
    }
}

fn parse_release(identity: &str) -> Option<&str> {
    identity
        .lines()
        .find_map(|line| line.strip_prefix("release: "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sources_must_be_of_exactly_the_release() {
        let versions = ["1.95.01-1", "1.95.0+dfsg1-2~bpo13+1"].map(str::to_owned);
        assert_eq!(
            version_of_release(&versions, "1.95.0"),
            Some("1.95.0+dfsg1-2~bpo13+1")
        );
        assert_eq!(version_of_release(&versions, "1.95"), None);
    }

    #[test]
    fn rustc_prints_its_release() {
        let identity = "rustc 1.95.0 (abc 2026-01-01)\nbinary: rustc\nrelease: 1.95.0\n";
        assert_eq!(parse_release(identity), Some("1.95.0"));
    }
}
