// SPDX-License-Identifier: MIT OR Apache-2.0

//! Runs programs of the host.

use anyhow::{Context, Result, bail};
use std::env;
use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The number of lines of a log that an error shows.
const LAST_LINES: usize = 20;

/// Variables of a calling `make` that would change a `make` that xtask runs.
const MAKE_VARIABLES: &str = "MAKEFLAGS MAKEOVERRIDES MFLAGS MAKELEVEL GNUMAKEFLAGS ARCH \
                              CROSS_COMPILE CC LLVM KBUILD_OUTPUT KBUILD_EXTMOD CMD M O";

/// Creates a command without the variables of a calling `make` and without standard input.
pub(crate) fn command(program: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new(program);
    for variable in MAKE_VARIABLES.split(' ') {
        command.env_remove(variable);
    }
    command.env("LC_ALL", "C.UTF-8").stdin(Stdio::null());
    command
}

/// Creates a command for the cargo that runs xtask, or for the one on the `PATH`.
pub(crate) fn cargo() -> Command {
    command(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
}

/// Ways to run a command to its end.
pub(crate) trait Run {
    /// Appends the output to the log. An error shows the end of the log.
    fn log_to(&mut self, log: &Path) -> Result<()>;

    /// Returns the standard output. An error shows the error output, or the standard output if
    /// there is none.
    fn read(&mut self) -> Result<String>;
}

impl Run for Command {
    fn log_to(&mut self, log: &Path) -> Result<()> {
        let mut file = File::options()
            .create(true)
            .append(true)
            .open(log)
            .with_context(|| format!("cannot write {}", log.display()))?;
        writeln!(file, "$ {}", line_of(self))?;
        let status = self
            .stdout(file.try_clone()?)
            .stderr(file)
            .status()
            .with_context(|| format!("cannot run {}", line_of(self)))?;
        if !status.success() {
            let program = Path::new(self.get_program());
            bail!(
                "{} failed ({status}); the last lines of {}:\n{}",
                program.file_name().unwrap_or_default().to_string_lossy(),
                log.display(),
                last_lines(&read_log(log))
            );
        }
        Ok(())
    }

    fn read(&mut self) -> Result<String> {
        let output = self
            .output()
            .with_context(|| format!("cannot run {}", line_of(self)))?;
        if !output.status.success() {
            let errors = match output.stderr.is_empty() {
                true => &output.stdout,
                false => &output.stderr,
            };
            let errors = String::from_utf8_lossy(errors);
            bail!("{} failed: {}", line_of(self), errors.trim_end());
        }
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    }
}

/// Returns the path of a program on the `PATH`.
pub(crate) fn find(program: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH")?;
    env::split_paths(&path)
        .map(|dir| dir.join(program))
        .find(|file| file.is_file())
}

/// Returns the text of a log, which may hold bytes that are not UTF-8; empty if it is missing.
pub(crate) fn read_log(log: &Path) -> String {
    let bytes = fs::read(log).unwrap_or_default();
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Returns the last lines of a text, indented.
pub(crate) fn last_lines(text: &str) -> String {
    let lines: Vec<&str> = text.lines().collect();
    let first = lines.len().saturating_sub(LAST_LINES);
    format!("    {}", lines[first..].join("\n    "))
}

/// Returns the files of a directory with this extension, sorted; with `deep`, includes
/// subdirectories.
pub(crate) fn files(dir: &Path, extension: &str, deep: bool) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(dir).with_context(|| dir.display().to_string())? {
        let entry = entry?;
        let path = entry.path();
        if entry.file_type()?.is_dir() && deep {
            found.extend(files(&path, extension, deep)?);
        } else if path.extension().is_some_and(|end| end == extension) {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

fn line_of(command: &Command) -> String {
    let program = command.get_program();
    let words = [program].into_iter().chain(command.get_args());
    words
        .map(OsStr::to_string_lossy)
        .collect::<Vec<_>>()
        .join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn last_lines_keeps_the_end_of_a_text() {
        let text: String = (0..30).map(|line| format!("{line}\n")).collect();
        let shown = last_lines(&text);
        assert_eq!(shown.lines().count(), LAST_LINES);
        assert!(shown.starts_with("    10\n") && shown.ends_with("    29"));
    }
}
