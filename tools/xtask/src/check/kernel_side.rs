// SPDX-License-Identifier: MIT OR Apache-2.0

//! The module by the kernel's own tools and settings.

use super::Context;
use crate::cache::Scratch;
use crate::module::Source;
use crate::tool;
use anyhow::{Context as _, Result};

/// Where there is Rust for the kernel.
const RUST: [&str; 3] = ["kmodule/", "tests/compile-fail/", "tests/families/"];

pub(crate) fn format(context: &Context<'_>) -> Result<()> {
    let files = context
        .files
        .under(&RUST)
        .filter(|file| file.ends_with(&[".rs"]) && !file.path.contains("/client/"))
        .map(|file| context.checkout().join(&file.path));
    // The toolchain's own, or another of the user's: the settings are the same.
    let rustfmt = context
        .kernel
        .toolchain
        .tool("rustfmt")
        .or_else(|| tool::find("rustfmt"))
        .context("there is no rustfmt")?;
    let mut rustfmt = tool::command(rustfmt);
    rustfmt
        .args(["--check", "--config-path"])
        .arg(context.kernel.tree.join(".rustfmt.toml"))
        .args(files);
    tool::logged(&mut rustfmt, &context.log("kernel-format")?)
}

pub(crate) fn warnings(context: &Context<'_>) -> Result<()> {
    build(context, "kernel-warnings", &["W=e"])
}

/// A toolchain without clippy-driver, such as Debian's on some releases, has no say in this.
pub(crate) fn lints(context: &Context<'_>) -> Result<()> {
    if context.kernel.toolchain.tool("clippy-driver").is_none() {
        println!("  the kernel's Rust toolchain has no clippy-driver");
        return Ok(());
    }
    build(context, "kernel-clippy", &["W=e", "CLIPPY=1"])
}

pub(crate) fn style(context: &Context<'_>) -> Result<()> {
    let files = context
        .files
        .under(&["kmodule/", "policy/"])
        .filter(|file| file.ends_with(&[".c", ".h"]))
        .map(|file| context.checkout().join(&file.path));
    let mut checkpatch = tool::command(context.kernel.tree.join("scripts/checkpatch.pl"));
    checkpatch
        .args(["--strict", "--no-tree", "--terse", "--show-types", "-f"])
        .args(files)
        .current_dir(&context.kernel.tree);
    tool::logged(&mut checkpatch, &context.log("checkpatch")?)
}

/// Builds the modules from nothing, in a folder of the check's own.
fn build(context: &Context<'_>, name: &str, args: &[&str]) -> Result<()> {
    let log = context.log(name)?;
    let mut sources = Source::fixtures(context.paths)?;
    sources.extend([Source::greet(context.paths), Source::shelf(context.paths)?]);
    for source in sources {
        let folder = Scratch::new(context.paths, name)?;
        source.copy(folder.path())?;
        let mut make = context.kernel.make_modules(folder.path());
        make.args(args).arg("modules");
        tool::logged(&mut make, &log)?;
    }
    Ok(())
}
