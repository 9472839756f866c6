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
pub(crate) struct Chroot {
    scratch: Scratch,
    /// Folders of the host that it can be lent.
    lendable: Vec<PathBuf>,
}

impl Chroot {
    /// Unpacks one that holds the packages, and empty folders in place of those of the host.
    pub(crate) fn new(
        paths: &Paths,
        archive: &Path,
        debs: &[PathBuf],
        lendable: Vec<PathBuf>,
    ) -> Result<Self> {
        let chroot = Self {
            scratch: Scratch::new(paths, "chroot")?,
            lendable,
        };
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
        for folder in &chroot.lendable {
            fs::create_dir_all(chroot.path().join(folder.strip_prefix("/")?))?;
        }
        Ok(chroot)
    }

    pub(crate) fn path(&self) -> &Path {
        self.scratch.path()
    }

    /// Where a path of it is on the host.
    pub(crate) fn inside(&self, path: &str) -> PathBuf {
        self.path().join(path.trim_start_matches('/'))
    }

    /// What a shell's script prints in it, if it succeeds.
    pub(crate) fn output(&self, script: &str) -> Result<String> {
        tool::output(&mut self.command(script, &[]))
    }

    /// The same with the host's folders, where they are on the host; they cannot be written to.
    pub(crate) fn output_with_lent(&self, script: &str) -> Result<String> {
        tool::output(&mut self.command(script, &self.lendable))
    }

    /// Mounts and processes of it end with the script.
    fn command(&self, script: &str, lent: &[PathBuf]) -> Command {
        const ENTER: &str = r#"
            root=$1 script=$2
            shift 2
            mount -t proc proc "$root/proc"
            for folder; do mount -o bind,ro "$folder" "$root$folder"; done
            exec chroot "$root" sh -ec "$script" 2>&1
        "#;

        let mut command = tool::command("unshare");
        command
            .args(["--mount", "--pid", "--fork", "--kill-child"])
            .args(["sh", "-ec", ENTER, "enter"])
            .arg(self.path())
            .arg(script)
            .args(lent)
            .env_clear()
            .env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin")
            .env("LC_ALL", "C.UTF-8")
            .env("DEBIAN_FRONTEND", "noninteractive");
        command
    }
}
