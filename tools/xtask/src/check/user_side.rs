// SPDX-License-Identifier: MIT OR Apache-2.0

//! rustfmt, clippy and rustdoc of the workspace.

use super::Context;
use crate::tool;
use anyhow::Result;

pub(crate) fn format(context: &Context<'_>) -> Result<()> {
    cargo(context, "format", &["fmt", "--all", "--check"])
}

pub(crate) fn lints(context: &Context<'_>) -> Result<()> {
    let args = [
        "clippy",
        "--workspace",
        "--all-targets",
        "--features",
        "suite/kernel-tree",
        "--",
        "-Dwarnings",
    ];
    cargo(context, "clippy", &args)
}

pub(crate) fn documentation(context: &Context<'_>) -> Result<()> {
    let args = [
        "doc",
        "--workspace",
        "--no-deps",
        "--document-private-items",
    ];
    cargo(context, "doc", &args)
}

fn cargo(context: &Context<'_>, log: &str, args: &[&str]) -> Result<()> {
    let mut cargo = tool::cargo();
    cargo
        .args(args)
        .env("RUSTDOCFLAGS", "-Dwarnings")
        .env("GREET_KERNEL_SRC", &context.kernel.tree)
        .current_dir(context.checkout());
    tool::logged(&mut cargo, &context.log(log)?)
}
