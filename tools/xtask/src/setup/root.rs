// SPDX-License-Identifier: MIT OR Apache-2.0

//! A Debian of another suite, with the compilers of that suite, in a folder.

use super::rust::Toolchain;
use super::{apt, packages};
use crate::cache::{Lock, Stage};
use crate::paths::Paths;
use crate::progress::Progress;
use crate::tool;
use anyhow::Result;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// What a kernel with Rust is built by.
const PACKAGES: &str = "bc,bindgen,bison,clang,flex,gcc,kmod,libc6-dev,libelf-dev,libssl-dev,lld,\
                        llvm,make,perl,python3-minimal,rust-src,rustc";

/// What it is known by.
const VERSIONS: &str = "rustc --version; bindgen --version; gcc --version; clang --version";

#[derive(Clone, Debug)]
pub(crate) struct Root {
    folder: PathBuf,
    /// What is seen in it where it is on the host, too.
    shared: PathBuf,
    /// The versions of its compilers.
    pub(crate) identity: String,
}

/// Fetches it, unless that was done. Only root can enter another.
pub(crate) fn get(paths: &Paths, progress: &Progress, lock: &Lock, suite: &str) -> Result<Root> {
    let name = format!("debian-{suite}");
    let stage = Stage::new(paths.cache.join(&name), format!("{suite} {PACKAGES}"));
    if !stage.is_done() {
        packages::install(paths, progress, &["mmdebstrap"])?;
        let log = paths.log(&name);
        tool::fresh_log(&log)?;
        let what = format!("Fetching a Debian {suite} with compilers, 500 MB");
        progress.step(&what, "2 min", || {
            stage.make(lock, || fetch(&stage.folder, suite, &log))
        })?;
    }
    let mut root = Root {
        folder: stage.folder,
        shared: paths.cache.clone(),
        identity: String::new(),
    };
    fs::create_dir_all(root.inside(&paths.cache))?;
    root.identity = tool::output(root.command("sh").args(["-c", VERSIONS]))?;
    Ok(root)
}

fn fetch(folder: &Path, suite: &str, log: &Path) -> Result<()> {
    let mut mmdebstrap = tool::command("mmdebstrap");
    mmdebstrap
        .args(["--variant=minbase", "--format=directory"])
        .arg(format!("--include={PACKAGES}"))
        // A compiler need not survive the loss of power.
        .arg("--dpkgopt=force-unsafe-io")
        // A mirror may be some weeks behind; what it has is signed all the same.
        .arg("--aptopt=Acquire::Check-Valid-Until \"false\"");
    // What is tried out in experimental needs the rest of sid.
    let base = match suite {
        "experimental" => {
            mmdebstrap.arg("--aptopt=APT::Default-Release \"experimental\"");
            "sid"
        }
        suite => suite,
    };
    let mirror = apt::mirror()?;
    mmdebstrap.arg(base).arg(folder).arg(&mirror);
    if base != suite {
        mmdebstrap.arg(format!("deb {mirror} {suite} main"));
    }
    tool::logged(&mut mmdebstrap, log)
}

impl Root {
    /// A program of it. Its mounts end with it.
    pub(crate) fn command(&self, program: &str) -> Command {
        const ENTER: &str = r#"
            root=$1 shared=$2
            mount --bind "$shared" "$root$shared" && mount --rbind /dev "$root/dev" &&
            mount -t proc proc "$root/proc" && shift 2 && exec chroot "$root" "$@"
        "#;

        let mut command = tool::command("unshare");
        command
            .args(["--mount", "--pid", "--fork", "--kill-child"])
            .args(["sh", "-c", ENTER, "enter"])
            .args([&self.folder, &self.shared])
            .arg(program)
            .env_remove("RUSTC")
            .env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin");
        command
    }

    /// Its compiler, whose library's sources are where the kernel looks for them.
    pub(super) fn toolchain(&self) -> Toolchain {
        Toolchain {
            bin: self.inside(Path::new("/usr/bin")),
            library: self.inside(Path::new("/usr/lib/rustlib/src/rust/library")),
            identity: self.identity.clone(),
        }
    }

    pub(super) fn bindgen(&self) -> PathBuf {
        self.inside(Path::new("/usr/bin/bindgen"))
    }

    /// Where a path of it is on the host.
    fn inside(&self, path: &Path) -> PathBuf {
        self.folder.join(path.strip_prefix("/").unwrap_or(path))
    }
}
