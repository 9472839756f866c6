// SPDX-License-Identifier: MIT OR Apache-2.0

//! Creates a family from the template, then builds, tests and installs it as the tutorial does.

use super::tally::Tally;
use crate::cache::Scratch;
use crate::paths::Paths;
use crate::setup::Kernel;
use crate::tool::{self, Run};
use anyhow::{Context, Result, ensure};
use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::Command;

/// Two words: the dash becomes an underscore in Rust.
const NAME: &str = "new-family";

pub(crate) fn run(paths: &Paths, kernel: &Kernel) -> Result<Tally> {
    let dir = paths.checkout.join("target/family");
    let family = dir.join(NAME);
    let renamed = dir.join("renamed");
    let mut tally = Tally::default();
    // Left by the last run.
    for old in [&family, &renamed] {
        let _ = fs::remove_dir_all(old);
    }
    tally.count("family::is_created", make(paths, &dir, &family));
    tally.count("family::check_passes", check(&family));
    tally.count("family::tests_pass", own_tests(paths, &family));
    tally.count("family::client_works", program(&family));
    tally.count("family::is_installed", is_installed(paths, kernel, &family));
    let rename = fs::rename(&family, &renamed).context("cannot rename it");
    tally.count(
        "family::can_be_renamed",
        rename.and_then(|()| check(&renamed)),
    );
    tally.count("family::greet_can_move", finds_greet(paths, &renamed));
    Ok(tally)
}

fn make(paths: &Paths, dir: &Path, family: &Path) -> Result<()> {
    let objects = dir.join("objects");
    fs::create_dir_all(&objects)?;
    tool::cargo()
        .args(["run", "--quiet", "-p", "ynl-gen-rust", "--", "new", NAME])
        .arg(family)
        .env_remove("GREET")
        .current_dir(&paths.checkout)
        .read()?;
    // Keeps the client's dependencies, which take a while to build.
    Ok(symlink(objects, family.join("client/target"))?)
}

fn own_tests(paths: &Paths, family: &Path) -> Result<()> {
    let log = paths.new_log("family-test")?;
    in_family(family, &["test"]).log_to(&log)?;
    let output = tool::read_log(&log);
    let own = Tally::of_output(&output).context("no results")?;
    ensure!(own.passed == 5 && own.failed == 0, "{output}");
    Ok(())
}

fn program(family: &Path) -> Result<()> {
    let line = format!("CMD={NAME} set answer 42 && {NAME} list");
    let output = in_family(family, &["guest", &line]).read()?;
    ensure!(output == "answer 42\n", "{output}");
    Ok(())
}

fn check(family: &Path) -> Result<()> {
    in_family(family, &["check"]).read().map(drop)
}

fn is_installed(paths: &Paths, kernel: &Kernel, family: &Path) -> Result<()> {
    let log = paths.new_log("family-install")?;
    let mut make = kernel.make_modules(&family.join("kmodule"));
    make.arg("modules").log_to(&log)?;
    let scratch = Scratch::new(paths, "family-install")?;
    let kdir = format!("KDIR={}", kernel.build.display());
    let destination = format!("DESTDIR={}", scratch.path().display());
    in_family(family, &["install", &kdir, &destination]).log_to(&log)?;
    let module = format!("lib/modules/{}/updates/new_family.ko", kernel.release()?);
    ensure!(
        scratch.path().join(&module).is_file(),
        "{module} is missing"
    );
    Ok(())
}

/// Builds as if greet had moved since the family was created.
fn finds_greet(paths: &Paths, family: &Path) -> Result<()> {
    let greet = paths.checkout.display().to_string();
    for name in ["Makefile", "client/Cargo.toml"] {
        let path = family.join(name);
        fs::write(
            &path,
            fs::read_to_string(&path)?.replace(&greet, "/nowhere"),
        )?;
    }
    let mut make = in_family(family, &["client"]);
    make.env("GREET", &greet).read().map(drop)
}

/// Creates a `make` in the directory of the family.
fn in_family(family: &Path, args: &[&str]) -> Command {
    let mut make = tool::command("make");
    make.arg("--silent").arg("-C").arg(family).args(args);
    make.env_remove("GREET");
    make
}
