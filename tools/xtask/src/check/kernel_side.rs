// SPDX-License-Identifier: MIT OR Apache-2.0

//! The kernel's own tools and settings, applied to the module.

use super::Context;
use crate::cache::Scratch;
use crate::docs;
use crate::module::Source;
use crate::tool::{self, Run};
use anyhow::{Context as _, Result};
use std::path::PathBuf;

pub(crate) fn format(context: &Context<'_>) -> Result<()> {
    // The toolchain may lack rustfmt; the settings are the same for any.
    let rustfmt = context
        .kernel
        .toolchain
        .tool("rustfmt")
        .or_else(|| tool::find("rustfmt"))
        .context("rustfmt is not installed")?;
    let log = context.log("kernel-format")?;
    let check = |files: &[PathBuf]| {
        tool::command(&rustfmt)
            .args(["--check", "--config-path"])
            .arg(context.kernel.tree.join(".rustfmt.toml"))
            .args(files)
            .log_to(&log)
    };
    check(&[context.paths.checkout.join("tests/compile_fail.rs")])?;
    let mut sources = Source::fixtures(context.paths);
    sources.push(Source::greet(context.paths));
    for source in sources {
        // rustfmt follows the modules from the root, also those that the checkout lacks.
        let dir = Scratch::new(context.paths, "kernel-format")?;
        source.prepare(dir.path(), &context.kernel.tree)?;
        let mut files = tool::files(dir.path(), "rs", true)?;
        files.retain(|file| file.to_string_lossy().ends_with("_main.rs"));
        check(&files)?;
    }
    Ok(())
}

pub(crate) fn warnings(context: &Context<'_>) -> Result<()> {
    build(context, "kernel-warnings", &["W=e"])
}

/// Runs clippy, unless the kernel's toolchain lacks it, as Debian's does in some releases.
pub(crate) fn lints(context: &Context<'_>) -> Result<()> {
    if context.kernel.toolchain.tool("clippy-driver").is_none() {
        println!("  skipped: the kernel's Rust toolchain has no clippy-driver");
        return Ok(());
    }
    build(context, "kernel-clippy", &["W=e", "CLIPPY=1"])
}

pub(crate) fn documentation(context: &Context<'_>) -> Result<()> {
    docs::of_kernel_side(context.paths, context.kernel)
}

pub(crate) fn style(context: &Context<'_>) -> Result<()> {
    let tree = &context.kernel.tree;
    tool::command(tree.join("scripts/checkpatch.pl"))
        .args(["--strict", "--no-tree", "--terse", "--show-types", "-f"])
        .args(context.files(&["kmodule/*.[ch]", "policy/*.[ch]"])?)
        .current_dir(tree)
        .log_to(&context.log("checkpatch")?)
}

/// Builds all modules from scratch.
fn build(context: &Context<'_>, name: &str, args: &[&str]) -> Result<()> {
    let log = context.log(name)?;
    let mut sources = Source::fixtures(context.paths);
    sources.push(Source::greet(context.paths));
    for source in sources {
        let dir = Scratch::new(context.paths, name)?;
        source.prepare(dir.path(), &context.kernel.tree)?;
        let mut make = context.kernel.make_modules(dir.path());
        make.args(args).arg("modules").log_to(&log)?;
    }
    Ok(())
}
