// SPDX-License-Identifier: MIT OR Apache-2.0

//! Formats generated Rust with the program `rustfmt`.

use super::EmitError;
use super::rust::WIDTH;
use std::env;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::{Duration, Instant};

/// Time limit.
const LIMIT: Duration = Duration::from_secs(60);

/// Formats Rust.
///
/// # Errors
///
/// rustfmt is missing, fails, or exceeds the time limit.
pub(crate) fn rustfmt(text: String, edition: &str) -> Result<String, EmitError> {
    match on_path("rustfmt") {
        Some(program) => run(&program, text, edition, LIMIT),
        None => Err(EmitError::Rustfmt(
            "not found in PATH, but needed to format generated Rust; run `rustup component add \
             rustfmt`, or install your distribution's package `rustfmt`"
                .to_owned(),
        )),
    }
}

/// Finds a program in PATH, as the shell does.
fn on_path(program: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH")?;
    let mut files = env::split_paths(&path).map(|directory| directory.join(program));
    files.find(|file| file.is_file())
}

/// Runs `program`, and kills it after `limit`.
fn run(program: &Path, text: String, edition: &str, limit: Duration) -> Result<String, EmitError> {
    let failed = |error: std::io::Error| EmitError::Rustfmt(error.to_string());
    let start = Instant::now();
    let mut child = command(program, edition)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(failed)?;
    if let Some(mut stdin) = child.stdin.take() {
        // The write fails if the program exits early; its status and messages explain why.
        thread::spawn(move || stdin.write_all(text.as_bytes()));
    }
    let formatted = child.stdout.take().map(read);
    let messages = child.stderr.take().map(read);
    let received = |from: Option<Receiver<_>>| {
        let left = limit.saturating_sub(start.elapsed());
        from.and_then(|from| from.recv_timeout(left).ok())
    };
    let (Some(formatted), Some(messages)) = (received(formatted), received(messages)) else {
        child.kill().map_err(failed)?;
        child.wait().map_err(failed)?;
        let seconds = limit.as_secs_f32();
        return Err(EmitError::Rustfmt(format!("not done after {seconds} s")));
    };
    match child.wait().map_err(failed)?.success() {
        true => Ok(formatted),
        false => Err(EmitError::Rustfmt(messages.trim().to_owned())),
    }
}

/// Returns the command. The kernel kills it if this process ends first.
fn command(program: &Path, edition: &str) -> Command {
    // All options are explicit, so that rustfmt reads no configuration file.
    let config = format!("style_edition={edition},newline_style=Unix,max_width={WIDTH}");
    let mut command = bound_to_this_process().unwrap_or_else(|| Command::new(program));
    if command.get_program() != program {
        command.arg(program);
    }
    command.args(["--edition", edition, "--config", &config]);
    command
}

/// Returns the start of a command that ends with this process, if util-linux is installed.
fn bound_to_this_process() -> Option<Command> {
    let setpriv = || {
        let mut command = Command::new("setpriv");
        command.args(["--pdeathsig", "KILL"]);
        command
    };
    // Other implementations of `setpriv` lack the option.
    let output = setpriv().arg("true").output().ok()?;
    output.status.success().then(setpriv)
}

/// Reads a pipe to its end in a background thread.
fn read(mut from: impl Read + Send + 'static) -> Receiver<String> {
    let (send, receive) = channel();
    thread::spawn(move || {
        let mut bytes = Vec::new();
        if from.read_to_end(&mut bytes).is_ok() {
            let _ = send.send(String::from_utf8_lossy(&bytes).into_owned());
        }
    });
    receive
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(script: &str, limit: Duration) -> String {
        use std::os::unix::fs::PermissionsExt;

        let file = tempfile::Builder::new()
            .permissions(std::fs::Permissions::from_mode(0o755))
            .tempfile()
            .expect("a file");
        std::fs::write(file.path(), format!("#!/bin/sh\n{script}\n")).expect("the file is written");
        // A file that is open for writing cannot be executed.
        let file = file.into_temp_path();
        // The text exceeds the buffer of a pipe.
        let text = "// A comment.\n".repeat(100_000);
        let result = run(&file, text, "2024", limit);
        result.expect_err("it fails").to_string()
    }

    #[test]
    fn hanging_program_is_killed() {
        let start = Instant::now();
        let error = error("exec sleep 1000", Duration::from_millis(200));
        assert_eq!(error, "rustfmt: not done after 0.2 s");
        assert!(start.elapsed() < Duration::from_secs(20));
    }

    #[test]
    fn stderr_of_failed_program_is_reported() {
        let error = error("echo no such component >&2; exit 1", LIMIT);
        assert_eq!(error, "rustfmt: no such component");
    }
}
