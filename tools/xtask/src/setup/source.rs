// SPDX-License-Identifier: MIT OR Apache-2.0

//! The kernel's sources: the user's, or Debian's newest.

use super::apt::{Apt, Found};
use super::version::Version;
use crate::cache::{Lock, Stage};
use crate::paths::Paths;
use crate::progress::Progress;
use crate::tool;
use anyhow::{Context, Result, bail};
use std::env;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

/// Debian's packages of sources are called so, and then by their version.
const PACKAGE: &str = "linux-source-";

/// The first release that has what the module needs.
pub(crate) const OLDEST: Version = Version(7, 3, 0);

#[derive(Debug)]
pub(crate) struct Source {
    pub(crate) tree: PathBuf,
    /// What tells these sources from others.
    pub(crate) identity: String,
    /// Whether it may change under us.
    pub(crate) is_users_tree: bool,
}

pub(crate) fn get(paths: &Paths, progress: &Progress, lock: &Lock) -> Result<Source> {
    let source = match env::var_os("KERNEL_SRC").filter(|value| !value.is_empty()) {
        Some(path) => of_user(paths, progress, lock, Path::new(&path))?,
        None => of_debian(paths, progress, lock)?,
    };
    let version = release(&source.tree)?;
    if version < OLDEST {
        bail!(
            "{} is Linux {}.{}; the module needs {}.{} or newer",
            source.tree.display(),
            version.0,
            version.1,
            OLDEST.0,
            OLDEST.1
        );
    }
    Ok(source)
}

fn of_user(paths: &Paths, progress: &Progress, lock: &Lock, path: &Path) -> Result<Source> {
    let path = path
        .canonicalize()
        .with_context(|| format!("KERNEL_SRC={}", path.display()))?;
    if path.is_dir() {
        return Ok(Source {
            identity: path.display().to_string(),
            tree: path,
            is_users_tree: true,
        });
    }
    let status = path.metadata()?;
    let identity = format!("{} {} {}", path.display(), status.len(), status.mtime());
    let stage = Stage::new(paths.cache.join("source"), identity.clone());
    if !stage.is_done() {
        let what = format!("Unpacking {}", path.display());
        progress.step(&what, "30 s", || {
            stage.make(lock, || untar(&path, &stage.folder, &paths.log("source")))
        })?;
    }
    Ok(Source {
        tree: stage.folder,
        identity,
        is_users_tree: false,
    })
}

/// The one that is in the cache stays until the cache is removed, so that the kernel does not change
/// from one run to the next.
fn of_debian(paths: &Paths, progress: &Progress, lock: &Lock) -> Result<Source> {
    let identity = format!("Debian's newest at or above {}.{}", OLDEST.0, OLDEST.1);
    let stage = Stage::new(paths.cache.join("source"), identity.clone());
    if !stage.is_done() {
        let what = "Fetching and unpacking the kernel's sources, 170 MB";
        progress.step(what, "1 min", || {
            stage.make(lock, || fetch(paths, &stage.folder))
        })?;
    }
    Ok(Source {
        tree: stage.folder,
        identity,
        is_users_tree: false,
    })
}

/// The newest that each suite of Debian has.
pub(crate) fn of_suites(paths: &Paths) -> Result<Vec<Found>> {
    Apt::open(paths)?.newest_of_suites(PACKAGE)
}

/// Whether the module can be built for it.
pub(crate) fn is_new_enough(found: &Found) -> bool {
    Version::parse(&found.version).is_some_and(|version| version >= OLDEST)
}

/// Whether it holds the sources of a tree.
pub(crate) fn is_of(found: &Found, tree: &Path) -> Result<bool> {
    Ok(Version::parse(&found.version) == Some(release(tree)?))
}

/// That of one suite.
pub(crate) fn of_suite(
    paths: &Paths,
    progress: &Progress,
    lock: &Lock,
    found: &Found,
) -> Result<Source> {
    let Found {
        suite,
        package,
        version,
    } = found;
    let stage = Stage::new(
        paths.cache.join(format!("source-{suite}")),
        version.to_owned(),
    );
    if !stage.is_done() {
        let what = format!("Fetching and unpacking {package} {version}, 170 MB");
        progress.step(&what, "1 min", || {
            stage.make(lock, || {
                unpack(paths, &Apt::open(paths)?, package, version, &stage.folder)
            })
        })?;
    }
    Ok(Source {
        tree: stage.folder,
        identity: format!("{package} {version}"),
        is_users_tree: false,
    })
}

fn fetch(paths: &Paths, into: &Path) -> Result<()> {
    let apt = Apt::open(paths)?;
    let (package, version) = apt.newest(PACKAGE, OLDEST)?;
    unpack(paths, &apt, &package, &version, into)
}

fn unpack(paths: &Paths, apt: &Apt, package: &str, version: &str, into: &Path) -> Result<()> {
    let unpacked = into.join(".package");
    apt.unpack(package, version, &unpacked)?;
    let tarball = unpacked.join(format!("usr/src/{package}.tar.xz"));
    untar(&tarball, into, &paths.log("source"))?;
    Ok(fs::remove_dir_all(unpacked)?)
}

fn untar(tarball: &Path, into: &Path, log: &Path) -> Result<()> {
    tool::fresh_log(log)?;
    tool::logged(
        tool::command("tar")
            .args(["--strip-components=1", "--no-same-owner", "-xf"])
            .arg(tarball)
            .arg("-C")
            .arg(into),
        log,
    )
}

/// What the sources say that they are.
fn release(tree: &Path) -> Result<Version> {
    let makefile = fs::read_to_string(tree.join("Makefile"))
        .with_context(|| format!("{} is no kernel tree", tree.display()))?;
    parse_release(&makefile).with_context(|| format!("{} is no kernel tree", tree.display()))
}

fn parse_release(makefile: &str) -> Option<Version> {
    let value = |name: &str| {
        makefile
            .lines()
            .filter_map(|line| line.split_once(" = "))
            .find(|(key, _)| *key == name)?
            .1
            .parse()
            .ok()
    };
    Some(Version(
        value("VERSION")?,
        value("PATCHLEVEL")?,
        value("SUBLEVEL")?,
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_makefile_tells_the_release() {
        let makefile = "# SPDX\nVERSION = 7\nPATCHLEVEL = 3\nSUBLEVEL = 4\nEXTRAVERSION =\n";
        assert_eq!(parse_release(makefile), Some(Version(7, 3, 4)));
        assert_eq!(parse_release("all:\n"), None);
    }
}
