// SPDX-License-Identifier: MIT OR Apache-2.0

//! Builds the modules that are not up to date.

use crate::module::{self, Module};
use crate::theirs::Generator;
use crate::{altered, specs};
use anyhow::{Context, Result, bail};
use rustix::fs::{FlockOperation, flock};
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;

/// Number of lines of a log in an error.
const LINES: usize = 20;

/// The environment of a build.
pub(crate) struct Workshop {
    /// The kernel's sources.
    pub(crate) tree: PathBuf,
    /// Identifies the kernel.
    pub(crate) identity: String,
    /// The kernel's `make`, and its arguments.
    pub(crate) make: Vec<String>,
    /// The project.
    pub(crate) checkout: PathBuf,
    /// Directory for all files, which later runs reuse.
    pub(crate) directory: PathBuf,
    /// Whether to compile C files of the kernel as well.
    pub(crate) with_sources: bool,
}

/// A module, or the reason why it is missing.
pub(crate) struct Built {
    /// Name of the spec, with a suffix if it has several modules.
    pub(crate) name: String,
    /// Path of the module, or the error.
    pub(crate) result: Result<PathBuf, String>,
}

impl Workshop {
    /// Builds the modules of all specs.
    ///
    /// # Errors
    ///
    /// Something that all modules need failed.
    pub(crate) fn build_all(&self) -> Result<Vec<Built>> {
        fs::create_dir_all(&self.directory)?;
        let lock = File::create(self.directory.join("lock"))?;
        flock(&lock, FlockOperation::LockExclusive)?;
        let generator = Generator::new(&self.tree, self.directory.join("specs"))
            .context("cannot prepare the kernel's generator")?;
        let (modules, mut all) = self.modules(&generator)?;
        let (ready, stale): (Vec<_>, Vec<_>) = modules.into_iter().partition(Module::is_built);
        all.extend(ready.iter().map(Built::good));
        let mut pending = Vec::new();
        for (module, written) in stale.iter().zip(self.write_all(&stale, &generator)) {
            match written {
                Ok(()) => pending.push(module),
                Err(error) => all.push(Built::bad(&module.name, format!("{error:#}"))),
            }
        }
        if !pending.is_empty() {
            all.extend(self.build(&pending)?);
        }
        all.sort_by(|a, b| a.name.cmp(&b.name));
        self.publish(&all)?;
        Ok(all)
    }

    /// Returns the modules of all specs, and the specs that our compiler rejects.
    fn modules(&self, generator: &Generator<'_>) -> Result<(Vec<Module>, Vec<Built>)> {
        let common = module::common(self, generator)?;
        let (mut modules, mut failed) = (Vec::new(), Vec::new());
        for spec in specs::all(self)? {
            match module::of(self, generator, &spec, &common) {
                Ok(of_spec) => modules.extend(of_spec),
                Err(error) => failed.push(Built::bad(&spec.name, format!("{error:#}"))),
            }
        }
        Ok((modules, failed))
    }

    /// Writes the sources of modules in parallel, because Python is slow.
    fn write_all(&self, modules: &[Module], generator: &Generator<'_>) -> Vec<Result<()>> {
        thread::scope(|scope| {
            let write = |module| scope.spawn(move || Module::write(module, self, generator));
            let writers: Vec<_> = modules.iter().map(write).collect();
            let ended = writers.into_iter().map(|writer| writer.join());
            ended
                .map(|written| written.unwrap_or_else(|_| bail!("a panic")))
                .collect()
        })
    }

    pub(crate) fn build_directory(&self) -> PathBuf {
        self.directory.join("build")
    }

    /// Builds all modules together, which is fast. If that fails, builds each separately to find
    /// the error.
    fn build(&self, modules: &[&Module]) -> Result<Vec<Built>> {
        let directory = self.build_directory();
        let names: Vec<_> = modules.iter().map(|one| format!("{}/", one.name)).collect();
        let kbuild = format!("obj-m := {}\n", names.join(" "));
        fs::write(directory.join("Kbuild"), kbuild)?;
        let together = self.make(&directory, &directory.join("log"))?;
        let mut built = Vec::new();
        for module in modules {
            let log = module.directory.join("log");
            if together || self.make(&module.directory, &log)? {
                module.set_built()?;
                built.push(Built::good(module));
            } else {
                built.push(Built::bad(&module.name, reason(&log)?));
            }
        }
        Ok(built)
    }

    /// Runs `make` with its messages in a log. Returns whether it succeeded.
    fn make(&self, directory: &Path, log: &Path) -> Result<bool> {
        let jobs = thread::available_parallelism().map_or(2, usize::from);
        let log = File::create(log)?;
        let (program, args) = self.make.split_first().context("no make")?;
        let status = Command::new(program)
            .args(args)
            .arg(format!("M={}", directory.display()))
            .args([&format!("-j{jobs}"), "--keep-going", "modules"])
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log)
            .status()
            .context("cannot run make")?;
        Ok(status.success())
    }

    /// Copies the modules to the directory of the suite.
    fn publish(&self, all: &[Built]) -> Result<()> {
        let (directory, place) = (self.directory.join("draft"), self.directory.join("result"));
        for old in [&directory, &place] {
            if old.exists() {
                fs::remove_dir_all(old)?;
            }
        }
        fs::create_dir_all(&directory)?;
        for built in all {
            let path = directory.join(&built.name);
            match &built.result {
                Ok(object) => fs::copy(object, path.with_extension("ko")).map(|_| ())?,
                Err(reason) => fs::write(path.with_extension("failed"), reason)?,
            }
        }
        let expected = directory.join(altered::NAME).with_extension("expected");
        fs::write(expected, altered::lines())?;
        Ok(fs::rename(directory, place)?)
    }
}

impl Built {
    fn good(module: &Module) -> Self {
        Self {
            name: module.name.clone(),
            result: Ok(module.object()),
        }
    }

    fn bad(name: &str, reason: String) -> Self {
        Self {
            name: name.to_owned(),
            result: Err(reason),
        }
    }
}

/// Returns the error in a log: the text from the first error on.
fn reason(log: &Path) -> Result<String> {
    let text = fs::read(log)?;
    let text = String::from_utf8_lossy(&text);
    let lines: Vec<_> = text.lines().collect();
    let is_error = |line: &&str| line.to_lowercase().contains("error");
    let first = lines.iter().position(is_error);
    let first = first.unwrap_or(lines.len().saturating_sub(LINES));
    let last = lines.len().min(first + LINES);
    Ok(lines[first..last].join("\n"))
}
