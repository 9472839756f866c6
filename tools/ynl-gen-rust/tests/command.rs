// SPDX-License-Identifier: MIT OR Apache-2.0

//! The command: output files, exit codes, and `rustfmt`.

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::thread;
use std::time::{Duration, Instant};
use tempfile::TempDir;

const SPEC: &str = "\
# SPDX-License-Identifier: MIT OR Apache-2.0
name: small
doc: Small.
attribute-sets:
  - name: thing
    attributes:
      - name: size
        type: u32
operations:
  list:
    - name: get
      doc: Gets.
      attribute-set: thing
      do:
        request:
          attributes: [size]
";

/// Returns a directory with `small.yaml`.
fn directory() -> TempDir {
    let directory = tempfile::tempdir().expect("a directory");
    fs::write(directory.path().join("small.yaml"), SPEC).expect("the file is written");
    directory
}

/// Returns the command for `small.yaml` in a directory.
fn command(directory: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ynl-gen-rust"));
    command.args(["--spec", "small.yaml"]);
    command.args(arguments).current_dir(directory);
    command
}

fn run(directory: &Path, arguments: &[&str]) -> Output {
    let output = command(directory, arguments).output();
    output.expect("the command runs")
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// Returns the sorted names of the files in a directory.
fn files(directory: &Path) -> Vec<String> {
    let entries = fs::read_dir(directory).expect("it exists");
    let names = entries.map(|entry| entry.expect("a readable file").file_name());
    let mut names: Vec<_> = names
        .map(|name| name.to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}

#[test]
fn failed_output_leaves_other_outputs_unchanged() {
    let directory = directory();
    let directory = directory.path();
    fs::write(directory.join("small.h"), "before").expect("the file is written");
    for second in ["missing/small.md", "."] {
        let output = run(directory, &["--uapi", "small.h", "--doc", second]);
        assert_eq!(output.status.code(), Some(1), "{}", stderr(&output));
        assert!(stderr(&output).starts_with(second), "{}", stderr(&output));
        let header = fs::read_to_string(directory.join("small.h"));
        assert_eq!(header.ok().as_deref(), Some("before"));
        assert_eq!(files(directory), ["small.h", "small.yaml"]);
    }
    let output = run(directory, &["--uapi", "small.h", "--doc", "small.md"]);
    assert!(output.status.success(), "{}", stderr(&output));
    assert_eq!(files(directory), ["small.h", "small.md", "small.yaml"]);
}

#[test]
fn output_to_a_pipe_is_written_in_place() {
    let directory = directory();
    let output = run(directory.path(), &["--uapi", "/dev/stdout"]);
    assert!(output.status.success(), "{}", stderr(&output));
    let header = String::from_utf8_lossy(&output.stdout);
    assert!(header.contains("#define SMALL_FAMILY_NAME"), "{header}");
}

#[test]
fn duplicate_output_paths_are_rejected() {
    let directory = directory();
    for (arguments, message) in [
        (
            ["--uapi", "out", "--doc", "./out"],
            "./out: --uapi and --doc name the same file\n",
        ),
        (
            ["--uapi", "small.h", "--doc", "small.yaml"],
            "small.yaml: --spec and --doc name the same file\n",
        ),
    ] {
        let output = run(directory.path(), &arguments);
        assert_eq!(output.status.code(), Some(2));
        assert_eq!(stderr(&output), message);
        assert_eq!(files(directory.path()), ["small.yaml"]);
    }
}

#[test]
fn missing_output_option_is_a_usage_error() {
    let directory = directory();
    for arguments in [&[][..], &["--check"], &["--serde"]] {
        let output = run(directory.path(), arguments);
        assert_eq!(output.status.code(), Some(2));
        let message = stderr(&output);
        assert!(
            message.contains("required arguments were not provided"),
            "{message}"
        );
        assert!(message.contains("--kernel <OUT.rs>"), "{message}");
    }
}

#[test]
fn genl_path_must_be_a_rust_path() {
    let directory = directory();
    let with = |path: &str| run(directory.path(), &["--user", "o.rs", "--genl-path", path]);
    for path in ["", "a b", "a::", "::", "1a", "a;b", "a:b"] {
        let output = with(path);
        assert_eq!(output.status.code(), Some(2), "{path}");
        let message = stderr(&output);
        assert!(message.contains("not a path in Rust"), "{message}");
    }
    for path in ["::genl", "crate::my_genl", "greet::genl"] {
        assert!(with(path).status.success(), "{path}");
    }
}

#[test]
fn missing_rustfmt_error_names_the_fix() {
    let directory = directory();
    let mut command = command(directory.path(), &["--user", "small.rs"]);
    let output = command.env("PATH", directory.path()).output();
    let output = output.expect("the command runs");
    assert_eq!(output.status.code(), Some(1));
    let message = stderr(&output);
    assert!(
        message.starts_with("rustfmt: not found in PATH"),
        "{message}"
    );
    assert!(
        message.contains("`rustup component add rustfmt`"),
        "{message}"
    );
    assert_eq!(files(directory.path()), ["small.yaml"]);
}

#[test]
fn rustfmt_is_killed_with_the_command() {
    let directory = directory();
    let directory = directory.path();
    let script = "#!/bin/sh\necho $$ > pid.new\nmv pid.new pid\nexec sleep 1000\n";
    let rustfmt = directory.join("rustfmt");
    fs::write(&rustfmt, script).expect("the file is written");
    fs::set_permissions(&rustfmt, Permissions::from_mode(0o755)).expect("the permissions are set");
    let mut path = directory.as_os_str().to_owned();
    path.push(":");
    path.push(std::env::var_os("PATH").expect("it exists"));

    let mut command = command(directory, &["--user", "small.rs"]);
    let mut child = command
        .env("PATH", path)
        .stderr(Stdio::null())
        .spawn()
        .expect("the command runs");
    let pid = wait_for(|| fs::read_to_string(directory.join("pid")).ok());
    let pid = Pid::from_raw(pid.trim().parse().expect("a number"));
    child.kill().expect("the command runs");
    child.wait().expect("it exits");
    wait_for(|| kill(pid, None::<Signal>).is_err().then_some(()));
}

/// Waits for a condition.
fn wait_for<T>(mut what: impl FnMut() -> Option<T>) -> T {
    let start = Instant::now();
    loop {
        if let Some(found) = what() {
            return found;
        }
        assert!(start.elapsed() < Duration::from_secs(60), "timed out");
        thread::sleep(Duration::from_millis(10));
    }
}
