// SPDX-License-Identifier: MIT OR Apache-2.0

//! A directory with another Debian suite and its compilers.

use super::rust::Toolchain;
use super::{apt, packages};
use crate::cache::{Lock, Stage};
use crate::paths::Paths;
use crate::tool::{self, Run};
use anyhow::{Context, Result};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Packages that build a kernel with Rust.
const PACKAGES: &str = "bc,bindgen,bison,clang,flex,gcc,kmod,libc6-dev,libelf-dev,libssl-dev,lld,\
                        llvm,make,perl,python3-minimal,rust-src,rustc";

const VERSIONS: &str = "rustc --version; bindgen --version; gcc --version; clang --version";

#[derive(Clone, Debug)]
pub(crate) struct Root {
    dir: PathBuf,
    /// The cache, mounted at the same path as on the host.
    shared: PathBuf,
    /// The versions of its compilers.
    pub(crate) identity: String,
}

/// Downloads a suite unless the cache has it. Only root can run its programs.
pub(crate) fn get(paths: &Paths, lock: &Lock, suite: &str) -> Result<Root> {
    let name = format!("debian-{suite}");
    let stage = Stage::new(paths.cache.join(&name), format!("{suite} {PACKAGES}"));
    if !stage.is_done() {
        packages::install(paths, &["mmdebstrap"])?;
    }
    let step = format!("Downloading a Debian {suite} with compilers, 500 MB");
    stage.build(lock, &step, "2 min", || {
        let log = paths.new_log(&name)?;
        // Packages of experimental depend on packages of sid.
        if suite == "experimental" {
            let newest = "--aptopt=APT::Default-Release \"experimental\"";
            download(&stage.dir, &["sid", suite], PACKAGES, newest, &log)
        } else {
            let option = "--format=directory";
            download(&stage.dir, &[suite], PACKAGES, option, &log)
        }
    })?;
    let mut root = Root::new(paths, stage.dir)?;
    root.identity = root.command("sh").args(["-c", VERSIONS]).read()?;
    Ok(root)
}

/// Downloads a Debian with kernel packages unless the cache has it, and runs a script in it.
/// `packages` are separated by commas.
pub(crate) fn with_kernels(
    paths: &Paths,
    lock: &Lock,
    suites: &[&str],
    packages: &str,
    script: &str,
) -> Result<Root> {
    let suite = suites.last().context("no suite")?;
    let name = format!("stock-{suite}");
    let rust_metadata = fs::read_to_string(paths.rust_metadata())?;
    let inputs = [packages, script, &rust_metadata].join("\n\n");
    let stage = Stage::new(paths.cache.join(&name), inputs);
    let step = format!("Downloading kernels of {suite}, 600 MB, and rebuilding Rust metadata");
    stage.build(lock, &step, "10 min", || {
        let log = paths.new_log(&name)?;
        // apt's lists are kept: they are needed to download the kernel's sources.
        download(&stage.dir, suites, packages, "--skip=cleanup/apt", &log)?;
        let root = Root::new(paths, stage.dir.clone())?;
        fs::copy(paths.rust_metadata(), root.inside("/usr/bin/rust-metadata"))?;
        root.command("sh").args(["-ec", script]).log_to(&log)
    })?;
    Root::new(paths, stage.dir)
}

/// Installs packages of the first suite; `PACKAGE/SUITE` names one of another.
fn download(dir: &Path, suites: &[&str], packages: &str, option: &str, log: &Path) -> Result<()> {
    let (base, others) = suites.split_first().context("no suite")?;
    let mirror = apt::mirror()?;
    let mut mmdebstrap = tool::command("mmdebstrap");
    mmdebstrap
        .args(["--variant=minbase", "--format=directory", option])
        .arg(format!("--include={packages}"))
        // A compiler need not survive a loss of power.
        .arg("--dpkgopt=force-unsafe-io")
        // A mirror may be some weeks old; signatures are still verified.
        .arg("--aptopt=Acquire::Check-Valid-Until \"false\"")
        .arg(base)
        .arg(dir)
        .arg(&mirror)
        .args(
            others
                .iter()
                .map(|suite| format!("deb {mirror} {suite} main")),
        );
    mmdebstrap.log_to(log)
}

impl Root {
    fn new(paths: &Paths, dir: PathBuf) -> Result<Self> {
        let root = Self {
            dir,
            shared: paths.cache.clone(),
            identity: String::new(),
        };
        fs::create_dir_all(root.inside(&paths.cache))?;
        Ok(root)
    }

    /// Creates a command for one of its programs. Its mounts end with the program.
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
            .args([&self.dir, &self.shared])
            .arg(program)
            .env_remove("RUSTC")
            .env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin");
        command
    }

    pub(super) fn toolchain(&self) -> Toolchain {
        Toolchain {
            bin: self.inside("/usr/bin"),
            library: self.inside("/usr/lib/rustlib/src/rust/library"),
            identity: self.identity.clone(),
        }
    }

    pub(super) fn bindgen(&self) -> PathBuf {
        self.inside("/usr/bin/bindgen")
    }

    /// Returns the host's path of a path in this directory.
    pub(crate) fn inside(&self, path: impl AsRef<Path>) -> PathBuf {
        let path = path.as_ref();
        self.dir.join(path.strip_prefix("/").unwrap_or(path))
    }
}
