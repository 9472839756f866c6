// SPDX-License-Identifier: MIT OR Apache-2.0

//! `make install` and `make uninstall`, below a folder, and what others make of it in a guest.

use super::tally::Tally;
use crate::cache::Scratch;
use crate::guest::{self, Output};
use crate::paths::Paths;
use crate::setup::Ready;
use crate::tool;
use anyhow::{Result, ensure};
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

const DEADLINE: Duration = Duration::from_secs(60);

type Test = fn(&Install<'_>) -> Result<()>;

const TESTS: [(&str, Test); 3] = [
    ("takes_away_what_it_brought", takes_away_what_it_brought),
    (
        "the_kernels_tools_find_module_and_spec",
        the_kernels_tools_find_module_and_spec,
    ),
    ("without_a_build_says_what_to_do", without_a_build),
];

/// What must be there, whatever subcommands have pages too.
const WANTED: [&str; 13] = [
    "lib/modules/RELEASE/updates/greet.ko",
    "usr/bin/greetctl",
    "usr/include/linux/greet.h",
    "usr/share/bash-completion/completions/greetctl",
    "usr/share/fish/vendor_completions.d/greetctl.fish",
    "usr/share/greet/greet.lua",
    "usr/share/greet/modules-load.conf",
    "usr/share/man/man1/greetctl-greet.1",
    "usr/share/man/man1/greetctl.1",
    "usr/share/ynl/specs/greet.yaml",
    "usr/share/zsh/site-functions/_greetctl",
    "usr/src/greet-VERSION/dkms.conf",
    "usr/src/greet-VERSION/kmodule/genl/helpers.c",
];

/// Folders that each system has, and that stay without a file.
const OF_THE_SYSTEM: [&str; 5] = [
    "lib/modules/RELEASE",
    "usr/bin",
    "usr/include",
    "usr/share/man",
    "usr/src",
];

struct Install<'a> {
    paths: &'a Paths,
    ready: &'a Ready,
}

pub(crate) fn run(paths: &Paths, ready: &Ready) -> Result<Tally> {
    let install = Install { paths, ready };
    let mut tally = Tally::default();
    for (name, test) in TESTS {
        tally.count(&format!("install::{name}"), test(&install));
    }
    Ok(tally)
}

impl Install<'_> {
    /// Makes targets for a folder in place of `/`.
    fn make(&self, targets: &[&str], destination: &Path) -> Result<()> {
        self.make_of(&self.ready.programs.join("greetctl"), targets, destination)
    }

    fn make_of(&self, greetctl: &Path, targets: &[&str], destination: &Path) -> Result<()> {
        let log = self.paths.log("install");
        tool::fresh_log(&log)?;
        let mut make = tool::command("make");
        make.args(targets)
            .arg("PREFIX=/usr")
            .arg(format!("DESTDIR={}", destination.display()))
            .arg(format!("GREETCTL={}", greetctl.display()))
            .arg(format!("MODULE={}", self.ready.module.folder().display()))
            .arg(format!("KDIR={}", self.ready.locked.kernel.build.display()))
            .current_dir(&self.paths.checkout);
        tool::logged(&mut make, &log)
    }
}

fn takes_away_what_it_brought(install: &Install<'_>) -> Result<()> {
    let scratch = Scratch::new(install.paths, "install")?;
    let destination = scratch.path();
    // Of somebody else, in a folder that we use.
    let foreign = destination.join("usr/share/ynl/specs/other.yaml");
    fs::create_dir_all(foreign.parent().unwrap_or(destination))?;
    fs::write(&foreign, "")?;

    install.make(&["install", "install-dkms"], destination)?;
    let files = files_below(destination)?;
    let release = install.ready.locked.kernel.release()?;
    for wanted in WANTED {
        let wanted = wanted
            .replace("RELEASE", &release)
            .replace("VERSION", env!("CARGO_PKG_VERSION"));
        ensure!(
            files.contains(&destination.join(&wanted)),
            "{wanted} is not installed"
        );
    }

    install.make(&["uninstall", "uninstall-dkms"], destination)?;
    let left = files_below(destination)?;
    ensure!(left == [foreign], "left: {left:?}");
    let empty = folders_that_are_empty(destination)?;
    let empty: Vec<_> = empty
        .iter()
        .map(|folder| folder.replace(&release, "RELEASE"))
        .collect();
    ensure!(empty == OF_THE_SYSTEM, "folders that are left: {empty:?}");
    Ok(())
}

/// The module is loaded when greetctl resolves the family, and pyynl knows it by its name.
fn the_kernels_tools_find_module_and_spec(install: &Install<'_>) -> Result<()> {
    const SCRIPT: &str = r#"set -e
rmmod greet
printf '#!/bin/sh\nexec modprobe -d %s "$@"\n' "$DESTINATION" >/tmp/modprobe
chmod +x /tmp/modprobe
echo /tmp/modprobe >/proc/sys/kernel/modprobe
"$DESTINATION/usr/bin/greetctl" greet World
mount --bind "$DESTINATION/usr/share" /usr/share
cp -r "$GREET_KERNEL_SRC/tools/net/ynl/pyynl" /tmp
/usr/bin/python3 /tmp/pyynl/cli.py --list-families
/usr/bin/python3 /tmp/pyynl/cli.py --family greet --do peer-get --json '{"name": "World"}' --output-json
"#;

    let scratch = Scratch::new(install.paths, "install")?;
    let destination = scratch.path();
    install.make(&["install"], destination)?;
    tool::output(
        tool::command("depmod")
            .arg("-b")
            .arg(destination)
            .arg(install.ready.locked.kernel.release()?),
    )?;
    let words = [
        "env",
        &format!("DESTINATION={}", destination.display()),
        "sh",
        "-c",
        SCRIPT,
    ]
    .map(str::to_owned);
    let report = guest::run(
        install.paths,
        install.ready,
        "install",
        &words,
        Output::Keep,
        DEADLINE,
    )?;
    let lines: Vec<_> = report.output.lines().collect();
    ensure!(report.status()? == 0, "{}", report.output);
    ensure!(
        lines.len() == 3
            && lines[0].starts_with("Hello, World!")
            && lines[1] == "greet"
            && lines[2].contains("\"greetings\": 1"),
        "{}",
        report.output
    );
    Ok(())
}

fn without_a_build(install: &Install<'_>) -> Result<()> {
    let scratch = Scratch::new(install.paths, "install")?;
    let absent = scratch.path().join("absent");
    match install.make_of(&absent, &["install-greetctl"], scratch.path()) {
        Ok(()) => anyhow::bail!("it installs what is not there"),
        Err(error) => ensure!(
            format!("{error}").contains("first run make greetctl"),
            "{error}"
        ),
    }
    ensure!(files_below(scratch.path())?.is_empty(), "files are left");
    Ok(())
}

/// All that is no folder.
fn files_below(folder: &Path) -> Result<Vec<PathBuf>> {
    let list = tool::output(tool::command("find").arg(folder).args(["!", "-type", "d"]))?;
    Ok(list.lines().map(PathBuf::from).collect())
}

/// Those without a file or a folder, seen from the folder.
fn folders_that_are_empty(folder: &Path) -> Result<Vec<String>> {
    let mut find = tool::command("find");
    find.arg(folder)
        .args(["-type", "d", "-empty", "-printf", "%P\n"]);
    let mut empty: Vec<_> = tool::output(&mut find)?
        .lines()
        .map(str::to_owned)
        .collect();
    empty.sort();
    Ok(empty)
}
