// SPDX-License-Identifier: MIT OR Apache-2.0

//! Tests `make install` and `make uninstall` with a `DESTDIR`, and the installed files in a guest.

use super::tally::Tally;
use crate::cache::Scratch;
use crate::guest::{self, Output};
use crate::paths::Paths;
use crate::setup::Ready;
use crate::tool::{self, Run};
use anyhow::{Result, bail, ensure};
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

const DEADLINE: Duration = Duration::from_secs(60);

type Test = fn(&Install<'_>) -> Result<()>;

const TESTS: [(&str, Test); 3] = [
    ("uninstall_removes_all_files", uninstall_removes_all_files),
    ("modprobe_and_pyynl_work", modprobe_and_pyynl_work),
    ("missing_build_is_reported", missing_build_is_reported),
];

/// Files that must be installed. There are more manual pages.
const WANTED: [&str; 12] = [
    "lib/modules/RELEASE/updates/greet.ko",
    "usr/bin/greetctl",
    "usr/include/linux/greet.h",
    "usr/share/bash-completion/completions/greetctl",
    "usr/share/fish/vendor_completions.d/greetctl.fish",
    "usr/share/greet/greet.lua",
    "usr/share/man/man1/greetctl-greet.1",
    "usr/share/man/man1/greetctl.1",
    "usr/share/ynl/specs/greet.yaml",
    "usr/share/zsh/site-functions/_greetctl",
    "usr/src/greet-VERSION/dkms.conf",
    "usr/src/greet-VERSION/kmodule/genl/helpers.c",
];

/// Directories of every system, which remain.
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
    /// Runs `make` with a `DESTDIR`.
    fn make(&self, targets: &[&str], destination: &Path) -> Result<()> {
        self.make_of(&self.ready.programs.join("greetctl"), targets, destination)
    }

    fn make_of(&self, greetctl: &Path, targets: &[&str], destination: &Path) -> Result<()> {
        tool::command("make")
            .args(targets)
            .arg("PREFIX=/usr")
            .arg(format!("DESTDIR={}", destination.display()))
            .arg(format!("GREETCTL={}", greetctl.display()))
            .arg(format!("MODULE={}", self.ready.module.dir().display()))
            .arg(format!("KDIR={}", self.ready.locked.kernel.build.display()))
            .current_dir(&self.paths.checkout)
            .log_to(&self.paths.new_log("install")?)
    }
}

fn uninstall_removes_all_files(install: &Install<'_>) -> Result<()> {
    let scratch = Scratch::new(install.paths, "install")?;
    let destination = scratch.path();
    // Another package's file in a directory that we use.
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
    let empty = empty_dirs(destination)?;
    let empty: Vec<_> = empty
        .iter()
        .map(|dir| dir.replace(&release, "RELEASE"))
        .collect();
    ensure!(empty == OF_THE_SYSTEM, "directories left: {empty:?}");
    Ok(())
}

/// Resolving the family loads the module, and pyynl finds the spec by its name.
fn modprobe_and_pyynl_work(install: &Install<'_>) -> Result<()> {
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
    tool::command("depmod")
        .arg("-b")
        .arg(destination)
        .arg(install.ready.locked.kernel.release()?)
        .read()?;
    let destination = format!("DESTINATION={}", destination.display());
    let words = ["env", &destination, "sh", "-c", SCRIPT].map(str::to_owned);
    let (paths, ready) = (install.paths, install.ready);
    let report = guest::run(paths, ready, "install", &words, Output::Keep, DEADLINE)?;
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

fn missing_build_is_reported(install: &Install<'_>) -> Result<()> {
    let scratch = Scratch::new(install.paths, "install")?;
    let absent = scratch.path().join("absent");
    match install.make_of(&absent, &["install-greetctl"], scratch.path()) {
        Ok(()) => bail!("it installs a missing file"),
        Err(error) => ensure!(
            format!("{error}").contains("first run make greetctl"),
            "{error}"
        ),
    }
    ensure!(files_below(scratch.path())?.is_empty(), "files are left");
    Ok(())
}

/// Returns all files below a directory.
fn files_below(dir: &Path) -> Result<Vec<PathBuf>> {
    let list = tool::command("find")
        .arg(dir)
        .args(["!", "-type", "d"])
        .read()?;
    Ok(list.lines().map(PathBuf::from).collect())
}

/// Returns the empty directories below a directory, relative to it.
fn empty_dirs(dir: &Path) -> Result<Vec<String>> {
    let mut find = tool::command("find");
    find.arg(dir)
        .args(["-type", "d", "-empty", "-printf", "%P\n"]);
    let mut empty: Vec<_> = find.read()?.lines().map(str::to_owned).collect();
    empty.sort();
    Ok(empty)
}
