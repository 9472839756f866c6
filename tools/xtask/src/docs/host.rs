// SPDX-License-Identifier: MIT OR Apache-2.0

//! Runs the blocks `sh` of the tutorials on the host. A block `diff` is applied to the current
//! directory, and a block `text` must be in the output of the block `sh` before it.

use super::page::{Block, Page};
use super::{END, compare};
use crate::cache::Scratch;
use crate::paths::Paths;
use crate::test::Tally;
use crate::tool;
use anyhow::{Context, Result, bail};
use std::env;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;

const PAGES: [&str; 2] = [
    "docs/tutorials/first-family.md",
    "docs/tutorials/first-client.md",
];

/// Ends the input of `patch`.
const DIFF_END: &str = "END_OF_DIFF";

/// Runs the tutorials. The caller must hold the lock to use the cache.
pub(crate) fn run(paths: &Paths, pages: &[Page]) -> Result<Tally> {
    let mut tally = Tally::default();
    for page in pages {
        if PAGES.contains(&page.path.as_str()) {
            tally.count(&page.path, follow(paths, page));
        }
    }
    Ok(tally)
}

fn follow(paths: &Paths, page: &Page) -> Result<()> {
    let blocks: Vec<_> = page.blocks(&["sh", "diff", "text"]).collect();
    let (texts, commands): (Vec<_>, Vec<_>) =
        blocks.into_iter().partition(|block| block.kind == "text");
    let outputs = run_all(paths, &commands)?;
    for text in texts {
        let before = commands.iter().rposition(|block| block.line < text.line);
        let before = before.context("a text without a command")?;
        let expected = format!("...\n{}...\n", text.text);
        compare(&expected, &outputs[before])
            .with_context(|| format!("{}:{}", page.path, text.line))?;
    }
    Ok(())
}

/// Runs the blocks in one shell, and returns the output of each. The home directory holds only the
/// checkout.
fn run_all(paths: &Paths, blocks: &[&Block]) -> Result<Vec<String>> {
    // Not in the checkout, or cargo would add new packages to its workspace.
    let home = Scratch::new(paths, "home")?;
    symlink(&paths.checkout, home.path().join("greet"))?;
    let mut script = "set -euo pipefail\nexec 2>&1\n".to_owned();
    for block in blocks {
        script += &match block.kind.as_str() {
            "diff" => format!("patch -p0 <<'{DIFF_END}'\n{}{DIFF_END}\n", block.text),
            _ => block.text.clone(),
        };
        script += &format!("printf '{END}'\n");
    }
    let output = shell(home.path())?.arg("-c").arg(script).output()?;
    let outputs = String::from_utf8_lossy(&output.stdout);
    let outputs: Vec<_> = outputs.split(END).map(str::to_owned).collect();
    if !output.status.success() {
        let line = blocks.get(outputs.len() - 1).map_or(0, |block| block.line);
        let last = tool::last_lines(outputs.last().map_or("", String::as_str));
        bail!("the block in line {line} failed:\n{last}");
    }
    Ok(outputs)
}

/// Creates a shell that uses the home directory, and the user's toolchain and downloads.
fn shell(home: &Path) -> Result<Command> {
    let path = env::var_os("PATH").context("PATH is not set")?;
    let own = [home.join(".local/bin")];
    let path = env::join_paths(own.into_iter().chain(env::split_paths(&path)))?;
    let users = env::var_os("HOME").map(PathBuf::from).unwrap_or_default();
    let mut bash = tool::command("bash");
    for (variable, dir) in [
        ("CARGO_HOME", ".cargo"),
        ("RUSTUP_HOME", ".rustup"),
        ("XDG_CACHE_HOME", ".cache"),
    ] {
        let value = env::var_os(variable).map_or(users.join(dir), PathBuf::from);
        bash.env(variable, value);
    }
    bash.env("HOME", home)
        .env("PATH", path)
        .env("CARGO_INSTALL_ROOT", home.join(".local"))
        .env("CARGO_TERM_COLOR", "never")
        .env_remove("GREET")
        .env_remove("CARGO_TARGET_DIR")
        .current_dir(home);
    Ok(bash)
}
