// SPDX-License-Identifier: MIT OR Apache-2.0

//! Gets and builds all contenders, each from where its users get it.

use crate::places::Places;
use crate::xtask;
use anyhow::{Context, Result, bail, ensure};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Libraries of contenders, and what counts what they do.
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

/// Builds all; returns the kernel's sources.
pub(crate) fn all(places: &Places) -> Result<PathBuf> {
    fs::create_dir_all(&places.cache)?;
    packages()?;
    let tree = xtask::tree(places)?;
    step("Building the contenders in Rust", rust(places))?;
    step("Building the contenders in C", c(places, &tree))?;
    step("Getting pyroute2", python(places))?;
    step("Building greetctl", greetctl(places))?;
    step("Making the twin's tables", twin(places, &tree))?;
    Ok(tree)
}

fn step(what: &str, result: Result<()>) -> Result<()> {
    result.with_context(|| what.to_owned())
}

fn packages() -> Result<()> {
    let is_there = |name: &&str| {
        let query = Command::new("dpkg-query")
            .args(["-W", "-f", "${db:Status-Status}", name])
            .output();
        query.is_ok_and(|output| output.stdout == b"installed")
    };
    let missing: Vec<_> = PACKAGES
        .into_iter()
        .filter(|name| !is_there(name))
        .collect();
    if missing.is_empty() {
        return Ok(());
    }
    let names = missing.join(" ");
    if !nix::unistd::geteuid().is_root() {
        bail!("packages are missing; as root: apt-get install {names}");
    }
    eprintln!("Installing {names} ...");
    run(Command::new("apt-get")
        .args(["install", "--yes", "--no-install-recommends"])
        .args(missing)
        .env("DEBIAN_FRONTEND", "noninteractive"))
}

/// This program may be newer than they are.
fn rust(places: &Places) -> Result<()> {
    run(cargo()
        .args([
            "build",
            "--quiet",
            "--release",
            "--workspace",
            "--target-dir",
        ])
        .arg(places.target())
        .current_dir(places.bench()))
}

fn c(places: &Places, tree: &Path) -> Result<()> {
    run(Command::new("make")
        .args(["--silent", "-C"])
        .arg(places.bench().join("contenders/c"))
        .arg(format!("OUT={}", places.c().display()))
        .arg(format!("TREE={}", tree.display())))
}

fn python(places: &Places) -> Result<()> {
    let stamp = places.python().join(format!("stamp-{PYROUTE2}"));
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
        .arg(places.python())
        .arg(format!("pyroute2=={PYROUTE2}")))?;
    Ok(fs::write(stamp, "")?)
}

/// As users have it, and so by the project's own workspace.
fn greetctl(places: &Places) -> Result<()> {
    run(cargo()
        .args([
            "build",
            "--quiet",
            "--release",
            "-p",
            "greetctl",
            "--target-dir",
        ])
        .arg(places.target())
        .current_dir(&places.checkout))
}

/// Makes a family's folder, as xtask wants it, of the twin's sources and of what the kernel's
/// generator makes of the spec under another name.
fn twin(places: &Places, tree: &Path) -> Result<()> {
    let folder = places.twin().join("kmodule");
    let uapi = folder.join("uapi/linux");
    fs::create_dir_all(&uapi)?;
    for entry in fs::read_dir(places.bench().join("twin"))? {
        let entry = entry?;
        write(&folder.join(entry.file_name()), &fs::read(entry.path())?)?;
    }
    let stage = places.twin().join("stage");
    let spec = stage.join("Documentation/netlink/specs/twin.yaml");
    fs::create_dir_all(spec.parent().context("no folder")?)?;
    // The generator looks for a tree around a spec.
    fs::write(stage.join("MAINTAINERS"), "")?;
    let schema = "Documentation/netlink/genetlink.yaml";
    fs::copy(tree.join(schema), stage.join(schema))?;
    let ours = fs::read_to_string(places.spec())?;
    let twins = ours.replacen("\nname: greet\n", "\nname: twin\n", 1);
    ensure!(ours != twins, "the spec's name is not where it was");
    fs::write(&spec, twins)?;
    let outputs = [
        ("kernel", "--source", folder.join("twin_nl.c")),
        ("kernel", "--header", folder.join("twin_nl.h")),
        ("uapi", "--header", uapi.join("twin.h")),
    ];
    for (mode, kind, output) in outputs {
        let made = Command::new("/usr/bin/python3")
            .arg("-B")
            .arg(tree.join("tools/net/ynl/pyynl/ynl_gen_c.py"))
            .args(["--mode", mode, kind, "--spec"])
            .arg(&spec)
            .output()?;
        let message = String::from_utf8_lossy(&made.stderr);
        ensure!(made.status.success(), "ynl_gen_c.py: {message}");
        let mut text = String::from_utf8(made.stdout)?;
        if kind == "--source" {
            text = text.replace("#include <uapi", "#include \"twin_nl.h\"\n#include <uapi");
        }
        write(&output, text.as_bytes())?;
    }
    Ok(())
}

/// Leaves a file alone that is right already, so that what is made from it is not made anew.
fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    if fs::read(path).is_ok_and(|found| found == bytes) {
        return Ok(());
    }
    fs::write(path, bytes).with_context(|| path.display().to_string())
}

pub(crate) fn cargo() -> Command {
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    // Those of the make that runs us are not meant for those that it runs.
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

/// The version of pyroute2.
pub(crate) fn pyroute2() -> &'static str {
    PYROUTE2
}
