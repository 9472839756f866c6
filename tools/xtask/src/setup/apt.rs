// SPDX-License-Identifier: MIT OR Apache-2.0

//! Downloads packages of newer Debian suites with apt, and unpacks them into the cache.
//!
//! Apt uses its own lists, sources and status there. The user's stay unchanged, and nothing is
//! installed.

use super::version::Version;
use crate::paths::Paths;
use crate::tool::{self, Run};
use anyhow::{Context, Result};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Mutex, PoisonError};

/// Suites that may have a new enough kernel. Apt skips those that the mirror lacks.
const SUITES: [&str; 6] = [
    "trixie-backports",
    "trixie",
    "forky-backports",
    "forky",
    "sid",
    "experimental",
];

/// The keys of all suites.
const KEYRING: &str = "/usr/share/keyrings/debian-archive-keyring.gpg";

/// Whether this process has downloaded the package lists.
static HAS_LISTS: Mutex<bool> = Mutex::new(false);

#[derive(Debug)]
pub(crate) struct Apt {
    dir: PathBuf,
    log: PathBuf,
}

impl Apt {
    /// Downloads the package lists, once.
    pub(crate) fn open(paths: &Paths) -> Result<Self> {
        let mut has_lists = HAS_LISTS.lock().unwrap_or_else(PoisonError::into_inner);
        let apt = Self {
            dir: paths.cache.join("apt"),
            log: paths.log("apt"),
        };
        if *has_lists {
            return Ok(apt);
        }
        paths.new_log("apt")?;
        fs::create_dir_all(apt.dir.join("lists/partial"))?;
        fs::create_dir_all(apt.dir.join("archives/partial"))?;
        fs::write(apt.dir.join("sources.list"), sources(&mirror()?))?;
        fs::write(apt.config(), apt.settings())?;
        // Fails if the mirror lacks a suite; a later step fails if it needs that suite.
        let _ = apt.command("apt-get").arg("update").log_to(&apt.log);
        *has_lists = true;
        Ok(apt)
    }

    /// Returns the newest package `PREFIX-N.M` of each suite that has one, in the order of the
    /// suites.
    pub(crate) fn newest(&self, prefix: &str) -> Result<Vec<Found>> {
        let names = self
            .command("apt-cache")
            .args(["pkgnames", prefix])
            .read()?;
        let names = names.lines().filter(|name| {
            // Not `linux-source-7.3-rt`.
            let version = name.strip_prefix(prefix).unwrap_or_default();
            version.chars().all(|c| c.is_ascii_digit() || c == '.')
        });
        let list = self
            .command("apt-cache")
            .arg("madison")
            .args(names)
            .read()?;
        Ok(newest_of_suites(&list))
    }

    /// Returns the versions of a package, newest first.
    pub(crate) fn versions(&self, package: &str) -> Result<Vec<String>> {
        let list = self
            .command("apt-cache")
            .args(["madison", package])
            .read()?;
        let versions = list.lines().filter_map(|line| line.split('|').nth(1));
        Ok(versions.map(|version| version.trim().to_owned()).collect())
    }

    /// Downloads a package, such as `PACKAGE` or `PACKAGE=VERSION`, and unpacks it into a directory.
    pub(crate) fn unpack(&self, package: &str, into: &Path) -> Result<()> {
        // Of this package only, as threads download in parallel.
        let downloads = self.dir.join("archives").join(package);
        let _ = fs::remove_dir_all(&downloads);
        fs::create_dir_all(&downloads)?;
        self.command("apt-get")
            .args(["download", package])
            .current_dir(&downloads)
            .log_to(&self.log)?;
        let archives = tool::files(&downloads, "deb", false)?;
        let archive = archives.first().context("apt-get downloaded nothing")?;
        tool::command("dpkg-deb")
            .arg("-x")
            .args([archive, into])
            .log_to(&self.log)?;
        Ok(fs::remove_dir_all(downloads)?)
    }

    fn command(&self, program: &str) -> Command {
        let mut command = tool::command(program);
        command.env("APT_CONFIG", self.config());
        command
    }

    fn config(&self) -> PathBuf {
        self.dir.join("apt.conf")
    }

    fn settings(&self) -> String {
        let dir = self.dir.display();
        format!(
            r#"Dir::State "{dir}";
Dir::State::Lists "{dir}/lists";
Dir::State::Status "/dev/null";
Dir::Cache "{dir}";
Dir::Etc::SourceList "{dir}/sources.list";
Dir::Etc::SourceParts "/dev/null";
Acquire::Languages "none";
Acquire::IndexTargets::deb::DEP-11::DefaultEnabled "false";
Acquire::Retries "3";
APT::Sandbox::User "";
"#
        )
    }
}

/// A package of a suite.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Found {
    pub(crate) suite: &'static str,
    pub(crate) package: String,
    pub(crate) version: String,
}

impl Found {
    pub(crate) fn number(&self) -> Option<Version> {
        Version::parse(&self.version)
    }
}

/// Returns the address of the mirror that the system uses.
pub(super) fn mirror() -> Result<String> {
    let list = tool::command("apt-get")
        .args(["indextargets", "Created-By: Packages"])
        .args(["Origin: Debian", "Label: Debian"])
        .args(["--format", "$(REPO_URI)"])
        .read()?;
    list.lines().next().map(str::to_owned).context(
        "apt has no Debian mirror: run `apt-get update`. On another system, set KERNEL_SRC= to a \
         kernel's sources",
    )
}

fn sources(mirror: &str) -> String {
    let options = match Path::new(KEYRING).exists() {
        true => format!("[signed-by={KEYRING}] "),
        false => String::new(),
    };
    SUITES
        .map(|suite| format!("deb {options}{mirror} {suite} main\n"))
        .concat()
}

/// Parses the output of `apt-cache madison` for packages whose names end with versions.
fn newest_of_suites(list: &str) -> Vec<Found> {
    let of_suite = |suite: &'static str| {
        let packages = list.lines().filter_map(|line| {
            let mut columns = line.split('|').map(str::trim);
            let (package, version, origin) = (columns.next()?, columns.next()?, columns.next()?);
            let is_in = origin
                .split_whitespace()
                .any(|word| word.strip_suffix("/main") == Some(suite));
            let number = Version::parse(package.rsplit('-').next()?)?;
            is_in.then_some((number, package, version))
        });
        let (_, package, version) = packages.max_by_key(|(number, ..)| *number)?;
        Some(Found {
            suite,
            package: package.to_owned(),
            version: version.to_owned(),
        })
    };
    SUITES.into_iter().filter_map(of_suite).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_suite_has_its_newest_package() {
        let list = "linux-source-7.2 | 7.2.9-1 | mirror sid/main amd64 Packages
linux-source-7.10 | 7.10.1-1 | mirror sid/main amd64 Packages
linux-source-6.12 | 6.12.9-1 | mirror trixie/main amd64 Packages\n";
        let found = newest_of_suites(list);
        let versions: Vec<_> = found
            .iter()
            .map(|found| (found.suite, found.version.as_str()))
            .collect();
        assert_eq!(versions, [("trixie", "6.12.9-1"), ("sid", "7.10.1-1")]);
    }
}
