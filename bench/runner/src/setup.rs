// SPDX-License-Identifier: MIT OR Apache-2.0

//! Installs and builds all clients from their usual sources.

use crate::clients::SOCKET2_TOKIO;
use crate::paths::Paths;
use crate::xtask;
use anyhow::{Context, Result, bail, ensure};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Packages of libraries and of tools that count.
const PACKAGES: [&str; 9] = [
    "binutils",
    "gcc",
    "libmnl-dev",
    "libnl-genl-3-dev",
    "libnl-utils",
    "pkg-config",
    "python3-pip",
    "strace",
    "valgrind",
];

const PYROUTE2: &str = "0.9.7";

/// Builds all clients and returns the kernel tree.
pub(crate) fn all(paths: &Paths) -> Result<PathBuf> {
    fs::create_dir_all(&paths.cache)?;
    packages()?;
    let tree = xtask::tree(paths)?;
    rust(paths).context("cannot build the clients in Rust")?;
    c(paths, &tree).context("cannot build the clients in C")?;
    python(paths).context("cannot install pyroute2")?;
    greetctl(paths).context("cannot build greetctl")?;
    twin(paths, &tree).context("cannot generate the sources of the twin")?;
    Ok(tree)
}

fn packages() -> Result<()> {
    let is_installed = |name: &&str| {
        let query = Command::new("dpkg-query")
            .args(["-W", "-f", "${db:Status-Status}", name])
            .output();
        query.is_ok_and(|output| output.stdout == b"installed")
    };
    let missing: Vec<_> = PACKAGES
        .into_iter()
        .filter(|name| !is_installed(name))
        .collect();
    if missing.is_empty() {
        return Ok(());
    }
    let names = missing.join(" ");
    if !nix::unistd::geteuid().is_root() {
        bail!("packages are missing; run as root: apt-get install {names}");
    }
    eprintln!("Installing {names} ...");
    run(Command::new("apt-get")
        .args(["install", "--yes", "--no-install-recommends"])
        .args(missing)
        .env("DEBIAN_FRONTEND", "noninteractive"))
}

/// Builds the clients, which may be older than this program.
fn rust(paths: &Paths) -> Result<()> {
    run(cargo()
        .args([
            "build",
            "--quiet",
            "--release",
            "--workspace",
            "--target-dir",
        ])
        .arg(paths.target())
        .current_dir(paths.bench()))?;
    let tokio = paths.target().join("tokio");
    run(cargo()
        .args(["build", "--quiet", "--release", "-p", "clients", "--bin"])
        .args([
            "netlink_socket2",
            "--features",
            "socket2-tokio",
            "--target-dir",
        ])
        .arg(&tokio)
        .current_dir(paths.bench()))?;
    let built = tokio.join("release/netlink_socket2");
    fs::copy(built, paths.rust.join(SOCKET2_TOKIO)).context("cannot copy a client")?;
    Ok(())
}

fn c(paths: &Paths, tree: &Path) -> Result<()> {
    run(Command::new("make")
        .args(["--silent", "-C"])
        .arg(paths.bench().join("clients/c"))
        .arg(format!("OUT={}", paths.c().display()))
        .arg(format!("TREE={}", tree.display())))
}

fn python(paths: &Paths) -> Result<()> {
    let stamp = paths.python().join(format!("stamp-{PYROUTE2}"));
    if stamp.exists() {
        return Ok(());
    }
    run(Command::new("/usr/bin/python3")
        .args([
            "-m",
            "pip",
            "install",
            "--quiet",
            "--root-user-action=ignore",
            "--no-deps",
            "--target",
        ])
        .arg(paths.python())
        .arg(format!("pyroute2=={PYROUTE2}")))?;
    Ok(fs::write(stamp, "")?)
}

/// Builds greetctl in the project's own workspace, as for users.
fn greetctl(paths: &Paths) -> Result<()> {
    run(cargo()
        .args([
            "build",
            "--quiet",
            "--release",
            "-p",
            "greetctl",
            "--target-dir",
        ])
        .arg(paths.target())
        .current_dir(&paths.checkout))
}

/// Creates a family directory for xtask with the sources of the twin, and with the output of the
/// kernel's generator for the spec under another name.
fn twin(paths: &Paths, tree: &Path) -> Result<()> {
    let dir = paths.twin().join("kmodule");
    let uapi = dir.join("uapi/linux");
    fs::create_dir_all(&uapi)?;
    for entry in fs::read_dir(paths.bench().join("twin"))? {
        let entry = entry?;
        write(&dir.join(entry.file_name()), &fs::read(entry.path())?)?;
    }
    let stage = paths.twin().join("stage");
    let spec = stage.join("Documentation/netlink/specs/twin.yaml");
    fs::create_dir_all(spec.parent().context("expected a parent directory")?)?;
    // The generator expects a spec in a kernel tree.
    fs::write(stage.join("MAINTAINERS"), "")?;
    let schema = "Documentation/netlink/genetlink.yaml";
    fs::copy(tree.join(schema), stage.join(schema))?;
    let ours = fs::read_to_string(paths.spec())?;
    let twins = ours.replacen("\nname: greet\n", "\nname: twin\n", 1);
    ensure!(
        ours != twins,
        "expected the line \"name: greet\" in the spec"
    );
    fs::write(&spec, twins)?;
    let outputs = [
        ("kernel", "--source", dir.join("twin_nl.c")),
        ("kernel", "--header", dir.join("twin_nl.h")),
        ("uapi", "--header", uapi.join("twin.h")),
    ];
    for (mode, kind, output) in outputs {
        let generated = Command::new("/usr/bin/python3")
            .arg("-B")
            .arg(tree.join("tools/net/ynl/pyynl/ynl_gen_c.py"))
            .args(["--mode", mode, kind, "--spec"])
            .arg(&spec)
            .output()?;
        let message = String::from_utf8_lossy(&generated.stderr);
        ensure!(generated.status.success(), "ynl_gen_c.py: {message}");
        let mut text = String::from_utf8(generated.stdout)?;
        if kind == "--source" {
            text = text.replace("#include <uapi", "#include \"twin_nl.h\"\n#include <uapi");
        }
        write(&output, text.as_bytes())?;
    }
    Ok(())
}

/// Writes a file unless it has the same contents, so that its dependents are not rebuilt.
fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    if fs::read(path).is_ok_and(|found| found == bytes) {
        return Ok(());
    }
    fs::write(path, bytes).with_context(|| path.display().to_string())
}

pub(crate) fn cargo() -> Command {
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    // The flags of the calling make do not apply to other makes.
    cargo.env_remove("MAKEFLAGS");
    cargo
}

pub(crate) fn run(command: &mut Command) -> Result<()> {
    let status = command
        .status()
        .with_context(|| format!("cannot run {:?}", command.get_program()))?;
    ensure!(
        status.success(),
        "{:?} failed: {status}",
        command.get_program()
    );
    Ok(())
}

/// Returns the version of pyroute2.
pub(crate) fn pyroute2() -> &'static str {
    PYROUTE2
}
