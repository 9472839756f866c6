// SPDX-License-Identifier: MIT OR Apache-2.0

//! Commands for the host: blocks of the kind `sh`, in pages that are followed from start to end. A
//! block `diff` is applied to the current directory, and a block `text` is a part of what the block
//! `sh` before it prints.

use super::page::{Block, Page};
use super::shown::compare;
use crate::cache::Scratch;
use crate::paths::Paths;
use crate::test::Tally;
use crate::tool;
use anyhow::{Context, Result, bail};
use std::env;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The pages.
const FOLLOWED: [&str; 2] = [
    "docs/tutorials/first-family.md",
    "docs/tutorials/first-client.md",
];

/// Ends what a block has printed.
const END: char = '\u{1e}';

/// Ends the lines that `patch` reads.
const DIFF_END: &str = "END_OF_DIFF";

/// xtask must hold the lock to use the cache.
pub(crate) fn run(paths: &Paths, pages: &[Page]) -> Result<Tally> {
    let mut tally = Tally::default();
    for page in pages
        .iter()
        .filter(|page| FOLLOWED.contains(&page.path.as_str()))
    {
        let blocks: Vec<_> = page.blocks(&["sh", "diff", "text"]).collect();
        let commands: Vec<_> = blocks.iter().filter(|block| block.kind != "text").collect();
        let printed = follow(paths, &commands);
        let texts = blocks.iter().filter(|block| block.kind == "text");
        let result = printed.and_then(|printed| {
            for text in texts {
                let before = commands.iter().rposition(|block| block.line < text.line);
                let before = before.context("a text without a command")?;
                let shown = format!("...\n{}...\n", text.text);
                compare(&shown, &printed[before])
                    .with_context(|| format!("{}:{}", page.path, text.line))?;
            }
            Ok(())
        });
        tally.count(&page.path, result);
    }
    Ok(tally)
}

/// What each block prints, all in one shell, whose home is empty but for the checkout.
fn follow(paths: &Paths, blocks: &[&&Block]) -> Result<Vec<String>> {
    let home = home(paths)?;
    let mut script = "set -euo pipefail\nexec 2>&1\n".to_owned();
    for block in blocks {
        script += &command(block);
        script += &format!("printf '{END}'\n");
    }
    let output = shell(home.path())?
        .arg("-c")
        .arg(script)
        .stdin(Stdio::null())
        .output()
        .context("cannot run bash")?;
    let printed = String::from_utf8_lossy(&output.stdout);
    let printed: Vec<_> = printed.split(END).map(str::to_owned).collect();
    if !output.status.success() {
        let block = blocks.get(printed.len() - 1).map_or(0, |block| block.line);
        let last = printed.last().map_or("", String::as_str);
        bail!(
            "the block of line {block} failed:\n{}",
            tool::last_lines(last)
        );
    }
    Ok(printed)
}

/// The commands of a block.
fn command(block: &Block) -> String {
    if block.kind == "diff" {
        // The quotes keep the shell from changing the lines.
        return format!("patch -p0 <<'{DIFF_END}'\n{}{DIFF_END}\n", block.text);
    }
    block.text.clone()
}

/// A home of nobody's, with the checkout where a reader may have it. It is not in the checkout, since
/// cargo would take what is made there for a part of the project.
fn home(paths: &Paths) -> Result<Scratch> {
    let home = Scratch::new(paths, "home")?;
    symlink(&paths.checkout, home.path().join("greet"))?;
    Ok(home)
}

/// A shell in it. What has been installed and downloaded stays where it is.
fn shell(home: &Path) -> Result<Command> {
    let path = env::var_os("PATH").context("there is no PATH")?;
    let own = [home.join(".local/bin")];
    let path = env::join_paths(own.into_iter().chain(env::split_paths(&path)))?;
    let mut bash = tool::command("bash");
    for (variable, folder) in [
        ("CARGO_HOME", ".cargo"),
        ("RUSTUP_HOME", ".rustup"),
        ("XDG_CACHE_HOME", ".cache"),
    ] {
        let real = env::var_os("HOME").map(PathBuf::from).unwrap_or_default();
        let value = env::var_os(variable).map_or(real.join(folder), PathBuf::from);
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
