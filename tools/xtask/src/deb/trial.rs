// SPDX-License-Identifier: MIT OR Apache-2.0

//! What the packages do on a machine, and that they leave nothing.

use super::chroot::{Chroot, DEBS};
use super::{dkms, notices};
use crate::paths::Paths;
use crate::setup::Ready;
use crate::test::Tally;
use anyhow::{Result, ensure};
use std::fs;

pub(super) const VERSION: &str = env!("CARGO_PKG_VERSION");

/// What else they need is in the archive already.
const INSTALL: &str = "apt-get --yes --no-install-recommends -o DPkg::Use-Pty=0 install";
const PURGE: &str = "apt-get --yes -o DPkg::Use-Pty=0 purge greetctl greet-dkms";

/// All files but what is logged and cached, and the list of those that are not of our packages.
const FILES: &str = "find / -xdev -regextype egrep \
                     -regex '/(proc|srv|var/cache|var/log)' -prune -o -print | sort";
pub(super) const LIST: &str = "/srv/files";

/// Files of the module, and of depmod that know it.
const TRACES: &str = "{ find /usr/lib/modules /var/lib/dkms -name 'greet*' -print
                        grep -ls greet /usr/lib/modules/*/modules.*; } || true";

/// Kernels that cannot have the module: one is too old, one has no Rust, of one the headers lack
/// what a module in Rust needs.
const UNFIT: [(&str, &str); 3] = [
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

/// Each goes on from where the last one stopped.
const TESTS: [(&str, Test); 11] = [
    ("depend_on_dkms", depend_on_dkms),
    ("install_where_no_kernel_fits", install_where_no_kernel_fits),
    ("greetctl_runs", greetctl_runs),
    ("notices_of_crates_come_along", notices_of_crates_come_along),
    ("example_is_of_the_module", example_is_of_the_module),
    ("manual_is_read", manual_is_read),
    ("shell_completes", shell_completes),
    ("ynl_finds_the_spec", ynl_finds_the_spec),
    (
        "dkms_installs_for_a_kernel_that_fits",
        dkms::installs_for_a_kernel_that_fits,
    ),
    ("purge_leaves_nothing", purge_leaves_nothing),
    ("lintian_is_content", lintian_is_content),
];

pub(crate) fn run(trial: &Trial<'_>) -> Tally {
    let mut tally = Tally::default();
    for (name, test) in TESTS {
        tally.count(&format!("deb::{name}"), test(trial));
    }
    tally
}

fn depend_on_dkms(trial: &Trial<'_>) -> Result<()> {
    let plan = trial
        .chroot
        .output(&format!("{INSTALL} --simulate {DEBS}/*.deb"))?;
    ensure!(plan.contains("\nInst dkms "), "{plan}");
    let compiler = dkms::compiler(&trial.ready.locked.kernel)?;
    trial.chroot.output(&format!("{INSTALL} dkms {compiler}"))?;
    Ok(())
}

fn install_where_no_kernel_fits(trial: &Trial<'_>) -> Result<()> {
    for (release, config) in UNFIT {
        let build = trial
            .chroot
            .inside(&format!("/lib/modules/{release}/build"));
        fs::create_dir_all(build.join("include"))?;
        fs::create_dir_all(build.join("rust"))?;
        fs::write(build.join(".config"), config)?;
        // So that each has one reason alone not to fit.
        if !release.starts_with("7.10") {
            fs::write(build.join("rust/libkernel.rmeta"), "")?;
        }
    }
    trial.chroot.output(&format!("{FILES} >{LIST}"))?;
    let output = trial.chroot.output(&format!("{INSTALL} {DEBS}/*.deb"))?;
    let skipped = output.lines().filter(|line| *line == "Skipped.").count();
    ensure!(skipped == UNFIT.len(), "{skipped} are skipped:\n{output}");
    Ok(())
}

fn greetctl_runs(trial: &Trial<'_>) -> Result<()> {
    let output = trial.chroot.output("greetctl --version")?;
    ensure!(output == format!("greetctl {VERSION}\n"), "{output}");
    Ok(())
}

/// Neli's licence leaves no choice of another, and wants to be shown with the program.
fn notices_of_crates_come_along(trial: &Trial<'_>) -> Result<()> {
    let notices = trial
        .chroot
        .output("zcat /usr/share/doc/greetctl/NOTICES.gz")?;
    let is_neli = |line: &str, rest: &str| line.starts_with("neli ") && line.ends_with(rest);
    ensure!(
        notices.lines().any(|line| is_neli(line, ": BSD-3-Clause")),
        "neli is not named with its licence"
    );
    // Whose a text is, and the text.
    let parts: Vec<_> = notices.split(notices::RULE).collect();
    let text = parts.windows(2).find(|pair| {
        let mut files = pair[0].lines();
        files.any(|line| is_neli(line, ", LICENSE"))
    });
    let text = text.map_or("", |pair| pair[1]);
    ensure!(
        text.contains("John Baublitz") && text.contains("Redistributions in binary form"),
        "neli's text: {text}"
    );
    Ok(())
}

fn example_is_of_the_module(trial: &Trial<'_>) -> Result<()> {
    let owners = trial
        .chroot
        .output("dpkg-query --search '*/modules-load.conf'")?;
    ensure!(
        owners == "greet-dkms: /usr/share/doc/greet-dkms/examples/modules-load.conf\n",
        "{owners}"
    );
    Ok(())
}

fn manual_is_read(trial: &Trial<'_>) -> Result<()> {
    for (page, phrase) in [
        ("greetctl", "Use the generic netlink family greet"),
        ("greetctl-settings-set", "peer-limit"),
    ] {
        let text = trial.chroot.output(&format!("man {page} | col -b"))?;
        ensure!(text.contains(phrase), "{page}: {text}");
    }
    Ok(())
}

fn shell_completes(trial: &Trial<'_>) -> Result<()> {
    let output = trial.chroot.output(
        "bash -c '. /usr/share/bash-completion/completions/greetctl
         COMP_WORDS=(greetctl mon) COMP_CWORD=1
         _greetctl greetctl mon greetctl; echo ${COMPREPLY[@]}'
         test -s /usr/share/zsh/vendor-completions/_greetctl
         test -s /usr/share/fish/vendor_completions.d/greetctl.fish",
    )?;
    ensure!(output == "monitor\n", "{output}");
    Ok(())
}

/// The kernel's own tool, outside of its tree.
fn ynl_finds_the_spec(trial: &Trial<'_>) -> Result<()> {
    let pyynl = trial.ready.locked.kernel.tree.join("tools/net/ynl/pyynl");
    crate::tool::output(
        crate::tool::command("cp")
            .arg("-r")
            .arg(pyynl)
            .arg(trial.chroot.inside("/srv")),
    )?;
    let families = trial
        .chroot
        .output("python3 -B /srv/pyynl/cli.py --list-families")?;
    ensure!(families == "greet\n", "{families}");
    Ok(())
}

/// The module that dkms has installed goes with its package, and depmod forgets it.
fn purge_leaves_nothing(trial: &Trial<'_>) -> Result<()> {
    trial.chroot.output(PURGE)?;
    let new = trial
        .chroot
        .output(&format!("{FILES} | comm -13 {LIST} -"))?;
    ensure!(new.is_empty(), "left:\n{new}");
    let traces = trial.chroot.output(TRACES)?;
    ensure!(traces.is_empty(), "left:\n{traces}");
    Ok(())
}

fn lintian_is_content(trial: &Trial<'_>) -> Result<()> {
    trial.chroot.output(&format!("{INSTALL} lintian"))?;
    let tags = trial.chroot.output(&format!(
        "lintian --allow-root --fail-on error,warning,info --display-info {DEBS}/*.deb"
    ))?;
    ensure!(tags.is_empty(), "{tags}");
    Ok(())
}
