// SPDX-License-Identifier: MIT OR Apache-2.0

//! The kernel side's documentation: rustdoc with what the kernel's build gave rustc.

use crate::cache::Scratch;
use crate::module::Source;
use crate::paths::Paths;
use crate::setup::Kernel;
use crate::test::Tally;
use crate::tool;
use anyhow::{Context, Result};
use std::fs;
use std::path::{Path, PathBuf};

/// The command by which the module was compiled, as the kernel's build keeps it.
const COMMAND: &str = "kmodule/.greet_main.o.cmd";

/// Where the kernel's files can be read.
const TREE: &str = "https://git.kernel.org/pub/scm/linux/kernel/git/torvalds/linux.git/tree";

/// Where it is.
pub(crate) fn folder(paths: &Paths) -> PathBuf {
    paths.checkout.join("target/doc-kernel")
}

pub(crate) fn build(paths: &Paths, kernel: &Kernel) -> Result<Tally> {
    let mut tally = Tally::default();
    tally.count("rustdoc::kernel_side", make(paths, kernel));
    Ok(tally)
}

fn make(paths: &Paths, kernel: &Kernel) -> Result<()> {
    let log = paths.log("rustdoc-kernel");
    tool::fresh_log(&log)?;
    let sources = Scratch::new(paths, "rustdoc")?;
    Source::greet(paths).copy(sources.path())?;
    tool::logged(kernel.make_modules(sources.path()).arg("modules"), &log)?;
    let rustdoc = kernel
        .toolchain
        .tool("rustdoc")
        .context("there is no rustdoc")?;
    let kept = fs::read_to_string(sources.path().join(COMMAND)).context(COMMAND)?;
    let line = rustdoc_line(&kept, &rustdoc).context("the kernel's build has changed")?;
    let mut shell = tool::command("sh");
    shell
        .arg("-c")
        .arg(format!(
            "{line} --crate-name greet -Dwarnings --output \"$OUT\""
        ))
        .env("OUT", folder(paths))
        .env("RUSTC_BOOTSTRAP", "1")
        .current_dir(sources.path());
    tool::logged(&mut shell, &log)?;
    lead_to_headers(&folder(paths), &log)
}

/// Comments name the kernel's files as its own do, by `srctree/`.
fn lead_to_headers(folder: &Path, log: &Path) -> Result<()> {
    let mut find = tool::command("find");
    find.arg(folder)
        .args(["-name", "*.html", "-exec", "sed", "-i"])
        .arg(format!("s|href=\"srctree/|href=\"{TREE}/|g"))
        .args(["{}", "+"]);
    tool::logged(&mut find, log)
}

/// The same command for rustdoc, which writes other files.
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
    fn a_command_of_rustc_is_one_of_rustdoc() {
        let kept = "savedcmd_x.o := A=b /bin/rustc -O --out-dir o/ --emit=obj=x.o x.rs\n\nmore";
        let line = rustdoc_line(kept, Path::new("/bin/rustdoc"));
        assert_eq!(line.as_deref(), Some("A=b /bin/rustdoc -O x.rs"));
    }
}
