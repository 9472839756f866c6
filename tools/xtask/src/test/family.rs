// SPDX-License-Identifier: MIT OR Apache-2.0

//! A family as its author begins it: made, built, loaded and asked, by the commands of the guide.

use super::tally::Tally;
use crate::cache::Scratch;
use crate::paths::Paths;
use crate::setup::Kernel;
use crate::tool;
use anyhow::{Context, Result, ensure};
use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::Command;

/// Two words, whose dash is none in Rust.
const NAME: &str = "new-family";

pub(crate) fn run(paths: &Paths, kernel: &Kernel) -> Result<Tally> {
    let folder = paths.checkout.join("target/family");
    let family = folder.join(NAME);
    let renamed = folder.join("renamed");
    let mut tally = Tally::default();
    // Of the last run.
    for old in [&family, &renamed] {
        let _ = fs::remove_dir_all(old);
    }
    tally.count("family::is_made", make(paths, &folder, &family));
    tally.count("family::follows_its_spec", check(&family));
    tally.count("family::passes_its_own_tests", own_tests(paths, &family));
    tally.count("family::has_a_program", program(&family));
    tally.count("family::is_installed", is_installed(paths, kernel, &family));
    let rename = fs::rename(&family, &renamed).context("it cannot be renamed");
    tally.count(
        "family::follows_its_spec_in_a_folder_of_another_name",
        rename.and_then(|()| check(&renamed)),
    );
    tally.count(
        "family::finds_greet_in_another_place",
        finds_greet(paths, &renamed),
    );
    Ok(tally)
}

fn make(paths: &Paths, folder: &Path, family: &Path) -> Result<()> {
    let objects = folder.join("objects");
    fs::create_dir_all(&objects)?;
    let mut cargo = tool::cargo();
    cargo
        .args(["run", "--quiet", "-p", "ynl-gen-rust", "--", "new", NAME])
        .arg(family)
        .env_remove("GREET")
        .current_dir(&paths.checkout);
    tool::output(&mut cargo)?;
    // The library of the client takes a while to build, and stays the same.
    Ok(symlink(objects, family.join("client/target"))?)
}

fn own_tests(paths: &Paths, family: &Path) -> Result<()> {
    let log = paths.log("family-test");
    tool::fresh_log(&log)?;
    tool::logged(&mut in_family(family, &["test"]), &log)?;
    let output = tool::read(&log);
    let own = Tally::of_output(&output).context("there are no results")?;
    ensure!(own.passed == 5 && own.failed == 0, "{output}");
    Ok(())
}

fn program(family: &Path) -> Result<()> {
    let line = format!("CMD={NAME} set answer 42 && {NAME} list");
    let output = tool::output(&mut in_family(family, &["guest", &line]))?;
    ensure!(output == "answer 42\n", "{output}");
    Ok(())
}

fn check(family: &Path) -> Result<()> {
    tool::output(&mut in_family(family, &["check"])).map(drop)
}

fn is_installed(paths: &Paths, kernel: &Kernel, family: &Path) -> Result<()> {
    let log = paths.log("family-install");
    tool::fresh_log(&log)?;
    let folder = family.join("kmodule");
    tool::logged(kernel.make_modules(&folder).arg("modules"), &log)?;
    let scratch = Scratch::new(paths, "family-install")?;
    let kdir = format!("KDIR={}", kernel.build.display());
    let destination = format!("DESTDIR={}", scratch.path().display());
    let mut install = in_family(family, &["install", &kdir, &destination]);
    tool::logged(&mut install, &log)?;
    let module = format!("lib/modules/{}/updates/new_family.ko", kernel.release()?);
    ensure!(
        scratch.path().join(&module).is_file(),
        "there is no {module}"
    );
    Ok(())
}

/// As if greet had been elsewhere when the family was made.
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
    tool::output(make.env("GREET", &greet)).map(drop)
}

/// `make` in the folder of the family.
fn in_family(family: &Path, args: &[&str]) -> Command {
    let mut make = tool::command("make");
    make.arg("--silent").arg("-C").arg(family).args(args);
    make.env_remove("GREET");
    make
}
