// SPDX-License-Identifier: MIT OR Apache-2.0

//! A Rust compiler with the sources of its own standard library, which the kernel compiles anew.
//!
//! In this order: the user's compiler with the sources in its sysroot (rustup's component rust-src);
//! the same compiler with Debian's package of the sources of that version; Debian's own pair.

use super::apt::Apt;
use super::version::Version;
use crate::cache::{Lock, Stage};
use crate::paths::Paths;
use crate::progress::Progress;
use crate::tool;
use anyhow::{Context, Result};
use std::env;
use std::fs;
use std::path::{Path, PathBuf};

/// The oldest that the kernel takes.
const OLDEST: Version = Version(1, 85, 0);

/// The names under which Debian has a pair, newest first.
const PAIRS: [[&str; 2]; 2] = [["rustc-web", "rust-web-src"], ["rustc", "rust-src"]];

#[derive(Clone, Debug)]
pub(crate) struct Toolchain {
    /// The folder of rustc, rustdoc and perhaps rustfmt and clippy-driver. Not rustup's proxies,
    /// which would look for a toolchain again in each folder.
    pub(crate) bin: PathBuf,
    /// The sources of the standard library.
    pub(crate) library: PathBuf,
    /// What `rustc -vV` prints.
    pub(crate) identity: String,
}

impl Toolchain {
    /// A tool, if the toolchain brings it.
    pub(crate) fn tool(&self, name: &str) -> Option<PathBuf> {
        Some(self.bin.join(name)).filter(|path| path.is_file())
    }
}

/// A compiler.
#[derive(Debug)]
struct Compiler {
    sysroot: PathBuf,
    identity: String,
    release: String,
}

pub(crate) fn get(paths: &Paths, progress: &Progress, lock: &Lock) -> Result<Toolchain> {
    let users = Compiler::of(&users_rustc(), &paths.checkout).ok();
    if let Some(compiler) = users.filter(Compiler::is_new_enough) {
        if let Some(library) = library_in(&compiler.sysroot.join("lib/rustlib/src/rust")) {
            return Ok(compiler.with(library));
        }
        match sources_of(&compiler.release, paths, progress, lock) {
            Ok(library) => return Ok(compiler.with(library)),
            Err(error) => progress.say(&format!("  {error:#}; Debian's own compiler is tried")),
        }
    }
    of_distribution(&paths.checkout).context(
        "no Rust compiler with the sources of its standard library; \
         `rustup component add rust-src` adds them to that of rustup",
    )
}

/// The pair of the distribution, if no compiler of the user's is there at all: it must be installed.
pub(crate) fn distribution_packages() -> Vec<&'static str> {
    let has_compiler =
        Compiler::of(&users_rustc(), Path::new("/")).is_ok_and(|compiler| compiler.is_new_enough());
    if has_compiler {
        return Vec::new();
    }
    let known = |name: &str| {
        tool::output(tool::command("apt-cache").args(["show", "--no-all-versions", name])).is_ok()
    };
    let pair = PAIRS.into_iter().find(|[compiler, _]| known(compiler));
    pair.map_or_else(Vec::new, Vec::from)
}

fn users_rustc() -> PathBuf {
    env::var_os("RUSTC").map_or_else(|| "rustc".into(), PathBuf::from)
}

/// Debian's sources of exactly this release, in the cache.
fn sources_of(release: &str, paths: &Paths, progress: &Progress, lock: &Lock) -> Result<PathBuf> {
    let stage = Stage::new(paths.cache.join("rust-src"), release.to_owned());
    let library = |stage: &Stage| {
        find_library(&stage.folder.join("usr/src"))
            .with_context(|| format!("Debian's rust-src {release} holds no library"))
    };
    if !stage.is_done() {
        let what = format!("Fetching the sources of Rust's library {release}, 45 MB");
        progress.step(&what, "20 s", || {
            stage.make(lock, || {
                let apt = Apt::open(paths)?;
                let versions = apt.versions("rust-src")?;
                let version = version_of_release(&versions, release)
                    .with_context(|| format!("Debian has no rust-src {release}"))?;
                apt.unpack("rust-src", version, &stage.folder)?;
                library(&stage).map(drop)
            })
        })?;
    }
    library(&stage)
}

/// Debian's own pair, as it is installed.
fn of_distribution(folder: &Path) -> Result<Toolchain> {
    let compiler = Compiler::of(Path::new("/usr/bin/rustc"), folder)?;
    let library = library_in(&PathBuf::from(format!(
        "/usr/src/rustc-{}",
        compiler.release
    )))
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

/// The library in the one folder that the package has.
fn find_library(folder: &Path) -> Option<PathBuf> {
    fs::read_dir(folder)
        .ok()?
        .flatten()
        .find_map(|entry| library_in(&entry.path()))
}

fn library_in(folder: &Path) -> Option<PathBuf> {
    let library = folder.join("library");
    library.join("core/src/lib.rs").is_file().then_some(library)
}

impl Compiler {
    /// Asks a compiler what it is. With rustup that depends on the folder.
    fn of(rustc: &Path, folder: &Path) -> Result<Self> {
        let ask = |args: &[&str]| {
            let mut command = tool::command(rustc);
            tool::output(command.args(args).current_dir(folder))
        };
        let identity = ask(&["-vV"])?;
        let release = parse_release(&identity).context("rustc tells no release")?;
        Ok(Self {
            sysroot: ask(&["--print", "sysroot"])?.trim().into(),
            release: release.to_owned(),
            identity,
        })
    }

    fn is_new_enough(&self) -> bool {
        Version::parse(&self.release).is_some_and(|version| version >= OLDEST)
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
    fn the_sources_are_of_exactly_the_release() {
        let versions = ["1.95.01-1", "1.95.0+dfsg1-2~bpo13+1"].map(str::to_owned);
        assert_eq!(
            version_of_release(&versions, "1.95.0"),
            Some("1.95.0+dfsg1-2~bpo13+1")
        );
        assert_eq!(version_of_release(&versions, "1.95"), None);
    }

    #[test]
    fn a_compiler_tells_its_release() {
        let identity = "rustc 1.95.0 (abc 2026-01-01)\nbinary: rustc\nrelease: 1.95.0\n";
        assert_eq!(parse_release(identity), Some("1.95.0"));
    }
}
