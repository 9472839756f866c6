// SPDX-License-Identifier: MIT OR Apache-2.0

//! The command: which files it writes, what it exits with, and `rustfmt`, which it runs.

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

/// A directory with `small.yaml`.
fn directory() -> TempDir {
    let directory = tempfile::tempdir().expect("a directory");
    fs::write(directory.path().join("small.yaml"), SPEC).expect("it can be written");
    directory
}

/// The command for `small.yaml` in a directory.
fn command(directory: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ynl-gen-rust"));
    command.args(["--spec", "small.yaml"]);
    command.args(arguments).current_dir(directory);
    command
}

fn run(directory: &Path, arguments: &[&str]) -> Output {
    let output = command(directory, arguments).output();
    output.expect("it can be run")
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// The names of the files in a directory, in order.
fn files(directory: &Path) -> Vec<String> {
    let entries = fs::read_dir(directory).expect("it is there");
    let names = entries.map(|entry| entry.expect("it can be read").file_name());
    let mut names: Vec<_> = names
        .map(|name| name.to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}

#[test]
fn a_second_output_that_fails_leaves_the_first_as_it_was() {
    let directory = directory();
    let directory = directory.path();
    fs::write(directory.join("small.h"), "before").expect("it can be written");
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
fn a_pipe_is_written_and_not_replaced() {
    let directory = directory();
    let output = run(directory.path(), &["--uapi", "/dev/stdout"]);
    assert!(output.status.success(), "{}", stderr(&output));
    let header = String::from_utf8_lossy(&output.stdout);
    assert!(header.contains("#define SMALL_FAMILY_NAME"), "{header}");
}

#[test]
fn a_file_cannot_be_two_outputs() {
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
fn no_output_is_an_error_of_usage() {
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
fn the_path_of_genl_is_one_of_rust() {
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
fn it_says_where_to_get_rustfmt() {
    let directory = directory();
    let mut command = command(directory.path(), &["--user", "small.rs"]);
    let output = command.env("PATH", directory.path()).output();
    let output = output.expect("it can be run");
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
fn rustfmt_ends_with_the_command() {
    let directory = directory();
    let directory = directory.path();
    let script = "#!/bin/sh\necho $$ > pid.new\nmv pid.new pid\nexec sleep 1000\n";
    let rustfmt = directory.join("rustfmt");
    fs::write(&rustfmt, script).expect("it can be written");
    fs::set_permissions(&rustfmt, Permissions::from_mode(0o755)).expect("they can be set");
    let mut path = directory.as_os_str().to_owned();
    path.push(":");
    path.push(std::env::var_os("PATH").expect("there is one"));

    let mut command = command(directory, &["--user", "small.rs"]);
    let mut child = command
        .env("PATH", path)
        .stderr(Stdio::null())
        .spawn()
        .expect("it can be run");
    let pid = wait_for(|| fs::read_to_string(directory.join("pid")).ok());
    let pid = Pid::from_raw(pid.trim().parse().expect("a number"));
    child.kill().expect("it runs");
    child.wait().expect("it has ended");
    wait_for(|| kill(pid, None::<Signal>).is_err().then_some(()));
}

/// Waits until there is something.
fn wait_for<T>(mut what: impl FnMut() -> Option<T>) -> T {
    let start = Instant::now();
    loop {
        if let Some(found) = what() {
            return found;
        }
        assert!(
            start.elapsed() < Duration::from_secs(60),
            "it does not come"
        );
        thread::sleep(Duration::from_millis(10));
    }
}
