// SPDX-License-Identifier: MIT OR Apache-2.0

//! A minimal Debian as an archive, with downloaded packages.

use super::{apt, packages};
use crate::cache::{Lock, Stage};
use crate::paths::Paths;
use crate::tool::{self, Run};
use anyhow::{Context, Result};
use std::path::PathBuf;

/// Packages that build our packages and the archive.
const OF_HOST: [&str; 4] = ["debhelper", "dh-dkms", "dpkg-dev", "mmdebstrap"];

/// Packages for the tests: manuals, and the kernel's pyynl.
const INSTALLED: &str = "bsdextrautils,man-db,python3-minimal,python3-yaml";

/// Packages that the tests install later, without the network.
const DOWNLOADED: &str = "dkms lintian";

/// Prints the suite of the host.
const SUITE: &str = r#". /etc/os-release; [ "$ID" = debian ]; echo "$VERSION_CODENAME""#;

pub(crate) fn packages_of_host(paths: &Paths) -> Result<()> {
    packages::install(paths, &OF_HOST)
}

/// Builds the archive, of the host's own release and from its mirror.
pub(crate) fn archive(paths: &Paths) -> Result<PathBuf> {
    let suite = tool::command("sh")
        .args(["-ec", SUITE])
        .read()
        .context("/etc/os-release names no release of Debian")?;
    let suite = suite.trim_end();
    let stage = Stage::new(
        paths.cache.join("debian"),
        format!("{suite}\n{INSTALLED}\n{DOWNLOADED}\n"),
    );
    let archive = stage.dir.join("root.tar");
    let lock = Lock::to_set_up(paths)?;
    let step = format!("Downloading a minimal Debian {suite}");
    stage.build(&lock, &step, "1 min", || {
        tool::command("mmdebstrap")
            .args(["--variant=minbase", "--format=tar"])
            .arg(format!("--include={INSTALLED}"))
            // A chroot need not survive a loss of power.
            .arg("--dpkgopt=force-unsafe-io")
            // Keeps the downloaded packages.
            .args(["--skip=cleanup/apt", "--skip=cleanup/reproducible"])
            .arg(format!(
                "--customize-hook=APT_CONFIG=\"$MMDEBSTRAP_APT_CONFIG\" apt-get --yes \
                 --no-install-recommends --download-only install {DOWNLOADED}"
            ))
            .arg(suite)
            .arg(&archive)
            .arg(apt::mirror()?)
            .log_to(&paths.new_log("debian")?)
    })?;
    Ok(archive)
}
