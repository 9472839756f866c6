// SPDX-License-Identifier: MIT OR Apache-2.0

//! The spec by the kernel's schema for specs, which the kernel's own tool applies.

use super::Context;
use crate::tool;
use anyhow::{Context as _, Result};

pub(crate) fn follows_schema(context: &Context<'_>) -> Result<()> {
    let tree = &context.kernel.tree;
    // The distribution's Python has the packages; one that stands before it may not.
    let mut pyynl = tool::command("/usr/bin/python3");
    pyynl
        .arg(tree.join("tools/net/ynl/pyynl/cli.py"))
        .arg("--spec")
        .arg(context.paths.spec())
        .arg("--schema")
        .arg(tree.join("Documentation/netlink/genetlink.yaml"))
        .arg("--validate")
        .env("PYTHONDONTWRITEBYTECODE", "1");
    tool::logged(&mut pyynl, &context.log("spec")?)
}

pub(crate) fn outputs_follow(context: &Context<'_>) -> Result<()> {
    let mut make = tool::command("make");
    make.args(["--silent", "codegen", "CHECK=--check"])
        .current_dir(context.checkout());
    tool::logged(&mut make, &context.log("codegen")?).context("`make codegen` writes them anew")
}
