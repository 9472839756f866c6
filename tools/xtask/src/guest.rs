// SPDX-License-Identifier: MIT OR Apache-2.0

//! Guests: machines that run one command with the module loaded.

mod boot;
pub(crate) mod init;
mod job;
mod launch;

pub(crate) use boot::{Output, Report};

use crate::cache::Scratch;
use crate::cli::Place;
use crate::differential;
use crate::module::Module;
use crate::paths::Paths;
use crate::progress;
use crate::setup::{self, Extent, Kernel, Ready};
use anyhow::{Context, Result};
use boot::Boot;
use job::Job;
use std::collections::BTreeMap;
use std::env;
use std::fs;
use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

/// The scratch directory of a guest.
pub(crate) const SCRATCH: &str = "guest";

/// The directories of programs in addition to ours.
const PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// Runs a shell command line, and returns its exit code.
pub(crate) fn command(
    paths: &Paths,
    line: &str,
    place: &Place,
    deadline: Duration,
) -> Result<ExitCode> {
    let ready = set_up(paths, place, Extent::Tests)?;
    let words = ["sh", "-c", line].map(str::to_owned);
    run(paths, &ready, "guest", &words, Output::Show, deadline)?.exit_code()
}

/// Runs a shell command line with the kernel that has the families of tests/families in C.
pub(crate) fn command_in_c(paths: &Paths, line: &str, deadline: Duration) -> Result<ExitCode> {
    let in_c = differential::kernel_in_c(paths)?;
    in_c.share_cache()?;
    let programs = setup::programs(paths, Some(&in_c.kernel.tree))?;
    let words = ["sh", "-c", line].map(str::to_owned);
    let run = (Output::Show, deadline);
    run_without_modules(paths, &in_c.kernel, &programs, "guest-c", &words, run)?.exit_code()
}

/// Starts an interactive shell.
pub(crate) fn shell(paths: &Paths, place: &Place) -> Result<ExitCode> {
    let ready = set_up(paths, place, Extent::Session)?;
    let dir = Scratch::new(paths, SCRATCH)?;
    let size =
        rustix::termios::tcgetwinsize(std::io::stdin()).context("the shell needs a terminal")?;
    let line = format!(
        "stty rows {} cols {}; exec bash --norc -i",
        size.ws_row, size.ws_col
    );
    let words = ["sh", "-c", &line].map(str::to_owned);
    let mut job = job_with_modules(paths, &ready, dir.path(), &words)?;
    let prompt = r"[guest] \w \$ ".to_owned();
    job.environment.insert("PS1".to_owned(), prompt);
    job.is_interactive = true;
    progress::say("The module is loaded; greetctl is on the PATH. `exit` powers off.");
    let kernel = &ready.locked.kernel;
    Boot::new(paths, kernel, &dir, "shell", job)
        .run_on_terminal()?
        .exit_code()
}

fn set_up(paths: &Paths, place: &Place, extent: Extent) -> Result<Ready> {
    let family = place.family.as_deref();
    setup::guest(paths, place.machine, extent, family)
}

/// Boots a guest, runs a command in it and waits for its end. Writes the console to the log
/// `console-NAME`.
pub(crate) fn run(
    paths: &Paths,
    ready: &Ready,
    name: &str,
    command: &[String],
    output: Output,
    deadline: Duration,
) -> Result<Report> {
    let dir = Scratch::new(paths, SCRATCH)?;
    let job = job_with_modules(paths, ready, dir.path(), command)?;
    Boot::new(paths, &ready.locked.kernel, &dir, name, job).run(output, deadline)
}

/// Boots a kernel without modules of ours, and runs a program of the directory `programs` in it.
pub(crate) fn run_without_modules(
    paths: &Paths,
    kernel: &Kernel,
    programs: &Path,
    name: &str,
    command: &[String],
    (output, deadline): (Output, Duration),
) -> Result<Report> {
    let dir = Scratch::new(paths, SCRATCH)?;
    let job = job(paths, kernel, programs, command);
    Boot::new(paths, kernel, &dir, name, job).run(output, deadline)
}

/// Boots a machine of another architecture with the module. Its root holds only the command's
/// program and xtask, copied from the directory `programs`.
pub(crate) fn run_foreign(
    paths: &Paths,
    kernel: &Kernel,
    module: &Module,
    programs: &Path,
    command: &[&str],
    deadline: Duration,
) -> Result<Report> {
    let dir = Scratch::new(paths, SCRATCH)?;
    for name in ["dev", "proc", "run", "sys", "tmp"] {
        fs::create_dir(dir.path().join(name))?;
    }
    let (program, _) = command.split_first().context("no command")?;
    fs::copy(programs.join(program), dir.path().join(program))
        .with_context(|| format!("no {program}"))?;
    let module = module.copy_to(dir.path())?;
    let root = PathBuf::from("/");
    let job = Job {
        machine: kernel.machine,
        command: command.iter().map(|&word| word.to_owned()).collect(),
        environment: [("PATH".to_owned(), "/".to_owned())].into(),
        modules: vec![root.join(module.file_name().context("a module's name")?)],
        dir: root,
        needed: Vec::new(),
        is_interactive: false,
    };
    let mut boot = Boot::new(paths, kernel, &dir, &kernel.name, job);
    boot.xtask = programs.join("xtask");
    boot.run(Output::Keep, deadline)
}

/// Returns a job without modules. `programs` is the directory of our programs.
fn job(paths: &Paths, kernel: &Kernel, programs: &Path, command: &[String]) -> Job {
    Job {
        machine: kernel.machine,
        command: command.to_vec(),
        environment: environment(&[
            ("GREET_KERNEL_SRC", &kernel.tree.to_string_lossy()),
            ("GREET_SPEC", &paths.spec().to_string_lossy()),
            ("PATH", &format!("{}:{PATH}", programs.display())),
        ]),
        dir: paths.checkout.clone(),
        modules: Vec::new(),
        needed: needed(&[&paths.checkout, &paths.cache, programs, &kernel.tree]),
        is_interactive: false,
    }
}

/// Returns a job with copies of the modules in `dir`, since another run of xtask may rebuild them.
fn job_with_modules(paths: &Paths, ready: &Ready, dir: &Path, command: &[String]) -> Result<Job> {
    let mut job = job(paths, &ready.locked.kernel, &ready.programs, command);
    let module = ready.module.copy_to(dir)?;
    for fixture in &ready.fixtures {
        fixture.copy_to(dir)?;
    }
    for (name, path) in [
        ("GREET_FIXTURES", dir),
        ("GREET_MODULE", &module),
        ("GREET_SHELF_MODULE", &dir.join("shelf.ko")),
    ] {
        let path = path.to_string_lossy().into_owned();
        job.environment.insert(name.to_owned(), path);
    }
    job.modules = vec![module];
    if let Some(family) = &ready.family {
        job.modules.push(family.copy_to(dir)?);
        job.needed.push(family.family.clone());
        let client = family.family.join("client/target/debug");
        let path = format!("{}:{}:{PATH}", ready.programs.display(), client.display());
        job.environment.insert("PATH".to_owned(), path);
    }
    Ok(job)
}

/// Returns the environment of commands in the guest.
fn environment(own: &[(&str, &str)]) -> BTreeMap<String, String> {
    let fixed = [
        ("HOME", "/tmp"),
        ("LC_ALL", "C.UTF-8"),
        ("PYTHONDONTWRITEBYTECODE", "1"),
        ("TMPDIR", "/tmp"),
    ];
    // The guest's output is always a terminal; xtask's may not be one.
    let is_terminal = std::io::stdout().is_terminal();
    let no_color = (!is_terminal).then_some(("NO_COLOR", "1"));
    let users = env::vars().filter(|(name, _)| {
        name == "TERM" || name == "RUST_LOG" || name.starts_with("GREET_SUITE_")
    });
    let pairs = fixed.iter().chain(own).chain(&no_color);
    let pairs = pairs.map(|&(name, value)| (name.to_owned(), value.to_owned()));
    pairs.chain(users).collect()
}

/// Sorts directories, and removes those that are in another.
fn needed(dirs: &[&Path]) -> Vec<PathBuf> {
    let mut sorted: Vec<PathBuf> = dirs.iter().map(|&dir| dir.to_owned()).collect();
    sorted.sort();
    sorted.dedup_by(|later, kept| later.starts_with(&*kept));
    sorted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_directory_in_another_is_removed() {
        let dirs = ["/b/target", "/a", "/b", "/bc"].map(Path::new);
        assert_eq!(needed(&dirs), ["/a", "/b", "/bc"].map(PathBuf::from));
    }
}
