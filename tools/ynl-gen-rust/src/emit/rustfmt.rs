// SPDX-License-Identifier: MIT OR Apache-2.0

//! The program `rustfmt`, which lays out generated Rust.

use super::EmitError;
use super::rust::WIDTH;
use std::env;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::{Duration, Instant};

/// How long it may take.
const LIMIT: Duration = Duration::from_secs(60);

/// Lays out Rust.
pub(crate) fn rustfmt(text: String, edition: &str) -> Result<String, EmitError> {
    match on_path("rustfmt") {
        Some(program) => run(&program, text, edition, LIMIT),
        None => Err(EmitError::Rustfmt(
            "not found in PATH, and generated Rust is laid out by it; install it by `rustup \
             component add rustfmt`, or as the package `rustfmt` of your distribution"
                .to_owned(),
        )),
    }
}

/// The file of a program, as the shell finds it.
fn on_path(program: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH")?;
    let mut files = env::split_paths(&path).map(|directory| directory.join(program));
    files.find(|file| file.is_file())
}

/// Runs `program`, which is killed once `limit` has passed.
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
        // Fails if the program ends early, which its status and its messages explain.
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

/// The command, which the kernel kills if this process ends before it.
fn command(program: &Path, edition: &str) -> Command {
    // All that matters is stated, so that no configuration file is read.
    let config = format!("style_edition={edition},newline_style=Unix,max_width={WIDTH}");
    let mut command = bound_to_this_process().unwrap_or_else(|| Command::new(program));
    if command.get_program() != program {
        command.arg(program);
    }
    command.args(["--edition", edition, "--config", &config]);
    command
}

/// The start of a command that ends with this process, where util-linux is installed.
fn bound_to_this_process() -> Option<Command> {
    let setpriv = || {
        let mut command = Command::new("setpriv");
        command.args(["--pdeathsig", "KILL"]);
        command
    };
    // Of other authors' `setpriv`, not each has the option.
    let output = setpriv().arg("true").output().ok()?;
    output.status.success().then(setpriv)
}

/// Reads all that comes from a pipe, in the background.
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
        std::fs::write(file.path(), format!("#!/bin/sh\n{script}\n")).expect("it can be written");
        // Open for writing, it could not be executed.
        let file = file.into_temp_path();
        // More than a pipe takes at once.
        let text = "// A comment.\n".repeat(100_000);
        let result = run(&file, text, "2024", limit);
        result.expect_err("it fails").to_string()
    }

    #[test]
    fn a_program_that_does_not_end_is_killed() {
        let start = Instant::now();
        let error = error("exec sleep 1000", Duration::from_millis(200));
        assert_eq!(error, "rustfmt: not done after 0.2 s");
        assert!(start.elapsed() < Duration::from_secs(20));
    }

    #[test]
    fn a_program_that_ends_early_is_quoted() {
        let error = error("echo no such component >&2; exit 1", LIMIT);
        assert_eq!(error, "rustfmt: no such component");
    }
}
