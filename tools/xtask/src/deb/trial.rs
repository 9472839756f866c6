// SPDX-License-Identifier: MIT OR Apache-2.0

//! Installs the packages, tests them, and removes them.

use super::chroot::{Chroot, DEBS};
use super::dkms;
use crate::paths::Paths;
use crate::setup::Ready;
use crate::test::Tally;
use crate::tool::{self, Run};
use anyhow::{Result, ensure};
use std::fs;

pub(super) const VERSION: &str = env!("CARGO_PKG_VERSION");

/// The archive holds the packages of all dependencies.
const INSTALL: &str = "apt-get --yes --no-install-recommends -o DPkg::Use-Pty=0 install";
const PURGE: &str = "apt-get --yes -o DPkg::Use-Pty=0 purge greetctl greet-dkms";

/// Prints all files except logs and caches.
const FILES: &str = "find / -xdev -regextype egrep \
                     -regex '/(proc|srv|var/cache|var/log)' -prune -o -print | sort";

/// The list of files that are not our packages'.
pub(super) const LIST: &str = "/srv/files";

/// Prints files of the module, and files of depmod that name it.
const TRACES: &str = "{ find /usr/lib/modules /var/lib/dkms -name 'greet*' -print
                        grep -ls greet /usr/lib/modules/*/modules.*; } || true";

/// Unsupported kernels: too old, without Rust, and without the metadata for modules in Rust.
const UNSUPPORTED: [(&str, &str); 3] = [
    ("6.12.0-test", "CONFIG_RUST=y\n"),
    ("7.3.0-test", "# CONFIG_RUST is not set\n"),
    ("7.10.0-test", "CONFIG_RUST=y\n"),
];

pub(crate) struct Trial<'a> {
    pub(crate) paths: &'a Paths,
    pub(crate) ready: &'a Ready,
    pub(crate) chroot: Chroot,
}

type Test = fn(&Trial<'_>) -> Result<()>;

/// Each test continues from the state after the test before it.
const TESTS: [(&str, Test); 9] = [
    ("depends_on_dkms", depends_on_dkms),
    ("skips_unsupported_kernels", skips_unsupported_kernels),
    ("greetctl_runs", greetctl_runs),
    ("includes_copyright_notices", includes_copyright_notices),
    ("manual_and_completions_work", manual_and_completions_work),
    ("pyynl_finds_the_spec", pyynl_finds_the_spec),
    (
        "dkms_installs_for_a_supported_kernel",
        dkms::installs_for_a_supported_kernel,
    ),
    ("purge_leaves_nothing", purge_leaves_nothing),
    ("lintian_reports_nothing", lintian_reports_nothing),
];

pub(crate) fn run(trial: &Trial<'_>) -> Tally {
    let mut tally = Tally::default();
    for (name, test) in TESTS {
        tally.count(&format!("deb::{name}"), test(trial));
    }
    tally
}

fn depends_on_dkms(trial: &Trial<'_>) -> Result<()> {
    let plan = trial
        .chroot
        .read(&format!("{INSTALL} --simulate {DEBS}/*.deb"))?;
    ensure!(plan.contains("\nInst dkms "), "{plan}");
    let compiler = dkms::compiler(&trial.ready.locked.kernel)?;
    trial.chroot.read(&format!("{INSTALL} dkms {compiler}"))?;
    Ok(())
}

fn skips_unsupported_kernels(trial: &Trial<'_>) -> Result<()> {
    for (release, config) in UNSUPPORTED {
        let build = trial
            .chroot
            .inside(&format!("/lib/modules/{release}/build"));
        fs::create_dir_all(build.join("include"))?;
        fs::create_dir_all(build.join("rust"))?;
        fs::write(build.join(".config"), config)?;
        // Each kernel is unsupported for one reason only.
        if !release.starts_with("7.10") {
            fs::write(build.join("rust/libkernel.rmeta"), "")?;
        }
    }
    trial.chroot.read(&format!("{FILES} >{LIST}"))?;
    let output = trial.chroot.read(&format!("{INSTALL} {DEBS}/*.deb"))?;
    let skipped = output.lines().filter(|line| *line == "Skipped.").count();
    ensure!(skipped == UNSUPPORTED.len(), "skipped {skipped}:\n{output}");
    Ok(())
}

fn greetctl_runs(trial: &Trial<'_>) -> Result<()> {
    let output = trial.chroot.read("greetctl --version")?;
    ensure!(output == format!("greetctl {VERSION}\n"), "{output}");
    Ok(())
}

/// Neli's licence is the only one without an alternative, and requires its text.
fn includes_copyright_notices(trial: &Trial<'_>) -> Result<()> {
    let notices = "zcat -f /usr/share/doc/greetctl/NOTICES*";
    let notices = trial.chroot.read(notices)?;
    for text in ["neli ", "John Baublitz", "Redistributions in binary form"] {
        ensure!(notices.contains(text), "{text:?} is missing");
    }
    Ok(())
}

fn manual_and_completions_work(trial: &Trial<'_>) -> Result<()> {
    for (page, phrase) in [
        ("greetctl", "Use the generic netlink family greet"),
        ("greetctl-settings-set", "peer-limit"),
    ] {
        let text = trial.chroot.read(&format!("man {page} | col -b"))?;
        ensure!(text.contains(phrase), "{page}: {text}");
    }
    let output = trial.chroot.read(
        "bash -c '. /usr/share/bash-completion/completions/greetctl
         COMP_WORDS=(greetctl mon) COMP_CWORD=1
         _greetctl greetctl mon greetctl; echo ${COMPREPLY[@]}'
         test -s /usr/share/zsh/vendor-completions/_greetctl
         test -s /usr/share/fish/vendor_completions.d/greetctl.fish",
    )?;
    ensure!(output == "monitor\n", "{output}");
    Ok(())
}

/// Runs the kernel's own client, outside its tree.
fn pyynl_finds_the_spec(trial: &Trial<'_>) -> Result<()> {
    let pyynl = trial.ready.locked.kernel.tree.join("tools/net/ynl/pyynl");
    tool::command("cp")
        .arg("-r")
        .arg(pyynl)
        .arg(trial.chroot.inside("/srv"))
        .read()?;
    let families = trial
        .chroot
        .read("python3 -B /srv/pyynl/cli.py --list-families")?;
    ensure!(families == "greet\n", "{families}");
    Ok(())
}

/// Removing the package also removes the module that dkms has installed.
fn purge_leaves_nothing(trial: &Trial<'_>) -> Result<()> {
    trial.chroot.read(PURGE)?;
    let new = trial.chroot.read(&format!("{FILES} | comm -13 {LIST} -"))?;
    ensure!(new.is_empty(), "left:\n{new}");
    let traces = trial.chroot.read(TRACES)?;
    ensure!(traces.is_empty(), "left:\n{traces}");
    Ok(())
}

fn lintian_reports_nothing(trial: &Trial<'_>) -> Result<()> {
    trial.chroot.read(&format!("{INSTALL} lintian"))?;
    let tags = trial.chroot.read(&format!(
        "lintian --allow-root --fail-on error,warning,info --display-info {DEBS}/*.deb"
    ))?;
    ensure!(tags.is_empty(), "{tags}");
    Ok(())
}
