// SPDX-License-Identifier: MIT OR Apache-2.0

//! The distribution's packages that xtask needs.

use super::rust;
use crate::machine::Machine;
use crate::paths::Paths;
use crate::progress::Progress;
use crate::tool;
use anyhow::{Context, Result, bail};
use std::path::{Path, PathBuf};

/// To build a kernel, to check the sources, and to talk to the family by other means.
const PACKAGES: [&str; 23] = [
    "bc",
    "bison",
    "cpio",
    "flex",
    "gcc",
    "git",
    "iproute2",
    "kmod",
    "libc6-dev",
    "libelf-dev",
    "libmnl-dev",
    "libnl-utils",
    "libssl-dev",
    "make",
    "patch",
    "perl",
    "pkg-config",
    "python3",
    "python3-jsonschema",
    "python3-pyroute2",
    "python3-yaml",
    "tshark",
    "xz-utils",
];

/// The oldest LLVM of which the kernel takes the libclang, and the one that is installed.
const OLDEST_LLVM: u32 = 17;
const LLVM_PACKAGE: &str = "libclang1-19";

/// Installs what is missing, and nothing else.
pub(crate) fn install_missing(paths: &Paths, progress: &Progress, machine: Machine) -> Result<()> {
    let mut packages = [&PACKAGES, machine.packages()].concat();
    if std::env::var_os("LIBCLANG_PATH").is_none() && newest_libclang().is_none() {
        packages.push(LLVM_PACKAGE);
    }
    packages.extend(rust::distribution_packages());
    install(paths, progress, &packages)
}

/// Installs those that are not there.
pub(super) fn install(paths: &Paths, progress: &Progress, packages: &[&str]) -> Result<()> {
    if tool::find("dpkg-query").is_none() {
        let needed = packages.join(" ");
        progress.say(&format!(
            "Not a system with dpkg: make sure that there are {needed}"
        ));
        return Ok(());
    }
    let missing = missing(packages);
    if missing.is_empty() {
        return Ok(());
    }
    let names = missing.join(" ");
    if !rustix::process::geteuid().is_root() {
        bail!(
            "packages are missing, and only root can install them:\n\n    apt-get install {names}\n"
        );
    }
    let log = paths.log("packages");
    tool::fresh_log(&log)?;
    progress.step(&format!("Installing {names}"), "30 s", || {
        tool::logged(apt_get().arg("update"), &log)?;
        tool::logged(
            apt_get()
                .args(["install", "--yes", "--no-install-recommends"])
                .args(&missing),
            &log,
        )
    })
}

/// The folder of the newest libclang, unless the user names one.
pub(crate) fn libclang() -> Result<PathBuf> {
    if let Some(folder) = std::env::var_os("LIBCLANG_PATH") {
        return Ok(folder.into());
    }
    newest_libclang()
        .context("no libclang in /usr/lib/llvm-*/lib; LIBCLANG_PATH may name its folder")
}

fn missing(names: &[&str]) -> Vec<String> {
    let installed = installed(names);
    let names = names.iter().map(|&name| name.to_owned());
    names.filter(|name| !installed.contains(name)).collect()
}

/// Which of the packages are there.
fn installed(names: &[&str]) -> Vec<String> {
    let mut query = tool::command("dpkg-query");
    query
        .args(["-W", "-f", "${db:Status-Status} ${Package}\n"])
        .args(names);
    // It fails when it does not know one of them, and lists the others.
    let list = query
        .output()
        .map(|output| output.stdout)
        .unwrap_or_default();
    parse_installed(&String::from_utf8_lossy(&list))
}

fn parse_installed(list: &str) -> Vec<String> {
    list.lines()
        .filter_map(|line| line.strip_prefix("installed "))
        .map(str::to_owned)
        .collect()
}

fn newest_libclang() -> Option<PathBuf> {
    let folders = std::fs::read_dir("/usr/lib").ok()?;
    folders
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .filter_map(|name| name.strip_prefix("llvm-")?.parse::<u32>().ok())
        .filter(|version| *version >= OLDEST_LLVM)
        .map(|version| {
            (
                version,
                PathBuf::from(format!("/usr/lib/llvm-{version}/lib")),
            )
        })
        .filter(|(_, folder)| holds_libclang(folder))
        .max()
        .map(|(_, folder)| folder)
}

fn holds_libclang(folder: &Path) -> bool {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return false;
    };
    entries.flatten().any(|entry| {
        let name = entry.file_name();
        let name = name.to_string_lossy();
        // Not libclang-cpp, which has another interface.
        name.contains(".so")
            && (name.starts_with("libclang.so")
                || name
                    .strip_prefix("libclang-")
                    .is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit())))
    })
}

fn apt_get() -> std::process::Command {
    let mut command = tool::command("apt-get");
    command.env("DEBIAN_FRONTEND", "noninteractive");
    command
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_installed_packages_count() {
        let list = "installed gcc\nnot-installed flex\nconfig-files bison\ninstalled make\n";
        assert_eq!(parse_installed(list), ["gcc", "make"]);
    }
}
