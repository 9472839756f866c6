// SPDX-License-Identifier: MIT OR Apache-2.0

//! Describes the machine and the software of a run.

use crate::paths::Paths;
use crate::setup::cargo;
use anyhow::{Context, Result, ensure};
use serde::{Deserialize, Serialize};
use std::fs;
use std::path::Path;
use std::process::Command;
use std::thread;

#[derive(Clone, Debug, Default, Deserialize, Serialize)]
pub(crate) struct Machine {
    pub(crate) processor: String,
    pub(crate) processors: usize,
    pub(crate) hypervisor: Option<String>,
    pub(crate) kernel: String,
    pub(crate) guest_kernel: String,
    /// Load average of one minute, before and after.
    pub(crate) load: [f64; 2],
    /// Whether the clients ran with priority.
    pub(crate) has_priority: bool,
    /// Versions of compilers and libraries.
    pub(crate) versions: Vec<(String, String)>,
}

/// Crates whose versions are reported.
const CRATES: [&str; 5] = [
    "neli",
    "genetlink",
    "netlink-bindings",
    "netlink-socket2",
    "nlink",
];
const PACKAGES: [&str; 2] = ["libmnl0", "libnl-genl-3-200"];

impl Machine {
    pub(crate) fn detect(paths: &Paths, tree: &Path) -> Result<Self> {
        let cpus = fs::read_to_string("/proc/cpuinfo")?;
        let lscpu = stdout_of("lscpu", &[]).unwrap_or_default();
        Ok(Self {
            processor: field(&cpus, "model name").unwrap_or_default(),
            processors: thread::available_parallelism()?.get(),
            hypervisor: field(&lscpu, "Hypervisor vendor"),
            kernel: stdout_of("uname", &["-r"])?,
            guest_kernel: version_of(tree)?,
            load: [load()?, 0.0],
            has_priority: can_set_priority(),
            versions: versions(paths)?,
        })
    }
}

/// Returns whether measured processes can run with priority.
pub(crate) fn can_set_priority() -> bool {
    nix::unistd::geteuid().is_root()
}

/// Returns the load average of the last minute.
pub(crate) fn load() -> Result<f64> {
    let text = fs::read_to_string("/proc/loadavg")?;
    let word = text
        .split_whitespace()
        .next()
        .context("expected a load average")?;
    Ok(word.parse()?)
}

fn versions(paths: &Paths) -> Result<Vec<(String, String)>> {
    let mut versions = vec![
        (
            "rustc".to_owned(),
            word(&stdout_of("rustc", &["--version"])?, 1),
        ),
        ("gcc".to_owned(), stdout_of("gcc", &["-dumpfullversion"])?),
        (
            "Python".to_owned(),
            word(&stdout_of("/usr/bin/python3", &["--version"])?, 1),
        ),
        ("pyroute2".to_owned(), crate::setup::pyroute2().to_owned()),
    ];
    for package in PACKAGES {
        let version = stdout_of("dpkg-query", &["-W", "-f", "${Version}", package])?;
        versions.push((package.to_owned(), version));
    }
    let metadata = cargo()
        .args(["metadata", "--format-version", "1", "--locked"])
        .current_dir(paths.bench())
        .output()?;
    ensure!(
        metadata.status.success(),
        "cargo metadata: {}",
        String::from_utf8_lossy(&metadata.stderr).trim()
    );
    let metadata: serde_json::Value = serde_json::from_slice(&metadata.stdout)?;
    let packages = metadata["packages"]
        .as_array()
        .context("expected packages in cargo metadata")?;
    for name in CRATES {
        let package = packages.iter().find(|package| package["name"] == name);
        let version = package.and_then(|package| package["version"].as_str());
        versions.push((name.to_owned(), version.unwrap_or_default().to_owned()));
    }
    Ok(versions)
}

/// Returns the version of the kernel tree, from which the guest's kernel is built.
fn version_of(tree: &Path) -> Result<String> {
    let makefile = fs::read_to_string(tree.join("Makefile"))?;
    let number = |name: &str| {
        let line = makefile.lines().find(|line| line.starts_with(name));
        line.and_then(|line| Some(line.split_once('=')?.1.trim().to_owned()))
            .unwrap_or_default()
    };
    let numbers = ["VERSION", "PATCHLEVEL", "SUBLEVEL"].map(number);
    Ok(numbers.join(".") + &number("EXTRAVERSION"))
}

/// Returns the value of a line `name: value`.
fn field(text: &str, name: &str) -> Option<String> {
    text.lines().find_map(|line| {
        let (found, value) = line.split_once(':')?;
        (found.trim() == name).then(|| value.trim().to_owned())
    })
}

fn word(line: &str, index: usize) -> String {
    line.split_whitespace()
        .nth(index)
        .unwrap_or_default()
        .to_owned()
}

fn stdout_of(program: &str, args: &[&str]) -> Result<String> {
    let output = Command::new(program)
        .args(args)
        .output()
        .with_context(|| format!("cannot run {program}"))?;
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}
