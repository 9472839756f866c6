// SPDX-License-Identifier: MIT OR Apache-2.0

//! The kernel's sources: the user's, or Debian's newest.

use super::apt::{Apt, Found};
use super::version::Version;
use crate::cache::{Lock, Stage};
use crate::paths::Paths;
use crate::tool::{self, Run};
use anyhow::{Context, Result, bail};
use std::env;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

/// The prefix of Debian's packages of sources; a version follows.
const PACKAGE: &str = "linux-source-";

/// The first release with the interfaces that the module needs.
pub(crate) const OLDEST: Version = Version(7, 3, 0);

#[derive(Debug)]
pub(crate) struct Source {
    pub(crate) tree: PathBuf,
    pub(crate) identity: String,
    /// Whether the user may change the sources.
    pub(crate) is_users_tree: bool,
}

pub(crate) fn get(paths: &Paths, lock: &Lock) -> Result<Source> {
    let source = match env::var_os("KERNEL_SRC").filter(|value| !value.is_empty()) {
        Some(path) => of_user(paths, lock, Path::new(&path))?,
        None => of_debian(paths, lock)?,
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

fn of_user(paths: &Paths, lock: &Lock, path: &Path) -> Result<Source> {
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
    let step = format!("Unpacking {}", path.display());
    stage.build(lock, &step, "30 s", || {
        untar(&path, &stage.dir, &paths.new_log("source")?)
    })?;
    Ok(Source::in_cache(stage, identity))
}

/// Returns the sources in the cache, or downloads Debian's newest. The version stays until the cache
/// is removed, so that the kernel does not change from one run to the next.
fn of_debian(paths: &Paths, lock: &Lock) -> Result<Source> {
    let identity = format!("Debian's newest at or above {}.{}", OLDEST.0, OLDEST.1);
    let stage = Stage::new(paths.cache.join("source"), identity.clone());
    let step = "Downloading and unpacking the kernel's sources, 170 MB";
    stage.build(lock, step, "1 min", || {
        let apt = Apt::open(paths)?;
        let found = apt.newest(PACKAGE)?;
        let newest = found.iter().max_by_key(|found| found.number());
        let newest = newest.with_context(|| format!("Debian's mirror has no {PACKAGE}N.M"))?;
        unpack(paths, &apt, newest, &stage.dir)
    })?;
    Ok(Source::in_cache(stage, identity))
}

/// Returns the newest sources of each Debian suite.
pub(crate) fn of_suites(paths: &Paths) -> Result<Vec<Found>> {
    Apt::open(paths)?.newest(PACKAGE)
}

/// Downloads the sources of one suite unless the cache has them.
pub(crate) fn of_suite(paths: &Paths, lock: &Lock, found: &Found) -> Result<Source> {
    let Found {
        suite,
        package,
        version,
    } = found;
    let dir = paths.cache.join(format!("source-{suite}"));
    let stage = Stage::new(dir, version.to_owned());
    let step = format!("Downloading and unpacking {package} {version}, 170 MB");
    stage.build(lock, &step, "1 min", || {
        unpack(paths, &Apt::open(paths)?, found, &stage.dir)
    })?;
    Ok(Source::in_cache(stage, format!("{package} {version}")))
}

impl Source {
    fn in_cache(stage: Stage, identity: String) -> Self {
        Self {
            tree: stage.dir,
            identity,
            is_users_tree: false,
        }
    }
}

impl Found {
    /// Returns whether the module supports these sources.
    pub(crate) fn is_new_enough(&self) -> bool {
        self.number() >= Some(OLDEST)
    }

    /// Returns whether the sources in a tree have this version.
    pub(crate) fn is_in(&self, tree: &Path) -> Result<bool> {
        Ok(self.number() == Some(release(tree)?))
    }
}

fn unpack(paths: &Paths, apt: &Apt, found: &Found, into: &Path) -> Result<()> {
    let Found {
        package, version, ..
    } = found;
    let unpacked = into.join(".package");
    apt.unpack(&format!("{package}={version}"), &unpacked)?;
    let tarball = unpacked.join(format!("usr/src/{package}.tar.xz"));
    untar(&tarball, into, &paths.new_log("source")?)?;
    Ok(fs::remove_dir_all(unpacked)?)
}

fn untar(tarball: &Path, into: &Path, log: &Path) -> Result<()> {
    tool::command("tar")
        .args(["--strip-components=1", "--no-same-owner", "-xf"])
        .arg(tarball)
        .arg("-C")
        .arg(into)
        .log_to(log)
}

/// Returns the version in the makefile of a kernel tree.
fn release(tree: &Path) -> Result<Version> {
    let makefile = fs::read_to_string(tree.join("Makefile")).unwrap_or_default();
    parse_release(&makefile).with_context(|| format!("{} is not a kernel tree", tree.display()))
}

fn parse_release(makefile: &str) -> Option<Version> {
    let value = |name: &str| {
        let mut pairs = makefile.lines().filter_map(|line| line.split_once(" = "));
        pairs.find(|(key, _)| *key == name)?.1.parse().ok()
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
    fn a_makefile_has_the_release() {
        let makefile = "# SPDX\nVERSION = 7\nPATCHLEVEL = 3\nSUBLEVEL = 4\nEXTRAVERSION =\n";
        assert_eq!(parse_release(makefile), Some(Version(7, 3, 4)));
        assert_eq!(parse_release("all:\n"), None);
    }
}
