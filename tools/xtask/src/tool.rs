// SPDX-License-Identifier: MIT OR Apache-2.0

//! Programs of the host.

use anyhow::{Context, Result, bail};
use std::env;
use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// How much of a log is shown when something failed.
const LAST_LINES: usize = 20;

/// What `make` and its variables, if it started us, would pass on to a `make` that we start.
const OF_MAKE: [&str; 14] = [
    "MAKEFLAGS",
    "MAKEOVERRIDES",
    "MFLAGS",
    "MAKELEVEL",
    "GNUMAKEFLAGS",
    "ARCH",
    "CROSS_COMPILE",
    "CC",
    "LLVM",
    "KBUILD_OUTPUT",
    "KBUILD_EXTMOD",
    "CMD",
    "M",
    "O",
];

/// A program that does not take from our environment what would change its work.
pub(crate) fn command(program: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new(program);
    for variable in OF_MAKE {
        command.env_remove(variable);
    }
    command.env("LC_ALL", "C.UTF-8").stdin(Stdio::null());
    command
}

/// The cargo that runs us, or the one on the `PATH`.
pub(crate) fn cargo() -> Command {
    command(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
}

/// Runs a program to its end; its output is added to the log. A failure shows the log's end.
pub(crate) fn logged(command: &mut Command, log: &Path) -> Result<()> {
    let mut file = append(log)?;
    writeln!(file, "$ {}", line_of(command))?;
    let status = command
        .stdout(file.try_clone()?)
        .stderr(file)
        .status()
        .with_context(|| format!("cannot run {}", line_of(command)))?;
    if !status.success() {
        bail!(
            "{} failed ({status}); the last lines of {}:\n{}",
            name_of(command),
            log.display(),
            last_lines(&read(log))
        );
    }
    Ok(())
}

/// What a program prints, if it succeeds. A failure shows its errors, or all if it tells none apart.
pub(crate) fn output(command: &mut Command) -> Result<String> {
    let output = command
        .output()
        .with_context(|| format!("cannot run {}", line_of(command)))?;
    if !output.status.success() {
        let told = match output.stderr.is_empty() {
            true => &output.stdout,
            false => &output.stderr,
        };
        let message = String::from_utf8_lossy(told);
        bail!("{} failed: {}", line_of(command), message.trim_end());
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// Where a program is on the `PATH`.
pub(crate) fn find(program: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH")?;
    env::split_paths(&path)
        .map(|folder| folder.join(program))
        .find(|file| file.is_file())
}

/// Starts a log anew.
pub(crate) fn fresh_log(log: &Path) -> Result<()> {
    if let Some(folder) = log.parent() {
        fs::create_dir_all(folder)?;
    }
    fs::write(log, "").with_context(|| format!("cannot write {}", log.display()))
}

/// A log's text, also if it is not quite UTF-8; nothing if it is not there.
pub(crate) fn read(log: &Path) -> String {
    let bytes = fs::read(log).unwrap_or_default();
    String::from_utf8_lossy(&bytes).into_owned()
}

/// The last lines of a text, indented.
pub(crate) fn last_lines(text: &str) -> String {
    let lines: Vec<&str> = text.lines().collect();
    let first = lines.len().saturating_sub(LAST_LINES);
    let shown: Vec<String> = lines[first..]
        .iter()
        .map(|line| format!("    {line}"))
        .collect();
    shown.join("\n")
}

fn append(log: &Path) -> Result<File> {
    if let Some(folder) = log.parent() {
        fs::create_dir_all(folder)?;
    }
    File::options()
        .create(true)
        .append(true)
        .open(log)
        .with_context(|| format!("cannot write {}", log.display()))
}

fn name_of(command: &Command) -> String {
    let program = Path::new(command.get_program());
    let name = program.file_name().unwrap_or(program.as_os_str());
    name.to_string_lossy().into_owned()
}

fn line_of(command: &Command) -> String {
    let words = [command.get_program()]
        .into_iter()
        .chain(command.get_args());
    let words: Vec<_> = words.map(OsStr::to_string_lossy).collect();
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_lines_are_the_last() {
        let text: String = (0..30).map(|line| format!("{line}\n")).collect();
        let shown = last_lines(&text);
        assert_eq!(shown.lines().count(), LAST_LINES);
        assert!(shown.starts_with("    10\n") && shown.ends_with("    29"));
    }
}
