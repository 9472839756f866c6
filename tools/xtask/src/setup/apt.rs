// SPDX-License-Identifier: MIT OR Apache-2.0

//! Packages of newer suites, fetched and verified by apt and unpacked into the cache.
//!
//! Apt works with lists, sources and a status of its own. The user's stay as they are, and nothing
//! is installed.

use super::version::Version;
use crate::paths::Paths;
use crate::tool;
use anyhow::{Context, Result, bail};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Where a kernel that is new enough may be. Those that the mirror does not have are skipped.
const SUITES: [&str; 6] = [
    "trixie-backports",
    "trixie",
    "forky-backports",
    "forky",
    "sid",
    "experimental",
];

/// Verifies all suites.
const KEYRING: &str = "/usr/share/keyrings/debian-archive-keyring.gpg";

#[derive(Debug)]
pub(crate) struct Apt {
    folder: PathBuf,
    log: PathBuf,
}

impl Apt {
    /// Fetches the lists.
    pub(crate) fn open(paths: &Paths) -> Result<Self> {
        let apt = Self {
            folder: paths.cache.join("apt"),
            log: paths.log("apt"),
        };
        tool::fresh_log(&apt.log)?;
        fs::create_dir_all(apt.folder.join("lists/partial"))?;
        fs::create_dir_all(apt.folder.join("archives/partial"))?;
        fs::write(apt.folder.join("sources.list"), sources(&mirror()?))?;
        fs::write(apt.config(), apt.settings())?;
        // Fails for suites that are not there; what follows shows whether the others are enough.
        let _ = tool::logged(apt.command("apt-get").arg("update"), &apt.log);
        Ok(apt)
    }

    /// The newest package `PREFIX-N.M`, at or above `oldest`, and its version.
    pub(crate) fn newest(&self, prefix: &str, oldest: Version) -> Result<(String, String)> {
        let names = tool::output(self.command("apt-cache").args(["pkgnames", prefix]))?;
        let name = newest_name(&names, prefix, oldest)
            .with_context(|| format!("no {prefix}N.M at or above {}.{}", oldest.0, oldest.1))?;
        let versions = self.versions(&name)?;
        let version = versions.first().context("a package without a version")?;
        Ok((name, version.clone()))
    }

    /// The newest package `PREFIX-N.M` of each suite that has one, in the order of the suites.
    pub(crate) fn newest_of_suites(&self, prefix: &str) -> Result<Vec<Found>> {
        let names = tool::output(self.command("apt-cache").args(["pkgnames", prefix]))?;
        let names = names.lines().filter(|name| {
            let version = name.strip_prefix(prefix);
            version.and_then(plain_version).is_some()
        });
        let list = tool::output(self.command("apt-cache").arg("madison").args(names))?;
        Ok(newest_of_suites(&list))
    }

    /// The versions of a package, newest first.
    pub(crate) fn versions(&self, package: &str) -> Result<Vec<String>> {
        let list = tool::output(self.command("apt-cache").args(["madison", package]))?;
        Ok(parse_madison(&list))
    }

    /// Fetches a package and unpacks it into a folder.
    pub(crate) fn unpack(&self, package: &str, version: &str, into: &Path) -> Result<()> {
        let downloads = self.folder.join("archives");
        tool::logged(
            self.command("apt-get")
                .args(["download", &format!("{package}={version}")])
                .current_dir(&downloads),
            &self.log,
        )?;
        let archive = fs::read_dir(&downloads)?
            .filter_map(|entry| Some(entry.ok()?.path()))
            .find(|path| is_archive_of(path, package))
            .with_context(|| format!("apt-get has not left {package} behind"))?;
        tool::logged(
            tool::command("dpkg-deb").arg("-x").args([&archive, into]),
            &self.log,
        )?;
        Ok(fs::remove_file(archive)?)
    }

    fn command(&self, program: &str) -> Command {
        let mut command = tool::command(program);
        command.env("APT_CONFIG", self.config());
        command
    }

    fn config(&self) -> PathBuf {
        self.folder.join("apt.conf")
    }

    fn settings(&self) -> String {
        let folder = self.folder.display();
        format!(
            r#"Dir::State "{folder}";
Dir::State::Lists "{folder}/lists";
Dir::State::Status "/dev/null";
Dir::Cache "{folder}";
Dir::Etc::SourceList "{folder}/sources.list";
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

/// The mirror that the system uses.
pub(super) fn mirror() -> Result<String> {
    let list = tool::output(tool::command("apt-get").args([
        "indextargets",
        "--format",
        "$(ORIGIN)|$(LABEL)|$(REPO_URI)",
        "Created-By: Packages",
    ]))?;
    match parse_mirror(&list) {
        Some(mirror) => Ok(mirror),
        None => bail!(
            "apt knows no Debian mirror (run `apt-get update`), or this is not Debian; \
             KERNEL_SRC= may name a kernel's sources instead"
        ),
    }
}

fn parse_mirror(list: &str) -> Option<String> {
    list.lines()
        .find_map(|line| line.strip_prefix("Debian|Debian|"))
        .map(str::to_owned)
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

fn newest_name(names: &str, prefix: &str, oldest: Version) -> Option<String> {
    names
        .lines()
        .filter_map(|name| Some((plain_version(name.strip_prefix(prefix)?)?, name)))
        .filter(|(version, _)| *version >= oldest)
        .max()
        .map(|(_, name)| name.to_owned())
}

/// A version of digits and dots only: `linux-source-7.3-rt` is something else.
fn plain_version(text: &str) -> Option<Version> {
    text.chars()
        .all(|c| c.is_ascii_digit() || c == '.')
        .then(|| Version::parse(text))?
}

fn parse_madison(list: &str) -> Vec<String> {
    let mut versions: Vec<String> = list
        .lines()
        .filter_map(|line| Some(line.split('|').nth(1)?.trim().to_owned()))
        .collect();
    versions.dedup();
    versions
}

/// Of a list of packages whose names end with their versions.
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

fn is_archive_of(path: &Path, package: &str) -> bool {
    path.file_name()
        .and_then(|name| name.to_str())
        .and_then(|name| name.strip_prefix(package))
        .is_some_and(|rest| rest.starts_with('_') && rest.ends_with(".deb"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_name_wins() {
        let names = "linux-source-6.12\nlinux-source-7.3\nlinux-source-7.10\nlinux-source-8.0-rt\nlinux-source\n";
        let newest = |oldest| newest_name(names, "linux-source-", oldest);
        assert_eq!(
            newest(Version(7, 3, 0)).as_deref(),
            Some("linux-source-7.10")
        );
        assert_eq!(newest(Version(8, 0, 0)), None);
    }

    #[test]
    fn madison_lists_versions() {
        let list = "  rust-src | 1.96.1+dfsg1-2 | mirror suite/main amd64 Packages
  rust-src | 1.95.0+dfsg1-2 | mirror suite/main amd64 Packages
  rust-src | 1.95.0+dfsg1-2 | mirror other/main amd64 Packages\n";
        assert_eq!(parse_madison(list), ["1.96.1+dfsg1-2", "1.95.0+dfsg1-2"]);
    }

    #[test]
    fn each_suite_has_its_newest() {
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

    #[test]
    fn the_mirror_is_that_of_debian_itself() {
        let list = "Other|Other|http://other.example/\nDebian|Debian-Security|http://a.example/security/\nDebian|Debian|http://a.example/debian/\n";
        assert_eq!(
            parse_mirror(list).as_deref(),
            Some("http://a.example/debian/")
        );
        assert_eq!(parse_mirror(""), None);
    }

    #[test]
    fn an_archive_is_of_one_package() {
        let path = Path::new("/x/rust-src_1.95.0_all.deb");
        assert!(is_archive_of(path, "rust-src"));
        assert!(!is_archive_of(path, "rust"));
    }
}
