// SPDX-License-Identifier: MIT OR Apache-2.0

//! What the programs depend on, and what is offered to those who would depend on them.

use super::Context;
use crate::tool;
use anyhow::{Context as _, Result, ensure};
use std::fs;

/// `deny.toml` says what is allowed. Known vulnerabilities are left out: their list is in no package
/// registry, and a check must not turn red without a change.
pub(crate) fn are_allowed(context: &Context<'_>) -> Result<()> {
    const WORKSPACES: [&str; 3] = ["Cargo.toml", "bench/Cargo.toml", "tests/fuzz/Cargo.toml"];

    let log = context.log("cargo-deny")?;
    for workspace in WORKSPACES {
        let mut deny = tool::command(&context.cargo_deny);
        deny.args(["--manifest-path", workspace, "--config", "deny.toml"])
            .args(["--locked", "check", "bans", "licenses", "sources"])
            .current_dir(context.checkout());
        tool::logged(&mut deny, &log)?;
    }
    Ok(())
}

/// Cargo makes packages of the crates that are meant for others. `make publish-check`, which takes
/// minutes, also builds them from these.
pub(crate) fn crates_can_be_packaged(context: &Context<'_>) -> Result<()> {
    let mut cargo = tool::cargo();
    cargo
        .args(["package", "--no-verify", "--allow-dirty", "--locked"])
        .args(["-p", "genl", "-p", "greet"])
        .args(["-p", "greetctl", "-p", "ynl-gen-rust"])
        .current_dir(context.checkout());
    tool::logged(&mut cargo, &context.log("cargo-package")?)
}

/// Debian's changelog has a version of its own, of which ours is a part; the guide shows ours.
pub(crate) fn versions_agree(context: &Context<'_>) -> Result<()> {
    let version = env!("CARGO_PKG_VERSION");
    for (file, phrase) in [
        ("packaging/debian/changelog", format!("greet ({version}-")),
        (
            "docs/how-to/install.md",
            format!("dkms install greet/{version}\n"),
        ),
        (
            "docs/how-to/install.md",
            format!("`/usr/src/greet-{version}`"),
        ),
    ] {
        let path = context.checkout().join(file);
        let text = fs::read_to_string(&path).with_context(|| file.to_owned())?;
        ensure!(text.contains(&phrase), "{file} does not have {phrase:?}");
    }
    Ok(())
}
