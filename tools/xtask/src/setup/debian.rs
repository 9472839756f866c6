// SPDX-License-Identifier: MIT OR Apache-2.0

//! The smallest Debian, as an archive, and packages for it that are fetched but not installed.

use super::{apt, packages};
use crate::cache::{Lock, Stage};
use crate::paths::Paths;
use crate::progress::Progress;
use crate::tool;
use anyhow::{Context, Result};
use std::fs;
use std::path::PathBuf;

/// To build packages, and to have a Debian to try them in.
const OF_HOST: [&str; 4] = ["debhelper", "dh-dkms", "dpkg-dev", "mmdebstrap"];

/// With what the packages are looked at: its manuals, and what the kernel's ynl is written in.
const INSTALLED: &str = "bsdextrautils,man-db,python3-minimal,python3-yaml";

/// What our packages depend on, and what judges them.
const FETCHED: &str = "dkms lintian";

pub(crate) fn packages_of_host(paths: &Paths, progress: &Progress) -> Result<()> {
    packages::install(paths, progress, &OF_HOST)
}

/// The archive, of the host's own release and from its mirror.
pub(crate) fn archive(paths: &Paths, progress: &Progress) -> Result<PathBuf> {
    let release = fs::read_to_string("/etc/os-release").context("/etc/os-release")?;
    let suite = parse_suite(&release).context("/etc/os-release names no release of Debian")?;
    let stage = Stage::new(
        paths.cache.join("debian"),
        format!("{suite}\n{INSTALLED}\n{FETCHED}\n"),
    );
    let archive = stage.folder.join("root.tar");
    let lock = Lock::to_set_up(paths)?;
    if !stage.is_done() {
        let log = paths.log("debian");
        tool::fresh_log(&log)?;
        progress.step(&format!("Fetching a small Debian {suite}"), "1 min", || {
            stage.make(&lock, || {
                let mut mmdebstrap = tool::command("mmdebstrap");
                mmdebstrap
                    .args(["--variant=minbase", "--format=tar"])
                    .arg(format!("--include={INSTALLED}"))
                    // A chroot need not survive the loss of power.
                    .arg("--dpkgopt=force-unsafe-io")
                    // What is fetched is kept, to be installed without the network.
                    .args(["--skip=cleanup/apt", "--skip=cleanup/reproducible"])
                    .arg(format!(
                        "--customize-hook=APT_CONFIG=\"$MMDEBSTRAP_APT_CONFIG\" apt-get --yes \
                         --no-install-recommends --download-only install {FETCHED}"
                    ))
                    .arg(suite)
                    .arg(&archive)
                    .arg(apt::mirror()?);
                tool::logged(&mut mmdebstrap, &log)
            })
        })?;
    }
    Ok(archive)
}

fn parse_suite(release: &str) -> Option<&str> {
    let is_debian = release.lines().any(|line| line == "ID=debian");
    let name = |line| str::strip_prefix(line, "VERSION_CODENAME=");
    release.lines().find_map(name).filter(|_| is_debian)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_release_has_a_name() {
        let release = "ID=debian\nVERSION_ID=\"12\"\nVERSION_CODENAME=bookworm\n";
        assert_eq!(parse_suite(release), Some("bookworm"));
        assert_eq!(parse_suite("ID=other\nVERSION_CODENAME=x\n"), None);
    }
}
