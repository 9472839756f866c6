// SPDX-License-Identifier: MIT OR Apache-2.0

//! Debian packages that xtask needs.

use super::rust;
use crate::machine::Machine;
use crate::paths::Paths;
use crate::progress;
use crate::tool::{self, Run};
use anyhow::{Result, bail};
use std::process::Command;

/// Packages for the kernel's build, the checks, and other clients of the family.
const PACKAGES: &str = "bc bison cpio flex gcc git iproute2 kmod libc6-dev libelf-dev libmnl-dev \
                        libnl-utils libssl-dev make patch perl pkg-config python3 \
                        python3-jsonschema python3-pyroute2 python3-yaml tshark wireguard-tools \
                        xz-utils";

/// The libclang package for bindgen, which loads the newest that is installed. The kernel needs 17.
const LIBCLANG: &str = "libclang1-19";

/// Installs missing packages.
pub(crate) fn install_missing(paths: &Paths, machine: Machine) -> Result<()> {
    let mut packages: Vec<_> = PACKAGES.split(' ').collect();
    packages.extend(machine.packages());
    if std::env::var_os("LIBCLANG_PATH").is_none() {
        packages.push(LIBCLANG);
    }
    packages.extend(rust::distribution_packages());
    install(paths, &packages)
}

/// Installs missing packages for the tests with Debian's own kernels.
pub(crate) fn install_for_stock(paths: &Paths) -> Result<()> {
    install_missing(paths, Machine::Pc)?;
    install(paths, &["busybox-static", "mmdebstrap"])
}

/// Installs the packages that are missing.
pub(super) fn install(paths: &Paths, packages: &[&str]) -> Result<()> {
    if tool::find("dpkg-query").is_none() {
        let names = packages.join(" ");
        progress::say(&format!(
            "This system has no dpkg. Make sure that these are installed: {names}"
        ));
        return Ok(());
    }
    let mut query = tool::command("dpkg-query");
    query
        .args(["-W", "-f", "${db:Status-Status} ${Package}\n"])
        .args(packages);
    // It fails if it does not know a package, but lists the others.
    let list = query.output()?.stdout;
    let missing = missing(packages, &String::from_utf8_lossy(&list));
    if missing.is_empty() {
        return Ok(());
    }
    let names = missing.join(" ");
    if !rustix::process::geteuid().is_root() {
        bail!("packages are missing; install them as root:\n\n    apt-get install {names}\n");
    }
    let log = paths.new_log("packages")?;
    progress::step(&format!("Installing {names}"), "30 s", || {
        apt_get().arg("update").log_to(&log)?;
        apt_get()
            .args(["install", "--yes", "--no-install-recommends"])
            .args(&missing)
            .log_to(&log)
    })
}

fn missing<'a>(packages: &[&'a str], list: &str) -> Vec<&'a str> {
    let installed: Vec<_> = list
        .lines()
        .filter_map(|line| line.strip_prefix("installed "))
        .collect();
    let mut missing = packages.to_vec();
    missing.retain(|package| !installed.contains(package));
    missing
}

fn apt_get() -> Command {
    let mut command = tool::command("apt-get");
    command.env("DEBIAN_FRONTEND", "noninteractive");
    command
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_package_that_is_not_installed_is_missing() {
        let list = "installed gcc\nnot-installed flex\nconfig-files bison\n";
        assert_eq!(
            missing(&["gcc", "flex", "bison", "bc"], list),
            ["flex", "bison", "bc"]
        );
    }
}
