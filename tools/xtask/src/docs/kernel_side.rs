// SPDX-License-Identifier: MIT OR Apache-2.0

//! Documents the kernel side: runs rustdoc with the options that the kernel's build gave rustc.

use crate::cache::Scratch;
use crate::module::Source;
use crate::paths::Paths;
use crate::setup::Kernel;
use crate::test::Tally;
use crate::tool::{self, Run};
use anyhow::{Context, Result};
use std::fs;
use std::path::{Path, PathBuf};

/// The file in which the kernel's build keeps the module's rustc command.
const COMMAND: &str = "kmodule/.greet_main.o.cmd";

/// The address of the kernel's files.
const TREE: &str = "https://git.kernel.org/pub/scm/linux/kernel/git/torvalds/linux.git/tree";

/// Returns the output directory.
pub(crate) fn dir(paths: &Paths) -> PathBuf {
    paths.checkout.join("target/doc-kernel")
}

pub(crate) fn build(paths: &Paths, kernel: &Kernel) -> Result<Tally> {
    let mut tally = Tally::default();
    tally.count("rustdoc::kernel_side", make(paths, kernel));
    Ok(tally)
}

/// Builds the pages, without warnings.
pub(crate) fn make(paths: &Paths, kernel: &Kernel) -> Result<()> {
    let log = paths.new_log("rustdoc-kernel")?;
    let sources = Scratch::new(paths, "rustdoc")?;
    Source::greet(paths).copy(sources.path())?;
    let mut make = kernel.make_modules(sources.path());
    make.arg("modules").log_to(&log)?;
    let rustdoc = kernel
        .toolchain
        .tool("rustdoc")
        .context("the kernel's toolchain has no rustdoc")?;
    let kept = fs::read_to_string(sources.path().join(COMMAND)).context(COMMAND)?;
    let line = rustdoc_line(&kept, &rustdoc).context("the kernel's build has changed")?;
    tool::command("sh")
        .arg("-c")
        .arg(format!(
            "{line} --crate-name greet -Dwarnings --output \"$OUT\""
        ))
        .env("OUT", dir(paths))
        .env("RUSTC_BOOTSTRAP", "1")
        .current_dir(sources.path())
        .log_to(&log)?;
    link_headers(&dir(paths), &log)
}

/// Links `srctree/`, which stands for the kernel's tree, to the kernel's files.
fn link_headers(dir: &Path, log: &Path) -> Result<()> {
    tool::command("find")
        .arg(dir)
        .args(["-name", "*.html", "-exec", "sed", "-i"])
        .arg(format!("s|href=\"srctree/|href=\"{TREE}/|g"))
        .args(["{}", "+"])
        .log_to(log)
}

/// Turns a command for rustc into one for rustdoc, without its outputs.
fn rustdoc_line(kept: &str, rustdoc: &Path) -> Option<String> {
    let (_, command) = kept.lines().next()?.split_once(" := ")?;
    let mut line = Vec::new();
    let mut words = command.split_whitespace();
    while let Some(word) = words.next() {
        if word.ends_with("rustc") {
            line.push(rustdoc.to_str()?);
        } else if word == "--out-dir" {
            words.next();
        } else if !word.starts_with("--emit=") {
            line.push(word);
        }
    }
    Some(line.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_for_rustc_becomes_one_for_rustdoc() {
        let kept = "savedcmd_x.o := A=b /bin/rustc -O --out-dir o/ --emit=obj=x.o x.rs\n\nmore";
        let line = rustdoc_line(kept, Path::new("/bin/rustdoc"));
        assert_eq!(line.as_deref(), Some("A=b /bin/rustdoc -O x.rs"));
    }
}
