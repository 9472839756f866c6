// SPDX-License-Identifier: MIT OR Apache-2.0

//! A minimal Debian of the host's release, new for each run.

use crate::cache::Scratch;
use crate::paths::Paths;
use crate::tool::{self, Run};
use anyhow::{Context, Result};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The directory of our packages in the chroot.
pub(crate) const DEBS: &str = "/srv/debs";

#[derive(Debug)]
pub(crate) struct Chroot {
    scratch: Scratch,
    /// Directories of the host that [`Self::read_with_shared`] mounts.
    shared: Vec<PathBuf>,
}

impl Chroot {
    /// Unpacks a chroot, and adds the packages and the mount points of the shared directories.
    pub(crate) fn new(
        paths: &Paths,
        archive: &Path,
        debs: &[PathBuf],
        shared: Vec<PathBuf>,
    ) -> Result<Self> {
        let chroot = Self {
            scratch: Scratch::new(paths, "chroot")?,
            shared,
        };
        tool::command("tar")
            .arg("-xf")
            .arg(archive)
            .arg("-C")
            .arg(chroot.path())
            .read()?;
        let dir = chroot.inside(DEBS);
        fs::create_dir_all(&dir)?;
        for deb in debs {
            fs::copy(deb, dir.join(deb.file_name().context("a package's name")?))?;
        }
        for dir in &chroot.shared {
            fs::create_dir_all(chroot.path().join(dir.strip_prefix("/")?))?;
        }
        Ok(chroot)
    }

    pub(crate) fn path(&self) -> &Path {
        self.scratch.path()
    }

    /// Returns the host's path of a path in the chroot.
    pub(crate) fn inside(&self, path: &str) -> PathBuf {
        self.path().join(path.trim_start_matches('/'))
    }

    /// Runs a script in the chroot and returns its output.
    pub(crate) fn read(&self, script: &str) -> Result<String> {
        self.command(script, &[]).read()
    }

    /// Runs a script with the shared directories mounted read-only.
    pub(crate) fn read_with_shared(&self, script: &str) -> Result<String> {
        self.command(script, &self.shared).read()
    }

    /// Creates a command whose mounts and processes end with the script.
    fn command(&self, script: &str, shared: &[PathBuf]) -> Command {
        const ENTER: &str = r#"
            root=$1 script=$2
            shift 2
            mount -t proc proc "$root/proc"
            for dir; do mount -o bind,ro "$dir" "$root$dir"; done
            exec chroot "$root" sh -ec "$script" 2>&1
        "#;

        let mut command = tool::command("unshare");
        command
            .args(["--mount", "--pid", "--fork", "--kill-child"])
            .args(["sh", "-ec", ENTER, "enter"])
            .arg(self.path())
            .arg(script)
            .args(shared)
            .env_clear()
            .env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin")
            .env("LC_ALL", "C.UTF-8")
            .env("DEBIAN_FRONTEND", "noninteractive");
        command
    }
}
