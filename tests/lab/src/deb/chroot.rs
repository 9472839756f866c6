// SPDX-License-Identifier: MIT OR Apache-2.0

//! A Debian of the host's release with nothing that is not essential, made anew for each run.

use crate::cache::Scratch;
use crate::paths::Paths;
use crate::tool;
use anyhow::{Context, Result};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Where our packages are in it.
pub(crate) const DEBS: &str = "/srv/debs";

#[derive(Debug)]
pub(crate) struct Chroot(Scratch);

impl Chroot {
    /// Unpacks one that holds the packages.
    pub(crate) fn new(paths: &Paths, archive: &Path, debs: &[PathBuf]) -> Result<Self> {
        let chroot = Self(Scratch::new(paths, "chroot")?);
        tool::output(
            tool::command("tar")
                .arg("-xf")
                .arg(archive)
                .arg("-C")
                .arg(chroot.path()),
        )?;
        let folder = chroot.inside(DEBS);
        fs::create_dir_all(&folder)?;
        for deb in debs {
            fs::copy(
                deb,
                folder.join(deb.file_name().context("a package's name")?),
            )?;
        }
        Ok(chroot)
    }

    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }

    /// Where a path of it is on the host.
    pub(crate) fn inside(&self, path: &str) -> PathBuf {
        self.path().join(path.trim_start_matches('/'))
    }

    /// What a shell's script prints in it, if it succeeds.
    pub(crate) fn output(&self, script: &str) -> Result<String> {
        tool::output(&mut self.command(script))
    }

    /// Mounts and processes of it end with the script.
    fn command(&self, script: &str) -> Command {
        const ENTER: &str = r#"mount -t proc proc "$1/proc" && exec chroot "$1" sh -ec "$2" 2>&1"#;

        let mut command = tool::command("unshare");
        command
            .args(["--mount", "--pid", "--fork", "--kill-child"])
            .args(["sh", "-c", ENTER, "enter"])
            .arg(self.path())
            .arg(script)
            .env_clear()
            .env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin")
            .env("LC_ALL", "C.UTF-8")
            .env("DEBIAN_FRONTEND", "noninteractive");
        command
    }
}
