// SPDX-License-Identifier: MIT OR Apache-2.0

//! The specs by the kernel's schema for specs, which the kernel's own tool applies.

use super::Context;
use crate::tool;
use anyhow::{Context as _, Result};

/// Those of families that are ours; others have a kernel's tree to follow.
const SPECS: [&str; 2] = ["policy/greet.yaml", "tests/families/shelf/shelf.yaml"];

pub(crate) fn follow_schema(context: &Context<'_>) -> Result<()> {
    let tree = &context.kernel.tree;
    let log = context.log("spec")?;
    for spec in SPECS {
        // The distribution's Python has the packages; one that stands before it may not.
        let mut pyynl = tool::command("/usr/bin/python3");
        pyynl
            .arg(tree.join("tools/net/ynl/pyynl/cli.py"))
            .arg("--spec")
            .arg(context.checkout().join(spec))
            .arg("--schema")
            .arg(tree.join("Documentation/netlink/genetlink.yaml"))
            .arg("--validate")
            .env("PYTHONDONTWRITEBYTECODE", "1");
        tool::logged(&mut pyynl, &log)?;
    }
    Ok(())
}

pub(crate) fn outputs_follow(context: &Context<'_>) -> Result<()> {
    let mut make = tool::command("make");
    make.args(["--silent", "codegen", "CHECK=--check"])
        .current_dir(context.checkout());
    tool::logged(&mut make, &context.log("codegen")?).context("`make codegen` writes them anew")
}
