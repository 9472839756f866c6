// SPDX-License-Identifier: MIT OR Apache-2.0

//! Dependencies of the programs, and the crates to publish.

use super::Context;
use crate::tool::{self, Run};
use anyhow::{Context as _, Result, ensure};
use std::fs;

const WORKSPACES: [&str; 3] = ["Cargo.toml", "bench/Cargo.toml", "tests/fuzz/Cargo.toml"];

/// Applies `deny.toml`, except the list of vulnerabilities: no package registry has it, and it
/// would fail a check without a change.
pub(crate) fn allowed(context: &Context<'_>) -> Result<()> {
    let log = context.log("cargo-deny")?;
    for workspace in WORKSPACES {
        tool::command(&context.cargo_deny)
            .args(["--manifest-path", workspace, "--config", "deny.toml"])
            .args(["--locked", "check", "bans", "licenses", "sources"])
            .current_dir(&context.paths.checkout)
            .log_to(&log)?;
    }
    Ok(())
}

/// Packages the crates. `make publish-check` also builds them, which takes minutes.
pub(crate) fn packages(context: &Context<'_>) -> Result<()> {
    let args = "package --no-verify --allow-dirty --locked";
    let crates = "-p genl -p greet -p greetctl -p ynl-gen-rust";
    let args: Vec<_> = args.split(' ').chain(crates.split(' ')).collect();
    context.cargo("cargo-package", &args)
}

/// Compares the versions in Debian's changelog and in the book with the crates' version.
pub(crate) fn versions(context: &Context<'_>) -> Result<()> {
    let version = env!("CARGO_PKG_VERSION");
    for (file, phrase) in [
        ("packaging/debian/changelog", format!("greet ({version}-")),
        ("docs/how-to/install.md", format!("greet/{version}\n")),
    ] {
        let path = context.paths.checkout.join(file);
        let text = fs::read_to_string(&path).with_context(|| file.to_owned())?;
        ensure!(text.contains(&phrase), "{file} does not have {phrase:?}");
    }
    Ok(())
}
