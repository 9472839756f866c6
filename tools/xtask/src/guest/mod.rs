// SPDX-License-Identifier: MIT OR Apache-2.0

//! Guests: machines that run one command with the module loaded.

mod boot;
pub(crate) mod init;
mod job;
mod launch;

pub(crate) use boot::{Output, Report};

use crate::cache::Scratch;
use crate::cli::Place;
use crate::module::Module;
use crate::paths::Paths;
use crate::progress::Progress;
use crate::setup::{self, Kernel, Ready};
use anyhow::{Context, Result};
use boot::Boot;
use job::{Job, Size};
use std::collections::BTreeMap;
use std::env;
use std::fs;
use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

/// How long a command of the user's may take, unless `GREET_DEADLINE` names other seconds.
const DEADLINE: u64 = 600;

/// This program.
const XTASK: &str = "/proc/self/exe";

/// The folder of a guest.
pub(crate) const SCRATCH: &str = "guest";

/// Where programs are, besides ours.
const PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// Runs a shell's command line and exits as it does.
pub(crate) fn command(
    paths: &Paths,
    progress: &Progress,
    line: &str,
    place: &Place,
) -> Result<ExitCode> {
    let ready = set_up(paths, progress, place)?;
    let words = ["sh", "-c", line].map(str::to_owned);
    let report = run(paths, &ready, "guest", &words, Output::Show, deadline()?)?;
    exit_code(&report)
}

/// Gives a prompt.
pub(crate) fn shell(paths: &Paths, progress: &Progress, place: &Place) -> Result<ExitCode> {
    let ready = set_up(paths, progress, place)?;
    let folder = Scratch::new(paths, SCRATCH)?;
    let size =
        rustix::termios::tcgetwinsize(std::io::stdin()).context("a prompt needs a terminal")?;
    let mut job = job(
        paths,
        &ready,
        folder.path(),
        &["bash", "--norc", "-i"].map(str::to_owned),
    )?;
    job.environment
        .insert("PS1".to_owned(), r"[guest] \w \$ ".to_owned());
    job.terminal = Some(Size {
        rows: size.ws_row,
        columns: size.ws_col,
    });
    progress.say("The module is loaded; greetctl is on the PATH. `exit` powers off.");
    let report = Boot {
        kernel: &ready.locked.kernel.program(),
        folder: folder.path(),
        log: paths.log("console-shell"),
        job,
        xtask: Path::new(XTASK),
    }
    .run_on_terminal()?;
    exit_code(&report)
}

fn set_up(paths: &Paths, progress: &Progress, place: &Place) -> Result<Ready> {
    setup::with_family(paths, progress, place.machine, place.family.as_deref())
}

/// Boots a guest, runs a command in it and waits for the end of both. The console is kept under
/// the name.
pub(crate) fn run(
    paths: &Paths,
    ready: &Ready,
    name: &str,
    command: &[String],
    output: Output,
    deadline: Duration,
) -> Result<Report> {
    let folder = Scratch::new(paths, SCRATCH)?;
    Boot {
        kernel: &ready.locked.kernel.program(),
        folder: folder.path(),
        log: paths.log(&format!("console-{name}")),
        job: job(paths, ready, folder.path(), command)?,
        xtask: Path::new(XTASK),
    }
    .run(output, deadline)
}

/// Boots a machine of another architecture with the module, and runs one of the programs in a folder,
/// which has xtask, too. The guest has nothing else.
pub(crate) fn run_apart(
    paths: &Paths,
    kernel: &Kernel,
    module: &Module,
    programs: &Path,
    command: &[&str],
    deadline: Duration,
) -> Result<Report> {
    const FOLDERS: [&str; 5] = ["dev", "proc", "run", "sys", "tmp"];

    let folder = Scratch::new(paths, SCRATCH)?;
    for name in FOLDERS {
        fs::create_dir(folder.path().join(name))?;
    }
    let (program, _) = command.split_first().context("no command")?;
    fs::copy(programs.join(program), folder.path().join(program))
        .with_context(|| format!("no {program}"))?;
    let module = module.copy_to(folder.path())?;
    let root = PathBuf::from("/");
    let job = Job {
        machine: kernel.machine,
        command: command.iter().map(|&word| word.to_owned()).collect(),
        environment: [("PATH".to_owned(), "/".to_owned())].into(),
        modules: vec![root.join(module.file_name().context("a module's name")?)],
        folder: root,
        needed: Vec::new(),
        terminal: None,
    };
    Boot {
        kernel: &kernel.program(),
        folder: folder.path(),
        log: paths.log(&format!("console-{}", kernel.name)),
        job,
        xtask: &programs.join("xtask"),
    }
    .run(Output::Keep, deadline)
}

fn job(paths: &Paths, ready: &Ready, folder: &Path, command: &[String]) -> Result<Job> {
    // Copies, since another xtask may build others meanwhile.
    let module = ready.module.copy_to(folder)?;
    let shelf = ready.shelf.copy_to(folder)?;
    for fixture in &ready.fixtures {
        fixture.copy_to(folder)?;
    }
    let family = ready.family.as_ref();
    let family_copy = family.map(|family| family.copy_to(folder)).transpose()?;
    let mut environment = environment(paths, &ready.locked.kernel, path(ready));
    let paths_of = [
        ("GREET_MODULE", module.as_path()),
        ("GREET_SHELF_MODULE", &shelf),
        ("GREET_FIXTURES", folder),
    ];
    for (name, path) in paths_of {
        environment.insert(name.to_owned(), path.display().to_string());
    }
    Ok(Job {
        machine: ready.locked.kernel.machine,
        command: command.to_vec(),
        environment,
        folder: paths.checkout.clone(),
        modules: [module].into_iter().chain(family_copy).collect(),
        needed: needed(&[
            &paths.checkout,
            &paths.cache,
            &ready.programs,
            &ready.locked.kernel.tree,
            family.map_or(&paths.checkout, |family| &family.family),
        ]),
        terminal: None,
    })
}

/// What commands in the guest may rely on.
fn environment(paths: &Paths, kernel: &Kernel, path: String) -> BTreeMap<String, String> {
    let text = |path: &Path| path.display().to_string();
    let mut environment: BTreeMap<String, String> = [
        ("GREET_KERNEL_SRC", text(&kernel.tree)),
        ("GREET_SPEC", text(&paths.spec())),
        ("HOME", "/tmp".to_owned()),
        ("LC_ALL", "C.UTF-8".to_owned()),
        ("PATH", path),
        ("PYTHONDONTWRITEBYTECODE", "1".to_owned()),
        ("TMPDIR", "/tmp".to_owned()),
    ]
    .map(|(name, value)| (name.to_owned(), value))
    .into();
    // The guest's output is a terminal to it, whatever ours is.
    if !std::io::stdout().is_terminal() {
        environment.insert("NO_COLOR".to_owned(), "1".to_owned());
    }
    for (name, value) in env::vars() {
        // The user's wishes for what runs in the guest.
        if name == "TERM" || name.starts_with("GREET_SUITE_") || name == "RUST_LOG" {
            environment.insert(name, value);
        }
    }
    environment
}

/// Our programs, those of the client in the family's folder, and the system's.
fn path(ready: &Ready) -> String {
    let programs = ready.programs.display();
    match &ready.family {
        Some(family) => {
            let client = family.family.join("client/target/debug");
            format!("{programs}:{}:{PATH}", client.display())
        }
        None => format!("{programs}:{PATH}"),
    }
}

/// Each folder once, and none that is in another.
fn needed(folders: &[&Path]) -> Vec<PathBuf> {
    let mut sorted: Vec<PathBuf> = folders.iter().map(|&folder| folder.to_owned()).collect();
    sorted.sort();
    sorted.dedup_by(|later, kept| later.starts_with(&*kept));
    sorted
}

fn deadline() -> Result<Duration> {
    let seconds = match env::var("GREET_DEADLINE") {
        Ok(text) => text
            .parse()
            .with_context(|| format!("GREET_DEADLINE={text} is no number of seconds"))?,
        Err(_) => DEADLINE,
    };
    Ok(Duration::from_secs(seconds))
}

fn exit_code(report: &Report) -> Result<ExitCode> {
    Ok(ExitCode::from(u8::try_from(report.status()?).unwrap_or(1)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_in_another_is_needed_with_it() {
        let folders = ["/b/target", "/a", "/b", "/bc"].map(Path::new);
        assert_eq!(needed(&folders), ["/a", "/b", "/bc"].map(PathBuf::from));
    }
}
