// SPDX-License-Identifier: MIT OR Apache-2.0

//! A family as its author begins it: made, built, loaded and asked, by the commands of the guide.

use super::tally::Tally;
use crate::paths::Paths;
use crate::tool;
use anyhow::{Context, Result, ensure};
use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::Command;

/// Two words, whose dash is none in Rust.
const NAME: &str = "new-family";

pub(crate) fn run(paths: &Paths) -> Result<Tally> {
    let folder = paths.checkout.join("target/family");
    let family = folder.join(NAME);
    let mut tally = Tally::default();
    tally.count("family::is_made", make(paths, &folder, &family));
    tally.count(
        "family::follows_its_spec",
        tool::output(&mut in_family(&family, &["check"])).map(drop),
    );
    tally.count("family::passes_its_own_tests", own_tests(paths, &family));
    tally.count("family::has_a_program", program(&family));
    Ok(tally)
}

fn make(paths: &Paths, folder: &Path, family: &Path) -> Result<()> {
    // Of the last run.
    let _ = fs::remove_dir_all(family);
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

/// `make` in the folder of the family.
fn in_family(family: &Path, args: &[&str]) -> Command {
    let mut make = tool::command("make");
    make.arg("--silent").arg("-C").arg(family).args(args);
    make.env_remove("GREET");
    make
}
