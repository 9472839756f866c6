// SPDX-License-Identifier: MIT OR Apache-2.0

//! What a run was done on, and with what.

use crate::places::Places;
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
    /// How many processes wanted to run, in the mean of a minute: before and after.
    pub(crate) load: [f64; 2],
    /// Whether the contenders came before other processes.
    pub(crate) is_preferred: bool,
    /// Compilers and contenders.
    pub(crate) versions: Vec<(String, String)>,
}

/// Crates whose versions are told.
const CRATES: [&str; 5] = [
    "neli",
    "genetlink",
    "netlink-bindings",
    "netlink-socket2",
    "nlink",
];
const PACKAGES: [&str; 2] = ["libmnl0", "libnl-genl-3-200"];

impl Machine {
    pub(crate) fn here(places: &Places, tree: &Path) -> Result<Self> {
        let cpus = fs::read_to_string("/proc/cpuinfo")?;
        let lscpu = told("lscpu", &[]).unwrap_or_default();
        Ok(Self {
            processor: field(&cpus, "model name").unwrap_or_default(),
            processors: thread::available_parallelism()?.get(),
            hypervisor: field(&lscpu, "Hypervisor vendor"),
            kernel: told("uname", &["-r"])?,
            guest_kernel: version_of(tree)?,
            load: [load()?, 0.0],
            is_preferred: may_be_preferred(),
            versions: versions(places)?,
        })
    }
}

/// Whether what is measured may come before other processes.
pub(crate) fn may_be_preferred() -> bool {
    nix::unistd::geteuid().is_root()
}

/// How many processes wanted to run in the last minute.
pub(crate) fn load() -> Result<f64> {
    let text = fs::read_to_string("/proc/loadavg")?;
    let word = text.split_whitespace().next().context("no load")?;
    Ok(word.parse()?)
}

fn versions(places: &Places) -> Result<Vec<(String, String)>> {
    let mut versions = vec![
        ("rustc".to_owned(), word(&told("rustc", &["--version"])?, 1)),
        ("gcc".to_owned(), told("gcc", &["-dumpfullversion"])?),
        (
            "Python".to_owned(),
            word(&told("/usr/bin/python3", &["--version"])?, 1),
        ),
        ("pyroute2".to_owned(), crate::setup::pyroute2().to_owned()),
    ];
    for package in PACKAGES {
        let version = told("dpkg-query", &["-W", "-f", "${Version}", package])?;
        versions.push((package.to_owned(), version));
    }
    let metadata = cargo()
        .args(["metadata", "--format-version", "1", "--locked"])
        .current_dir(places.bench())
        .output()?;
    ensure!(
        metadata.status.success(),
        "cargo metadata: {}",
        String::from_utf8_lossy(&metadata.stderr).trim()
    );
    let metadata: serde_json::Value = serde_json::from_slice(&metadata.stdout)?;
    let packages = metadata["packages"].as_array().context("no packages")?;
    for name in CRATES {
        let package = packages.iter().find(|package| package["name"] == name);
        let version = package.and_then(|package| package["version"].as_str());
        versions.push((name.to_owned(), version.unwrap_or_default().to_owned()));
    }
    Ok(versions)
}

/// The version of a kernel's sources, which the guest's kernel and its libraries are of.
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

/// The value of `name: value`.
fn field(text: &str, name: &str) -> Option<String> {
    text.lines().find_map(|line| {
        let (found, value) = line.split_once(':')?;
        (found.trim() == name).then(|| value.trim().to_owned())
    })
}

fn word(line: &str, place: usize) -> String {
    line.split_whitespace()
        .nth(place)
        .unwrap_or_default()
        .to_owned()
}

fn told(program: &str, args: &[&str]) -> Result<String> {
    let output = Command::new(program)
        .args(args)
        .output()
        .with_context(|| format!("cannot run {program}"))?;
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}
